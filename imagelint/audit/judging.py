"""Judging a batch of sources, in a process that may be killed: fetch, load, lint, and say it as rows."""

from __future__ import annotations

import contextlib
import gc
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

import fsspec

from imagelint import lint, load
from imagelint.assembly.assembly import Assembly
from imagelint.audit.contents import File
from imagelint.audit.fetching import Archive, Fetching, GoneError, UnfetchedError, fetch
from imagelint.audit.rows import FindingRow, FunctionRow, Judged, SourceRow, Status
from imagelint.audit.sources import Source, is_local
from imagelint.aws.image_reference import is_host
from imagelint.config.discovery import Settings
from imagelint.config.model import Config
from imagelint.config.selection import rules_anywhere
from imagelint.inventory.rows import Row, Rows
from imagelint.model import Finding, Problem
from imagelint.record import Record
from imagelint.rules.check import facts_in
from imagelint.rules.rule import Rule, load_rules
from imagelint.version import VERSION


class Order(Record):
    """How sources are judged."""

    config: Config
    own_rules: tuple[Rule, ...]
    """Besides the built-in ones, which the process that judges has itself."""
    rules: str
    """The version of imagelint and a hash of the settings."""
    version: str = VERSION
    """Of imagelint where the order is given."""


def order_of(settings: Settings) -> Order:
    """The order that a run's settings give."""
    builtin = {rule.id for rule in _builtin_rules()}
    told = [settings.config, *(rule._replace(folder="") for rule in settings.rules)]
    text = json.dumps(
        told, sort_keys=True, default=lambda each: sorted(each) if isinstance(each, frozenset) else str(each)
    )
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    own = tuple(rule for rule in settings.rules if rule.id not in builtin)
    return Order(config=settings.config, own_rules=own, rules=f"{VERSION}+{digest}")


class Batch(Record):
    """Sources that are judged one after the other, after they were fetched together."""

    order: Order
    sources: tuple[Source, ...]


def judge(batch: Batch, temporary: str | None = None) -> list[Judged]:
    """The rows of each source, in order. What is fetched lies below the folder `temporary` until it is judged.

    Raises what a store's driver raises, and ValueError where this is another version of imagelint.
    """
    if batch.order.version != VERSION:
        raise ValueError(f"the worker has imagelint {VERSION}, and not {batch.order.version}")
    gc.disable()  # as in imagelint.__main__; assemblies hold themselves, so it is done once for all of them
    try:
        with tempfile.TemporaryDirectory(dir=temporary) as folder:
            return list(_judged(batch, folder))
    finally:
        gc.collect()
        gc.enable()


def not_judged(source: Source, rules: str, status: Status, reason: str, seconds: float) -> Judged:
    """The row of a source of which nothing could be judged."""
    return Judged(
        SourceRow(
            source=source.url,
            pattern=source.pattern,
            team=source.team,
            status=status,
            reason=reason,
            content=source.content,
            rules=rules,
            seconds=seconds,
        )
    )


def _judged(batch: Batch, folder: str) -> Iterator[Judged]:
    order = batch.order
    rules = (*_builtin_rules(), *order.own_rules)
    start = time.perf_counter()
    ready = _Ready({source: os.path.join(folder, str(number)) for number, source in enumerate(batch.sources)})
    ready.fetch(with_tree=_asks_of_tree(rules, order.config))
    share = (time.perf_counter() - start) / len(batch.sources)
    for source in batch.sources:
        start = time.perf_counter()
        if source in ready.failed:
            error = ready.failed[source]
            status: Status = "gone" if isinstance(error, GoneError) else "unread"
            yield not_judged(source, order.rules, status, str(error), share)
            continue
        assembly = ready.assemblies.pop(source)
        rows = Rows()
        report = lint(assembly, rules, order.config, on_facts=rows.add)
        seconds = share + time.perf_counter() - start
        row = SourceRow(
            source=source.url,
            pattern=source.pattern,
            team=source.team,
            status="unread" if report.errors else "read",
            reason=_reason(report.errors) if report.errors else None,
            content=source.content,
            rules=order.rules,
            templates=report.templates,
            functions=report.functions,
            errors=report.count("error"),
            warnings=report.count("warning"),
            infos=report.count("info"),
            suppressed=len(report.suppressed),
            unknown=len(report.unknown),
            bytes=ready.bytes_of(source),
            seconds=seconds,
        )
        findings = tuple(_finding(source, finding) for finding in report.findings)
        yield Judged(row, findings, tuple(_function(source, each) for each in rows.inventory(assembly).rows))


class _Ready:
    """The sources of a batch, fetched and loaded."""

    def __init__(self, places: Mapping[Source, str]) -> None:
        """`places` are the folders that sources are fetched to; what lies on this machine is read there."""
        self._stacks = [source for source in places if source.kind == "stack"]
        self._places = {source: place for source, place in places.items() if source.kind != "stack"}
        self._stores = {source: fsspec.url_to_fs(source.url)[0] for source in self._places}
        self._fetching: dict[Source, Fetching] = {}
        self._archives: dict[Source, Archive] = {}
        self.failed: dict[Source, UnfetchedError] = {}
        self.assemblies: dict[Source, Assembly] = {}
        self._templates: dict[Source, int] = {}
        """The bytes of the templates of stacks."""

    def bytes_of(self, source: Source) -> int:
        """The bytes that were fetched of a source; 0 of one that is read where it lies."""
        return self._fetching[source].bytes if source in self._fetching else self._templates.get(source, 0)

    def fetch(self, *, with_tree: bool) -> None:
        """Fetch and load all: the assembly says which Dockerfiles are needed."""
        if self._stacks:
            self._fetch_stacks()
        for source, place in self._places.items():
            with self._noting(source):
                self._begin(source, place, with_tree=with_tree)
        self._together({source: each.wanted for source, each in self._fetching.items() if source not in self._archives})
        dockerfiles: dict[Source, Sequence[File]] = {}
        for source, place in self._places.items():
            if source in self.failed:
                continue
            self.assemblies[source] = _load(source, place)
            if source in self._fetching:
                with self._noting(source):
                    dockerfiles[source] = self._fetching[source].dockerfiles(self.assemblies[source])
        for source in dockerfiles.keys() & self._archives.keys():
            with self._noting(source):
                self._archives[source].fetch(dockerfiles.pop(source))
        self._together(dockerfiles)

    def _fetch_stacks(self) -> None:
        from imagelint.audit.stacks import fetch_stacks, load_stack  # boto3 is slow to import, and need not be there

        for source, answer in fetch_stacks(self._stacks).items():
            if isinstance(answer, UnfetchedError):
                self.failed[source] = answer
            else:
                self._templates[source] = len(answer.template)
                self.assemblies[source] = load_stack(source, answer)

    @contextlib.contextmanager
    def _noting(self, source: Source) -> Iterator[None]:
        try:
            yield
        except UnfetchedError as error:
            self.failed[source] = error

    def _begin(self, source: Source, place: str, *, with_tree: bool) -> None:
        store = self._stores[source]
        if source.kind == "archive":
            os.mkdir(place)
            self._archives[source] = Archive(store, source, place, with_tree=with_tree)
            self._fetching[source] = self._archives[source].fetching
        elif not is_local(store):
            os.mkdir(place)
            self._fetching[source] = Fetching(source.contents, place, with_tree=with_tree)

    def _together(self, wanted: Mapping[Source, Sequence[File]]) -> None:
        """Fetch files of several sources, those of one store at once."""
        by_store: dict[int, dict[Source, tuple[Fetching, Sequence[File]]]] = {}
        for source, files in wanted.items():
            own = by_store.setdefault(id(self._stores[source]), {})
            own[source] = (self._fetching[source], files)
        for own in by_store.values():
            self.failed.update(fetch(self._stores[next(iter(own))], own))


def _load(source: Source, place: str) -> Assembly:
    """Load a source from where it lies, or was fetched to. Its files are named as they are in the source."""
    if not os.path.isdir(place):
        place = fsspec.url_to_fs(source.url)[1]
        return load(place, shown_as=os.path.basename(place) if source.kind == "template" else ".")
    if source.kind == "template":
        name = source.contents.files[0][0]
        return load(os.path.join(place, name), shown_as=name)
    shown = "."
    while source.kind == "archive" and (only := _only_folder(place)) is not None:
        place, shown = os.path.join(place, only), os.path.normpath(os.path.join(shown, only))
    return load(place, shown_as=shown)


def _only_folder(folder: str) -> str | None:
    """The folder that is all that a folder holds."""
    with os.scandir(folder) as entries:
        listed = list(entries)
    return listed[0].name if len(listed) == 1 and listed[0].is_dir() else None


@cache
def _builtin_rules() -> tuple[Rule, ...]:
    return load_rules()


def _asks_of_tree(rules: Sequence[Rule], config: Config) -> bool:
    """Whether a rule that is judged asks for what only CDK's construct tree tells."""
    return any(fact.startswith("cdk.") for rule in rules_anywhere(rules, config) for fact in facts_in(rule))


def _reason(problems: Sequence[Problem]) -> str:
    first, *others = problems
    more = f" (and {len(others):,} more)" if others else ""
    return f"{first.path}: {first.message}{more}"


def _finding(source: Source, finding: Finding) -> FindingRow:
    location = finding.cause.location if finding.cause else finding.location
    written = (finding.cause and finding.cause.source) or finding.source
    return FindingRow(
        source=source.url,
        team=source.team,
        rule=finding.rule,
        code=finding.code,
        severity=finding.severity,
        message=finding.message,
        stack=finding.function.stack,
        logical_id=finding.function.logical_id,
        construct_path=finding.function.construct_path,
        template=location.template,
        pointer=location.pointer,
        line=location.line,
        column=location.column,
        source_file=written.file if written else None,
        source_line=written.line if written else None,
        when=finding.when,
        others=len(finding.also),
        fingerprint=finding.fingerprint,
    )


def _function(source: Source, row: Row) -> FunctionRow:
    return FunctionRow(
        source=source.url,
        team=source.team,
        stack=row.function.stack,
        logical_id=row.function.logical_id,
        construct_path=row.function.construct_path,
        template=row.template,
        when=row.when,
        architecture=row.architecture,
        certainty=row.certainty,
        uri=row.uri,
        registry=_registry(row.uri),
        account=row.account,
        region=row.region,
        repository=row.repository,
        pinned_by=row.pinned_by,
        tag=row.tag,
        digest=row.digest,
        asset_platform=row.asset_platform,
        place=row.place,
        pull=row.puller,
    )


def _registry(uri: str | None) -> str | None:
    """The host that an image comes from; Docker Hub where the reference names none, None where it begins open."""
    first, slash, _ = (uri or "").partition("/")
    if not uri or ("${" in uri and not (slash and "." in first)):
        return None
    return first if slash and is_host(first) else "docker.io"
