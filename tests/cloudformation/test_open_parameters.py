"""What an open parameter costs, and what is compared with it: linear in the template, unknown where it has to be."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import imagelint
from imagelint.assembly.nesting import MAX_NESTED_RESOURCES
from imagelint.cloudformation.assumptions import MAX_OPTIONS
from imagelint.cloudformation.walk import MAX_STEPS
from imagelint.facts import facts
from imagelint.facts.facts import MAX_SCENARIOS, MIN_SCENARIOS, MIN_STEPS
from imagelint.text.numbers import may_be_same_number
from support.builders import REGISTRY, app, function, write_templates
from support.cli import report, run

TAG = {"Fn::FindInMap": ["Tags", {"Ref": "Key"}, "tag"]}


def by_key(functions: int, keys: int, **parameter: Any) -> dict[str, Any]:
    """Functions whose tags stand in a mapping at the key that an open parameter gives."""
    return {
        "Parameters": {"Key": {"Type": "String", **parameter}},
        "Mappings": {"Tags": {f"k{n}": {"tag": "latest" if n == 1 else f"v{n}"} for n in range(keys)}},
        "Resources": {f"Fn{n}": function({"Fn::Join": [":", [REGISTRY + "/a", TAG]]}) for n in range(functions)},
    }


def by_condition(functions: int, values: int) -> dict[str, Any]:
    """Functions under conditions on a parameter with many AllowedValues."""
    template = by_key(functions, 2, AllowedValues=[f"k{n}" for n in range(values)])
    template["Conditions"] = {f"Is{n}": {"Fn::Equals": [{"Ref": "Key"}, f"k{n}"]} for n in range(5)}
    for n, resource in enumerate(template["Resources"].values()):
        resource["Condition"] = f"Is{n % 5}"
    return template


def by_policy(functions: int, actions: int, *more: Any) -> dict[str, Any]:
    """Functions of one repository, whose policy has many actions."""
    allow = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": ["ecr:*"] * actions}
    policy = {"Version": "2012-10-17", "Statement": [allow, *more]}
    repository = {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryPolicyText": policy}}
    image = {"Fn::Sub": "${Repo.RepositoryUri}:1"}
    return {"Resources": {"Repo": repository, **{f"Fn{n}": function(image) for n in range(functions)}}}


def by_open_name(count: int) -> dict[str, Any]:
    """Functions, and as many repositories that parameters name."""
    repositories = {
        f"Repo{n}": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": {"Ref": f"P{n}"}}}
        for n in range(count)
    }
    functions = {f"Fn{n}": function({"Fn::Sub": f"{REGISTRY}/${{Q{n}}}:1"}) for n in range(count)}
    parameters = {f"{letter}{n}": {"Type": "String"} for letter in "PQ" for n in range(count)}
    return {"Parameters": parameters, "Resources": {**repositories, **functions}}


def calls_for(folder: Path, template: dict[str, Any]) -> int:
    """How many functions Python calls to lint a template: the work, measured without a clock."""
    (folder / "app.json").write_text(json.dumps(template))
    calls = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        imagelint.lint(imagelint.load(folder / "app.json"))
    finally:
        sys.setprofile(None)
    return calls


COSTS: dict[str, Callable[[int], dict[str, Any]]] = {
    "functions by a key of two hundred": lambda n: by_key(n, 200),
    "functions by a key of some": lambda n: by_key(n, 10),
    "keys": lambda n: by_key(5, 100 * n),
    "allowed values": lambda n: by_condition(5, 100 * n),
    "functions under conditions": lambda n: by_condition(n, 100),
    "functions of a policy of as many actions": lambda n: by_policy(n, 10_000 + 1_000 * n),
    "functions, and as many repositories with open names": by_open_name,
    "allowed values of as many keys": lambda n: by_key(5, 100 * n, AllowedValues=[f"k{i}" for i in range(100 * n)]),
}


@pytest.mark.no_cover
@pytest.mark.parametrize("make", COSTS.values(), ids=COSTS)
def test_the_work_grows_with_the_template(tmp_path: Path, make: Callable[[int], dict[str, Any]]) -> None:
    _, few, some, many = (calls_for(tmp_path, make(count)) for count in (1, 5, 15, 25))  # the first one imports
    assert many - some <= 1.1 * (some - few) + 200


def test_each_key_is_tried_up_to_a_bound(tmp_path: Path) -> None:
    assert MAX_OPTIONS < MAX_SCENARIOS
    tried, untried = by_key(1, MAX_OPTIONS), by_key(1, MAX_OPTIONS + 1)
    write_templates(tmp_path / "few", {"App": tried})
    write_templates(tmp_path / "many", {"App": untried})
    few, many = report(str(tmp_path / "few")), report(str(tmp_path / "many"))
    assert [each["when"] for each in few["findings"] if each["rule"] == "image-tag-latest"] == ["Key is k1"]
    assert "image-tag-latest" not in [each["rule"] for each in many["findings"]]
    assert "image-tag-latest" in [each["rule"] for each in many["unknown"]]


@pytest.mark.interpreted
def test_scenarios_are_shared_by_the_functions_of_an_assembly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever comes first in the template has no more of them than the last."""
    monkeypatch.setattr(facts, "MAX_SCENARIOS_IN_ALL", 200)
    keys = 2 * MIN_SCENARIOS
    for functions, when in ((10, {"Key is k1": 10}), (15, {})):
        write_templates(tmp_path, {"App": by_key(functions, keys)})
        found = report(str(tmp_path))["findings"]
        assert Counter(each["when"] for each in found if each["rule"] == "image-tag-latest") == when
    write_templates(tmp_path, {"App": by_key(100, MIN_SCENARIOS - 1)})
    found = report(str(tmp_path))["findings"]
    assert [each["rule"] for each in found].count("image-tag-latest") == 100


@pytest.mark.interpreted
def test_steps_are_shared_by_the_functions_of_an_assembly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a share does not suffice for is told of once, and not evaluated for each of them."""
    monkeypatch.setattr(facts, "MAX_STEPS_IN_ALL", 10_000)
    for pieces, errors in ((MIN_STEPS // 5, []), (MIN_STEPS, [f"takes more than {MIN_STEPS:,} steps to evaluate"])):
        template = by_policy(20, 1, {"Sid": {"Fn::Join": ["", [{"Ref": "AWS::Region"}] * pieces]}})
        write_templates(tmp_path, {"App": template})
        result = report(str(tmp_path))
        assert [each["message"] for each in result["errors"]] == errors
        assert result["summary"]["functions"] == 20


PIECE = {"Fn::Select": [0, {"Fn::Split": [",", {"Ref": "Text"}]}]}
PIECES: dict[str, tuple[dict[str, Any], Any]] = {
    "the pieces of a text": ({"Type": "String"}, PIECE),
    "the entries of a list": ({"Type": "CommaDelimitedList"}, {"Fn::Select": [0, {"Ref": "Text"}]}),
    "a list that is joined": ({"Type": "CommaDelimitedList"}, {"Fn::Join": ["", {"Ref": "Text"}]}),
}


@pytest.mark.parametrize(("parameter", "piece"), PIECES.values(), ids=PIECES)
def test_what_is_gone_through_again_and_again_is_counted(
    tmp_path: Path, parameter: dict[str, Any], piece: dict[str, Any]
) -> None:
    """A few bytes of a template make imagelint go through a long text that stands there once."""
    for count, errors in ((10, []), (1_000, [f"takes more than {MAX_STEPS:,} steps to evaluate"])):
        uri = {"Fn::Select": [0, {"Fn::Split": [" ", {"Fn::Join": [" ", [f"{REGISTRY}/app:1", *[piece] * count]]}]}]}
        resources = {"Fn": function(uri)}
        template = {"Parameters": {"Text": {**parameter, "Default": ",".join("a" * 2_000)}}, "Resources": resources}
        write_templates(tmp_path, {"App": template})
        assert [each["message"] for each in report(str(tmp_path))["errors"]] == errors


def test_a_text_of_many_pieces_is_gone_through_by_each_that_takes_it(tmp_path: Path) -> None:
    text = {"Fn::Join": ["", [{"Ref": "Open"}] * 4_000]}
    exporter = {"Parameters": {"Open": {"Type": "String"}}, "Outputs": {"O": {"Value": text, "Export": {"Name": "e"}}}}
    for count, errors in ((1, []), (200, [f"takes more than {MAX_STEPS:,} steps to evaluate"])):
        taken = [{"Fn::Select": [0, ["x", {"Fn::ImportValue": "e"}]]}] * count
        write_templates(tmp_path, {"A": exporter, "B": {"Resources": {"Fn": function({"Fn::Join": [":", taken]})}}})
        assert [each["message"] for each in report(str(tmp_path))["errors"]] == errors


def test_nested_stacks_are_judged_up_to_a_bound(tmp_path: Path) -> None:
    """Three of each on every level: the leaf's functions would be 3^20 times 500."""
    levels, leaf = 20, 500
    templates: dict[str, Any] = {}
    for level in range(levels):
        file = f"L{level + 1}.template.json"
        nested = {
            "Type": "AWS::CloudFormation::Stack",
            "Metadata": {"aws:asset:path": file},
            "Properties": {"TemplateURL": file},
        }
        templates[f"L{level}"] = {"Resources": dict.fromkeys(("A", "B", "C"), nested)}
    templates[f"L{levels}"] = {"Resources": {f"Fn{n}": {"Type": "AWS::Lambda::Function"} for n in range(leaf)}}
    write_templates(tmp_path, templates, nested=[f"L{level}" for level in range(1, levels + 1)])
    assembly = imagelint.load(tmp_path)
    (problem,) = assembly.problems
    assert problem.message == (
        f"nests more than {MAX_NESTED_RESOURCES:,} resources; the stacks past that number are not judged"
    )
    assert len(assembly.stacks) < levels + MAX_NESTED_RESOURCES / leaf + 2 * levels


# -- comparing numbers --------------------------------------------------------------------------------------------

SAME = [
    ("010", "8"),
    ("010", "10"),
    ("0o10", "8"),
    ("0x10", "16"),
    ("0b11", "3"),
    ("1e3", "1000"),
    ("1_000", "1000"),
    ("1:30", "90"),
    ("1.0", "1"),
    ("-0x10", "-16"),
    (".5", "0.50"),
    ("1.50", "1.5"),
    ("-0", "0"),
]
DIFFERENT = [
    ("010", "9"),
    ("0x10", "10"),
    ("1:30", "130"),
    ("1e3", "1e4"),
    ("v1", "1"),
    ("", "0"),
    ("-1", "1"),
    ("_", "0"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_a_number_in_another_spelling(one: str, other: str) -> None:
    assert may_be_same_number(one, other)
    assert may_be_same_number(other, one)
    assert may_be_same_number(f"+{one}".replace("+-", "-"), one)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_another_number(one: str, other: str) -> None:
    assert not may_be_same_number(one, other)


@pytest.mark.parametrize(("written", "text"), SAME)
def test_equality_of_numbers_is_unknown_where_yaml_may_read_them_alike(tmp_path: Path, written: str, text: str) -> None:
    uri = {"Fn::If": ["Is", REGISTRY + "/a:latest", REGISTRY + "/a:1.4.2"]}
    resources = json.dumps(app(uri)["Resources"])
    (tmp_path / "app.yaml").write_text(
        f"Conditions: {{Is: !Equals [{written}, '{text}']}}\nResources: {resources}\n", encoding="utf-8"
    )
    found = report(str(tmp_path / "app.yaml"))["findings"]
    assert [each["when"] for each in found if each["rule"] == "image-tag-latest"] == ["Is is true"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["010", "8"], ["0x10", "16"]),
        ([{"Fn::Length": {"Ref": "Open"}}, "1"], [{"Fn::Length": {"Ref": "Open"}}, "2"]),
        ([["a", {"Ref": "Other"}], ["a", "b"]], [["a", {"Ref": "Other"}], ["a", "c"]]),
    ],
    ids=["numbers", "lengths of a list", "lists"],
)
def test_two_comparisons_that_are_open_come_out_independently(tmp_path: Path, one: Any, other: Any) -> None:
    both = {"Fn::If": ["One", {"Fn::If": ["Other", REGISTRY + "/a:1", REGISTRY + "/a:latest"]}, REGISTRY + "/a:2"]}
    sections = {
        "Transform": "AWS::LanguageExtensions",
        "Parameters": {"Open": {"Type": "CommaDelimitedList"}, "Other": {"Type": "String"}},
        "Conditions": {"One": {"Fn::Equals": one}, "Other": {"Fn::Equals": other}},
    }
    write_templates(tmp_path, {"App": app(both, **sections)})
    found = report(str(tmp_path))["findings"]
    assert [each["when"] for each in found if each["rule"] == "image-tag-latest"] == ["Other is false"]


def test_equality_of_numbers_that_are_written_alike_is_known(tmp_path: Path) -> None:
    uri = {"Fn::If": ["Is", REGISTRY + "/a:latest", REGISTRY + "/a:1.4.2"]}
    for values, when in ((["010", "010"], None), ([8, "8"], None)):
        write_templates(tmp_path, {"App": app(uri, Conditions={"Is": {"Fn::Equals": values}})})
        found = report(str(tmp_path))["findings"]
        assert [each["when"] for each in found if each["rule"] == "image-tag-latest"] == [when]


def test_a_parameter_is_compared_with_a_number_in_another_spelling(tmp_path: Path) -> None:
    uri = {"Fn::If": ["Is", REGISTRY + "/a:latest", REGISTRY + "/a:1.4.2"]}
    parameter = {"Size": {"Type": "Number", "AllowedValues": ["8", "16"]}}
    condition = {"Is": {"Fn::Equals": [{"Ref": "Size"}, "010"]}}
    write_templates(tmp_path, {"App": app(uri, Conditions=condition, Parameters=parameter)})
    found = report(str(tmp_path))["findings"]
    assert [each["when"] for each in found if each["rule"] == "image-tag-latest"] == ["Is is true"]


# -- outputs under conditions -------------------------------------------------------------------------------------

EXPORTED: dict[str, tuple[list[Any], bool]] = {
    "a condition that is false": (["a", "b"], False),
    "a condition that is true": (["a", "a"], True),
    "a condition that is open": ([{"Ref": "AWS::Region"}, {"Fn::ImportValue": "x"}], True),
}


@pytest.mark.parametrize(("values", "is_exported"), EXPORTED.values(), ids=EXPORTED)
def test_an_output_under_a_condition(tmp_path: Path, values: list[Any], is_exported: bool) -> None:
    output = {"Value": REGISTRY + "/a:latest", "Export": {"Name": "uri"}, "Condition": "Is"}
    exporter = {"Conditions": {"Is": {"Fn::Equals": values}}, "Resources": {}, "Outputs": {"Uri": output}}
    importer = {"Resources": {"Fn": function({"Fn::ImportValue": "uri"})}}
    write_templates(tmp_path, {"A": exporter, "B": importer})
    result = run("check", str(tmp_path), "--format", "json")
    found = json.loads(result.stdout)
    assert ("image-tag-latest" in [each["rule"] for each in found["findings"]]) == is_exported
    assert found["errors"] == []
