"""Which rules a configuration selects, and what it changes in them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from imagelint.config.model import Changes, Config
from imagelint.model import SEVERITIES, Override, UsageError
from imagelint.rules.rule import Rule
from imagelint.text.words import nearest


def selected(rules: Sequence[Rule], config: Config) -> tuple[Rule, ...]:
    """The rules that a run judges. Raises UsageError for a name that no rule has."""
    chosen = _named(rules, config.select) - _named(rules, config.ignore)
    return tuple(rule for rule in rules if rule.id in chosen and (config.live or not rule.is_live))


def rules_for(rules: Sequence[Rule], config: Config, stack: Collection[str] = ()) -> tuple[Rule, ...]:
    """The rules that are judged in a stack with these names, as the configuration has changed them.

    Raises UsageError for a name that no rule has and for a change that leaves no valid rule.
    """
    overrides = [each for each in config.overrides if each.covers(stack)]
    for changes in (config.rules, *(each.rules for each in overrides)):
        rules = _changed(rules, changes)
    ignore = (*config.ignore, *(name for each in overrides for name in each.ignore))
    return selected(rules, config._replace(ignore=ignore))


def effects(rules: Sequence[Rule], config: Config, stack: str, names: Collection[str]) -> Iterator[Override]:
    """What each override that covers a stack with some names does there. Raises UsageError for a name of no rule."""
    for override in config.overrides:
        if override.covers(names):
            changed = {find_rule(rules, name).id: tuple(sorted(fields)) for name, fields in override.rules.items()}
            ignored = sorted(_named(rules, override.ignore))
            yield Override(stack, override.place, tuple(sorted(changed.items())), tuple(ignored))


def rules_anywhere(rules: Sequence[Rule], config: Config) -> tuple[Rule, ...]:
    """The rules that are judged in at least one stack.

    A rule that is judged everywhere comes without the overrides; any other, as the first override that adds it has it.
    """
    found = {rule.id: rule for rule in rules_for(rules, config)}
    for override in config.overrides:
        for rule in rules_for(rules, config._replace(overrides=(override._replace(stacks=("*",)),)), ("",)):
            found.setdefault(rule.id, rule)
    return tuple(found[each.id] for each in rules if each.id in found)


def strict_rules(rules: Sequence[Rule], config: Config) -> frozenset[str]:
    """The slugs of the rules for which what cannot be known is a finding. Raises UsageError for a name of no rule."""
    if isinstance(config.strict, bool):
        return frozenset(rule.id for rule in rules if config.strict)
    if not config.strict:
        return frozenset()
    return frozenset(
        rule.id for rule in rules_for(rules, config._replace(select=config.strict, ignore=(), overrides=()))
    )


def _changed(rules: Sequence[Rule], changes: Changes) -> tuple[Rule, ...]:
    if not changes:
        return tuple(rules)
    from imagelint.documents.document import key_of
    from imagelint.documents.schema import MisfitError
    from imagelint.rules.own import overridden

    by_id = {rule.id: rule for rule in rules}
    for name, fields in changes.items():
        rule = find_rule(rules, name)
        try:
            by_id[rule.id] = overridden(by_id[rule.id], fields)
        except MisfitError as misfit:
            raise UsageError(f"{key_of(('rules', name, *misfit.pointer))}: {misfit.message}") from None
    return tuple(by_id.values())


def find_rule(rules: Sequence[Rule], name: str, *, suggests: bool = True) -> Rule:
    """The rule with a slug or code. Raises UsageError, which suggests the nearest name: that takes milliseconds."""
    for rule in rules:
        if is_called(rule, name):
            return rule
    raise UsageError(f"there is no rule {name!r}{_suggestion(rules, name, ()) if suggests else ''}")


def _named(rules: Sequence[Rule], names: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for name in names:
        if name == "all" or name in SEVERITIES:
            matching = {rule.id for rule in rules if name in ("all", rule.severity)}
        elif not (matching := {rule.id for rule in rules if is_called(rule, name)}):
            raise UsageError(f"no rule, code or severity is called {name!r}{_suggestion(rules, name, SEVERITIES)}")
        found |= matching
    return found


def is_called(rule: Rule, name: str) -> bool:
    """Whether a name is the rule's slug or code, in capitals or not. The letter before the code may be any, or none:
    it follows the severity, which a configuration may change, here and there or everywhere."""
    number = rule.number
    return name.lower() in (rule.id, f"{number}", f"e{number}", f"w{number}", f"i{number}")


def _suggestion(rules: Sequence[Rule], name: str, others: Sequence[str]) -> str:
    known = [*others, *(each for rule in rules for each in (rule.id, rule.code))]
    return nearest(name, known) or "; `imagelint rules` lists them"
