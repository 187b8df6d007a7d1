"""What is assumed of that which is open until deployment. Knows no templates."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from imagelint.record import Record
from imagelint.text.holes import Hole, Str

_NOTHING: Final[Mapping[Any, Any]] = {}


class Scenario(Record):
    """One consistent set of assumptions about what deployment will bring."""

    bound: Mapping[Hole, str] = _NOTHING
    """Parameters and pseudo parameters that are assumed to have a value."""
    never: Mapping[Hole, frozenset[str]] = _NOTHING
    """…and those that are assumed not to have some values."""
    comparisons: Mapping[tuple[Str, Str], bool] = _NOTHING
    """How comparisons of other texts are assumed to come out."""
    exhausted: bool = False
    """Set when there would be too many scenarios: what is open from here on stays unknown."""

    def binding(self, hole: Hole, value: str) -> Scenario:
        """This scenario, with the hole assumed to be the value."""
        return self._replace(bound={**self.bound, hole: value})

    def excluding(self, hole: Hole, *values: str) -> Scenario:
        """This scenario, with the hole assumed to be none of the values."""
        return self._replace(never={**self.never, hole: self.excluded(hole).union(values)})

    def comparing(self, one: Str, other: Str, answer: bool) -> Scenario:
        """This scenario, with a comparison assumed to come out as the answer."""
        return self._replace(comparisons={**self.comparisons, (one, other): answer})

    def excluded(self, hole: Hole) -> frozenset[str]:
        """The values that the hole is assumed not to have."""
        return self.never.get(hole, frozenset())

    def closed(self) -> Scenario:
        """This scenario, with nothing more to be assumed."""
        return self._replace(exhausted=True)

    def without(self, holes: Collection[Hole], value: str) -> Scenario:
        """This scenario, closed, with some holes assumed to be anything but the value."""
        bound = {hole: each for hole, each in self.bound.items() if hole not in holes}
        never = {**self.never, **{hole: self.excluded(hole) | {value} for hole in holes}}
        return self._replace(bound=bound, never=never, exhausted=True)


class NeedsAssumption(Exception):
    """Evaluation needs an assumption; `scenarios` are the ones to try instead, the likeliest first."""

    def __init__(self, scenarios: Iterable[Scenario]) -> None:
        super().__init__()
        self.scenarios = tuple(scenarios)
