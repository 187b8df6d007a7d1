"""In which scenarios something holds, told in words. Knows no rules and no formats."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from imagelint.facts.draft import Facts
from imagelint.record import Record
from imagelint.text.words import shortened


def when(documents: Sequence[Facts], where: Sequence[bool]) -> str | None:
    """In which of a function's scenarios something holds, as `where` says for each, in words; None where in all."""
    inside = [facts for facts, holds in zip(documents, where, strict=True) if holds]
    outside = [facts for facts, holds in zip(documents, where, strict=True) if not holds]
    if not outside:
        return None
    words = []
    for claim in (*_about_conditions(inside, outside), *_about_assumptions(inside, outside)):
        if not any(claim.outside):
            return claim.words
        if claim.is_single and not all(claim.outside):
            words.append(claim.words)
    return " and ".join(words) or "a condition that is open until deployment comes out so"


class _Claim(Record):
    """Something that is true of all scenarios inside."""

    words: str
    outside: Sequence[bool]
    """Whether it is true of each scenario outside as well."""
    is_single: bool = True
    """Whether it may stand beside others: `A is x or y and B is z` could be read in two ways."""


def _about_conditions(inside: Sequence[Facts], outside: Sequence[Facts]) -> Iterator[_Claim]:
    for name, truth in inside[0].conditions.items():
        if all(facts.conditions.get(name) == truth for facts in inside):
            words = f"{shortened(name)} is {'true' if truth else 'false'}"
            yield _Claim(words, [facts.conditions.get(name) == truth for facts in outside])


def _about_assumptions(inside: Sequence[Facts], outside: Sequence[Facts]) -> Iterator[_Claim]:
    for name in inside[0].assumptions:
        values = sorted({facts.assumptions.get(name, "another value") for facts in inside})
        same = [facts.assumptions.get(name) in values for facts in outside]
        words = f"{shortened(name)} is {shortened(' or '.join(values))}"
        yield _Claim(words, same, is_single=len(values) == 1)
