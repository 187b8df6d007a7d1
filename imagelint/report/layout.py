"""What several reports share: groups in order, names and places, the summary line. Knows no output format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, ItemsView, Iterable, Iterator, Mapping
from typing import Final, TypeVar

from imagelint.model import SEVERITIES, Excerpt, Finding, FunctionRef, Location, Report, Source, SuppressedBy
from imagelint.rules.rule import Rule, builtin_folder

MAX_USERS: Final = 3
"""How many of the other functions that a finding is about are named where people read; programs get all of them."""

Item = TypeVar("Item")
Key = TypeVar("Key", bound=Hashable)


def grouped(items: Iterable[Item], key: Callable[[Item], Key]) -> ItemsView[Key, list[Item]]:
    """The items by key; keys, and items under a key, in the order of their first appearance."""
    groups: dict[Key, list[Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups.items()


def function_name(function: FunctionRef) -> str:
    """What people call a function: its construct path, or its logical ID where there is none."""
    return function.construct_path or function.logical_id


def primary(finding: Finding) -> Location | Source:
    """Where a reviewer should look first: the app's own source, or else the cause or the function's template."""
    cause = finding.cause
    return (cause and cause.source) or finding.source or (cause.location if cause else finding.location)


def framed(
    findings: Iterable[Finding], excerpts: Mapping[Location | Source, Excerpt]
) -> Iterator[tuple[Finding, Location | Source | None]]:
    """The findings of one construct, each with the place whose lines are to be shown with it: what causes it, or the
    template where the app's own source could not be read. None where the lines are shown already."""
    shown: set[Location | Source | None] = set()
    for finding in findings:
        cause = finding.cause
        if cause:
            at: Location | Source | None = cause.source or cause.location
        else:
            at = None if finding.source in excerpts else finding.location
        yield finding, None if at in shown else at
        shown.add(at)


def users(finding: Finding) -> Iterator[str]:
    """The other functions that a finding is about, a line for each of the first and one that counts the rest."""
    for use in finding.also[:MAX_USERS]:
        yield f"used by {function_name(use.function)}: {place(use.source or use.location)}"
    if len(finding.also) > MAX_USERS:
        yield f"used by {counted(len(finding.also) - MAX_USERS, 'more function')}"


HOME: Final = "https://github.com/imagelint/imagelint"
SITE: Final = "https://imagelint.github.io/imagelint"


def page_of(rule: Rule) -> str | None:
    """The web address of what a rule means; None for a rule of somebody's own, which only their machine explains."""
    return f"{SITE}/rules/{rule.id}/" if rule.folder == builtin_folder() else None


def file_of(where: Location | Source) -> str:
    """The path as the report has it."""
    return where.template if isinstance(where, Location) else where.file


def place(where: Location | Source) -> str:
    """`file:line:column`, which terminals and editors make a link; the file alone where the line is unknown."""
    file = file_of(where)
    if where.line is None:
        return file
    return f"{file}:{where.line}" if where.column is None else f"{file}:{where.line}:{where.column}"


def counted(number: int, noun: str) -> str:
    """`1 error`, `2 errors`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


SUPPRESSORS: Final[dict[SuppressedBy, str]] = {
    "cdk-acknowledgement": "the app",
    "metadata": "Metadata",
    "cfn-lint-metadata": "Metadata of cfn-lint",
    "config": "the configuration",
    "baseline": "the baseline",
}
"""Who suppresses a finding, in words."""


def _suppressed(report: Report) -> str:
    """`3 suppressed (2 by the app, 1 by the baseline)`."""
    by = Counter(each.by for each in report.suppressed)
    kinds = ", ".join(f"{by[each]} by {words}" for each, words in SUPPRESSORS.items() if by[each])
    return f"{len(report.suppressed)} suppressed" + (f" ({kinds})" if kinds else "")


def summary(report: Report, unknown_by: str = "", unread_by: str = "") -> str:
    """One line: functions judged, findings by severity, suppressed, unknown, unread, inputs that were not analysed.

    `unknown_by` and `unread_by` are the options that list what is counted there, for those who can still give them.
    """
    counts = [counted(number, severity) for severity in SEVERITIES if (number := report.count(severity))]
    asides = [_suppressed(report), _told(f"{len(report.unknown)} unknown", unknown_by if report.unknown else "")]
    if report.unread:
        asides.append(_told(f"{counted(len(report.unread), 'template')} unread", unread_by))
    if report.errors:
        asides.append(f"{counted(len(report.errors), 'input')} not analysed")
    return f"{counted(report.functions, 'function')} judged: {', '.join(counts) or 'no findings'}; {', '.join(asides)}"


def _told(count: str, option: str) -> str:
    return f"{count} ({option} lists them)" if option else count


def clean_line(report: Report) -> str | None:
    """What to say where nothing was found, and no more than is true; None where there is something to worry about."""
    if report.findings or report.errors:
        return None
    if not report.functions:
        return f"No Lambda function to judge in {counted(report.templates, 'template')}."
    if report.unknown or report.unread:
        return "No problems found in what can be known."
    return "No problems found but those suppressed." if report.suppressed else "No problems found."
