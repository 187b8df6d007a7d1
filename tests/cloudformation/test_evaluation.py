"""What CloudFormation values evaluate to, by tables of values; what cannot be known has to stay open.

In the tables `<Name>` stands for a hole, so that a literal `${Name}` cannot be mistaken for one.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import imagelint
from imagelint.assembly.functions import functions_of
from imagelint.cloudformation.evaluation import Evaluation
from imagelint.cloudformation.scenario import NeedsAssumption, Scenario
from imagelint.cloudformation.scope import Expression, Scope, TemplateError
from imagelint.cloudformation.values import (
    ABSENT,
    DIGITS,
    DOMAIN_CHARACTERS,
    MAX_TEXT,
    REGION_CHARACTERS,
    Value,
    as_text,
    kind_of,
)
from imagelint.cloudformation.walk import MAX_DEPTH, MAX_STEPS
from imagelint.documents.pointer import Pointer, spell
from imagelint.facts.draft import Facts
from imagelint.facts.facts import MAX_SCENARIOS, facts_of
from imagelint.facts.index import ResourceIndex
from imagelint.model import Problem
from imagelint.text.holes import Hole, Str, Text, equal, parts_of
from support.builders import REGISTRY, app, function, write_templates

NO_VALUE = {"Ref": "AWS::NoValue"}
SSM = "the SSM parameter /app/tag"
AT = ("Resources", "Fn", "Properties", "Code")

TEMPLATE: dict[str, Any] = {
    "Parameters": {
        "Open": {"Type": "String"},
        "Tag": {"Type": "String", "Default": "1.4.2"},
        "Empty": {"Type": "String", "Default": ""},
        "Count": {"Type": "Number", "Default": 3},
        "Index": {"Type": "Number", "Default": "1"},
        "Truth": {"Type": "String", "Default": True},
        "OnlyOne": {"Type": "String", "AllowedValues": ["only"]},
        "OneOfTwo": {"Type": "String", "AllowedValues": ["dev", "prod"]},
        "Names": {"Type": "CommaDelimitedList", "Default": "api, worker ,web"},
        "Numbers": {"Type": "List<Number>", "Default": "1,2"},
        "OpenNames": {"Type": "CommaDelimitedList"},
        "FromSsm": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/app/tag"},
        "ListFromSsm": {"Type": "AWS::SSM::Parameter::Value<List<String>>", "Default": "/app/tags"},
        "Secret": {"Type": "String", "Default": "{{resolve:ssm:/app/tag:3}}"},
        "Untyped": {"Default": "x"},
        "NotAnObject": "x",
    },
    "Mappings": {
        "Tags": {
            "eu-west-1": {"fixed": "1.4.2", "floating": "latest", "list": ["a", "b"], "number": 7},
            "us-east-1": {"fixed": "1.4.2", "floating": "1.4.1"},
        },
        "Accounts": {"123456789012": {"stage": "prod"}, "210987654321": {"stage": "dev"}},
        "Macro": {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {}}},
        "Dynamic": {"a": {"b": "{{resolve:ssm:/x}}"}},
        "NotAMap": "fixed",
    },
    "Conditions": {
        "Yes": {"Fn::Equals": ["a", "a"]},
        "No": {"Fn::Equals": ["a", "b"]},
        "InIreland": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]},
    },
    "Resources": {
        "Repo": {"Type": "AWS::ECR::Repository"},
        "Named": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": "orders/api"}},
        "Joined": {
            "Type": "AWS::ECR::Repository",
            "Properties": {"RepositoryName": {"Fn::Join": ["-", ["orders", {"Ref": "Tag"}]]}},
        },
        "NamedByNothing": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": NO_VALUE}},
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"Path": "/app/", "RoleName": "runner"}},
        "PlainRole": {"Type": "AWS::IAM::Role"},
        "NamedRole": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "runner"}},
        "PathlessRole": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "runner", "Path": NO_VALUE}},
        "Function": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "api"}},
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "b"}},
        "Public": {"Type": "AWS::ECR::PublicRepository"},
        "Stack": {"Type": "AWS::CloudFormation::Stack"},
    },
}


Found = Mapping[tuple[Any, ...], Expression]


@dataclass(eq=False)
class Others:
    """The other stacks, by what they are asked for."""

    found: Found = field(default_factory=dict)

    def find_export(self, name: Str, importer: Scope) -> Expression | None:
        return self.found.get((name,))

    def find_output(
        self, stack_name: Str, output: str, region: Str, is_any_account: bool, reader: Scope
    ) -> Expression | None:
        return self.found.get((stack_name, output, region, is_any_account))

    def find_cross_region(self, name: str, importer: Scope) -> Expression | None:
        return self.found.get((name,))


@dataclass(eq=False, kw_only=True)
class Alone(Scope):
    """A stack that no file has."""

    parsed: Mapping[str, Any]

    @property
    def template(self) -> Mapping[str, Any]:
        return self.parsed

    def report(self, pointer: Pointer, message: str) -> None:
        raise AssertionError(f"{message} at {spell(pointer)}")


def placed(written: Any, scope: Scope) -> Expression:
    return Expression(written, scope, AT)


def evaluate(written: Any, scope: Scope) -> Any:
    """What a value is where nothing is assumed."""
    return Evaluation().value(placed(written, scope))


def scope_of(
    template: Mapping[str, Any] = TEMPLATE, name: str = "App", *, bound: bool = True, found: Found | None = None
) -> Scope:
    """A stack by itself: in account 123456789012 and region eu-west-1, or in an environment that is open."""
    account: Str = Hole("AWS::AccountId", name, DIGITS, is_input=True)
    region: Str = Hole("AWS::Region", name, REGION_CHARACTERS, is_input=True)
    if bound:
        account, region = "123456789012", "eu-west-1"
    return Alone(
        name=name,
        parsed=template,
        account=account,
        region=region,
        stack_name="App-stack",
        lookup=Others(found or {}),
    )


def shown(value: Value) -> Value:
    """A value with every text as one string, the holes in it as `<Name>`."""
    if isinstance(value, list):
        return [shown(each) for each in value]
    if isinstance(value, dict):
        return {key: shown(each) for key, each in value.items()}
    if isinstance(value, (Text, Hole)):
        return "".join(part if isinstance(part, str) else f"<{part.name}>" for part in parts_of(value))
    return value


def outcomes(written: Any, scope: Scope) -> list[Value]:
    """What a value is in every scenario, the likeliest first."""
    left, found, tried = [Scenario()], [], 0
    while left:
        tried += 1
        assert tried < 1_000, "scenarios without end"
        scenario = left.pop()
        try:
            found.append(shown(Evaluation(scenario).value(placed(written, scope))))
        except NeedsAssumption as needed:
            left.extend(reversed(needed.scenarios))
    return found


def case(written: Any, expected: Any, name: str) -> Any:
    return pytest.param(written, expected, id=name)


def ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def sub(*argument: Any) -> dict[str, Any]:
    return {"Fn::Sub": argument[0] if len(argument) == 1 else list(argument)}


def join(delimiter: Any, *items: Any) -> dict[str, Any]:
    return {"Fn::Join": [delimiter, list(items)]}


def select(index: Any, items: Any) -> dict[str, Any]:
    return {"Fn::Select": [index, items]}


def split(delimiter: Any, source: Any) -> dict[str, Any]:
    return {"Fn::Split": [delimiter, source]}


def either(condition: str, one: Any, other: Any) -> dict[str, Any]:
    return {"Fn::If": [condition, one, other]}


def find(*keys: Any, default: Any = None) -> dict[str, Any]:
    return {"Fn::FindInMap": [*keys, *([] if default is None else [{"DefaultValue": default}])]}


def att(resource: str, attribute: Any) -> dict[str, Any]:
    return {"Fn::GetAtt": [resource, attribute]}


def equals(one: Any, other: Any) -> dict[str, Any]:
    return {"Fn::Equals": [one, other]}


def imported(name: Any) -> dict[str, Any]:
    return {"Fn::ImportValue": name}


# -- one value, in a known account and region ---------------------------------------------------------------------

PLAIN = [
    case("a", "a", "a string"),
    case("", "", "the empty string"),
    case(7, 7, "a number"),
    case(True, True, "a truth value"),
    case(None, None, "null"),
    case([1, ["a"]], [1, ["a"]], "lists"),
    case({"a": {"b": 1}}, {"a": {"b": 1}}, "objects"),
    case({"Ref": "Tag", "x": 1}, {"Ref": "Tag", "x": 1}, "Ref beside another key is no function"),
    case({"Condition": "Yes"}, {"Condition": "Yes"}, "Condition is no function of a value"),
    case("${AWS::Region}", "${AWS::Region}", "placeholders mean nothing outside of Fn::Sub"),
]

PSEUDO = [
    case(ref("AWS::AccountId"), "123456789012", "AccountId"),
    case(ref("AWS::Region"), "eu-west-1", "Region"),
    case(ref("AWS::Partition"), "aws", "Partition"),
    case(ref("AWS::URLSuffix"), "amazonaws.com", "URLSuffix"),
    case(ref("AWS::StackName"), "App-stack", "StackName"),
    case(ref("AWS::StackId"), "<AWS::StackId>", "StackId"),
    case(ref("AWS::NotificationARNs"), "<AWS::NotificationARNs>", "NotificationARNs"),
    case(NO_VALUE, ABSENT, "NoValue"),
]

ABSENCE = [
    case({"a": NO_VALUE, "b": 1}, {"b": 1}, "removes a property"),
    case(["a", NO_VALUE, "b"], ["a", "b"], "removes an item"),
    case({"a": [NO_VALUE]}, {"a": []}, "leaves an empty list"),
    case({"a": either("Yes", NO_VALUE, 1)}, {}, "removes a property by Fn::If"),
    case(["a", either("No", "b", NO_VALUE)], ["a"], "removes an item by Fn::If"),
    case(["a", either("Yes", ["b", NO_VALUE], NO_VALUE)], ["a", ["b"]], "Fn::If does not flatten lists"),
    case(join(",", "a", NO_VALUE, "b"), "a,b", "leaves no delimiter behind in Fn::Join"),
    case(join(",", NO_VALUE), "", "leaves Fn::Join nothing"),
    case(
        select(1, [NO_VALUE, "a", "b"]),
        "<Fn::Select at /Resources/Fn/Properties/Code/Fn::Select>",
        "leaves the indexes of Fn::Select open",
    ),
    case(sub("a${AWS::NoValue}b"), "a<AWS::NoValue>b", "has no text in Fn::Sub"),
]

PARAMETERS = [
    case(ref("Tag"), "1.4.2", "Default"),
    case(ref("Empty"), "", "an empty Default"),
    case(ref("Count"), "3", "a number is text"),
    case(ref("Truth"), "true", "a truth value is text"),
    case(ref("Open"), "<Open>", "no Default"),
    case(ref("OnlyOne"), "only", "one AllowedValue"),
    case(ref("OneOfTwo"), "<OneOfTwo>", "two AllowedValues"),
    case(ref("Names"), ["api", "worker", "web"], "a list, trimmed"),
    case(ref("Numbers"), ["1", "2"], "a list of numbers"),
    case(ref("OpenNames"), "<OpenNames>", "a list without Default"),
    case(ref("FromSsm"), "<the SSM parameter /app/tag>", "the Default of an SSM type is no value"),
    case(ref("ListFromSsm"), "<the SSM parameter /app/tags>", "the Default of an SSM list is no value"),
    case(ref("Secret"), "<resolve:ssm:/app/tag:3>", "a Default that is a dynamic reference"),
    case(ref("Untyped"), "x", "a declaration without Type"),
    case(ref("NotAnObject"), "<NotAnObject>", "a declaration that is no object"),
]

RESOURCES = [
    case(ref("Repo"), "<Repo>", "a generated name"),
    case(ref("Named"), "orders/api", "a given name"),
    case(ref("Joined"), "orders-1.4.2", "a name made of a parameter"),
    case(ref("NamedByNothing"), "<NamedByNothing>", "a name that is not given after all"),
    case(ref("Bucket"), "<Bucket>", "a resource whose Ref is not modelled"),
    case(att("Named", "Arn"), "arn:aws:ecr:eu-west-1:123456789012:repository/orders/api", "repository Arn"),
    case(att("Named", "RepositoryUri"), f"{REGISTRY}/orders/api", "RepositoryUri"),
    case(att("Repo", "RepositoryUri"), f"{REGISTRY}/<Repo>", "RepositoryUri of a generated name"),
    case({"Fn::GetAtt": "Named.RepositoryUri"}, f"{REGISTRY}/orders/api", "the dotted form"),
    case(att("Named", join("", "Repository", "Uri")), f"{REGISTRY}/orders/api", "an attribute that is evaluated"),
    case(att("Named", ref("Open")), "<Named.${Open}>", "an attribute that is open"),
    case(att("Role", "Arn"), "arn:aws:iam::123456789012:role/app/runner", "role Arn with a path"),
    case(att("NamedRole", "Arn"), "arn:aws:iam::123456789012:role/runner", "role Arn without a path"),
    case(att("PathlessRole", "Arn"), "arn:aws:iam::123456789012:role/runner", "role Arn with NoValue as its path"),
    case(att("PlainRole", "Arn"), "arn:aws:iam::123456789012:role/<PlainRole>", "role Arn"),
    case(att("Function", "Arn"), "arn:aws:lambda:eu-west-1:123456789012:function:api", "function Arn"),
    case(att("Bucket", "Arn"), "<Bucket.Arn>", "an attribute that is not modelled"),
    case(att("Public", "Arn"), "<Public.Arn>", "a public repository is another type"),
    case(att("Stack", "Outputs.Uri"), "<Stack.Outputs.Uri>", "an output of a stack that is not at hand"),
]

SUB = [
    case(sub("plain"), "plain", "no placeholder"),
    case(
        sub("${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/app:${Tag}"), f"{REGISTRY}/app:1.4.2", "names"
    ),
    case(sub("${Named}"), "orders/api", "a resource"),
    case(sub("${Named.RepositoryUri}:1"), f"{REGISTRY}/orders/api:1", "an attribute"),
    case(sub("${Open}-${Repo.Arn}"), "<Open>-arn:aws:ecr:eu-west-1:123456789012:repository/<Repo>", "holes"),
    case(sub("${!Literal} ${!AWS::Region}"), "${Literal} ${AWS::Region}", "escaped"),
    case(sub("$${Tag}$"), "$1.4.2$", "dollars around"),
    case(sub("${Tag}", {"Tag": "own"}), "own", "a variable hides a parameter"),
    case(sub("${a}${b}", {"a": ref("AWS::Region"), "b": join("", "x")}), "eu-west-1x", "variables are evaluated"),
    case(sub("${Named.Arn}", {"Named.Arn": "own"}), "own", "a variable hides an attribute"),
    case(sub("${a}", {"a": "${Tag}"}), "${Tag}", "what is put in is not read again"),
    case(sub("${Count}", {}), "3", "no variables"),
    case(sub("${n}:${t}", {"n": 1, "t": True}), "1:true", "numbers and truth values are text"),
    case(sub("${Names}"), "<Names>", "a list has no text"),
    case(sub("${}"), "${}", "an empty placeholder"),
]

JOIN = [
    case(join("", "a", "b"), "ab", "no delimiter"),
    case(join(":", f"{REGISTRY}/app", ref("Tag")), f"{REGISTRY}/app:1.4.2", "a delimiter"),
    case(join(ref("Tag"), "a", "b"), "a1.4.2b", "a delimiter that is evaluated"),
    case(join("-", "a", 1, True), "a-1-true", "numbers and truth values"),
    case(join("-"), "", "no items"),
    case(join("-", "a", ""), "a-", "an empty item"),
    case(join("/", "a", join(":", "b", "c")), "a/b:c", "within each other"),
    case({"Fn::Join": ["/", ref("Names")]}, "api/worker/web", "a list parameter"),
    case({"Fn::Join": ["/", split(",", "a,b")]}, "a/b", "a list from Fn::Split"),
    case({"Fn::Join": ["/", find("Tags", "eu-west-1", "list")]}, "a/b", "a list from a mapping"),
    case({"Fn::Join": ["/", either("Yes", ["a", "b"], ["c"])]}, "a/b", "a list from Fn::If"),
    case({"Fn::Join": ["/", ref("OpenNames")]}, "<Fn::Join / OpenNames>", "a list that is open"),
    case(join("/", "a", ref("OpenNames")), "a/<OpenNames>", "an item that is open"),
]

ARN = {"Fn::GetAtt": ["Repo", "Arn"]}
SELECT_AND_SPLIT = [
    case(select(0, ["a", "b"]), "a", "a number"),
    case(select("1", ["a", "b"]), "b", "digits"),
    case(select(ref("Index"), ["a", "b"]), "b", "a parameter as index"),
    case(
        select(ref("Open"), ["a", "b"]),
        "<Fn::Select at /Resources/Fn/Properties/Code/Fn::Select>",
        "an index that is open",
    ),
    case(select(0, [["a"]]), ["a"], "a list in a list"),
    case(select(2, ref("Names")), "web", "of a list parameter"),
    case(select(2, ref("OpenNames")), "<Fn::Select 2 OpenNames>", "of a list that is open"),
    case(
        select(2, ["a", "b"]),
        "<Fn::Select at /Resources/Fn/Properties/Code/Fn::Select>",
        "past the end",
    ),
    case(split(",", "a,b"), ["a", "b"], "Fn::Split"),
    case(split(",", ""), [""], "Fn::Split of nothing"),
    case(split("::", "a::b"), ["a", "b"], "a delimiter of two characters"),
    case(split(":", ref("Open")), "<Fn::Split : ${Open}>", "Fn::Split of what is open"),
    case(select(1, split(":", ref("Open"))), "<Fn::Select 1 Fn::Split : ${Open}>", "a piece of what is open"),
    case(select(4, split(":", ARN)), "123456789012", "the account in an ARN"),
    case(select(5, split(":", ARN)), "repository/<Repo>", "the resource in an ARN"),
    case(
        select(1, split("/", ARN)),
        "<Fn::Select 1 Fn::Split / arn:aws:ecr:eu-west-1:123456789012:repository/${Repo}>",
        "a generated name is not taken apart",
    ),
    case(select(1, split("/", att("Named", "Arn"))), "orders", "a known name is taken apart"),
    case(
        join(
            "/",
            sub("${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}"),
            select(1, split(":repository/", ARN)),
        ),
        f"{REGISTRY}/<Fn::Select 1 Fn::Split :repository/ arn:aws:ecr:eu-west-1:123456789012:repository/${{Repo}}>",
        "a delimiter that a name may hold a part of",
    ),
]

MAPPINGS = [
    case(find("Tags", "eu-west-1", "fixed"), "1.4.2", "literals"),
    case(find("Tags", ref("AWS::Region"), "floating"), "latest", "by region"),
    case(find("Accounts", ref("AWS::AccountId"), "stage"), "prod", "by account"),
    case(find("Tags", "eu-west-1", "list"), ["a", "b"], "a list"),
    case(find("Tags", "eu-west-1", "number"), 7, "a number"),
    case(find("Tags", "eu-west-1", "number", default=1), 7, "a default that is not needed"),
    case(find("Tags", "eu-west-2", "fixed", default=ref("Tag")), "1.4.2", "a default for the first key"),
    case(find("Tags", "eu-west-1", "none", default="d"), "d", "a default for the second key"),
    case(find("Nope", "a", "b", default="d"), "d", "a default for the mapping"),
    case(find(join("", "Ta", "gs"), "us-east-1", "floating"), "1.4.1", "a mapping's name that is evaluated"),
    case(find("Dynamic", "a", "b"), "<resolve:ssm:/x>", "a dynamic reference"),
    case(
        find("Tags", "eu-west-2", "fixed"),
        "<Fn::FindInMap at /Resources/Fn/Properties/Code/Fn::FindInMap>",
        "a key that is missing",
    ),
    case(
        find("NotAMap", "fix", "ed"),
        "<Fn::FindInMap at /Resources/Fn/Properties/Code/Fn::FindInMap>",
        "a mapping that is a text",
    ),
    case(
        find("Macro", "a", "b", default="d"),
        "<Fn::FindInMap at /Resources/Fn/Properties/Code/Fn::FindInMap>",
        "a mapping that a macro writes",
    ),
]

DYNAMIC = [
    case("{{resolve:ssm:/app/tag:1}}", "<resolve:ssm:/app/tag:1>", "a whole value"),
    case(f"{REGISTRY}/app:{{{{resolve:ssm:/t}}}}", f"{REGISTRY}/app:<resolve:ssm:/t>", "the end of a value"),
    case("{{resolve:a}}{{resolve:b}}", "<resolve:a><resolve:b>", "two"),
    case(sub("x:{{resolve:ssm:/${Tag}/tag}}"), "x:<resolve:ssm:/1.4.2/tag>", "a name made by Fn::Sub"),
    case(sub("x:{{resolve:ssm:/${Open}/tag}}"), "x:<resolve:ssm:/${Open}/tag>", "a name with a hole"),
    case(join("", "x:{{resolve:ssm:", ref("Tag"), "}}"), "x:<resolve:ssm:1.4.2>", "made by Fn::Join"),
    case(join(":", "{{resolve", "ssm", "/x}}"), "<resolve:ssm:/x>", "its very braces made by Fn::Join"),
    case(split(":", "{{resolve:ssm:/x}}"), "<Fn::Split : ${resolve:ssm:/x}>", "not taken apart"),
    case("{{resolve:ssm:/x", "{{resolve:ssm:/x", "one that is not closed"),
    case("{{other}} }}", "{{other}} }}", "other braces"),
]

OTHER_FUNCTIONS = [
    case({"Fn::Length": ["a", "b"]}, 2, "Length"),
    case({"Fn::Length": ref("Names")}, 3, "Length of a parameter"),
    case({"Fn::Length": ref("OpenNames")}, "<Fn::Length at /Resources/Fn/Properties/Code/Fn::Length>", "Length, open"),
    case({"Fn::ToJsonString": {"a": [1, "b"], "c": NO_VALUE}}, '{"a":[1,"b"]}', "ToJsonString"),
    case(
        {"Fn::ToJsonString": {"a": ref("Open")}},
        "<Fn::ToJsonString at /Resources/Fn/Properties/Code/Fn::ToJsonString>",
        "ToJsonString, open",
    ),
    case({"Fn::Base64": "a"}, "<Fn::Base64 at /Resources/Fn/Properties/Code/Fn::Base64>", "Base64"),
    case({"Fn::Cidr": ["10.0.0.0/16", 1, 8]}, "<Fn::Cidr at /Resources/Fn/Properties/Code/Fn::Cidr>", "Cidr"),
    case({"Fn::GetAZs": ""}, "<Fn::GetAZs at /Resources/Fn/Properties/Code/Fn::GetAZs>", "GetAZs"),
    case(
        select(0, {"Fn::GetAZs": ""}),
        "<Fn::Select 0 Fn::GetAZs at /Resources/Fn/Properties/Code/Fn::Select/1/Fn::GetAZs>",
        "of GetAZs",
    ),
    case(
        {"Fn::Transform": {"Name": "X"}}, "<Fn::Transform at /Resources/Fn/Properties/Code/Fn::Transform>", "Transform"
    ),
    case(
        {"Fn::Transform": {"Name": "X"}, "a": 1},
        "<a macro at /Resources/Fn/Properties/Code>",
        "Transform beside others",
    ),
    case(imported("Nobody-exports"), "<Fn::ImportValue Nobody-exports>", "ImportValue of a stranger's"),
    case(imported(sub("${Open}-x")), "<Fn::ImportValue ${Open}-x>", "ImportValue by an open name"),
    case(either("Yes", "a", ref("Nope")), "a", "the branch not taken is not evaluated"),
    case(either("InIreland", "a", "b"), "a", "a condition on the region that is known"),
]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param(*each.values, id=f"{group}: {each.id}")
        for group, cases in {
            "plain": PLAIN,
            "pseudo parameter": PSEUDO,
            "NoValue": ABSENCE,
            "parameter": PARAMETERS,
            "resource": RESOURCES,
            "Sub": SUB,
            "Join": JOIN,
            "Select and Split": SELECT_AND_SPLIT,
            "FindInMap": MAPPINGS,
            "dynamic reference": DYNAMIC,
            "function": OTHER_FUNCTIONS,
        }.items()
        for each in cases
    ],
)
def test_value(written: Any, expected: Any) -> None:
    evaluated = shown(evaluate(written, scope_of()))
    assert evaluated == expected
    assert type(evaluated) is type(expected)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        case(ref("AWS::AccountId"), "<AWS::AccountId>", "account"),
        case(ref("AWS::Region"), "<AWS::Region>", "region"),
        case(ref("AWS::Partition"), "<AWS::Partition>", "partition"),
        case(ref("AWS::URLSuffix"), "<AWS::URLSuffix>", "suffix"),
        case(
            att("Repo", "RepositoryUri"),
            "<AWS::AccountId>.dkr.ecr.<AWS::Region>.<AWS::URLSuffix>/<Repo>",
            "RepositoryUri",
        ),
        case(
            select(0, split(".", sub("${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com"))),
            "<AWS::AccountId>",
            "the account in a host",
        ),
        case(select(3, split(":", ARN)), "<AWS::Region>", "the region in an ARN"),
        case(select(4, split(":", ARN)), "<AWS::AccountId>", "the account in an ARN"),
        case(select(1, split(":", ARN)), "<AWS::Partition>", "the partition in an ARN"),
    ],
)
def test_value_in_an_open_environment(written: Any, expected: str) -> None:
    assert shown(evaluate(written, scope_of(bound=False))) == expected


@pytest.mark.parametrize(
    ("region", "partition", "suffix"),
    [
        pytest.param("eu-west-1", "aws", "amazonaws.com", id="commercial"),
        pytest.param("cn-north-1", "aws-cn", "amazonaws.com.cn", id="China"),
        pytest.param("us-gov-west-1", "aws-us-gov", "amazonaws.com", id="GovCloud"),
        pytest.param("us-iso-east-1", "aws-iso", "c2s.ic.gov", id="iso"),
        pytest.param("us-isob-east-1", "aws-iso-b", "sc2s.sgov.gov", id="iso-b"),
        pytest.param("eusc-de-east-1", "aws-eusc", "amazonaws.eu", id="European sovereign cloud"),
        pytest.param("xx-moon-1", "<AWS::Partition>", "<AWS::URLSuffix>", id="a region of no known partition"),
    ],
)
def test_partition_and_suffix_follow_the_region(region: str, partition: str, suffix: str) -> None:
    scope = replace(scope_of(), region=region)
    assert shown(evaluate([ref("AWS::Partition"), ref("AWS::URLSuffix")], scope)) == [
        partition,
        suffix,
    ]


# -- what CloudFormation would refuse -----------------------------------------------------------------------------

NO_NAME = "Ref takes the name of a parameter or of a resource"
BAD_TEMPLATE: dict[str, Any] = {
    "Parameters": {"P": {"Type": "String", "Default": "x"}},
    "Mappings": {"M": {"a": {"b": {"Fn::FindInMap": ["M", "a", "b"]}, "c": {"Ref": 1}}}},
    "Conditions": {
        "Yes": equals("a", "a"),
        "Itself": {"Condition": "Itself"},
        "One": {"Fn::Not": [{"Condition": "Two"}]},
        "Two": {"Fn::And": [{"Condition": "Three"}, {"Condition": "Yes"}]},
        "Three": {"Fn::Or": [{"Condition": "One"}]},
        "Literal": True,
        "TwoKeys": {"Fn::Not": [{"Condition": "Yes"}], "Fn::Or": []},
        "NoSuch": {"Fn::Not": [{"Condition": "Missing"}]},
        "EqualsOfOne": {"Fn::Equals": ["a"]},
        "NotOfTwo": {"Fn::Not": [{"Condition": "Yes"}, {"Condition": "Yes"}]},
        "AndOfNothing": {"Fn::And": []},
        "OrOfText": {"Fn::Or": ["Yes"]},
        "Strange": {"Ref": "P"},
        "BadFirst": equals({"Ref": 1}, "a"),
        "BadSecond": equals("a", {"Ref": 1}),
        "BadBesideAParameter": equals(ref("P"), {"Ref": 1}),
        "BadBeforeAParameter": equals({"Ref": 1}, ref("P")),
    },
    "Resources": {
        "A": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": ref("B")}},
        "B": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": sub("${A}-x")}},
        "C": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": ref("C")}},
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"Path": {"Ref": 1}}},
    },
}
HERE = spell(AT)
TOO_DEEP = rf"^functions and references are nested more than {MAX_DEPTH} deep$"
TOO_LONG = f"evaluates to more than {MAX_TEXT:,} characters"
NO_NOPE = "refers to 'Nope', which is neither a parameter nor a resource of the template"


def bad(written: Any, message: str, pointer: str, name: str) -> Any:
    return pytest.param(written, message, pointer, id=name)


@pytest.mark.parametrize(
    ("written", "message", "pointer"),
    [
        bad(
            ref("Nope"),
            NO_NOPE,
            f"{HERE}/Ref",
            "Ref to nothing",
        ),
        bad({"Ref": ["P"]}, "Ref takes the name of a parameter or of a resource", f"{HERE}/Ref", "Ref to a list"),
        bad({"a": [ref("Nope")]}, NO_NOPE, f"{HERE}/a/0/Ref", "Ref to nothing, deeper"),
        bad(att("Nope", "Arn"), NO_NOPE, f"{HERE}/Fn::GetAtt", "GetAtt of nothing"),
        bad(sub("${Nope.Arn}"), NO_NOPE, f"{HERE}/Fn::Sub", "an attribute of nothing in Sub"),
        bad(
            att("P", "Arn"),
            "refers to 'P', which is neither a parameter nor a resource of the template",
            f"{HERE}/Fn::GetAtt",
            "GetAtt of a parameter",
        ),
        bad(
            {"Fn::GetAtt": "A"},
            "Fn::GetAtt takes a resource's logical ID and an attribute",
            f"{HERE}/Fn::GetAtt",
            "GetAtt without attribute",
        ),
        bad(
            {"Fn::GetAtt": ["A", "Arn", "x"]},
            "Fn::GetAtt takes a resource's logical ID and an attribute",
            f"{HERE}/Fn::GetAtt",
            "GetAtt of three",
        ),
        bad(
            {"Fn::GetAtt": [ref("P"), "Arn"]},
            "Fn::GetAtt takes a resource's logical ID and an attribute",
            f"{HERE}/Fn::GetAtt",
            "GetAtt of a function",
        ),
        bad(sub("${Nope}"), NO_NOPE, f"{HERE}/Fn::Sub", "Sub of nothing"),
        bad(sub("${Nope}", {}), NO_NOPE, f"{HERE}/Fn::Sub/0", "Sub of nothing with variables"),
        bad(
            sub("${a b}"),
            "refers to 'a b', which is neither a parameter nor a resource of the template",
            f"{HERE}/Fn::Sub",
            "Sub of a name with a space",
        ),
        bad(
            {"Fn::Sub": 7},
            "Fn::Sub takes a string, or a string and a map of variables",
            f"{HERE}/Fn::Sub",
            "Sub of a number",
        ),
        bad({"Fn::Sub": ["a"]}, "Fn::Sub takes a string and a map of variables", f"{HERE}/Fn::Sub", "Sub of one"),
        bad(
            sub("a", []),
            "Fn::Sub takes a string, or a string and a map of variables",
            f"{HERE}/Fn::Sub",
            "Sub with a list of variables",
        ),
        bad(
            sub("${a}", {"a": ["b"]}),
            "must be a string, not a list",
            f"{HERE}/Fn::Sub/1/a",
            "Sub with a list as variable",
        ),
        bad({"Fn::Join": "a"}, "Fn::Join takes a delimiter and a list", f"{HERE}/Fn::Join", "Join of a string"),
        bad(
            {"Fn::Join": ["", "a"]},
            "Fn::Join takes a delimiter and a list, not a string",
            f"{HERE}/Fn::Join",
            "Join of no list",
        ),
        bad(join("", "a", ["b"]), "Fn::Join joins strings, not a list", f"{HERE}/Fn::Join/1/1", "Join of lists"),
        bad(join("", None), "Fn::Join joins strings, not null", f"{HERE}/Fn::Join/1/0", "Join of null"),
        bad(join({}, "a"), "must be a string, not an object", f"{HERE}/Fn::Join/0", "Join by an object"),
        bad({"Fn::Select": [0]}, "Fn::Select takes an index and a list", f"{HERE}/Fn::Select", "Select of one"),
        bad(select(-1, ["a"]), "Fn::Select takes an index from 0 on and a list", f"{HERE}/Fn::Select", "Select -1"),
        bad(
            select("x", ["a"]),
            "Fn::Select takes an index from 0 on and a list",
            f"{HERE}/Fn::Select",
            "Select by a word",
        ),
        bad(
            select(True, ["a", "b"]),
            "Fn::Select takes an index from 0 on and a list",
            f"{HERE}/Fn::Select",
            "Select by a truth value",
        ),
        bad(
            select(0, "a"), "Fn::Select takes an index from 0 on and a list", f"{HERE}/Fn::Select", "Select of a string"
        ),
        bad({"Fn::Split": ","}, "Fn::Split takes a delimiter and a string", f"{HERE}/Fn::Split", "Split of a string"),
        bad(split("", "a"), "Fn::Split takes a delimiter and a string", f"{HERE}/Fn::Split", "Split by nothing"),
        bad(split(",", ["a"]), "must be a string, not a list", f"{HERE}/Fn::Split/1", "Split of a list"),
        bad({"Fn::If": ["Yes", "a"]}, "Fn::If takes a condition's name and two values", f"{HERE}/Fn::If", "If of two"),
        bad(
            {"Fn::If": [equals(1, 1), "a", "b"]},
            "Fn::If takes a condition's name and two values",
            f"{HERE}/Fn::If",
            "If of a function",
        ),
        bad(
            either("Nope", "a", "b"),
            "names the condition 'Nope', which the template has not",
            f"{HERE}/Fn::If/0",
            "If of nothing",
        ),
        bad(
            {"Fn::FindInMap": ["M", "a"]},
            "Fn::FindInMap takes a map's name and two keys",
            f"{HERE}/Fn::FindInMap",
            "FindInMap of two",
        ),
        bad(
            find("N", "a", "b"),
            "Fn::FindInMap names the mapping 'N', which the template has not",
            f"{HERE}/Fn::FindInMap",
            "FindInMap of nothing",
        ),
        bad(find("M", ["a"], "b"), "must be a string, not a list", f"{HERE}/Fn::FindInMap/1", "FindInMap by a list"),
        bad(imported(["a"]), "must be a string, not a list", f"{HERE}/Fn::ImportValue", "ImportValue of a list"),
        bad(ref("A"), "refers to itself: A -> B -> A", "/Resources/A/Properties/RepositoryName", "names in a circle"),
        bad(ref("C"), "refers to itself: C -> C", "/Resources/C/Properties/RepositoryName", "a name of itself"),
        bad(
            either("Itself", 1, 2), "refers to itself: Itself -> Itself", "/Conditions/Itself", "a condition of itself"
        ),
        bad(
            either("One", 1, 2),
            "refers to itself: One -> Two -> Three -> One",
            "/Conditions/One",
            "conditions in a circle",
        ),
        bad(
            either("Literal", 1, 2),
            "a condition is one condition function, not a truth value",
            "/Conditions/Literal",
            "a condition that is a literal",
        ),
        bad(
            either("TwoKeys", 1, 2),
            "a condition is one condition function, not an object",
            "/Conditions/TwoKeys",
            "a condition with two keys",
        ),
        bad(
            either("NoSuch", 1, 2),
            "names the condition 'Missing', which the template has not",
            "/Conditions/NoSuch/Fn::Not/0/Condition",
            "a condition of nothing",
        ),
        bad(
            either("EqualsOfOne", 1, 2),
            "Fn::Equals takes two values",
            "/Conditions/EqualsOfOne/Fn::Equals",
            "Equals of one",
        ),
        bad(
            either("NotOfTwo", 1, 2), "Fn::Not takes a list of conditions", "/Conditions/NotOfTwo/Fn::Not", "Not of two"
        ),
        bad(
            either("AndOfNothing", 1, 2),
            "Fn::And takes a list of conditions",
            "/Conditions/AndOfNothing/Fn::And",
            "And of nothing",
        ),
        bad(
            either("OrOfText", 1, 2),
            "a condition is one condition function, not a string",
            "/Conditions/OrOfText/Fn::Or/0",
            "Or of a string",
        ),
        bad(
            either("Strange", 1, 2),
            "a condition is one condition function, not 'Ref'",
            "/Conditions/Strange/Ref",
            "a condition that is Ref",
        ),
        bad(
            {"Fn::ToJsonString": "x" * (MAX_TEXT + 1)},
            TOO_LONG,
            f"{HERE}/Fn::ToJsonString",
            "a JSON string that is too long",
        ),
        bad({"Fn::Join": ["", {"Ref": 1}]}, NO_NAME, f"{HERE}/Fn::Join/1/Ref", "a list to join that is malformed"),
        bad(select({"Ref": 1}, []), NO_NAME, f"{HERE}/Fn::Select/0/Ref", "an index that is malformed"),
        bad(att("A", {"Ref": 1}), NO_NAME, f"{HERE}/Fn::GetAtt/1/Ref", "an attribute that is malformed"),
        bad(find("M", "a", "c"), NO_NAME, "/Mappings/M/a/c/Ref", "a mapping's value that is malformed"),
        bad(
            find("M", "a", "z", default={"Ref": 1}),
            NO_NAME,
            f"{HERE}/Fn::FindInMap/3/DefaultValue/Ref",
            "a DefaultValue that is malformed",
        ),
        bad(att("Role", "Arn"), NO_NAME, "/Resources/Role/Properties/Path/Ref", "a role's Path that is malformed"),
        bad(
            {"Fn::GetStackOutput": {"StackName": "Lib"}},
            "Fn::GetStackOutput takes a StackName and an OutputName",
            f"{HERE}/Fn::GetStackOutput",
            "an output without a name",
        ),
        bad(
            {"Fn::GetStackOutput": ["Lib", "Uri"]},
            "Fn::GetStackOutput takes a StackName and an OutputName",
            f"{HERE}/Fn::GetStackOutput",
            "an output named in a list",
        ),
        *(
            bad(
                {"Fn::GetStackOutput": {"StackName": "Lib", "OutputName": "Uri", key: {"Ref": 1}}},
                NO_NAME,
                f"{HERE}/Fn::GetStackOutput/{key}/Ref",
                f"an output whose {key} is malformed",
            )
            for key in ("StackName", "OutputName", "Region")
        ),
        *(
            bad(either(name, 1, 2), NO_NAME, f"/Conditions/{name}/Fn::Equals/{place}/Ref", f"Equals: {name}")
            for name, place in (
                ("BadFirst", 0),
                ("BadSecond", 1),
                ("BadBesideAParameter", 1),
                ("BadBeforeAParameter", 0),
            )
        ),
        bad(join("", "x" * MAX_TEXT, "x"), TOO_LONG, f"{HERE}/Fn::Join", "a text that is too long"),
        bad(sub("${a}" * 11, {"a": "x" * 10_000}), TOO_LONG, f"{HERE}/Fn::Sub", "a substituted text that is too long"),
        bad(
            [[{}] * (MAX_STEPS // 2)] * 3,
            f"takes more than {MAX_STEPS:,} steps to evaluate",
            f"{HERE}/1/{MAX_STEPS // 2 - 2 * (MAX_STEPS // 16) - 3}",
            "too many steps",
        ),
        bad(
            ["x"] * (8 * MAX_STEPS),
            f"takes more than {MAX_STEPS:,} steps to evaluate",
            HERE,
            "too many texts in a list",
        ),
    ],
)
def test_error(written: Any, message: str, pointer: str) -> None:
    scope = scope_of(BAD_TEMPLATE)
    with pytest.raises(TemplateError) as caught:
        evaluate(written, scope)
    assert caught.value.message == message
    assert spell(caught.value.pointer) == pointer
    assert caught.value.scope is scope


def nested(levels: int) -> Any:
    value: Any = "a"
    for _ in range(levels):
        value = {"Fn::If": ["Yes", value, "b"]}
    return value


def test_depth_is_bounded() -> None:
    assert evaluate([], scope_of(BAD_TEMPLATE)) == []
    assert evaluate(nested(MAX_DEPTH - 5), scope_of(BAD_TEMPLATE)) == "a"
    scope = scope_of(BAD_TEMPLATE)
    with pytest.raises(TemplateError, match=TOO_DEEP) as caught:
        evaluate(nested(5_000), scope)
    assert caught.value.scope is scope
    assert caught.value.pointer[: len(AT)] == AT


def test_depth_is_bounded_beside_shallow_values() -> None:
    value: Any = [*[[]] * MAX_DEPTH, nested(MAX_DEPTH // 2)]
    for _ in range(MAX_DEPTH // 2):
        value = [value]
    with pytest.raises(TemplateError, match=TOO_DEEP):
        evaluate(value, scope_of(BAD_TEMPLATE))


def test_depth_of_a_condition_is_bounded() -> None:
    condition: Any = {"Condition": "Yes"}
    for _ in range(MAX_DEPTH):
        condition = {"Fn::Not": [condition]}
    scope = scope_of({**BAD_TEMPLATE, "Conditions": {"Yes": equals("a", "a"), "Deep": condition}})
    with pytest.raises(TemplateError, match=TOO_DEEP) as caught:
        Evaluation().condition(placed("Deep", scope))
    assert caught.value.scope is scope
    assert caught.value.pointer[:2] == ("Conditions", "Deep")


def test_a_mapping_of_itself_is_too_deep() -> None:
    with pytest.raises(TemplateError, match=TOO_DEEP):
        evaluate(find("M", "a", "b"), scope_of(BAD_TEMPLATE))


def test_an_error_leaves_the_evaluation_usable() -> None:
    evaluation, scope = Evaluation(), scope_of(BAD_TEMPLATE)
    for _ in range(3):
        with pytest.raises(TemplateError, match=r"^refers to itself: A -> B -> A$"):
            evaluation.value(placed(join("", "x", ref("A")), scope))
    assert evaluation.value(placed(join("-", ref("P"), "y"), scope)) == "x-y"


def test_undefined_names_are_open_where_a_macro_may_define_them() -> None:
    scope = scope_of({"Transform": "AWS::Serverless-2016-10-31", "Resources": {}})
    written = [ref("FnVersion"), att("FnRole", "Arn"), sub("${FnRole.Arn}"), find("M", "a", "b")]
    assert shown(evaluate(written, scope)) == [
        "<FnVersion>",
        "<FnRole>",
        "<FnRole>",
        f"<Fn::FindInMap at {HERE}/3/Fn::FindInMap>",
    ]
    assert evaluate(ref("FnVersion"), scope) == Hole("FnVersion", "App")
    assert outcomes(either("Made", "a", "b"), scope) == ["b", "a"]
    assert outcomes(join("", either("Made", "a", "b"), either("Too", "a", "b")), scope) == ["bb", "ba", "ab", "aa"]


@pytest.mark.parametrize(
    ("value", "text", "kind"),
    [
        pytest.param("a", "a", "a string", id="string"),
        pytest.param(1, "1", "a number", id="integer"),
        pytest.param(1.5, "1.5", "a number", id="float"),
        pytest.param(True, "true", "a truth value", id="true"),
        pytest.param(False, "false", "a truth value", id="false"),
        pytest.param(None, None, "null", id="null"),
        pytest.param(ABSENT, None, "AWS::NoValue", id="NoValue"),
        pytest.param([], None, "a list", id="list"),
        pytest.param({}, None, "an object", id="object"),
        pytest.param(Hole("P"), Hole("P"), "a string", id="hole"),
    ],
)
def test_text_and_kind_of_a_value(value: Value, text: Str | None, kind: str) -> None:
    assert as_text(value) == text
    assert kind_of(value) == kind


def test_spell_escapes() -> None:
    assert spell(("a/b", "c~d", 0)) == "/a~1b/c~0d/0"
    assert repr(ABSENT) == "ABSENT"


# -- identity of holes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        case(ref("Open"), (Hole("Open", "App"), Hole("Open", "Other")), "a parameter"),
        case(ref("Repo"), (Hole("Repo", "App"), Hole("Repo", "Other")), "a resource"),
        case(ref("Bucket"), (Hole("Bucket", "App"), Hole("Bucket", "Other")), "a resource of any type"),
        case(ref("FromSsm"), (Hole(SSM, "App"), Hole(SSM, "Other")), "a parameter from SSM"),
        case(sub("${Names}"), (Hole("Names", "App"), Hole("Names", "Other")), "a list where text belongs"),
        case(
            att("Bucket", ref("Open")),
            (Hole("Bucket.${Open}", "App"), Hole("Bucket.${Open}", "Other")),
            "an open attribute",
        ),
        case(
            select(0, ref("OpenNames")),
            (Hole("Fn::Select 0 OpenNames", "App"), Hole("Fn::Select 0 OpenNames", "Other")),
            "an item of an open list",
        ),
        case(
            split(":", join("", ref("Open"), ref("FromSsm"))),
            (
                Hole(f"Fn::Split : ${{Open}}${{{SSM}}}", "App+App"),
                Hole(f"Fn::Split : ${{Open}}${{{SSM}}}", "Other+Other"),
            ),
            "an open text that is split",
        ),
        case(att("Bucket", "Arn"), (Hole("Bucket.Arn", "App"), Hole("Bucket.Arn", "Other")), "an attribute"),
        case(
            ref("AWS::AccountId"),
            (Hole("AWS::AccountId", "App"), Hole("AWS::AccountId", "Other")),
            "an open account",
        ),
        case(ref("AWS::StackId"), (Hole("AWS::StackId", "App"), Hole("AWS::StackId", "Other")), "the stack's ID"),
        case(
            "{{resolve:ssm:/x}}",
            (Hole("resolve:ssm:/x", "App/App"), Hole("resolve:ssm:/x", "Other/Other")),
            "a dynamic reference in an open environment",
        ),
        case(
            imported("x"),
            (Hole("Fn::ImportValue x", "App/App"), Hole("Fn::ImportValue x", "Other/Other")),
            "an import into an open environment",
        ),
        case(
            imported(ref("Open")),
            (Hole("Fn::ImportValue ${Open}", "App/App+App"), Hole("Fn::ImportValue ${Open}", "Other/Other+Other")),
            "an import by an open name",
        ),
        case(
            {"Fn::GetAZs": ""},
            (Hole(f"Fn::GetAZs at {HERE}/Fn::GetAZs", "App"), Hole(f"Fn::GetAZs at {HERE}/Fn::GetAZs", "Other")),
            "a function",
        ),
        case(
            {"Fn::Join": ["-", ref("OpenNames")]},
            (Hole("Fn::Join - OpenNames", "App"), Hole("Fn::Join - OpenNames", "Other")),
            "a joined list",
        ),
        case(
            {"Fn::Join": [ref("Open"), ref("OpenNames")]},
            (Hole("Fn::Join ${Open} OpenNames", "App+App"), Hole("Fn::Join ${Open} OpenNames", "Other+Other")),
            "a list joined by an open text",
        ),
        case(
            sub("{{resolve:ssm:/${Open}}}"),
            (Hole("resolve:ssm:/${Open}", "App/App+App"), Hole("resolve:ssm:/${Open}", "Other/Other+Other")),
            "a dynamic reference to an open name",
        ),
    ],
)
def test_a_hole_belongs_to_its_stack(written: Any, expected: tuple[Hole, Hole]) -> None:
    found = [evaluate(written, scope_of(name=name, bound=False)) for name in ("App", "Other")]
    assert found == list(expected)
    assert found[0] != found[1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(
            {"Fn::Join": ["-", ref("OpenNames")]},
            {"Fn::Join": [",", ref("OpenNames")]},
            id="joined by another delimiter",
        ),
        pytest.param(select(0, ref("OpenNames")), select(1, ref("OpenNames")), id="another item"),
        pytest.param(split(":", ref("Open")), split("/", ref("Open")), id="split by another delimiter"),
        pytest.param(ref("Open"), ref("FromSsm"), id="another parameter"),
        pytest.param(imported("a"), imported("b"), id="another export"),
    ],
)
def test_holes_of_different_values_differ(one: Any, other: Any) -> None:
    first, second = evaluate([one, other], scope_of())
    assert isinstance(first, Hole)
    assert isinstance(second, Hole)
    assert first != second


@pytest.mark.parametrize(
    ("name", "alphabet"), [("AWS::Partition", REGION_CHARACTERS), ("AWS::URLSuffix", DOMAIN_CHARACTERS)]
)
def test_partition_and_suffix_belong_to_the_open_environment(name: str, alphabet: str) -> None:
    stacks = [scope_of(name="App", bound=False), scope_of(name="Other", bound=False)]
    for stack in stacks:
        stack.region = Hole("AWS::Region", "the environment", REGION_CHARACTERS)
    found = [evaluate(ref(name), stack) for stack in stacks]
    assert found == [Hole(name, "the environment")] * 2
    assert [hole.alphabet for hole in found] == [alphabet] * 2


def test_imports_of_one_bound_environment_are_one_hole() -> None:
    first, second = (evaluate(imported("x"), scope_of(name=name)) for name in ("App", "Other"))
    assert first == second == Hole("Fn::ImportValue x", "123456789012/eu-west-1")


# -- scenarios ----------------------------------------------------------------------------------------------------


def with_conditions(parameters: Mapping[str, Any], conditions: Mapping[str, Any], **sections: Any) -> dict[str, Any]:
    return {"Parameters": parameters, "Conditions": conditions, "Resources": {}, **sections}


STRING = {"Type": "String"}
STAGES = {"Type": "String", "AllowedValues": ["dev", "test", "prod"]}
BY_DEFAULT = {"Type": "String", "Default": "dev"}
IS_PROD = {"IsProd": equals(ref("Stage"), "prod")}
ALL_STAGES = {name: equals(ref("Stage"), value) for name, value in (("D", "dev"), ("T", "test"), ("P", "prod"))}
EVERY_STAGE = join("", either("D", "D", "-"), either("T", "T", "-"), either("P", "P", "-"))


def scenario_case(parameters: Any, conditions: Any, written: Any, expected: list[Any], name: str) -> Any:
    return pytest.param(with_conditions(parameters, conditions), written, expected, id=name)


@pytest.mark.parametrize(
    ("template", "written", "expected"),
    [
        scenario_case({"Stage": STRING}, IS_PROD, either("IsProd", 1, 2), [2, 1], "both ways"),
        scenario_case(
            {"Stage": {**STRING, "Default": "prod"}}, IS_PROD, either("IsProd", 1, 2), [1, 2], "Default first"
        ),
        scenario_case({"Stage": BY_DEFAULT}, IS_PROD, either("IsProd", 1, 2), [2, 1], "not the Default first"),
        scenario_case(
            {"Stage": STRING},
            IS_PROD,
            [either("IsProd", 1, 2), either("IsProd", 3, 4)],
            [[2, 4], [1, 3]],
            "one condition is one thing",
        ),
        scenario_case(
            {"Stage": STRING},
            IS_PROD,
            either("IsProd", either("IsProd", 1, 9), either("IsProd", 9, 2)),
            [2, 1],
            "never both",
        ),
        scenario_case(
            {"Stage": STRING},
            IS_PROD,
            [either("IsProd", 1, 2), ref("Stage")],
            [[2, "<Stage>"], [1, "prod"]],
            "the value is what the condition says",
        ),
        scenario_case(
            {"Stage": BY_DEFAULT},
            IS_PROD,
            [either("IsProd", 1, 2), ref("Stage")],
            [[2, "dev"], [1, "prod"]],
            "the Default is kept where it fits",
        ),
        scenario_case(
            {"Stage": STRING},
            {**IS_PROD, "NotProd": {"Fn::Not": [{"Condition": "IsProd"}]}},
            [either("IsProd", 1, 2), either("NotProd", 3, 4)],
            [[2, 3], [1, 4]],
            "Not",
        ),
        scenario_case({"Stage": STRING}, ALL_STAGES, EVERY_STAGE, ["---", "--P", "-T-", "D--"], "one value at a time"),
        scenario_case({"Stage": STAGES}, ALL_STAGES, EVERY_STAGE, ["--P", "-T-", "D--"], "one of the AllowedValues"),
        scenario_case(
            {"Stage": {**STAGES, "Default": "test"}},
            ALL_STAGES,
            EVERY_STAGE,
            ["-T-", "--P", "D--"],
            "one of the AllowedValues, the Default earlier",
        ),
        scenario_case(
            {"Stage": STAGES},
            ALL_STAGES,
            [EVERY_STAGE, ref("Stage")],
            [["--P", "prod"], ["-T-", "test"], ["D--", "dev"]],
            "the only value left",
        ),
        scenario_case(
            {"Stage": {**STRING, "AllowedValues": ["dev", "test"]}},
            IS_PROD,
            either("IsProd", 1, 2),
            [2],
            "a value that is not allowed",
        ),
        scenario_case(
            {"Stage": {**STRING, "AllowedValues": ["prod"]}},
            IS_PROD,
            either("IsProd", 1, 2),
            [1],
            "the one allowed value",
        ),
        scenario_case(
            {"Stage": STAGES},
            {"D": equals(sub("${Stage}"), "dev"), "Q": equals(sub("${Stage}"), "qa")},
            [either("D", 1, 2), either("Q", 1, 2)],
            [[2, 2], [1, 2]],
            "AllowedValues behind Fn::Sub",
        ),
        scenario_case(
            {"Stage": STRING}, {"X": equals("prod", ref("Stage"))}, either("X", 1, 2), [2, 1], "the literal first"
        ),
        scenario_case(
            {"Stage": STRING},
            {"X": equals(ref("Stage"), "prod"), "Y": equals(ref("Stage"), "Prod")},
            [either("X", 1, 2), either("Y", 1, 2)],
            [[2, 2], [2, 1], [1, 2]],
            "case counts",
        ),
        scenario_case(
            {"N": {"Type": "Number"}},
            {"X": equals(ref("N"), 1), "Y": equals(ref("N"), "1")},
            [either("X", 1, 2), either("Y", 1, 2)],
            [[2, 2], [1, 1]],
            "numbers are compared as text",
        ),
        scenario_case({}, {"X": equals(1, "1")}, either("X", 1, 2), [1], "a number and its text"),
        scenario_case({}, {"X": equals(True, "true")}, either("X", 1, 2), [1], "a truth value and its text"),
        scenario_case({}, {"X": equals(True, "True")}, either("X", 1, 2), [2], "a truth value and another text"),
        scenario_case({}, {"X": equals("a", "A")}, either("X", 1, 2), [2], "literals differ in case"),
        scenario_case(
            {},
            {"X": equals(["a"], ["a"]), "Y": equals(["a"], ["b"])},
            [either("X", 1, 2), either("Y", 1, 2)],
            [[1, 2]],
            "known lists",
        ),
        scenario_case(
            {"L": {"Type": "CommaDelimitedList"}},
            {"X": equals(ref("L"), ["a"])},
            either("X", 1, 2),
            [2, 1],
            "a list that is open",
        ),
        scenario_case(
            {"P": STRING}, {"X": equals([ref("P")], ["a"])}, either("X", 1, 2), [2, 1], "a list of what is open"
        ),
        scenario_case(
            {"P": STRING}, {"X": equals(ref("P"), ref("P"))}, either("X", 1, 2), [1], "a parameter is itself"
        ),
        scenario_case(
            {"P": STRING, "Q": STRING},
            {"X": equals(ref("P"), ref("Q")), "Y": equals(ref("Q"), ref("P"))},
            [either("X", 1, 2), either("Y", 1, 2)],
            [[2, 2], [1, 1]],
            "two parameters, both ways round",
        ),
        scenario_case(
            {"P": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/p"}},
            {"X": equals(ref("P"), "a"), "Y": equals("b", ref("P"))},
            [either("X", 1, 2), either("Y", 1, 2)],
            [[2, 2], [2, 1], [1, 2]],
            "an SSM value is never two values",
        ),
        scenario_case(
            {"P": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "prod"}},
            {"X": equals(ref("P"), "prod")},
            either("X", 1, 2),
            [2, 1],
            "an SSM parameter's name is not its value",
        ),
        scenario_case(
            {"P": STRING},
            {"X": equals(sub("app-${P}"), "app-prod"), "Y": equals(ref("P"), "prod")},
            [either("X", 1, 2), either("Y", 1, 2), ref("P")],
            [[2, 2, "<P>"], [1, 1, "prod"]],
            "what a text says of its parameter",
        ),
        scenario_case(
            {"P": STRING}, {"X": equals(sub("app-${P}"), "web-prod")}, either("X", 1, 2), [2], "a text that cannot be"
        ),
        scenario_case(
            {"P": BY_DEFAULT},
            {"X": equals(sub("app-${P}"), "app-prod")},
            [either("X", 1, 2), ref("P")],
            [[2, "dev"], [2, "<P>"], [1, "prod"]],
            "a Default is not taken for granted",
        ),
        scenario_case(
            {"P": STRING},
            {"X": {"Fn::Or": [equals(ref("P"), "a"), equals(ref("P"), "b")]}},
            [either("X", 1, 2), ref("P")],
            [[2, "<P>"], [1, "b"], [1, "a"]],
            "Or",
        ),
        scenario_case(
            {"P": STRING},
            {"X": {"Fn::And": [equals(ref("P"), "a"), equals(ref("P"), "b")]}},
            either("X", 1, 2),
            [2, 2],
            "And that cannot be",
        ),
        scenario_case(
            {"P": STRING, "Q": STRING},
            {"X": {"Fn::And": [equals(ref("P"), "a"), equals(ref("Q"), "b")]}},
            either("X", 1, 2),
            [2, 2, 1],
            "And",
        ),
        scenario_case(
            {"P": STRING},
            {"X": {"Fn::Or": [equals(1, 1), equals(ref("P"), "b")]}},
            either("X", 1, 2),
            [1],
            "Or that is decided",
        ),
        scenario_case(
            {"P": STRING},
            {"X": {"Fn::And": [equals(ref("P"), "b"), equals(1, 2)]}},
            either("X", 1, 2),
            [2, 2],
            "And that is decided later",
        ),
        scenario_case(
            {},
            {"X": equals(ref("AWS::Region"), "eu-west-1"), "Y": equals(ref("AWS::AccountId"), "210987654321")},
            [either("X", 1, 2), either("Y", 1, 2)],
            [[1, 2]],
            "the environment is known",
        ),
        scenario_case({}, {"X": {"Fn::Contains": [["a"], "a"]}}, either("X", 1, 2), [2, 1], "a rule function is open"),
        scenario_case(
            {"L": {"Type": "CommaDelimitedList", "Default": "a,b"}},
            {"X": equals(select(0, ref("L")), "a")},
            [either("X", 1, 2), ref("L")],
            [[1, ["a", "b"]], [2, "<L>"], [1, "<L>"]],
            "a part of a Default",
        ),
    ],
)
def test_scenarios(template: dict[str, Any], written: Any, expected: list[Any]) -> None:
    assert outcomes(written, scope_of(template)) == expected


@pytest.mark.parametrize(
    ("template", "written", "expected"),
    [
        scenario_case(
            {},
            {"X": equals(ref("AWS::Region"), "eu-west-1")},
            [either("X", 1, 2), ref("AWS::Region"), ref("AWS::URLSuffix")],
            [[2, "<AWS::Region>", "<AWS::URLSuffix>"], [1, "eu-west-1", "amazonaws.com"]],
            "a condition on the region",
        ),
        scenario_case(
            {},
            {"X": equals(ref("AWS::Region"), "cn-north-1")},
            [either("X", 1, 2), ref("AWS::Partition")],
            [[2, "<AWS::Partition>"], [1, "aws-cn"]],
            "the partition follows",
        ),
        scenario_case({}, {"X": equals(ref("AWS::Region"), "")}, either("X", 1, 2), [2], "no region is empty"),
        scenario_case({}, {"X": equals(ref("AWS::AccountId"), "prod")}, either("X", 1, 2), [2], "no account is a word"),
        scenario_case(
            {},
            {"X": equals(ref("AWS::Partition"), "aws-cn"), "Y": equals(ref("AWS::Partition"), "aws")},
            [either("X", 1, 2), either("Y", 1, 2)],
            [[2, 2], [2, 1], [1, 2]],
            "never two partitions",
        ),
        scenario_case(
            {},
            {"X": equals(ref("AWS::Region"), "eu-west-1"), "Y": equals(ref("AWS::Partition"), "aws-cn")},
            [either("X", 1, 2), either("Y", 1, 2)],
            [[2, 2], [2, 1], [1, 2]],
            "never a region of another partition",
        ),
    ],
)
def test_scenarios_of_an_open_environment(template: dict[str, Any], written: Any, expected: list[Any]) -> None:
    assert outcomes(written, scope_of(template, bound=False)) == expected


BY_REGION = {"Tags": {"eu-west-1": {"t": "1"}, "us-east-1": {"t": "2"}, "default": {"t": "latest"}}}
BY_STAGE = {"Tags": {"dev": {"t": "1"}, "prod": {"t": "2"}, "qa": {"t": "latest"}}}


@pytest.mark.parametrize(
    ("sections", "written", "expected"),
    [
        pytest.param({"Mappings": BY_REGION}, find("Tags", ref("AWS::Region"), "t"), ["1", "2"], id="the regions only"),
        pytest.param(
            {"Mappings": BY_REGION},
            [find("Tags", ref("AWS::Region"), "t"), ref("AWS::Region")],
            [["1", "eu-west-1"], ["2", "us-east-1"]],
            id="the region is what the key says",
        ),
        pytest.param(
            {"Mappings": BY_REGION},
            [find("Tags", ref("AWS::Region"), "t", default="d"), ref("AWS::Region")],
            [["1", "eu-west-1"], ["2", "us-east-1"], ["d", "<AWS::Region>"]],
            id="a default is for every other region",
        ),
        pytest.param(
            {"Mappings": BY_REGION, "Conditions": {"X": equals(ref("AWS::Region"), "eu-west-1")}},
            either("X", "x", find("Tags", ref("AWS::Region"), "t")),
            ["2", "x"],
            id="a region that is ruled out",
        ),
        pytest.param(
            {"Mappings": BY_STAGE, "Parameters": {"S": {"Type": "String", "AllowedValues": ["dev", "prod"]}}},
            find("Tags", ref("S"), "t"),
            ["1", "2"],
            id="the AllowedValues only",
        ),
        pytest.param(
            {"Mappings": BY_STAGE, "Parameters": {"S": {"Type": "String", "AllowedValues": ["dev", "prod"]}}},
            find("Tags", ref("S"), "t", default="d"),
            ["1", "2"],
            id="no default where every AllowedValue has a key",
        ),
        pytest.param(
            {"Mappings": BY_STAGE, "Parameters": {"S": {"Type": "String", "AllowedValues": ["dev", "x"]}}},
            [find("Tags", ref("S"), "t", default="d"), ref("S")],
            [["1", "dev"], ["d", "x"]],
            id="a default for the AllowedValue without a key",
        ),
        pytest.param(
            {"Mappings": BY_STAGE, "Parameters": {"S": {"Type": "String", "AllowedValues": ["x", "y"]}}},
            find("Tags", ref("S"), "t", default="d"),
            ["d"],
            id="nothing but the default",
        ),
        pytest.param(
            {"Mappings": BY_STAGE, "Parameters": {"S": BY_DEFAULT}},
            find("Tags", ref("S"), "t"),
            ["1"],
            id="the Default",
        ),
        pytest.param(
            {"Mappings": BY_STAGE, "Parameters": {"S": {"Type": "AWS::SSM::Parameter::Value<String>"}}},
            find("Tags", ref("S"), "t"),
            [f"<Fn::FindInMap at {HERE}/Fn::FindInMap>"],
            id="a key that nobody chooses",
        ),
        pytest.param(
            {"Mappings": {"Accounts": {"111111111111": {"t": "1"}, "prod": {"t": "2"}}}},
            find("Accounts", ref("AWS::AccountId"), "t"),
            ["1"],
            id="the accounts only",
        ),
    ],
)
def test_scenarios_of_a_mapping(sections: dict[str, Any], written: Any, expected: list[Any]) -> None:
    assert outcomes(written, scope_of({"Resources": {}, **sections}, bound=False)) == expected


OPEN_LISTS = {"One": equals(["a"], [ref("Open")]), "Two": equals(["b"], [ref("Open")])}


@pytest.mark.parametrize(
    ("parameters", "conditions", "expected"),
    [
        pytest.param({"Open": STRING}, OPEN_LISTS, ["no no", "no yes", "yes no", "yes yes"], id="two open lists"),
        pytest.param(
            {},
            {"One": {"Fn::Contains": []}, "Two": {"Fn::EachMemberIn": []}},
            ["no no", "no yes", "yes no", "yes yes"],
            id="two functions that are not evaluated",
        ),
        pytest.param(
            {"Open": STRING},
            {"One": equals({"a": "1"}, {"a": ref("Open")}), "Two": equals({"a": "1"}, {"a": "1"})},
            ["no yes", "yes yes"],
            id="an open object and a known one",
        ),
        pytest.param(
            {"Open": STRING},
            {"One": equals(sub("${Open}-x"), "prod-x"), "Two": equals(ref("Open"), "prod")},
            ["no no", "yes yes"],
            id="a parameter before a known end",
        ),
        pytest.param(
            {"Tag": {**STRING, "Default": "1"}},
            {"One": equals(sub("v${Tag}"), "v1"), "Two": equals(ref("Tag"), "1")},
            ["yes yes", "no no"],
            id="the Default within a text and by itself",
        ),
        pytest.param(
            {"Open": {"Default": "dev"}},
            {"One": equals(ref("Open"), "prod"), "Two": equals("a", "a")},
            ["no yes", "yes yes"],
            id="a parameter without a Type is a String",
        ),
        pytest.param(
            {"Open": {"Type": "Number", "Default": 1}},
            {"One": equals(ref("Open"), 2), "Two": equals("a", "a")},
            ["no yes", "yes yes"],
            id="a Number",
        ),
    ],
)
def test_scenarios_of_two_conditions(parameters: Any, conditions: Any, expected: list[str]) -> None:
    scope = scope_of(with_conditions(parameters, conditions))
    assert outcomes(join(" ", either("One", "yes", "no"), either("Two", "yes", "no")), scope) == expected


def test_conditions_that_macros_write_into_two_stacks_are_two() -> None:
    macro = {"Transform": "AWS::Serverless-2016-10-31", "Outputs": {"Out": {"Value": either("Made", "a", "b")}}}
    scope = scope_of({**macro, "Resources": {"Stack": {"Type": "AWS::CloudFormation::Stack"}}})
    scope.nested["Stack"] = scope_of(macro, "App/Stack")
    written = join("", either("Made", "a", "b"), att("Stack", "Outputs.Out"))
    assert outcomes(written, scope) == ["bb", "ba", "ab", "aa"]


def test_what_a_condition_rules_out_is_known_of_the_value() -> None:
    scenario = Scenario(never={Hole("Open", "App"): frozenset({"latest"})})
    found = as_text(Evaluation(scenario).value(placed(ref("Open"), scope_of())))
    assert found is not None
    assert equal(found, "latest") is False


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        pytest.param({"Fn::Not": [{"Condition": "Open"}]}, None, id="not an open one"),
        pytest.param({"Fn::And": [{"Condition": "Open"}, {"Condition": "Yes"}]}, None, id="an open one and a true one"),
        pytest.param(
            {"Fn::And": [{"Condition": "Open"}, {"Condition": "No"}]}, False, id="an open one and a false one"
        ),
        pytest.param({"Fn::Or": [{"Condition": "Open"}, {"Condition": "No"}]}, None, id="an open one or a false one"),
        pytest.param({"Fn::Or": [{"Condition": "Open"}, {"Condition": "Yes"}]}, True, id="an open one or a true one"),
    ],
)
def test_past_the_bound_conditions_have_three_answers(condition: Any, expected: bool | None) -> None:
    known = {"Yes": equals("a", "a"), "No": equals("a", "b"), "Open": equals(ref("Open"), "x"), "Asked": condition}
    scope = scope_of(with_conditions({"Open": STRING}, known))
    assert Evaluation(Scenario(exhausted=True)).condition(placed("Asked", scope)) is expected


def test_an_exhausted_scenario_never_forks() -> None:
    template = with_conditions({"Stage": BY_DEFAULT, "S": STRING}, {**IS_PROD, "X": equals(sub("${Stage}-x"), "dev-x")})
    template["Mappings"] = BY_STAGE
    evaluation = Evaluation(Scenario(exhausted=True))
    written = [either("IsProd", 1, 2), ref("Stage"), either("X", 1, 2), find("Tags", ref("S"), "t")]
    assert shown(evaluation.value(placed(written, scope_of(template, bound=False)))) == [
        f"<Fn::If at {HERE}/0/Fn::If>",
        "dev",
        1,
        f"<Fn::FindInMap at {HERE}/3/Fn::FindInMap>",
    ]
    assert evaluation.truths == {("App", "X"): True}


# -- assemblies ---------------------------------------------------------------------------------------------------


def nesting(child: str, parameters: Any = None, **resource: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::CloudFormation::Stack",
        "Metadata": {"aws:asset:path": f"{child}.template.json"},
        "Properties": {} if parameters is None else {"Parameters": parameters},
        **resource,
    }


def assembly_of(
    folder: Path, templates: Mapping[str, Any], environments: Mapping[str, str] | None = None, nested: str = ""
) -> imagelint.Assembly:
    """Load templates as the stacks of an assembly; those in `nested` are only named by others."""
    bound = {**dict.fromkeys(templates, "unknown-account/unknown-region"), **(environments or {})}
    return imagelint.load(write_templates(folder, templates, bound, nested=nested.split()))


def documents(assembly: imagelint.Assembly) -> list[Facts]:
    index = ResourceIndex(assembly, date(2026, 1, 1), "2.0.0", "x86_64")
    functions = [each for stack in assembly.stacks for each in functions_of(stack)]
    return [facts for each in functions for facts in facts_of(each, index)]


def uris(assembly: imagelint.Assembly) -> list[str]:
    """The image reference of every function in every scenario, as messages show it."""
    return [facts.show("image.uri") for facts in documents(assembly)]


BOUND = "123456789012/eu-west-1"
IMAGE = f"{REGISTRY}/app"
NESTED_PARENT = {
    "Parameters": {"Tag": {"Type": "String", "Default": "latest"}, "Open": STRING, "Stage": STAGES},
    "Conditions": {**IS_PROD, "HasTag": {"Fn::Not": [equals(ref("Tag"), "")]}},
}
CHILD = {"Tag": {"Type": "String", "Default": "never"}}
TAGGED = sub(IMAGE + ":${Tag}")


@pytest.mark.parametrize(
    ("parameters", "declared", "expected"),
    [
        pytest.param({"Tag": "1"}, CHILD, [f"{IMAGE}:1"], id="a literal"),
        pytest.param({"Tag": 7}, CHILD, [f"{IMAGE}:7"], id="a number"),
        pytest.param({"Tag": ref("Tag")}, CHILD, [f"{IMAGE}:latest"], id="the parent's Default"),
        pytest.param({"Tag": ref("Open")}, CHILD, [f"{IMAGE}:${{Open}}"], id="the parent's open parameter"),
        pytest.param({}, CHILD, [f"{IMAGE}:never"], id="not given"),
        pytest.param(None, CHILD, [f"{IMAGE}:never"], id="no Parameters"),
        pytest.param({}, {"Tag": STRING}, [f"{IMAGE}:${{Tag}}"], id="not given and no Default"),
        pytest.param(
            {},
            {"Tag": {"Type": "CommaDelimitedList", "Default": "1,2"}},
            [f"{IMAGE}:${{Tag}}"],
            id="not given, and its Default is a list",
        ),
        pytest.param(
            {},
            {"Tag": {**STRING, "Default": "{{resolve:ssm:/t}}"}},
            [f"{IMAGE}:${{resolve:ssm:/t}}"],
            id="not given, and its Default is a dynamic reference",
        ),
        pytest.param(
            {"Tag": ["1", "2"]},
            {"Tag": {"Type": "CommaDelimitedList"}},
            [f"{IMAGE}:${{Tag}}"],
            id="a list that is given as a list",
        ),
        pytest.param({"Tag": NO_VALUE}, CHILD, [f"{IMAGE}:never"], id="NoValue means the Default"),
        pytest.param(
            {"Tag": either("IsProd", "1", "latest")},
            CHILD,
            [f"{IMAGE}:latest", f"{IMAGE}:1"],
            id="chosen by the parent's condition",
        ),
        pytest.param(
            {"Tag": either("IsProd", "1", NO_VALUE)},
            CHILD,
            [f"{IMAGE}:never", f"{IMAGE}:1"],
            id="given in one scenario only",
        ),
        pytest.param({"Fn::If": ["IsProd", {"Tag": "1"}, {}]}, CHILD, [f"{IMAGE}:${{Tag}}"], id="open Parameters"),
        pytest.param(
            {"Tag": "/app/tag"},
            {"Tag": {"Type": "AWS::SSM::Parameter::Value<String>"}},
            [f"{IMAGE}:${{{SSM}}}"],
            id="the name of an SSM parameter",
        ),
        pytest.param(
            {"Tag": "1,2"}, {"Tag": {"Type": "CommaDelimitedList"}}, [f"{IMAGE}:${{Tag}}"], id="a list has no text"
        ),
    ],
)
def test_parameter_of_a_nested_stack(
    tmp_path: Path, parameters: Any, declared: dict[str, Any], expected: list[str]
) -> None:
    parent = {**NESTED_PARENT, "Resources": {"Nested": nesting("Child", parameters)}}
    child = app(TAGGED, Parameters=declared)
    assembly = assembly_of(tmp_path, {"App": parent, "Child": child}, nested="Child")
    assert uris(assembly) == expected
    assert assembly.problems == []


NOT_PROD_CHILD = {"Parameters": {"Stage": STRING}, "Conditions": IS_PROD}


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        pytest.param(
            {"Stage": ref("Stage")},
            [("latest", {"IsProd": False}), ("1", {"IsProd": True})],
            id="a condition on the parent's parameter",
        ),
        pytest.param(
            {"Stage": either("IsProd", "dev", "prod")},
            [("1", {"IsProd of App": False, "IsProd": True}), ("latest", {"IsProd of App": True, "IsProd": False})],
            id="the same name means another thing in the parent",
        ),
        pytest.param(
            {"Stage": ref("Tag")},
            [("latest", {"IsProd": False}), ("1", {"IsProd": True})],
            id="a condition on the parent's parameter with a Default",
        ),
        pytest.param({"Stage": "prod"}, [("1", {"IsProd": True})], id="decided by the parent"),
        pytest.param({"Stage": "test"}, [("latest", {"IsProd": False})], id="decided against by the parent"),
        pytest.param(
            {"Stage": "{{resolve:ssm:/s}}"}, [("latest", {"IsProd": False}), ("1", {"IsProd": True})], id="open"
        ),
    ],
)
def test_condition_in_a_nested_stack(
    tmp_path: Path, parameters: Any, expected: list[tuple[str, dict[str, bool]]]
) -> None:
    parent = {**NESTED_PARENT, "Resources": {"Nested": nesting("Child", parameters)}}
    child = app(either("IsProd", f"{IMAGE}:1", f"{IMAGE}:latest"), **NOT_PROD_CHILD)
    assembly = assembly_of(tmp_path, {"App": parent, "Child": child}, nested="Child")
    found = documents(assembly)
    assert [(facts.values["image.tag"], dict(facts.conditions)) for facts in found] == expected


def test_the_default_of_a_nested_parameter_is_certain(tmp_path: Path) -> None:
    parent = {"Resources": {"Nested": nesting("Child")}}
    child = app(either("IsProd", f"{IMAGE}:1", f"{IMAGE}:latest"), Parameters={"Stage": {**STRING, "Default": "prod"}})
    child["Conditions"] = IS_PROD
    assembly = assembly_of(tmp_path, {"App": parent, "Child": child}, nested="Child")
    assert uris(assembly) == [f"{IMAGE}:1"]


def test_a_nested_stack_exists_where_its_condition_holds(tmp_path: Path) -> None:
    parent: dict[str, Any] = {
        "Parameters": {"Tag": {"Type": "String", "Default": ""}},
        "Conditions": NESTED_PARENT["Conditions"],
        "Resources": {"Nested": nesting("Middle", {"Tag": ref("Tag")}, Condition="HasTag")},
    }
    middle = {"Parameters": {"Tag": STRING}, "Resources": {"Inner": nesting("Child", {"Tag": ref("Tag")})}}
    child = app(TAGGED, Parameters={"Tag": STRING})
    parent["Parameters"]["Stage"] = STRING
    assembly = assembly_of(tmp_path, {"App": parent, "Middle": middle, "Child": child}, nested="Middle Child")
    assert [(facts.show("image.uri"), dict(facts.conditions)) for facts in documents(assembly)] == [
        (f"{IMAGE}:${{Tag}}", {"HasTag": True})
    ]
    assert imagelint.lint(assembly).findings == ()


def test_two_uses_of_one_nested_template_are_two_scopes(tmp_path: Path) -> None:
    parent = {
        "Resources": {
            "One": nesting("Child", {"Tag": "1"}),
            "Two": nesting("Child", {"Tag": "2"}),
            "Same": function({"Fn::Join": ["|", [att("One", "Outputs.Tag"), att("Two", "Outputs.Tag")]]}),
            "Open": function({"Fn::Join": ["|", [att("One", "Outputs.Repo"), att("Two", "Outputs.Repo")]]}),
        }
    }
    child = app(TAGGED, Parameters={"Tag": STRING})
    child["Resources"]["Repo"] = {"Type": "AWS::ECR::Repository"}
    child["Outputs"] = {"Tag": {"Value": ref("Tag")}, "Repo": {"Value": ref("Repo")}}
    assembly = assembly_of(tmp_path, {"App": parent, "Child": child}, nested="Child")
    assert uris(assembly) == ["1|2", "${Repo}|${Repo}", f"{IMAGE}:1", f"{IMAGE}:2"]
    scope = assembly.stacks[0]
    one, two = evaluate([att("One", "Outputs.Repo"), att("Two", "Outputs.Repo")], scope)
    assert (one.name, two.name) == ("Repo", "Repo")
    assert one != two


CHILD_OUTPUTS: dict[str, Any] = {
    "Parameters": {"Tag": {"Type": "String", "Default": "1"}},
    "Resources": {"Repo": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": "app"}}},
    "Outputs": {
        "Uri": {"Value": att("Repo", "RepositoryUri")},
        "Tag": {"Value": ref("Tag")},
        "Same": {"Value": ref("AWS::Region")},
        "Loop": {"Value": ref("Back")},
    },
}


@pytest.mark.parametrize(
    ("uri", "parameters", "expected", "message"),
    [
        pytest.param(
            join(":", att("Nested", "Outputs.Uri"), att("Nested", "Outputs.Tag")),
            {},
            [f"{IMAGE}:1"],
            None,
            id="outputs",
        ),
        pytest.param(sub("${Nested.Outputs.Uri}:2"), {}, [f"{IMAGE}:2"], None, id="an output in Fn::Sub"),
        pytest.param(
            join(":", att("Nested", "Outputs.Uri"), att("Nested", "Outputs.Tag")),
            {"Tag": "3"},
            [f"{IMAGE}:3"],
            None,
            id="an output that passes a parameter back",
        ),
        pytest.param(
            att("Nested", "Outputs.Nope"),
            {},
            ["unknown"],
            "Fn::GetAtt names the output 'Nope', which the nested stack has not",
            id="an output that is not there",
        ),
        pytest.param(
            att("Nested", "Outputs.Loop"),
            {"Back": att("Nested", "Outputs.Loop")},
            ["unknown"],
            "refers to itself: /Outputs/Loop/Value -> Back -> /Outputs/Loop/Value",
            id="outputs in a circle",
        ),
    ],
)
def test_output_of_a_nested_stack(
    tmp_path: Path, uri: Any, parameters: dict[str, Any], expected: list[str], message: str | None
) -> None:
    parent = {"Resources": {"Fn": function(uri), "Nested": nesting("Child", parameters)}}
    child = {**CHILD_OUTPUTS, "Parameters": {**CHILD_OUTPUTS["Parameters"], "Back": {**STRING, "Default": "x"}}}
    assembly = assembly_of(tmp_path, {"App": parent, "Child": child}, {"App": BOUND}, nested="Child")
    assert uris(assembly) == expected
    assert [problem.message for problem in assembly.problems] == ([] if message is None else [message])


# -- other stacks, as the assembly finds them ---------------------------------------------------------------------

LIBRARY = {
    "Outputs": {"Where": {"Value": sub("${AWS::AccountId}/${AWS::Region}")}},
    "Resources": {"Reader": {"Type": "Custom::CrossRegionExportReader"}, "Other": {"Type": "Custom::Reader"}},
}
"""A stack that says where it is, and one that reads what such a stack sends to another region."""


def beside(places: Mapping[tuple[Any, ...], Pointer]) -> Scope:
    """A stack in a known environment that finds places of one in an open environment by what it asks for."""
    library: Any = LIBRARY
    lib = Expression(library, scope_of(LIBRARY, "Lib", bound=False), ())
    found = {asked: functools.reduce(Expression.entry, place, lib) for asked, place in places.items()}
    return scope_of({**TEMPLATE, "Resources": LIBRARY["Resources"]}, found=found)


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        case({}, "123456789012/eu-west-1", "a stack of open environment is where its output is read"),
        case({"Region": ref("AWS::Region")}, "123456789012/eu-west-1", "in the same region by its name"),
        case({"Region": "us-east-1"}, "<AWS::AccountId>/<AWS::Region>", "in another region"),
        case({"RoleArn": "arn"}, "<AWS::AccountId>/<AWS::Region>", "by a role, so perhaps of another account"),
        case({"StackName": "Other"}, "<Fn::GetStackOutput Other Where>", "of a stack that is not in the assembly"),
        case({"OutputName": ref("Open")}, "<Fn::GetStackOutput Lib ${Open}>", "of an open name"),
    ],
)
def test_output_of_another_stack(argument: dict[str, Any], expected: str) -> None:
    place = ("Outputs", "Where", "Value")
    scope = beside(
        {
            ("Lib", "Where", "eu-west-1", False): place,
            ("Lib", "Where", "us-east-1", False): place,
            ("Lib", "Where", "eu-west-1", True): place,
        }
    )
    written = {"Fn::GetStackOutput": {"StackName": "Lib", "OutputName": "Where", **argument}}
    assert shown(evaluate(written, scope)) == expected


def test_an_output_that_is_not_found_belongs_to_its_environment() -> None:
    written = {"Fn::GetStackOutput": {"StackName": "No", "OutputName": "Where", "Region": "us-east-1"}}
    found = evaluate(written, beside({}))
    assert found == Hole("Fn::GetStackOutput No Where", "123456789012/us-east-1")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        case(att("Reader", "/cdk/exports/Where"), "<AWS::AccountId>/<AWS::Region>", "sent from another region"),
        case(att("Reader", "/cdk/exports/Other"), "<Reader./cdk/exports/Other>", "sent by a stack that is not there"),
        case(att("Other", "/cdk/exports/Where"), "<Other./cdk/exports/Where>", "another custom resource"),
    ],
)
def test_what_is_sent_to_another_region(written: Any, expected: str) -> None:
    scope = beside({("/cdk/exports/Where",): ("Outputs", "Where", "Value")})
    assert shown(evaluate(written, scope)) == expected


def test_what_is_not_found_in_another_region_belongs_to_its_stack() -> None:
    assert evaluate(att("Reader", "x"), beside({})) == Hole("Reader.x", "App")


@pytest.mark.parametrize(
    ("scenario", "expected"),
    [
        pytest.param(Scenario(), ("1.4.2", {Hole("Tag", "App"): "1.4.2"}), id="its Default"),
        pytest.param(Scenario(bound={Hole("Tag", "App"): "2"}), ("2", {}), id="another value"),
    ],
)
def test_only_a_default_that_is_taken_is_told(scenario: Scenario, expected: tuple[Value, dict[Hole, str]]) -> None:
    assert Evaluation(scenario).traced(placed(ref("Tag"), scope_of())) == expected


def test_a_default_is_told_beside_a_name_that_rests_on_none() -> None:
    evaluated = Evaluation().traced(placed(join("-", ref("Tag"), ref("Named")), scope_of()))
    assert evaluated == ("1.4.2-orders/api", {Hole("Tag", "App"): "1.4.2"})


def test_a_parameter_that_the_parent_does_not_give_is_the_nested_stacks_own() -> None:
    nested = scope_of({"Parameters": {"Tag": STRING}}, "App/Stack")
    nested.parent = scope_of()
    assert evaluate(ref("Tag"), nested) == Hole("Tag", "App/Stack")


@pytest.mark.parametrize("template", [{}, {"Transform": "AWS::Serverless-2016-10-31"}], ids=["unread", "transformed"])
def test_an_output_that_a_nested_stack_may_have_is_its_own(template: dict[str, Any]) -> None:
    scope = scope_of()
    scope.nested["Stack"] = scope_of(template, "App/Stack")
    assert evaluate(att("Stack", "Outputs.Uri"), scope) == Hole("Outputs.Uri", "App/Stack")


# -- exports ------------------------------------------------------------------------------------------------------


def exporting(value: Any, name: Any = "Image", **sections: Any) -> dict[str, Any]:
    outputs = {"Out": {"Value": value, "Export": {"Name": name}}}
    return {"Resources": {"Repo": {"Type": "AWS::ECR::Repository"}}, "Outputs": outputs, **sections}


FROM_EXPORT = imported("Image")
ELSEWHERE = "210987654321/us-east-1"


@pytest.mark.parametrize(
    ("templates", "environments", "expected"),
    [
        pytest.param(
            {"Lib": exporting(f"{IMAGE}:1")}, {"App": BOUND, "Lib": BOUND}, [f"{IMAGE}:1"], id="the same environment"
        ),
        pytest.param(
            {"Lib": exporting(f"{IMAGE}:1")},
            {"App": BOUND, "Lib": ELSEWHERE},
            ["${Fn::ImportValue Image}"],
            id="another environment",
        ),
        pytest.param(
            {"Lib": exporting(f"{IMAGE}:1"), "Other": exporting(f"{IMAGE}:latest")},
            {"App": BOUND, "Lib": BOUND, "Other": ELSEWHERE},
            [f"{IMAGE}:1"],
            id="the same name in two environments",
        ),
        pytest.param(
            {"Lib": exporting(f"{IMAGE}:1"), "Other": exporting(f"{IMAGE}:latest")},
            {},
            ["${Fn::ImportValue Image}"],
            id="the same name twice, and nothing says which",
        ),
        pytest.param(
            {"Lib": exporting(att("Repo", "RepositoryUri"))},
            {},
            ["${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/${Repo}"],
            id="open environments",
        ),
        pytest.param(
            {"Lib": exporting(att("Repo", "RepositoryUri"))},
            {"App": BOUND},
            [REGISTRY + "/${Repo}"],
            id="an open exporter is where its importer is",
        ),
        pytest.param(
            {"Lib": exporting(f"{IMAGE}:1", sub("${AWS::StackName}-x"))},
            {},
            ["${Fn::ImportValue Image}"],
            id="another name",
        ),
        pytest.param(
            {"Lib": exporting(imported("Deep")), "Deep": exporting(att("Repo", "RepositoryUri"), "Deep")},
            {"App": BOUND},
            [REGISTRY + "/${Repo}"],
            id="an export of an export",
        ),
        pytest.param(
            {"Lib": exporting(f"{IMAGE}:1", ref("Open"), Parameters={"Open": STRING})},
            {},
            ["${Fn::ImportValue Image}"],
            id="an export whose name is open",
        ),
    ],
)
def test_import(tmp_path: Path, templates: dict[str, Any], environments: dict[str, str], expected: list[str]) -> None:
    assembly = assembly_of(tmp_path, {"App": app(FROM_EXPORT), **templates}, environments)
    assert uris(assembly) == expected
    assert assembly.problems == []


def test_import_in_an_open_environment_is_in_the_importers(tmp_path: Path) -> None:
    templates = {"App": app(sub("${u}:1", {"u": FROM_EXPORT})), "Lib": exporting(att("Repo", "RepositoryUri"))}
    (facts,) = documents(assembly_of(tmp_path, templates))
    assert facts.values["image.region_matches"] is True
    assert facts.values["image.account_matches"] is True


def test_conditions_of_importer_and_exporter_agree_on_the_region(tmp_path: Path) -> None:
    conditions = {"InIreland": equals(ref("AWS::Region"), "eu-west-1")}
    templates = {
        "App": app(either("InIreland", FROM_EXPORT, f"{IMAGE}:2"), Conditions=conditions),
        "Lib": exporting(either("InIreland", f"{IMAGE}:1", f"{IMAGE}:latest"), Conditions=conditions),
    }
    assert uris(assembly_of(tmp_path, templates)) == [f"{IMAGE}:2", f"{IMAGE}:1"]


def test_names_of_two_templates_do_not_meet(tmp_path: Path) -> None:
    parameters = {"Tag": {"Type": "String", "Default": "lib"}}
    exporter = exporting(join("", ref("Tag"), "/", ref("Repo")), Parameters=parameters)
    exporter["Resources"]["Repo"]["Properties"] = {"RepositoryName": "lib-repo"}
    importer = app(join("|", FROM_EXPORT, ref("Tag"), ref("Repo")), Parameters={"Tag": {**STRING, "Default": "app"}})
    importer["Resources"]["Repo"] = {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": "app-repo"}}
    (tmp_path / "lib").mkdir()
    (tmp_path / "app").mkdir()
    (tmp_path / "lib/template.json").write_text(json.dumps(exporter))
    (tmp_path / "app/template.json").write_text(json.dumps(importer))
    assembly = imagelint.load(tmp_path)
    assert uris(assembly) == ["lib/lib-repo|app|app-repo"]


def test_exports_in_a_circle(tmp_path: Path) -> None:
    templates = {"App": {**app(FROM_EXPORT), **{"Outputs": exporting(FROM_EXPORT, "Back")["Outputs"]}}}
    templates["Lib"] = exporting(imported("Back"))
    assembly = assembly_of(tmp_path, templates)
    assert uris(assembly) == ["unknown"]
    assert [problem.message for problem in assembly.problems] == [
        "refers to itself: /Outputs/Out/Value -> /Outputs/Out/Value -> /Outputs/Out/Value"
    ]


def laughs(levels: int, one: Any, more: Any) -> dict[str, Any]:
    """Exports each of which means the one before it twice."""
    outputs = {"E0": {"Value": one, "Export": {"Name": "E0"}}}
    for level in range(1, levels + 1):
        outputs[f"E{level}"] = {"Value": more(imported(f"E{level - 1}")), "Export": {"Name": f"E{level}"}}
    return {"Resources": {}, "Outputs": outputs}


@pytest.mark.parametrize(
    "more",
    [
        pytest.param(lambda each: join("", each, each), id="Join"),
        pytest.param(lambda each: sub("${a}${a}", {"a": each}), id="Sub"),
        pytest.param(lambda each: {"Fn::ToJsonString": [each, each]}, id="ToJsonString"),
        pytest.param(lambda each: [each, each], id="lists"),
        pytest.param(lambda each: {"a": each, "b": each}, id="objects"),
    ],
)
def test_a_billion_laughs(tmp_path: Path, more: Any) -> None:
    assembly = assembly_of(tmp_path, {"App": app(imported("E22")), "Lib": laughs(22, "ha", more)})
    assert uris(assembly) == ["unknown"]
    assert [problem.message for problem in assembly.problems] == [TOO_LONG]


def test_comparing_two_giants_is_refused(tmp_path: Path) -> None:
    exports = laughs(16, ["ha"], lambda each: [each, each])
    template = app(either("Same", f"{IMAGE}:1", f"{IMAGE}:2"))
    giant = [imported("E14")] * 10
    template["Conditions"] = {"Same": equals(giant, [*giant[1:], imported("E13")])}
    assembly = assembly_of(tmp_path, {"App": template, "Lib": exports})
    assert uris(assembly) == ["unknown"]
    assert [problem.message for problem in assembly.problems] == [TOO_LONG]


def test_many_large_texts_are_measured_before_they_are_joined(tmp_path: Path) -> None:
    parameters = {"Big": {"Type": "String", "Default": "x" * 90_000}}
    template = app({"Fn::Join": ["", [ref("Big")] * 5_000]}, Parameters=parameters)
    assembly = assembly_of(tmp_path, {"App": template})
    assert uris(assembly) == ["unknown"]
    assert [problem.message for problem in assembly.problems] == [TOO_LONG]


@pytest.mark.no_cover
def test_a_value_may_take_most_of_the_steps(tmp_path: Path) -> None:
    uri = join("", f"{IMAGE}:1", *[sub("")] * (MAX_STEPS * 2 // 3))
    assembly = assembly_of(tmp_path, {"App": app(uri)})
    assert uris(assembly) == [f"{IMAGE}:1"]
    assert assembly.problems == []


# -- functions and their scenarios --------------------------------------------------------------------------------


def many(count: int) -> dict[str, Any]:
    return {
        "Parameters": {f"P{index}": STRING for index in range(count)},
        "Conditions": {f"C{index}": equals(ref(f"P{index}"), "x") for index in range(count)},
    }


def test_a_function_exists_where_its_condition_holds(tmp_path: Path) -> None:
    template = {"Parameters": {"Stage": STAGES}, "Conditions": IS_PROD}
    template["Resources"] = {
        "Prod": function(either("IsProd", f"{IMAGE}:1", f"{IMAGE}:latest"), Condition="IsProd"),
        "Both": function(either("IsProd", f"{IMAGE}:2", f"{IMAGE}:3")),
        "Never": function(f"{IMAGE}:latest", Condition="Never"),
    }
    template["Conditions"] = {**IS_PROD, "Never": equals(1, 2)}
    assembly = assembly_of(tmp_path, {"App": template})
    assert uris(assembly) == [f"{IMAGE}:1", f"{IMAGE}:3", f"{IMAGE}:2"]


def test_a_condition_that_is_not_there(tmp_path: Path) -> None:
    assembly = assembly_of(tmp_path, {"App": {"Resources": {"Fn": function(f"{IMAGE}:1", Condition="Nope")}}})
    assert uris(assembly) == [f"{IMAGE}:1"]
    assert [problem.message for problem in assembly.problems] == [
        "names the condition 'Nope', which the template has not"
    ]


def test_every_scenario_of_six_conditions_is_tried(tmp_path: Path) -> None:
    uri = join("", f"{IMAGE}:v", *[either(f"C{index}", "1", "0") for index in range(6)])
    found = uris(assembly_of(tmp_path, {"App": app(uri, **many(6))}))
    assert len(found) == len(set(found)) == MAX_SCENARIOS
    assert {uri.removeprefix(f"{IMAGE}:v") for uri in found} == {f"{number:06b}" for number in range(64)}


def test_past_the_bound_nothing_is_guessed(tmp_path: Path) -> None:
    """Only where all nine conditions hold is the tag latest, and that scenario is past the bound."""
    sections = many(9)
    ones = join("", *[either(f"C{index}", "1", "0") for index in range(9)])
    sections["Conditions"]["All"] = equals(ones, "1" * 9)
    assembly = assembly_of(tmp_path, {"App": app(either("All", f"{IMAGE}:latest", f"{IMAGE}:1"), **sections)})
    assert set(uris(assembly)) == {f"{IMAGE}:1", "unknown"}
    assert len(uris(assembly)) < 2 * MAX_SCENARIOS
    report = imagelint.lint(assembly)
    assert [finding.rule for finding in report.findings if finding.rule != "cross-account-pull-unverifiable"] == []
    assert {"image-tag-latest", "image-uri-malformed"} <= {unknown.rule for unknown in report.unknown}


def test_past_the_bound_a_function_may_not_exist(tmp_path: Path) -> None:
    sections = many(8)
    ones = join("", *[either(f"C{index}", "1", "0") for index in range(8)])
    sections["Parameters"]["P0"] = {"Type": "String", "Default": ""}
    sections["Conditions"]["Last"] = equals(ones, "11111111")
    template = {**sections, "Resources": {"Fn": function(sub(IMAGE + ":${P0}"), Condition="Last")}}
    assembly = assembly_of(tmp_path, {"App": template})
    assert set(uris(assembly)) == {"unknown"}
    report = imagelint.lint(assembly)
    assert report.findings == ()
    assert "image-uri-malformed" in {unknown.rule for unknown in report.unknown}


@pytest.mark.no_cover
def test_steps_are_bounded_over_all_scenarios(tmp_path: Path) -> None:
    choices = [either(f"C{index}", "a", "b") for index in range(6)]
    uri = join("", f"{IMAGE}:v", *[sub("")] * 20_000, *choices)
    found = uris(assembly_of(tmp_path, {"App": app(uri, **many(6))}))
    assert 1 < len(found) < 10
    assert "${Fn::If at " in found[-1]


def test_the_default_behind_a_tag_is_named_though_other_values_are_refused(tmp_path: Path) -> None:
    parameters = {"Map": {"Type": "String", "Default": "A", "AllowedValues": ["A", "B"]}}
    uri = sub(IMAGE + ":${t}", {"t": find(ref("Map"), "k", "t")})
    template = app(uri, Parameters=parameters, Mappings={"A": {"k": {"t": "latest"}}})
    (facts,) = documents(assembly_of(tmp_path, {"App": template}))
    assert facts.values["image.tag_in_words"] == "is tagged latest, the default of parameter Map"


def test_an_error_is_a_problem_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_text(
        "Resources:\n  Fn:\n    Type: AWS::Lambda::Function\n    Properties:\n      PackageType: Image\n"
        "      Code:\n        ImageUri: !Sub '${Nope}:1'\n"
    )
    assembly = imagelint.load(tmp_path / "app.yaml")
    assert uris(assembly) == ["unknown"]
    assert assembly.problems == [
        Problem(
            f"{tmp_path}/app.yaml:7:9",
            NO_NOPE,
        )
    ]
