"""The report for people: by stack, then by function, then the defects. ASCII but for what a template says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from imagelint.model import Finding, FunctionRef, Problem, Related, Report, Severity, Source, Suppressed, Unknown
from imagelint.report.escape import one_line, visible
from imagelint.report.formats import Context
from imagelint.report.layout import (
    SUPPRESSORS,
    clean_line,
    counted,
    function_name,
    grouped,
    place,
    primary,
    summary,
    users,
)

Paint = Callable[[str, str], str]
"""Text and the parameters of an ANSI SGR sequence (ECMA-48, 8.3.117) -> text."""

_BOLD, _GREEN, _CYAN = "1", "32", "36"
_SEVERITY: dict[Severity, str] = {"error": "1;31", "warning": "1;33", "info": "1;34"}
_DETAIL = " " * 6


def render(report: Report, context: Context) -> str:
    """The whole report, lines as long as they come. `Report.errors` is only counted: its lines go to stderr."""
    return "".join(f"{line}\n" for line in _lines(report, context, _coloured if context.colour else _plain))


def _coloured(text: str, style: str) -> str:
    return f"\x1b[{style}m{text}\x1b[0m"


def _plain(text: str, style: str) -> str:
    return text


def _lines(report: Report, context: Context, paint: Paint) -> Iterator[str]:
    if context.is_concise:
        yield from (_concise_line(finding, paint) for finding in report.findings)
    else:
        for stack, findings in grouped(report.findings, lambda finding: finding.function.stack):
            yield paint(f"Stack {visible(stack)}", _BOLD)
            yield ""
            yield from _stack_lines(findings, paint)
    if context.show_suppressed and report.suppressed:
        yield from _suppressed_lines(report.suppressed, paint)
    if context.show_unknown and report.unknown:
        yield from _unknown_lines(report.unknown, paint)
    if context.show_unread and report.unread:
        yield from _unread_lines(report.unread, paint)
    if report.findings and not context.is_concise:
        yield from _ways_on(report, context)
    if clean := clean_line(report):
        yield paint(clean, _GREEN)
    yield paint(summary(report), _BOLD)


def _ways_on(report: Report, context: Context) -> Iterator[str]:
    """What people do next, as they would type it."""
    ways = {
        f"imagelint explain {visible(report.findings[0].code)}": "what a finding means, with the fix in CDK",
        "--write-baseline FILE": "accept these findings, so that only new ones count (then --baseline FILE)",
    }
    if report.unknown and not context.show_unknown:
        ways["--show-unknown"] = "list what could not be decided, and why"
    width = max(map(len, ways))
    yield from (f"  {command:<{width}}  {purpose}" for command, purpose in ways.items())
    yield ""


def _concise_line(finding: Finding, paint: Paint) -> str:
    severity = paint(finding.severity, _SEVERITY[finding.severity])
    where, rule = visible(place(primary(finding))), visible(f"{finding.code} {finding.rule}")
    name = function_name(finding.function)
    if finding.also:
        name = f"{name} and {counted(len(finding.also), 'more function')}"
    when = f" (when {finding.when})" if finding.when else ""
    return f"{where}: {severity} {rule}: {visible(f'{name}: {finding.message}{when}')}"


def _stack_lines(findings: list[Finding], paint: Paint) -> Iterator[str]:
    for (function, source), of_function in grouped(findings, lambda finding: (finding.function, finding.source)):
        yield _function_line(function, source, paint)
        for finding in of_function:
            yield from _finding_lines(finding, paint)
        yield ""


def _suppressed_lines(suppressed: Sequence[Suppressed], paint: Paint) -> Iterator[str]:
    yield paint("Suppressed", _BOLD)
    yield ""
    for function, of_function in grouped(suppressed, lambda each: each.function):
        yield f"  {paint(visible(function_name(function)), _BOLD)}"
        for each in of_function:
            reason = f": {one_line(each.reason)}" if each.reason else ""
            yield f"    {visible(each.rule)} by {SUPPRESSORS[each.by]}{reason}"
    yield ""


def _unknown_lines(unknown: Sequence[Unknown], paint: Paint) -> Iterator[str]:
    yield paint("Unknown before deployment", _BOLD)
    yield ""
    for function, of_function in grouped(unknown, lambda each: each.function):
        yield f"  {paint(visible(function_name(function)), _BOLD)}"
        for each in of_function:
            yield f"    {visible(each.rule)}: {visible(each.reason)}"
    yield ""


def _unread_lines(unread: Sequence[Problem], paint: Paint) -> Iterator[str]:
    yield paint("Not read", _BOLD)
    yield ""
    yield from (f"  {visible(each.path)}: {visible(each.message)}" for each in unread)
    yield ""


def _function_line(function: FunctionRef, source: Source | None, paint: Paint) -> str:
    name = paint(visible(function_name(function)), _BOLD)
    return f"  {name} at {paint(visible(place(source)), _CYAN)}" if source else f"  {name}"


def _finding_lines(finding: Finding, paint: Paint) -> Iterator[str]:
    severity = paint(finding.severity, _SEVERITY[finding.severity])
    when = f" when {visible(finding.when)}" if finding.when else ""
    yield f"    {severity} {paint(visible(finding.rule), _BOLD)} ({visible(finding.code)}){when}"
    yield f"{_DETAIL}{visible(finding.message)}"
    yield f"{_DETAIL}{paint('fix:', _GREEN)} {one_line(finding.fix)}"
    if finding.cause:
        yield f"{_DETAIL}{_related(finding.cause)}"
    yield f"{_DETAIL}template: {visible(place(finding.location))}"
    for related in finding.related:
        yield f"{_DETAIL}{_related(related)}"
    yield from (f"{_DETAIL}{visible(line)}" for line in users(finding))


def _related(related: Related) -> str:
    return visible(f"{related.message.removeprefix('the ')}: {place(related.source or related.location)}")
