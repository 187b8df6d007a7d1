"""The command line's entry: the group of commands, each imported when it is called.

Exit status: 0 nothing at or above the threshold, 1 findings, 2 usage or configuration, 3 unread input.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any, Final

import click

from imagelint.cli.signals import exit_on_signals
from imagelint.cli.terminal import UNREAD, complain, give_up, visible_lines
from imagelint.model import UsageError
from imagelint.text.words import nearest
from imagelint.version import VERSION

USAGE: Final = 2
"""The exit status of wrong usage and of a wrong configuration, as click has it."""
_MODULES: Final = {
    "audit": "audit",
    "check": "check",
    "config": "config",
    "explain": "explain",
    "facts": "facts",
    "inventory": "inventory",
    "live-policy": "live",
    "rules": "explain",
}
"""Command -> the module beside this one that has it, under the command's name."""


@contextlib.contextmanager
def _errors_in_one_line() -> Iterator[None]:
    """End the process with one line and the documented status where the machine gives no more: what click prints
    itself (help, the version) cannot be written, the working directory is gone, or memory is at its end."""
    try:
        yield
    except OSError as error:
        where = error.filename or "standard output or the working directory"
        complain(f"{where}: cannot be used: {error.strerror}")
        if sys.stdout is not None:
            give_up(sys.stdout)
        sys.exit(UNREAD)
    except MemoryError:
        complain("there is not enough memory for this input; nothing of it was judged")
        sys.exit(UNREAD)


class _Commands(click.Group):
    """The group of commands; reports our usage errors as click reports its own."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _MODULES:
            return None
        command: click.Command = getattr(
            import_module(f"{__package__}.{_MODULES[cmd_name]}"), cmd_name.replace("-", "_")
        )
        return command

    def main(self, *arguments: Any, **keywords: Any) -> Any:
        try:
            return super().main(*arguments, **keywords)
        except OSError:  # click could not say what is wrong with the usage
            give_up(sys.stderr)
            sys.exit(USAGE)

    def make_context(self, *arguments: Any, **keywords: Any) -> click.Context:
        with _errors_in_one_line():
            return super().make_context(*arguments, **keywords)

    def invoke(self, ctx: click.Context) -> object:
        with exit_on_signals(), _errors_in_one_line():
            try:
                return super().invoke(ctx)
            except UsageError as error:
                raise click.UsageError(visible_lines(str(error))) from None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in _MODULES and not name.startswith("-"):
            if os.path.exists(name):
                raise click.UsageError(f"there is no command {name!r}; did you mean 'imagelint check {name}'?")
            if hint := nearest(name, _MODULES):
                raise click.UsageError(f"there is no command {name!r}{hint}")
        return super().resolve_command(ctx, args)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(VERSION, message="imagelint %(version)s")
def main() -> None:
    """Lint the Lambda container images of a CDK app before anything is deployed.

    \b
    npx cdk synth                 write cdk.out
    imagelint check               lint it
    imagelint explain E9721       what a finding means, and the fix in five languages
    """
