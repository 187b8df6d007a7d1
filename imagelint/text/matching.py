"""Text with holes against patterns: wildcards, the parts of an ARN, letter case.

Every answer is True, False or None for "cannot be known", and learning what a hole holds never turns True into False
or back. Knows nothing of policies. (Operators) is "Condition operators" in the IAM User Guide.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from imagelint.text.holes import Hole, Str, concat, equal, may_contain, parts_of
from imagelint.text.logic import Answer, all_of


class _Wildcard(enum.Enum):
    ONE = "?"
    MANY = "*"


_Token = str | Hole | _Wildcard
"""A character, a hole or a wildcard."""
_T = TypeVar("_T", bound=_Token)
_WILDCARDS: Mapping[str | Hole, _Wildcard] = {wildcard.value: wildcard for wildcard in _Wildcard}


def glob(pattern: Str, text: Str, *, fold: bool = False) -> Answer:
    """Whether `text` fits a pattern with the wildcards `*` and `?`; `fold` ignores case.

    A hole in the pattern may hold wildcards itself.
    """
    if fold:
        pattern, text = _fold(pattern), _fold(text)
    if pattern == "*" or not is_wild(pattern):
        return True if pattern == "*" else same(pattern, text)
    tokens: list[_Token] = [_WILDCARDS.get(token, token) for token in _tokens(pattern)]
    wanted, given = _trim(tokens, _tokens(text), wild=True)
    if _Automaton(wanted, surely=True).accepts(given):
        return True
    open_ended = any(isinstance(token, Hole) for token in (*wanted, *given))
    return None if open_ended and _Automaton(wanted, surely=False).accepts(given) else False


def same(one: Str, other: Str) -> Answer:
    """As `equal`, which is cheaper, but sees more: without what both begin and end with, and through the middle."""
    if isinstance(one, str) and isinstance(other, str):
        return one == other
    left, right = _trim(_tokens(one), _tokens(other))
    answer = equal(concat(left), concat(right))
    return False if answer is None and not _Automaton(left, surely=False).accepts(right) else answer


def same_fold(one: Str, other: Str) -> Answer:
    """As `same`, but ignores case."""
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


def _trim(
    one: Sequence[_T], other: Sequence[str | Hole], *, wild: bool = False
) -> tuple[Sequence[_T], Sequence[str | Hole]]:
    """Both without what they begin and end with alike; where holes are `wild`, one that may be a wildcard stays."""
    for _ in ("the beginning", "the end, which turning both round makes the beginning"):
        alike = 0
        for left, right in zip(one, other, strict=False):
            if left != right or (wild and isinstance(left, Hole) and may_contain(left, "*?")):
                break
            alike += 1
        one, other = one[alike:][::-1], other[alike:][::-1]
    return one, other


class _Automaton:
    """A pattern as a nondeterministic finite automaton, which follows all ways through the pattern at once.

    Its state n means that the first n tokens of the pattern are used up. The states that a text may have led to are
    the bits of one number, so each token of the text costs a few operations on numbers and nothing is tried twice.
    `surely` it accepts what fits whatever the holes hold: a hole fits itself or `*`. Otherwise it accepts what fits
    with some content of the holes, or where that is hard to tell.
    """

    def __init__(self, pattern: Sequence[_Token], *, surely: bool) -> None:
        self._pattern, self._surely = pattern, surely
        self._many = self._before(lambda wanted: wanted is _Wildcard.MANY)
        self._skipped = self._many if surely else self._many | self._before(lambda wanted: isinstance(wanted, Hole))
        self._steps: dict[str | Hole, tuple[int, int]] = {}

    def accepts(self, text: Sequence[str | Hole]) -> bool:
        """Whether the text leads to the last state."""
        reached = _skip(1, self._skipped)
        for token in text:
            if isinstance(token, Hole) and not self._surely:
                reached = _skip(reached, self._skipped | self._held_by(token))
            else:
                left, kept = self._step(token)
                reached = _skip((reached & left) << 1 | (reached & kept), self._skipped)
            if not reached:
                return False
        return bool(reached >> len(self._pattern))

    def _before(self, accepted: Callable[[_Token], bool]) -> int:
        """The states before the tokens of the pattern that are accepted."""
        return int("0" + "".join("1" if accepted(wanted) else "0" for wanted in reversed(self._pattern)), 2)

    def _step(self, token: str | Hole) -> tuple[int, int]:
        """The states that reading a token leads on from, and those that it may stay in."""
        if token not in self._steps:
            one = _Wildcard.ONE if isinstance(token, str) else None
            left, kept = self._before(lambda wanted: wanted == token or wanted is one), self._many
            if not self._surely:
                kept |= self._before(lambda wanted: isinstance(wanted, Hole) and may_contain(wanted, f"{token}*?"))
            self._steps[token] = left, kept
        return self._steps[token]

    def _held_by(self, hole: Hole) -> int:
        """The states before what a hole of the text may hold, or a part of it."""
        return self._before(lambda wanted: may_contain(hole, wanted) if isinstance(wanted, str) else True)


def _skip(reached: int, skipped: int) -> int:
    """The states reached, and those behind tokens that may be skipped: the carry of the sum runs through a row."""
    return reached | (((reached & skipped) + skipped) ^ skipped)


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
