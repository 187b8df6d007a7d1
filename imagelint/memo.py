"""Remembering what is made of something. Knows nothing of what that is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

_Self = TypeVar("_Self", bound="Memo")
_Made = TypeVar("_Made")


class Memo:
    """Something of which each thing that is needed is made once.

    The modules that mypyc compiles have this for a `cached_property`, which it would ask each time.
    """

    def __new__(cls: type[_Self], *given: object, **named: object) -> _Self:
        """Make it without its constructor, which pickle has nothing to give; a compiled class would call it."""
        return super().__new__(cls)

    def __init__(self) -> None:
        self._made: dict[Callable[..., Any], Any] = {}

    def once(self: _Self, make: Callable[[_Self], _Made]) -> _Made:
        """What a function or a method makes of this, made when it is first asked for and shared from then on.

        It is known by itself: a lambda would be another one each time.
        """
        if make not in self._made:
            self._made[make] = make(self)
        made: _Made = self._made[make]
        return made
