"""The command line: parses, runs, prints, exits. What it does is `imagelint.load`, `imagelint.lint` and a renderer.

Exit status: 0 nothing at or above the threshold, 1 findings, 2 usage or configuration, 3 unread input.
"""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

import click

from imagelint.cli.progress import progress
from imagelint.cli.terminal import exit_on_signals, print_whole, write
from imagelint.inventory.formats import RENDERERS as INVENTORY_RENDERERS
from imagelint.model import SEVERITIES, Problem, Report, Severity, UsageError
from imagelint.report.formats import RENDERERS, Context
from imagelint.text.words import nearest
from imagelint.version import VERSION

if TYPE_CHECKING:
    from imagelint.assembly.assembly import Assembly
    from imagelint.config.discovery import Settings
    from imagelint.config.model import Config, FailOn
    from imagelint.inventory.rows import Inventory
    from imagelint.judge.baseline import Entry
    from imagelint.rules.ruleset import Rule

Command = TypeVar("Command", bound=Callable[..., object])

FINDINGS: Final = 1
USAGE: Final = 2
UNREAD: Final = 3


class _Names(click.ParamType):  # type: ignore[type-arg]  # generic only since click 8.4
    """Slugs, codes and severities, separated by commas."""

    name = "names"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        return tuple(name.strip() for name in value.split(",") if name.strip())


class _Format(click.ParamType):  # type: ignore[type-arg]
    """A format, or a format and the file that it goes to."""

    name = "format[:file]"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str | None]:
        name, colon, file = value.partition(":")
        if name not in RENDERERS:
            self.fail(f"there is no format {name!r} among {', '.join(RENDERERS)}{nearest(name, RENDERERS)}", param, ctx)
        if colon and not file:
            self.fail(f"{value!r} names no file after the colon", param, ctx)
        return name, file or None


class _Cli(click.Group):
    """The group of commands; says usage errors of ours as click says its own."""

    def invoke(self, ctx: click.Context) -> object:
        gc.disable()  # a run ends soon, and looking for cycles in parsed templates costs more than it could free
        with exit_on_signals():
            try:
                return super().invoke(ctx)
            except UsageError as error:
                raise click.UsageError(_visible_lines(str(error))) from None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            if os.path.exists(name):
                raise click.UsageError(f"there is no command {name!r}; did you mean 'imagelint check {name}'?")
            if hint := nearest(name, self.list_commands(ctx)):
                raise click.UsageError(f"there is no command {name!r}{hint}")
        return super().resolve_command(ctx, args)


def _rule_options(command: Command) -> Command:
    """The options that say which rules there are."""
    for option in (
        click.option("--rules-dir", multiple=True, metavar="DIR", help="A folder of your own rule files; repeatable."),
        click.option("--config", metavar="FILE", help="The configuration, instead of the nearest .imagelint.yaml."),
    ):
        command = option(command)
    return command


def _run_options(command: Command) -> Command:
    """The options that a configuration file can hold too."""
    fail_on = click.Choice([*SEVERITIES, "never"])
    for option in (
        click.option(
            "--strict/--no-strict",
            default=None,
            help="Take what cannot be known before deployment for a finding, and fail on warnings of the run.",
        ),
        click.option("--fail-on", type=fail_on, help="The mildest severity that closes the gate.  [default: warning]"),
        click.option("--ignore", type=_Names(), multiple=True, help="Do not judge these slugs, codes and severities."),
        click.option(
            "--select", type=_Names(), multiple=True, help="Judge only these slugs, codes and severities, or all."
        ),
    ):
        command = option(command)
    return _rule_options(command)


@click.group(cls=_Cli, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(VERSION, message="imagelint %(version)s")
def main() -> None:
    """Lint the Lambda container images of a CDK app before anything is deployed.

    \b
    npx cdk synth                 write cdk.out
    imagelint check               lint it
    imagelint explain E9721       what a finding means, and the fix in five languages
    """


@main.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "--format",
    "formats",
    type=_Format(),
    multiple=True,
    help=f"What the report is written as: {', '.join(RENDERERS)}. As x:FILE it goes to a file; may be repeated.",
)
@click.option("--output", type=click.Path(dir_okay=False), help="The file that the report goes to instead of stdout.")
@_run_options
@click.option("--baseline", metavar="FILE", help="Hold back the findings that this file has.")
@click.option("--write-baseline", metavar="FILE", help="Write the findings to this file, for --baseline.")
@click.option("--show-suppressed", is_flag=True, help="List in the text report what is held back, by whom and why.")
@click.option("--synth", metavar="COMMAND", help="Run a command that writes a cloud assembly, and lint that one.")
@click.option(
    "--synth-timeout",
    type=click.IntRange(1, 86_400),
    metavar="SECONDS",
    help="How long the --synth command may take.  [default: 600]",
)
@click.option("--no-color", is_flag=True, help="Never colour the report, as with NO_COLOR in the environment.")
def check(
    paths: tuple[str, ...],
    formats: tuple[tuple[str, str | None], ...],
    output: str | None,
    baseline: str | None,
    write_baseline: str | None,
    show_suppressed: bool,
    synth: str | None,
    synth_timeout: int | None,
    no_color: bool,
    **setting: Any,
) -> None:
    """Lint cloud assemblies (cdk.out by default), templates, folders of templates, or standard input (-).

    \b
    imagelint check
    imagelint check cdk.out --select error,image-tag-mutable
    imagelint check template.yaml --format json --output report.json
    imagelint check --format text --format sarif:imagelint.sarif
    imagelint check --synth "npx cdk synth -q"
    imagelint check --write-baseline imagelint-baseline.json
    cat template.json | imagelint check -

    \b
    Exit status: 0 no finding at or above --fail-on    2 wrong usage or configuration
                 1 findings                            3 something could not be read or written
    """
    from imagelint import load
    from imagelint.config.selection import rules_anywhere

    _check_usage(synth, synth_timeout, paths)
    settings = _settings(**setting)
    entries = _read_baseline(baseline)
    config = replace(settings.config, baseline=frozenset(entry.fingerprint for entry in entries))
    rules, chosen = settings.rules, rules_anywhere(settings.rules, config)
    targets = _targets(formats, output)
    judge = _Judge(rules, config, is_charted=any(name == "markdown" for name, _ in targets))
    report, chart = judge(map(load, _named(paths))) if synth is None else _fresh(synth, synth_timeout, judge)
    report = _reviewed(report, config, chosen)
    for problem in report.errors:
        _complain(f"{problem.path}: {problem.message}")
    for warning in report.warnings:
        _complain(f"warning: {warning.path}: {warning.message}")
    written = []
    if entries or write_baseline:
        report, is_written = _with_baseline(report, entries, chosen, baseline, write_baseline)
        written.append(is_written)
    context = replace(_context(report, chosen), show_suppressed=show_suppressed, chart=chart)
    written += [_write(name, file, report, context, no_color) for name, file in targets]
    sys.exit(_status(report, config) if all(written) else UNREAD)


def _settings(
    config: str | None,
    rules_dir: tuple[str, ...],
    select: tuple[tuple[str, ...], ...],
    ignore: tuple[tuple[str, ...], ...],
    fail_on: FailOn | None,
    strict: bool | None,
) -> Settings:
    """The settings of a run, from the configuration file and, with the last word, the command line."""
    from imagelint.config.discovery import load_settings

    given = {
        "select": tuple(name for names in select for name in names) or None,
        "ignore": tuple(name for names in ignore for name in names) or None,
        "fail_on": fail_on,
        "strict": strict,
    }
    return load_settings(config, rules_dir, {key: value for key, value in given.items() if value is not None})


def _reviewed(report: Report, config: Config, rules: Sequence[Rule]) -> Report:
    """The report with a word on the configuration's suppressions that came to nothing."""
    if not config.suppress:
        return report
    from datetime import date

    from imagelint.judge.suppression import review

    found = review(config, report.used, rules, config.today or date.today())
    return replace(report, warnings=(*report.warnings, *found))


def _read_baseline(file: str | None) -> tuple[Entry, ...]:
    if file is None:
        return ()
    from imagelint.judge.baseline import read_baseline

    return read_baseline(file)


def _with_baseline(
    report: Report, entries: Sequence[Entry], rules: Sequence[Rule], file: str | None, new_file: str | None
) -> tuple[Report, bool]:
    """The report after a word on what the baseline no longer needs, and the baseline's new file, if one is asked for;
    and whether that was written. What was not read is not known to be mended."""
    from imagelint.judge.baseline import absorbed, entry_of, fixed, render

    gone = () if report.errors else fixed(entries, report.used, {rule.id for rule in rules})
    for entry in gone:
        _complain(f"{file}: fixed: {entry.rule} of {entry.function}, which the baseline need not hold any more")
    if new_file is None:
        return report, True
    if report.errors:
        _complain(f"{new_file}: not written, since not everything could be read")
        return report, False
    found = {*(entry_of(finding) for finding in report.findings), *(set(entries) - set(gone))}
    try:
        write(new_file, render(found))
    except OSError as error:
        _complain(f"{new_file}: cannot be written: {error.strerror}")
        return report, False
    _complain(f"{new_file}: written with {len(found)} findings, {len(gone)} fixed ones left out")
    return absorbed(report), True


@dataclass(frozen=True)
class _Judge:
    """Lints assemblies, and draws the chart of their images where a report has room for it."""

    rules: Sequence[Rule]
    config: Config
    is_charted: bool

    def __call__(self, assemblies: Iterable[Assembly]) -> tuple[Report, str]:
        from imagelint import lint
        from imagelint.judge.engine import merge

        reports, inventories = [], []
        with progress("reading and judging"):
            for assembly in assemblies:
                reports.append(lint(assembly, self.rules, self.config))
                if self.is_charted:
                    from imagelint.inventory.rows import take

                    inventories.append(take(assembly))
        return merge(reports), _chart(inventories)


def _chart(inventories: Sequence[Inventory]) -> str:
    """The functions and the repositories of their images, as a Mermaid flowchart; empty where there are none."""
    if not any(inventory.rows for inventory in inventories):
        return ""
    from imagelint.inventory.rows import merge

    return INVENTORY_RENDERERS["mermaid"](merge(inventories))


def _named(paths: Sequence[str]) -> Sequence[str]:
    """The paths to read, cdk.out where none are given; those that may be stale are told of."""
    from imagelint.cli.staleness import newer_source

    paths = paths or ("cdk.out",)
    for path in paths:
        if source := newer_source(path):
            _complain(f"warning: {path} may be stale, {source} is newer: run `npx cdk synth`, or lint with --synth")
    return paths


def _check_usage(synth: str | None, timeout: int | None, paths: Sequence[str]) -> None:
    if synth is None and timeout is not None:
        raise UsageError("--synth-timeout needs --synth")
    if synth is not None and not synth.strip():
        raise UsageError("--synth needs a command, such as 'npx cdk synth -q'")
    if synth is not None and paths:
        raise UsageError(f"--synth lints what the command writes; it takes no path such as {paths[0]!r}")


def _fresh(command: str, timeout: int | None, judge: _Judge) -> tuple[Report, str]:
    """The report on what a synth command writes; a command that fails is an input that could not be read."""
    from imagelint import load
    from imagelint.cli.synth import DEFAULT_TIMEOUT, SHOWN, SynthError, synthesised
    from imagelint.report.escape import one_line, visible

    try:
        with contextlib.ExitStack() as stack:
            with progress(f"running {one_line(command)}"):
                folder = stack.enter_context(synthesised(command, timeout or DEFAULT_TIMEOUT))
            return judge([load(folder, shown_as=SHOWN)])
    except SynthError as failure:
        for line in failure.last_lines:
            click.echo(f"| {visible(line)}", err=True)
        return Report(0, 0, errors=(Problem(SHOWN, f"was not written: {failure}"),)), ""


def _targets(formats: Sequence[tuple[str, str | None]], output: str | None) -> list[tuple[str, str | None]]:
    """Which formats go where; the one without a file of its own goes to --output or to stdout."""
    plain = [name for name, file in formats if file is None]
    if len(plain) > 1:
        raise UsageError(f"only one format can go to one place; give the others a file: --format {plain[1]}:FILE")
    targets = [(name, file if file is not None else output) for name, file in formats]
    if not plain and (output or not formats):
        targets.append(("text", output))
    taken = [os.path.realpath(file) for _, file in targets if file is not None]
    for file in taken:
        if taken.count(file) > 1 and not file.startswith("/dev/"):
            raise UsageError(f"{file} cannot hold more than one report")
    return targets


def _context(report: Report, rules: Sequence[Rule]) -> Context:
    from imagelint.config.repository import repository_root

    directory = os.getcwd()
    return Context(
        VERSION,
        rules,
        functions=dict(report.judged),
        suppressions=os.environ.get("GITHUB_ACTIONS") != "true",
        root=repository_root(directory),
        directory=directory,
    )


def _write(name: str, file: str | None, report: Report, context: Context, no_color: bool) -> bool:
    """Render the report and write it to its place, and say whether that went well."""
    colour = file is None and name == "text" and not no_color and _stdout_takes_colour()
    return _deliver(RENDERERS[name](report, replace(context, colour=colour)), file)


def _deliver(text: str, file: str | None) -> bool:
    """Write a text to a file or to standard output, and say whether that went well."""
    try:
        print_whole(text) if file is None else write(file, text)
    except OSError as error:
        _complain(f"{file or 'standard output'}: cannot be written: {error.strerror}")
        return False
    return True


def _stdout_takes_colour() -> bool:
    """Whether it is a terminal; it is None where the caller closed it. NO_COLOR is the convention of no-color.org."""
    return sys.stdout is not None and sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def _status(report: Report, config: Config) -> int:
    if report.errors:
        return UNREAD
    if config.fail_on == "never":
        return 0
    counting: tuple[Severity, ...] = SEVERITIES[: SEVERITIES.index(config.fail_on) + 1]
    is_failed = any(report.count(severity) for severity in counting) or (config.strict and report.warnings)
    return FINDINGS if is_failed else 0


def _visible_lines(text: str) -> str:
    from imagelint.report.escape import visible

    return "\n".join(map(visible, text.split("\n")))


def _complain(message: str) -> None:
    from imagelint.report.escape import one_line

    click.echo(f"imagelint: {one_line(message)}", err=True)


@main.command()
@click.argument("rule")
@_rule_options
def explain(rule: str, config: str | None, rules_dir: tuple[str, ...]) -> NoReturn:
    """Explain a rule, by slug or code: what is wrong, what AWS does, and the fix in five CDK languages.

    \b
    imagelint explain image-tag-latest
    imagelint explain E9721
    """
    from imagelint.cli.explain import page
    from imagelint.config.selection import find_rule

    click.echo(page(find_rule(_configured_rules(config, rules_dir), rule)), nl=False)
    sys.exit(0)


@main.command()
@click.option("--check", "folders", multiple=True, metavar="DIR", help="Try the rule files of a folder; repeatable.")
@_rule_options
def rules(folders: tuple[str, ...], config: str | None, rules_dir: tuple[str, ...]) -> None:
    """List the rules: code, severity, slug and what each finds. With --check, try a folder of your own rule files.

    \b
    imagelint rules
    imagelint rules --check policies
    """
    from imagelint.cli.explain import catalogue
    from imagelint.rules.own import read_rules
    from imagelint.rules.ruleset import load_rules

    if folders:
        click.echo(catalogue(read_rules(folders, load_rules())), nl=False)
        click.echo("All are valid, and their examples come out as they are called.")
    else:
        click.echo(catalogue(_configured_rules(config, rules_dir)), nl=False)


def _configured_rules(config: str | None, rules_dir: tuple[str, ...]) -> tuple[Rule, ...]:
    """Every rule there is, as the configuration has changed it."""
    from imagelint.config.discovery import load_settings
    from imagelint.config.selection import rules_for

    settings = load_settings(config, rules_dir)
    return rules_for(settings.rules, replace(settings.config, select=("all",), ignore=()))


@main.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--schema", is_flag=True, help="Print the vocabulary instead: each fact with its type and what it means.")
@click.option("--config", metavar="FILE", help="The configuration, instead of the nearest .imagelint.yaml.")
def facts(paths: tuple[str, ...], schema: bool, config: str | None) -> None:
    """Print what is known of every function, as rules see it: JSON, one document a function and scenario.

    A fact that is not there cannot be known before deployment; null is known to be absent.

    \b
    imagelint facts cdk.out
    imagelint facts --schema
    """
    from imagelint import load
    from imagelint.cli.facts import facts_documents, render
    from imagelint.config.discovery import load_settings
    from imagelint.documents.schema import schema_text

    if schema:
        print_whole(schema_text("facts/facts"))
        return
    settings = load_settings(config)
    assemblies = [load(path) for path in paths or ("cdk.out",)]
    text = render(document for assembly in assemblies for document in facts_documents(assembly, settings.config))
    problems = [problem for assembly in assemblies for problem in assembly.problems]
    for problem in problems:
        _complain(f"{problem.path}: {problem.message}")
    print_whole(text)
    sys.exit(UNREAD if problems else 0)


@main.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "--format",
    "name",
    type=click.Choice(list(INVENTORY_RENDERERS)),
    default="text",
    help="What the table is written as.  [default: text]",
)
@click.option("--output", type=click.Path(dir_okay=False), help="The file that the table goes to instead of stdout.")
def inventory(paths: tuple[str, ...], name: str, output: str | None) -> None:
    """List the image functions of cloud assemblies (cdk.out by default), with their images and who may pull them.

    A function that runs different images under different conditions has a row for each.

    \b
    imagelint inventory
    imagelint inventory cdk.out --format csv --output images.csv

    \b
    Exit status: 0 done    2 wrong usage    3 something could not be read or written
    """
    from imagelint import load
    from imagelint.inventory.rows import merge, take

    named = _named(paths)
    with progress("reading"):
        table = merge(take(load(path)) for path in named)
    for problem in table.errors:
        _complain(f"{problem.path}: {problem.message}")
    for warning in table.warnings:
        _complain(f"warning: {warning.path}: {warning.message}")
    is_written = _deliver(INVENTORY_RENDERERS[name](table), output)
    sys.exit(UNREAD if table.errors or not is_written else 0)


@main.group()
def config() -> None:
    """Show the configuration: what holds and why, or the schema of the file."""


@config.command("show")
@_run_options
def config_show(**setting: Any) -> None:
    """Print the configuration that holds here as a .imagelint.yaml, each value with the place it comes from."""
    from imagelint.config.file import describe

    settings = _settings(**setting)
    click.echo(describe(settings.config, settings.rules_dirs, settings.origins), nl=False)


@config.command("schema")
def config_schema() -> None:
    """Print the JSON Schema of .imagelint.yaml, for editors."""
    from imagelint.documents.schema import schema_text

    click.echo(schema_text("config/config"), nl=False)
