"""Asking the account: the options of `--live`, and `imagelint live-policy`, which prints what they need."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final, TypeVar

import click

from imagelint.cli.options import Options, options_as
from imagelint.cli.terminal import write_output
from imagelint.model import Problem, UsageError

if TYPE_CHECKING:
    from imagelint.assembly.assembly import Assembly
    from imagelint.aws.account import Account
    from imagelint.config.model import Config
    from imagelint.live.asking import Asker
    from imagelint.live.session import Session
    from imagelint.rules.rule import Rule

Command = TypeVar("Command", bound=Callable[..., object])

_ROLE_ARN: Final = r"arn:aws(?:-[a-z]+)*:iam::(\{account\}|[0-9]{12}):role/[A-Za-z0-9_+=,.@/-]{1,512}"
SHOWN: Final = "--live"
"""What messages about the account as a whole name in place of a file."""


class LiveOptions(Options):
    """The options that say whether and as whom the account is asked."""

    live: bool
    profile: str | None
    role_arn: str | None
    endpoint_url: str | None
    parameters_from: str | None


class RoleArn(click.ParamType):  # type: ignore[type-arg]  # generic only since click 8.4
    """The ARN of a role, with {account} in the account's place, or, where that is said, of a role in one account."""

    name = "template"

    def __init__(self, *, may_name_account: bool = False) -> None:
        self._may_name_account = may_name_account

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        found = re.fullmatch(_ROLE_ARN, value)
        if found is None or not (self._may_name_account or found[1] == "{account}"):
            self.fail(f"{value!r} is not a role's ARN such as arn:aws:iam::{{account}}:role/reader", param, ctx)
        return value


class _EndpointUrl(click.ParamType):  # type: ignore[type-arg]  # generic only since click 8.4
    """A URL without anything behind the host and its port."""

    name = "url"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not re.fullmatch(r"https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?/?", value):
            self.fail(f"{value!r} is not a URL such as http://localhost:5000", param, ctx)
        return value


_role_arn = click.option(
    "--role-arn",
    type=RoleArn(),
    help="With --live: the role to ask other accounts as, such as arn:aws:iam::{account}:role/reader.",
)
_parameters_from = click.option(
    "--parameters-from",
    type=click.Choice(["deployed"]),
    help="With --live: give parameters the values of the deployed stacks, and import what is exported there.",
)


def live_options(command: Command) -> Command:
    """Add the options of LiveOptions."""
    for option in (
        _parameters_from,
        click.option(
            "--endpoint-url", type=_EndpointUrl(), help="With --live: ask here instead of at AWS, as tests do."
        ),
        _role_arn,
        click.option("--profile", metavar="NAME", help="With --live: the profile whose credentials are used."),
        click.option(
            "--live",
            is_flag=True,
            help="Ask the AWS account what no template says, of images and deployed functions. Changes nothing.",
        ),
    ):
        command = option(command)
    return command


def refuse_without_live(options: LiveOptions) -> None:
    """Raise UsageError for an option that would do nothing."""
    given = {
        "--profile": options.profile,
        "--role-arn": options.role_arn,
        "--endpoint-url": options.endpoint_url,
        "--parameters-from": options.parameters_from,
    }
    for name, value in given.items():
        if value is not None and not options.live:
            raise UsageError(f"{name} needs --live")


def refuse_unasked(options: LiveOptions, names: Iterable[str], rules: Sequence[Rule]) -> None:
    """Raise UsageError for a rule that the command line selects by name and that nobody could judge."""
    if options.live:
        return
    from imagelint.config.selection import is_called

    for name in names:
        if any(rule.is_live and is_called(rule, name) for rule in rules):
            raise UsageError(f"--select {name} needs --live: only the account can tell")


class Live:
    """The account as it is asked in one run; without --live, nobody is."""

    def __init__(self, options: LiveOptions, config: Config) -> None:
        """Find out whose credentials there are. Raises UsageError where boto3 is not installed."""
        self._options, self._config = options, config
        self._session: Session | None = None
        self._asker: Asker | None = None
        self.problem: Problem | None = None
        """Why the run as a whole cannot ask."""
        if not options.live:
            return
        try:
            from imagelint.live.asking import Asker
            from imagelint.live.errors import NoAnswerError
            from imagelint.live.session import Options, Session
        except ModuleNotFoundError as error:
            if error.name is None or error.name.partition(".")[0] not in ("boto3", "botocore"):
                raise
            raise UsageError("--live needs boto3: install imagelint[live]") from None
        try:
            self._session = Session(Options(options.profile, options.role_arn, options.endpoint_url))
        except NoAnswerError as error:
            self.problem = Problem(SHOWN, f"the account cannot be asked: {error.reason}")
        else:
            self._asker = Asker(self._session)

    @property
    def account(self) -> str | None:
        """The account of the credentials, which is where stacks go that name none."""
        return None if self._session is None else self._session.account

    @property
    def region(self) -> str | None:
        """The region of the environment, for the same stacks."""
        return None if self._session is None else self._session.region

    def ask(self, assembly: Assembly) -> Account | None:
        """What the account says of an assembly's functions; None where nobody is asked."""
        if self._asker is None:
            return None
        from datetime import date

        from imagelint.live.asking import questions_of

        if self._options.parameters_from is not None:
            self._asker.give_deployed_values(assembly)
        config = self._config
        today = config.today or date.today()
        return self._asker.ask(questions_of(assembly, config.minimum_cdk_version, config.build_host, today))

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """The permissions that are missing."""
        denied = () if self._session is None else self._session.denied
        return tuple(
            Problem(SHOWN, f"{reason}, so what it would tell is unknown; `imagelint live-policy` prints what is needed")
            for reason in sorted(denied)
        )


@click.command("live-policy")
@_role_arn
@_parameters_from
@options_as(lambda **values: values)
def live_policy(options: dict[str, str | None]) -> None:
    """Print the least IAM policy that `imagelint check --live` needs. Asks nobody.

    \b
    imagelint live-policy
    imagelint live-policy --role-arn arn:aws:iam::{account}:role/reader --parameters-from deployed
    """
    from imagelint.live.permissions import least_policy
    from imagelint.report.escape import to_json

    role_arn = options["role_arn"]
    partition = role_arn.split(":")[1] if role_arn is not None else "aws"
    policy = least_policy(
        partition=partition, role_arn=role_arn, takes_deployed_parameters=options["parameters_from"] is not None
    )
    write_output(to_json(policy))
