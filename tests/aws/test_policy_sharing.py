"""A policy that many functions share remembers what it said, and takes no request for another one."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from imagelint.aws.policy import decision as decisions
from imagelint.aws.policy.decision import Policy, SharedPolicy
from imagelint.aws.policy.request import AwsPrincipal, Request
from imagelint.text.holes import Hole
from support.policies import (
    ACCOUNT,
    ANYTHING,
    ARN,
    DEPLOYER,
    FUNCTIONS,
    IN_ANY_ACCOUNT,
    LAMBDA,
    ONE_ROLE,
    PULL,
    REPOSITORY,
    ROLE,
    SYMBOLIC,
    allow,
    deny,
    identity,
    policy,
    text,
    when,
)

NO_SOURCE = {"aws:sourcearn": None, "aws:sourceaccount": None}
GUEST = AwsPrincipal("999999999999", "aws", "arn:aws:iam::999999999999:role/guest")
KNOWN = Hole(ANYTHING.name, ANYTHING.scope, "abc", frozenset({"a"}))
"""The same hole as `ANYTHING`, of which more is known."""
ACTIONS = (PULL, ("ecr:PutImage",))
PRINCIPALS = (
    *(None, LAMBDA.principal, DEPLOYER.principal, ONE_ROLE.principal, SYMBOLIC.principal, GUEST),
    *(AwsPrincipal(ANYTHING, "aws"), AwsPrincipal(KNOWN, "aws")),
)
RESOURCES = (None, REPOSITORY, text("arn:aws:ecr:eu-west-1:", ACCOUNT, ":repository/app"), ANYTHING, KNOWN)
CONTEXTS: tuple[dict[str, Any], ...] = (
    *({}, dict(LAMBDA.context), dict(IN_ANY_ACCOUNT.context), NO_SOURCE),
    *({"aws:sourceaccount": ANYTHING}, {"aws:sourceaccount": KNOWN}),
)
REQUESTS = [Request(*parts) for parts in itertools.product(ACTIONS, PRINCIPALS, RESOURCES, CONTEXTS)]

AWS = {"AWS": "123456789012"}
STATEMENTS: dict[str, Any] = {
    "on a service": [allow()],
    "on everybody": [allow(Principal="*")],
    "on an account": [allow(Principal=AWS)],
    "on what a hole may hold": [allow(Principal={"AWS": "a"})],
    "on a role": [allow(Principal={"AWS": ROLE})],
    "on all but an account": [allow("Principal", NotPrincipal=AWS)],
    "on nobody who is known": [allow(Principal=ANYTHING)],
    "on a list, which is refused": [allow(Principal=["AWS"])],
    "on a user of somebody else's": [allow(Principal={"Federated": "accounts.google.com"})],
    "on a service, and a Deny of an account": [allow(), deny(Principal=AWS)],
    "on a service under a condition on the function": [when("ArnLike", ARN, FUNCTIONS)],
    "on a service under a condition on the account": [when("StringEquals", "aws:SourceAccount", "123456789012")],
    "on a service under a condition on what a hole may hold": [when("StringEquals", "aws:SourceAccount", "a")],
    "on everybody under a condition on the caller": [
        allow(Principal="*", Condition={"StringEquals": {"aws:PrincipalAccount": "123456789012"}})
    ],
    "on a service under a condition that is not known": [allow(Condition=ANYTHING)],
    "of a role, on everything": [identity("*")],
    "of a role, on a list of everything": [identity(["*"])],
    "of a role, on a repository": [identity(REPOSITORY)],
    "of a role, on what a hole holds": [identity(ANYTHING)],
    "of a role, on all but a repository": [allow("Principal", NotResource=REPOSITORY)],
    "of a role, on everything, and a Deny of a repository": [identity("*"), {**identity(REPOSITORY), "Effect": "Deny"}],
    "of a role, on everything and on nothing, which is refused": [identity("*", NotResource="*")],
    "of a role under a condition": [identity("*", Condition={"Null": {"aws:PrincipalAccount": "true"}})],
    "none": [],
    "one that is not known": [ANYTHING],
    "one that is no statement": ["no statement"],
}


@pytest.mark.interpreted
@pytest.mark.parametrize("statements", STATEMENTS.values(), ids=STATEMENTS)
def test_requests_are_told_apart(statements: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of 480 requests is answered as by a policy that was asked nothing before."""
    monkeypatch.setattr(decisions, "_MAX_REMEMBERED", len(REQUESTS))
    anew, shared = Policy(policy(*statements)), SharedPolicy(policy(*statements))
    for request in REQUESTS:
        assert decisions.decide([shared], request) == decisions.decide([anew], request), request


def test_a_request_is_judged_once() -> None:
    """By the role's name and by the function's, which such a policy does not look at."""
    shared = SharedPolicy(policy(allow()))
    for one, other in ((DEPLOYER, ONE_ROLE), (LAMBDA, IN_ANY_ACCOUNT)):
        assert decisions.decide([shared], one) is decisions.decide([shared], other)
    assert decisions.decide([shared], DEPLOYER) != decisions.decide([shared], LAMBDA)
