"""Linting: every function of an assembly against every rule, as one report. Knows nothing of AWS or of formats."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from imagelint.assembly import Assembly, Stack
from imagelint.config import Config, selected
from imagelint.facts import Facts, RelatedResource, facts_of
from imagelint.files import UnreadableFile
from imagelint.functions import Function, functions_of
from imagelint.intrinsics import spell
from imagelint.model import Finding, Location, Outcome, Problem, Related, Report, Source, Unknown
from imagelint.ruleset import Rule, Verdict, check, load_rules, message_of
from imagelint.scope import Pointer
from imagelint.surroundings import Surroundings
from imagelint.template import Position, locate


@dataclass(frozen=True)
class _Defect:
    """A finding before its place in the text is known."""

    rule: Rule
    function: Function
    pointer: Pointer
    message: str
    when: str | None
    related: tuple[RelatedResource, ...] = ()


def lint(assembly: Assembly, rules: Sequence[Rule] | None = None, config: Config | None = None) -> Report:
    """Judge every Lambda function of an assembly. The assembly and the rules are left as they were.

    `rules` are the built-in ones where none are given. Raises UsageError for a rule name in `config` that no rule has.
    """
    config = config or Config()
    chosen = selected(load_rules() if rules is None else rules, config)
    defects: list[_Defect] = []
    unknown: list[Unknown] = []
    count = 0
    surroundings = Surroundings(assembly, config.today or date.today(), config.minimum_cdk_version)
    for stack in assembly.stacks:
        for function in functions_of(stack):
            count += 1
            _judge(function, surroundings, chosen, config, defects, unknown)
    findings = sorted(_findings(defects), key=_order)
    unknown.sort(key=lambda each: (each.function.stack, each.function.logical_id, each.rule))
    return Report(
        templates=len(assembly.stacks),
        functions=count,
        findings=tuple(findings),
        unknown=tuple(unknown),
        errors=_sorted(assembly.problems),
        warnings=_sorted(assembly.warnings),
    )


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
        )
    return merged


def _sorted(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: (problem.path, problem.message)))


def _order(finding: Finding) -> tuple[str, str, str, str, str]:
    function = finding.function
    return (function.stack, function.construct_path or "", function.logical_id, finding.code[1:], finding.message)


# -- judging ------------------------------------------------------------------------------------------------------


def _judge(
    function: Function,
    surroundings: Surroundings,
    rules: Sequence[Rule],
    config: Config,
    defects: list[_Defect],
    unknown: list[Unknown],
) -> None:
    """Ask every rule about every scenario of a function. One fact that fails a rule is one defect, however often."""
    documents = list(facts_of(function, surroundings))
    for rule in rules:
        verdicts = [check(rule, facts.values) for facts in documents]
        failing = dict.fromkeys(verdict.failing for verdict in verdicts if verdict.failing is not None)
        for fact in failing:
            where = [verdict.failing == fact for verdict in verdicts]
            facts = documents[where.index(True)]
            message = message_of(rule, fact, facts.show)
            pointer = facts.pointers.get(fact, function.pointer)
            related = facts.related.get(fact, ())
            if rule.once and any(each.rule is rule and each.message == message for each in defects):
                continue
            defects.append(_Defect(rule, function, pointer, message, _when(documents, where), related))
        lacking = _lacking(verdicts)
        if lacking and not failing:
            unknown.append(Unknown(rule.id, function.reference, lacking))
            if config.strict:
                pointer = documents[0].pointers.get(lacking[0], function.pointer)
                message = f"cannot be decided before deployment: {', '.join(lacking)} is not known"
                defects.append(_Defect(rule, function, pointer, message, None))


def _lacking(verdicts: Iterable[Verdict]) -> tuple[str, ...]:
    facts = [fact for verdict in verdicts if verdict.outcome is Outcome.UNKNOWN for fact in verdict.lacking]
    return tuple(dict.fromkeys(facts))


def _when(documents: Sequence[Facts], where: Sequence[bool]) -> str | None:
    """In which of the scenarios a defect holds, in words; None when in all."""
    inside = [facts for facts, holds in zip(documents, where, strict=True) if holds]
    outside = [facts for facts, holds in zip(documents, where, strict=True) if not holds]
    if not outside:
        return None
    words = []
    for name, truth in inside[0].conditions.items():
        if all(facts.conditions.get(name) == truth for facts in inside):
            told = f"{name} is {'true' if truth else 'false'}"
            if not any(facts.conditions.get(name) == truth for facts in outside):
                return told
            if any(facts.conditions.get(name) != truth for facts in outside):
                words.append(told)
    for name in inside[0].assumptions:
        values = sorted({facts.assumptions.get(name, "another value") for facts in inside})
        told = f"{name} is {' or '.join(values)}"
        if not any(facts.assumptions.get(name) in values for facts in outside):
            return told
        if len(values) == 1 and any(facts.assumptions.get(name) != values[0] for facts in outside):
            words.append(told)
    return " and ".join(words) or "a condition that is open until deployment comes out so"


# -- places -------------------------------------------------------------------------------------------------------


def _findings(defects: Sequence[_Defect]) -> Iterable[Finding]:
    wanted: dict[Stack, list[Pointer]] = {}
    for defect in defects:
        wanted.setdefault(defect.function.stack, []).append(defect.pointer)
        for related in defect.related:
            wanted.setdefault(related.resource.stack, []).append(related.resource.pointer)
    places = {stack: _places(stack, pointers) for stack, pointers in wanted.items()}
    return [_finding(defect, places) for defect in defects]


def _places(stack: Stack, pointers: Sequence[Pointer]) -> dict[Pointer, Position]:
    try:
        return locate(stack.text(), pointers, is_yaml=stack.is_yaml)
    except UnreadableFile as error:  # it was readable a moment ago
        stack.assembly.note(error.shown, error.message)
        return {}


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
        _fingerprint(defect),
    )


def _location(stack: Stack, pointer: Pointer, places: Mapping[Stack, Mapping[Pointer, Position]]) -> Location:
    line, column = places[stack].get(pointer, (None, None))
    return Location(stack.shown, spell(pointer), line, column)


def _related(related: RelatedResource, places: Mapping[Stack, Mapping[Pointer, Position]]) -> Related:
    resource = related.resource
    location = _location(resource.stack, resource.pointer, places)
    return Related(location, related.message, _source(resource.stack, resource.construct_path))


def _fingerprint(defect: _Defect) -> str:
    """What makes it the same defect: the rule, the construct, the property and the condition, not where they stand."""
    import hashlib

    function = defect.function
    inside = defect.pointer[2:] if defect.pointer[:1] == ("Resources",) else defect.pointer
    owner = function.construct_path or function.logical_id
    parts = (defect.rule.id, function.stack.name, owner, spell(inside), defect.when or "")
    return hashlib.sha256("\0".join(parts).encode(errors="backslashreplace")).hexdigest()[:32]


def _source(stack: Stack, construct_path: str | None) -> Source | None:
    """Where the app made the construct; relative to the working directory where the file is below it."""
    source = None if construct_path is None else stack.constructs.source_of(construct_path)
    if source is None or not os.path.isabs(source.file) or not os.path.isfile(source.file):
        return source
    relative = os.path.relpath(source.file)
    return source if relative.startswith(os.pardir) else Source(relative, source.line, source.column)
