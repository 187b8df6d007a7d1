"""Numbers as people spell them: which texts may mean the same one. Knows no templates.

Source: yaml.org/type (YAML 1.1), "int" and "float"; the core schema of YAML 1.2, "0o17".
"""

from __future__ import annotations

import re
from typing import Final

_DIGITS: Final = "0123456789"
_MAX_LENGTH: Final = 40
"""Characters of a number; a longer text is none that a template compares with."""
_DECIMAL: Final = r"[-+]?[0-9]+"
_FLOAT: Final = r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?"
_SEXAGESIMAL: Final = r"[-+]?[0-9]+(?::[0-5]?[0-9])+(?:\.[0-9]*)?"
_BASES: Final = (
    (r"([-+]?)0o?([0-7]+)", 8),
    (r"([-+]?)0x([0-9a-fA-F]+)", 16),
    (r"([-+]?)0b([01]+)", 2),
)
"""The spellings whose digits are not decimal. Underscores, which YAML 1.1 ignores in all of them, are taken out."""


def may_be_same_number(one: str, other: str) -> bool:
    """Whether two texts may be one number in two spellings, such as `0x10` and `16`, or `1:30` and `90`.

    Which of them a parser of YAML takes for numbers depends on its version, and on quotes that the value has no more.
    """
    return not readings(one).isdisjoint(readings(other))


def readings(text: str) -> set[float]:
    """The numbers that a text may mean: none, one, or with a leading zero two."""
    if len(text) > _MAX_LENGTH or not any(character in _DIGITS for character in text):
        return set()
    plain = text.replace("_", "")
    found: set[float] = set()
    for spelling, base in _BASES:
        if match := re.fullmatch(spelling, plain):
            sign, digits = match.groups()
            found.add(int(sign + digits, base))
    if re.fullmatch(_DECIMAL, plain):
        found.add(int(plain))
    elif re.fullmatch(_FLOAT, plain):
        found.add(float(plain))
    elif re.fullmatch(_SEXAGESIMAL, plain):
        found.add(_in_sixties(plain))
    return found


def _in_sixties(text: str) -> float:
    number = 0.0
    for part in text.lstrip("+-").split(":"):
        number = number * 60 + float(part)
    return -number if text.startswith("-") else number
