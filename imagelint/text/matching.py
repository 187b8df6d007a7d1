"""Text with holes against patterns: wildcards, the parts of an ARN, letter case.

Every answer is True, False or None for "cannot be known", and learning what a hole holds never turns True into False
or back. Knows nothing of policies. (Operators) is "Condition operators" in the IAM User Guide.
"""

from __future__ import annotations

import enum
import functools
import itertools
import operator
from collections.abc import Iterable, Mapping, Sequence
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
    given: Sequence[str | Hole] = _tokens(text)
    if isinstance(pattern, str) and pattern.isascii():
        automaton = _known_automaton(pattern)
    else:
        wanted, given = _trim(_with_wildcards(pattern), given, wild=True)
        automaton = _Automaton(wanted)
    if automaton.accepts(given, surely=True):
        return True
    open_ended = not (isinstance(pattern, str) and isinstance(text, str))
    return None if open_ended and automaton.accepts(given, surely=False) else False


def same(one: Str, other: Str) -> Answer:
    """As `equal`, which is cheaper, but sees more: without what both begin and end with, and through the middle."""
    answer = equal(one, other)
    if answer is not None or {type(one), type(other)} == {Hole, str}:
        return answer
    left, right = _trim(_tokens(one), _tokens(other))
    answer = equal(concat(left), concat(right))
    return False if answer is None and not _Automaton(left).accepts(right, surely=False) else answer


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


def _with_wildcards(pattern: Str) -> list[_Token]:
    return [_WILDCARDS.get(token, token) for token in _tokens(pattern)]


class _Automaton:
    """A pattern as a nondeterministic finite automaton, which follows all ways through the pattern at once.

    Its state n means that the first n tokens of the pattern are used up. Sets of states are the bits of one number,
    so each token of the text costs a few operations on numbers and nothing is tried twice.
    """

    def __init__(self, pattern: Sequence[_Token]) -> None:
        self._last = len(pattern)
        self._before: dict[_Token, int] = {}
        """The states whose next token in the pattern is the one given."""
        self._before_holes: dict[str | None, int] = {}
        """The states whose next token is a hole with the alphabet given."""
        for state, token in enumerate(pattern):
            self._before[token] = self._before.get(token, 0) | 1 << state
            if isinstance(token, Hole):
                self._before_holes[token.alphabet] = self._before_holes.get(token.alphabet, 0) | 1 << state

    def accepts(self, text: Sequence[str | Hole], *, surely: bool) -> bool:
        """Whether the text leads to the last state: `surely`, whatever the holes hold, where a hole fits itself or `*`;
        otherwise with some content of the holes, or where that is hard to tell."""
        many = self._before.get(_Wildcard.MANY, 0)
        skipped = many if surely else many | _union(self._before_holes.values())
        reached = _skip(1, skipped)
        for token in text:
            if isinstance(token, Hole) and not surely:
                reached = _skip(reached, skipped | self._held_by(token))
            else:
                kept = many if surely else many | self._holding(f"{token}*?")
                reached = _skip((reached & self._fitting(token)) << 1 | (reached & kept), skipped)
            if not reached:
                return False
        return bool(reached >> self._last)

    def _fitting(self, token: str | Hole) -> int:
        """The states whose next token fits one of the text and is used up by it."""
        one = self._before.get(_Wildcard.ONE, 0) if isinstance(token, str) else 0
        return self._before.get(token, 0) | one

    def _holding(self, characters: str) -> int:
        """The states whose next token is a hole that may hold one of the characters and go on."""
        holding = [alphabet is None or not set(alphabet).isdisjoint(characters) for alphabet in self._before_holes]
        return _union(itertools.compress(self._before_holes.values(), holding))

    def _held_by(self, hole: Hole) -> int:
        """The states whose next token may be a part of what a hole of the text holds."""
        return _union(
            states for token, states in self._before.items() if not isinstance(token, str) or may_contain(hole, token)
        )


@functools.lru_cache(maxsize=1024)
def _known_automaton(pattern: str) -> _Automaton:
    """The same patterns are met at every function. Not for holes, of which equal ones may differ in their alphabets,
    nor beyond ASCII: an automaton has a number of the pattern's length for each character that occurs in it."""
    return _Automaton(_with_wildcards(pattern))


def _union(sets: Iterable[int]) -> int:
    return functools.reduce(operator.or_, sets, 0)


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
