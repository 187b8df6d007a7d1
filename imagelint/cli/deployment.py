"""What whoever deploys decides, where a template leaves it open: values of parameters, the account, the region."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from imagelint.aws.partitions import is_region_name
from imagelint.cli.options import Options
from imagelint.cli.terminal import complain
from imagelint.model import UsageError
from imagelint.text.words import nearest

if TYPE_CHECKING:
    from imagelint.assembly.assembly import Assembly

Command = TypeVar("Command", bound=Callable[..., object])

_ACCOUNT_DIGITS: Final = 12


class DeploymentOptions(Options):
    """The options that say what is decided at the deployment."""

    parameters: tuple[tuple[str, str], ...]
    parameter_files: tuple[str, ...]
    account: str | None
    region: str | None


class _Parameter(click.ParamType):  # type: ignore[type-arg]  # generic only since click 8.4
    """A parameter's name and value."""

    name = "name=value"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        from imagelint.cli.parameters import assignment

        try:
            return assignment(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class _Account(click.ParamType):  # type: ignore[type-arg]  # generic only since click 8.4
    """The ID of an AWS account."""

    name = "account"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not (value.isascii() and value.isdecimal() and len(value) == _ACCOUNT_DIGITS):
            self.fail(f"{value!r} is not an account, which is {_ACCOUNT_DIGITS} digits", param, ctx)
        return value


class _Region(click.ParamType):  # type: ignore[type-arg]  # generic only since click 8.4
    """The name of an AWS region."""

    name = "region"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not is_region_name(value):
            self.fail(f"{value!r} is not a region, such as eu-west-1", param, ctx)
        return value


def deployment_options(command: Command) -> Command:
    """Add the options of DeploymentOptions."""
    for option in (
        click.option(
            "--region",
            type=_Region(),
            help="The region of stacks for which no manifest names one; one that is named there has the last word.",
        ),
        click.option(
            "--account",
            type=_Account(),
            help="The account of stacks for which no manifest names one; one that is named there has the last word.",
        ),
        click.option(
            "--parameters",
            "parameter_files",
            multiple=True,
            metavar="FILE",
            help="A file of such values: JSON as the CloudFormation commands take it, or lines NAME=VALUE; repeatable.",
        ),
        click.option(
            "--parameter",
            "parameters",
            type=_Parameter(),
            multiple=True,
            help="The value of a template's parameter, instead of its Default; repeatable.",
        ),
    ):
        command = option(command)
    return command


class Deployment:
    """What is decided at the deployment, and what of it the assemblies read so far have a use for."""

    def __init__(self, options: DeploymentOptions, account: str | None = None, region: str | None = None) -> None:
        """Read the files of values. Raises UsageError.

        `account` and `region` are those of the credentials at hand: where the CDK CLI deploys a stack that names none.
        """
        self._files: dict[str, dict[str, str]] = {}
        if options.parameter_files:
            from imagelint.cli.parameters import read_parameters

            self._files = {file: read_parameters(file) for file in options.parameter_files}
        self._given = dict(options.parameters)
        self._values = {name: value for file in self._files.values() for name, value in file.items()} | self._given
        self._account, self._region = options.account, options.region
        self._account_at_hand, self._region_at_hand = account, region
        self._declared: set[str] = set()
        self._accounts: set[Any] = set()
        self._regions: set[Any] = set()
        self._is_all_read = True

    def load(self, path: str, shown_as: str | None = None) -> Assembly:
        """Read an assembly or a template as it is deployed."""
        from imagelint import load

        assembly = load(
            path,
            shown_as=shown_as,
            parameters=self._values,
            account=self._account or self._account_at_hand,
            region=self._region or self._region_at_hand,
        )
        outermost = [stack for stack in assembly.stacks if stack.owner is None]
        if self._values:
            self._declared.update(name for stack in outermost for name in stack.section("Parameters"))
        self._accounts.update(stack.account for stack in outermost)
        self._regions.update(stack.region for stack in outermost)
        self._is_all_read &= not assembly.problems
        return assembly

    def review(self) -> None:
        """Refuse what the command line gives and nothing has a use for, once all is read: it is a slip, and the gate
        would judge something else than is deployed. Raises UsageError.

        A file may hold values for other templates too; one of which nothing is used is warned of. Where not all could
        be read, what was not read may be what it is for.
        """
        if not self._is_all_read:
            return
        if wrong := [*self._undeclared(), *self._elsewhere()]:
            raise UsageError("\n".join(wrong))
        for file, values in self._files.items():
            if values and not values.keys() & self._declared:
                complain(f"warning: {file}: no template has any of its parameters")

    def _undeclared(self) -> Iterator[str]:
        for name in self._given:
            if name not in self._declared:
                hint = nearest(name, self._declared)
                yield f"--parameter {name}: no template has a parameter of this name{hint}"

    def _elsewhere(self) -> Iterator[str]:
        for option, given, named in (
            ("--account", self._account, self._accounts),
            ("--region", self._region, self._regions),
        ):
            if given is not None and named and given not in named:
                which = ", ".join(sorted(str(each) for each in named))
                yield f"{option} {given}: the manifest says where every stack is deployed, which is {which}"
