"""Suppressed findings: who decided to live with them, for which constructs, and which decisions are unused.

Five ways: the app's own acknowledgements, a resource's Metadata (ours and cfn-lint's), the configuration's entries and
its baseline, of which only fingerprints are known here. One that is malformed suppresses nothing, and is a warning
of the run, as is one that is unused.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from imagelint.assembly.constructs import ACKNOWLEDGED
from imagelint.assembly.functions import Function
from imagelint.assembly.stack import MANIFEST, Stack
from imagelint.config.model import Config, SuppressionEntry, fits
from imagelint.config.selection import find_rule
from imagelint.documents.files import here
from imagelint.documents.pointer import Pointer
from imagelint.memo import Memo
from imagelint.model import Problem, SuppressedBy, UsageError, fingerprint_of
from imagelint.record import Record
from imagelint.rules.rule import Rule
from imagelint.text.words import is_reason, kind_of, shortened

_PREFIX: Final = "imagelint::"
"""What CDK writes before the name of a rule of ours."""
_KEYS: Final = {"rule", "reason"}


class Suppression(Record):
    """A decision not to report what a rule finds, and where it is written."""

    rule: str
    by: SuppressedBy
    reason: str
    stack: Stack
    where: Pointer | str
    """The place in the stack's template, or a place in words."""
    label: str
    """What messages call it, as the beginning of a sentence."""


class Suppressions(Memo):
    """What the stacks of an assembly and the configuration suppress, and what of that was used."""

    def __init__(self, rules: Sequence[Rule], config: Config, today: date) -> None:
        super().__init__()
        self.rules = rules
        self.config = config
        self.today = today
        self.used: set[str] = set()
        """What of the configuration suppressed a finding: places of its entries, and fingerprints of the baseline."""
        self._unused: dict[Suppression, None] = {}
        """What has been met and has suppressed nothing so far, in order."""
        self._wrong: list[tuple[Stack, Pointer | str, str]] = []
        self._acknowledged: dict[str, dict[str, dict[str, Suppression]]] = {}
        """By the name of the outermost stack, by construct path and by rule: the first says why, and is as good as
        all."""

    def of(self, function: Function, judged: Collection[str]) -> list[Suppression]:
        """What the function's own template and app suppress, the outermost construct last.

        Nothing where the configuration declines that: whoever writes the template would open the gate to it.
        `judged` are the ids of the rules that are judged there: what is said of another rule is not called unused.
        """
        if not self.config.inline_suppressions:
            return []
        outermost = function.stack.outermost
        if outermost.name not in self._acknowledged:
            self._acknowledged[outermost.name] = self._acknowledgements(outermost)
            found = [each for listed in self._acknowledged[outermost.name].values() for each in listed.values()]
            self._unused.update(dict.fromkeys(each for each in found if each.rule in judged))
        own = [*self._metadata(function), *self._cfn_lint_metadata(function)]
        self._unused.update(dict.fromkeys(each for each in own if each.rule in judged))
        acknowledged = self._acknowledged[outermost.name]
        paths = _with_ancestors(function.construct_path or outermost.name)
        return [*(each for path in paths for each in acknowledged.get(path, {}).values()), *own]

    def suppressor(
        self, function: Function, rule: str, identity: str, own: Sequence[Suppression]
    ) -> tuple[SuppressedBy, str] | None:
        """Who suppresses what the rule finds in the function, and why; None where nobody does.

        All that do are used, and what is written nearest to the function is reported. `own` is what `of` gave,
        `identity` that of the finding.
        """
        found: list[tuple[SuppressedBy, str]] = []
        for each in own:
            if each.rule == rule:
                self._unused.pop(each, None)
                found.append((each.by, shortened(each.reason)))
        for entry in self.once(Suppressions._find_those_in_force).get(rule, ()):
            if _covers(entry, function):
                self.used.add(entry.place)
                found.append(("config", entry.reason))
        if self.config.baseline and (fingerprint := fingerprint_of(identity)) in self.config.baseline:
            self.used.add(fingerprint)
            found.append(("baseline", ""))
        return found[0] if found else None

    def _find_those_in_force(self) -> Mapping[str, list[SuppressionEntry]]:
        """The configuration's entries that have not expired, by the id of their rule."""
        entries: dict[str, list[SuppressionEntry]] = {}
        for entry in self.config.suppress:
            if not is_expired(entry, self.today):
                entries.setdefault(find_rule(self.rules, entry.rule).id, []).append(entry)
        return entries

    def warnings(self) -> Iterator[Problem]:
        """What is wrong with the suppressions of the assembly, and which of them are unused."""
        found = list(self._wrong)
        found.extend((each.stack, each.where, f"{each.label} suppresses nothing; remove it") for each in self._unused)
        pointers: dict[Stack, list[Pointer]] = {}
        for stack, where, _ in found:
            if not isinstance(where, str):
                pointers.setdefault(stack, []).append(where)
        places = {stack: stack.positions(asked) for stack, asked in pointers.items()}
        for stack, where, message in found:
            if not isinstance(where, str):
                line, column = places[stack].get(where, (None, None))
                where = stack.display_path if line is None else f"{stack.display_path}:{line}:{column}"
            yield Problem(where, message)

    # -- the app's acknowledgements -------------------------------------------------------------------------------

    def _acknowledgements(self, stack: Stack) -> dict[str, dict[str, Suppression]]:
        found: dict[str, dict[str, Suppression]] = {}
        for path, data, source in stack.constructs_with(ACKNOWLEDGED).acknowledged():
            where = f"{here(source.file)}:{source.line}:{source.column}" if source else _metadata_file(stack)
            if not isinstance(data, dict):
                self._wrong.append((stack, where, f"the acknowledgement on {path} is {kind_of(data)}, not an object"))
                continue
            for name, reason in data.items():
                label = f"the acknowledgement of {name} on {path}"
                if not name.startswith(_PREFIX):
                    is_rule = any(name in (rule.id, rule.code) for rule in self.rules)
                    if is_rule or name.lower().startswith("imagelint"):
                        meant = _PREFIX + (name if is_rule else "RULE")
                        self._wrong.append((stack, where, f"{label} suppresses nothing: write {meant}"))
                    continue
                rule = self._rule(name.removeprefix(_PREFIX), reason, stack, where, label)
                if rule is not None:
                    made = Suppression(rule.id, "cdk-acknowledgement", reason, stack, where, label)
                    found.setdefault(path, {}).setdefault(rule.id, made)
        return found

    def _rule(self, name: Any, reason: Any, stack: Stack, where: Pointer | str, label: str) -> Rule | None:
        """The rule that a suppression means; None, and a word about it, where it suppresses nothing."""
        if not isinstance(name, str):
            self._wrong.append((stack, where, f"{label} names no rule, so it suppresses nothing"))
            return None
        try:
            rule = find_rule(self.rules, name, suggests=len(self._wrong) < _MAX_SUGGESTIONS)
        except UsageError as error:
            self._wrong.append((stack, where, f"{label} suppresses nothing: {error}"))
            return None
        if not is_reason(reason):
            self._wrong.append((stack, where, f"{label} gives no reason, so it suppresses nothing"))
            return None
        return rule

    # -- Metadata -------------------------------------------------------------------------------------------------

    def _metadata(self, function: Function) -> Iterator[Suppression]:
        """Metadata imagelint: {ignore: [{rule: …, reason: …}]}."""
        at: Pointer = ("Resources", function.logical_id, "Metadata", "imagelint")
        metadata = function.resource.get("Metadata")
        if not isinstance(metadata, dict) or "imagelint" not in metadata:
            return
        stack, written = function.stack, metadata["imagelint"]
        if not isinstance(written, dict) or written.keys() != {"ignore"} or not isinstance(written["ignore"], list):
            message = "the Metadata `imagelint` suppresses nothing: it must be {ignore: [{rule: …, reason: …}]}"
            self._wrong.append((stack, at, message))
            return
        for index, entry in enumerate(written["ignore"]):
            where = (*at, "ignore", index)
            label = f"entry {index + 1} of the Metadata imagelint.ignore"
            if not isinstance(entry, dict):
                self._wrong.append((stack, where, f"{label} suppresses nothing: it must be {{rule: …, reason: …}}"))
                continue
            if unknown := entry.keys() - _KEYS:
                message = f"{label} suppresses nothing: {min(unknown)!r} is not a key here; the keys are rule, reason"
                self._wrong.append((stack, where, message))
                continue
            rule = self._rule(entry.get("rule"), entry.get("reason"), stack, where, label)
            if rule is not None:
                label = f"{label}, {entry['rule']},"
                yield Suppression(rule.id, "metadata", entry["reason"], stack, where, label)

    def _cfn_lint_metadata(self, function: Function) -> Iterator[Suppression]:
        """Metadata cfn-lint: {config: {ignore_checks: [E9721]}}; what is not ours is cfn-lint's business."""
        at: Pointer = ("Resources", function.logical_id, "Metadata", "cfn-lint", "config", "ignore_checks")
        listed: Any = function.resource
        for key in at[2:]:
            listed = listed.get(key) if isinstance(listed, dict) else None
        for index, name in enumerate(listed if isinstance(listed, list) else ()):
            try:
                rule = find_rule(self.rules, name, suggests=False) if isinstance(name, str) else None
            except UsageError:
                continue
            if rule is not None:
                label = f"{name} in the Metadata cfn-lint.config.ignore_checks"
                yield Suppression(rule.id, "cfn-lint-metadata", "", function.stack, (*at, index), label)


def review(config: Config, used: Collection[str], judged: Iterable[Rule], today: date) -> Iterator[Problem]:
    """Warn of the configuration's entries that are expired, and of those that are unused.

    An entry on a rule that was not judged is not called unused. A glob of an override is unused where
    it matches no stack.
    """
    rules = tuple(judged)
    ids = {rule.id for rule in rules}
    for index, entry in enumerate(config.suppress):
        label = f"{entry.rule} for {entry.path}"
        if is_expired(entry, today):
            message = f"{label} has expired, on {entry.expires}, and suppresses nothing; set a new date, or fix it"
            yield Problem(entry.place, f"suppress[{index}].expires: {message}")
        elif entry.place not in used and entry.rule in ids:
            yield Problem(entry.place, f"suppress[{index}]: {label} suppresses nothing; remove it")
    for index, override in enumerate(config.overrides):
        for glob in override.stacks:
            if override.use(glob) not in used:
                yield Problem(
                    override.place, f"overrides[{index}].stacks: {glob!r} matches no stack; correct or remove it"
                )


def is_expired(entry: SuppressionEntry, today: date) -> bool:
    """Whether the last day of an entry is over."""
    return entry.expires is not None and entry.expires < today


def _covers(entry: SuppressionEntry, function: Function) -> bool:
    """Whether an entry means the function: by its construct path, or by its logical ID behind a name of its stack."""
    paths = [f"{name}/{function.logical_id}" for name in function.stack.names]
    if function.construct_path is not None:
        paths.append(function.construct_path)
    return any(fits(each, entry.path) for path in paths for each in _with_ancestors(path))


_MAX_SUGGESTIONS: Final = 100
"""Wrong suppressions after which no nearest name is looked for: a template may have thousands."""
_MAX_LEVELS: Final = 200
"""Constructs within one another. A path of more is none that CDK wrote, and has no ancestors: to go through them takes
the square of its length."""


def _with_ancestors(path: str) -> Iterator[str]:
    """A construct path and those it lies in, from the innermost: `App/Fn/Resource`, `App/Fn`, `App`."""
    yield path
    for _ in range(path.count("/") if path.count("/") < _MAX_LEVELS else 0):
        path = path.rpartition("/")[0]
        yield path


def _metadata_file(stack: Stack) -> str:
    file = stack.artifact.get("additionalMetadataFile")
    return stack.root.show(os.path.join(stack.folder, file if isinstance(file, str) else MANIFEST))
