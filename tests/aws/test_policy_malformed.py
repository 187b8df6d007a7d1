"""Policy documents that IAM would refuse: unknown, with a reason; and the limits on their length."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from imagelint.aws.policy import decision as decisions
from imagelint.aws.policy.decision import Decision, Policy, SharedPolicy
from imagelint.aws.policy.request import Request
from imagelint.text.holes import concat
from support.policies import (
    ALLOWED,
    ANYTHING,
    ARN,
    DEPLOYER,
    EXECUTION_ROLE,
    LAMBDA,
    UNKNOWN,
    allow,
    decide,
    deny,
    identity,
    policy,
    text,
    verdict_of,
    when,
)

ODD: dict[Any, Any] = {**policy(allow()), 7: 7}
DEEP: Any = []
for _ in range(5_000):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        pytest.param([], "the document has a list where an object belongs", id="a list"),
        pytest.param(7, "the document has a number where an object belongs", id="a number"),
        pytest.param(None, "the document has null where an object belongs", id="null"),
        pytest.param("{", "the document is not a JSON text that can be read", id="broken JSON"),
        pytest.param("", "the document is not a JSON text that can be read", id="empty text"),
        pytest.param("[" * 10_000, "the document is not a JSON text that can be read", id="deep JSON"),
        pytest.param(
            "1" * 5000, "the document is not a JSON text that can be read", id="a number that Python refuses to read"
        ),
        pytest.param(
            '{"Statement": [], "Statement": []}', "the document gives an element twice", id="a duplicate (Grammar)"
        ),
        pytest.param({}, "the document has no statements", id="no Statement (Grammar)"),
        pytest.param({"Statement": []}, "the document has no statements", id="an empty Statement (Grammar)"),
        pytest.param({"Statement": "x"}, "the document has no statements", id="a Statement of text"),
        pytest.param({"Statement": DEEP}, "statement 1 has a list where an object belongs", id="deep lists"),
        pytest.param(
            {**policy(allow()), "Statements": []},
            "the document has the element Statements, which does not belong there",
            id="a misspelt element",
        ),
        pytest.param(ODD, "the document has a number for an element's name", id="an element that is a number"),
        pytest.param(
            policy(allow(Condition={"Bool": {10**5000: "x"}})),
            "statement 1 has a number for an element's name",
            id="a key that is a number without end",
        ),
        pytest.param(policy(True), "statement 1 has a truth value where an object belongs", id="true as a statement"),
        pytest.param(policy(allow("Effect")), "statement 1 has no Effect", id="no Effect (Grammar)"),
        pytest.param(
            policy(allow(Effect="allow")),
            "statement 1 has the Effect allow, which is neither Allow nor Deny",
            id="Effect minds case (Effect)",
        ),
        pytest.param(
            policy(allow(Effect="Permit")),
            "statement 1 has the Effect Permit, which is neither Allow nor Deny",
            id="an Effect that there is not",
        ),
        pytest.param(policy(allow(Effect=1)), "statement 1 has no Effect", id="a number as Effect"),
        pytest.param(
            policy(allow(NotAction="x:*")), "statement 1 has both of Action and NotAction", id="both (Elements)"
        ),
        pytest.param(policy(allow("Action")), "statement 1 has none of Action and NotAction", id="neither (Elements)"),
        pytest.param(policy(allow(Action=[])), "statement 1 has an empty list in Action", id="no actions"),
        pytest.param(
            policy(allow(Action={"a": 1})),
            "statement 1 has an object in Action where text belongs",
            id="an object as Action",
        ),
        pytest.param(
            policy(allow(Action=[["ecr:*"]])),
            "statement 1 has a list in Action where text belongs",
            id="a list in a list",
        ),
        pytest.param(
            policy(allow(NotPrincipal="*")),
            "statement 1 has both of Principal and NotPrincipal",
            id="both principals (Elements)",
        ),
        pytest.param(
            policy(allow("Principal")),
            "statement 1 has none of Principal and NotPrincipal",
            id="no Principal in a resource policy (Principal)",
        ),
        pytest.param(
            policy(allow(Principal={})),
            "statement 1 has a Principal without any principal in it",
            id="an empty Principal",
        ),
        pytest.param(
            policy(allow(Principal=[])),
            "statement 1 has a list where an object belongs",
            id="a list as Principal (Grammar)",
        ),
        pytest.param(
            policy(allow(Principal="lambda.amazonaws.com")),
            "statement 1 has a string where an object belongs",
            id="text as Principal (Grammar)",
        ),
        pytest.param(
            policy(allow(Principal={"Services": "x"})),
            "statement 1 has the element Services, which does not belong there",
            id="a misspelt principal",
        ),
        pytest.param(
            policy(allow(Principal={"AWS": 123456789012})),
            "statement 1 has a number in AWS where text belongs",
            id="a number as principal",
        ),
        pytest.param(
            policy(allow(Principal={"AWS": "lambda.amazonaws.com"})),
            "statement 1 has the AWS principal lambda.amazonaws.com, which is none",
            id="a service as AWS",
        ),
        pytest.param(
            policy(allow(Resource="*")),
            "statement 1 has the element Resource, which does not belong there",
            id="Resource in an ECR policy (aws-cdk#24314)",
        ),
        pytest.param(
            policy(allow(condition={})),
            "statement 1 has the element condition, which does not belong there",
            id="an element in lower case",
        ),
        pytest.param(
            policy(allow(Condition=[])), "statement 1 has a list where an object belongs", id="a list as Condition"
        ),
        pytest.param(
            policy(allow(Condition={"Bool": "x"})),
            "statement 1 has a string where an object belongs",
            id="text instead of keys",
        ),
        pytest.param(
            policy(when("Bool", "aws:x", [])), "statement 1 has an empty list in aws:x", id="a key without values"
        ),
        pytest.param(
            policy(when("Bool", "aws:x", None)),
            "statement 1 has null in aws:x where text belongs",
            id="null as a value",
        ),
        pytest.param(
            policy(when("Bool", "aws:x", 1.5)),
            "statement 1 has a number in aws:x where text belongs",
            id="a fraction: its text is not said",
        ),
        pytest.param(
            policy(when("Bool", "aws:x", 10**5000)),
            "statement 1 has a number in aws:x where text belongs",
            id="a number without end",
        ),
        pytest.param(
            policy(allow(), allow("Effect", Sid="Pull")), "statement 2 (Pull) has no Effect", id="by its name"
        ),
        pytest.param(policy(deny(), allow("Effect")), "statement 2 has no Effect", id="AWS refuses the whole document"),
    ],
)
def test_malformed_documents_are_unknown_and_say_why(document: Any, reason: str) -> None:
    decision = decide([document], LAMBDA)
    assert verdict_of(decision) is UNKNOWN
    assert decision.allowed is None
    assert decision.malformed == (reason,)


@pytest.mark.parametrize(
    "document",
    [ANYTHING, text('{"Statement": ', ANYTHING, "}"), {"Statement": ANYTHING}, policy(text("{", ANYTHING))],
    ids=["a document", "JSON with a hole", "statements", "a statement with a hole"],
)
def test_what_only_deployment_writes_is_unknown_and_not_malformed(document: Any) -> None:
    decision = decide([document, policy(allow())], LAMBDA)
    assert (verdict_of(decision), decision.allowed, decision.malformed) == (UNKNOWN, None, ())


def test_each_malformed_document_says_why() -> None:
    assert decide([7, []], LAMBDA).malformed == (
        "policy 1, the document has a number where an object belongs",
        "policy 2, the document has a list where an object belongs",
    )


@pytest.mark.parametrize(
    "document",
    [json.dumps(policy(allow())), policy(allow()) | {"Statement": allow()}, policy(allow()) | {"Id": "pull"}],
    ids=["JSON", "one statement", "with an Id"],
)
def test_documents_may_be_json_texts_and_statements_single_objects(document: Any) -> None:
    assert verdict_of(decide([document], LAMBDA)) is ALLOWED


TOO_LONG = "the document has more than the 10,240 characters that AWS accepts"


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(policy(*[allow() for _ in range(1_000)]), id="statements"),
        pytest.param(policy(allow(Action=["ecr:*"] * 200_000)), id="actions"),
        pytest.param(policy(allow(Principal={"AWS": ["123456789012"] * 200_000})), id="principals"),
        pytest.param(policy(when("StringLike", ARN, "${" * 50_000)), id="variables that never end"),
        pytest.param(policy(when("StringLike", ARN, text("x" * 10_240, ANYTHING))), id="text before a hole"),
        pytest.param(policy({"x" * 10_240: 1}), id="an element's name"),
        pytest.param(json.dumps(policy(allow(Action=["ecr:*"] * 2_000))), id="JSON"),
        pytest.param("[" * 100_000, id="what is no JSON"),
    ],
)
def test_a_document_that_is_too_long_to_deploy_is_not_read(document: Any) -> None:
    """(ECR API reference, SetRepositoryPolicy; IAM quotas)"""
    assert decide([document], LAMBDA) == Decision(None, None, malformed=(TOO_LONG,))
    assert decide([policy(deny()), document], LAMBDA).malformed == (f"policy 2, {TOO_LONG}",)
    assert steps(lambda: decisions.decide([Policy(document)], LAMBDA)) < 40_000


@pytest.mark.interpreted
def test_a_document_that_is_asked_for_by_many_is_measured_once() -> None:
    shared = SharedPolicy(policy(*[allow()] * 1_000))
    first = steps(lambda: decisions.decide([shared], LAMBDA))
    assert decisions.decide([shared], LAMBDA) == Decision(None, None, malformed=(TOO_LONG,))
    assert steps(lambda: decisions.decide([shared], LAMBDA)) < first / 50


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(policy(*[allow()] * 95), id="ninety-five statements"),
        pytest.param(json.dumps(policy(allow()), indent=2) + " " * 50_000, id="white space is not counted (IAM)"),
        pytest.param(policy(allow(Action=["ecr:*", *[ANYTHING] * 10_000])), id="what a hole holds does not count"),
    ],
)
def test_a_document_that_may_be_deployed_is_read(document: Any) -> None:
    assert verdict_of(decide([document], LAMBDA)) is ALLOWED


def test_the_policies_in_a_role_have_a_length_together() -> None:
    """At most 20 are attached, and 10,240 characters are in the role (IAM quotas)."""
    own = policy(identity("*", Sid="x" * 500))
    attached = policy(identity("*", Sid="x" * 6_000))
    assert verdict_of(decide([own] * 15 + [attached] * 20, EXECUTION_ROLE)) is ALLOWED
    assert decide([own] * 18 + [attached] * 20, EXECUTION_ROLE).malformed == (
        "the documents have more than the 10,240 characters that AWS accepts together",
    )


def steps(run: Callable[[], object]) -> int:
    """How many functions are called, of Python and of C."""
    calls = 0

    def count(_frame: Any, event: str, _arg: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        run()
    finally:
        sys.setprofile(None)
    return calls


GROWING: dict[str, Callable[[int], dict[str, Any]]] = {
    "statements": lambda size: policy(*[allow(Sid=f"S{n}") for n in range(size)]),
    "actions": lambda size: policy(allow(Action=[f"ecr:*{size}{n}" for n in range(size)])),
    "principals": lambda size: policy(allow(Principal={"AWS": [f"{n:012}" for n in range(size)]})),
    "values": lambda size: policy(when("ArnLike", ARN, [f"arn:*:{size}{n}" for n in range(size)])),
    "wildcards": lambda size: policy(when("StringLike", ARN, f"{size}*" * size)),
    "wildcards that fit": lambda size: policy(when("StringLike", ARN, "*" * size + ":function:*")),
    "variables": lambda size: policy(when("StringLike", ARN, "*${aws:username}" * size)),
    "variables that never end": lambda size: policy(when("StringLike", ARN, "${" * size)),
    "holes": lambda size: policy(
        when("StringLike", ARN, concat([piece for _ in range(size) for piece in ("*", ANYTHING)]))
    ),
}


@pytest.mark.parametrize("make", GROWING.values(), ids=GROWING)
@pytest.mark.parametrize("request_", [LAMBDA, DEPLOYER], ids=["Lambda", "an account"])
def test_work_grows_linearly_with_a_document(make: Callable[[int], dict[str, Any]], request_: Request) -> None:
    decide([make(10)], request_)  # regular expressions are compiled when they are first needed
    few, more, most = (steps(partial(decide, [make(size)], request_)) for size in (20, 40, 60))
    assert most - more <= 1.1 * (more - few) + 50
