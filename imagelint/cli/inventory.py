"""`imagelint inventory`: every image function and its image, as a table."""

from __future__ import annotations

import sys
from typing import NoReturn

import click

from imagelint.cli.deployment import Deployment, DeploymentOptions, deployment_options
from imagelint.cli.options import options_as
from imagelint.cli.paths import assemblies, paths_to_read
from imagelint.cli.terminal import UNREAD, deliver, progress, report_problems
from imagelint.inventory.formats import RENDERERS


class InventoryOptions(DeploymentOptions):
    """The command line of `imagelint inventory`."""

    paths: tuple[str, ...]
    name: str
    """Of the format."""
    output: str | None


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "--format",
    "name",
    type=click.Choice(list(RENDERERS)),
    default="text",
    help="What the table is written as.  [default: text]",
)
@click.option("--output", type=click.Path(dir_okay=False), help="The file that the table goes to instead of stdout.")
@deployment_options
@options_as(InventoryOptions)
def inventory(options: InventoryOptions) -> NoReturn:
    """List the image functions of cloud assemblies (cdk.out by default), with their images and who may pull them.

    A function that runs different images under different conditions has a row for each.

    \b
    imagelint inventory
    imagelint inventory cdk.out --format csv --output images.csv

    \b
    Exit status: 0 done    2 wrong usage    3 something could not be read or written
    """
    from imagelint.inventory.rows import merge, take

    deployment = Deployment(options)
    with progress("reading"):
        inputs = assemblies(paths_to_read(options.paths), deployment.load)
        table = merge(take(assembly, templates) for assembly, templates in inputs)
    deployment.review()
    report_problems(table.errors, table.warnings)
    is_written = deliver(RENDERERS[options.name](table), options.output)
    sys.exit(UNREAD if table.errors or not is_written else 0)
