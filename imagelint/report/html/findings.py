"""The findings as HTML: a card for each construct, with its source, its image and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from imagelint.model import Finding, FunctionRef, Location, Related, Source
from imagelint.report.escape import html, one_line
from imagelint.report.formats import Context
from imagelint.report.frames import frame_of
from imagelint.report.html.markup import element
from imagelint.report.layout import MAX_USERS, counted, framed, function_name, grouped, place

_WIDTH: Final = 160
"""Characters of a line of a frame, which scrolls."""


def cards(findings: Sequence[Finding], context: Context) -> Iterator[str]:
    """A card for each construct and place in the source, in the order of the report."""
    for (function, source), own in grouped(findings, lambda finding: (finding.function, finding.source)):
        yield _card(function, source, own, context)


def state_of(finding: Finding, context: Context) -> str:
    """Whether the finding is new, compared with an earlier report; empty where there is none."""
    if context.comparison is None:
        return ""
    return "new" if finding.fingerprint in context.comparison.new else "still there"


def _card(function: FunctionRef, source: Source | None, own: Sequence[Finding], context: Context) -> str:
    images = "".join(element("li", _code(image)) for image in context.images_of.get(function, ()))
    head = element(
        "header",
        element("h3", html(function_name(function))),
        element("p", "Stack ", html(function.stack), class_="stack"),
        element("p", _code(place(source)), class_="where") if source else "",
        element("ul", images, class_="images", aria_label="Image") if images else "",
    )
    frame = _frame(source, context) if source and any(finding.cause is None for finding in own) else ""
    defects = "".join(_finding(finding, context, at) for finding, at in framed(own, context.excerpts))
    return element("article", head, "\n", frame, defects, class_="card", id_=context.cards.get(function)) + "\n"


def _code(text: str) -> str:
    return element("code", html(text))


def _finding(finding: Finding, context: Context, at: Location | Source | None) -> str:
    """One defect. `at` is the place of it that is to be shown with its lines."""
    state = state_of(finding, context)
    heading = element(
        "h4",
        element("span", finding.severity, class_=f"pill {finding.severity}"),
        " ",
        _rule(finding, context),
        " ",
        element("small", html(finding.code)),
        element("span", state, class_=f"pill {'new' if state == 'new' else 'still'}") if state else "",
    )
    return (
        element(
            "section",
            heading,
            element("p", html(finding.message), class_="message"),
            element("p", "when ", _code(finding.when), class_="when") if finding.when else "",
            element("p", element("b", "Fix"), " ", html(one_line(finding.fix)), class_="fix"),
            _fix_in_code(finding, context),
            _places(finding, context, at),
            class_="finding",
            data_severity=finding.severity,
            data_rule=finding.rule,
            data_stack=finding.function.stack,
            data_state=state,
        )
        + "\n"
    )


def _is_explained(finding: Finding, context: Context) -> bool:
    return any(rule.id == finding.rule for rule in context.rules)


def _rule(finding: Finding, context: Context) -> str:
    name = html(finding.rule)
    return element("a", name, href=f"#rule-{finding.rule}") if _is_explained(finding, context) else name


def _fix_in_code(finding: Finding, context: Context) -> str:
    """What the page's script fills from the rule's article; without a script it leads there."""
    if not _is_explained(finding, context):
        return ""
    way = element("p", element("a", "It stands with the rule.", href=f"#rule-{finding.rule}"))
    return element("details", element("summary", "The fix in code"), way, class_="code", data_rule=finding.rule)


def _places(finding: Finding, context: Context, at: Location | Source | None) -> str:
    """Where it stands, and what belongs to it; the one place with its lines."""
    lines = _frame(at, context) if at else ""
    rows = []
    if finding.cause:
        where = finding.cause.source or finding.cause.location
        rows.append(_place(_short(finding.cause), where, lines))
    rows.append(_place("template", finding.location, "" if finding.cause else lines))
    rows.extend(_place(_short(each), each.source or each.location) for each in finding.related)
    rows.extend(
        _place(f"used by {function_name(use.function)}", use.source or use.location) for use in finding.also[:MAX_USERS]
    )
    beyond = len(finding.also) - MAX_USERS
    if beyond > 0:
        rows.append(element("dt", f"used by {counted(beyond, 'more function')}") + "<dd></dd>")
    return element("dl", *rows, class_="places")


def _place(name: str, at: Location | Source, frame: str = "") -> str:
    return element("dt", html(name)) + element("dd", _code(place(at)), frame)


def _short(related: Related) -> str:
    return related.message.removeprefix("the ")


def _frame(at: Location | Source, context: Context) -> str:
    """The lines around a place, where they could be read."""
    if at not in context.excerpts:
        return ""
    lines = []
    for number, text, mark in frame_of(at, context.excerpts[at], _WIDTH):
        shown = html(text)
        if mark:
            start, end = mark[0], mark[0] + mark[1]
            shown = html(text[:start]) + element("mark", html(text[start:end])) + html(text[end:])
        lines.append(element("span", element("span", str(number), class_="number"), shown, class_="line") + "\n")
    label = f"Lines of {place(at)}"
    return element("pre", element("code", *lines), class_="frame", tabindex=0, role="group", aria_label=label)
