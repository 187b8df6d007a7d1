"""What an audit says, as plain rows: one for each source, each finding and each image that a function runs.

The fields are the columns of the Parquet files, with their types; docs/audit.md says what they mean.
"""

from __future__ import annotations

from typing import Final, Literal

from imagelint.record import Record

Status = Literal["read", "unread", "gone"]
"""`unread`: something of it could not be read; what could be has its rows. `gone`: its pattern finds it no more."""

VERSION: Final = 1
"""Of the columns: it grows when a reader of the last version could be misled."""


class SourceRow(Record):
    """A source, as one run found it."""

    source: str
    pattern: str
    team: str | None
    status: str
    reason: str | None
    content: str
    """The hash of the names in it, with their ETags or sizes and times, or of when a stack was changed."""
    rules: str
    """The version of imagelint and a hash of the settings."""
    templates: int = 0
    functions: int = 0
    errors: int = 0
    warnings: int = 0
    infos: int = 0
    suppressed: int = 0
    unknown: int = 0
    bytes: int = 0
    """What was fetched for it, of the store; 0 for what is read in place."""
    seconds: float = 0.0


class FindingRow(Record):
    """A finding; its places are relative to the source."""

    source: str
    team: str | None
    rule: str
    code: str
    severity: str
    message: str
    stack: str
    logical_id: str
    construct_path: str | None
    template: str
    pointer: str
    line: int | None
    column: int | None
    source_file: str | None
    source_line: int | None
    when: str | None
    others: int
    """How many other functions share it."""
    fingerprint: str


class FunctionRow(Record):
    """An image function in the scenarios in which it runs one image, as `imagelint inventory` has it."""

    source: str
    team: str | None
    stack: str
    logical_id: str
    construct_path: str | None
    template: str
    when: str | None
    architecture: str | None
    certainty: str
    uri: str | None
    registry: str | None
    account: str | None
    region: str | None
    repository: str | None
    pinned_by: str | None
    tag: str | None
    digest: str | None
    asset_platform: str | None
    place: str
    pull: str


class Judged(Record):
    """All rows of one source."""

    source: SourceRow
    findings: tuple[FindingRow, ...] = ()
    functions: tuple[FunctionRow, ...] = ()


class Held(Record):
    """What is known of a source from earlier runs."""

    run: int
    status: str
    content: str
    rules: str
    pattern: str
    team: str | None
