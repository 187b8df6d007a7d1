"""`imagelint config`: the configuration that holds, and the schema of its file."""

from __future__ import annotations

import click

from imagelint.cli.options import RunOptions, options_as, run_options, settings_of
from imagelint.cli.terminal import visible_lines, write_output


@click.group()
def config() -> None:
    """Show the configuration: what holds and why, or the schema of the file."""


@config.command("show")
@run_options
@options_as(RunOptions)
def show(options: RunOptions) -> None:
    """Print the configuration that holds here as a .imagelint.yaml, each value with the place it comes from."""
    from imagelint.config.file import describe

    settings = settings_of(options)
    write_output(visible_lines(describe(settings.config, settings.rules_dirs, settings.origins)))


@config.command("schema")
def schema() -> None:
    """Print the JSON Schema of .imagelint.yaml, for editors."""
    from imagelint.documents.schema import schema_text

    write_output(schema_text("config/config"))
