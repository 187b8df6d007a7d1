"""Policy documents and requests, short enough for tables."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Any

from imagelint.aws.policy import decision as decisions
from imagelint.aws.policy.decision import Decision, Policy
from imagelint.aws.policy.request import AwsPrincipal, Request, Service
from imagelint.text.holes import Hole, Str, concat


class Verdict(enum.Enum):
    """A decision in one word."""

    ALLOWED = "allowed"
    DENIED = "denied"
    """A Deny statement certainly covers one of the actions."""
    MISSING = "missing"
    """Certainly nothing denies, and nothing allows one of the actions."""
    UNKNOWN = "unknown"


ALLOWED, DENIED, MISSING, UNKNOWN = Verdict.ALLOWED, Verdict.DENIED, Verdict.MISSING, Verdict.UNKNOWN


def decide(documents: Sequence[object], request: Request) -> Decision:
    """What documents decide, each read anew."""
    return decisions.decide([Policy(each) for each in documents], request)


def verdict_of(decision: Decision) -> Verdict:
    if decision.deny:
        return DENIED
    if decision.deny is None or decision.allow is None:
        return UNKNOWN
    return ALLOWED if decision.allow else MISSING


PULL = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
ACCOUNT = Hole("AWS::AccountId", "app", "0123456789")
PARTITION = Hole("AWS::Partition", "app", "abcdefghijklmnopqrstuvwxyz-")
NAME = Hole("Fn", "app", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
ANYTHING = Hole("Parameter", "app")
REPOSITORY = "arn:aws:ecr:eu-west-1:123456789012:repository/app"
ROLE = "arn:aws:iam::123456789012:role/deployer"


def text(*pieces: Str) -> Str:
    return concat(pieces)


LAMBDA = Request(
    PULL,
    Service("lambda.amazonaws.com"),
    None,
    {
        "aws:sourcearn": text("arn:aws:lambda:eu-west-1:123456789012:function:", NAME),
        "aws:sourceaccount": "123456789012",
        "aws:principalorgid": None,
        "aws:principalisawsservice": "true",
        "aws:viaawsservice": "false",
    },
)
IN_ANY_ACCOUNT = Request(
    PULL,
    Service("lambda.amazonaws.com"),
    None,
    {
        "aws:sourcearn": text("arn:", PARTITION, ":lambda:eu-west-1:", ACCOUNT, ":function:", NAME),
        "aws:sourceaccount": ACCOUNT,
    },
)
DEPLOYER = Request(PULL, AwsPrincipal("123456789012", "aws"), None, {"aws:principalaccount": "123456789012"})
ONE_ROLE = Request(PULL, AwsPrincipal("123456789012", "aws", ROLE), None)
SYMBOLIC = Request(PULL, AwsPrincipal(ACCOUNT, PARTITION), None)
EXECUTION_ROLE = Request(PULL, None, REPOSITORY, {"aws:sourcearn": None})


def statement(effect: str, without: str = "", **elements: Any) -> dict[str, Any]:
    """A statement that covers a pull by Lambda, but for what is said otherwise."""
    whole = {"Effect": effect, "Principal": {"Service": "lambda.amazonaws.com"}, "Action": list(PULL), **elements}
    return {name: value for name, value in whole.items() if name != without}


def allow(without: str = "", **elements: Any) -> dict[str, Any]:
    return statement("Allow", without, **elements)


def deny(without: str = "", **elements: Any) -> dict[str, Any]:
    return statement("Deny", without, **elements)


def when(operator: str, key: str, value: Any) -> dict[str, Any]:
    return allow(Condition={operator: {key: value}})


def identity(resource: Any, **elements: Any) -> dict[str, Any]:
    return allow("Principal", Resource=resource, **elements)


def policy(*statements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def verdict(request: Request, *statements: Any) -> Verdict:
    return verdict_of(decide([policy(*statements)], request))


ARN = "aws:SourceArn"
FUNCTIONS = "arn:aws:lambda:eu-west-1:123456789012:function:*"
