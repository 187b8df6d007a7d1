"""What an audit has written, and what `imagelint check` says of the same sources."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from pyarrow import parquet

from imagelint.audit.judging import Batch
from support.cli import report

Row = dict[str, Any]


class Here:
    """An engine that calls in this process, after what `before` does with the batch."""

    parallel = 1

    def __init__(self, temporary: Path, before: Callable[[Batch], None] = lambda batch: None) -> None:
        self.temporary, self.before = temporary, before
        self.asked: list[list[str]] = []

    def submit(self, function: Callable[..., Any], argument: Any, seconds: float) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            if isinstance(argument, Batch):
                self.asked.append([source.url.rpartition("/")[2] for source in argument.sources])
                self.before(argument)
            future.set_result(function(argument, str(self.temporary)))
        except Exception as error:
            future.set_exception(error)
        return future


def rows(kind: str, folder: str | Path = "audit") -> list[Row]:
    """All rows of a kind, in the order in which they were written."""
    files = sorted(Path(folder, kind).iterdir())
    return [row for file in files for row in parquet.read_table(file).to_pylist()]


def told(row: Mapping[str, Any]) -> Row:
    """A row without the run, the time of writing, and where the source lies."""
    apart = ("run", "written", "source", "team")
    return {key: value for key, value in row.items() if key not in apart}


def findings(source: str, folder: str | Path = "audit") -> list[Row]:
    """The findings on the sources whose address ends so."""
    return [told(row) for row in rows("findings", folder) if row["source"].endswith(source)]


def sequential(path: Path) -> list[Row]:
    """The findings of `imagelint check` on a path, as the rows of an audit."""
    return [_row(finding, path) for finding in report(str(path), "--fail-on", "never")["findings"]]


def _row(finding: Mapping[str, Any], path: Path) -> Row:
    location, source = finding["location"], finding["source"] or {}
    prefix = f"{path}/" if path.is_dir() else f"{path.parent}/"
    used = [each for each in finding["related"] if each["message"].startswith("used by ")]
    return {
        **{key: finding[key] for key in ("rule", "code", "severity", "message", "when", "fingerprint")},
        **finding["function"],
        **{key: location[key] for key in ("pointer", "line", "column")},
        "template": location["template"].removeprefix(prefix),
        "source_file": source.get("file"),
        "source_line": source.get("line"),
        "others": len(used),
    }


def sources(folder: str | Path = "audit") -> dict[str, tuple[str, str | None]]:
    """The last status of each source, by the last part of its address, with the reason."""
    return {Path(row["source"]).name: (row["status"], row["reason"]) for row in rows("sources", folder)}


def sorted_rows(found: Iterable[Row]) -> list[Row]:
    """Rows in an order that does not depend on how they came."""
    return sorted(found, key=lambda row: sorted((key, str(value)) for key, value in row.items()))
