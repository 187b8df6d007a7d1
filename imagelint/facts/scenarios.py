"""In which scenarios something holds, told in words. Knows no rules and no formats."""

from __future__ import annotations

from collections.abc import Sequence

from imagelint.facts.draft import Facts


def when(documents: Sequence[Facts], where: Sequence[bool]) -> str | None:
    """In which of a function's scenarios something holds, as `where` says for each, in words; None where in all."""
    inside = [facts for facts, holds in zip(documents, where, strict=True) if holds]
    outside = [facts for facts, holds in zip(documents, where, strict=True) if not holds]
    if not outside:
        return None
    words = []
    for name, truth in inside[0].conditions.items():
        if all(facts.conditions.get(name) == truth for facts in inside):
            told = f"{name} is {'true' if truth else 'false'}"
            if not any(facts.conditions.get(name) == truth for facts in outside):
                return told
            if any(facts.conditions.get(name) != truth for facts in outside):
                words.append(told)
    for name in inside[0].assumptions:
        values = sorted({facts.assumptions.get(name, "another value") for facts in inside})
        told = f"{name} is {' or '.join(values)}"
        if not any(facts.assumptions.get(name) in values for facts in outside):
            return told
        if len(values) == 1 and any(facts.assumptions.get(name) != values[0] for facts in outside):
            words.append(told)
    return " and ".join(words) or "a condition that is open until deployment comes out so"
