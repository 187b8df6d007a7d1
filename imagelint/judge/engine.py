"""Linting: every function of an assembly against every rule, as one report. Knows nothing of AWS or of formats."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from imagelint.assembly.assembly import Assembly
from imagelint.assembly.functions import Function, functions_of
from imagelint.assembly.stack import Stack
from imagelint.config.model import Config
from imagelint.config.selection import rules_for
from imagelint.documents.files import here
from imagelint.documents.pointer import Pointer, Position, spell
from imagelint.facts.draft import RelatedResource
from imagelint.facts.facts import facts_of
from imagelint.facts.index import Surroundings
from imagelint.facts.scenarios import when
from imagelint.judge.suppression import Suppressions
from imagelint.model import (
    Finding,
    FunctionRef,
    Location,
    Outcome,
    Problem,
    Related,
    Report,
    Source,
    Suppressed,
    SuppressedBy,
    Unknown,
)
from imagelint.rules.ruleset import Rule, Verdict, check, load_rules, message_of


class _Defect(NamedTuple):
    """A finding before its place in the text is known."""

    rule: Rule
    function: Function
    pointer: Pointer
    message: str
    when: str | None
    related: tuple[RelatedResource, ...] = ()
    lacking: tuple[str, ...] = ()
    """The facts without which the rule cannot be decided; a finding only with `strict`."""


def lint(assembly: Assembly, rules: Sequence[Rule] | None = None, config: Config | None = None) -> Report:
    """Judge every Lambda function of an assembly. The assembly and the rules are left as they were.

    `rules` are the built-in ones where none are given. Raises UsageError for a rule name in `config` that no rule has.
    """
    config = config or Config()
    rules = load_rules() if rules is None else rules
    rules_for(rules, config)  # a name that no rule has is an error even where there is nothing to judge
    today = config.today or date.today()
    chosen: dict[tuple[bool, ...], tuple[Rule, ...]] = {}
    suppressions = Suppressions(rules, config, today)
    surroundings = Surroundings(assembly, today, config.minimum_cdk_version)
    judged: list[tuple[FunctionRef, Location]] = []
    outcome = _Outcome()
    for stack in assembly.stacks:
        for function in functions_of(stack):
            judged.append((function.reference, Location(stack.shown, spell(("Resources", function.logical_id)))))
            covered = tuple(override.covers(stack.names) for override in config.overrides)
            if covered not in chosen:
                chosen[covered] = rules_for(rules, config, stack.names)
            own = suppressions.of(function, {rule.id for rule in chosen[covered]})
            for defect in _judge(function, surroundings, chosen[covered]):
                suppressor = suppressions.suppressor(function, defect.rule.id, _identity(defect), own)
                outcome.take(defect, suppressor, config.strict)
    findings = tuple(sorted(_findings(outcome.defects), key=_order))
    warnings = _sorted((*suppressions.warnings(), *assembly.warnings))
    return Report(
        templates=len(assembly.stacks),
        functions=len(judged),
        findings=findings,
        suppressed=tuple(sorted(outcome.suppressed, key=lambda each: (*_place_of(each.function), each.rule))),
        unknown=tuple(sorted(outcome.unknown, key=lambda each: (*_place_of(each.function), each.rule))),
        errors=_sorted(assembly.problems),
        warnings=warnings,
        judged=tuple(judged),
        used=frozenset(suppressions.used),
    )


@dataclass
class _Outcome:
    """What has come of the functions judged so far."""

    defects: list[_Defect] = field(default_factory=list)
    suppressed: list[Suppressed] = field(default_factory=list)
    unknown: list[Unknown] = field(default_factory=list)
    _seen: set[tuple[str, str, bool]] = field(default_factory=set)

    def take(self, defect: _Defect, suppressor: tuple[SuppressedBy, str] | None, strict: bool) -> None:
        """File a defect as unknown, suppressed or reported."""
        rule, reference = defect.rule, defect.function.reference
        if defect.lacking:
            self.unknown.append(Unknown(rule.id, reference, defect.lacking))
            if not strict:
                return
        elif rule.once:
            key = (rule.id, defect.message, suppressor is None)
            if key in self._seen:
                return
            self._seen.add(key)
        if suppressor:
            self.suppressed.append(Suppressed(rule.id, reference, *suppressor))
        else:
            self.defects.append(defect)


def merge(reports: Iterable[Report]) -> Report:
    """Several reports as one, in the order given."""
    merged = Report(templates=0, functions=0)
    for report in reports:
        merged = Report(
            merged.templates + report.templates,
            merged.functions + report.functions,
            merged.findings + report.findings,
            merged.suppressed + report.suppressed,
            merged.unknown + report.unknown,
            merged.errors + report.errors,
            merged.warnings + report.warnings,
            merged.judged + report.judged,
            merged.used | report.used,
        )
    return merged


def _sorted(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: (problem.path, problem.message)))


def _place_of(function: FunctionRef) -> tuple[str, str]:
    return (function.stack, function.logical_id)


def _order(finding: Finding) -> tuple[str, str, str, str, str]:
    function = finding.function
    return (function.stack, function.construct_path or "", function.logical_id, finding.code[1:], finding.message)


# -- judging ------------------------------------------------------------------------------------------------------


def _judge(function: Function, surroundings: Surroundings, rules: Sequence[Rule]) -> Iterator[_Defect]:
    """Ask every rule about every scenario of a function. One fact that fails a rule is one defect, however often."""
    documents = list(facts_of(function, surroundings))
    for rule in rules:
        verdicts = [check(rule, facts.values) for facts in documents]
        if not [verdict for verdict in verdicts if verdict.failing or verdict.lacking]:
            continue
        failing = dict.fromkeys(verdict.failing for verdict in verdicts if verdict.failing is not None)
        for fact in failing:
            where = [verdict.failing == fact for verdict in verdicts]
            facts = documents[where.index(True)]
            message = message_of(rule, fact, facts.show)
            pointer = facts.pointers.get(fact, function.pointer)
            related = facts.related.get(fact, ())
            yield _Defect(rule, function, pointer, message, when(documents, where), related)
        lacking = _lacking(verdicts)
        if lacking and not failing:
            pointer = documents[0].pointers.get(lacking[0], function.pointer)
            message = f"cannot be decided before deployment: {', '.join(lacking)} is not known"
            yield _Defect(rule, function, pointer, message, None, lacking=lacking)


def _lacking(verdicts: Iterable[Verdict]) -> tuple[str, ...]:
    facts = [fact for verdict in verdicts if verdict.outcome is Outcome.UNKNOWN for fact in verdict.lacking]
    return tuple(dict.fromkeys(facts))


# -- places -------------------------------------------------------------------------------------------------------


def _findings(defects: Sequence[_Defect]) -> Iterable[Finding]:
    wanted: dict[Stack, list[Pointer]] = {}
    for defect in defects:
        wanted.setdefault(defect.function.stack, []).append(defect.pointer)
        for related in defect.related:
            wanted.setdefault(related.resource.stack, []).append(related.resource.pointer)
    places = {stack: stack.positions(pointers) for stack, pointers in wanted.items()}
    return [_finding(defect, places) for defect in defects]


def _finding(defect: _Defect, places: Mapping[Stack, Mapping[Pointer, Position]]) -> Finding:
    rule, function = defect.rule, defect.function
    reference = function.reference
    path = reference.construct_path
    return Finding(
        rule.id,
        rule.code,
        rule.severity,
        defect.message,
        reference,
        _location(function.stack, defect.pointer, places),
        _source(function.stack, path),
        tuple(_related(related, places) for related in defect.related),
        defect.when,
        " ".join(rule.fix.split()),
        f"imagelint explain {rule.id}",
        _identity(defect),
    )


def _location(stack: Stack, pointer: Pointer, places: Mapping[Stack, Mapping[Pointer, Position]]) -> Location:
    line, column = places[stack].get(pointer, (None, None))
    return Location(stack.shown, spell(pointer), line, column)


def _related(related: RelatedResource, places: Mapping[Stack, Mapping[Pointer, Position]]) -> Related:
    resource = related.resource
    location = _location(resource.stack, resource.pointer, places)
    return Related(location, related.message, _source(resource.stack, resource.construct_path))


def _identity(defect: _Defect) -> str:
    """What makes it the same defect: the rule, the construct, the property and the condition, not where they stand."""
    function = defect.function
    inside = defect.pointer[2:] if defect.pointer[:1] == ("Resources",) else defect.pointer
    owner = function.construct_path or function.logical_id
    parts = [defect.rule.id, function.stack.name, owner, spell(inside), defect.when or ""]
    if defect.lacking:
        parts.append("unknown")  # what is unknown today must not hide what is known tomorrow
    elif defect.rule.once:
        parts = [defect.rule.id, defect.message]
    return "\0".join(parts)


def _source(stack: Stack, construct_path: str | None) -> Source | None:
    """Where the app made the construct; relative to the working directory where the file is below it."""
    source = None if construct_path is None else stack.constructs.source_of(construct_path)
    return source and Source(here(source.file), source.line, source.column)
