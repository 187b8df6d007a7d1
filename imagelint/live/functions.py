"""What CloudFormation and Lambda say of a function that is deployed, found by its stack's name and its logical ID.

Sources: CloudFormation API Reference, DescribeStackResource ("does not exist" is a ValidationError); Lambda API
Reference, GetFunction (Code.ImageUri, Code.ResolvedImageUri, State, LastUpdateStatus).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from imagelint.aws.account import DeployedFunction
from imagelint.live.answers import text, unreadable
from imagelint.live.errors import NoAnswerError
from imagelint.live.session import Place, Session
from imagelint.record import Record

_WORD: Final = re.compile(r"[A-Za-z.]{1,64}")
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,140}")
"""A function's name (Lambda API Reference, GetFunction)."""
_GONE: Final = ("DELETE_COMPLETE", "DELETE_SKIPPED")


class Where(Record):
    """Where a function is deployed: the outermost stack, then the logical IDs of the nested ones and its own."""

    place: Place
    stack_name: str
    logical_ids: tuple[str, ...]


def physical_id(session: Session, where: Where) -> str | None:
    """The name of a deployed function; None where it is not deployed. Raises NoAnswerError."""
    name: str | None = where.stack_name
    for logical_id in where.logical_ids:
        try:
            answer = session.call(
                "cloudformation:DescribeStackResource", where.place, StackName=name, LogicalResourceId=logical_id
            )
        except NoAnswerError as error:
            if error.is_of_no_stack:
                return None
            raise
        if text(answer, "StackResourceDetail", "ResourceStatus") in _GONE:
            return None
        name = text(answer, "StackResourceDetail", "PhysicalResourceId")
        if not name:
            return None  # it was never made
    return name


def ask_function(session: Session, where: Where) -> DeployedFunction | None:
    """What Lambda says of a function; None where it is not deployed. Raises NoAnswerError."""
    if where.place.account != session.account and session.options.role_arn is None:
        raise NoAnswerError(
            f"account {where.place.account} is not that of the credentials, and --role-arn names no role there"
        )
    name = physical_id(session, where)
    if name is None:
        return None
    if not _NAME.fullmatch(name):
        raise unreadable()
    answer = session.call("lambda:GetFunction", where.place, FunctionName=name)
    state = _word(answer, "Configuration", "State")
    if state is None:
        raise unreadable()
    resolved = text(answer, "Code", "ResolvedImageUri") or ""
    digest = resolved.rpartition("@")[2]
    return DeployedFunction(
        name=name,
        state=state,
        reason=_word(answer, "Configuration", "StateReasonCode"),
        update=_word(answer, "Configuration", "LastUpdateStatus"),
        update_reason=_word(answer, "Configuration", "LastUpdateStatusReasonCode"),
        image_uri=text(answer, "Code", "ImageUri"),
        digest=digest if _DIGEST.fullmatch(digest) else None,
    )


def _word(answer: object, *path: str | int) -> str | None:
    """One of the service's words; None where there is none. Raises NoAnswerError."""
    value = text(answer, *path)
    if value is None or value == "":
        return None
    if not _WORD.fullmatch(value):
        raise unreadable()
    return value


class Parameters(Record):
    """The parameters of a deployed stack, secret ones (NoEcho) left out."""

    values: Mapping[str, str]
    """What whoever deployed gave; of Systems Manager's types the names there."""
    read: Mapping[str, str] = {}
    """The values of Systems Manager's types, as CloudFormation read them when it last deployed the stack."""


def deployed_parameters(session: Session, place: Place, stack_name: str) -> Parameters | None:
    """The parameters of a deployed stack; None where there is no such stack. Raises NoAnswerError.

    Source: CloudFormation API Reference, Parameter.
    """
    try:
        answer = session.call("cloudformation:DescribeStacks", place, StackName=stack_name)
    except NoAnswerError as error:
        if error.is_of_no_stack:
            return None
        raise
    stacks = answer.get("Stacks")
    listed = stacks[0].get("Parameters", []) if isinstance(stacks, list) and stacks else []
    values, read = (
        {name: value for name, value in _pairs(listed, "ParameterKey", kind) if value != _MASKED}
        for kind in ("ParameterValue", "ResolvedValue")
    )
    return Parameters(values, read)


_MASKED: Final = "****"
"""What stands for the value of a parameter with NoEcho."""


def deployed_exports(session: Session, place: Place) -> dict[str, str]:
    """What the stacks of an account and region export, by name. Raises NoAnswerError."""
    found: dict[str, str] = {}
    token: dict[str, str] = {}
    for _ in range(_MAX_PAGES):
        answer = session.call("cloudformation:ListExports", place, **token)
        found.update(_pairs(answer.get("Exports", []), "Name", "Value"))
        following = text(answer, "NextToken")
        if not following:
            break
        token = {"NextToken": following}
    return found


_MAX_PAGES: Final = 100
"""Of a hundred exports each."""


def _pairs(listed: object, key: str, value: str) -> Sequence[tuple[str, str]]:
    if not isinstance(listed, list):
        raise unreadable()
    named = [(text(each, key), text(each, value)) for each in listed]
    return [(name, given) for name, given in named if name is not None and given is not None]
