"""A resource of the assembly that is not a function. Knows nothing of what its properties mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from imagelint.assembly.stack import Stack
from imagelint.cloudformation.scope import Expression
from imagelint.documents.pointer import Pointer
from imagelint.record import Record


class Resource(Record):
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

    def entry(self, name: str) -> Expression:
        """A property as written; null where it is absent."""
        written = self.stack.property_of(self.logical_id, name)
        return written or Expression(None, self.stack, ("Resources", self.logical_id, "Properties", name))

    @property
    def condition(self) -> Expression | None:
        """The name of the condition under which the resource is made; None where it always is."""
        return self.stack.condition_of(self.logical_id)

    @property
    def construct_path(self) -> str | None:
        """The path of the resource's construct, or None in a template that no CDK app made."""
        return self.stack.construct_path_of(self.logical_id)


class Maybe:
    """The type of `MAYBE`."""


MAYBE = Maybe()
"""There may be such a resource; whether there is, or which, is undecidable before deployment."""
