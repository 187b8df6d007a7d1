"""What CloudFormation values evaluate to in a known account and region; what cannot be known has to stay open."""

from __future__ import annotations

from typing import Any

import pytest

from imagelint.cloudformation.values import ABSENT
from support.builders import REGISTRY
from support.evaluation import (
    NO_VALUE,
    att,
    case,
    either,
    evaluate,
    find,
    imported,
    join,
    ref,
    scope_of,
    select,
    shown,
    split,
    sub,
)

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
    ("name", "expected"),
    [("FromSsm", "1.4.2"), ("ListFromSsm", ["a", "b"]), ("Tag", "1.4.2"), ("Open", "<Open>")],
)
def test_what_was_read_for_a_parameter_counts_for_those_of_systems_manager(name: str, expected: object) -> None:
    scope = scope_of()
    scope.read_parameters = {"FromSsm": "1.4.2", "ListFromSsm": "a, b", "Tag": "other", "Open": "other"}
    assert shown(evaluate(ref(name), scope)) == expected


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
    scope = scope_of()
    scope.region = region
    assert shown(evaluate([ref("AWS::Partition"), ref("AWS::URLSuffix")], scope)) == [
        partition,
        suffix,
    ]
