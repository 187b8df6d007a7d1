"""What a run is asked to do: which rules, and how strict. Knows rules by name only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from imagelint.model import SEVERITIES, Severity, UsageError
from imagelint.ruleset import Rule

FailOn = Severity | Literal["never"]


@dataclass(frozen=True)
class Config:
    """The settings of one run, with the values they have when nobody sets them."""

    select: tuple[str, ...] = ("error", "warning")
    """Slugs, codes and severities of the rules that are judged; `all` stands for every rule."""
    ignore: tuple[str, ...] = ()
    """Slugs, codes and severities of rules that are not judged, even if selected."""
    strict: bool = False
    """Whether what cannot be known is a finding."""
    fail_on: FailOn = "warning"
    """The mildest severity that closes the gate."""


def selected(rules: Sequence[Rule], config: Config) -> tuple[Rule, ...]:
    """The rules that a run judges. Raises UsageError for a name that no rule has."""
    chosen, ignored = _named(rules, config.select), _named(rules, config.ignore)
    return tuple(rule for rule in rules if rule.id in chosen - ignored)


def find_rule(rules: Sequence[Rule], name: str) -> Rule:
    """The rule with a slug or code. Raises UsageError, which suggests the nearest name."""
    for rule in rules:
        if name in _names(rule):
            return rule
    raise UsageError(f"there is no rule {name!r}{_suggestion(rules, name, ())}")


def _named(rules: Sequence[Rule], names: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for name in names:
        matching = {rule.id for rule in rules if name == "all" or name == rule.severity or name in _names(rule)}
        if not matching and name not in SEVERITIES:
            raise UsageError(f"no rule, code or severity is called {name!r}{_suggestion(rules, name, SEVERITIES)}")
        found |= matching
    return found


def _names(rule: Rule) -> tuple[str, str, str]:
    """What a rule answers to: its slug, and its code with or without the letter that follows the severity."""
    return rule.id, rule.code, str(rule.number)


def _suggestion(rules: Sequence[Rule], name: str, others: Sequence[str]) -> str:
    import difflib

    known = [*others, *(each for rule in rules for each in _names(rule))]
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else "; `imagelint rules` lists them"
