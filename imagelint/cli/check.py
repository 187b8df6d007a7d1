"""`imagelint check`: load, lint, report. What each of these does is known elsewhere."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, NoReturn

import click

from imagelint.cli.deployment import Deployment, DeploymentOptions, deployment_options
from imagelint.cli.extras import Extras
from imagelint.cli.live import Live, LiveOptions, live_options, refuse_unasked, refuse_without_live
from imagelint.cli.options import RunOptions, options_as, run_options, settings_of
from imagelint.cli.paths import Input, assemblies, paths_to_read
from imagelint.cli.terminal import (
    UNREAD,
    complain,
    deliver,
    progress,
    report_problems,
    stdout_takes_colour,
    stdout_takes_links,
    stdout_width,
    write,
    write_message,
)
from imagelint.model import Gone, Report, UsageError
from imagelint.report.formats import RENDERERS, Context
from imagelint.text.words import nearest
from imagelint.version import VERSION

if TYPE_CHECKING:
    from imagelint.config.model import Config
    from imagelint.judge.baseline import Entry
    from imagelint.rules.rule import Rule

FINDINGS: Final = 1
"""The exit status of a run with findings at or above the threshold."""


_ENDINGS: Final = {
    ".sarif.json": "sarif",
    ".sarif": "sarif",
    ".json": "json",
    ".xml": "junit",
    ".md": "markdown",
    ".html": "html",
}
"""How a file's name ends -> the format of a report that goes there, where no --format says another."""


class _Format(click.ParamType):  # type: ignore[type-arg]  # generic only since click 8.4
    """A format, or a format and the file that it goes to."""

    name = "format[:file]"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str | None]:
        name, colon, file = value.partition(":")
        if name not in RENDERERS:
            self.fail(f"there is no format {name!r} among {', '.join(RENDERERS)}{nearest(name, RENDERERS)}", param, ctx)
        if colon and not file:
            self.fail(f"{value!r} names no file after the colon", param, ctx)
        return name, file or None


class CheckOptions(RunOptions, DeploymentOptions, LiveOptions):
    """The command line of `imagelint check`."""

    formats: tuple[tuple[str, str | None], ...]
    """Formats, each with its file where it has one."""
    output: str | None
    baseline: str | None
    write_baseline: str | None
    compare: str | None
    show_suppressed: bool
    show_unknown: bool
    verbose: bool
    concise: bool
    synth: str | None
    synth_timeout: int | None
    """Seconds."""
    no_color: bool


@click.command()
@click.option(
    "--format",
    "formats",
    type=_Format(),
    multiple=True,
    help=f"What the report is written as: {', '.join(RENDERERS)}. As x:FILE it goes to a file; may be repeated.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False),
    help="The file that the report goes to; its ending (.json, .sarif, .xml, .md, .html) may name the format.",
)
@run_options
@click.option("--baseline", metavar="FILE", help="Suppress the findings that this file has.")
@click.option("--write-baseline", metavar="FILE", help="Write the findings to this file, for --baseline.")
@click.option(
    "--compare",
    metavar="FILE",
    help="Say in the text and HTML reports what is new since this JSON report, and what is gone.",
)
@click.option("--show-suppressed", is_flag=True, help="List in the text report what is suppressed, by whom and why.")
@click.option("--show-unknown", is_flag=True, help="List in the text report what could not be decided, and why.")
@click.option(
    "--verbose", is_flag=True, help="List in the text report every template that may be deployed and is not read."
)
@click.option("--concise", is_flag=True, help="Write the text report with one line per finding.")
@deployment_options
@live_options
@click.option("--synth", metavar="COMMAND", help="Run a command that writes a cloud assembly, and lint that one.")
@click.option(
    "--synth-timeout",
    type=click.IntRange(1, 86_400),
    metavar="SECONDS",
    help="How long the --synth command may take.  [default: 600]",
)
@click.option("--no-color", is_flag=True, help="Never colour the report, as with NO_COLOR; FORCE_COLOR always does.")
@options_as(CheckOptions)
def check(options: CheckOptions) -> NoReturn:
    """Lint cloud assemblies (cdk.out by default), templates, folders of templates, or standard input (-).

    \b
    imagelint check
    imagelint check cdk.out --select error,image-tag-mutable
    imagelint check template.yaml --format json --output report.json
    imagelint check --format text --format sarif:imagelint.sarif
    imagelint check --synth "npx cdk synth -q"
    imagelint check --write-baseline imagelint-baseline.json
    imagelint check --live --profile reader
    cat template.json | imagelint check -

    \b
    Exit status: 0 no finding at or above --fail-on    2 wrong usage or configuration
                 1 findings                            3 something could not be read or written
    """
    from imagelint.config.selection import rules_anywhere
    from imagelint.judge.engine import with_unused_entries

    _refuse_contradictions(options)
    if options.synth is None:
        options.paths = paths_to_read(options.paths)
    targets = _targets(options.formats, options.output)
    settings = settings_of(options)
    refuse_unasked(options, (name for names in options.select for name in names), settings.rules)
    baseline = _read_baseline(options.baseline)
    earlier = _read_earlier(options.compare, targets)
    config = settings.config._replace(baseline=frozenset(entry.fingerprint for entry in baseline), live=options.live)
    live = Live(options, config)
    deployment = Deployment(options, live.account, live.region)
    judged_rules = rules_anywhere(settings.rules, config)

    with _input(options, settings.rules, deployment) as inputs:
        extras = Extras({name for name, _ in targets}, options.concise)
        report = _judge(inputs, settings.rules, config, live, extras)
    deployment.review()
    report = with_unused_entries(_with_unasked(report, live), config, judged_rules)
    report_problems(report.errors, report.warnings)
    report, is_all_written = _with_baseline(report, baseline, judged_rules, options)

    context = extras.added_to(_context(report, judged_rules, config, options), report)
    if earlier is not None and options.compare is not None:
        from imagelint.judge.comparison import compare

        compared = compare(report, earlier, options.compare, {rule.id for rule in judged_rules})
        context = context._replace(comparison=compared)
    for name, file in targets:
        shown = context
        if file is None and name == "text":
            colour = not options.no_color and stdout_takes_colour()
            shown = context._replace(colour=colour, links=colour and stdout_takes_links(), width=stdout_width())
        is_all_written &= deliver(RENDERERS[name](report, shown), file)
    sys.exit(_status(report, config) if is_all_written else UNREAD)


def _refuse_contradictions(options: CheckOptions) -> None:
    refuse_without_live(options)
    if options.synth is None and options.synth_timeout is not None:
        raise UsageError("--synth-timeout needs --synth")
    if options.synth is not None and not options.synth.strip():
        raise UsageError("--synth needs a command, such as 'npx cdk synth -q'")
    if options.synth is not None and options.paths:
        raise UsageError(f"--synth lints what the command writes; it takes no path such as {options.paths[0]!r}")


def _targets(formats: Sequence[tuple[str, str | None]], output: str | None) -> list[tuple[str, str | None]]:
    """Which formats go where; the one without a file of its own goes to --output or to stdout."""
    plain = [name for name, file in formats if file is None]
    if len(plain) > 1:
        raise UsageError(f"only one format can go to one place; give the others a file: --format {plain[1]}:FILE")
    targets = [(name, file if file is not None else output) for name, file in formats]
    if not plain and (output or not formats):
        targets.append((_format_of(output), output))
    taken = [os.path.realpath(file) for _, file in targets if file is not None]
    for file in taken:
        if taken.count(file) > 1 and not file.startswith("/dev/"):
            raise UsageError(f"{file} cannot hold more than one report")
    return targets


def _format_of(file: str | None) -> str:
    """The format that a file's ending speaks of; text where it speaks of none."""
    return next((name for ending, name in _ENDINGS.items() if file and file.lower().endswith(ending)), "text")


def _read_baseline(file: str | None) -> tuple[Entry, ...]:
    if file is None:
        return ()
    from imagelint.judge.baseline import read_baseline

    return read_baseline(file)


def _read_earlier(file: str | None, targets: Sequence[tuple[str, str | None]]) -> dict[str, Gone] | None:
    """The findings of the report that --compare names."""
    if file is None:
        return None
    if not any(name in ("text", "html") for name, _ in targets):
        raise UsageError("--compare needs --format text or html: no other says what has changed")
    from imagelint.judge.comparison import read_earlier

    return read_earlier(file)


@contextlib.contextmanager
def _input(options: CheckOptions, rules: Sequence[Rule], deployment: Deployment) -> Iterator[Iterable[Input]]:
    """What to judge, each assembly read when its turn comes. What --synth writes lasts as long as the context."""
    if options.synth is None:
        yield assemblies(options.paths, deployment.load)
        return
    from imagelint.assembly.assembly import Assembly
    from imagelint.cli.synth import DEFAULT_TIMEOUT, SHOWN, synthesised
    from imagelint.documents.files import Root
    from imagelint.report.escape import one_line, visible

    with contextlib.ExitStack() as until_judged:
        with progress(f"running {one_line(options.synth)}"):
            folder, failure = until_judged.enter_context(
                synthesised(options.synth, options.synth_timeout or DEFAULT_TIMEOUT)
            )
        assembly = deployment.load(folder, shown_as=SHOWN) if folder else Assembly(Root(os.curdir, SHOWN))
        if failure is not None:
            from imagelint.cli.diagnosis import diagnosis

            for line in failure.last_lines:
                write_message(f"| {visible(line)}")
            doubt = "may be incomplete" if folder else "was not written"
            for message in (f"{doubt}: {failure.message}", diagnosis(rules, failure.said)):
                if message is not None:
                    assembly.log.report(SHOWN, message)
        yield [(assembly, None)]


def _with_unasked(report: Report, live: Live) -> Report:
    """The report with what kept the account from being asked."""
    errors = report.errors if live.problem is None else (live.problem, *report.errors)
    return report._replace(errors=errors, warnings=(*report.warnings, *live.warnings))


def _judge(inputs: Iterable[Input], rules: Sequence[Rule], config: Config, live: Live, extras: Extras) -> Report:
    """The report; what formats show besides is taken while its assembly is at hand."""
    from imagelint import lint
    from imagelint.judge.engine import merge, restricted

    reports = []
    with progress("reading, asking AWS and judging" if config.live else "reading and judging"):
        for assembly, templates in inputs:
            rows = extras.rows()
            report = lint(assembly, rules, config, live.ask(assembly), on_facts=rows.add if rows else None)
            reports.append(report if templates is None else restricted(report, templates))
            extras.take(assembly, templates, reports[-1], rows)
    return merge(reports)


def _with_baseline(
    report: Report, baseline: Sequence[Entry], rules: Sequence[Rule], options: CheckOptions
) -> tuple[Report, bool]:
    """Name the baseline's entries that are fixed, write it where --write-baseline asks for that, and say whether
    nothing went wrong. What was not read is not known to be fixed."""
    if not baseline and options.write_baseline is None:
        return report, True
    from imagelint.judge.baseline import absorbed, entries_of, fixed, render

    gone = () if report.errors else fixed(baseline, report.used, {rule.id for rule in rules})
    for entry in gone:
        complain(
            f"{options.baseline}: fixed: {entry.rule} of {entry.function}, which the baseline need not hold any more"
        )
    new_file = options.write_baseline
    if new_file is None:
        return report, True
    if report.errors:
        complain(f"{new_file}: not written, since not everything could be read")
        return report, False
    found = {*(entry for finding in report.findings for entry in entries_of(finding)), *(set(baseline) - set(gone))}
    try:
        write(new_file, render(found))
    except OSError as error:
        complain(f"{new_file}: cannot be written: {error.strerror}")
        return report, False
    complain(f"{new_file}: written with {len(found)} findings, {len(gone)} fixed ones left out")
    return absorbed(report), True


def _context(report: Report, rules: Sequence[Rule], config: Config, options: CheckOptions) -> Context:
    from imagelint.config.repository import repository_root

    directory = os.getcwd()
    return Context(
        VERSION,
        rules,
        failing=config.failing,
        is_strict=config.strict is True,
        functions=dict(report.judged),
        suppressions=os.environ.get("GITHUB_ACTIONS") != "true",
        show_suppressed=options.show_suppressed,
        show_unknown=options.show_unknown,
        show_unread=options.verbose,
        is_concise=options.concise,
        root=repository_root(directory),
        directory=directory,
    )


def _status(report: Report, config: Config) -> int:
    if report.errors:
        return UNREAD
    if config.fail_on == "never":
        return 0
    is_failed = any(report.count(severity) for severity in config.failing) or (
        config.strict is True and report.warnings
    )
    return FINDINGS if is_failed else 0
