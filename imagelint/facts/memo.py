"""Remembering what is made of something. Knows nothing of what that is."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

_Self = TypeVar("_Self", bound="Memo")
_Made = TypeVar("_Made")


class Memo:
    """Something of which other modules make what they need, each thing once."""

    @cached_property
    def _made(self) -> dict[Callable[..., Any], Any]:
        return {}

    def once(self: _Self, make: Callable[[_Self], _Made]) -> _Made:
        """What a function makes of this, made when it is first asked for and shared from then on."""
        if make not in self._made:
            self._made[make] = make(self)
        made: _Made = self._made[make]
        return made
