"""A resource of the assembly that is not a function. Knows nothing of what its properties mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from imagelint.assembly.assembly import Stack
from imagelint.documents.pointer import Pointer


class Resource(NamedTuple):
    """A resource of a stack of the assembly."""

    stack: Stack
    logical_id: str

    @property
    def written(self) -> Mapping[str, Any]:
        """The resource as the template has it."""
        resource: Mapping[str, Any] = self.stack.template["Resources"][self.logical_id]
        return resource

    @property
    def is_well_formed(self) -> bool:
        """Whether its Properties, if it has any, are an object; where not, nothing can be said of it."""
        return isinstance(self.written.get("Properties", {}), dict)

    @property
    def pointer(self) -> Pointer:
        """Where the resource stands in its template."""
        return ("Resources", self.logical_id)

    def entry(self, name: str) -> tuple[Any, Pointer]:
        """A property as written, None where it is absent; and its place."""
        return self.written.get("Properties", {}).get(name), (*self.pointer, "Properties", name)

    @property
    def construct_path(self) -> str | None:
        """The path of the resource's construct, or None in a template that no CDK app made."""
        metadata = self.written.get("Metadata")
        path = metadata.get("aws:cdk:path") if isinstance(metadata, dict) else None
        return path if isinstance(path, str) else self.stack.constructs.path_of(self.logical_id)


class Maybe:
    """The answer "there may be one, but which or whether cannot be known"."""


MAYBE = Maybe()
