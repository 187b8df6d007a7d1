"""GitLab Code Quality: the subset of Code Climate's format in https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format."""

from __future__ import annotations

from hashlib import sha256

from imagelint.model import Finding, Problem, Report, Severity
from imagelint.report.escape import to_json, visible
from imagelint.report.formats import Context
from imagelint.report.layout import counted, file_of, function_name
from imagelint.report.paths import for_review, in_repository, problem_place

Object = dict[str, object]

SEVERITIES: dict[Severity, str] = {"error": "critical", "warning": "major", "info": "info"}
"""Of GitLab's info, minor, major, critical and blocker; blocker is left for input that could not be analysed."""


def render(report: Report, context: Context) -> str:
    """A list of issues. It has no place for what was suppressed or unknown."""
    issues = [_finding(finding, context) for finding in report.findings]
    return to_json(issues + [_problem(problem, context) for problem in report.errors])


def _finding(finding: Finding, context: Context) -> Object:
    where = for_review(finding, context)
    more = f" and {counted(len(finding.also), 'more function')}" if finding.also else ""
    when = f" (when {finding.when})" if finding.when else ""
    return {
        "description": visible(f"{function_name(finding.function)}{more}: {finding.message}{when}"),
        "check_name": visible(finding.rule),
        "fingerprint": finding.fingerprint,
        "severity": SEVERITIES[finding.severity],
        "location": _location(file_of(where), where.line, context),
    }


def _problem(problem: Problem, context: Context) -> Object:
    path, line = problem_place(problem)
    return {
        "description": visible(f"not analysed: {problem.message}"),
        "check_name": "not-analysed",
        "fingerprint": sha256(visible(f"{path}\n{problem.message}").encode()).hexdigest(),
        "severity": "blocker",
        "location": _location(path, line, context),
    }


def _location(path: str, line: int | None, context: Context) -> Object:
    """GitLab wants a line; the first stands for the whole file."""
    return {"path": visible(in_repository(path, context)), "lines": {"begin": line or 1}}
