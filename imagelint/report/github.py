"""Workflow commands that GitHub Actions shows as annotations on the files of a pull request.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#setting-an-error-message
"""

from __future__ import annotations

from imagelint.model import Finding, Problem, Report, Severity
from imagelint.report.escape import one_line, visible, workflow_data, workflow_property
from imagelint.report.formats import Context
from imagelint.report.layout import file_of, function_name, place, summary, users
from imagelint.report.paths import for_review, in_repository, problem_place

COMMANDS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}


def render(report: Report, context: Context) -> str:
    """One command per line: the findings and what could not be analysed; then the summary, for the log alone."""
    commands = [_finding(finding, context) for finding in report.findings]
    commands += [_problem(problem, context) for problem in report.errors]
    return "".join(f"{line}\n" for line in [*commands, summary(report)])


def _finding(finding: Finding, context: Context) -> str:
    where = for_review(finding, context)
    lines = [f"{function_name(finding.function)}: {finding.message}"]
    if finding.when:
        lines.append(f"when {finding.when}")
    lines.append(f"fix: {one_line(finding.fix)}")
    if finding.cause and where != finding.cause.location:
        lines.append(f"{finding.cause.message.removeprefix('the ')}: {place(finding.cause.location)}")
    if where != finding.location:
        lines.append(f"template: {place(finding.location)}")
    lines += users(finding)
    return _command(
        COMMANDS[finding.severity],
        lines,
        file=in_repository(file_of(where), context),
        line=where.line,
        col=where.column,
        title=f"{finding.rule} ({finding.code})",
    )


def _problem(problem: Problem, context: Context) -> str:
    path, line = problem_place(problem)
    file = in_repository(path, context)
    return _command("error", [f"{file}: {problem.message}"], file=file, line=line, title="imagelint: not analysed")


def _command(name: str, lines: list[str], **properties: str | int | None) -> str:
    """`::name key=value,key=value::message`, without the keys that have no value."""
    given = ",".join(f"{key}={workflow_property(visible(str(value)))}" for key, value in properties.items() if value)
    return f"::{name} {given}::{workflow_data(chr(10).join(visible(line) for line in lines))}"
