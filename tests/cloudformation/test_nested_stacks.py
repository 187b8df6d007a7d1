"""Values across the stacks of an assembly: parameters of nested stacks, their outputs, resources of others."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import imagelint
from imagelint.assembly.stack import Stack
from imagelint.cloudformation.evaluation import Evaluation
from imagelint.cloudformation.scenario import Scenario
from imagelint.cloudformation.scope import Expression
from imagelint.cloudformation.values import Value
from imagelint.documents.pointer import Pointer
from imagelint.text.holes import Hole
from support.builders import app, function
from support.evaluation import (
    BOUND,
    IMAGE,
    IS_PROD,
    NO_VALUE,
    SSM,
    STAGES,
    STRING,
    TEMPLATE,
    assembly_of,
    att,
    case,
    documents,
    either,
    equals,
    evaluate,
    join,
    placed,
    ref,
    scope_of,
    shown,
    sub,
    uris,
)

# -- assemblies --------------------------------------------------------------------------------------------------------


def nesting(child: str, parameters: Any = None, **resource: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::CloudFormation::Stack",
        "Metadata": {"aws:asset:path": f"{child}.template.json"},
        "Properties": {} if parameters is None else {"Parameters": parameters},
        **resource,
    }


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


# -- other stacks, as the assembly finds them --------------------------------------------------------------------------

LIBRARY = {
    "Outputs": {"Where": {"Value": sub("${AWS::AccountId}/${AWS::Region}")}},
    "Resources": {"Reader": {"Type": "Custom::CrossRegionExportReader"}, "Other": {"Type": "Custom::Reader"}},
}
"""A stack that says where it is, and one that reads what such a stack sends to another region."""


def beside(places: Mapping[tuple[Any, ...], Pointer]) -> Stack:
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
    nested = scope_of({"Parameters": {"Tag": STRING}}, "App/Stack", parent=scope_of())
    assert evaluate(ref("Tag"), nested) == Hole("Tag", "App/Stack")


@pytest.mark.parametrize("template", [{}, {"Transform": "AWS::Serverless-2016-10-31"}], ids=["unread", "transformed"])
def test_an_output_that_a_nested_stack_may_have_is_its_own(template: dict[str, Any]) -> None:
    scope = scope_of()
    scope.nested["Stack"] = scope_of(template, "App/Stack")
    assert evaluate(att("Stack", "Outputs.Uri"), scope) == Hole("Outputs.Uri", "App/Stack")
