"""A template that was parsed: whether it is one, and what of it comes into being only when it is deployed.

Knows macros, modules and loops; knows nothing of files, nor of where a template is deployed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from imagelint.assembly.resource_types import FUNCTION_TYPES
from imagelint.cloudformation.loops import LOOP
from imagelint.cloudformation.scope import calls_macro, is_macro, is_rewritten, mapping_of, transforms_of
from imagelint.documents.files import UnreadableFileError
from imagelint.documents.pointer import Pointer
from imagelint.text.words import kind_of

_MAX_NAMED: Final = 5
"""Resources that one warning names, and modules that are named."""
_TYPE_BY_FUNCTION: Final = r'"Type": (?:\{|"[^"]*[$&]\{)'
ANY_TYPE: Final = "\0any"
"""Stands for a type that a function or a placeholder gives."""


def checked(template: Any, shown: str) -> dict[str, Any]:
    """A parsed text as a template. Raises UnreadableFileError where it can be none."""
    if not isinstance(template, dict):
        raise UnreadableFileError(shown, f"is not a template: it is {kind_of(template)}, not an object")
    resources = template.get("Resources", {})
    if not isinstance(resources, dict):
        raise UnreadableFileError(shown, "is not a template: its Resources are not an object")
    return template


def written_in_aws(template: Mapping[str, Any]) -> Iterator[str]:
    """What is not judged since it comes into being when the template is deployed, in words."""
    for loop in loops_of_functions(template):
        yield f"{loop} makes functions of which nothing is known: what it goes through is known only in AWS"
    yield from added_in_aws(template)


def added_in_aws(template: Mapping[str, Any]) -> Iterator[str]:
    """How macros and modules add resources, in words."""
    if "Fn::Transform" in template or "AWS::Include" in transforms_of(template):
        yield "a macro (Fn::Transform) may add to the template; what it adds is not judged"
    resources = mapping_of(template.get("Resources"))
    if calls_macro({name: resource for name, resource in resources.items() if not name.startswith(LOOP)}):
        yield "a macro (Fn::Transform) adds resources, which are not judged"
    kinds = {resource["Type"] for resource in resources.values() if _has_type(resource)}
    for kind in sorted(kind for kind in kinds if kind.endswith("::MODULE"))[:_MAX_NAMED]:
        yield f"the module {kind} adds resources, which are not judged"
    written = [
        name
        for name, resource in resources.items()
        if not _has_type(resource) and _is_written_by_macro(name, resource, template) and not is_macro(name, resource)
    ]
    if written:
        names = ", ".join(written[:_MAX_NAMED]) + (", …" if len(written) > _MAX_NAMED else "")
        are = "1 resource is" if len(written) == 1 else f"{len(written):,} resources are"
        yield f"{are} written by a macro when the template is deployed, and not judged: {names}"


def loops_of_functions(template: Mapping[str, Any]) -> Iterator[str]:
    """The loops that make Lambda functions when the template is deployed."""
    for name, entry in _open_loops_of(template):
        if any(kind in json.dumps(entry) for kind in FUNCTION_TYPES):
            yield name


def _has_type(resource: Any) -> bool:
    return isinstance(resource, dict) and isinstance(resource.get("Type"), str)


def _open_loops_of(template: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The loops among the resources that are not written out, with their names."""
    for name, entry in mapping_of(template.get("Resources")).items() if template.get("Transform") else ():
        if name.startswith(LOOP):
            yield name, entry


def open_loops(template: Mapping[str, Any]) -> list[str]:
    """The loops among the resources that are not written out, each as text; what type a function gives is none."""
    return [re.sub(_TYPE_BY_FUNCTION, ANY_TYPE, json.dumps(entry)) for _, entry in _open_loops_of(template)]


def _is_written_by_macro(name: str, resource: Any, template: Mapping[str, Any]) -> bool:
    """Whether a resource that has no Type gets it from a macro: of its own, or of the whole template."""
    if name.startswith("Fn::"):
        return False
    return (
        is_macro(name, resource)
        or (isinstance(resource, dict) and calls_macro(resource))
        or "Fn::Transform" in template
        or is_rewritten(template)
    )


def malformed_resources(template: Mapping[str, Any]) -> Iterator[tuple[Pointer, str]]:
    """What is wrong with the shape of resources, in words, with where it stands."""
    for logical_id, resource in mapping_of(template.get("Resources")).items():
        if logical_id == "Fn::Transform" or (logical_id.startswith(LOOP) and template.get("Transform")):
            continue
        at = ("Resources", logical_id)
        if _has_type(resource):
            if not isinstance(resource.get("Properties", {}), dict):
                yield (*at, "Properties"), "the resource's Properties are not an object"
        elif not _is_written_by_macro(logical_id, resource, template):
            yield at, f"the resource {'has no Type' if isinstance(resource, dict) else 'is not an object'}"
