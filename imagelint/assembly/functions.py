"""The Lambda functions of a template, and their properties as they are written there.

Knows the two resource types and how SAM's Globals reach a function; evaluates nothing. Source: AWS SAM developer
guide, "Globals section" and "AWS::Serverless::Function"; sam-cli, "sam build" (the Metadata keys of images).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from imagelint.assembly.resource_types import FUNCTION_TYPES
from imagelint.assembly.stack import Stack
from imagelint.assembly.template import loops_of_functions
from imagelint.cloudformation.evaluation import Evaluation
from imagelint.cloudformation.scope import (
    UNKNOWN,
    Expression,
    TemplateError,
    calls_macro,
    is_macro,
    mapping_of,
    transforms_of,
)
from imagelint.cloudformation.values import ABSENT
from imagelint.documents.pointer import Pointer
from imagelint.memo import Memo
from imagelint.model import FunctionRef

DEFAULT_ARCHITECTURE: Final = "x86_64"
MAX_GLOBALS: Final = 100
"""Properties in SAM's Globals, which every function gets. SAM has some forty, and refuses others (SAM developer guide,
"Globals section")."""
_BUILD_KEYS: Final = ("Dockerfile", "DockerContext", "DockerTag", "DockerBuildArgs")
"""Metadata that tells `sam build` to make the image."""


class Function(Memo):
    """One Lambda function of a stack."""

    def __init__(self, *, stack: Stack, logical_id: str, resource: Mapping[str, Any]) -> None:
        super().__init__()
        self.stack: Final = stack
        self.logical_id: Final = logical_id
        self.resource: Final = resource

    @property
    def is_serverless(self) -> bool:
        """Whether it is SAM's resource type, which `sam build` and `sam package` rewrite."""
        return bool(self.resource["Type"] == "AWS::Serverless::Function")

    @property
    def properties(self) -> Mapping[str, Expression]:
        """The properties as written, those of SAM's Globals included."""
        return self.once(Function._find_properties)

    def _find_properties(self) -> Mapping[str, Expression]:
        at = ("Resources", self.logical_id, "Properties")
        written = self.resource.get("Properties", {})
        own = {name: Expression(value, self.stack, (*at, name)) for name, value in written.items()}
        if not self.is_serverless:
            return own
        inherited = self._globals()
        ours, theirs = own.get("Layers"), inherited.get("Layers")
        if ours and theirs and isinstance(ours.written, list) and isinstance(theirs.written, list):
            # SAM joins lists and maps; of the properties that facts speak of, only Layers is one that both may hold.
            own["Layers"] = Expression([*theirs.written, *ours.written], ours.scope, ours.pointer)
        return {**inherited, **own}

    def _globals(self) -> dict[str, Expression]:
        section = self.stack.section("Globals").get("Function")
        ignored = self.resource.get("IgnoreGlobals", [])
        if not isinstance(section, dict) or ignored == "*":
            return {}
        if len(section) > MAX_GLOBALS:
            message = f"has {len(section):,} properties, and SAM knows fewer than {MAX_GLOBALS}; none of them is read"
            self.stack.report(("Globals", "Function"), message)
            return {}
        return {
            name: Expression(value, self.stack, ("Globals", "Function", name))
            for name, value in section.items()
            if not isinstance(ignored, list) or name not in ignored
        }

    @property
    def is_open(self) -> bool:
        """Whether a macro writes properties beside those that stand here."""
        return self.once(Function._find_out_if_open)

    def _find_out_if_open(self) -> bool:
        if self.stack.is_rewritten or calls_macro(self.resource):
            return True
        return any(is_macro(name, each.written) for name, each in self.properties.items())

    def architecture(self, evaluation: Evaluation) -> str | None:
        """The function's instruction set, x86_64 unless it says another; None where that cannot be known.

        Source: AWS::Lambda::Function, Architectures: one entry, x86_64 by default.
        """
        if "Architectures" not in self.properties:
            return None if self.is_open else DEFAULT_ARCHITECTURE
        try:
            value = evaluation.value(self.properties["Architectures"])
        except TemplateError as error:
            error.report()
            return None
        if value is ABSENT or value == []:
            return DEFAULT_ARCHITECTURE
        first = value[0] if isinstance(value, list) else value
        return first if isinstance(first, str) else None

    @property
    def is_packaged_by_sam(self) -> bool:
        """Whether SAM's tools upload the function's image: they read the template for its transform, at the least."""
        return self.is_serverless or "AWS::Serverless-2016-10-31" in transforms_of(self.stack.template)

    @property
    def is_built_by_sam(self) -> bool:
        """Whether the resource's Metadata tell `sam build` to make the image."""
        metadata = self.resource.get("Metadata")
        return isinstance(metadata, dict) and any(key in metadata for key in _BUILD_KEYS)

    @property
    def pointer(self) -> Pointer:
        """Where the function's properties stand."""
        return ("Resources", self.logical_id, *(("Properties",) if "Properties" in self.resource else ()))

    @property
    def construct_path(self) -> str | None:
        """The path of the function's construct, or None in a template that no CDK app made."""
        return self.once(Function._find_construct_path)

    def _find_construct_path(self) -> str | None:
        return self.stack.construct_path_of(self.logical_id)

    @property
    def is_of_cdk(self) -> bool:
        """Whether a CDK app made it: its template is in a cloud assembly, or CDK's metadata are in the template."""
        return self.stack.is_of_manifest or self.construct_path is not None

    @property
    def identity(self) -> str:
        """What makes it the same function in its stack, whatever the hash in its logical ID: its construct path; where
        several functions have one path, as copied metadata makes them, the logical ID too."""
        path = self.construct_path
        if path is None or self.stack.functions_by_path[path] > 1:
            return "\0".join(filter(None, (path, self.logical_id)))
        return path

    @property
    def reference(self) -> FunctionRef:
        """The function as reports name it."""
        return FunctionRef(self.logical_id, self.construct_path, self.stack.name)


def functions_of(stack: Stack) -> Iterator[Function]:
    """The Lambda functions of a stack, in the order of its template, which is not parsed if it cannot hold any.

    A nested stack whose template is not here, and a loop that is not written out, stand for one unknown function each.
    """
    for nested in stack.unread:
        yield Function(stack=stack, logical_id=nested, resource={"Type": FUNCTION_TYPES[0], **mapping_of(UNKNOWN)})
    if not stack.hints.may_hold(*FUNCTION_TYPES):
        return
    resources = stack.section("Resources")
    for logical_id in stack.function_ids:
        yield Function(stack=stack, logical_id=logical_id, resource=resources[logical_id])
    for loop in loops_of_functions(stack.template):
        resource = {"Type": FUNCTION_TYPES[0], **mapping_of(UNKNOWN)}  # stands for all of its functions
        yield Function(stack=stack, logical_id=loop, resource=resource)
