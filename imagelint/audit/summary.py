"""What a folder of an audit says, in one page of Markdown: the top causes, and what the last run has changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from imagelint.audit.run import Unlisted
from imagelint.audit.store import Store, latest, read
from imagelint.model import SEVERITIES
from imagelint.record import Record
from imagelint.report.escape import markdown_code, markdown_prose
from imagelint.report.layout import counted

MOST: Final = 20
"""Rows of a table."""


class Run(Record):
    """What a run did."""

    judged: int
    unchanged: int
    """Sources that were left out because nothing has changed since they were read."""
    gone: int
    unlisted: Sequence[Unlisted]
    seconds: float


def render(store: Store, run: Run) -> str:
    """The page, on all that holds in the folder."""
    return "".join(f"{line}\n" for line in _lines(store, run))


def _lines(store: Store, run: Run) -> Iterator[str]:
    folder = store.folder
    sources = latest(folder, ["status", "reason", "team", "functions", "suppressed", "unknown"])
    there = sources.filter(pc.not_equal(sources["status"], "gone"))
    unread = there.filter(pc.equal(there["status"], "unread"))
    findings = _holding(read(folder, "findings", ["rule", "severity", "team"]), there)
    images = _holding(read(folder, "functions", ["registry"]), there)
    yield from ("## imagelint audit", "")
    severities = ", ".join(
        counted(pc.sum(pc.equal(findings["severity"], severity)).as_py() or 0, severity) for severity in SEVERITIES
    )
    parts = [
        f"{counted(there.num_rows, 'source')} ({len(there) - len(unread):,} read, {len(unread):,} unread)",
        counted(pc.sum(there["functions"]).as_py() or 0, "function"),
        severities,
        f"{pc.sum(there['suppressed']).as_py() or 0} suppressed, {pc.sum(there['unknown']).as_py() or 0} unknown",
    ]
    yield f"**{'; '.join(parts)}**"
    yield ""
    gone = f", {run.gone:,} gone" if run.gone else ""
    yield f"Run {store.run}: {run.judged:,} judged, {run.unchanged:,} unchanged{gone}, in {run.seconds:.0f} s."
    yield from _changes(store, there)
    yield from _table("Rules", ("Rule", "Severity", "Findings", "Sources"), _counted(findings, ["rule", "severity"]))
    yield from _table("Registries", ("Registry", "Images", "Sources"), _counted(images, ["registry"]))
    yield from _table(
        "Teams", ("First path segment", "Findings", "Sources with findings"), _counted(findings, ["team"])
    )
    if run.unlisted:
        yield from ("", "### Not listed", "")
        yield from (f"* {markdown_code(each.pattern)}: {markdown_code(each.reason)}" for each in run.unlisted)
    if unread.num_rows:
        rows = unread.sort_by("source").select(["source", "reason"]).slice(0, MOST).to_pylist()
        yield from ("", "### Unread", "")
        yield from (f"* {markdown_code(row['source'])}: {markdown_code(row['reason'] or '')}" for row in rows)
        if unread.num_rows > MOST:
            yield f"* and {unread.num_rows - MOST:,} more, which `sources` has"


def _holding(rows: pa.Table, sources: pa.Table) -> pa.Table:
    """The rows of the runs that hold."""
    return rows.join(sources.select(["source", "run"]), keys=["source", "run"], join_type="inner")


def _counted(rows: pa.Table, keys: list[str]) -> list[dict[str, Any]]:
    """How many rows, and of how many sources, there are of each kind; the most first."""
    counts = rows.group_by(keys).aggregate([("run", "count"), ("source", "count_distinct")])
    order = [("run_count", "descending"), *((key, "ascending") for key in keys)]
    counted_rows: list[dict[str, Any]] = counts.sort_by(order).to_pylist()
    return counted_rows


def _table(title: str, heads: Sequence[str], rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    if not rows:
        return
    yield from ("", f"### {title}", "", f"| {' | '.join(heads)} |", "|" + " --- |" * len(heads))
    for row in rows[:MOST]:
        yield f"| {' | '.join(_cells(row.values()))} |"
    if len(rows) > MOST:
        yield from ("", f"and {len(rows) - MOST:,} more")


def _cells(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str):
            yield markdown_code(value)
        else:
            yield "(open)" if value is None else f"{value:,}"


def _changes(store: Store, there: pa.Table) -> Iterator[str]:
    """What is new and what is fixed in the sources that this run and an earlier one have read."""
    now = there.filter(pc.and_(pc.equal(there["run"], store.run), pc.equal(there["status"], "read")))
    before = {source: each.run for source, each in store.before.items() if each.status == "read"}
    names = [name for name in now["source"].to_pylist() if name in before]
    if not names:
        return
    run = pa.array([store.run] * len(names), pa.int64())
    new = pa.table({"source": names, "run": run})
    old = pa.table({"source": names, "run": pa.array([before[name] for name in names], pa.int64())})
    findings = read(store.folder, "findings", ["rule", "fingerprint"])
    added = _apart(_holding(findings, new), _holding(findings, old))
    fixed = _apart(_holding(findings, old), _holding(findings, new))
    yield from ("", "### Since they were read before", "")
    yield f"{counted(len(names), 'source')} judged anew: {added.num_rows:,} new, {fixed.num_rows:,} fixed."
    yield from (_told("new", added), _told("fixed", fixed))


def _apart(rows: pa.Table, others: pa.Table) -> pa.Table:
    """The findings that the others do not have."""
    return rows.join(others.select(["source", "fingerprint"]), keys=["source", "fingerprint"], join_type="left anti")


def _told(what: str, findings: pa.Table) -> str:
    rules = ", ".join(f"{markdown_prose(row['rule'])} {row['run_count']:,}" for row in _counted(findings, ["rule"]))
    return f"* {what}: {rules or 'none'}"
