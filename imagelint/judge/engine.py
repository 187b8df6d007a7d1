"""Linting: every function of an assembly against every rule, as one report. Knows nothing of AWS or of formats."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Final

from imagelint.assembly.assembly import Assembly
from imagelint.assembly.functions import Function, functions_of
from imagelint.config.model import Config
from imagelint.config.selection import effects, rules_for, strict_rules
from imagelint.documents.files import NO_MEMORY
from imagelint.documents.pointer import spell
from imagelint.facts.draft import MAX_REASONS, Facts
from imagelint.facts.facts import facts_of
from imagelint.facts.index import ResourceIndex
from imagelint.facts.properties import PREFIX
from imagelint.facts.scenarios import when
from imagelint.judge.findings import Defect, findings_of, identity_of
from imagelint.judge.suppression import Suppressions, review
from imagelint.model import (
    FunctionRef,
    Location,
    Outcome,
    Override,
    Problem,
    Report,
    Suppressed,
    SuppressedBy,
    Unknown,
)
from imagelint.rules.check import NOT_APPLICABLE, PASS, Questions, Verdict, facts_in, message_of
from imagelint.rules.rule import Rule, load_rules

if TYPE_CHECKING:
    from imagelint.aws.account import Account


def lint(
    assembly: Assembly,
    rules: Sequence[Rule] | None = None,
    config: Config | None = None,
    account: Account | None = None,
    *,
    on_facts: Callable[[Function, Sequence[Facts]], None] | None = None,
) -> Report:
    """Judge every Lambda function of an assembly. The assembly and the rules are left as they were.

    `rules` are the built-in ones where none are given; `account` is what the AWS account said, where it was asked and
    `config.live` says so. `on_facts` is called with the facts of each function, for whatever else is told of
    them: they are made once, and not kept. Raises UsageError for a rule name in `config` that no rule has.
    """
    config = config or Config()
    rules = load_rules() if rules is None else rules
    usual = rules_for(rules, config)  # a name that no rule has is an error even where there is nothing to judge
    strict = strict_rules(rules, config)
    today = config.today or date.today()
    chosen: dict[tuple[bool, ...], tuple[Questions, frozenset[str]]] = {}
    properties = frozenset(
        fact.removeprefix(PREFIX) for rule in rules for fact in facts_in(rule) if fact.startswith(PREFIX)
    )
    suppressions = Suppressions(rules, config, today)
    index = ResourceIndex(assembly, today, config.minimum_cdk_version, config.build_host, account)
    judged: list[tuple[FunctionRef, Location]] = []
    overridden: list[Override] = []
    outcome = _Outcome()
    for stack in assembly.stacks:
        for override in config.overrides:
            suppressions.used.update(override.uses(stack.names))
        before = len(judged)
        try:
            for function in functions_of(stack):
                at = stack.written_at(("Resources", function.logical_id))
                judged.append((function.reference, Location(stack.display_path, spell(at))))
                covered = tuple(override.covers(stack.names) for override in config.overrides)
                if covered not in chosen:
                    selected = rules_for(rules, config, stack.names) if any(covered) else usual
                    chosen[covered] = Questions(selected), frozenset(rule.id for rule in selected)
                questions, judged_ids = chosen[covered]
                own = suppressions.of(function, judged_ids)
                documents = list(facts_of(function, index, properties))
                if on_facts is not None:
                    on_facts(function, documents)
                for defect in _judge(function, documents, questions):
                    suppressor = suppressions.suppressor(function, defect.rule.id, identity_of(defect), own)
                    outcome.take(defect, suppressor, defect.rule.id in strict)
        except MemoryError:  # what was held for it is given back, and the other stacks are judged
            assembly.log.report(stack.display_path, NO_MEMORY)
        if len(judged) > before:
            overridden.extend(effects(rules, config, stack.name, stack.names))
    findings = findings_of(outcome.defects)
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
        unread=tuple(assembly.unread),
        overrides=tuple(overridden),
        used=frozenset(suppressions.used),
    )


class _Outcome:
    """What has come of the functions judged so far."""

    def __init__(self) -> None:
        self.defects: list[Defect] = []
        self.suppressed: list[Suppressed] = []
        self.unknown: list[Unknown] = []
        self._seen: set[tuple[str, str, bool]] = set()
        self._lacked: dict[tuple[tuple[str, ...], str], tuple[tuple[str, ...], str]] = {}
        """What functions lack, held once: most lack the same."""

    def take(self, defect: Defect, suppressor: tuple[SuppressedBy, str] | None, strict: bool) -> None:
        """File a defect as unknown, suppressed or reported."""
        rule, reference = defect.rule, defect.function.reference
        if defect.lacking:
            lacked = (defect.lacking, defect.reason)
            self.unknown.append(Unknown(rule.id, reference, *self._lacked.setdefault(lacked, lacked)))
            if not strict:
                return
        elif rule.about == "assembly":
            key = (rule.id, defect.message, suppressor is None)
            if key in self._seen:
                return
            self._seen.add(key)
        if suppressor:
            self.suppressed.append(Suppressed(rule.id, reference, *suppressor))
        else:
            self.defects.append(defect)


def restricted(report: Report, templates: Collection[str]) -> Report:
    """The report on the functions of some templates of an assembly, which was judged as a whole.

    What could not be read is all there: it may be what a finding of these templates would rest on.
    """
    judged = tuple(each for each in report.judged if each[1].template in templates)
    functions = {function for function, _ in judged}
    stacks = {function.stack for function in functions}
    return report._replace(
        templates=len(templates),
        functions=len(judged),
        findings=tuple(
            each
            for each in report.findings
            if each.function in functions or any(use.function in functions for use in each.also)
        ),
        suppressed=tuple(each for each in report.suppressed if each.function in functions),
        unknown=tuple(each for each in report.unknown if each.function in functions),
        judged=judged,
        overrides=tuple(each for each in report.overrides if each.stack in stacks),
    )


def with_unused_entries(report: Report, config: Config, rules: Iterable[Rule]) -> Report:
    """The report with a warning for each suppression or override of the configuration that is unused or expired.

    `rules` are those that were judged.
    """
    if report.errors or not (config.suppress or config.overrides):  # what was not read may be what they are for
        return report
    found = review(config, report.used, rules, config.today or date.today())
    return report._replace(warnings=(*report.warnings, *found))


def merge(reports: Iterable[Report]) -> Report:
    """Several reports as one, in the order given."""
    merged = Report(templates=0, functions=0)
    for report in reports:
        merged = Report(
            templates=merged.templates + report.templates,
            functions=merged.functions + report.functions,
            findings=merged.findings + report.findings,
            suppressed=merged.suppressed + report.suppressed,
            unknown=merged.unknown + report.unknown,
            errors=merged.errors + report.errors,
            warnings=merged.warnings + report.warnings,
            judged=merged.judged + report.judged,
            unread=merged.unread + report.unread,
            overrides=merged.overrides + report.overrides,
            used=merged.used | report.used,
        )
    return merged


def _sorted(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: (problem.path, problem.message)))


def _place_of(function: FunctionRef) -> tuple[str, str]:
    return (function.stack, function.logical_id)


def _judge(function: Function, documents: Sequence[Facts], questions: Questions) -> Iterator[Defect]:
    """Ask every rule about every scenario of a function. One fact that fails a rule is one defect, however often."""
    answers = [questions.ask(facts.values) for facts in documents]
    telling = {number for answer in answers for number, verdict in answer.items() if verdict is not PASS}
    for number in sorted(telling):
        verdicts = [answer.get(number, NOT_APPLICABLE) for answer in answers]
        rule = questions.rules[number]
        failing = dict.fromkeys(verdict.failing for verdict in verdicts if verdict.failing is not None)
        for fact in failing:
            where = [verdict.failing == fact for verdict in verdicts]
            facts = documents[where.index(True)]
            message = message_of(rule, fact, facts.show)
            pointer = facts.pointers.get(fact, function.pointer)
            related = facts.related.get(fact, ())
            yield Defect(
                rule=rule,
                function=function,
                pointer=pointer,
                message=message,
                when=when(documents, where),
                related=related,
                cause=facts.causes.get(rule.about),
                file=facts.files.get(fact),
            )
        lacking = _lacking(verdicts)
        if lacking and not failing:
            pointer = documents[0].pointers.get(lacking[0], function.pointer)
            reasons = _open_parts(rule, lacking, documents)
            message = "; ".join([f"cannot be decided before deployment: {', '.join(lacking)} is not known", *reasons])
            yield Defect(
                rule=rule,
                function=function,
                pointer=pointer,
                message=message,
                when=None,
                lacking=lacking,
                cause=documents[0].causes.get(rule.about),
                reason=_reason(rule, lacking, documents),
            )


def _reason(rule: Rule, lacking: Sequence[str], documents: Sequence[Facts]) -> str:
    """What a rule lacks, and what is seen of the facts that it names: `image.uri is ${Image}; not known: image.tag`."""
    seen = {
        fact: facts.show(fact)
        for facts in documents
        for fact in facts_in(rule)
        if fact in facts.shown and fact not in facts.values
    }
    unseen = [fact for fact in lacking if fact not in seen]
    parts = [f"{fact} is {shown}" for fact, shown in seen.items()]
    unknown = [f"not known: {', '.join(unseen)}"] if unseen else []
    return "; ".join([*parts, *unknown, *_open_parts(rule, lacking, documents)])


_OF_THE_IMAGE: Final = ("image.", "repository.", "pull.", "asset.", "dockerfile.", "container.", "registry.")
"""How the names of facts begin that hang on the image reference."""


def _open_parts(rule: Rule, lacking: Sequence[str], documents: Sequence[Facts]) -> list[str]:
    """Why the facts that a rule lacks are not known, in words: `Image is a parameter without Default`."""
    asked = [*lacking, *facts_in(rule)]
    if any(fact.startswith(_OF_THE_IMAGE) for fact in lacking):
        asked.append("image.uri")
    found = (reason for facts in documents for fact in asked for reason in facts.reasons.get(fact, ()))
    return list(dict.fromkeys(found))[:MAX_REASONS]


def _lacking(verdicts: Iterable[Verdict]) -> tuple[str, ...]:
    facts = [fact for verdict in verdicts if verdict.outcome is Outcome.UNKNOWN for fact in verdict.lacking]
    return tuple(dict.fromkeys(facts))
