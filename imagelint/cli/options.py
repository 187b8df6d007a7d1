"""What several commands share: options, the object that they are copied into, and the settings that they make."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

from imagelint.model import SEVERITIES

if TYPE_CHECKING:
    from imagelint.config.discovery import Settings
    from imagelint.config.model import BuildHost, FailOn
    from imagelint.rules.rule import Rule

Command = TypeVar("Command", bound=Callable[..., object])
Called = TypeVar("Called")
Result = TypeVar("Result")


class Options:
    """What a command was called with: an attribute for each of its options."""

    def __init__(self, **values: Any) -> None:
        vars(self).update(values)


class RuleOptions(Options):
    """The options that say which rules there are."""

    config: str | None
    rules_dir: tuple[str, ...]


class JudgingOptions(RuleOptions):
    """The options that say what becomes a finding; a configuration file can hold them too."""

    select: tuple[tuple[str, ...], ...]
    ignore: tuple[tuple[str, ...], ...]
    strict: bool | None
    build_host: BuildHost | None
    inline_suppressions: bool | None


class RunOptions(JudgingOptions):
    """The same with what closes the gate."""

    paths: tuple[str, ...]
    """What is linted, beside which the configuration is looked for."""
    fail_on: FailOn | None


def options_as(kind: Callable[..., Called]) -> Callable[[Callable[[Called], Result]], Callable[..., Result]]:
    """Pass a command its options as one object, whose fields have the names of the options."""

    def decorate(command: Callable[[Called], Result]) -> Callable[..., Result]:
        @wraps(command)
        def called(**values: Any) -> Result:
            return command(kind(**values))

        return called

    return decorate


class _Names(click.ParamType):  # type: ignore[type-arg]  # generic only since click 8.4
    """Slugs, codes and severities, separated by commas."""

    name = "names"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        return tuple(name.strip() for name in value.split(",") if name.strip())


config_option = click.option(
    "--config", metavar="FILE", help="The configuration, instead of the .imagelint.yaml that is found."
)


def rule_options(command: Command) -> Command:
    """Add the options of RuleOptions."""
    rules_dir = click.option(
        "--rules-dir", multiple=True, metavar="DIR", help="A folder of your own rule files; repeatable."
    )
    return config_option(rules_dir(command))


def run_options(command: Command) -> Command:
    """Add the arguments and options of RunOptions."""
    fail_on = click.option(
        "--fail-on",
        type=click.Choice([*SEVERITIES, "never"]),
        help="The mildest severity that closes the gate.  [default: error]",
    )
    return click.argument("paths", nargs=-1, metavar="[PATH]...")(judging_options(fail_on(command)))


def judging_options(command: Command) -> Command:
    """Add the options of JudgingOptions."""
    for option in (
        click.option(
            "--strict/--no-strict",
            default=None,
            help="Take what cannot be known before deployment for a finding, and fail on warnings of the run.",
        ),
        click.option(
            "--build-host",
            type=click.Choice(["auto", "x86_64", "arm64", "any"]),
            help="The machine that builds image assets without a platform.  [default: auto, which is this one]",
        ),
        click.option(
            "--inline-suppressions/--no-inline-suppressions",
            default=None,
            help="Heed what the app and its templates suppress themselves: acknowledgements and Metadata.  [default]",
        ),
        click.option("--ignore", type=_Names(), multiple=True, help="Do not judge these slugs, codes and severities."),
        click.option(
            "--select", type=_Names(), multiple=True, help="Judge only these slugs, codes and severities, or all."
        ),
    ):
        command = option(command)
    return rule_options(command)


def settings_of(options: JudgingOptions) -> Settings:
    """The settings of a run, from the configuration file and, with the last word, the command line."""
    from imagelint.config.discovery import load_settings

    given: dict[str, Any] = {
        "select": tuple(name for names in options.select for name in names) or None,
        "ignore": tuple(name for names in options.ignore for name in names) or None,
        "strict": options.strict,
        "build_host": options.build_host,
        "inline_suppressions": options.inline_suppressions,
    }
    paths: tuple[str, ...] = ()
    if isinstance(options, RunOptions):
        given["fail_on"], paths = options.fail_on, options.paths
    given = {key: value for key, value in given.items() if value is not None}
    return load_settings(options.config, options.rules_dir, given, paths)


def configured_rules(options: RuleOptions) -> tuple[Rule, ...]:
    """Every rule there is, as the configuration has changed it."""
    from imagelint.config.discovery import load_settings
    from imagelint.config.selection import rules_for

    settings = load_settings(options.config, options.rules_dir)
    return rules_for(settings.rules, settings.config._replace(select=("all",), ignore=(), live=True))
