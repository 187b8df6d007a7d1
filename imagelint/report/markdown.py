"""GitHub Flavored Markdown for a job summary or a comment: one table per stack, and a chart of the images.

What templates say stands in code spans, and in the chart in labels that hold no markup.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from imagelint.model import Finding, Report, Suppressed
from imagelint.report.escape import markdown_code, markdown_prose
from imagelint.report.formats import Context
from imagelint.report.layout import clean_line, function_name, grouped, place, summary, users

_RULE = "| --- | --- | --- | --- |"
_BREAK = "<br>"
"""A line break inside a table cell, which Markdown has no other way to write."""
MAX_CHART: Final = 50_000
"""Characters of a chart that Mermaid draws by default (its configuration's maxTextSize)."""
MAX_ARROWS: Final = 500
"""…and arrows (maxEdges)."""


def render(report: Report, context: Context) -> str:
    """Headings begin at the second level, since the page around has its own first."""
    return "".join(f"{line}\n" for line in (*_lines(report), *_chart(context.chart)))


def _lines(report: Report) -> Iterator[str]:
    yield "## imagelint"
    yield ""
    if clean := clean_line(report):
        yield clean
        yield ""
    yield f"**{summary(report)}**"
    for stack, findings in grouped(report.findings, lambda finding: finding.function.stack):
        yield from ("", f"### Stack {markdown_code(stack)}", "", "| Severity | Function | Rule | Problem |", _RULE)
        yield from (_row(finding) for finding in findings)
    if report.errors:
        yield from ("", "### Not analysed", "")
        yield from (f"* {markdown_code(problem.path)}: {markdown_code(problem.message)}" for problem in report.errors)
    if report.suppressed:
        yield from ("", "### Suppressed", "", "| Function | Rule | By | Reason |", _RULE)
        yield from (_suppressed_row(suppressed) for suppressed in report.suppressed)


def _chart(chart: str) -> Iterator[str]:
    """The chart in a fence, which nothing in it can end: Mermaid's lines begin with names that imagelint makes."""
    if not chart:
        return
    yield from ("", "### Images", "")
    if len(chart) > MAX_CHART or chart.count("-->") > MAX_ARROWS:
        yield "Too many functions to draw here: `imagelint inventory --format mermaid` writes the chart."
    else:
        yield from ("```mermaid", *chart.splitlines(), "```")


def _row(finding: Finding) -> str:
    severity = f"**{finding.severity}**" if finding.severity == "error" else finding.severity
    return f"| {severity} | {_function(finding)} | {_rule(finding)} | {_problem(finding)} |"


def _suppressed_row(suppressed: Suppressed) -> str:
    function, rule = markdown_code(function_name(suppressed.function)), markdown_code(suppressed.rule)
    return f"| {function} | {rule} | {suppressed.by} | {markdown_code(suppressed.reason)} |"


def _function(finding: Finding) -> str:
    where = [markdown_code(place(finding.source))] if finding.source else []
    if finding.cause:
        where.append(markdown_code(place(finding.cause.source or finding.cause.location)))
    names = [markdown_code(function_name(finding.function)), *where, markdown_code(place(finding.location))]
    return _BREAK.join(names)


def _rule(finding: Finding) -> str:
    return f"{markdown_code(finding.rule)} ({markdown_prose(finding.code)})"


def _problem(finding: Finding) -> str:
    lines = [markdown_code(finding.message)]
    if finding.when:
        lines.append(f"when {markdown_code(finding.when)}")
    lines.append(f"Fix: {markdown_prose(finding.fix)}")
    lines += [
        f"{markdown_code(related.message)}: {markdown_code(place(related.source or related.location))}"
        for related in finding.related
    ]
    lines += map(markdown_code, users(finding))
    return _BREAK.join(lines)
