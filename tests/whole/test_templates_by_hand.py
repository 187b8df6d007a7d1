"""Templates that are written in another way than CDK's: keys twice, YAML's short forms, too much of anything."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.bad_input import (
    HEALTHY,
    LATEST,
    YAML_TEMPLATE,
    Case,
    check,
    check_in_a_process,
    judge_template,
    place,
    spelled,
    write,
    write_assembly,
)
from support.builders import ENVIRONMENT, app, function, stack_of


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


FLOW = f"""{{Resources: {{Fn: {{Type: 'AWS::Lambda::Function', Properties: {{PackageType: Image, Code: {{
  ImageUri: '{LATEST}'}}}}}}}}}}"""
MERGED = f"""\
Base: &base
  PackageType: Image
  Code: {{ImageUri: "{LATEST}"}}
Resources:
  Fn:
    Type: AWS::Lambda::Function
    Properties:
      <<: *base
      MemorySize: 512
"""
WRITTEN: dict[str, tuple[bytes, tuple[int, int]]] = {
    "a merge key": (MERGED.encode(), (8, 11)),
    "a byte-order mark and JSON": (b"\xef\xbb\xbf" + spelled(HEALTHY), (8, 6)),
    "YAML without quotes": (FLOW.encode(), (2, 3)),
    "YAML with a comment": (f"# a function\n{FLOW}".encode(), (3, 3)),
    "YAML in an indented form": (FLOW.replace("{", "{\n ", 1)[:-1].encode() + b"\n}", (3, 3)),
    "YAML with an anchor": (FLOW.replace("'AWS", "&x 'AWS").encode(), (2, 3)),
    "YAML with a short tag": (FLOW.replace("'1", "!Sub '1").encode(), (2, 3)),
    "YAML with an escape": (FLOW.replace("'AWS::Lambda::Function'", '"\\x41WS::Lambda::Function"').encode(), (2, 3)),
    "YAML with a folded line": (
        FLOW.replace("'AWS::Lambda::Function'", '"AWS::Lambda::\\\n Function"').encode(),
        (3, 3),
    ),
    "JSON with an escape": (spelled(HEALTHY).replace(b"Lambda", b"\\u004cambda"), (8, 6)),
    "JSON with a comma too many": (spelled(HEALTHY)[:-1] + b",}", (8, 6)),
}
"""Templates of a function whose image is `latest`, each with the place of its ImageUri."""


@pytest.mark.parametrize("name", ["Odd.template.json", "Odd.template.yaml", "Odd"])
@pytest.mark.parametrize(("text", "position"), WRITTEN.values(), ids=WRITTEN)
def test_a_template_is_read_whatever_its_name(text: bytes, position: tuple[int, int], name: str) -> None:
    """CloudFormation sees no name."""
    write_assembly(Path(), {"Odd": stack_of(name, environment=f"aws://{ENVIRONMENT}")}, {name: text})
    run = check()
    assert (run.status, run.stderr) == (1, "")
    found = [each for each in json.loads(run.stdout)["findings"] if each["location"]["template"] == f"cdk.out/{name}"]
    assert [each["rule"] for each in found if each["severity"] == "error"] == ["image-tag-latest"]
    (place,) = [each["location"] for each in found if each["rule"] == "image-tag-latest"]
    assert (place["line"], place["column"]) == position


DOUBLED: dict[str, tuple[str, str, tuple[int, int], list[str]]] = {
    "a resource in JSON": (
        f'{{"Resources": {{"Fn": {{"Type": "AWS::S3::Bucket"}},\n "Fn": {json.dumps(function(LATEST))}}}}}',
        "Fn",
        (2, 2),
        ["Healthy", "Odd"],
    ),
    "a function that is deployed as another resource": (
        f'{{"Resources": {{"Fn": {json.dumps(function(LATEST))},\n "Fn": {{"Type": "AWS::S3::Bucket"}}}}}}',
        "Fn",
        (2, 2),
        ["Healthy"],
    ),
    "a section in YAML": (f"Resources: {{}}\n{YAML_TEMPLATE}", "Resources", (2, 1), ["Healthy", "Odd"]),
    "a property in YAML": (
        f"{YAML_TEMPLATE}        ImageUri: {LATEST.replace('latest', 'v1')}\n",
        "ImageUri",
        (8, 9),
        ["Healthy"],
    ),
}


@pytest.mark.parametrize("name", ["Odd.template.json", "Odd.template.yaml"])
@pytest.mark.parametrize(("text", "key", "position", "stacks"), DOUBLED.values(), ids=DOUBLED)
def test_of_doubled_keys_the_last_is_judged(
    text: str, key: str, position: tuple[int, int], stacks: list[str], name: str
) -> None:
    write_assembly(Path(), {"Odd": stack_of(name, environment=f"aws://{ENVIRONMENT}")}, {name: text})
    run = check()
    where = f"cdk.out/{name}:{position[0]}:{position[1]}"
    said = f"imagelint: warning: {where}: has the key {key!r} twice in one object; CloudFormation takes the last\n"
    assert (run.status, run.stderr, sorted(run.stacks)) == (1, said, stacks)


def test_doubled_keys_close_the_gate_if_strict() -> None:
    write(Path(), {"t.yaml": "Resources: {Fn: {Type: AWS::Lambda::Function}}\nResources: {}\n"})
    assert [check("t.yaml", *more).status for more in ([], ["--strict"])] == [0, 1]


def test_of_very_many_doubled_keys_a_hundred_are_told() -> None:
    write_assembly(Path(), {"Odd": stack_of("Odd.yaml")}, {"Odd.yaml": YAML_TEMPLATE + "A: 1\n" * 151})
    lines = check().stderr.splitlines()
    assert len(lines) == 101
    assert "imagelint: warning: cdk.out/Odd.yaml: has 50 more keys twice than the 100 told here" in lines


def function_with_conditions(**conditions: Any) -> dict[str, Any]:
    return {"Conditions": conditions, **app({"Fn::If": ["A", "x", "y"]})}


def repositories(count: int, name: Callable[[int], Any]) -> dict[str, Any]:
    """A function whose image is in the first of some repositories, each named by means of the next."""
    made = {
        f"R{i}": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": name(i + 1)}} for i in range(count)
    }
    last = {f"R{count}": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": "app"}}}
    return {"Resources": {"Fn": function({"Fn::GetAtt": ["R0", "RepositoryUri"]}), **made, **last}}


FURTHER: dict[str, Case] = {
    "NaN": (
        '{"Resources": {"Fn": {"Type": "AWS::Lambda::Function", "x":\nNaN}}}',
        "NaN",
        "is not JSON: NaN is no JSON number",
    ),
    "a huge integer": (
        '{"Resources": {"Fn": {"Type": "AWS::Lambda::Function", "x":\n1' + "0" * 5000 + "}}}",
        "10000",
        "holds an integer of more than 4,300 digits",
    ),
    "null": ("null\n", "", "is not a template: it is null, not an object"),
    "several YAML documents": ("Resources: {}\n---\na: b\n", "---", "holds more than one YAML document"),
    "Resources that are a list": (
        {"Resources": [function("x")]},
        "",
        "is not a template: its Resources are not an object",
    ),
    "an execution role without Properties to read": (
        {
            "Resources": {
                "Fn": function(LATEST, {"Role": {"Fn::GetAtt": ["Role", "Arn"]}}),
                "Role": {"Type": "AWS::IAM::Role", "Properties": None},
            }
        },
        '"Properties": null',
        "the resource's Properties are not an object",
    ),
    "a version at the edge without Properties to read": (
        {
            "Resources": {
                "Fn": function(LATEST),
                "Version": {"Type": "AWS::Lambda::Version", "Properties": []},
                "Cdn": {
                    "Type": "AWS::CloudFront::Distribution",
                    "Properties": {
                        "DistributionConfig": {
                            "DefaultCacheBehavior": {
                                "LambdaFunctionAssociations": [{"LambdaFunctionARN": {"Ref": "Version"}}]
                            }
                        }
                    },
                },
            }
        },
        '"Properties": []',
        "the resource's Properties are not an object",
    ),
    "a resource that is a number": (
        {"Resources": {"Fn": function(LATEST), "Odd": 5}},
        '"Odd"',
        "the resource is not an object",
    ),
    "Properties that are null": (
        {"Resources": {"Fn": {"Type": "AWS::Lambda::Function", "Properties": None}}},
        '"Properties"',
        "the resource's Properties are not an object",
    ),
    "Properties that YAML leaves empty": (
        "Resources:\n  Fn:\n    Type: AWS::Lambda::Function\n    Properties:\n",
        "Properties",
        "the resource's Properties are not an object",
    ),
    "Ref of an object": (app({"Ref": {"a": 1}}), '"Ref"', "Ref takes the name of a parameter or of a resource"),
    "Fn::Join of a string": (
        app({"Fn::Join": [":", "ab"]}),
        '"Fn::Join"',
        "Fn::Join takes a delimiter and a list, not a string",
    ),
    "Fn::Join of objects": (
        app({"Fn::Join": ["", ["a", {"b": 1}]]}),
        '{\n         "b"',
        "Fn::Join joins strings, not an object",
    ),
    "Fn::Sub of a number": (
        app({"Fn::Sub": 5}),
        '"Fn::Sub"',
        "Fn::Sub takes a string, or a string and a map of variables",
    ),
    "Fn::Sub of three things": (
        app({"Fn::Sub": ["a", {}, {}]}),
        '"Fn::Sub"',
        "Fn::Sub takes a string and a map of variables",
    ),
    "Fn::Sub of an undefined name": (
        app({"Fn::Sub": "${Nothing}:v1"}),
        '"Fn::Sub"',
        "refers to 'Nothing', which is neither a parameter nor a resource of the template",
    ),
    "Fn::Sub of an undefined resource": (
        app({"Fn::Sub": "${Nothing.Arn}:v1"}),
        '"Fn::Sub"',
        "refers to 'Nothing', which is neither a parameter nor a resource of the template",
    ),
    "Fn::Select with a negative index": (
        app({"Fn::Select": [-1, ["a"]]}),
        '"Fn::Select"',
        "Fn::Select takes an index from 0 on and a list",
    ),
    "Fn::Split without a delimiter": (
        app({"Fn::Select": [0, {"Fn::Split": ["", "a"]}]}),
        '"Fn::Split"',
        "Fn::Split takes a delimiter and a string",
    ),
    "Fn::If of two things": (
        app({"Fn::If": ["A", "x"]}),
        '"Fn::If"',
        "Fn::If takes a condition's name and two values",
    ),
    "Fn::If of an unknown condition": (
        app({"Fn::If": ["Nothing", "x", "y"]}),
        '"Nothing"',
        "names the condition 'Nothing', which the template has not",
    ),
    "a Condition that is not there": (
        {"Resources": {"Fn": function(LATEST, Condition="Nothing")}},
        '"Condition"',
        "names the condition 'Nothing', which the template has not",
    ),
    "Fn::FindInMap of one key": (
        app({"Fn::FindInMap": ["Map"]}),
        '"Fn::FindInMap"',
        "Fn::FindInMap takes a map's name and two keys",
    ),
    "Fn::FindInMap of no mapping": (
        app({"Fn::FindInMap": ["Map", "a", "b"]}),
        '"Fn::FindInMap"',
        "Fn::FindInMap names the mapping 'Map', which the template has not",
    ),
    "Fn::GetAtt of a number": (
        app({"Fn::GetAtt": 5}),
        '"Fn::GetAtt"',
        "Fn::GetAtt takes a resource's logical ID and an attribute",
    ),
    "!GetAtt without an attribute": (
        "Resources:\n  Fn:\n    Type: AWS::Lambda::Function\n    Properties:\n"
        "      PackageType: Image\n      Code:\n        ImageUri: !GetAtt Repo\n",
        "ImageUri",
        "Fn::GetAtt takes a resource's logical ID and an attribute",
    ),
    "an ImageUri that is an object": (
        app({"Fn::Join": ["", [{"Fn::FindInMap": "x"}]]}),
        '"Fn::FindInMap"',
        "Fn::FindInMap takes a map's name and two keys",
    ),
    "a condition that is a string": (
        function_with_conditions(A="x"),
        '"A"',
        "a condition is one condition function, not a string",
    ),
    "a condition of two functions": (
        function_with_conditions(A={"Fn::Not": [], "Fn::Or": []}),
        '"A"',
        "a condition is one condition function, not an object",
    ),
    "a condition of another function": (
        function_with_conditions(A={"Ref": "AWS::Region"}),
        '"Ref"',
        "a condition is one condition function, not 'Ref'",
    ),
    "Fn::Equals of three": (
        function_with_conditions(A={"Fn::Equals": ["a", "b", "c"]}),
        '"Fn::Equals"',
        "Fn::Equals takes two values",
    ),
    "Fn::Not of two": (
        function_with_conditions(A={"Fn::Not": [{"Fn::Equals": ["a", "b"]}] * 2}),
        '"Fn::Not"',
        "Fn::Not takes a list of conditions",
    ),
    "Fn::And of nothing": (
        function_with_conditions(A={"Fn::And": []}),
        '"Fn::And"',
        "Fn::And takes a list of conditions",
    ),
    "an import of its own export": (
        {
            **app({"Fn::ImportValue": "x"}),
            "Outputs": {"O": {"Value": {"Fn::ImportValue": "x"}, "Export": {"Name": "x"}}},
        },
        '"Value"',
        "refers to itself: /Outputs/O/Value -> /Outputs/O/Value",
    ),
}


@pytest.mark.parametrize("case", FURTHER.values(), ids=FURTHER)
def test_a_template_that_cloudformation_would_refuse(case: Case) -> None:
    content, needle, message = case
    run, path, text = judge_template(content, check)
    assert run.stderr == f"imagelint: {path}{place(text, needle)}: {message}\n"
    assert run.status == 3
    assert "Healthy" in run.stacks
    assert run.errors == [run.stderr]


TOO_MUCH: dict[str, tuple[Any, str, int]] = {
    "hundreds of references": (
        repositories(300, lambda i: {"Fn::GetAtt": [f"R{i}", "RepositoryUri"]}),
        "functions and references are nested more than 150 deep",
        127,
    ),
    "a thousand conditions": (
        function_with_conditions(A={"Condition": "C0"}, **{f"C{i}": {"Condition": f"C{i + 1}"} for i in range(1000)}),
        "functions and references are nested more than 150 deep",
        0,
    ),
    "a text that doubles": (
        repositories(40, lambda i: {"Fn::Sub": f"${{R{i}}}${{R{i}}}"}),
        "evaluates to more than 100,000 characters",
        0,
    ),
}
"""The template, what is wrong with it, and how many of its problems are past the bound on what is told of one."""


@pytest.mark.no_cover
@pytest.mark.parametrize(("content", "message", "beyond"), TOO_MUCH.values(), ids=TOO_MUCH)
def test_a_template_that_takes_too_much_to_evaluate(content: Any, message: str, beyond: int) -> None:
    run, path, _ = judge_template(content, check)
    lines = run.stderr.splitlines()
    if beyond:
        assert lines.pop(0) == f"imagelint: {path}: has {beyond} more problems than the 100 told here"
        assert len(lines) == 100
    assert lines
    assert [
        line for line in lines if not (line.startswith(f"imagelint: {path}:") and line.endswith(f": {message}"))
    ] == []
    assert run.status == 3
    assert "Healthy" in run.stacks


def test_evaluation_of_many_open_conditions_ends() -> None:
    """2^40 scenarios are not tried, and what hangs on them is unknown, not an error."""
    names = [f"P{i}" for i in range(40)]
    template = {
        "Parameters": {name: {"Type": "String"} for name in names},
        "Conditions": {name: {"Fn::Equals": [{"Ref": name}, "a"]} for name in names},
        "Resources": {
            "Fn": function({"Fn::Join": ["", [{"Fn::If": [name, "x", "y"]} for name in names]]}),
            "Late": function(LATEST, Condition="P7"),
        },
    }
    write_assembly(Path(), {"Open": stack_of("Open.json")}, {"Open.json": template})
    run = check()
    assert (run.status, run.stderr) == (1, "")
    assert sorted(run.stacks) == ["Healthy", "Open"]


def test_a_condition_that_is_no_name_is_as_good_as_none() -> None:
    repository = {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": "app"}, "Condition": {"Ref": "P"}}
    template = {"Resources": {"Fn": function(LATEST, Condition=["C"]), "Repo": repository}}
    write_assembly(
        Path(), {"Odd": stack_of("Odd.json", environment="aws://123456789012/eu-west-1")}, {"Odd.json": template}
    )
    run = check()
    assert (run.status, run.stderr, sorted(run.stacks)) == (1, "", ["Healthy", "Odd"])


def test_an_export_whose_name_is_an_import_is_unknown() -> None:
    exported = {"O": {"Value": "v", "Export": {"Name": {"Fn::ImportValue": "x"}}}}
    write_assembly(
        Path(), {"Odd": stack_of("Odd.json")}, {"Odd.json": app({"Fn::ImportValue": "x"}) | {"Outputs": exported}}
    )
    run = check()
    assert (run.status, run.stderr) == (1, "")
    assert run.stacks == ["Healthy"]


def test_an_export_without_a_value_exports_nothing() -> None:
    exported = {"O": {"Export": {"Name": "x"}}}
    write_assembly(
        Path(), {"Odd": stack_of("Odd.json")}, {"Odd.json": app({"Fn::ImportValue": "x"}) | {"Outputs": exported}}
    )
    run = check()
    assert (run.status, run.stderr) == (1, "")
    assert run.stacks == ["Healthy"]


def test_surrogates_in_names_reach_no_report() -> None:
    template = (
        r'{"Resources": {"Fn\ud800": {"Type": "AWS::Lambda::Function", "Properties": 5}, "Ok": {"Type": "\udfff"}}}'
    )
    write_assembly(Path(), {"Odd\ud800\nimagelint: forged": stack_of("Odd.json")}, {"Odd.json": template})
    run = check_in_a_process()
    where = place(template.encode(), '"Properties"')
    assert run.stderr == f"imagelint: cdk.out/Odd.json{where}: the resource's Properties are not an object\n"
    assert run.status == 3
