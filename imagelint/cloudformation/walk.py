"""One walk through values that name each other: how far it has come, what it met by name, what its answers rest on.

Knows nothing of functions: what a value evaluates to is the matter of `Evaluation`, which is a walk.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from imagelint.cloudformation.assumptions import Assumptions
from imagelint.cloudformation.scenario import Scenario
from imagelint.cloudformation.scope import Expression
from imagelint.cloudformation.values import Value, as_text, breadth, check_size, kind_of
from imagelint.documents.pointer import spell
from imagelint.text.holes import Hole, Str

MAX_DEPTH: Final = 150
"""Values within values that one evaluation enters, references followed."""
MAX_STEPS: Final = 100_000
"""Values that one evaluation enters in all."""
_ENTRIES_IN_STEP: Final = 8
"""Entries of a list or object, or pieces of a text, that cost as much as to enter one more value: most entries are
texts, and are not entered."""

Key = tuple[str, str, str]
"""What is being evaluated by name: its role, the stack's name and its own."""


class Walk(ABC):
    """Evaluates values in one scenario, and remembers what the answers rest on."""

    def __init__(
        self, scenario: Scenario | None = None, *, follows_exports: bool = True, max_steps: int = MAX_STEPS
    ) -> None:
        """`follows_exports`: whether other stacks are asked for their exports, which those evaluate themselves.
        `max_steps`: the values that it may enter."""
        self.scenario = scenario or Scenario()
        self.assumptions = Assumptions(self.scenario)
        self.follows_exports = follows_exports
        self.truths: dict[tuple[str, str], bool] = {}
        """The conditions that were decided on the way, by their stack and name, in the order of their use."""
        self.decided: dict[Key, bool | None] = {}
        """The same with those that nothing decides."""
        self.defaults: dict[Hole, str] = {}
        """The parameters that were taken to have their Default, and those that were given a value, which are no inputs
        any more."""
        self.max_steps = max_steps
        self.steps = 0
        """The values that were entered so far."""
        self._active: list[tuple[Key, Expression]] = []
        self._memo: dict[Key, tuple[Value, dict[Hole, str]]] = {}
        self._depth = 0

    @abstractmethod
    def value(self, expression: Expression) -> Value:
        """What a value of a template evaluates to.

        Raises TemplateError for what CloudFormation would refuse, and NeedsAssumption when an assumption is needed.
        """

    def text(self, expression: Expression) -> Str:
        """What a value evaluates to where CloudFormation asks for a string; numbers and truth values become text."""
        evaluated = self.value(expression)
        text = as_text(evaluated)
        if text is None:
            expression.refuse(f"must be a string, not {kind_of(evaluated)}")
        return text

    def traced(self, expression: Expression) -> tuple[Value, dict[Hole, str]]:
        """What a value evaluates to, and the parameters that were taken to have their Default for it."""
        outer, self.defaults = self.defaults, {}
        try:
            return self.value(expression), self.defaults
        finally:
            self.defaults = {**outer, **self.defaults}

    def elsewhere(self, role: str, expression: Expression) -> Value:
        """The value at a place that other templates refer to."""
        return self.once((role, expression.scope.name, spell(expression.pointer)), expression)

    def once(self, key: Key, expression: Expression) -> Value:
        """What a name stands for, evaluated once a scenario and never inside itself."""
        if key not in self._memo:
            with self.entering(key, expression):
                self._memo[key] = self.traced(expression)
                check_size(self._memo[key][0], expression)
        evaluated, rests_on = self._memo[key]
        self.defaults |= rests_on
        self.spend(breadth(evaluated), expression)  # whoever asked goes through it
        return evaluated

    @contextmanager
    def entering(self, key: Key, expression: Expression) -> Iterator[None]:
        """Be at a name, which must not be met again before this is left."""
        active = [entered for entered, _ in self._active]
        if key in active:
            cycle = self._active[active.index(key) :]
            first = cycle.index(min(cycle, key=lambda entry: entry[0]))  # the same message wherever it is entered
            cycle = [*cycle[first:], *cycle[: first + 1]]
            names = " -> ".join(name for (_, _, name), _ in cycle)
            cycle[0][1].refuse(f"refers to itself: {names}")
        self._active.append((key, expression))
        try:
            with self.deeper(expression):  # a name costs as many frames of Python's stack as a function does
                yield
        finally:
            self._active.pop()

    @contextmanager
    def deeper(self, expression: Expression) -> Iterator[None]:
        """Be one value deeper."""
        self.enter(expression)
        try:
            yield
        finally:
            self._depth -= 1

    def enter(self, expression: Expression, entries: int = 0) -> None:
        """Go one value deeper, into so many entries; who does so comes back by lowering `_depth`."""
        self.steps += 1
        self.spend(entries, expression)
        if self._depth >= MAX_DEPTH:
            expression.refuse(f"functions and references are nested more than {MAX_DEPTH} deep")
        self._depth += 1

    def spend(self, entries: int, at: Expression) -> None:
        """Count so many entries of a list or pieces of a text that are gone through without being entered."""
        self.steps += entries // _ENTRIES_IN_STEP
        if self.steps > self.max_steps:
            at.refuse(f"takes more than {self.max_steps:,} steps to evaluate")
