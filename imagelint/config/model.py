"""What a run is asked to do: which rules, changed in what, and how strict. Knows rules by name only; reads no file."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fnmatch import fnmatchcase
from typing import Any, Final, Literal, NamedTuple

from imagelint.model import SEVERITIES, Severity, UsageError
from imagelint.rules.ruleset import Rule

FailOn = Severity | Literal["never"]
Changes = Mapping[str, Mapping[str, Any]]
"""A rule's slug or code -> the fields of its rule file that are changed."""

_CODE: Final = re.compile(r"[EWI]?([0-9]{4})")


class StackOverride(NamedTuple):
    """What is different for the stacks with some names."""

    stacks: tuple[str, ...]
    """Globs of a stack's path in the assembly or its name in CloudFormation; `*` stands for slashes too."""
    rules: Changes = field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    """Slugs, codes and severities of rules that are not judged there."""

    def covers(self, names: Iterable[str]) -> bool:
        """Whether a stack with these names is meant."""
        return any(fnmatchcase(name, glob) for name in names for glob in self.stacks)


class Acceptance(NamedTuple):
    """A decision of the configuration to live with what a rule finds in some constructs."""

    rule: str
    """A slug or code."""
    path: str
    """A glob of construct paths; what it matches is meant with all that is below it."""
    reason: str
    expires: date | None = None
    """The last day on which it holds."""
    place: str = "the configuration"
    """Where it is written, file and line."""


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
    minimum_cdk_version: str = "2.0.0"
    """The oldest aws-cdk-lib that may have made an assembly."""
    today: date | None = None
    """The day that deprecations and expiry dates are judged on; None for the day of the run."""
    rules: Changes = field(default_factory=dict)
    """Rules that differ from their files everywhere."""
    overrides: tuple[StackOverride, ...] = ()
    """Rules that differ for some stacks; a later entry has the last word."""
    suppress: tuple[Acceptance, ...] = ()
    baseline: frozenset[str] = frozenset()
    """Fingerprints of findings that were there when a team began."""


def selected(rules: Sequence[Rule], config: Config) -> tuple[Rule, ...]:
    """The rules that a run judges. Raises UsageError for a name that no rule has."""
    chosen, ignored = _named(rules, config.select), _named(rules, config.ignore)
    return tuple(rule for rule in rules if rule.id in chosen - ignored)


def rules_for(rules: Sequence[Rule], config: Config, stack: Collection[str] = ()) -> tuple[Rule, ...]:
    """The rules that are judged in a stack with these names, as the configuration has changed them.

    Raises UsageError for a name that no rule has and for a change that leaves no valid rule.
    """
    overrides = [each for each in config.overrides if each.covers(stack)]
    for changes in (config.rules, *(each.rules for each in overrides)):
        rules = _changed(rules, changes)
    ignore = (*config.ignore, *(name for each in overrides for name in each.ignore))
    return selected(rules, replace(config, ignore=ignore))


def rules_anywhere(rules: Sequence[Rule], config: Config) -> tuple[Rule, ...]:
    """The rules that are judged in any stack, each as it is judged first: everywhere, or else by an override."""
    found = {rule.id: rule for rule in rules_for(rules, config)}
    for override in config.overrides:
        for rule in rules_for(rules, replace(config, overrides=(override._replace(stacks=("*",)),)), ("",)):
            found.setdefault(rule.id, rule)
    return tuple(found[each.id] for each in rules if each.id in found)


def _changed(rules: Sequence[Rule], changes: Changes) -> tuple[Rule, ...]:
    if not changes:
        return tuple(rules)
    from imagelint.documents.document import Misfit, key_of
    from imagelint.rules.own import overridden

    by_id = {rule.id: rule for rule in rules}
    for name, fields in changes.items():
        rule = find_rule(rules, name)
        try:
            by_id[rule.id] = overridden(by_id[rule.id], fields)
        except Misfit as misfit:
            raise UsageError(f"{key_of(('rules', name, *misfit.pointer))}: {misfit.message}") from None
    return tuple(by_id.values())


def find_rule(rules: Sequence[Rule], name: str) -> Rule:
    """The rule with a slug or code. Raises UsageError, which suggests the nearest name."""
    for rule in rules:
        if _is_called(rule, name):
            return rule
    raise UsageError(f"there is no rule {name!r}{_suggestion(rules, name, ())}")


def _named(rules: Sequence[Rule], names: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for name in names:
        matching = {rule.id for rule in rules if name == "all" or name == rule.severity or _is_called(rule, name)}
        if not matching and name not in SEVERITIES:
            raise UsageError(f"no rule, code or severity is called {name!r}{_suggestion(rules, name, SEVERITIES)}")
        found |= matching
    return found


def _is_called(rule: Rule, name: str) -> bool:
    """Whether a name is the rule's slug or code. The letter before the code may be any, or none: it follows the
    severity, which a configuration may change, here and there or everywhere."""
    code = _CODE.fullmatch(name)
    return name == rule.id or (code is not None and code.group(1) == str(rule.number))


def _suggestion(rules: Sequence[Rule], name: str, others: Sequence[str]) -> str:
    import difflib

    known = [*others, *(each for rule in rules for each in (rule.id, rule.code))]

    def likeness(each: str) -> tuple[float, int]:
        """The second number tells E9721 from E9762, which are as like E9720 by the first."""
        in_place = sum(one == other for one, other in zip(each, name, strict=False))
        return difflib.SequenceMatcher(None, each, name).ratio(), in_place

    nearest = max(known, key=likeness)
    return f"; did you mean {nearest!r}?" if likeness(nearest)[0] > 0.5 else "; `imagelint rules` lists them"
