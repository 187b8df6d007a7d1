"""Conditions of policy statements: operators, symbolic accounts and ARNs, policy variables."""

from __future__ import annotations

from typing import Any

import pytest

from imagelint.aws.policy.request import AwsPrincipal, Request, Service
from imagelint.text.holes import Hole
from support.policies import (
    ACCOUNT,
    ALLOWED,
    ANYTHING,
    ARN,
    DENIED,
    EXECUTION_ROLE,
    FUNCTIONS,
    IN_ANY_ACCOUNT,
    LAMBDA,
    MISSING,
    NAME,
    ONE_ROLE,
    PARTITION,
    PULL,
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
        pytest.param(["2012-10-17"], "StringEquals", "${aws:SourceAccount}", None, id="a Version that is no text"),
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
