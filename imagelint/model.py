"""What flows to the reports: places, findings, the report. Imports nothing of imagelint."""

from __future__ import annotations

import enum
from typing import Literal

from imagelint.record import Record

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""From the gravest to the mildest. error: AWS refuses it or it cannot run; warning: works today, breaks later
or on another machine; info: hygiene, judged only when selected."""

SuppressedBy = Literal["cdk-acknowledgement", "metadata", "cfn-lint-metadata", "config", "baseline"]


class Outcome(enum.Enum):
    """What a rule says of one facts document."""

    NOT_APPLICABLE = "not applicable"
    PASS = "pass"
    FAIL = "fail"
    UNKNOWN = "unknown"


class UsageError(Exception):
    """A command line, configuration or rule file that cannot be used: nothing is linted, exit status 2."""


class Location(Record):
    """A place in a template, or in a Dockerfile, where the pointer is empty. `line` and `column` count from 1; None
    where the text has no such place."""

    template: str
    pointer: str
    line: int | None = None
    column: int | None = None

    @property
    def keys(self) -> list[str]:
        """The keys and indexes of the pointer (RFC 6901, section 4)."""
        return [key.replace("~1", "/").replace("~0", "~") for key in self.pointer.split("/")[1:]]


class Source(Record):
    """A place in the app's own code. `line` and `column` count from 1."""

    file: str
    line: int
    column: int


class Excerpt(Record):
    """The lines of a file around a place. All are cut alike where they are long, so that columns stay comparable."""

    first: int
    """The number of the first line, from 1."""
    lines: tuple[str, ...]
    """Without their ends."""
    cut: int = 0
    """How many characters are left out at the beginning of each."""


class Related(Record):
    """Another place that belongs to a finding, with what it is in a few words ("the repository")."""

    location: Location
    message: str
    source: Source | None = None


class FunctionRef(Record):
    """Which function is meant. `stack` is the stack's path in the assembly; `construct_path` None where unknown."""

    logical_id: str
    construct_path: str | None
    stack: str


def fingerprint_of(identity: str) -> str:
    """The 32 hexadecimal digits that reports and baselines know a finding by."""
    import hashlib  # with OpenSSL behind it, which a report as text does not need

    return hashlib.sha256(identity.encode(errors="backslashreplace")).hexdigest()[:32]


class Use(Record):
    """Another function that a finding is about, since it uses the same asset, repository or parameter."""

    function: FunctionRef
    location: Location
    source: Source | None
    identity: str
    """What the finding's identity is for this function."""


class Finding(Record):
    """One defect, as all reports show it: of one function, or of what several functions use."""

    rule: str
    code: str
    severity: Severity
    message: str
    function: FunctionRef
    """The first of the functions that it is about, in the order of reports."""
    location: Location
    """Where the function's template has it."""
    source: Source | None
    related: tuple[Related, ...]
    when: str | None
    """The conditions under which it holds, in words; None when it always does."""
    fix: str
    help: str
    identity: str
    """What makes it the same defect: the same on every machine, whatever the line numbers."""
    cause: Related | None = None
    """Where it stands if not in the function: in the asset's Dockerfile, or in the Default of a parameter."""
    also: tuple[Use, ...] = ()
    """The other functions, in the order of reports."""

    @property
    def fingerprint(self) -> str:
        """The identity as 32 hexadecimal digits."""
        return fingerprint_of(self.identity)


class Suppressed(Record):
    """A finding that somebody decided to live with."""

    rule: str
    function: FunctionRef
    by: SuppressedBy
    reason: str


class Unknown(Record):
    """A rule that could not be decided for a function, and the facts it lacked."""

    rule: str
    function: FunctionRef
    facts: tuple[str, ...]
    reason: str = ""
    """The same in words, with as much of each fact as is known."""


class Problem(Record):
    """Input that could not be analysed: exit status 3. `path` names the file, with the line where there is one."""

    path: str
    message: str


class Override(Record):
    """What one entry of the configuration's overrides does in one stack."""

    stack: str
    by: str
    """Where it is written, file and line."""
    changed: tuple[tuple[str, tuple[str, ...]], ...]
    """The rules that it changes, each with the fields."""
    ignored: tuple[str, ...]
    """The rules that are not judged there."""


class Gone(Record):
    """A finding of an earlier report that this one does not have."""

    rule: str
    code: str
    function: FunctionRef
    message: str
    why: Literal["fixed", "suppressed", "unknown", "not judged"]
    """Not judged where the rule was not selected, or not everything could be read."""


class Comparison(Record):
    """What has changed since an earlier report."""

    earlier: str
    """The file of that report."""
    new: frozenset[str]
    """The fingerprints of the findings that it does not have."""
    gone: tuple[Gone, ...]


class Report(Record):
    """The result of linting one or several assemblies. `functions` counts every Lambda function that was judged."""

    templates: int
    functions: int
    findings: tuple[Finding, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    errors: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    """What was read but not understood, and does not close the gate; said on stderr, not part of any format."""
    judged: tuple[tuple[FunctionRef, Location], ...] = ()
    """Every function that was judged, with its resource (whose line nobody looked for), in the order of judging."""

    unread: tuple[Problem, ...] = ()
    """The templates that may be deployed and were not read, each by its path, or by where it is named; a warning tells
    of it too."""
    overrides: tuple[Override, ...] = ()
    """What the configuration's overrides changed for stacks that have functions, in the order of stacks and entries."""
    used: frozenset[str] = frozenset()
    """What of the configuration was used: places of entries, globs of overrides, fingerprints of the baseline."""

    def count(self, severity: Severity) -> int:
        """The number of findings of one severity."""
        return sum(finding.severity == severity for finding in self.findings)
