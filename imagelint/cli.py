"""The command line: parses, runs, prints, exits. What it does is `imagelint.load`, `imagelint.lint` and a renderer.

Exit status: 0 nothing at or above the threshold, 1 findings, 2 usage or configuration, 3 unread input.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

import click

from imagelint.model import SEVERITIES, Report, Severity, UsageError
from imagelint.report import RENDERERS

if TYPE_CHECKING:
    from imagelint.config import FailOn
    from imagelint.ruleset import Rule

FINDINGS: Final = 1
USAGE: Final = 2
UNREAD: Final = 3


class _Names(click.ParamType[tuple[str, ...]]):
    """Slugs, codes and severities, separated by commas."""

    name = "names"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        return tuple(name.strip() for name in value.split(",") if name.strip())


class _Format(click.ParamType[tuple[str, str | None]]):
    """A format, or a format and the file that it goes to."""

    name = "format[:file]"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str | None]:
        name, colon, file = value.partition(":")
        if name not in RENDERERS:
            import difflib

            near = difflib.get_close_matches(name, RENDERERS, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            self.fail(f"there is no format {name!r} among {', '.join(RENDERERS)}{hint}", param, ctx)
        if colon and not file:
            self.fail(f"{value!r} names no file after the colon", param, ctx)
        return name, file or None


class _Cli(click.Group):
    """The group of commands; says usage errors of ours as click says its own."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except UsageError as error:
            raise click.UsageError(str(error)) from None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            import difflib

            near = difflib.get_close_matches(name, self.list_commands(ctx), n=1)
            if os.path.exists(name):
                raise click.UsageError(f"there is no command {name!r}; did you mean 'imagelint check {name}'?")
            if near:
                raise click.UsageError(f"there is no command {name!r}; did you mean {near[0]!r}?")
        return super().resolve_command(ctx, args)


@click.group(cls=_Cli, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="imagelint", message="imagelint %(version)s")
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
@click.option("--select", type=_Names(), multiple=True, help="Judge only these slugs, codes and severities, or all.")
@click.option("--ignore", type=_Names(), multiple=True, help="Do not judge these slugs, codes and severities.")
@click.option(
    "--fail-on",
    type=click.Choice([*SEVERITIES, "never"]),
    help="The mildest severity that closes the gate.  [default: warning]",
)
@click.option("--strict", is_flag=True, help="Take what cannot be known before deployment for a finding.")
@click.option("--no-color", is_flag=True, help="Never colour the report, as with NO_COLOR in the environment.")
def check(
    paths: tuple[str, ...],
    formats: tuple[tuple[str, str | None], ...],
    output: str | None,
    select: tuple[tuple[str, ...], ...],
    ignore: tuple[tuple[str, ...], ...],
    fail_on: FailOn | None,
    strict: bool,
    no_color: bool,
) -> None:
    """Lint cloud assemblies (cdk.out by default), templates, folders of templates, or standard input (-).

    \b
    imagelint check
    imagelint check cdk.out --select error,image-tag-mutable
    imagelint check template.yaml --format json --output report.json
    imagelint check --format text --format sarif:imagelint.sarif
    cat template.json | imagelint check -

    \b
    Exit status: 0 no finding at or above --fail-on    2 wrong usage or configuration
                 1 findings                            3 something could not be read
    """
    from imagelint import lint, load
    from imagelint.config import Config, selected
    from imagelint.engine import merge
    from imagelint.ruleset import load_rules

    defaults = Config()
    config = Config(
        select=tuple(name for names in select for name in names) or defaults.select,
        ignore=tuple(name for names in ignore for name in names),
        strict=strict,
        fail_on=fail_on or defaults.fail_on,
    )
    rules = load_rules()
    chosen = selected(rules, config)
    targets = _targets(formats, output)
    report = merge(lint(load(path), rules, config) for path in paths or ("cdk.out",))
    for problem in report.errors:
        _complain(f"{problem.path}: {problem.message}")
    for name, file in targets:
        _write(name, file, report, chosen, no_color)
    sys.exit(_status(report, config.fail_on))


def _targets(formats: Sequence[tuple[str, str | None]], output: str | None) -> list[tuple[str, str | None]]:
    """Which formats go where; the one without a file of its own goes to --output or to stdout."""
    plain = [name for name, file in formats if file is None]
    if len(plain) > 1:
        raise UsageError(f"only one format can go to one place; give the others a file: --format {plain[1]}:FILE")
    targets = [(name, file if file is not None else output) for name, file in formats]
    return targets if plain else [*targets, ("text", output)] if output or not formats else targets


def _write(name: str, file: str | None, report: Report, rules: Sequence[Rule], no_color: bool) -> None:
    from importlib.metadata import version

    from imagelint.report import Context

    colour = file is None and name == "text" and not no_color and sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    text = RENDERERS[name](report, Context(version("imagelint"), rules, colour=colour, directory=os.getcwd()))
    if file is None:
        click.echo(text.encode(), nl=False)
        return
    try:
        Path(file).write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        _complain(f"{file}: cannot be written: {error.strerror}")
        sys.exit(UNREAD)


def _status(report: Report, fail_on: FailOn) -> int:
    if report.errors:
        return UNREAD
    counting: tuple[Severity, ...] = () if fail_on == "never" else SEVERITIES[: SEVERITIES.index(fail_on) + 1]
    return FINDINGS if any(report.count(severity) for severity in counting) else 0


def _complain(message: str) -> None:
    from imagelint.report.escape import one_line

    click.echo(f"imagelint: {one_line(message)}", err=True)


@main.command()
@click.argument("rule")
def explain(rule: str) -> NoReturn:
    """Explain a rule, by slug or code: what is wrong, what AWS does, and the fix in five CDK languages.

    \b
    imagelint explain image-tag-latest
    imagelint explain E9721
    """
    from imagelint.config import find_rule
    from imagelint.explain import page
    from imagelint.ruleset import load_rules

    click.echo(page(find_rule(load_rules(), rule)), nl=False)
    sys.exit(0)


@main.command()
def rules() -> None:
    """List the rules: code, severity, slug and what each finds."""
    from imagelint.explain import catalogue
    from imagelint.ruleset import load_rules

    click.echo(catalogue(load_rules()), nl=False)
