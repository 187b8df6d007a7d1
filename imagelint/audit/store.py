"""The folder that an audit writes: Parquet files of rows, each written whole, and one writer at a time.

The history stays: of each source the row of the latest run is what holds. A source counts by its row in `sources`,
which is written after its other rows: what a run that was broken off has left is not seen, and is judged anew.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, Final, get_type_hints

import pyarrow as pa
from filelock import FileLock, Timeout
from pyarrow import parquet

from imagelint.audit.rows import VERSION, FindingRow, FunctionRow, Held, Judged, SourceRow
from imagelint.model import UsageError

ABOUT: Final = "audit.json"
KINDS: Final[Mapping[str, type[Any]]] = {"findings": FindingRow, "functions": FunctionRow, "sources": SourceRow}
"""The folders of rows, in the order in which they are written."""
SOURCES_OF_A_FILE: Final = 1000
_TEMPORARY: Final = ".part"
_TYPES: Final = {str: pa.string(), int: pa.int64(), float: pa.float64()}


class Store:
    """The folder, while it is this process that writes it."""

    def __init__(self, folder: str, schemas: Mapping[str, pa.Schema]) -> None:
        self.folder, self._schemas = folder, schemas
        self.before = held(folder)
        """What holds of each source before this run."""
        self.run = 1 + max((each.run for each in self.before.values()), default=_last_run(folder))
        self._written = 0
        self._pending: list[Judged] = []

    def add(self, judged: Judged) -> None:
        """Keep the rows of a source."""
        self._pending.append(judged)
        if len(self._pending) == SOURCES_OF_A_FILE:
            self.flush()

    def flush(self) -> None:
        """Write what has come so far."""
        pending, self._pending = self._pending, []
        if not pending:
            return
        now = datetime.now(timezone.utc)
        rows: dict[str, list[Any]] = {
            "findings": [row for judged in pending for row in judged.findings],
            "functions": [row for judged in pending for row in judged.functions],
            "sources": [judged.source for judged in pending],
        }
        for kind in KINDS:
            if rows[kind]:
                self._write(kind, rows[kind], now)
        self._written += 1

    def _write(self, kind: str, rows: Sequence[Any], now: datetime) -> None:
        schema = self._schemas[kind]
        columns: list[Any] = [[self.run] * len(rows), [now] * len(rows), *map(_clean, zip(*rows, strict=True))]
        table = pa.table([pa.array(each, field.type) for each, field in zip(columns, schema, strict=True)], schema)
        file = os.path.join(self.folder, kind, f"{self.run:06}-{self._written:06}.parquet")
        parquet.write_table(table, file + _TEMPORARY, compression="zstd")
        os.replace(file + _TEMPORARY, file)


@contextlib.contextmanager
def opened(folder: str) -> Iterator[Store]:
    """The folder, made if it is not there. What has come is written when the context ends, however that is.

    Raises UsageError for a folder of something else, of another version, or that another audit is writing to.
    """
    if os.path.isdir(folder) and os.listdir(folder):
        _refuse_others(folder)
    for kind in KINDS:
        os.makedirs(os.path.join(folder, kind), exist_ok=True)
    try:
        lock = FileLock(os.path.join(folder, "audit.lock"), timeout=0)
        with lock:
            _prepare(folder)
            store = Store(folder, {kind: schema_of(row) for kind, row in KINDS.items()})
            try:
                yield store
            finally:
                store.flush()
    except Timeout:
        raise UsageError(
            f"{folder}: another audit is writing to it; wait for its end, or name another --output"
        ) from None


def schema_of(row: type[Any]) -> pa.Schema:
    """The columns of a kind of row, behind those of the run."""
    fields = [
        pa.field(name, _TYPES[kind if kind in _TYPES else next(each for each in kind.__args__ if each in _TYPES)])
        for name, kind in get_type_hints(row).items()
    ]
    return pa.schema([pa.field("run", pa.int64()), pa.field("written", pa.timestamp("us", tz="UTC")), *fields])


def _refuse_others(folder: str) -> None:
    file = os.path.join(folder, ABOUT)
    try:
        with open(file, "rb") as opened_file:
            about = json.load(opened_file)
        version = about["version"]
    except FileNotFoundError:
        if set(os.listdir(folder)) <= {*KINDS, "audit.lock"}:  # another one is just beginning
            return
        raise UsageError(f"{folder}: is not the folder of an audit, which has an {ABOUT}; name a new one") from None
    except (ValueError, TypeError, LookupError, RecursionError):
        raise UsageError(f"{file}: cannot be understood; name another --output") from None
    if version != VERSION:
        raise UsageError(
            f"{folder}: has version {version!r} of the rows, and this imagelint writes {VERSION}; name another --output"
        )


def _prepare(folder: str) -> None:
    """Say which version it is of, and take away what a run that was broken off has left half."""
    file = os.path.join(folder, ABOUT)
    if not os.path.exists(file):
        with open(file + _TEMPORARY, "w", encoding="utf-8") as new:
            json.dump({"version": VERSION}, new)
        os.replace(file + _TEMPORARY, file)
    for kind in KINDS:
        for name in os.listdir(os.path.join(folder, kind)):
            if name.endswith(_TEMPORARY):
                os.unlink(os.path.join(folder, kind, name))


def read(folder: str, kind: str, columns: Sequence[str]) -> pa.Table:
    """Some columns of all rows of a kind, with the run and the source."""
    wanted = list(dict.fromkeys(("run", "source", *columns)))
    names = sorted(each for each in os.listdir(os.path.join(folder, kind)) if each.endswith(".parquet"))
    schema = schema_of(KINDS[kind])
    empty = pa.schema([schema.field(name) for name in wanted]).empty_table()
    try:
        tables = [parquet.read_table(os.path.join(folder, kind, name), columns=wanted) for name in names]
        return pa.concat_tables([empty, *tables])
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise UsageError(f"{os.path.join(folder, kind)}: holds what is not a file of an audit: {reason}") from None


def latest(folder: str, columns: Sequence[str]) -> pa.Table:
    """The rows of sources that hold: of each the latest."""
    table = read(folder, "sources", columns)
    last = table.group_by("source").aggregate([("run", "max")]).rename_columns(["source", "run"])
    return table.join(last, keys=["source", "run"], join_type="inner")


def held(folder: str) -> dict[str, Held]:
    """What holds of each source."""
    rows = latest(folder, [*get_type_hints(Held)]).to_pylist()
    return {row.pop("source"): Held(**row) for row in rows}


def _last_run(folder: str) -> int:
    """The greatest number of a run that has written anything."""
    names = (name for kind in KINDS for name in os.listdir(os.path.join(folder, kind)))
    numbers = (name.partition("-")[0] for name in names)
    return max((int(number) for number in numbers if number.isdecimal()), default=0)


def _clean(values: Sequence[Any]) -> list[Any]:
    """A column whose texts are UTF-8: a template may have lone surrogates, which are spelt out."""
    return [
        each.encode(errors="backslashreplace").decode() if isinstance(each, str) and not each.isascii() else each
        for each in values
    ]
