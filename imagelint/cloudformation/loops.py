"""Fn::ForEach of the transform AWS::LanguageExtensions: the template as it is when its loops are written out.

A loop whose collection is known only in AWS stays as it is. Knows nothing of resources; evaluates only collections.
Source: AWS CloudFormation Template Reference, "Fn::ForEach" and "AWS::LanguageExtensions transform".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from imagelint.cloudformation.evaluation import Evaluation
from imagelint.cloudformation.scenario import Scenario
from imagelint.cloudformation.scope import Expression, Json, Scope, TemplateError, transforms_of
from imagelint.cloudformation.values import as_text
from imagelint.documents.pointer import Pointer

LOOP: Final = "Fn::ForEach::"
"""What the key of a loop begins with; its name follows."""
MAX_EXPANDED: Final = 1_000_000
"""Characters that the loops of one template may write out: the quota of a whole template (CloudFormation quotas,
"Template body size in an object"), which holds for the expanded one."""
MAX_EXPANDED_IN_ALL: Final = 2_000_000
"""…and those of all templates of an assembly: some 13,000 functions. A loop of a few bytes can write out a whole
template, so that this does not grow with what is read."""
_SECTIONS: Final = ("Conditions", "Resources", "Outputs")
_PLACEHOLDER: Final = r"([$&])\{([^{}!]+)\}"
_NOT_ALPHANUMERIC: Final = r"[^0-9A-Za-z]+"

Origins = Mapping[Pointer, Pointer]
"""Where what a loop makes is written, by its place in the expanded template."""


def may_loop(template: Mapping[str, Json]) -> bool:
    """Whether a template declares the transform without which Fn::ForEach means nothing."""
    return "AWS::LanguageExtensions" in transforms_of(template)


class Written:
    """What the loops of an assembly have written out so far."""

    def __init__(self) -> None:
        self.characters = 0
        """As JSON has them: at least so many."""


def expand(template: Mapping[str, Json], scope: Scope, written: Written) -> tuple[dict[str, Json], Origins]:
    """The template with its loops written out, as far as it is known what they go through, and where that is written.

    `written` is what the loops of other templates have written out, and is added to. What CloudFormation would refuse
    becomes a problem of the scope, whose template is the one with the loops.
    """
    expansion = _Expansion(scope, written)
    expanded = {
        name: expansion.object(section, (name,), (name,), {})
        if name in _SECTIONS and isinstance(section, dict)
        else section
        for name, section in template.items()
    }
    return expanded, expansion.origins


class _Expansion:
    """The writing out of one template's loops."""

    def __init__(self, scope: Scope, written: Written) -> None:
        self.origins: dict[Pointer, Pointer] = {}
        self._scope = scope
        self._all = written
        self._before = written.characters

    def object(
        self, written: Mapping[str, Json], at: Pointer, to: Pointer, bound: Mapping[str, str], *, is_body: bool = False
    ) -> dict[str, Json]:
        """An object that stands at one place, as it is at another with the identifiers' values put in."""
        found: dict[str, Json] = {}
        for key, value in written.items():
            if key.startswith(LOOP):
                self._write_out(key, value, (*at, key), to, bound, found)
                continue
            name = _put_in(key, bound)
            if bound:
                self._count(len(name) + len('"":'), (*at, key))
            if is_body or name != key:
                self.origins[(*to, name)] = (*at, key)
            found[name] = self._value(value, (*at, key), (*to, name), bound)
        return found

    def _value(self, written: Json, at: Pointer, to: Pointer, bound: Mapping[str, str]) -> Json:
        if bound and isinstance(written, str):
            written = _put_in(written, bound)
        elif bound and isinstance(written, dict) and len(written) == 1:
            name = written.get("Ref")
            written = bound[name] if isinstance(name, str) and name in bound else written
        if bound:
            self._count(len(written) + len('"",') if isinstance(written, str) else len("1,"), at)
        if isinstance(written, dict):
            return self.object(written, at, to, bound)
        if isinstance(written, list):
            return [self._value(each, (*at, index), (*to, index), bound) for index, each in enumerate(written)]
        return written

    def _count(self, characters: int, at: Pointer) -> None:
        self._all.characters += characters
        if self._all.characters - self._before > MAX_EXPANDED:
            message = f"the template's loops write out more than {MAX_EXPANDED:,} characters, the quota of a template"
            raise TemplateError(message, self._scope, at)
        if self._all.characters > MAX_EXPANDED_IN_ALL:
            message = f"the loops of all templates write out more than {MAX_EXPANDED_IN_ALL:,} characters"
            raise TemplateError(message, self._scope, at)

    def _write_out(
        self, key: str, loop: Json, at: Pointer, to: Pointer, bound: Mapping[str, str], found: dict[str, Json]
    ) -> None:
        """Put what a loop makes into the object that it stands in; the loop itself, where that cannot be known."""
        made: dict[str, Json] | None = None
        before = len(self.origins)
        try:
            identifier, body, items = self._read(Expression(loop, self._scope, at), bound)
            if items is not None:
                made = {}
                for item in items:
                    self._count(len(item) + 1, at)  # an empty body costs time too
                    made |= self.object(body, (*at, 2), to, {**bound, identifier: item}, is_body=True)
        except TemplateError as error:
            error.report()
            made = None
            for _ in range(len(self.origins) - before):
                self.origins.popitem()
        found |= {key: loop} if made is None else made

    def _read(self, loop: Expression, bound: Mapping[str, str]) -> tuple[str, Mapping[str, Json], list[str] | None]:
        """A loop's identifier, body and collection; None for a collection that is known only in AWS."""
        written = loop.written
        if not isinstance(written, list) or len(written) != 3:
            loop.refuse("Fn::ForEach takes an identifier, a collection and an object")
        identifier, collection, body = written
        if not isinstance(identifier, str) or not isinstance(body, dict):
            loop.refuse("Fn::ForEach takes an identifier, a collection and an object")
        at = (*loop.pointer, 1)
        known = Expression(self._value(collection, at, at, bound), self._scope, at)
        evaluation = Evaluation(Scenario(exhausted=True), follows_exports=False)
        evaluated = evaluation.value(known)
        if bound:
            self._count(evaluation.steps, at)  # it is evaluated for each item of the loop around it
        if isinstance(evaluated, list):
            items = [as_text(each) for each in evaluated]
            if all(isinstance(item, str) for item in items):
                return identifier, body, [item for item in items if isinstance(item, str)]
        return identifier, body, None


def _put_in(text: str, bound: Mapping[str, str]) -> str:
    """A text with the identifiers' values; those of `&{}` without what a logical ID cannot have."""
    if not bound or "{" not in text:
        return text

    def value_of(match: re.Match[str]) -> str:
        name = match.group(2).strip()
        if name not in bound:
            return match.group()
        return bound[name] if match.group(1) == "$" else re.sub(_NOT_ALPHANUMERIC, "", bound[name])

    return re.sub(_PLACEHOLDER, value_of, text)


def written_at(pointer: Pointer, origins: Origins) -> Pointer:
    """Where that is written which stands at a place of the expanded template."""
    for length in range(len(pointer), 0, -1):
        origin = origins.get(pointer[:length])
        if origin is not None:
            return (*origin, *pointer[length:])
    return pointer
