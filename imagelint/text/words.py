"""The words that messages of several rooms share: what kind of value stands somewhere, what a name may have meant."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from imagelint.text.holes import Hole, Text

_BLANK_LETTERS: Final = "\u115f\u1160\u3164\uffa0"
"""The fillers of Hangul, which Unicode has as letters (and as Default_Ignorable_Code_Point), and nobody sees."""


def kind_of(value: object) -> str:
    """What a value of JSON or YAML is, in words for a sentence. A string may have holes."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a truth value"
    if isinstance(value, (str, Text, Hole)):
        return "a string"
    return "an object" if isinstance(value, dict) else "a list" if isinstance(value, list) else "a number"


def is_reason(reason: object) -> bool:
    """Whether something is a reason that a person wrote: text with a letter or a digit, not blanks or dots."""
    return isinstance(reason, str) and any(each.isalnum() and each not in _BLANK_LETTERS for each in reason)


MAX_SHOWN: Final = 600
"""Characters of a text of the input in one message; thousands of functions may quote the same one."""


def shortened(text: str) -> str:
    """As much of a text as a message quotes."""
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}... ({len(text):,} characters)"


_MAX_NAME: Final = 100
"""Characters of a misspelt name; to compare a longer one takes longer, and it is near to none."""


def nearest(name: str, known: Iterable[str]) -> str:
    """What a misspelt name may have meant, as the end of a sentence; empty where nothing is near."""
    if len(name) > _MAX_NAME:
        return ""
    import difflib

    def likeness(each: str) -> tuple[float, int]:
        """The second number tells E9721 from E9762, which are as like E9720 by the first."""
        in_place = sum(one == other for one, other in zip(each, name, strict=False))
        return difflib.SequenceMatcher(None, each, name).ratio(), in_place

    best = max(known, key=likeness, default="")
    return f"; did you mean {best!r}?" if likeness(best)[0] > 0.5 else ""
