"""The report for people: by stack, then by function, then the defects. ASCII but for what a template says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from imagelint.model import (
    SEVERITIES,
    Comparison,
    Finding,
    FunctionRef,
    Location,
    Problem,
    Related,
    Report,
    Severity,
    Source,
    Suppressed,
    Unknown,
)
from imagelint.report.escape import one_line, visible
from imagelint.report.formats import Context
from imagelint.report.layout import (
    SUPPRESSORS,
    clean_line,
    counted,
    framed,
    function_name,
    grouped,
    page_of,
    place,
    primary,
    summary,
    users,
)

Paint = Callable[[str, str], str]
"""Text and the parameters of an ANSI SGR sequence (ECMA-48, 8.3.117) -> text."""

_BOLD, _DIM, _GREEN, _CYAN = "1", "2", "32", "36"
_SEVERITY: dict[Severity, str] = {"error": "1;31", "warning": "1;33", "info": "1;34"}
_DETAIL = " " * 6
_FIX: Final = "fix:"
_NARROWEST: Final = 20
"""Columns that a sentence has in any terminal, however narrow."""


def render(report: Report, context: Context) -> str:
    """The whole report. `Report.errors` is only counted: its lines go to stderr."""
    return "".join(f"{line}\n" for line in _lines(report, context, _coloured if context.colour else _plain))


def _coloured(text: str, style: str) -> str:
    return f"\x1b[{style}m{text}\x1b[0m"


def _plain(text: str, style: str) -> str:
    return text


def _lines(report: Report, context: Context, paint: Paint) -> Iterator[str]:
    if context.is_concise:
        yield from (_concise_line(finding, context, paint) for finding in report.findings)
    else:
        for stack, findings in grouped(report.findings, lambda finding: finding.function.stack):
            yield paint(f"Stack {visible(stack)}", _BOLD)
            yield ""
            yield from _stack_lines(findings, context, paint)
    if context.show_suppressed and report.suppressed:
        yield from _suppressed_lines(report.suppressed, context, paint)
    if context.show_unknown and report.unknown:
        yield from _unknown_lines(report.unknown, context, paint)
    if context.show_unread and report.unread:
        yield from _unread_lines(report.unread, context, paint)
    if context.comparison:
        yield from _comparison_lines(report, context.comparison, context, paint)
    if report.findings and not context.is_concise:
        yield from _ways_on(report.findings[0], context)
    if clean := clean_line(report):
        yield paint(clean, _GREEN)
    unknown_by = "" if context.show_unknown else "--show-unknown"
    unread_by = "" if context.show_unread else "--verbose"
    yield from (paint(line, _BOLD) for line in _wrapped(summary(report, unknown_by, unread_by), "", context))


def _ways_on(first: Finding, context: Context) -> Iterator[str]:
    """What people do next, as they would type it."""
    ways = {
        f"imagelint explain {visible(first.code)}": "what a finding means, with the fix in CDK",
        "--write-baseline FILE": "accept these findings, so that only new ones count (then --baseline FILE)",
    }
    width = max(map(len, ways))
    for command, purpose in ways.items():
        start, *rest = _wrapped(purpose, " " * (width + 4), context)
        yield from (f"  {command:<{width}}  {start.lstrip()}", *rest)
    yield ""


def _wrapped(text: str, indent: str, context: Context) -> list[str]:
    """A text that is visible already, in lines as long as the context allows; where they begin nothing is a command."""
    if not context.width:
        return [f"{indent}{text}"]
    import textwrap

    room = max(context.width - len(indent), _NARROWEST)
    lines = textwrap.wrap(text, room, break_on_hyphens=False, break_long_words=False) or [""]
    return [f"{indent}{visible(line)}" for line in lines]


def _concise_line(finding: Finding, context: Context, paint: Paint) -> str:
    severity = paint(finding.severity, _SEVERITY[finding.severity])
    where = visible(place(primary(finding)))
    rule = _linked(visible(f"{finding.code} {finding.rule}"), finding, context)
    name = function_name(finding.function)
    if finding.also:
        name = f"{name} and {counted(len(finding.also), 'more function')}"
    when = f" (when {finding.when})" if finding.when else ""
    return f"{where}: {severity} {rule}: {visible(f'{name}: {finding.message}{when}')}"


def _linked(text: str, finding: Finding, context: Context) -> str:
    """A rule's name, which leads to its page where the terminal follows links (OSC 8)."""
    rule = next((rule for rule in context.rules if rule.id == finding.rule), None) if context.links else None
    page = rule and page_of(rule)
    return f"\x1b]8;;{page}\x1b\\{text}\x1b]8;;\x1b\\" if page else text


def _stack_lines(findings: list[Finding], context: Context, paint: Paint) -> Iterator[str]:
    for (function, source), of_function in grouped(findings, lambda finding: (finding.function, finding.source)):
        yield _function_line(function, source, paint)
        direct = [finding.severity for finding in of_function if finding.cause is None]
        if source and direct:
            yield from _frame_lines(source, min(direct, key=SEVERITIES.index), context, paint)
        for finding, at in framed(of_function, context.excerpts):
            yield from _finding_lines(finding, context, paint, at)
        yield ""


def _suppressed_lines(suppressed: Sequence[Suppressed], context: Context, paint: Paint) -> Iterator[str]:
    yield paint("Suppressed", _BOLD)
    yield ""
    for function, of_function in grouped(suppressed, lambda each: each.function):
        yield f"  {paint(visible(function_name(function)), _BOLD)}"
        for each in of_function:
            reason = f": {one_line(each.reason)}" if each.reason else ""
            yield from _wrapped(f"{visible(each.rule)} by {SUPPRESSORS[each.by]}{reason}", " " * 4, context)
    yield ""


def _unknown_lines(unknown: Sequence[Unknown], context: Context, paint: Paint) -> Iterator[str]:
    yield paint("Unknown before deployment", _BOLD)
    yield ""
    for function, of_function in grouped(unknown, lambda each: each.function):
        yield f"  {paint(visible(function_name(function)), _BOLD)}"
        for each in of_function:
            yield from _wrapped(f"{visible(each.rule)}: {visible(each.reason)}", " " * 4, context)
    yield ""


def _unread_lines(unread: Sequence[Problem], context: Context, paint: Paint) -> Iterator[str]:
    yield paint("Not read", _BOLD)
    yield ""
    for each in unread:
        yield from _wrapped(f"{visible(each.path)}: {visible(each.message)}", "  ", context)
    yield ""


def _comparison_lines(report: Report, comparison: Comparison, context: Context, paint: Paint) -> Iterator[str]:
    """What is new since the earlier report and what is gone, and why it is."""
    yield paint(f"Since {visible(comparison.earlier)}", _BOLD)
    yield ""
    for each in comparison.gone:
        told = f"{each.why}: {visible(function_name(each.function))}: {visible(f'{each.rule} ({each.code})')}"
        yield from _wrapped(told, "  ", context)
    new = sum(finding.fingerprint in comparison.new for finding in report.findings)
    fixed = sum(each.why == "fixed" for each in comparison.gone)
    counts = [f"{new} new", f"{fixed} fixed", f"{len(report.findings) - new} still there"]
    if len(comparison.gone) > fixed:
        counts.append(f"{len(comparison.gone) - fixed} not found for another reason")
    yield from _wrapped(", ".join(counts), "  ", context)
    yield ""


def _function_line(function: FunctionRef, source: Source | None, paint: Paint) -> str:
    name = paint(visible(function_name(function)), _BOLD)
    return f"  {name} at {paint(visible(place(source)), _CYAN)}" if source else f"  {name}"


def _finding_lines(finding: Finding, context: Context, paint: Paint, at: Location | Source | None) -> Iterator[str]:
    """One defect. `at` is the place of it that is to be shown with its lines."""
    severity = paint(finding.severity, _SEVERITY[finding.severity])
    when = f" when {visible(finding.when)}" if finding.when else ""
    new = ", new" if context.comparison and finding.fingerprint in context.comparison.new else ""
    rule = _linked(paint(visible(finding.rule), _BOLD), finding, context)
    yield f"    {severity} {rule} ({visible(finding.code)}){new}{when}"
    yield from _wrapped(visible(finding.message), _DETAIL, context)
    fix, *more = _wrapped(f"{_FIX} {one_line(finding.fix)}", _DETAIL, context)
    yield from (fix.replace(_FIX, paint(_FIX, _GREEN), 1), *more)
    if finding.cause:
        yield f"{_DETAIL}{_related(finding.cause)}"
        yield from _frame_lines(at, finding.severity, context, paint)
    yield f"{_DETAIL}template: {visible(place(finding.location))}"
    if not finding.cause:
        yield from _frame_lines(at, finding.severity, context, paint)
    for related in finding.related:
        yield f"{_DETAIL}{_related(related)}"
    yield from (f"{_DETAIL}{visible(line)}" for line in users(finding))


def _frame_lines(at: Location | Source | None, severity: Severity, context: Context, paint: Paint) -> Iterator[str]:
    """The lines around a place, where they could be read, with a mark in the colour of what is wrong there."""
    if at is None or at not in context.excerpts:
        return
    from imagelint.report.frames import frame_of  # which a run without findings does without

    excerpt = context.excerpts[at]
    digits = len(str(excerpt.first + len(excerpt.lines)))
    gutter = len(f"{_DETAIL}{'':{digits}} | ")
    margin = f"{_DETAIL}{'':{digits}} |"
    for number, text, mark in frame_of(at, excerpt, context.width and max(context.width - gutter, _NARROWEST)):
        yield f"{paint(f'{_DETAIL}{number:{digits}} |', _DIM)} {text}".rstrip()
        if mark:
            yield f"{paint(margin, _DIM)} {' ' * mark[0]}{paint('^' * mark[1], _SEVERITY[severity])}"


def _related(related: Related) -> str:
    return visible(f"{related.message.removeprefix('the ')}: {place(related.source or related.location)}")
