"""What policy documents say of a Lambda function that pulls its image, by tables of cases with their source."""

from __future__ import annotations

import enum
import json
import re
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imagelint.aws.policy.decision import Decision, decide
from imagelint.aws.policy.request import AwsPrincipal, Request, Service
from imagelint.text.holes import Hole, Str, Text, concat, parts_of
from imagelint.text.matching import glob, match_arn


class Verdict(enum.Enum):
    """A decision in one word."""

    ALLOWED = "allowed"
    DENIED = "denied"
    """A Deny statement certainly covers one of the actions."""
    MISSING = "missing"
    """Certainly nothing denies, and nothing allows one of the actions."""
    UNKNOWN = "unknown"


ALLOWED, DENIED, MISSING, UNKNOWN = Verdict.ALLOWED, Verdict.DENIED, Verdict.MISSING, Verdict.UNKNOWN


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
SUFFIX = Hole("AWS::URLSuffix", "app", "abcdefghijklmnopqrstuvwxyz.")
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
REGISTRY = Request(PULL, Service("lambda.amazonaws.com"), REPOSITORY)


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


ARN = "aws:SourceArn"
FUNCTIONS = "arn:aws:lambda:eu-west-1:123456789012:function:*"


@pytest.mark.parametrize(
    ("operator", "key", "value", "expected"),
    [
        pytest.param("StringLike", "aws:sourceARN", FUNCTIONS, ALLOWED, id="the example of the Lambda guide"),
        pytest.param("StringLike", "AWS:SOURCEARN", FUNCTIONS, ALLOWED, id="names of keys ignore case (Condition)"),
        pytest.param("ArnLike", ARN, FUNCTIONS, ALLOWED, id="ArnLike"),
        pytest.param("ArnEquals", ARN, FUNCTIONS, ALLOWED, id="ArnEquals takes wildcards as ArnLike does (Operators)"),
        pytest.param(
            "StringEquals", ARN, FUNCTIONS, MISSING, id="StringEquals has no wildcards, names no * (Operators)"
        ),
        pytest.param("ArnLike", ARN, FUNCTIONS.replace("eu-", "us-"), MISSING, id="another region"),
        pytest.param("ArnLike", ARN, FUNCTIONS.replace("1234", "4321"), MISSING, id="another account"),
        pytest.param("ArnLike", ARN, FUNCTIONS.replace("lambda", "ecs"), MISSING, id="another service"),
        pytest.param("ArnLike", ARN, FUNCTIONS[:-1] + "fn", UNKNOWN, id="one name, while ours is not known"),
        pytest.param("ArnLike", ARN, FUNCTIONS[:-1] + "a.b", MISSING, id="a name that ours cannot be"),
        pytest.param("ArnLike", ARN, [FUNCTIONS[:-1] + "a", FUNCTIONS], ALLOWED, id="any of the values (Condition)"),
        pytest.param("ArnLike", ARN, "arn:aws:lambda:*", UNKNOWN, id="too few parts for an ARN"),
        pytest.param("ArnLike", ARN, "arn:aws:*:*:*:*", ALLOWED, id="a wildcard for each part (Operators)"),
        pytest.param("ArnLike", ARN, "arn:*:*:*:*:*:*", ALLOWED, id="the sixth part may hold colons"),
        pytest.param("ArnLike", ARN, "arn:*:eu-west-1:*:*:*", MISSING, id="* ends at a colon in ArnLike (Operators)"),
        pytest.param("StringLike", ARN, "arn:*:function:*", ALLOWED, id="* crosses colons in StringLike (Operators)"),
        pytest.param("ArnNotLike", ARN, FUNCTIONS, MISSING, id="the negated form (Operators)"),
        pytest.param("ArnNotEquals", ARN, FUNCTIONS.replace("eu-", "us-"), ALLOWED, id="the negated form of a miss"),
        pytest.param("StringNotLike", ARN, ["x*", FUNCTIONS], MISSING, id="negated: none of the values (Condition)"),
        pytest.param("StringEquals", "aws:SourceAccount", "123456789012", ALLOWED, id="the account"),
        pytest.param("StringEquals", "aws:SourceAccount", 123456789012, ALLOWED, id="a number for its text (Grammar)"),
        pytest.param("StringEquals", "aws:SourceAccount", [1, 123456789012], ALLOWED, id="numbers in a list (Grammar)"),
        pytest.param("StringEquals", "aws:SourceAccount", "210987654321", MISSING, id="another's account"),
        pytest.param("StringEquals", "aws:SourceAccount", ACCOUNT, UNKNOWN, id="an account that is not known"),
        pytest.param("StringEquals", "aws:SourceAccount", ["1", "123456789012"], ALLOWED, id="one of two accounts"),
        pytest.param("StringNotEquals", "aws:SourceAccount", "210987654321", ALLOWED, id="not another's account"),
        pytest.param(
            "StringEqualsIgnoreCase", ARN, FUNCTIONS.upper()[:-1] + "F", UNKNOWN, id="without case, hole or F"
        ),
        pytest.param("StringEqualsIgnoreCase", "aws:PrincipalIsAWSService", "TRUE", ALLOWED, id="ignoring case"),
        pytest.param("StringEquals", "aws:PrincipalIsAWSService", "TRUE", MISSING, id="not ignoring case (Operators)"),
        pytest.param("StringNotEqualsIgnoreCase", "aws:ViaAWSService", "FALSE", MISSING, id="negated, ignoring case"),
        pytest.param("StringEquals", "aws:SourceOrgID", "o-1", UNKNOWN, id="a key that cannot be known offline"),
        pytest.param(
            "StringEquals", "aws:PrincipalOrgID", "o-1", MISSING, id="an absent key matches nothing (Operators)"
        ),
        pytest.param("StringNotEquals", "aws:PrincipalOrgID", "o-1", ALLOWED, id="absent and negated (Operators)"),
        pytest.param("StringEqualsIfExists", "aws:PrincipalOrgID", "o-1", ALLOWED, id="absent, IfExists (Operators)"),
        pytest.param(
            "StringNotEqualsIfExists", "aws:PrincipalOrgID", "o-1", ALLOWED, id="negated, IfExists (Operators)"
        ),
        pytest.param("ArnLikeIfExists", ARN, "arn:aws:s3:*:*:*", MISSING, id="IfExists of a key that is there"),
        pytest.param(
            "StringEqualsIfExists", "aws:SourceOrgID", "o-1", UNKNOWN, id="IfExists of a key that is not known"
        ),
        pytest.param("Bool", "aws:PrincipalIsAWSService", "true", ALLOWED, id="Bool with text (Operators)"),
        pytest.param("Bool", "aws:PrincipalIsAWSService", False, MISSING, id="Bool with a boolean (Grammar)"),
        pytest.param("Bool", "aws:PrincipalIsAWSService", "yes", UNKNOWN, id="Bool of another word"),
        pytest.param("BoolIfExists", "aws:ViaAWSService", "false", ALLOWED, id="BoolIfExists"),
        pytest.param("Null", ARN, "false", ALLOWED, id="Null false: the key is there (Operators)"),
        pytest.param("Null", ARN, True, MISSING, id="Null true: it is not (Operators)"),
        pytest.param("Null", "aws:PrincipalOrgID", "true", ALLOWED, id="Null true of an absent key (Operators)"),
        pytest.param("Null", "aws:SourceOrgID", "true", UNKNOWN, id="Null of a key that is not known"),
        pytest.param("Null", ARN, ANYTHING, UNKNOWN, id="Null of a hole"),
        pytest.param("NullIfExists", ARN, "true", UNKNOWN, id="IfExists is not for Null (Operators)"),
        pytest.param("ForAnyValue:StringLike", ARN, FUNCTIONS, ALLOWED, id="ForAnyValue of one value (Set operators)"),
        pytest.param("ForAllValues:StringLike", ARN, "x*", MISSING, id="ForAllValues of one value (Set operators)"),
        pytest.param("ForAllValues:StringEquals", "aws:PrincipalOrgID", "o", ALLOWED, id="all of none (Set operators)"),
        pytest.param("ForAnyValue:StringEquals", "aws:PrincipalOrgID", "o", MISSING, id="any of none (Set operators)"),
        pytest.param("ForAnyValue:StringNotEquals", "aws:PrincipalOrgID", "o", MISSING, id="negated, any of none"),
        pytest.param("ForAnyValue:StringEqualsIfExists", "aws:PrincipalOrgID", "o", UNKNOWN, id="both rules: not said"),
        pytest.param("ForSomeValue:StringEquals", ARN, "o", UNKNOWN, id="a set operator that there is not"),
        pytest.param(":StringLike", ARN, "*", UNKNOWN, id="an empty set operator"),
        pytest.param("stringLike", ARN, FUNCTIONS, UNKNOWN, id="IAM: Invalid Condition type : stringEquals"),
        pytest.param("NumericEquals", "aws:MultiFactorAuthAge", 1, UNKNOWN, id="an operator that is not evaluated"),
        pytest.param("IpAddress", "aws:SourceIp", "10.0.0.0/8", UNKNOWN, id="another that is not evaluated"),
        pytest.param("StringLike", ARN, "${aws:PrincipalArn}", UNKNOWN, id="a policy variable (Variables)"),
        pytest.param("StringLike", ARN, "arn:aws:s3:::${aws:username}", MISSING, id="a variable that cannot matter"),
        pytest.param("StringLike", ARN, text("arn:${", ANYTHING, "}"), UNKNOWN, id="a variable with a hole in it"),
        pytest.param(
            "StringLike",
            ARN,
            text(FUNCTIONS[:-1], "$", Hole("End", "app", "{aws:username}")),
            UNKNOWN,
            id="a hole that may make a variable of the $ before it",
        ),
        pytest.param("StringLike", ARN, ANYTHING, UNKNOWN, id="a value that is not known"),
        pytest.param(
            "ArnLike", ARN, text("arn:aws:lambda:", ANYTHING, ":function:*"), UNKNOWN, id="a hole that may be two parts"
        ),
        pytest.param(
            "ArnLike", ARN, text("arn:aws:ecs:", NAME, ":*:*"), MISSING, id="a hole without a colon is within one part"
        ),
    ],
)
def test_conditions(operator: str, key: str, value: Any, expected: Verdict) -> None:
    assert verdict(LAMBDA, when(operator, key, value)) is expected


def test_an_empty_value_is_no_value_for_set_operators() -> None:
    empty = Request(PULL, LAMBDA.principal, None, {"aws:tagkeys": ""})
    assert verdict(empty, when("ForAllValues:StringEquals", "aws:TagKeys", "x")) is ALLOWED
    assert verdict(empty, when("ForAnyValue:StringEquals", "aws:TagKeys", "")) is MISSING


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        pytest.param({}, ALLOWED, id="an empty condition asks nothing"),
        pytest.param({"StringEquals": {}}, ALLOWED, id="an operator without keys asks nothing"),
        pytest.param(
            {"StringLike": {ARN: FUNCTIONS}, "StringEquals": {"aws:SourceAccount": "210987654321"}},
            MISSING,
            id="all operators must hold (Condition)",
        ),
        pytest.param(
            {"StringLike": {ARN: FUNCTIONS, "aws:SourceAccount": "21*"}}, MISSING, id="all keys must hold (Condition)"
        ),
        pytest.param(
            {"StringEquals": {"aws:SourceOrgID": "o-1", "aws:SourceAccount": "21"}},
            MISSING,
            id="a certain miss wins over a key that is not known",
        ),
        pytest.param({"StringLike": ANYTHING}, UNKNOWN, id="keys that are not known"),
        pytest.param(
            {"StringLike": ANYTHING, "StringEquals": {"aws:SourceAccount": "210987654321"}},
            MISSING,
            id="a certain miss wins over keys that are not known",
        ),
        pytest.param(ANYTHING, UNKNOWN, id="a condition that is not known"),
    ],
)
def test_condition_blocks(condition: Any, expected: Verdict) -> None:
    assert verdict(LAMBDA, allow(Condition=condition)) is expected


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        pytest.param("StringEquals", ACCOUNT, ALLOWED, id="the same hole is the same account"),
        pytest.param("StringEquals", Hole("AWS::AccountId", "other"), UNKNOWN, id="another stack's account"),
        pytest.param("StringEquals", "o-1", MISSING, id="not an account ID at all"),
        pytest.param("StringEqualsIgnoreCase", ACCOUNT, ALLOWED, id="the same hole, ignoring case"),
        pytest.param(
            "StringEqualsIgnoreCase", Hole("AWS::AccountId", "other"), UNKNOWN, id="another's account, ignoring case"
        ),
        pytest.param("StringEqualsIgnoreCase", Hole("Other", "app"), UNKNOWN, id="another hole, ignoring case"),
    ],
)
def test_symbolic_accounts(operator: str, value: Any, expected: Verdict) -> None:
    assert verdict(IN_ANY_ACCOUNT, when(operator, "aws:SourceAccount", value)) is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (text("arn:", PARTITION, ":lambda:eu-west-1:", ACCOUNT, ":function:*"), ALLOWED),
        (text("arn:", PARTITION, ":lambda:*:", ACCOUNT, ":function:", NAME), ALLOWED),
        (text("arn:", PARTITION, ":lambda:us-east-1:", ACCOUNT, ":function:*"), MISSING),
        (text("arn:", PARTITION, ":lambda:eu-west-1:123456789012:function:*"), UNKNOWN),
    ],
    ids=["CDK's grant to one account", "the function itself", "another region behind a hole", "one account of many"],
)
@pytest.mark.parametrize("operator", ["ArnLike", "StringLike"])
def test_symbolic_arns(operator: str, value: Any, expected: Verdict) -> None:
    assert verdict(IN_ANY_ACCOUNT, when(operator, ARN, value)) is expected


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


BARE_LAMBDA = Request(PULL, Service("lambda.amazonaws.com"), None, {"aws:sourceaccount": "123456789012"})
BARE_ACCOUNT = Request(PULL, AwsPrincipal("123456789012", "aws"), None)
NAMELESS = Request(PULL, AwsPrincipal("", "aws", ROLE), None)
"""A role of an account that the request keeps to itself."""


@pytest.mark.parametrize(
    ("request_", "operator", "key", "value", "holds"),
    [
        pytest.param(BARE_LAMBDA, "Bool", "aws:PrincipalIsAWSService", "true", True, id="a service calls itself"),
        pytest.param(BARE_LAMBDA, "BoolIfExists", "aws:PrincipalIsAWSService", "false", False, id="no other is meant"),
        pytest.param(
            BARE_LAMBDA, "StringEquals", "aws:PrincipalServiceName", "lambda.amazonaws.com", True, id="its name"
        ),
        pytest.param(
            BARE_LAMBDA, "StringEquals", "aws:PrincipalServiceName", "s3.amazonaws.com", False, id="another's"
        ),
        pytest.param(
            BARE_LAMBDA, "StringEquals", "aws:PrincipalAccount", "123456789012", None, id="a service's account"
        ),
        pytest.param(BARE_LAMBDA, "StringEquals", "aws:PrincipalType", "AssumedRole", None, id="a service's type"),
        pytest.param(BARE_ACCOUNT, "Bool", "aws:PrincipalIsAWSService", "true", False, id="an account is no service"),
        pytest.param(BARE_ACCOUNT, "Null", "aws:PrincipalServiceName", "true", True, id="and has no service's name"),
        pytest.param(BARE_ACCOUNT, "StringEquals", "aws:PrincipalAccount", "123456789012", True, id="its account"),
        pytest.param(BARE_ACCOUNT, "StringNotEquals", "aws:PrincipalAccount", "123456789012", False, id="no other"),
        pytest.param(BARE_ACCOUNT, "StringEquals", "aws:PrincipalType", "User", None, id="a role or a user deploys"),
        pytest.param(ONE_ROLE, "StringEquals", "aws:PrincipalType", "AssumedRole", True, id="a role (Variables)"),
        pytest.param(NAMELESS, "StringEquals", "aws:PrincipalAccount", "123456789012", None, id="an account not given"),
        pytest.param(SYMBOLIC, "StringEquals", "aws:PrincipalAccount", ACCOUNT, True, id="the account as a hole"),
    ],
)
def test_keys_that_follow_from_the_principal(
    request_: Request, operator: str, key: str, value: Any, holds: bool | None
) -> None:
    """(AWS global condition context keys)"""
    given = policy(allow(Principal="*", Condition={operator: {key: value}}))
    assert decide([given], request_).allow is holds


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        pytest.param({"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}, ALLOWED, id="services are exempt"),
        pytest.param(
            {
                "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-1"},
                "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
            },
            ALLOWED,
            id="whoever is outside the organisation, but no service",
        ),
        pytest.param(
            {
                "StringNotEqualsIfExists": {"aws:SourceAccount": "123456789012"},
                "BoolIfExists": {"aws:PrincipalIsAWSService": "true"},
            },
            ALLOWED,
            id="services that act for another account",
        ),
        pytest.param(
            {
                "StringNotEqualsIfExists": {"aws:SourceAccount": "210987654321"},
                "BoolIfExists": {"aws:PrincipalIsAWSService": "true"},
            },
            DENIED,
            id="services that act for this account",
        ),
    ],
)
def test_statements_of_a_data_perimeter(condition: dict[str, Any], expected: Verdict) -> None:
    """(AWS global condition context keys, aws:PrincipalIsAWSService; whitepaper "Building a data perimeter on AWS")"""
    assert verdict(BARE_LAMBDA, allow(), deny(Principal="*", Condition=condition)) is expected


@pytest.mark.parametrize(
    ("version", "operator", "value", "holds"),
    [
        pytest.param("2012-10-17", "StringEquals", "${aws:SourceAccount}", True, id="the key's value (Variables)"),
        pytest.param("2012-10-17", "StringEquals", "${AWS:sourceaccount}", True, id="names of keys ignore case"),
        pytest.param("2012-10-17", "StringLike", "12${aws:SourceAccount}", False, id="among other text"),
        pytest.param("2012-10-17", "StringEquals", "${$}", False, id="${$} is a dollar (Variables)"),
        pytest.param("2012-10-17", "StringEquals", "${aws:username}", None, id="a key that is not known"),
        pytest.param("2012-10-17", "StringEquals", "${aws:PrincipalOrgID}", None, id="a key that is absent"),
        pytest.param("2012-10-17", "StringEquals", "${aws:userid, 'x'}", None, id="a default is not evaluated"),
        pytest.param("2012-10-17", "StringLike", "${*}", None, id="a literal wildcard is not evaluated"),
        pytest.param(
            "2008-10-17", "StringEquals", "${aws:SourceAccount}", False, id="plain text before 2012 (Version)"
        ),
        pytest.param("2008-10-17", "StringNotEquals", "${aws:username}", True, id="of any key"),
        pytest.param("2008-10-17", "StringLike", "${aws:SourceAccount*", False, id="or of none"),
        pytest.param(None, "StringEquals", "${aws:SourceAccount}", False, id="no Version is 2008-10-17 (Version)"),
        pytest.param(ANYTHING, "StringEquals", "${aws:SourceAccount}", None, id="a Version that is not known"),
        pytest.param("2012-10-18", "StringEquals", "${aws:SourceAccount}", None, id="a Version that there is not"),
    ],
)
def test_policy_variables(version: Any, operator: str, value: str, holds: bool | None) -> None:
    document = {"Version": version, "Statement": when(operator, "aws:SourceAccount", value)}
    if version is None:
        del document["Version"]
    assert decide([document], LAMBDA).allow is holds


@pytest.mark.parametrize(
    ("version", "resource", "expected"),
    [
        ("2012-10-17", "${aws:PrincipalAccount}:repository/app", UNKNOWN),
        ("2012-10-17", "123456789012:repository/${aws:PrincipalAccount}", UNKNOWN),
        ("2008-10-17", "123456789012:repository/${aws:username}", MISSING),
    ],
    ids=["before the fifth colon there is no variable (Variables)", "in a name", "plain text before 2012 (Version)"],
)
def test_policy_variables_in_resources(version: str, resource: str, expected: Verdict) -> None:
    document = {"Version": version, "Statement": identity(f"arn:aws:ecr:eu-west-1:{resource}")}
    assert verdict_of(decide([document], EXECUTION_ROLE)) is expected


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
    assert steps(lambda: decide([document], LAMBDA)) < 40_000


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
    few, more, most = (steps(partial(decide, [make(size)], request_)) for size in (20, 40, 60))
    assert most - more <= 1.1 * (more - few) + 50


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


# Properties

HOLES = [ACCOUNT, PARTITION, NAME, ANYTHING, Hole("Other", "app"), Hole("Some", "app", "ab*:")]
CONTENTS = ["", "a", "ab", "aaa", "b:", "*", "a*", "?", "aws", "123456789012", "1", "ecr:*", "Allow", "Deny", "root"]
CONTENTS += ["lambda", "amazonaws.com", "lambda.amazonaws.com", "arn:aws:iam::123456789012:root", ROLE, REPOSITORY]
LITERALS = [*CONTENTS, ":", "ecr:", "arn:aws:iam::", ":root", "arn:aws:lambda:eu-west-1:", ":function:", "-x", "$", "A"]

PIECES: list[Str] = [*LITERALS, *HOLES]

texts = st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map(lambda pieces: text(*pieces))
actions = st.sampled_from(["ecr:*", "*", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "s3:*", "ecr:Get?ownload*"])
keys = st.sampled_from([ARN, "aws:SourceAccount", "aws:PrincipalOrgID", "aws:SourceOrgID"])
bases = ["StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "ArnLike", "ArnNotEquals", "Bool", "Null"]
operators = st.sampled_from(
    [
        *bases,
        "StringEqualsIgnoreCase",
        "StringLikeIfExists",
        "ForAllValues:StringLike",
        "ForAnyValue:ArnNotLike",
        "Date",
    ]
)
arns = st.sampled_from(
    [
        FUNCTIONS,
        text("arn:", PARTITION, ":lambda:*:", ACCOUNT, ":function:", NAME),
        text("arn:aws:lambda:eu-west-1:", ACCOUNT, ":function:*"),
        "arn:aws:lambda:us-east-1:123456789012:function:*",
    ]
)
values = st.one_of(arns, texts, st.sampled_from(["true", "false", "123456789012"]))
conditions = st.dictionaries(operators, st.dictionaries(keys, st.lists(values, min_size=1, max_size=2), max_size=2))
principals = st.one_of(
    st.just("*"),
    st.just(ANYTHING),
    st.fixed_dictionaries({"Service": st.sampled_from(["lambda.amazonaws.com", "s3.amazonaws.com", ANYTHING])}),
    st.fixed_dictionaries(
        {
            "AWS": st.sampled_from(
                ["*", "123456789012", ROLE, ANYTHING, text("arn:", PARTITION, ":iam::", ACCOUNT, ":root")]
            )
        }
    ),
)


@st.composite
def statements(draw: Any, effects: tuple[Any, ...] = ("Allow", "Deny", ANYTHING)) -> dict[str, Any]:
    """Well-formed statements of a repository policy, with holes."""
    given = st.lists(st.one_of(actions, texts), min_size=1, max_size=2)
    made = {
        "Effect": draw(st.sampled_from(effects)),
        draw(st.sampled_from(["Action", "Action", "NotAction"])): draw(given),
        draw(st.sampled_from(["Principal", "Principal", "NotPrincipal"])): draw(principals),
    }
    if draw(st.booleans()):
        made["Condition"] = draw(st.one_of(conditions, st.just(ANYTHING)))
    return made


requests = st.sampled_from([LAMBDA, IN_ANY_ACCOUNT, DEPLOYER, ONE_ROLE, SYMBOLIC])
documents = st.lists(statements(), min_size=1, max_size=4)


def rank(answer: bool | None) -> int:
    return {False: 0, None: 1, True: 2}[answer]


@given(documents, statements(effects=("Deny",)), requests)
def test_adding_a_deny_never_grants(before: list[Any], more: Any, request: Request) -> None:
    old, new = decide([policy(*before)], request), decide([policy(*before, more)], request)
    assert rank(new.allowed) <= rank(old.allowed) or verdict_of(new) is UNKNOWN
    assert rank(new.deny) >= rank(old.deny) or new.deny is None


@given(documents, statements(effects=("Allow",)), requests)
def test_adding_an_allow_never_revokes(before: list[Any], more: Any, request: Request) -> None:
    old, new = decide([policy(*before)], request), decide([policy(*before, more)], request)
    assert rank(new.allowed) >= rank(old.allowed) or verdict_of(new) is UNKNOWN
    assert verdict_of(old) is not ALLOWED or verdict_of(new) is ALLOWED


def recase(value: Str, upper: bool) -> Str:
    return concat(
        part if isinstance(part, Hole) else part.upper() if upper else part.lower() for part in parts_of(value)
    )


@given(documents, requests, st.booleans())
def test_the_case_of_actions_never_matters(before: list[Any], request: Request, upper: bool) -> None:
    after = [
        {
            name: [recase(action, upper) for action in value] if name.endswith("Action") else value
            for name, value in one.items()
        }
        for one in before
    ]
    assert verdict_of(decide([policy(*before)], request)) is verdict_of(decide([policy(*after)], request))


@given(documents, requests, st.randoms())
def test_the_order_of_statements_never_matters(before: list[Any], request: Request, random: Any) -> None:
    after = random.sample(before, len(before))
    old, new = decide([policy(*before)], request), decide([policy(*after)], request)
    assert (old.allow, old.deny) == (new.allow, new.deny)


def fill(value: Any, contents: dict[Hole, str]) -> Any:
    """The value with the holes that `contents` knows filled."""
    if isinstance(value, str | Text | Hole):
        return concat(contents.get(part, part) if isinstance(part, Hole) else part for part in parts_of(value))
    if isinstance(value, list):
        return [fill(item, contents) for item in value]
    if isinstance(value, dict):
        return {name: fill(item, contents) for name, item in value.items()}
    return value


def fill_request(request: Request, contents: dict[Hole, str]) -> Request:
    principal = request.principal
    if isinstance(principal, AwsPrincipal):
        filled = [fill(item, contents) for item in (principal.account, principal.partition, principal.arn)]
        principal = AwsPrincipal(*filled)
    return Request(request.actions, principal, fill(request.resource, contents), fill(dict(request.context), contents))


@st.composite
def contents(draw: Any) -> dict[Hole, str]:
    """What some of the holes hold, from their alphabets."""
    filled = {}
    for hole in HOLES:
        fit = [one for one in CONTENTS if hole.alphabet is None or set(one) <= set(hole.alphabet)]
        if draw(st.booleans()):
            filled[hole] = draw(st.sampled_from(fit))
    return filled


def refines(new: bool | None, old: bool | None) -> bool:
    return old is None or new is old


@settings(max_examples=500)
@given(documents, requests, contents())
def test_learning_never_turns_one_answer_into_another(before: list[Any], request: Request, learnt: Any) -> None:
    old = decide([policy(*before)], request)
    new = decide([policy(*fill(before, learnt))], fill_request(request, learnt))
    if new.malformed:
        return  # what was learnt is malformed: the decision is unknown as a whole
    assert refines(new.allow, old.allow)
    assert refines(new.deny, old.deny)
    assert verdict_of(old) is UNKNOWN or verdict_of(new) is verdict_of(old)


@settings(max_examples=1000)
@given(texts, texts, contents())
def test_learning_never_turns_a_match_into_a_miss(pattern: Str, value: Str, learnt: Any) -> None:
    assert refines(glob(fill(pattern, learnt), fill(value, learnt)), glob(pattern, value))
    assert refines(
        glob(fill(pattern, learnt), fill(value, learnt), fold=True),
        glob(pattern, value, fold=True),
    )


@given(values, values, contents())
def test_learning_never_turns_a_match_of_arns_into_a_miss(pattern: Str, value: Str, learnt: Any) -> None:
    assert refines(match_arn(fill(pattern, learnt), fill(value, learnt)), match_arn(pattern, value))


@given(st.text("ab*?", max_size=8), st.text("ab", max_size=8))
def test_glob_is_what_the_regular_expression_says(pattern: str, value: str) -> None:
    regular = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    assert glob(pattern, value) is (re.fullmatch(regular, value) is not None)


words = st.sampled_from(
    ["Statement", "Effect", "Allow", "Principal", "Action", "Condition", "StringLike", "*", "ecr:*"]
)
anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), words, st.text(), texts),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.one_of(words, st.text(), st.integers()), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(anything, requests)
def test_no_document_raises(value: Any, request: Request) -> None:
    for document in (
        value,
        {"Statement": value},
        policy({**allow(), "Condition": value}),
        policy(allow(Principal=value)),
    ):
        assert isinstance(decide([document], request), Decision)
