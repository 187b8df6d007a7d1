"""What a template or a metadata file may hold, told at a glance, so that most of a large assembly is not kept.

Never says that something is missing which parsing would find. Knows nothing of files, nor of what is done with it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any, Final

from imagelint.assembly.resource_types import FUNCTION_TYPES, POLICY_TYPES, ROLE_TYPE
from imagelint.cloudformation.scope import mapping_of
from imagelint.record import Record

_FUNCTION_TYPES: Final = {kind: kind.encode() for kind in FUNCTION_TYPES}
_ASCII_ESCAPE: Final = rb"\\u00[2-7]"


class Hints(Record):
    """What a template may hold; of one that was not scanned, everything."""

    types: frozenset[str] | None = None
    """The types of its resources; None where only parsing, or the deployment, could tell."""
    exports: frozenset[str] | None = None
    """The names that it may export, if all of them are literal; None where only parsing could tell."""
    reaches_out: bool = True
    """Whether a policy in it may name a role of another stack by more than the role's own name."""

    def may_hold(self, *types: str) -> bool:
        """Whether the template may hold a resource of one of some types."""
        return self.types is None or not self.types.isdisjoint(types)


UNSCANNED: Final = Hints()


def hints_of(template: Any, text: bytes) -> Hints:
    """What a template may hold: of one that is not plain JSON everything, so that parsing says what it is.

    `template` is what `glance` gave for the text.
    """
    if not isinstance(template, dict):
        return UNSCANNED
    resources = mapping_of(template.get("Resources"))
    bodies = [each for each in resources.values() if isinstance(each, dict)]
    keys = set[str]().union(template, resources, *bodies)
    if "Transform" in keys or "Fn::" in "\n".join(keys):
        return UNSCANNED  # what macros and loops make is not written there
    typed = [(kind, each) for each in bodies if isinstance(kind := each.get("Type"), str)]
    types = frozenset(map(sys.intern, {kind for kind, _ in typed}))
    if any(kind.endswith("::MODULE") for kind in types):
        return UNSCANNED
    if any(kind not in types and encoded in text for kind, encoded in _FUNCTION_TYPES.items()):
        return UNSCANNED  # it may stand where a key stands twice, of which parsing warns
    return Hints(
        types=types,
        exports=_literal_exports(mapping_of(template.get("Outputs"))),
        reaches_out=any(_reaches_out(kind, each, resources) for kind, each in typed if kind in POLICY_TYPES),
    )


def _reaches_out(kind: str, policy: Mapping[str, Any], resources: Mapping[str, Any]) -> bool:
    """Whether a policy of a type may name a role of another stack by more than the role's own name."""
    roles = mapping_of(policy.get("Properties")).get(POLICY_TYPES[kind], [])
    return not all(_is_at_home(each, resources) for each in (roles if isinstance(roles, list) else [roles]))


def _is_at_home(role: Any, resources: Mapping[str, Any]) -> bool:
    """Whether what a policy names is a literal name, or a role beside it which has one, or gets one when it is made."""
    if isinstance(role, str):
        return True
    logical_id = mapping_of(role).get("Ref")
    named = mapping_of(resources.get(logical_id)) if isinstance(logical_id, str) else {}
    return named.get("Type") == ROLE_TYPE and isinstance(mapping_of(named.get("Properties")).get("RoleName", ""), str)


def words_in(text: bytes, words: Iterable[str]) -> frozenset[str]:
    """The given words that a JSON text may contain; all of them where that cannot be told."""
    is_plain = _is_plain(text)
    return frozenset(word for word in words if not is_plain or word.encode() in text)


def _literal_exports(outputs: Mapping[str, Any]) -> frozenset[str] | None:
    """The names of a template's exports; None unless every one is a string."""
    names: set[str] = set()
    for output_id, output in outputs.items():
        export = output.get("Export") if isinstance(output, dict) else None
        name = export.get("Name", "") if isinstance(export, dict) else ""
        if output_id.startswith("Fn::") or not isinstance(name, str):
            return None
        names |= {name} if name else set()
    return frozenset(names)


def _is_plain(text: bytes) -> bool:
    """Whether a JSON text is whole and spells no ASCII letter as an escape. Most have no escape at all, which is told
    faster."""
    return _is_whole(text) and not (b"\\" in text and re.search(_ASCII_ESCAPE, text))


def _is_whole(text: bytes) -> bool:
    """Whether nothing seems to be cut off. In the indented form that CDK writes only the last brace begins a line."""
    body = text.strip()
    if body.startswith(b"{\n ") and body.endswith(b"\n}"):
        return True
    whole = body.startswith(b"{") and body.endswith(b"}")
    return whole and body.count(b"{") == body.count(b"}") and body.count(b"[") == body.count(b"]")
