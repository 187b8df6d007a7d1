"""`imagelint facts`: what is known of every function, as JSON, for the author of a rule. Judges nothing."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Any

import click

from imagelint.assembly.assembly import Assembly
from imagelint.assembly.functions import Function, functions_of
from imagelint.cli.deployment import Deployment, DeploymentOptions, deployment_options
from imagelint.cli.live import Live, LiveOptions, live_options, refuse_without_live
from imagelint.cli.options import config_option, options_as
from imagelint.cli.paths import assemblies, default_assembly
from imagelint.cli.terminal import UNREAD, report_problems, write_output
from imagelint.config.model import Config
from imagelint.facts.draft import Facts
from imagelint.facts.facts import facts_of
from imagelint.facts.index import ResourceIndex
from imagelint.facts.properties import may_be_scalar
from imagelint.model import Problem, UsageError
from imagelint.report.escape import to_json
from imagelint.text.words import nearest


class FactsOptions(DeploymentOptions, LiveOptions):
    """The command line of `imagelint facts`."""

    paths: tuple[str, ...]
    schema: bool
    name: str | None
    """The function's logical ID or construct path."""
    config: str | None


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--schema", is_flag=True, help="Print the vocabulary instead: each fact with its type and what it means.")
@click.option("--function", "name", help="Only of the function with this logical ID or construct path.")
@deployment_options
@live_options
@config_option
@options_as(FactsOptions)
def facts(options: FactsOptions) -> None:
    """Print what is known of every function, as rules see it: JSON, one document per function and scenario.

    A fact that is not there cannot be known before deployment; null is known to be absent. With --live there are those
    that the AWS account tells.

    \b
    imagelint facts cdk.out
    imagelint facts --function Orders/Worker/Resource
    imagelint facts --schema
    """
    from imagelint.config.discovery import load_settings
    from imagelint.documents.schema import schema_text

    refuse_without_live(options)
    if options.schema:
        write_output(schema_text("facts/facts"))
        return
    paths = options.paths or (default_assembly(),)
    config = load_settings(options.config, paths=paths).config
    live = Live(options, config)
    deployment = Deployment(options, live.account, live.region)
    documents: list[dict[str, Any]] = []
    problems: list[Problem] = [] if live.problem is None else [live.problem]
    for assembly, templates in assemblies(paths, deployment.load):
        documents += _documents(assembly, templates, config, live)
        problems += assembly.problems
    deployment.review()
    if options.name is not None:
        documents = _named(documents, options.name)
    report_problems(problems, live.warnings)
    write_output(to_json(documents))
    sys.exit(UNREAD if problems else 0)


def _named(documents: Sequence[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """The documents of one function. Raises UsageError where there is none."""
    found = [each for each in documents if name in (each["function"]["logical_id"], each["function"]["construct_path"])]
    if not found:
        names = sorted({each["function"]["construct_path"] or each["function"]["logical_id"] for each in documents})
        raise UsageError(f"there is no function {name!r}{nearest(name, names)}")
    return found


def _documents(
    assembly: Assembly, templates: Collection[str] | None, config: Config, live: Live
) -> Iterator[dict[str, Any]]:
    """Every function of some templates, or of all, in every scenario of its conditions: which function, when, its
    facts, and what is not known.

    What is not known stands under `unknown`, with as much of it as is: `${AWS::AccountId}.dkr.ecr.…`, or null.
    """
    today, account = config.today or date.today(), live.ask(assembly)
    index = ResourceIndex(assembly, today, config.minimum_cdk_version, config.build_host, account)
    stacks = [stack for stack in assembly.stacks if templates is None or stack.display_path in templates]
    for stack in stacks:
        for function in functions_of(stack):
            scalars = [name for name, each in function.properties.items() if may_be_scalar(each.written)]
            for known in facts_of(function, index, scalars):
                yield _document(function, known)


def _document(function: Function, known: Facts) -> dict[str, Any]:
    reference = function.reference
    return {
        "function": {
            "logical_id": reference.logical_id,
            "construct_path": reference.construct_path,
            "stack": reference.stack,
        },
        "when": {**known.conditions, **known.assumptions},
        "facts": dict(known.values),
        "unknown": {fact: known.shown.get(fact) for fact in known.pointers if fact not in known.values},
    }
