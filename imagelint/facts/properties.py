"""Facts of whatever else stands among a function's properties, for rules of somebody's own: `property.<Name>`.

They are stated only where they are asked for: each takes an evaluation, and may take scenarios of its own.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from imagelint.cloudformation.scope import Json
from imagelint.cloudformation.values import ABSENT, Value
from imagelint.facts.draft import Draft
from imagelint.text.holes import Hole, Text

PREFIX: Final = "property."
"""What the names of these facts begin with; the property's name follows."""
_NUMBERS: Final = ("MemorySize", "ReservedConcurrentExecutions", "Timeout")
"""The properties that are numbers, also where a text spells them (AWS::Lambda::Function, and SAM's function)."""
_NUMBER: Final = "-?[0-9]{1,15}"


def state_properties(draft: Draft, names: Collection[str]) -> None:
    """State some of the function's properties; a list or an object is no fact, so it is left out."""
    for name in sorted(names):
        written = draft.function.properties.get(name)
        if written is None:
            if draft.function.is_open:
                draft.unknown(PREFIX + name)
            else:
                draft.set(PREFIX + name, None)
        elif may_be_scalar(written.written):
            _state_property(draft.at(written.pointer), name, draft.subject.own_value(name))


def may_be_scalar(written: Json) -> bool:
    """Whether what is written may be a text, a number or a truth value: it is one, or a function gives it."""
    if isinstance(written, dict):
        return len(written) == 1 and all(key == "Ref" or key.startswith("Fn::") for key in written)
    return not isinstance(written, list)


def _state_property(draft: Draft, name: str, value: Value) -> None:
    fact = PREFIX + name
    if value is None or value is ABSENT:
        draft.set(fact, None)
    elif isinstance(value, int):
        draft.set(fact, value)
    elif draft.subject.may_vanish(value) or not isinstance(value, (str, Text, Hole)):
        draft.unknown(fact)
    elif name not in _NUMBERS or not isinstance(value, str):
        draft.set(fact, value)
    elif re.fullmatch(_NUMBER, value):
        draft.set(fact, int(value))
    else:
        draft.unknown(fact)
