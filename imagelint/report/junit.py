"""JUnit XML: one test suite per stack, one test case per function and rule, so that what passed shows as well.

JUnit publishes no schema; these are the elements that GitLab, Jenkins and CodeBuild read, as
https://github.com/testmoapp/junitxml collects them, with the attributes that the strictest reader allows, the xUnit
plugin of Jenkins (junit-10.xsd, which has `file` for a suite only). A rule that does not apply to a function passes.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element, indent, tostring

from imagelint.model import Finding, FunctionRef, Problem, Report, Suppressed, Unknown
from imagelint.report.escape import one_line, visible
from imagelint.report.formats import Context
from imagelint.report.layout import file_of, function_name, grouped, place, users
from imagelint.report.paths import in_repository

Case = tuple[FunctionRef, str]
"""A function and the slug of a rule."""

_COUNTED = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def render(report: Report, context: Context) -> str:
    """The stacks in order; what could not be analysed comes last, as errors in a suite of its own."""
    marks = _marks(report)
    suites = []
    for stack, cases in grouped(_cases(report, context), lambda case: case[0].stack):
        suite = _suite(stack, [_testcase(case, marks.get(case)) for case in cases])
        if where := context.functions.get(cases[0][0]):
            suite.set("file", visible(in_repository(file_of(where), context)))
        suites.append(suite)
    if report.errors:
        suites.append(_suite("imagelint: not analysed", [_problem(problem) for problem in report.errors]))
    counts = _counts(suites)
    del counts["skipped"]  # which Jenkins' schema has for a suite only
    root = Element("testsuites", {"name": "imagelint", **counts})
    root.extend(suites)
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _cases(report: Report, context: Context) -> list[Case]:
    """Every function with every rule, those that only the report names after those of the context."""
    named: list[Finding | Suppressed | Unknown] = [*report.findings, *report.suppressed, *report.unknown]
    functions = dict.fromkeys([*context.functions, *(judged.function for judged in named)])
    rules = dict.fromkeys([*(rule.id for rule in context.rules), *(judged.rule for judged in named)])
    return [(function, rule) for function in functions for rule in rules]


def _marks(report: Report) -> dict[Case, Element]:
    """What stands inside the cases that did not pass; a finding outdoes a suppressed one, and that an unknown.

    What several functions share fails the first of their cases and skips the others, so that one cause is one failure.
    """
    marks: dict[Case, Element] = {}
    for unknown in report.unknown:
        message = f"unknown: {', '.join(unknown.facts)}"
        marks[unknown.function, unknown.rule] = Element("skipped", message=visible(message))
    for suppressed in report.suppressed:
        reason = f": {suppressed.reason}" if suppressed.reason else ""
        message = f"suppressed by {suppressed.by}{reason}"
        marks[suppressed.function, suppressed.rule] = Element("skipped", message=visible(message))
    for finding in report.findings:
        for use in finding.also:
            message = f"reported for {function_name(finding.function)}: {finding.message}"
            marks[use.function, finding.rule] = Element("skipped", message=visible(message))
    for case, findings in grouped(report.findings, lambda finding: (finding.function, finding.rule)):
        marks[case] = _failure(findings)
    return marks


def _failure(findings: list[Finding]) -> Element:
    """One for all findings of a case: readers take only the first."""
    failure = Element("failure", message=visible(findings[0].message), type=findings[0].severity)
    failure.text = "\n".join(line for finding in findings for line in _details(finding))
    return failure


def _details(finding: Finding) -> list[str]:
    lines = [f"{finding.severity} {finding.rule} ({finding.code}): {finding.message}"]
    if finding.when:
        lines.append(f"when {finding.when}")
    lines.append(f"fix: {one_line(finding.fix)}")
    if finding.source:
        lines.append(f"source: {place(finding.source)}")
    if cause := finding.cause:
        lines.append(f"{cause.message.removeprefix('the ')}: {place(cause.source or cause.location)}")
    lines.append(f"template: {place(finding.location)}")
    lines += [f"{related.message}: {place(related.source or related.location)}" for related in finding.related]
    lines += users(finding)
    return [visible(line) for line in lines]


def _testcase(case: Case, mark: Element | None) -> Element:
    function, rule = case
    testcase = Element("testcase", classname=visible(function_name(function)), name=visible(rule))
    if mark is not None:
        testcase.append(mark)
    return testcase


def _problem(problem: Problem) -> Element:
    testcase = Element("testcase", classname="imagelint", name=visible(problem.path))
    testcase.append(Element("error", message=visible(problem.message), type="not-analysed"))
    return testcase


def _suite(name: str, cases: Sequence[Element]) -> Element:
    suite = Element("testsuite", {"name": visible(name), **_counts(cases)})
    suite.extend(cases)
    return suite


def _counts(parents: Sequence[Element]) -> dict[str, str]:
    """The attributes that sum up test cases, or suites of them."""
    cases = [case for parent in parents for case in parent.iter("testcase")]
    counts = {plural: sum(case.find(element) is not None for case in cases) for plural, element in _COUNTED.items()}
    return {"tests": str(len(cases)), **{plural: str(count) for plural, count in counts.items()}}
