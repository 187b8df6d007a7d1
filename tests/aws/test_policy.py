"""What policy documents say of a Lambda function that pulls its image, by tables of cases with their source."""

from __future__ import annotations

from typing import Any

import pytest

from imagelint.aws.policy.request import AwsPrincipal, Request, Service
from imagelint.text.holes import Hole, Str
from imagelint.text.matching import glob
from support.policies import (
    ACCOUNT,
    ALLOWED,
    ANYTHING,
    ARN,
    DENIED,
    DEPLOYER,
    EXECUTION_ROLE,
    FUNCTIONS,
    LAMBDA,
    MISSING,
    NAME,
    ONE_ROLE,
    PARTITION,
    PULL,
    REPOSITORY,
    ROLE,
    SYMBOLIC,
    UNKNOWN,
    Verdict,
    allow,
    decide,
    deny,
    identity,
    policy,
    text,
    verdict,
    verdict_of,
    when,
)

SUFFIX = Hole("AWS::URLSuffix", "app", "abcdefghijklmnopqrstuvwxyz.")
REGISTRY = Request(PULL, Service("lambda.amazonaws.com"), REPOSITORY)


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        pytest.param([allow()], ALLOWED, id="the grant of CDK's fromEcr on an owned repository"),
        pytest.param([allow(Action="ecr:BatchGetImage")], MISSING, id="one action of two: both are needed"),
        pytest.param(
            [allow(Action="ecr:BatchGetImage"), allow(Action="ecr:GetDownloadUrlForLayer")],
            ALLOWED,
            id="the actions may come from different statements (Evaluation logic: any Allow)",
        ),
        pytest.param([allow(), deny()], DENIED, id="an explicit Deny wins (Evaluation logic)"),
        pytest.param([deny(), allow()], DENIED, id="order of statements does not matter (Evaluation logic)"),
        pytest.param([deny()], DENIED, id="Deny without any Allow is still an explicit Deny"),
        pytest.param([allow(), deny(Action="ecr:BatchGetImage")], DENIED, id="a Deny of one action denies the pull"),
        pytest.param([allow(), deny(Action="ecr:PutImage")], ALLOWED, id="a Deny of another action does not matter"),
        pytest.param([deny(Action="ecr:PutImage")], MISSING, id="a Deny of another action alone: nothing allows"),
        pytest.param([allow(Action="ecr:*")], ALLOWED, id="* in an action (Action)"),
        pytest.param([allow(Action="*")], ALLOWED, id="all actions (Action)"),
        pytest.param([allow(Action="ECR:batchgetimage")], MISSING, id="any case, but one of two actions (Action)"),
        pytest.param(
            [allow(Action=["ecr:batchGETimage", "ecr:getDOWNLOADurlforLAYER"])], ALLOWED, id="any case (Action)"
        ),
        pytest.param([allow(Action=["ecr:BatchGet?mage", "ecr:Get*"])], ALLOWED, id="? is one character (Action)"),
        pytest.param([allow(Action=["ecr:BatchGetImage?", "ecr:Get*"])], MISSING, id="? is not no character"),
        pytest.param([allow(Action="ecr:Get*")], MISSING, id="Get* is not BatchGetImage: wildcards are anchored"),
        pytest.param([allow(Action="s3:*")], MISSING, id="another service's actions"),
        pytest.param([allow("Action", NotAction="s3:*")], ALLOWED, id="NotAction is everything else (NotAction)"),
        pytest.param([allow("Action", NotAction="ecr:Batch*")], MISSING, id="NotAction excludes one of the two"),
        pytest.param([allow(), deny("Action", NotAction="ecr:*")], ALLOWED, id="Deny of all but ECR"),
        pytest.param([allow(), deny("Action", NotAction="s3:*")], DENIED, id="Deny of all but S3"),
        pytest.param([allow(Action=[text("ecr:", ANYTHING)])], UNKNOWN, id="an action with a hole"),
        pytest.param([allow(Action=text("ECR:", ANYTHING))], UNKNOWN, id="an action with a hole, in any case (Action)"),
        pytest.param([allow(Action=["ecr:*", ANYTHING])], ALLOWED, id="another action with a hole does not matter"),
        pytest.param([allow(Action=text("s3:", ANYTHING))], MISSING, id="a hole behind another service's prefix"),
        pytest.param([allow(), deny(Action=ANYTHING)], UNKNOWN, id="a Deny that may or may not cover the pull"),
        pytest.param([allow(Effect=ANYTHING)], UNKNOWN, id="an effect that is not known"),
        pytest.param([deny(), ANYTHING], DENIED, id="a certain Deny wins over a statement that is not known"),
        pytest.param([allow(), ANYTHING], UNKNOWN, id="a statement that is not known may deny"),
        pytest.param([allow(Sid=7)], ALLOWED, id="Sid only names"),
    ],
)
def test_effects_and_actions(statements: list[Any], expected: Verdict) -> None:
    assert verdict(LAMBDA, *statements) is expected


@pytest.mark.parametrize(
    ("request_", "principal", "expected"),
    [
        pytest.param(LAMBDA, "*", ALLOWED, id="* is all principals (Principal), services too"),
        pytest.param(LAMBDA, {"AWS": "*"}, UNKNOWN, id="AWS * equals * for anonymous users only (Principal)"),
        pytest.param(
            LAMBDA, {"Service": ["ecs.amazonaws.com", "lambda.amazonaws.com"]}, ALLOWED, id="a list (Principal)"
        ),
        pytest.param(LAMBDA, {"Service": "ecs.amazonaws.com"}, MISSING, id="another service"),
        pytest.param(LAMBDA, {"Service": "edgelambda.amazonaws.com"}, MISSING, id="Lambda@Edge is another service"),
        pytest.param(LAMBDA, {"Service": "lambda.amazonaws.com.cn"}, UNKNOWN, id="a national name of the service"),
        pytest.param(LAMBDA, {"Service": "lambda.eu-west-1.amazonaws.com"}, UNKNOWN, id="a regional name of it"),
        pytest.param(LAMBDA, {"Service": "Lambda.amazonaws.com"}, UNKNOWN, id="whether case matters is not said"),
        pytest.param(LAMBDA, {"Service": "*"}, UNKNOWN, id="all services: not in the documentation"),
        pytest.param(LAMBDA, {"Service": text("lambda.", SUFFIX)}, UNKNOWN, id="lambda.${AWS::URLSuffix}"),
        pytest.param(LAMBDA, {"Service": text("s3.", SUFFIX)}, MISSING, id="s3.${AWS::URLSuffix}"),
        pytest.param(LAMBDA, {"AWS": "123456789012"}, MISSING, id="the account is not the service (AWS.md)"),
        pytest.param(LAMBDA, {"AWS": f"{ROLE}*"}, MISSING, id="no ARN, wildcard or not, names a service"),
        pytest.param(
            LAMBDA, {"AWS": ["123456789012"], "Service": "lambda.amazonaws.com"}, ALLOWED, id="a map is an or"
        ),
        pytest.param(LAMBDA, {"Federated": "accounts.google.com"}, MISSING, id="a web identity is not a service"),
        pytest.param(LAMBDA, {"Federated": ANYTHING}, MISSING, id="no web identity is a service, whichever it is"),
        pytest.param(LAMBDA, {"CanonicalUser": "79a59d"}, MISSING, id="an account's canonical ID is not a service"),
        pytest.param(LAMBDA, ANYTHING, UNKNOWN, id="a principal that is not known"),
        pytest.param(LAMBDA, {"AWS": ANYTHING}, UNKNOWN, id="an AWS principal that may be *"),
        pytest.param(
            LAMBDA, {"AWS": Hole("Role.Arn", never=frozenset("*"))}, MISSING, id="an AWS principal that is not *"
        ),
        pytest.param(DEPLOYER, "*", ALLOWED, id="* is all principals (Principal), also of accounts"),
        pytest.param(DEPLOYER, {"AWS": "*"}, ALLOWED, id="AWS * is everyone (Principal)"),
        pytest.param(DEPLOYER, {"AWS": "123456789012"}, ALLOWED, id="the account's ID (Principal)"),
        pytest.param(DEPLOYER, {"AWS": "arn:aws:iam::123456789012:root"}, ALLOWED, id="the account's root (Principal)"),
        pytest.param(DEPLOYER, {"AWS": "210987654321"}, MISSING, id="another account's ID"),
        pytest.param(DEPLOYER, {"AWS": "arn:aws:iam::210987654321:root"}, MISSING, id="another account's root"),
        pytest.param(DEPLOYER, {"AWS": ["210987654321", "123456789012"]}, ALLOWED, id="a list is an or (Principal)"),
        pytest.param(DEPLOYER, {"AWS": ROLE}, UNKNOWN, id="a role of the account: perhaps the one that deploys"),
        pytest.param(DEPLOYER, {"AWS": "arn:aws:iam::210987654321:role/x"}, MISSING, id="a role of another account"),
        pytest.param(
            DEPLOYER, {"AWS": "arn:aws:iam::*:root"}, UNKNOWN, id="no wildcard in a part (Principal): refused"
        ),
        pytest.param(DEPLOYER, {"AWS": "arn:*"}, UNKNOWN, id="no wildcard at the end of a part (Principal): refused"),
        pytest.param(DEPLOYER, {"AWS": "AROAEXAMPLE"}, UNKNOWN, id="the unique ID of a deleted role (Principal)"),
        pytest.param(DEPLOYER, {"CanonicalUser": "79a59d"}, UNKNOWN, id="a canonical ID names some account"),
        pytest.param(
            DEPLOYER, {"Service": "lambda.amazonaws.com"}, MISSING, id="CDK's own grant across accounts (AWS.md)"
        ),
        pytest.param(DEPLOYER, {"AWS": text("arn:aws:iam::", ACCOUNT, ":root")}, UNKNOWN, id="perhaps the account"),
        pytest.param(ONE_ROLE, {"AWS": ROLE}, ALLOWED, id="the role's own ARN (Principal)"),
        pytest.param(ONE_ROLE, {"AWS": "123456789012"}, ALLOWED, id="the account stands for its roles (Principal)"),
        pytest.param(ONE_ROLE, {"AWS": f"{ROLE}2"}, MISSING, id="another role"),
        pytest.param(ONE_ROLE, {"AWS": text(ROLE, "-", NAME)}, MISSING, id="another role, whose name ends in a hole"),
        pytest.param(ONE_ROLE, {"AWS": "arn:aws:iam::123456789012:user/a"}, MISSING, id="a user"),
        pytest.param(ONE_ROLE, {"AWS": f"{ROLE}*"}, UNKNOWN, id="a wildcard in a role (Principal): refused"),
        pytest.param(
            ONE_ROLE, {"AWS": "arn:aws:sts::123456789012:assumed-role/deployer/s"}, UNKNOWN, id="a session of the role"
        ),
        pytest.param(
            SYMBOLIC, {"AWS": text("arn:", PARTITION, ":iam::", ACCOUNT, ":root")}, ALLOWED, id="the same holes"
        ),
        pytest.param(
            Request(PULL, AwsPrincipal("123456789012", PARTITION), None),
            {"AWS": text("arn:", PARTITION, ":iam::210987654321:root")},
            MISSING,
            id="CDK's AccountPrincipal of another account",
        ),
    ],
)
def test_principals(request_: Request, principal: Any, expected: Verdict) -> None:
    assert verdict(request_, allow(Principal=principal)) is expected


@pytest.mark.parametrize(
    ("request_", "principal", "expected"),
    [
        pytest.param(LAMBDA, {"Service": "lambda.amazonaws.com"}, ALLOWED, id="the service is exempt (NotPrincipal)"),
        pytest.param(LAMBDA, {"AWS": "123456789012"}, DENIED, id="services are not exempt with an account"),
        pytest.param(LAMBDA, "*", ALLOWED, id="all but everyone is no one"),
        pytest.param(LAMBDA, {"AWS": "*"}, UNKNOWN, id="whether AWS * holds services is not known"),
        pytest.param(DEPLOYER, {"AWS": "210987654321"}, DENIED, id="another account is exempt"),
        pytest.param(DEPLOYER, "*", ALLOWED, id="all but everyone is no account either"),
        pytest.param(ONE_ROLE, {"AWS": ROLE}, UNKNOWN, id="without its account it might be denied (NotPrincipal)"),
        pytest.param(
            ONE_ROLE, {"AWS": "123456789012"}, UNKNOWN, id="without its role it might be denied (NotPrincipal)"
        ),
    ],
)
def test_denying_all_principals_but_some(request_: Request, principal: Any, expected: Verdict) -> None:
    assert verdict(request_, allow(Principal="*"), deny("Principal", NotPrincipal=principal)) is expected


def test_not_principal_with_allow_grants_the_rest() -> None:
    assert verdict(LAMBDA, allow("Principal", NotPrincipal={"Service": "s3.amazonaws.com"})) is ALLOWED


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        pytest.param([identity(REPOSITORY)], ALLOWED, id="the repository itself"),
        pytest.param([identity("*")], ALLOWED, id="AmazonEC2ContainerRegistryReadOnly: all resources"),
        pytest.param([identity("arn:aws:ecr:*:*:repository/*")], ALLOWED, id="wildcards in segments (Resource)"),
        pytest.param([identity(["arn:aws:s3:::b", REPOSITORY])], ALLOWED, id="a list is an or (Resource)"),
        pytest.param([identity(REPOSITORY + "2")], MISSING, id="another repository"),
        pytest.param([identity(REPOSITORY.upper())], MISSING, id="resources mind case"),
        pytest.param([identity("arn:aws:ecr")], ALLOWED, id="an incomplete ARN is completed (Resource)"),
        pytest.param([identity("arn:aws:sqs")], MISSING, id="another service's incomplete ARN (Resource)"),
        pytest.param(
            [identity("arn:aws:*:repository/app")], UNKNOWN, id="* ends a segment, may cross colons (Resource)"
        ),
        pytest.param([identity("arn:aws:ecr:*:repository/*")], UNKNOWN, id="region and account by one * (Resource)"),
        pytest.param([identity("arn:aws:ecr:*:repository/b*")], MISSING, id="no crossing makes another name fit"),
        pytest.param([identity("arn:aws:ecr:*")], ALLOWED, id="both readings of a * at the end agree"),
        pytest.param([identity("arn:aws:ecr:eu-west-1:repository/*")], MISSING, id="no * to stand for the account"),
        pytest.param(
            [identity("*"), deny("Principal", NotResource="arn:aws:ecr:*:repository/*")],
            UNKNOWN,
            id="a Deny of all but what one reading covers (NotResource)",
        ),
        pytest.param(
            [identity("*"), deny("Principal", NotResource="arn:aws:s3:*")],
            DENIED,
            id="a Deny of all but S3 (NotResource)",
        ),
        pytest.param([identity("arn:aws:s3:::b/${aws:username}")], MISSING, id="a variable that cannot matter"),
        pytest.param([identity(REPOSITORY[:-3] + "${aws:username}")], UNKNOWN, id="a variable (Variables)"),
        pytest.param([identity(text(REPOSITORY, ANYTHING))], UNKNOWN, id="a resource with a hole"),
        pytest.param([allow("Principal", NotResource="arn:aws:s3:::*")], ALLOWED, id="NotResource: all but S3"),
        pytest.param([allow("Principal", NotResource=REPOSITORY)], MISSING, id="NotResource: all but ours"),
        pytest.param([identity("*"), deny("Principal", Resource=REPOSITORY)], DENIED, id="Deny on the repository"),
        pytest.param([identity("*", Condition={"ArnLike": {ARN: "*"}})], MISSING, id="a role has no aws:SourceArn"),
        pytest.param([allow(Resource="*")], UNKNOWN, id="identity policies have no Principal (Principal)"),
        pytest.param([allow("Principal")], UNKNOWN, id="they must have a Resource (Resource)"),
    ],
)
def test_identity_policies(statements: list[Any], expected: Verdict) -> None:
    assert verdict(EXECUTION_ROLE, *statements) is expected


def test_an_arn_that_is_a_hole_is_its_own_resource() -> None:
    arn = Hole("Repo.Arn", "app")
    assert verdict(Request(PULL, None, arn), identity(arn)) is ALLOWED
    assert verdict(Request(PULL, None, arn), identity(Hole("Other.Arn", "app"))) is UNKNOWN


def test_an_identity_policy_with_an_empty_resource_is_malformed() -> None:
    assert decide([policy(identity([]))], EXECUTION_ROLE).malformed == ("statement 1 has an empty list in Resource",)


def test_registry_policies_have_both_principal_and_resource() -> None:
    assert verdict(REGISTRY, allow(Resource="arn:aws:ecr:eu-west-1:123456789012:repository/*")) is ALLOWED
    assert verdict(REGISTRY, allow(Resource="arn:aws:ecr")) is UNKNOWN  # completed in identity policies only
    assert verdict(REGISTRY, allow(Resource="arn:aws:ecr:*:repository/*")) is UNKNOWN  # * may cross colons (Resource)


LOG_STREAM = text("arn:aws:logs:eu-west-1:", ACCOUNT, ":log-group:", ANYTHING, ":log-stream:", ANYTHING)


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        pytest.param("arn:aws:logs:*:*:*", ALLOWED, id="each part by a wildcard"),
        pytest.param("arn:aws:logs:*:log-group:/aws/lambda/*", UNKNOWN, id="region and account by one * (Resource)"),
        pytest.param("arn:aws:logs:eu-west-1:log-group:/aws/lambda/*", MISSING, id="the account forgotten"),
        pytest.param(
            "arn:aws:logs:us-*:log-group:/aws/lambda/*", MISSING, id="another region, the account by the same *"
        ),
    ],
)
def test_who_may_write_logs(resource: str, expected: Verdict) -> None:
    request = Request(("logs:PutLogEvents",), None, LOG_STREAM)
    assert verdict(request, identity(resource, Action="logs:*")) is expected


@pytest.mark.parametrize(
    "beside",
    [{"StringLike": ANYTHING}, {"IpAddress": {"aws:SourceIp": "::"}}, {"StringLike": {"aws:SourceOrgID": "o"}}],
    ids=["keys that are not known", "an operator that is not evaluated", "a key that cannot be known"],
)
def test_what_excludes_is_named_beside_what_is_not_known(beside: dict[str, Any]) -> None:
    condition = {**beside, "StringEquals": {"aws:SourceAccount": "210987654321"}}
    (excluded,) = decide([policy(allow(Condition=condition))], LAMBDA).excluded
    assert excluded.condition_keys == ("aws:sourceaccount",)


def test_an_excluding_condition_is_named() -> None:
    other = {"StringEquals": {"aws:SourceAccount": "210987654321"}, "StringLike": {ARN: FUNCTIONS}}
    decision = decide([policy(deny(Action="s3:*"), allow(Sid="Pull", Condition=other))], LAMBDA)
    (excluded,) = decision.excluded
    assert verdict_of(decision) is MISSING
    assert excluded.name == "statement 2 (Pull)"
    assert excluded.condition_keys == ("aws:sourceaccount",)


def test_a_statement_that_covers_something_else_is_not_excluded_by_its_condition() -> None:
    other = {"StringEquals": {"aws:SourceAccount": "210987654321"}}
    statements = [allow(Action="s3:*", Condition=other), allow(Principal={"AWS": "1"}, Condition=other)]
    assert decide([policy(*statements)], LAMBDA).excluded == ()


@pytest.mark.parametrize(
    ("condition", "keys"),
    [
        ({}, ()),
        ({"StringLike": {ARN: FUNCTIONS}, "StringEquals": {"AWS:SourceArn": "x"}}, None),
        ({"StringLike": {ARN: FUNCTIONS}, "ArnLike": {"AWS:SourceArn": FUNCTIONS}}, ("aws:sourcearn",)),
        ({"Null": {ARN: "false"}}, ()),
    ],
    ids=[
        "no condition",
        "a condition that excludes grants nothing",
        "two operators, one key",
        "Null compares no value",
    ],
)
def test_granting_statements_name_the_keys_they_compare(condition: Any, keys: tuple[str, ...] | None) -> None:
    granting = decide([policy(allow(Condition=condition))], LAMBDA).granting
    assert [one.condition_keys for one in granting] == ([] if keys is None else [keys])


def test_denying_statements_are_named() -> None:
    decision = decide([policy(allow(), deny(Sid="No"))], LAMBDA)
    assert [one.name for one in decision.denying] == ["statement 2 (No)"]


def test_documents_apply_together() -> None:
    first, second = policy(identity("*", Action="ecr:Batch*")), policy(identity("*", Action="ecr:Get*"))
    decision = decide([first, second], EXECUTION_ROLE)
    assert verdict_of(decision) is ALLOWED
    assert [one.name for one in decision.granting] == ["policy 1, statement 1", "policy 2, statement 1"]
    assert verdict_of(decide([first, second, policy(deny("Principal", Resource="*"))], EXECUTION_ROLE)) is DENIED
    assert verdict_of(decide([], EXECUTION_ROLE)) is MISSING


def test_surely_not_allowed_may_still_be_denied() -> None:
    decision = decide([policy(deny(Condition=ANYTHING))], LAMBDA)
    assert (verdict_of(decision), decision.allowed) == (UNKNOWN, False)


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [
        ("a*b?c", "a--bxc", True),
        ("a*b?c", "a--bc", False),
        ("*", ANYTHING, True),
        ("", "", True),
        ("", text("a", ANYTHING), False),
        ("a*", text("a", ANYTHING), True),
        ("a?", text("a", ANYTHING), None),
        ("*:1:*", text(NAME, ":2:x"), False),
        ("*:1:*", text(ACCOUNT, ":1:x"), True),
        ("*:x:*", text(ACCOUNT, ":", ACCOUNT), False),
        (text(ANYTHING, "b"), text(ANYTHING, "ab"), None),
        (text("a", ANYTHING, "*"), text("a", ANYTHING, "c"), True),
        (text("x", PARTITION, "*y"), text("x", PARTITION, "z"), False),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("*ab*", "aabc", True),
        (text("abcd", ACCOUNT), text("axcd", ACCOUNT), False),
        (text(ACCOUNT, "abcd"), text(ACCOUNT, "abxd"), False),
        (text(ACCOUNT, "abcd"), text(PARTITION, "abyd"), False),
        (text(ACCOUNT, "b"), "1b", None),
        (text(ACCOUNT, ":1:", PARTITION), text(PARTITION, ":1:", ACCOUNT), None),
        (text(ACCOUNT, ":1:", PARTITION), text(PARTITION, ":2:", ACCOUNT), False),
        (text("ab", ACCOUNT, "c"), "ab1c", None),
        (text("ab", ACCOUNT, "c"), "abxc", False),
        (text("ab", ACCOUNT, "*", ACCOUNT, "c"), "ab1x2c", None),
        (text("ab", ACCOUNT, "*", ACCOUNT, "c"), "abx-yc", None),
        (text("a", ACCOUNT, "?", PARTITION), "a1b2", False),
        (text("a", ACCOUNT, "?", PARTITION), "a1bc", None),
        (text("a", ANYTHING, "b"), "axyzb", None),
        ("a*", text("*", ANYTHING), False),
        ("?b", text(ANYTHING, "b"), None),
        ("*" * 50 + "b", "a" * 5000, False),
        ("*a" * 200, text("a" * 300, NAME, "b"), False),
    ],
)
def test_glob(pattern: Str, value: Str, expected: bool | None) -> None:
    assert glob(pattern, value) is expected


def test_texts_are_compared_within_the_holes_at_both_ends() -> None:
    request = Request(PULL, LAMBDA.principal, None, {"aws:tag": text(ANYTHING, "a", ANYTHING)})
    assert verdict(request, when("StringEquals", "aws:Tag", text(ANYTHING, "a", ANYTHING))) is ALLOWED
    assert verdict(request, when("StringEquals", "aws:Tag", text(ANYTHING, "b", ANYTHING))) is MISSING


OPEN_STATEMENT = text("{", ANYTHING, "}")
"""What holds as a whole only after the deployment; it may be a Deny."""


@pytest.mark.parametrize(
    "documents",
    [
        pytest.param([policy(allow(), OPEN_STATEMENT)], id="in the only policy"),
        pytest.param([policy(allow(), OPEN_STATEMENT), policy(allow())], id="in one of two policies"),
        pytest.param([policy(allow()), policy(allow(), OPEN_STATEMENT)], id="in the other one"),
        pytest.param([policy(allow()), ANYTHING], id="a whole policy"),
    ],
)
def test_what_is_open_as_a_whole_leaves_a_grant_unknown(documents: list[Any]) -> None:
    decision = decide(documents, LAMBDA)
    assert (decision.allow, decision.deny) == (None, None)


def test_statements_of_several_policies_keep_their_condition_keys() -> None:
    granted = allow(Condition={"StringLike": {ARN: FUNCTIONS}})
    refused = allow(Condition={"StringEquals": {"aws:SourceAccount": "210987654321"}})
    decision = decide([policy(granted), policy(refused), policy(deny())], LAMBDA)
    assert [(one.name, one.condition_keys) for one in decision.granting] == [
        ("policy 1, statement 1", ("aws:sourcearn",))
    ]
    assert [(one.name, one.condition_keys) for one in decision.excluded] == [
        ("policy 2, statement 1", ("aws:sourceaccount",))
    ]
    assert [(one.name, one.condition_keys) for one in decision.denying] == [("policy 3, statement 1", ())]
