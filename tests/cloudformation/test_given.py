"""What whoever deploys gives: values of parameters, and the account and region of what names none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import imagelint
from imagelint.model import Report
from support.builders import REGISTRY, app, function, write_templates
from support.cli import run

URI = {"Fn::Sub": REGISTRY + "/a:${Tag}"}


def declared(**parameters: dict[str, Any]) -> dict[str, Any]:
    return {"Parameters": parameters}


def lint(folder: Path, template: Any, **given: Any) -> Report:
    (folder / "app.json").write_text(json.dumps(template, indent=1))
    return imagelint.lint(imagelint.load(folder / "app.json", **given))


def of_tag(report: Report) -> list[str]:
    return [finding.message for finding in report.findings if finding.rule == "image-tag-latest"]


LATEST = f"{REGISTRY}/a:latest is tagged latest"
VALUES: dict[str, tuple[dict[str, Any], dict[str, str], str | None]] = {
    "the Default": ({"Type": "String", "Default": "latest"}, {}, "the default of parameter Tag"),
    "instead of the Default": ({"Type": "String", "Default": "latest"}, {"Tag": "1.4.2"}, None),
    "where there is no Default": ({"Type": "String"}, {"Tag": "latest"}, "the value given for parameter Tag"),
    "the same as the Default": (
        {"Type": "String", "Default": "latest"},
        {"Tag": "latest"},
        "the value given for parameter Tag",
    ),
    "an allowed one": (
        {"Type": "String", "AllowedValues": ["latest", "1.4.2"]},
        {"Tag": "latest"},
        "the value given for parameter Tag",
    ),
    "the name of a parameter in Systems Manager": (
        {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/tag"},
        {"Tag": "latest"},
        None,
    ),
    "of another parameter": ({"Type": "String", "Default": "latest"}, {"Other": "x"}, "the default of parameter Tag"),
}


@pytest.mark.parametrize(("parameter", "given", "said"), VALUES.values(), ids=VALUES)
def test_a_value_that_is_given(
    tmp_path: Path, parameter: dict[str, Any], given: dict[str, str], said: str | None
) -> None:
    report = lint(tmp_path, app(URI, **declared(Tag=parameter)), parameters=given)
    assert report.errors == ()
    found = of_tag(report)
    assert len(found) == (0 if said is None else 1)
    assert all(message.startswith(f"{LATEST}, {said}, so ") for message in found)


def test_a_value_decides_a_condition(tmp_path: Path) -> None:
    parameters = declared(Stage={"Type": "String", "Default": "dev"})
    conditions = {"Conditions": {"IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}}}
    uri = {"Fn::If": ["IsProd", REGISTRY + "/a:1.4.2", REGISTRY + "/a:latest"]}
    found = lint(tmp_path, app(uri, **parameters, **conditions))
    assert [each.when for each in found.findings if each.rule == "image-tag-latest"] == ["IsProd is false"]
    assert of_tag(lint(tmp_path, app(uri, **parameters, **conditions), parameters={"Stage": "prod"})) == []
    given = lint(tmp_path, app(uri, **parameters, **conditions), parameters={"Stage": "test"})
    assert [each.when for each in given.findings if each.rule == "image-tag-latest"] == [None]


def test_a_value_reaches_the_stacks_that_it_is_handed_on_to(tmp_path: Path) -> None:
    nested = {
        "Type": "AWS::CloudFormation::Stack",
        "Metadata": {"aws:asset:path": "Inner.template.json"},
        "Properties": {"TemplateURL": "Inner.template.json", "Parameters": {"Inner": {"Ref": "Tag"}}},
    }
    inner = {
        "Resources": {"Fn": function({"Fn::Sub": REGISTRY + "/a:${Inner}"})},
        **declared(Inner={"Type": "String"}, Tag={"Type": "String", "Default": "1.4.2"}),
    }
    outer = {"Resources": {"Nested": nested}, **declared(Tag={"Type": "String", "Default": "1.4.2"})}
    write_templates(tmp_path, {"Outer": outer, "Inner": inner}, nested=["Inner"])
    report = imagelint.lint(imagelint.load(tmp_path, parameters={"Tag": "latest"}))
    assert [message.split(", so ")[0] for message in of_tag(report)] == [f"{LATEST}, the value given for parameter Tag"]


def test_a_value_is_what_a_loop_goes_through(tmp_path: Path) -> None:
    template = {
        "Transform": "AWS::LanguageExtensions",
        **declared(Names={"Type": "CommaDelimitedList", "Default": "a"}),
        "Resources": {"Fn::ForEach::Each": ["Name", {"Ref": "Names"}, {"Fn${Name}": function(f"{REGISTRY}/a:latest")}]},
    }
    report = lint(tmp_path, template, parameters={"Names": "b, c"})
    found = {each.function.logical_id for each in report.findings if each.rule == "image-tag-latest"}
    assert found == {"Fnb", "Fnc"}


REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "not allowed": ({"Type": "String", "AllowedValues": ["a", 1]}, "b", "is not one of its AllowedValues"),
    "an item that is not allowed": (
        {"Type": "CommaDelimitedList", "AllowedValues": ["a", "b"]},
        "a,c",
        "is not one of its AllowedValues",
    ),
    "no number": ({"Type": "Number"}, "ten", "is no number"),
    "no list of numbers": ({"Type": "List<Number>"}, "1,x", "is no number"),
}


@pytest.mark.parametrize(("parameter", "value", "why"), REFUSED.values(), ids=REFUSED)
def test_a_value_that_cloudformation_refuses(tmp_path: Path, parameter: dict[str, Any], value: str, why: str) -> None:
    template = app(REGISTRY + "/a:1.4.2", **declared(Tag=parameter))
    (problem,) = lint(tmp_path, template, parameters={"Tag": value}).errors
    assert problem.message == f"the value given for parameter Tag {why}"
    assert problem.path.startswith(f"{tmp_path}/app.json:")


ALLOWED: dict[str, tuple[dict[str, Any], str]] = {
    "a number among them": ({"Type": "Number", "AllowedValues": [1, 2]}, "1"),
    "every item": ({"Type": "CommaDelimitedList", "AllowedValues": ["a", "b"]}, "a, b"),
    "a number with a fraction": ({"Type": "Number"}, "-1.5e3"),
    "a list of numbers": ({"Type": "List<Number>"}, "1, 2"),
}


@pytest.mark.parametrize(("parameter", "value"), ALLOWED.values(), ids=ALLOWED)
def test_a_value_that_cloudformation_takes(tmp_path: Path, parameter: dict[str, Any], value: str) -> None:
    assert lint(tmp_path, app(REGISTRY + "/a:1", **declared(Tag=parameter)), parameters={"Tag": value}).errors == ()


# -- account and region -------------------------------------------------------------------------------------------


def test_a_lone_template_is_deployed_where_it_is_said(tmp_path: Path) -> None:
    template = app(f"{REGISTRY}/a:1.4.2")

    def of_region(report: Report) -> list[str]:
        return [each.rule for each in report.findings if each.rule == "image-region-mismatch"]

    assert of_region(lint(tmp_path, template)) == []
    assert of_region(lint(tmp_path, template, region="eu-west-1")) == []
    assert of_region(lint(tmp_path, template, region="us-east-1")) == ["image-region-mismatch"]


def test_what_the_manifest_says_has_the_last_word(tmp_path: Path) -> None:
    environments = {"Known": "123456789012/eu-west-1", "Unknown": "unknown-account/unknown-region"}
    write_templates(tmp_path, dict.fromkeys(environments, app(f"{REGISTRY}/a:1.4.2")), environments)
    assembly = imagelint.load(tmp_path, account="999999999999", region="us-east-1")
    assert {stack.name: (stack.account, stack.region) for stack in assembly.stacks} == {
        "Known": ("123456789012", "eu-west-1"),
        "Unknown": ("999999999999", "us-east-1"),
    }


# -- what messages say of parameters ------------------------------------------------------------------------------

WHOLE = {"Ref": "Uri"}
SAID: dict[str, tuple[Any, dict[str, Any], dict[str, str], str, str]] = {
    "a Default that is no reference": (
        WHOLE,
        {"Uri": {"Type": "String", "Default": "PLACEHOLDER"}},
        {},
        "image-uri-malformed",
        "PLACEHOLDER (the default of parameter Uri) is not an image reference: ",
    ),
    "a value that is no reference": (
        WHOLE,
        {"Uri": {"Type": "String"}},
        {"Uri": "PLACEHOLDER"},
        "image-uri-malformed",
        "PLACEHOLDER (the value given for parameter Uri) is not an image reference: ",
    ),
    "a Default with an unreplaced token": (
        WHOLE,
        {"Uri": {"Type": "String", "Default": REGISTRY + "/a:${Token[TOKEN.7]}"}},
        {},
        "image-uri-unresolved",
        REGISTRY + "/a:${Token[TOKEN.7]} (the default of parameter Uri) holds ${Token[TOKEN.7]}, ",
    ),
    "a Default that is only a part": (
        {"Fn::Sub": "${Uri}:v1"},
        {"Uri": {"Type": "String", "Default": "PLACE HOLDER"}},
        {},
        "image-uri-malformed",
        "PLACE HOLDER:v1 is not an image reference: ",
    ),
}


@pytest.mark.parametrize(("uri", "parameters", "given", "rule", "begin"), SAID.values(), ids=SAID)
def test_what_a_message_says_of_a_parameter(
    tmp_path: Path, uri: Any, parameters: dict[str, Any], given: dict[str, str], rule: str, begin: str
) -> None:
    report = lint(tmp_path, app(uri, **declared(**parameters)), parameters=given)
    (message,) = [each.message for each in report.findings if each.rule == rule]
    assert message.startswith(begin)


@pytest.mark.parametrize(
    ("given", "name"), [((), "/dev/tag"), (("--parameter", "Tag=/prod/tag"), "/prod/tag")], ids=["Default", "given"]
)
def test_a_parameter_in_systems_manager_is_shown_as_what_it_is(
    tmp_path: Path, given: tuple[str, ...], name: str
) -> None:
    parameter = {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/dev/tag"}
    (tmp_path / "app.json").write_text(json.dumps(app(URI, **declared(Tag=parameter))))
    said = run("check", str(tmp_path / "app.json"), "--show-unknown", *given).stdout
    assert f"image.uri is {REGISTRY}/a:${{the SSM parameter {name}}};" in said


def test_a_value_given_on_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "app.json").write_text(json.dumps(app(URI, **declared(Tag={"Type": "String", "Default": "1.4.2"}))))
    given = run("check", str(tmp_path / "app.json"), "--parameter", "Tag=latest", "--format", "json")
    messages = [each["message"] for each in json.loads(given.stdout)["findings"] if each["rule"] == "image-tag-latest"]
    assert (given.exit_code, [each.split(", so ")[0] for each in messages]) == (
        1,
        [f"{LATEST}, the value given for parameter Tag"],
    )
    other = run("check", str(tmp_path / "app.json"), "--parameter", "Tag=1.4.3", "--format", "json")
    assert "image-tag-latest" not in other.stdout
