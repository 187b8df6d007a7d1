"""`imagelint audit`: cloud assemblies and templates of a whole organisation, into a folder of Parquet files."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from contextlib import ExitStack
from typing import Final, NoReturn

import click

from imagelint.cli.live import RoleArn
from imagelint.cli.options import JudgingOptions, judging_options, options_as, settings_of
from imagelint.cli.terminal import UNREAD, complain, deliver, leads_astray, progress
from imagelint.model import UsageError

_PACKAGES: Final = ("distributed", "filelock", "fsspec", "pebble", "pyarrow")
"""What the extra `audit` brings."""


class AuditOptions(JudgingOptions):
    """The command line of `imagelint audit`."""

    patterns: tuple[str, ...]
    output: str
    role_arn: tuple[str, ...]
    scheduler: str | None
    workers: int | None
    time_limit: float
    """Seconds."""
    again: bool


@click.command()
@click.argument("patterns", nargs=-1, required=True, metavar="PATTERN...")
@click.option(
    "--output",
    type=click.Path(file_okay=False),
    default="imagelint-audit",
    help="The folder of Parquet files that the rows are added to.  [default: imagelint-audit]",
)
@click.option(
    "--role-arn",
    type=RoleArn(may_name_account=True),
    multiple=True,
    help="The role to read deployed stacks of its account as; {account} in it stands for any other one; repeatable.",
)
@judging_options
@click.option("--again", is_flag=True, help="Judge also what has not changed since it was read.")
@click.option("--workers", type=click.IntRange(1, 1024), help="Processes here.  [default: one for each processor]")
@click.option("--scheduler", metavar="ADDRESS", help="Judge on an existing Dask cluster, such as tcp://HOST:8786.")
@click.option(
    "--time-limit",
    type=click.FloatRange(1, 86_400),
    default=60.0,
    metavar="SECONDS",
    help="How long one source may take.  [default: 60]",
)
@options_as(AuditOptions)
def audit(options: AuditOptions) -> NoReturn:
    """Judge cloud assemblies, templates and zip archives wherever they lie, by addresses and globs of fsspec, and the
    stacks that are deployed.

    What has not changed since it was read is left out. A summary is printed as Markdown.

    \b
    imagelint audit 's3://builds/**/cdk.out'
    imagelint audit '/srv/artefacts/*.zip' s3://templates/ --output audit
    imagelint audit 's3://builds/**/cdk.out' --scheduler tcp://10.0.0.7:8786
    imagelint audit 'cloudformation://123456789012/*' --role-arn arn:aws:iam::{account}:role/auditor

    \b
    Exit status: 0 all was read    2 wrong usage or configuration    3 something could not be listed, read or written
    """
    try:
        status = _audit(options)
    except ModuleNotFoundError as error:
        if error.name not in _PACKAGES:
            raise
        raise UsageError(f"audit needs {error.name}: install imagelint[audit]") from None
    sys.exit(status)


def _audit(options: AuditOptions) -> int:
    from imagelint.audit.engines import processes
    from imagelint.audit.judging import order_of
    from imagelint.audit.run import due, gone, judge_all, list_sources
    from imagelint.audit.sources import is_of_stacks, refuse_pattern
    from imagelint.audit.store import KINDS, opened
    from imagelint.audit.summary import Run, render

    for pattern in options.patterns:
        refuse_pattern(pattern)
    if options.role_arn and not any(map(is_of_stacks, options.patterns)):
        raise UsageError("--role-arn needs a pattern of deployed stacks, such as cloudformation://123456789012")
    order = order_of(settings_of(options))
    for folder in (options.output, *(os.path.join(options.output, kind) for kind in KINDS)):
        if astray := leads_astray(folder):
            raise UsageError(f"{folder}: {astray}")
    start = time.monotonic()
    with opened(options.output) as store, ExitStack() as engines:
        here = engines.enter_context(processes(1 if options.scheduler else options.workers or os.cpu_count() or 1))
        judging = here
        if options.scheduler:
            from imagelint.audit.cluster import cluster

            judging = engines.enter_context(cluster(options.scheduler))
        with progress("listing"):
            sources, unlisted = list_sources(options.patterns, here, options.role_arn)
        for each in unlisted:
            complain(f"{each.pattern}: {each.reason}")
        left = sources if options.again else due(sources, order, store.before)
        lost = gone(sources, set(options.patterns) - {each.pattern for each in unlisted}, store.before)
        counts: Counter[str] = Counter()
        with progress(lambda: f"judged {counts.total():,} of {len(left):,} sources"):
            for judged in judge_all(left, order, judging, options.time_limit):
                store.add(judged)
                counts[judged.source.status] += 1
        for row in lost:
            store.add(row)
        store.flush()
        run = Run(
            judged=len(left) - counts["gone"],
            unchanged=len(sources) - len(left),
            gone=len(lost) + counts["gone"],
            unlisted=unlisted,
            seconds=time.monotonic() - start,
        )
        is_written = deliver(render(store, run), None)
    return UNREAD if counts["unread"] or unlisted or not is_written else 0
