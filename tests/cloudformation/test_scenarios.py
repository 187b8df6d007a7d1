"""Scenarios: each consistent choice of the conditions that a value or a function hangs on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import imagelint
from imagelint.cloudformation.assumptions import MAX_OPTIONS
from imagelint.cloudformation.evaluation import Evaluation
from imagelint.cloudformation.scenario import Scenario
from imagelint.cloudformation.values import as_text
from imagelint.facts.facts import MAX_SCENARIOS
from imagelint.model import Problem
from imagelint.text.holes import Hole, equal
from support.builders import app, function
from support.evaluation import (
    HERE,
    IMAGE,
    IS_PROD,
    NO_NOPE,
    STAGES,
    STRING,
    assembly_of,
    att,
    documents,
    either,
    equals,
    find,
    join,
    outcomes,
    placed,
    ref,
    scope_of,
    select,
    shown,
    sub,
    uris,
)

# -- scenarios ---------------------------------------------------------------------------------------------------------


def with_conditions(parameters: Mapping[str, Any], conditions: Mapping[str, Any], **sections: Any) -> dict[str, Any]:
    return {"Parameters": parameters, "Conditions": conditions, "Resources": {}, **sections}


BY_DEFAULT = {"Type": "String", "Default": "dev"}
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
            {
                "Mappings": BY_STAGE,
                "Parameters": {"S": {"Type": "String", "AllowedValues": ["dev", "x"]}},
                "Conditions": {"X": equals(ref("S"), "x")},
            },
            either("X", "x", find("Tags", ref("S"), "t", default="d")),
            ["1", "x"],
            id="no default for what is ruled out",
        ),
        pytest.param(
            {
                "Mappings": {"Tags": {f"k{n}": {"t": f"{n}"} for n in range(MAX_OPTIONS + 1)}},
                "Parameters": {"S": STRING},
            },
            find("Tags", ref("S"), "t", default="d"),
            [f"<Fn::FindInMap at {HERE}/Fn::FindInMap>"],
            id="no default where there are too many to try",
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
    tags = [find("Tags", ref("S"), "t"), find("Tags", ref("S"), "t", default="d")]
    written = [either("IsProd", 1, 2), ref("Stage"), either("X", 1, 2), *tags]
    assert shown(evaluation.value(placed(written, scope_of(template, bound=False)))) == [
        f"<Fn::If at {HERE}/0/Fn::If>",
        "dev",
        1,
        f"<Fn::FindInMap at {HERE}/3/Fn::FindInMap>",
        f"<Fn::FindInMap at {HERE}/4/Fn::FindInMap>",
    ]
    assert evaluation.truths == {("App", "X"): True}


# -- functions and their scenarios -------------------------------------------------------------------------------------


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


NAMED_BY_A_FUNCTION: dict[str, tuple[Any, list[str]]] = {
    "one that holds": (sub("Is${Tag}"), [f"{IMAGE}:1"]),
    "one that does not": (sub("Is${Other}"), []),
    "nothing": ({"Ref": "AWS::NoValue"}, [f"{IMAGE}:1"]),
    "one that is not there yet": (sub("${Tag}"), [f"{IMAGE}:1"]),
    "one that is open": (sub("Is${Open}"), [f"{IMAGE}:1"]),
}


@pytest.mark.parametrize(("name", "expected"), NAMED_BY_A_FUNCTION.values(), ids=NAMED_BY_A_FUNCTION)
def test_a_condition_that_a_function_names(tmp_path: Path, name: Any, expected: list[str]) -> None:
    template: dict[str, Any] = {
        "Transform": "AWS::LanguageExtensions",
        "Parameters": {"Open": STRING},
        "Conditions": {"IsTag": equals(1, 1), "IsOther": equals(1, 2)},
        "Resources": {
            "Fn": function(f"{IMAGE}:1", Condition=name),
            "Tag": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": "Tag"}},
            "Other": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": "Other"}},
        },
    }
    assembly = assembly_of(tmp_path, {"App": template})
    assert (uris(assembly), [problem.message for problem in assembly.problems]) == (expected, [])


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
