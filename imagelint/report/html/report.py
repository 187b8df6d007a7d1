"""The report of a run as a page: what was found, by construct, what was not judged, and what the rules say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from imagelint.model import SEVERITIES, Finding, Gone, Report, Suppressed, Unknown
from imagelint.report.escape import html, one_line
from imagelint.report.formats import Context
from imagelint.report.html.findings import cards, state_of
from imagelint.report.html.markup import element, row, table
from imagelint.report.html.page import problems, render_page
from imagelint.report.html.rules import articles
from imagelint.report.layout import SUPPRESSORS, clean_line, counted, function_name, summary

_LANGUAGES: Final = {
    **dict.fromkeys((".ts", ".mts", ".cts", ".tsx", ".js", ".mjs", ".cjs", ".jsx"), "typescript"),
    **{".py": "python", ".go": "go", ".java": "java", ".kt": "java", ".cs": "csharp"},
}
"""How a source file ends -> the language of CDK whose fix is shown first."""
_TITLES: Final = {
    "findings": "Findings",
    "gone": "No longer found",
    "images": "Images",
    "suppressed": "Suppressed",
    "unknown": "Unknown before deployment",
    "rules": "What the rules say",
}
"""The parts of the page, by their names in its address, in order."""


def render(report: Report, context: Context) -> str:
    """The whole page, with all that it needs in it."""
    return render_page(
        title="imagelint report",
        summary=summary(report),
        head=_gate(report, context),
        language=_language(report.findings),
        body="".join(_body(report, context)),
    )


def _body(report: Report, context: Context) -> Iterator[str]:
    parts = {
        "findings": _findings(report, context),
        "gone": _gone(context),
        "images": context.images,
        "suppressed": _suppressed(report),
        "unknown": _unknown(report),
        "rules": articles(report.findings, context.rules),
    }
    links = [element("li", element("a", _TITLES[name], href=f"#{name}")) for name, part in parts.items() if part]
    yield _tiles(report)
    yield element("nav", element("ul", *links), aria_label="Parts of the report") if len(links) > 1 else ""
    yield problems("Not analysed", report.errors)
    yield problems("Not read", report.unread)
    if clean := clean_line(report):
        yield element("p", html(clean), class_="clean")
    yield from parts.values()


def _findings(report: Report, context: Context) -> str:
    if not report.findings:
        return ""
    return element(
        "section",
        element("h2", _TITLES["findings"], id_="findings-title"),
        _filters(report, context),
        *cards(report.findings, context),
        element("p", "No finding is like this.", class_="none", hidden=True),
        id_="findings",
        aria_labelledby="findings-title",
    )


def _gate(report: Report, context: Context) -> str:
    """Whether the run lets the change pass, as its exit status says."""
    if not (report.errors or context.failing):
        return element("p", "Gate off: no finding closes it", class_="gate off")
    failing = [counted(number, severity) for severity in context.failing if (number := report.count(severity))]
    if report.errors:
        reason = "not everything could be read"
    elif failing:
        reason = ", ".join(failing)
    elif context.is_strict and report.warnings:
        reason = f"{counted(len(report.warnings), 'warning')} of the run"
    else:
        return element("p", "Gate open", class_="gate")
    return element("p", f"Gate closed: {reason}", class_="gate closed")


def _language(findings: Sequence[Finding]) -> str:
    """The language of CDK that most findings are made in; TypeScript where no source says."""
    endings = (f".{finding.source.file.rpartition('.')[2]}" for finding in findings if finding.source)
    known = Counter(_LANGUAGES[ending] for ending in endings if ending in _LANGUAGES)
    return known.most_common(1)[0][0] if known else "typescript"


def _tiles(report: Report) -> str:
    counts: tuple[tuple[str, int, str], ...] = (
        ("", report.functions, "functions judged"),
        *((severity, report.count(severity), f"{severity}s") for severity in SEVERITIES),
        ("", len(report.suppressed), "suppressed"),
        ("", len(report.unknown), "unknown"),
    )
    tiles = (
        element("li", element("b", f"{number:,}"), " ", name, class_=kind if number else "")
        for kind, number, name in counts
    )
    return element("ul", *tiles, class_="tiles") + "\n"


def _filters(report: Report, context: Context) -> str:
    boxes = (
        element(
            "label", element("input", type="checkbox", name="severity", value=severity, checked=True), f" {severity}"
        )
        for severity in SEVERITIES
        if report.count(severity)
    )
    return element(
        "form",
        element("fieldset", element("legend", "Severity"), *boxes),
        _choice("rule", "Rule", [finding.rule for finding in report.findings]),
        _choice("stack", "Stack", [finding.function.stack for finding in report.findings]),
        _choice("state", "Since the last report", [state_of(finding, context) for finding in report.findings]),
        element("label", "Text ", element("input", type="search", name="text", autocomplete="off")),
        element("output", counted(len(report.findings), "finding"), aria_live="polite"),
        class_="filters",
        role="search",
        aria_label="Findings",
        hidden=True,
    )


def _choice(name: str, label: str, values: Sequence[str]) -> str:
    """A choice among the values that there are; empty where there is but one."""
    counts = sorted(Counter(values).items())
    if len(counts) < 2:
        return ""
    options = (element("option", html(value), f" ({count})", value=value) for value, count in counts)
    choices = element("select", '<option value="">all</option>', *options, name=name)
    return element("label", f"{label} ", choices)


def _gone(context: Context) -> str:
    """What an earlier report has and this one has not."""
    gone = context.comparison.gone if context.comparison else ()
    rows = (
        row(_function(each), f"{_code(each.rule)} {html(each.code)}", html(each.message), each.why) for each in gone
    )
    return _listed("gone", ("Function", "Rule", "Problem", "Why"), list(rows), is_open=True)


def _suppressed(report: Report) -> str:
    rows = (
        row(_function(each), _code(each.rule), SUPPRESSORS[each.by], html(one_line(each.reason)))
        for each in report.suppressed
    )
    return _listed("suppressed", ("Function", "Rule", "By", "Reason"), list(rows))


def _unknown(report: Report) -> str:
    """What could not be decided, with why; the facts where there are no words for it."""
    rows = (
        row(_function(each), _code(each.rule), html(each.reason or ", ".join(each.facts))) for each in report.unknown
    )
    return _listed("unknown", ("Function", "Rule", "Why"), list(rows))


def _function(each: Suppressed | Unknown | Gone) -> str:
    return html(function_name(each.function))


def _code(text: str) -> str:
    return element("code", html(text))


def _listed(name: str, headings: tuple[str, ...], rows: Sequence[str], *, is_open: bool = False) -> str:
    """A section that opens; empty without rows."""
    if not rows:
        return ""
    heading = element("summary", element("h2", f"{_TITLES[name]} ({len(rows):,})"))
    listed = table(headings, "".join(rows), label=_TITLES[name])
    return element("section", element("details", heading, listed, open_=is_open), id_=name)
