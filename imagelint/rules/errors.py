"""Which rules an error text of Lambda, CDK, ECR or Docker is about. Knows the texts of rules; knows no templates.

Texts are compared word by word, so that quotes, line breaks, colours and capitals do not matter. `…` in a rule's text
stands for what differs each time, such as the URI of the image. The time is linear in the length of the text asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import IntEnum
from functools import cache
from typing import Final

from imagelint.record import Record
from imagelint.rules.rule import Rule

GAP: Final = "…"
"""What stands in a rule's error text for anything."""
_WORD: Final = re.compile(rf"\w+|{GAP}")
_COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")
_NAME: Final = re.compile(r"\b(?:[A-Z]+_\w+|[A-Z]\w*[a-z][A-Z]\w*)\b")
"""FROM_IMAGE, InvalidEntrypoint: a word that says enough by itself."""
_IN_A_ROW: Final = 3
_ALIKE: Final = 4
"""How many words in a row, and how many in all, two texts share that are alike."""


class Fit(IntEnum):
    """How a text that was asked for fits an error text of a rule."""

    ALIKE = 1
    """They share words in a row, or a name such as FROM_IMAGE: another version's wording, or a piece cut out."""
    PART = 2
    """It is a part of the rule's text."""
    WHOLE = 3
    """It holds all of the rule's text."""


class Match(Record):
    """A rule, with that one of its error texts that fits best."""

    fit: Fit
    words: int
    """The number of words that are the same."""
    rule: Rule
    error: Mapping[str, str]


def rules_about(rules: Iterable[Rule], text: str) -> list[Match]:
    """The rules that fit a text best: the longest agreement first, then by code. `...` in the text is a gap too.

    Of those that are only alike, none but the likest.
    """
    asked = _words(_COLOUR.sub("", text).replace("...", GAP))
    found = [match for rule in rules if (match := _best(rule, asked)) is not None]
    found.sort(key=lambda each: (-each.fit, -each.words, each.rule.number))
    return [
        each
        for each in found
        if each.fit is found[0].fit and (each.fit is not Fit.ALIKE or each.words == found[0].words)
    ]


def _best(rule: Rule, asked: str) -> Match | None:
    fits = [Match(*fit, rule, error) for error in rule.errors if (fit := _fit(error["text"], asked)) is not None]
    return max(fits, key=lambda each: each[:2], default=None)


class _Known(Record):
    """An error text of a rule, taken apart once for all that is asked for."""

    words: str
    pieces: tuple[str, ...]
    """The words between the gaps."""
    names: tuple[str, ...]


@cache
def _known(text: str) -> _Known:
    pieces = (_words(piece) for piece in text.split(GAP))
    return _Known(_words(text), tuple(filter(None, pieces)), tuple(map(_words, _NAME.findall(text))))


def _fit(text: str, asked: str) -> tuple[Fit, int] | None:
    words, pieces, names = _known(text)
    if _holds(asked, pieces):
        return Fit.WHOLE, sum(map(_count, pieces))
    has_name = any(name in asked for name in names)
    if asked and asked in words and (has_name or _count(asked) > 1):
        return Fit.PART, _count(asked)
    runs = [_longest_run(piece, asked) for piece in pieces]
    if has_name or (max(runs) >= _IN_A_ROW and sum(runs) >= _ALIKE):
        return Fit.ALIKE, sum(runs)
    return None


def _words(text: str) -> str:
    """The words of a text, each with a space before and after it: what is found in it begins and ends with a word."""
    found = _WORD.findall(text.casefold())
    return f" {' '.join(found)} " if found else ""


def _count(words: str) -> int:
    return words.count(" ") - 1


def _holds(asked: str, pieces: Iterable[str]) -> bool:
    """Whether all pieces stand in a text, one after the other."""
    position = 0
    for piece in pieces:
        found = asked.find(piece, position)
        if found < 0:
            return False
        position = found + len(piece) - 1  # the next word's space
    return True


def _longest_run(piece: str, asked: str) -> int:
    """How many words of a piece, which is short, stand in a text in a row."""
    words, start, longest = piece.split(), 0, 0
    for end in range(1, len(words) + 1):
        while start < end and f" {' '.join(words[start:end])} " not in asked:
            start += 1
        longest = max(longest, end - start)
    return longest
