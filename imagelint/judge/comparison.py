"""Two reports compared: what is new, and what an earlier one has and this one has not. Knows no templates."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final, Literal

from imagelint.documents.document import Document, read_document
from imagelint.documents.pointer import Pointer
from imagelint.documents.schema import MisfitError, show
from imagelint.model import Comparison, FunctionRef, Gone, Report

_VERSION: Final = 1
"""Of the JSON report that is read."""
_TEXTS: Final = ("fingerprint", "rule", "code", "message")


def read_earlier(file: str) -> dict[str, Gone]:
    """The findings of a JSON report by their fingerprints, as if they were fixed. Raises UsageError, which names file,
    line and key."""
    document = read_document(file, file, is_yaml=False)
    try:
        return dict(_findings(document))
    except MisfitError as misfit:
        raise document.error(misfit) from None


def compare(report: Report, earlier: dict[str, Gone], file: str, rules: Collection[str]) -> Comparison:
    """What has changed since the findings of an earlier report; `rules` are those that were judged now.

    What nobody looked for this time is not fixed, nor is what can no longer be decided.
    """
    found = {finding.fingerprint for finding in report.findings}
    suppressed = {(each.rule, each.function) for each in report.suppressed}
    unknown = {(each.rule, each.function) for each in report.unknown}

    def why(gone: Gone) -> Literal["fixed", "suppressed", "unknown", "not judged"]:
        key = gone.rule, gone.function
        if key in suppressed:
            return "suppressed"
        if key in unknown:
            return "unknown"
        return "not judged" if report.errors or gone.rule not in rules else "fixed"

    gone = [each._replace(why=why(each)) for print_, each in earlier.items() if print_ not in found]
    return Comparison(file, frozenset(found - earlier.keys()), tuple(gone))


def _findings(document: Document) -> Iterator[tuple[str, Gone]]:
    content = document.value
    if not isinstance(content, dict) or not {"version", "tool", "findings"} <= content.keys():
        raise MisfitError((), "is not a JSON report: `imagelint check --format json` writes one")
    if content["version"] != _VERSION or isinstance(content["version"], bool):
        raise MisfitError(("version",), f"is {show(content['version'])}; this imagelint reads {_VERSION}")
    if not isinstance(content["findings"], list):
        raise MisfitError(("findings",), "must be a list")
    for index, entry in enumerate(content["findings"]):
        at: Pointer = ("findings", index)
        fingerprint, rule, code, message = _texts(entry, at, _TEXTS)
        path = entry.get("function", {}).get("construct_path") if isinstance(entry.get("function"), dict) else None
        logical_id, stack = _texts(entry.get("function"), (*at, "function"), ("logical_id", "stack"))
        function = FunctionRef(logical_id, path if isinstance(path, str) else None, stack)
        yield fingerprint, Gone(rule, code, function, message, "fixed")


def _texts(entry: Any, at: Pointer, keys: tuple[str, ...]) -> list[str]:
    if not isinstance(entry, dict):
        raise MisfitError(at, f"must be an object, not {show(entry)}")
    for key in keys:
        if not isinstance(entry.get(key), str):
            raise MisfitError(at, f"lacks the text {key!r}")
    return [entry[key] for key in keys]
