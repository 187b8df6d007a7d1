"""The Lambda functions of a template, and their properties as they are written there.

Knows the two resource types and how SAM's Globals reach a function; evaluates nothing. Source: AWS SAM developer
guide, "Globals section" and "AWS::Serverless::Function"; sam-cli, "sam build" (the Metadata keys of images).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from imagelint.assembly.assembly import Stack
from imagelint.assembly.prescan import FUNCTION_TYPES
from imagelint.cloudformation.evaluation import ABSENT, Evaluation
from imagelint.cloudformation.scope import TemplateError
from imagelint.documents.pointer import Pointer
from imagelint.model import FunctionRef

DEFAULT_ARCHITECTURE: Final = "x86_64"
_BUILD_KEYS: Final = ("Dockerfile", "DockerContext", "DockerTag", "DockerBuildArgs")
"""Metadata that tells `sam build` to make the image."""


@dataclass(frozen=True)
class Function:
    """One Lambda function of a stack."""

    stack: Stack
    logical_id: str
    resource: Mapping[str, Any]

    @property
    def is_serverless(self) -> bool:
        """Whether it is SAM's resource type, which `sam build` and `sam package` rewrite."""
        return bool(self.resource["Type"] == "AWS::Serverless::Function")

    @cached_property
    def properties(self) -> Mapping[str, tuple[Any, Pointer]]:
        """The properties as written, each with its place; those of SAM's Globals included."""
        at = ("Resources", self.logical_id, "Properties")
        own = {name: (value, (*at, name)) for name, value in self.resource.get("Properties", {}).items()}
        if not self.is_serverless:
            return own
        inherited = self._globals()
        layers = own.get("Layers"), inherited.get("Layers")
        if layers[0] and layers[1] and isinstance(layers[0][0], list) and isinstance(layers[1][0], list):
            # SAM joins lists and maps; of the properties that facts speak of, only Layers is one that both may hold.
            own["Layers"] = ([*layers[1][0], *layers[0][0]], layers[0][1])
        return {**inherited, **own}

    def _globals(self) -> dict[str, tuple[Any, Pointer]]:
        section = self.stack.scope.section("Globals").get("Function")
        ignored = self.resource.get("IgnoreGlobals", [])
        if not isinstance(section, dict) or ignored == "*":
            return {}
        return {
            name: (value, ("Globals", "Function", name))
            for name, value in section.items()
            if not isinstance(ignored, list) or name not in ignored
        }

    @cached_property
    def is_open(self) -> bool:
        """Whether a macro writes properties beside those that stand here."""
        return any(name.startswith("Fn::") for name in self.properties)

    def architecture(self, evaluation: Evaluation) -> str | None:
        """The function's instruction set, x86_64 unless it says another; None where that cannot be known.

        Source: AWS::Lambda::Function, Architectures: one entry, x86_64 by default.
        """
        if "Architectures" not in self.properties:
            return None if self.is_open else DEFAULT_ARCHITECTURE
        written, at = self.properties["Architectures"]
        try:
            value = evaluation.value(written, self.stack.scope, at)
        except TemplateError as error:
            self.stack.assembly.by_name[error.scope.name].note_at(error.pointer, error.message)
            return None
        if value is ABSENT or value == []:
            return DEFAULT_ARCHITECTURE
        first = value[0] if isinstance(value, list) else value
        return first if isinstance(first, str) else None

    @property
    def is_built_by_sam(self) -> bool:
        """Whether the resource's Metadata tell `sam build` to make the image."""
        metadata = self.resource.get("Metadata")
        return isinstance(metadata, dict) and any(key in metadata for key in _BUILD_KEYS)

    @property
    def pointer(self) -> Pointer:
        """Where the function's properties stand."""
        return ("Resources", self.logical_id, *(("Properties",) if "Properties" in self.resource else ()))

    @cached_property
    def construct_path(self) -> str | None:
        """The path of the function's construct, or None in a template that no CDK app made."""
        metadata = self.resource.get("Metadata")
        path = metadata.get("aws:cdk:path") if isinstance(metadata, dict) else None
        return path if isinstance(path, str) else self.stack.constructs.path_of(self.logical_id)

    @property
    def reference(self) -> FunctionRef:
        """The function as reports name it."""
        return FunctionRef(self.logical_id, self.construct_path, self.stack.name)


def functions_of(stack: Stack) -> Iterator[Function]:
    """The Lambda functions of a stack, in the order of its template, which is not parsed if it cannot hold any."""
    if not any(stack.may_hold(kind) for kind in FUNCTION_TYPES):
        return
    for logical_id, resource in stack.resources():
        if resource["Type"] in FUNCTION_TYPES:
            yield Function(stack, logical_id, resource)
