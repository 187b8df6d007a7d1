"""Matching text with holes against patterns, as IAM matches: wildcards, ARNs, letter case; and logic with three values.

Every answer is True, False or None for "cannot be known", and learning what a hole holds never turns True into False
or back. Knows nothing of policies. (Operators) is "Condition operators" in the IAM User Guide.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from imagelint.text.holes import Hole, Str, concat, equal, may_contain, parts_of

Answer = bool | None
"""True, False, or None for "cannot be known"."""


def all_of(answers: Iterable[Answer]) -> Answer:
    """Whether all are true: False if one is False, else None if one is not known."""
    result: Answer = True
    for answer in answers:
        if answer is False:
            return False
        if answer is None:
            result = None
    return result


def any_of(answers: Iterable[Answer]) -> Answer:
    """Whether one is true: True if one is True, else None if one is not known."""
    return not_(all_of(map(not_, answers)))


def not_(answer: Answer) -> Answer:
    """The contrary; of what is not known, not known."""
    return None if answer is None else not answer


class _Wildcard(enum.Enum):
    ONE = "?"
    MANY = "*"


_T = TypeVar("_T")
_Token = str | Hole | _Wildcard
_WILDCARDS: Mapping[str | Hole, _Wildcard] = {wildcard.value: wildcard for wildcard in _Wildcard}


def glob(pattern: Str, text: Str, *, fold: bool = False) -> Answer:
    """Whether `text` fits a pattern with the wildcards `*` and `?`; `fold` ignores case. A hole in the pattern may
    bring wildcards of its own. Costs at most the product of the two lengths."""
    return _glob(_fold(pattern), _fold(text)) if fold else _glob(pattern, text)


def _glob(pattern: Str, text: Str) -> Answer:
    if pattern == "*" or not is_wild(pattern):
        return True if pattern == "*" else same(pattern, text)
    wanted, given = _trim([_WILDCARDS.get(token, token) for token in _tokens(pattern)], _tokens(text), loose=False)
    if _fits(wanted, given, surely=True):
        return True
    open_ended = any(isinstance(token, Hole) for token in (*wanted, *given))
    return None if open_ended and _fits(wanted, given, surely=False) else False


def same(one: Str, other: Str) -> Answer:
    """As `equal`, but sees more: without what both begin and end with, and through the middle."""
    if isinstance(one, str) and isinstance(other, str):
        return one == other
    left, right = _trim(_tokens(one), _tokens(other))
    answer = equal(concat(left), concat(right))
    return False if answer is None and not _fits(left, right, surely=False) else answer


def same_fold(one: Str, other: Str) -> Answer:
    """As `same`, in whatever case the letters are."""
    return same(_fold(one), _fold(other))


def _fold(text: Str) -> Str:
    if isinstance(text, str):
        return text.lower()
    # Of a hole only which one it is remains: its alphabet says little once case is ignored.
    return concat(Hole(part.name, part.scope) if isinstance(part, Hole) else part.lower() for part in parts_of(text))


def is_wild(pattern: Str) -> bool:
    """Whether a pattern has a wildcard, or a hole that may hold one."""
    parts = parts_of(pattern)
    return any(may_contain(part, "*?") if isinstance(part, Hole) else "*" in part or "?" in part for part in parts)


def _tokens(text: Str) -> list[str | Hole]:
    return [token for part in parts_of(text) for token in ((part,) if isinstance(part, Hole) else part)]


def _trim(one: Sequence[_T], other: Sequence[_T], *, loose: bool = True) -> tuple[Sequence[_T], Sequence[_T]]:
    """Both without what they begin and end with alike; unless `loose`, a hole that may be a wildcard stays."""
    for step in (1, -1):
        pairs = zip(one[::step], other[::step], strict=False)
        alike = 0
        for left, right in pairs:
            if left != right or (not loose and isinstance(left, Hole) and may_contain(left, "*?")):
                break
            alike += 1
        one, other = (
            (one[alike:], other[alike:]) if step > 0 else (one[: len(one) - alike], other[: len(other) - alike])
        )
    return one, other


def _fits(pattern: Sequence[_Token], text: Sequence[_Token], *, surely: bool) -> bool:
    """Whether the pattern fits: `surely`, whatever the holes hold; else, with some content, or if that is hard to tell.

    Follows all places in the pattern at once, so nothing is tried twice. Surely, a hole fits itself or `*`.
    """

    def ahead(places: set[int], hole: Hole | None) -> set[int]:
        """With the places that are reached by reading nothing more, or anything that the hole may hold."""
        waiting = list(places)
        while waiting:
            token = pattern[place] if (place := waiting.pop()) < len(pattern) else ""
            free = token is _Wildcard.MANY or (isinstance(token, Hole) and not surely)
            held = hole is not None and (may_contain(hole, token) if isinstance(token, str) else True)
            if (free or held) and place < len(pattern) and place + 1 not in places:
                places.add(place + 1)
                waiting.append(place + 1)
        return places

    def after(place: int, token: _Token) -> int | None:
        """The place after reading a token."""
        wanted = pattern[place] if place < len(pattern) else None
        if wanted is _Wildcard.MANY:
            return place
        if isinstance(wanted, Hole) and not surely and may_contain(wanted, f"{token}*?"):
            return place
        return place + 1 if wanted == token or (wanted is _Wildcard.ONE and isinstance(token, str)) else None

    places = ahead({0}, None)
    for token in text:
        if isinstance(token, Hole) and not surely:
            places = ahead(places, token)
        else:
            places = ahead({next_place for place in places if (next_place := after(place, token)) is not None}, None)
        if not places:
            return False
    return len(pattern) in places


def match_arn(pattern: Str, arn: Str) -> Answer:
    """Whether an ARN fits a pattern, each of the six parts by itself (Operators)."""
    patterns, parts = arn_parts(pattern), arn_parts(arn)
    if patterns is None or parts is None:
        return None
    return all_of(glob(one, other) for one, other in zip(patterns, parts, strict=True))


def arn_parts(arn: Str) -> list[Str] | None:
    """The six parts of an ARN, the last with any further colons; None when they cannot be told apart."""
    parts: list[list[Str]] = [[]]
    for part in parts_of(arn):
        if isinstance(part, Hole):
            if len(parts) < 6 and may_contain(part, ":"):
                return None
            parts[-1].append(part)
        else:
            first, *rest = part.split(":", 6 - len(parts))
            parts[-1].append(first)
            parts.extend([piece] for piece in rest)
    return [concat(part) for part in parts] if len(parts) == 6 else None
