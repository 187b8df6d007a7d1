"""The baseline: the findings that were there when a team began, as a file that is committed with the app.

A finding is known by its fingerprint, which neither line numbers, nor the hash in a logical ID, nor the order of stacks
changes. What suppression by a baseline means, `suppression` knows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from imagelint.documents.document import Document, read_document
from imagelint.documents.files import UnreadableFileError, read
from imagelint.documents.pointer import Pointer
from imagelint.documents.schema import MisfitError, show
from imagelint.model import Finding, FunctionRef, Report, Suppressed, UsageError, fingerprint_of

VERSION: Final = 1
"""Of the file's form."""
_TEXTS: Final = ("fingerprint", "rule", "stack", "function")
_CONFLICT: Final = re.compile(rb"^(?:<<<<<<<|=======|>>>>>>>)", re.MULTILINE)


@dataclass(frozen=True, order=True)
class Entry:
    """One finding of the baseline. All but the fingerprint is there for people."""

    stack: str
    function: str
    """The construct path, or the logical ID where there is none."""
    rule: str
    fingerprint: str


def entries_of(finding: Finding) -> Iterator[Entry]:
    """A finding as the baseline has it: an entry for each function that it is about."""
    for function, identity in _functions_of(finding):
        name = function.construct_path or function.logical_id
        yield Entry(function.stack, name, finding.rule, fingerprint_of(identity))


def _functions_of(finding: Finding) -> Iterator[tuple[FunctionRef, str]]:
    yield finding.function, finding.identity
    yield from ((use.function, use.identity) for use in finding.also)


def read_baseline(file: str) -> tuple[Entry, ...]:
    """The entries of a baseline file. Raises UsageError, which names file, line and key."""
    try:
        conflict = _CONFLICT.search(read(file, file))
    except UnreadableFileError as error:
        raise UsageError(f"{error.display_path}: {error.message}; --write-baseline writes a baseline") from None
    if conflict:
        line = conflict.string.count(b"\n", 0, conflict.start()) + 1
        advice = "keep the entries of both sides, or write it anew with --write-baseline"
        raise UsageError(f"{file}:{line}: holds the markers of a merge conflict; {advice}")
    document = read_document(file, file, is_yaml=False)
    try:
        return tuple(_entries(document))
    except MisfitError as misfit:
        raise document.error(misfit) from None


def _entries(document: Document) -> Iterator[Entry]:
    content = document.value
    if not isinstance(content, dict) or not {"version", "findings"} <= content.keys():
        raise MisfitError((), "is not a baseline: it has no version and findings; --write-baseline writes one")
    if content["version"] != VERSION or isinstance(content["version"], bool):
        found = show(content["version"])
        message = f"is {found}; this imagelint reads {VERSION}: write the baseline anew with --write-baseline"
        raise MisfitError(("version",), message)
    if not isinstance(content["findings"], list):
        raise MisfitError(("findings",), "must be a list")
    for index, entry in enumerate(content["findings"]):
        yield _entry(("findings", index), entry)


def _entry(at: Pointer, entry: Any) -> Entry:
    if not isinstance(entry, dict):
        raise MisfitError(at, f"must be an object, not {show(entry)}")
    for key in _TEXTS:
        if key not in entry:
            raise MisfitError(at, f"lacks the key {key!r}")
        if not isinstance(entry[key], str):
            raise MisfitError((*at, key), f"must be text, not {show(entry[key])}")
    return Entry(**{key: entry[key] for key in _TEXTS})


def render(entries: Iterable[Entry]) -> str:
    """The content of a baseline file: ordered, so that two runs write the same and a change is a few lines."""
    findings = [{key: getattr(entry, key) for key in _TEXTS} for entry in sorted(set(entries))]
    return json.dumps({"version": VERSION, "findings": findings}, indent=2) + "\n"


def absorbed(report: Report) -> Report:
    """The report once its findings are in the baseline."""
    suppressed = [
        Suppressed(finding.rule, function, "baseline", "")
        for finding in report.findings
        for function, _ in _functions_of(finding)
    ]
    return report._replace(findings=(), suppressed=(*report.suppressed, *suppressed))


def fixed(entries: Sequence[Entry], occurring: Collection[str], rules: Collection[str]) -> tuple[Entry, ...]:
    """The entries that no longer occur, of those whose rules were judged."""
    return tuple(entry for entry in entries if entry.fingerprint not in occurring and entry.rule in rules)
