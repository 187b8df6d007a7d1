"""An audit from beginning to end: list, leave out what is done, judge in batches, store rows as they come.

A batch that fails in any way is taken apart, and a source that fails alone is tried again before it is given up: so
what kills a process or takes too long costs its own row only.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Any, Final

from imagelint.audit.engines import Engine, is_out_of_time
from imagelint.audit.fetching import described
from imagelint.audit.judging import Batch, Order, judge, not_judged
from imagelint.audit.rows import Held, Judged, SourceRow
from imagelint.audit.sources import Listed, Source, is_of_stacks, listed
from imagelint.record import Record

SOURCES_OF_A_BATCH: Final = 20
BYTES_OF_A_BATCH: Final = 64 * 1024 * 1024
"""What is fetched together is held in memory; a source that is larger is alone."""
TRIES: Final = 3
"""How often a source is judged whose process ended, or whose store failed."""
LIST_SECONDS: Final = 3600.0
"""How long one listing may take: of ten million objects in S3 it takes a third of that."""


class Unlisted(Record):
    """A pattern of which not all is known, and why."""

    pattern: str
    reason: str


def list_sources(
    patterns: Iterable[str], engine: Engine, roles: tuple[str, ...] = ()
) -> tuple[list[Source], list[Unlisted]]:
    """The sources of all patterns, each once; and the patterns that could not be listed in full, or name nothing.

    `roles` are the ARNs of those that read deployed stacks of other accounts.
    """
    found: dict[str, Source] = {}
    unlisted: list[Unlisted] = []
    calls = {pattern: engine.submit(_listed, (pattern, roles), LIST_SECONDS) for pattern in dict.fromkeys(patterns)}
    for pattern, call in calls.items():
        error = call.exception()
        if error is not None:
            unlisted.append(Unlisted(pattern, _why(error, LIST_SECONDS, "cannot be listed: {}")))
            continue
        answer: Listed = call.result()
        for source in answer.sources:
            found.setdefault(source.url, source)
        unlisted += [Unlisted(pattern, problem) for problem in answer.problems]
        if not answer.sources and not answer.problems:
            what = "deployed stack" if is_of_stacks(pattern) else "cloud assembly, template or archive"
            unlisted.append(Unlisted(pattern, f"matches no {what}"))
    return list(found.values()), unlisted


def _listed(wanted: tuple[str, tuple[str, ...]], temporary: str) -> Listed:
    pattern, roles = wanted
    if is_of_stacks(pattern):
        from imagelint.audit.stacks import listed_stacks  # boto3 is slow to import, and need not be there

        return listed_stacks(pattern, roles)
    return listed(pattern)


def due(sources: Iterable[Source], order: Order, before: Mapping[str, Held]) -> list[Source]:
    """The sources that are not yet read, by these rules, as they are now."""
    return [source for source in sources if not _is_read(before.get(source.url), source, order)]


def _is_read(known: Held | None, source: Source, order: Order) -> bool:
    found = ("read", source.content, order.rules)
    return known is not None and (known.status, known.content, known.rules) == found


def gone(sources: Iterable[Source], listed_patterns: Collection[str], before: Mapping[str, Held]) -> list[Judged]:
    """A row for each source that a pattern found earlier, and does not find any more."""
    there = {source.url for source in sources}
    return [
        Judged(SourceRow(url, known.pattern, known.team, "gone", None, known.content, known.rules))
        for url, known in before.items()
        if known.pattern in listed_patterns and known.status != "gone" and url not in there
    ]


class _Task(Record):
    batch: Batch
    tries: int = 0


def judge_all(sources: Sequence[Source], order: Order, engine: Engine, seconds: float) -> Iterator[Judged]:
    """The rows of each source, once, in the order in which they are there. `seconds` is what one source may take."""
    waiting = deque(_Task(batch) for batch in _batches(sources, order))
    running: dict[Future[Any], _Task] = {}
    while waiting or running:
        most = 2 * engine.parallel
        while waiting and len(running) < most:
            task = waiting.popleft()
            running[engine.submit(judge, task.batch, seconds)] = task
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            task = running.pop(future)
            error = future.exception()
            if error is None:
                yield from future.result()
            elif len(task.batch.sources) > 1:
                waiting.extend(_Task(Batch(order, (source,))) for source in task.batch.sources)
            elif task.tries + 1 < TRIES and not is_out_of_time(error):
                waiting.append(_Task(task.batch, task.tries + 1))
            else:
                reason = _why(error, seconds, "was not judged: {}")
                yield not_judged(task.batch.sources[0], order.rules, "unread", reason, seconds)


def _batches(sources: Sequence[Source], order: Order) -> Iterator[Batch]:
    batch: list[Source] = []
    size = 0
    for source in sources:
        own = sum(size or 0 for _, size in source.contents.files)
        if batch and (len(batch) == SOURCES_OF_A_BATCH or size + own > BYTES_OF_A_BATCH):
            yield Batch(order, tuple(batch))
            batch, size = [], 0
        batch.append(source)
        size += own
    if batch:
        yield Batch(order, tuple(batch))


def _why(error: BaseException, seconds: float, words: str) -> str:
    if is_out_of_time(error):
        return f"took more than {seconds:g} seconds"
    if isinstance(error, ImportError):
        return words.format(f"{error}; install the package that reads this kind of store")
    return words.format(described(error))
