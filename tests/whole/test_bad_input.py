"""Input that is broken or hostile: one clear line that names the file, exit status 3, and the rest is still judged."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from imagelint.documents.files import Root, UnreadableFileError
from support.builders import ENVIRONMENT, REPOSITORY, app, function, manifest, stack_of
from support.cli import COMMAND, run, start

LATEST = f"{REPOSITORY}:latest"


def nested_stack(template_file: str) -> dict[str, Any]:
    return {"Type": "AWS::CloudFormation::Stack", "Metadata": {"aws:asset:path": template_file}, "Properties": {}}


def nested_assembly(folder: Any) -> dict[str, Any]:
    return {"type": "cdk:cloud-assembly", "properties": {"directoryName": folder}}


HEALTHY = app(LATEST)


def spelled(content: Any) -> bytes:
    """What a file holds: bytes and text as they are, anything else as the JSON that CDK would write."""
    if isinstance(content, bytes):
        return content
    return (content if isinstance(content, str) else json.dumps(content, indent=1)).encode()


def write(folder: Path, files: Mapping[str, Any]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(spelled(content))


def write_assembly(folder: Path, artifacts: Mapping[str, Any], files: Mapping[str, Any] | None = None) -> None:
    """A cdk.out with the artifacts, and with a healthy stack after them that has one finding."""
    healthy = {"Healthy": stack_of("Healthy.template.json", environment=f"aws://{ENVIRONMENT}")}
    named = {"manifest.json": manifest({**artifacts, **healthy}), "Healthy.template.json": HEALTHY}
    write(folder / "cdk.out", {**named, **(files or {})})


@dataclass(frozen=True)
class Run:
    status: int
    stdout: str
    stderr: str

    @property
    def stacks(self) -> list[str]:
        """The stacks with a `latest` image, by a report in JSON."""
        findings = json.loads(self.stdout)["findings"]
        return [each["function"]["stack"] for each in findings if each["rule"] == "image-tag-latest"]

    @property
    def errors(self) -> list[str]:
        """What the report in JSON says could not be analysed, as standard error has it."""
        return [f"imagelint: {each['path']}: {each['message']}\n" for each in json.loads(self.stdout)["errors"]]


def check(*arguments: str, stdin: bytes | None = None) -> Run:
    """`imagelint check` in this process: below some hundred of pytest's own frames."""
    result = run("check", "--format", "json", *arguments, stdin=stdin)
    return Run(result.exit_code, result.stdout, result.stderr)


def check_in_a_process(*arguments: str, stdin: bytes = b"") -> Run:
    done = start(".", "check", "--format", "json", *arguments, stdin=stdin)
    return Run(done.returncode, done.stdout, done.stderr)


def place(text: bytes, needle: str) -> str:
    """`:line:column` of the needle in a text; nothing for no needle."""
    if not needle:
        return ""
    before = text[: text.index(needle.encode())].decode()
    return f":{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


# -- templates ----------------------------------------------------------------------------------------------------

YAML_TEMPLATE = f"""\
Resources:
  Fn:
    Type: AWS::Lambda::Function
    Properties:
      PackageType: Image
      Code:
        ImageUri: !Sub {LATEST}
"""
DEEP_JSON = '{"Resources": {"Fn": {"Type": "AWS::Lambda::Function", "Properties": ' + "[" * 5000 + "]" * 5000 + "}}}"
ALIAS_BOMB = "Resources:\n  Fn: {Type: AWS::Lambda::Function}\nx0: &x0 [a, a, a, a, a, a, a, a, a, a]\n" + "".join(
    f"x{i}: &x{i} [{', '.join([f'*x{i - 1}'] * 10)}]\n" for i in range(1, 9)
)
UTF_16 = b"\xff\xfe" + json.dumps(HEALTHY).encode("utf-16-le")

Case = tuple[Any, str, str]
"""A template, a part of it where the problem stands ("" where no line can be named), and what is said of it."""

LISTED: dict[str, Case] = {
    "cut in half": (
        '{\n "Resources": {\n  "Fn": {\n   "Type": "AWS::Lam',
        '"AWS::Lam',
        "is not JSON: Unterminated string starting at",
    ),
    "a list": ([{"Fn": function("x")}], "", "is not a template: it is a list, not an object"),
    "a resource without Type": (
        {"Resources": {"Fn": function(LATEST), "Odd": {"Properties": {}}}},
        '"Odd"',
        "the resource has no Type",
    ),
    "Properties that are a string": (
        {"Resources": {"Fn": {"Type": "AWS::Lambda::Function", "Properties": "x"}}},
        '"Properties"',
        "the resource's Properties are not an object",
    ),
    "Fn::Join with the wrong shape": (
        {"Resources": {"Fn": function({"Fn::Join": ["a", "b", "c"]})}},
        '"Fn::Join"',
        "Fn::Join takes a delimiter and a list",
    ),
    "a Ref to nothing": (
        {"Resources": {"Fn": function({"Ref": "Nothing"})}},
        '"Ref"',
        "refers to 'Nothing', which is neither a parameter nor a resource of the template",
    ),
    "a reference cycle": (
        {
            "Resources": {
                "Fn": function({"Fn::GetAtt": ["One", "RepositoryUri"]}),
                "One": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": {"Ref": "Two"}}},
                "Two": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": {"Fn::Sub": "${One}"}}},
            }
        },
        '"RepositoryName": {\n     "Ref": "Two"',
        "refers to itself: One -> Two -> One",
    ),
    "a conditions cycle": (
        {
            "Conditions": {"A": {"Fn::Not": [{"Condition": "B"}]}, "B": {"Fn::Or": [{"Condition": "A"}]}},
            "Resources": {"Fn": function({"Fn::If": ["A", "x", "y"]})},
        },
        '"A"',
        "refers to itself: A -> B -> A",
    ),
    "5,000-deep nesting": (DEEP_JSON, "[" * 4883 + "]", "is nested more than 120 deep"),
    "a YAML alias bomb": (ALIAS_BOMB, "*x5, *x5", "holds more than 2,000,000 values"),
    "UTF-16": (UTF_16, "", "is UTF-16; write it as UTF-8"),
}


def is_yaml(content: Any) -> bool:
    return isinstance(content, str) and not content.startswith("{")


def judge_template(content: Any, check: Callable[..., Run]) -> tuple[Run, str, bytes]:
    """Run over an assembly with the template before a healthy one; with it, the path that should be named."""
    name = "Bad.template.yaml" if is_yaml(content) else "Bad.template.json"
    write_assembly(Path(), {"Bad": stack_of(name)}, {name: content})
    return check(), f"cdk.out/{name}", spelled(content)


@pytest.mark.parametrize("case", LISTED.values(), ids=LISTED)
def test_a_broken_template(case: Case) -> None:
    content, needle, message = case
    run, path, text = judge_template(content, check_in_a_process)
    assert run.stderr == f"imagelint: {path}{place(text, needle)}: {message}\n"
    assert run.status == 3
    assert "Healthy" in run.stacks
    assert run.errors == [run.stderr]


NOT_PARSED_BEFORE: dict[str, tuple[Any, str]] = {
    "rubbish": ("{\n rubbish {\n}", ":2:2: is not JSON: Expecting property name enclosed in double quotes"),
    "a word": ("rubbish", ": is not a template: it is a string, not an object"),
    "Latin-1": (spelled({"Description": "?", "Resources": {}}).replace(b"?", b"\xe4"), ":2:18: is not UTF-8"),
    "nesting": (DEEP_JSON.replace("Lambda", "Other"), ":1:186: is nested more than 120 deep"),
}


@pytest.mark.parametrize(("content", "told"), NOT_PARSED_BEFORE.values(), ids=NOT_PARSED_BEFORE)
def test_a_broken_template_that_names_no_function(content: Any, told: str) -> None:
    run, path, _ = judge_template(content if isinstance(content, bytes) else content.encode(), check)
    assert (run.status, run.stderr, run.stacks) == (3, f"imagelint: {path}{told}\n", ["Healthy"])


# -- templates that are written in another way than CDK's ----------------------------------------------------------

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


# -- files --------------------------------------------------------------------------------------------------------


def make_fifo(path: Path) -> None:
    os.mkfifo(path)


def make_sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2**40)


def make_link(target: str) -> Callable[[Path], None]:
    return lambda path: path.symlink_to(target)


OUTSIDE: dict[str, tuple[Any, str]] = {
    "above": ("../outside.json", "names the template '../outside.json', which is outside of the assembly"),
    "above, in a roundabout way": (
        "a/../../outside.json",
        "names the template 'a/../../outside.json', which is outside of the assembly",
    ),
    "absolute": ("/etc/passwd", "names the template '/etc/passwd', which is outside of the assembly"),
    "no text": (5, "names no template"),
    "null": (None, "names no template"),
    "empty": ("", "names no template"),
    "with a NUL": ("a\0b", "names no template"),
}


@pytest.mark.parametrize(("named", "message"), OUTSIDE.values(), ids=OUTSIDE)
def test_a_manifest_that_names_a_file_outside(named: Any, message: str) -> None:
    write(Path(), {"outside.json": HEALTHY})
    write_assembly(Path(), {"Bad": stack_of(named)})
    run = check_in_a_process()
    assert run.stderr == f"imagelint: cdk.out/manifest.json: artifact 'Bad' {message}\n"
    assert (run.status, run.stacks) == (3, ["Healthy"])


def test_an_absolute_path_is_refused_even_into_the_assembly(tmp_path: Path) -> None:
    inside = str(tmp_path / "cdk.out" / "Healthy.template.json")
    write_assembly(Path(), {"Bad": stack_of(inside)})
    run = check()
    assert run.stderr == (
        f"imagelint: cdk.out/manifest.json: artifact 'Bad' names the template {inside!r}, "
        "which is outside of the assembly\n"
    )
    assert (run.status, run.stacks) == (3, ["Healthy"])


UNUSABLE: dict[str, tuple[Callable[[Path], None], str]] = {
    "a link out of the assembly": (
        make_link("../outside.json"),
        "cdk.out/manifest.json: artifact 'Bad' names the template 'Bad.json', a link out of the assembly",
    ),
    "a link to a device": (
        make_link("/dev/zero"),
        "cdk.out/manifest.json: artifact 'Bad' names the template 'Bad.json', a link out of the assembly",
    ),
    "a link to itself": (make_link("Bad.json"), "cdk.out/Bad.json: cannot be read: Too many levels of symbolic links"),
    "a link to nothing": (make_link("nothing.json"), "cdk.out/Bad.json: cannot be read: No such file or directory"),
    "a named pipe": (make_fifo, "cdk.out/Bad.json: is not a regular file"),
    "a sparse file of a terabyte": (make_sparse, "cdk.out/Bad.json: is larger than 32 MiB"),
    "a folder": (Path.mkdir, "cdk.out/Bad.json: cannot be read: Is a directory"),
    "no file": (lambda path: None, "cdk.out/Bad.json: cannot be read: No such file or directory"),
}


@pytest.mark.parametrize(("make", "line"), UNUSABLE.values(), ids=UNUSABLE)
def test_a_template_that_is_no_ordinary_file(make: Callable[[Path], None], line: str) -> None:
    write(Path(), {"outside.json": HEALTHY})
    write_assembly(Path(), {"Bad": stack_of("Bad.json")})
    make(Path("cdk.out/Bad.json"))
    run = check_in_a_process()
    assert run.stderr == f"imagelint: {line}\n"
    assert (run.status, run.stacks) == (3, ["Healthy"])


@pytest.mark.skipif(os.geteuid() == 0, reason="everything is readable to root")
def test_a_template_without_permission() -> None:
    write_assembly(Path(), {"Bad": stack_of("Bad.json")}, {"Bad.json": HEALTHY})
    Path("cdk.out/Bad.json").chmod(0)
    run = check()
    assert run.stderr == "imagelint: cdk.out/Bad.json: cannot be read: Permission denied\n"
    assert (run.status, run.stacks) == (3, ["Healthy"])


def test_a_link_inside_the_assembly_is_followed() -> None:
    write_assembly(Path(), {"Linked": stack_of("Linked.json")})
    Path("cdk.out/Linked.json").symlink_to("Healthy.template.json")
    run = check()
    assert (run.status, run.stderr, sorted(run.stacks)) == (1, "", ["Healthy", "Linked"])


@pytest.mark.parametrize("name", ["manifest.json", "tree.json"])
def test_no_file_of_cdk_itself_is_followed_out_of_the_assembly(name: str) -> None:
    write_assembly(Path(), {})
    tree = {"constructInfo": {"fqn": "aws-cdk-lib.Stack", "version": "2.1.7-secret"}}
    Path("cdk.out/tree.json").write_text(json.dumps(tree))
    assert "2.1.7-secret" in facts()
    Path("cdk.out", name).rename(name)
    Path("cdk.out", name).symlink_to(Path(name).resolve())
    assert "2.1.7-secret" not in facts()


def facts() -> str:
    return run("facts", "cdk.out").stdout


def test_a_link_that_the_command_line_names_is_followed() -> None:
    write(Path(), {"elsewhere/template.json": HEALTHY})
    Path("here").mkdir()
    Path("here/template.json").symlink_to("../elsewhere/template.json")
    done = run("check", "here/template.json", "--format", "json")
    assert (done.exit_code, done.stderr) == (1, "")
    assert json.loads(done.stdout)["findings"][0]["location"]["template"] == "here/template.json"


def test_a_file_that_was_replaced_after_it_was_looked_at_is_not_read(tmp_path: Path) -> None:
    """The way of an attacker: the path is that of a harmless file when it is checked, and leads elsewhere when it is
    opened, or the other way round."""
    (tmp_path / "cdk.out").mkdir()
    (tmp_path / "secret").write_text("secret")
    root, file = Root(str(tmp_path / "cdk.out"), "cdk.out"), tmp_path / "cdk.out" / "a.json"
    file.write_text("{}")
    root.inside("", "a.json", "template")
    file.unlink()
    file.symlink_to(tmp_path / "secret")
    with pytest.raises(UnreadableFileError, match="is a link out of the assembly"):
        root.read("a.json")

    def put_back(path: str, flags: int) -> int:
        opened = os.open(path, flags)
        file.unlink()
        file.write_text("{}")
        return opened

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("imagelint.documents.files._without_waiting", put_back)
        with pytest.raises(UnreadableFileError, match="was replaced while it was read"):
            root.read("a.json")


def test_a_linked_assembly_is_read() -> None:
    write_assembly(Path("elsewhere"), {})
    Path("cdk.out").symlink_to("elsewhere/cdk.out")
    run = check()
    assert (run.status, run.stderr, run.stacks) == (1, "", ["Healthy"])


# -- manifests ----------------------------------------------------------------------------------------------------

BROKEN_MANIFESTS: dict[str, tuple[Any, str]] = {
    "not JSON": ("artifacts:\n", "cdk.out/manifest.json:1:1: is not JSON: Expecting value"),
    "cut in half": (
        '{"version": "36.0.0",\n "artifacts": {',
        "cdk.out/manifest.json:2:16: is not JSON: Expecting property name enclosed in double quotes",
    ),
    "empty": ("", "cdk.out/manifest.json: is empty"),
    "a list": ([], "cdk.out/manifest.json: is not a JSON object"),
    "UTF-16": (UTF_16, "cdk.out/manifest.json: is UTF-16; write it as UTF-8"),
    "artifacts that are a list": (manifest([]), "cdk.out/manifest.json: has 'artifacts' that are not an object"),
    "artifacts that are null": (manifest(None), "cdk.out/manifest.json: has 'artifacts' that are not an object"),
    "an artifact twice": (
        '{"artifacts": {"A": {},\n"A": {}}}',
        "cdk.out/manifest.json:2:1: has the key 'A' twice in one object",
    ),
}


@pytest.mark.parametrize(("content", "line"), BROKEN_MANIFESTS.values(), ids=BROKEN_MANIFESTS)
def test_a_broken_manifest(content: Any, line: str) -> None:
    """Its own stacks are lost, those of another path are not; and no template is judged that it might not name."""
    write_assembly(Path(), {})
    write_assembly(Path("other"), {})
    write(Path("cdk.out"), {"manifest.json": content})
    run = check_in_a_process("cdk.out", "other/cdk.out")
    assert run.stderr == f"imagelint: {line}\n"
    assert (run.status, run.stacks) == (3, ["Healthy"])


def test_of_very_many_problems_in_one_template_a_hundred_are_told() -> None:
    resources = {**{f"R{number}": 5 for number in range(1250)}, "Fn": function(LATEST)}
    write_assembly(Path(), {"Bad": stack_of("Bad.json")}, {"Bad.json": {"Resources": resources}})
    run = check()
    lines = run.stderr.splitlines()
    assert (run.status, sorted(run.stacks), len(lines)) == (3, ["Bad", "Healthy"], 101)
    assert lines[0] == "imagelint: cdk.out/Bad.json: has 1,150 more problems than the 100 told here"
    assert "imagelint: cdk.out/Bad.json:3:3: the resource is not an object" in lines


BROKEN_ARTIFACTS: dict[str, tuple[Any, str]] = {
    "a list": ([], "has an artifact 'Bad' that is not an object"),
    "null": (None, "has an artifact 'Bad' that is not an object"),
    "a stack without properties": ({"type": "aws:cloudformation:stack"}, "artifact 'Bad' names no template"),
    "a stack with a list of properties": (
        {"type": "aws:cloudformation:stack", "properties": []},
        "artifact 'Bad' names no template",
    ),
    "an asset manifest without a file": (
        {"type": "cdk:asset-manifest", "properties": {}},
        "artifact 'Bad' names no asset manifest",
    ),
    "an asset manifest outside": (
        {"type": "cdk:asset-manifest", "properties": {"file": "../x.json"}},
        "names the asset manifest '../x.json', which is outside of the assembly",
    ),
    "a nested assembly without a folder": (nested_assembly(None), "artifact 'Bad' names no nested assembly"),
    "a nested assembly outside": (
        nested_assembly(".."),
        "artifact 'Bad' names the nested assembly '..', which is outside of the assembly",
    ),
    "a nested assembly that is this one": (
        nested_assembly("."),
        "artifact 'Bad' names the nested assembly 'cdk.out', which is itself or holds it",
    ),
    "metadata outside": (
        stack_of("Healthy.template.json", additionalMetadataFile="../x.json"),
        "stack 'Bad' names the metadata file '../x.json', which is outside of the assembly",
    ),
    "metadata that are no path": (
        stack_of("Healthy.template.json", additionalMetadataFile=5),
        "stack 'Bad' names no metadata file",
    ),
}


@pytest.mark.parametrize(("artifact", "message"), BROKEN_ARTIFACTS.values(), ids=BROKEN_ARTIFACTS)
def test_a_broken_artifact(artifact: Any, message: str) -> None:
    write_assembly(Path(), {"Bad": artifact})
    run = check()
    assert run.stderr == f"imagelint: cdk.out/manifest.json: {message}\n"
    assert run.status == 3
    assert "Healthy" in run.stacks


SIDE_FILES: dict[str, tuple[Any, Any, str]] = {
    "an asset manifest that is not there": (
        {"type": "cdk:asset-manifest", "properties": {"file": "side.json"}},
        None,
        "cdk.out/side.json: cannot be read: No such file or directory",
    ),
    "an asset manifest cut in half": (
        {"type": "cdk:asset-manifest", "properties": {"file": "side.json"}},
        "{",
        "cdk.out/side.json:1:2: is not JSON: Expecting property name enclosed in double quotes",
    ),
    "an asset manifest that is a list": (
        {"type": "cdk:asset-manifest", "properties": {"file": "side.json"}},
        [],
        "cdk.out/side.json: is not a JSON object",
    ),
    "metadata cut in half": (
        stack_of("Healthy.template.json", additionalMetadataFile="side.json"),
        "{",
        "cdk.out/side.json:1:2: is not JSON: Expecting property name enclosed in double quotes",
    ),
}


@pytest.mark.parametrize(("artifact", "content", "line"), SIDE_FILES.values(), ids=SIDE_FILES)
def test_a_broken_file_beside_the_templates(artifact: Any, content: Any, line: str) -> None:
    write_assembly(Path(), {"Side": artifact}, {} if content is None else {"side.json": content})
    run = check()
    assert run.stderr == f"imagelint: {line}\n"
    assert run.status == 3
    assert "Healthy" in run.stacks


TOLERATED: dict[str, Any] = {
    "an artifact of a type to come": {"type": "cdk:hologram", "properties": {"file": "../x"}},
    "an artifact without a type": {},
    "a type that is no text": {"type": {}},
    "a tree that is not there": {"type": "cdk:tree", "properties": {"file": "nothing.json"}},
    "asset manifests of odd shapes": {"type": "cdk:asset-manifest", "properties": {"file": "assets.json"}},
    "a stack with odd environment": stack_of("Clean.json", environment=5),
    "a stack in an environment of another form": stack_of("Clean.json", environment="azure://x"),
    "a stack with odd metadata": stack_of("Clean.json", metadata={"/A": 5, "/B": [5, {"type": 5}]}),
    "a stack with a list of metadata": stack_of("Clean.json", metadata=[]),
    "a stack with an odd name": stack_of("Clean.json", displayName=[]),
    "a stack with odd dependencies": stack_of("Clean.json", dependencies={"a": 1}),
    "a stack with odd parameters": stack_of("Clean.json")
    | {"properties": {"templateFile": "Clean.json", "parameters": 5}},
}


@pytest.mark.parametrize("artifact", TOLERATED.values(), ids=TOLERATED)
def test_an_odd_artifact_that_does_no_harm(artifact: Any) -> None:
    odd = {"dockerImages": {"a": 5, "b": {"source": [], "destinations": {"c": 5, "d": {"repositoryName": []}}}}}
    write_assembly(Path(), {"Odd": artifact}, {"Clean.json": {"Resources": {}}, "assets.json": odd})
    run = check()
    assert (run.status, run.stderr, run.stacks) == (1, "", ["Healthy"])


@pytest.mark.parametrize("version", ["999.0.0", "15.0.0", "", None, 5, {}], ids=repr)
def test_a_manifest_of_any_schema_loads(version: Any) -> None:
    write_assembly(Path(), {})
    content = json.loads(Path("cdk.out/manifest.json").read_text())
    write(Path("cdk.out"), {"manifest.json": {**content, "version": version, "runtime": 5, "novelty": {"a": []}}})
    run = check()
    assert (run.status, run.stderr, run.stacks) == (1, "", ["Healthy"])


# -- stacks and assemblies within one another -----------------------------------------------------------------------


def test_a_nested_stack_that_is_its_own_parent() -> None:
    template = {"Resources": {"Fn": function(LATEST), "Self": nested_stack("Loop.json")}}
    write_assembly(Path(), {"Loop": stack_of("Loop.json")}, {"Loop.json": template})
    run = check_in_a_process()
    assert run.stderr == (
        "imagelint: cdk.out/Loop.json: nests 'Loop.json', which is itself or one of the stacks that nest it\n"
    )
    assert (run.status, sorted(run.stacks)) == (3, ["Healthy", "Loop"])


def test_nested_stacks_in_a_ring() -> None:
    files = {f"{i}.json": {"Resources": {"Next": nested_stack(f"{(i + 1) % 3}.json")}} for i in range(3)}
    write_assembly(Path(), {"Ring": stack_of("0.json")}, files)
    run = check()
    assert run.stderr == (
        "imagelint: cdk.out/2.json: nests '0.json', which is itself or one of the stacks that nest it\n"
    )
    assert (run.status, run.stacks) == (3, ["Healthy"])


def test_a_nested_stack_outside() -> None:
    template = {"Resources": {"Out": nested_stack("../outside.json"), "Fn": function(LATEST)}}
    write(Path(), {"outside.json": HEALTHY})
    write_assembly(Path(), {"Parent": stack_of("Parent.json")}, {"Parent.json": template})
    run = check()
    assert run.stderr == (
        "imagelint: cdk.out/Parent.json: names the nested stack's template '../outside.json', "
        "which is outside of the assembly\n"
    )
    assert (run.status, sorted(run.stacks)) == (3, ["Healthy", "Parent"])


def test_a_broken_nested_stack_does_not_take_its_parent_along() -> None:
    template = {"Resources": {"Child": nested_stack("Child.json"), "Fn": function(LATEST)}}
    write_assembly(Path(), {"Parent": stack_of("Parent.json")}, {"Parent.json": template, "Child.json": "{"})
    run = check()
    assert run.stderr == (
        "imagelint: cdk.out/Child.json:1:2: is not JSON: Expecting property name enclosed in double quotes\n"
    )
    assert (run.status, sorted(run.stacks)) == (3, ["Healthy", "Parent"])


NESTED_FUNCTION = {
    "in its image": function({"Fn::Sub": "${Given}:latest"}),
    "in its architecture": function(LATEST, {"Architectures": [{"Ref": "Given"}]}),
    "in its condition": function(LATEST, Condition="IsAsked"),
}


def asked_by(child: Mapping[str, Any], **resources: Any) -> tuple[Run, str]:
    """A run on a nested stack that is given nonsense for its parameter Given, and the place of the nonsense."""
    stack = nested_stack("Child.json")
    stack["Properties"] = {"Parameters": {"Given": {"Fn::Join": ["-"]}}}
    child = {"Parameters": {"Given": {"Type": "String"}}, "Resources": {}, **child}
    parent = {"Resources": {"Child": stack, **resources}}
    write_assembly(Path(), {"Parent": stack_of("Parent.json")}, {"Parent.json": parent, "Child.json": child})
    return check(), "cdk.out/Parent.json" + place(spelled(parent), '"Fn::Join"')


@pytest.mark.parametrize("nested", NESTED_FUNCTION.values(), ids=NESTED_FUNCTION)
def test_a_mistake_in_what_a_nested_stack_is_given_is_its_parents(nested: Mapping[str, Any]) -> None:
    conditions = {"IsAsked": {"Fn::Equals": [{"Fn::Sub": "${Given}!"}, "yes!"]}}
    run, where = asked_by({"Conditions": conditions, "Resources": {"Fn": nested}})
    assert run.stderr == f"imagelint: {where}: Fn::Join takes a delimiter and a list\n"
    assert run.status == 3


INDEXED = {
    "a repository's name": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": {"Ref": "Given"}}},
    "a policy's role": {"Type": "AWS::IAM::Policy", "Properties": {"Roles": [{"Ref": "Given"}], "PolicyDocument": {}}},
}


@pytest.mark.parametrize("resource", INDEXED.values(), ids=INDEXED)
def test_so_is_one_in_a_resource_that_functions_of_other_stacks_are_judged_by(resource: Mapping[str, Any]) -> None:
    role = {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "r", "AssumeRolePolicyDocument": {}}}
    user = function(LATEST, {"Role": {"Fn::GetAtt": ["Role", "Arn"]}})
    run, where = asked_by({"Resources": {"It": resource}}, Role=role, Fn=user)
    assert run.stderr == f"imagelint: {where}: Fn::Join takes a delimiter and a list\n"
    assert (run.status, sorted(run.stacks)) == (3, ["Healthy", "Parent"])


def test_so_is_one_in_the_name_of_an_export() -> None:
    exported = {"O": {"Value": "v", "Export": {"Name": {"Ref": "Given"}}}}
    run, where = asked_by({"Outputs": exported}, Fn=function({"Fn::ImportValue": "x"}))
    assert run.stderr == f"imagelint: {where}: Fn::Join takes a delimiter and a list\n"
    assert run.status == 3


def test_nested_stacks_without_end() -> None:
    files: dict[str, Any] = {f"{i}.json": {"Resources": {"Next": nested_stack(f"{i + 1}.json")}} for i in range(600)}
    write_assembly(Path(), {"Deep": stack_of("0.json")}, {**files, "600.json": HEALTHY})
    run = check()
    assert run.stderr == "imagelint: cdk.out/49.json: nests '50.json', past the limit of 50 stacks within one another\n"
    assert (run.status, run.stacks) == (3, ["Healthy"])


@pytest.mark.no_cover
def test_nested_stacks_that_double() -> None:
    files: dict[str, Any] = {
        f"{i}.json": {"Resources": {"One": nested_stack(f"{i + 1}.json"), "Two": nested_stack(f"{i + 1}.json")}}
        for i in range(20)
    }
    write_assembly(Path(), {"Wide": stack_of("0.json")}, {**files, "20.json": {"Resources": {}}})
    run = check()
    assert run.stderr == (
        "imagelint: cdk.out/0.json: nests more than 10,000 resources; the stacks past that number are not judged\n"
    )
    assert run.status == 3


def test_a_nested_assembly_that_names_the_one_that_holds_it() -> None:
    files = {"inner/manifest.json": manifest({"Up": nested_assembly("..")})}
    write_assembly(Path(), {"Stage": nested_assembly("inner")}, files)
    run = check_in_a_process()
    assert run.stderr == (
        "imagelint: cdk.out/inner/manifest.json: "
        "artifact 'Up' names the nested assembly 'cdk.out', which is itself or holds it\n"
    )
    assert (run.status, run.stacks) == (3, ["Healthy"])


def test_a_nested_assembly_without_a_manifest() -> None:
    write_assembly(Path(), {"Stage": nested_assembly("inner")})
    run = check()
    assert run.stderr == "imagelint: cdk.out/inner/manifest.json: cannot be read: No such file or directory\n"
    assert (run.status, run.stacks) == (3, ["Healthy"])


def test_nested_assemblies_without_end() -> None:
    files = {f"d{i}/manifest.json": manifest({"Next": nested_assembly(f"../d{i + 1}")}) for i in range(600)}
    write_assembly(Path(), {"Stage": nested_assembly("d0")}, files)
    run = check()
    assert run.stderr == (
        "imagelint: cdk.out/d48/manifest.json: artifact 'Next' is past the limit of 50 assemblies within one another\n"
    )
    assert (run.status, run.stacks) == (3, ["Healthy"])


def test_nested_assemblies_that_double_are_read_once() -> None:
    twice = {f"d{i}/manifest.json": manifest(dict.fromkeys("AB", nested_assembly(f"../d{i + 1}"))) for i in range(30)}
    last = {"d30/manifest.json": manifest({"Last": stack_of("Last.json")}), "d30/Last.json": HEALTHY}
    write_assembly(Path(), {"Stage": nested_assembly("d0")}, {**twice, **last})
    run = check()
    assert (run.status, run.stderr, sorted(run.stacks)) == (1, "", ["Healthy", "Last"])


# -- paths --------------------------------------------------------------------------------------------------------

NO_INPUT: dict[str, tuple[Callable[[], object], str, str]] = {
    "a path that is not there": (
        lambda: None,
        "nowhere/cdk.out",
        "nowhere/cdk.out: is not there; write a cloud assembly with `npx cdk synth`, or name another path",
    ),
    "an empty path": (
        lambda: None,
        "",
        "'': is not there; write a cloud assembly with `npx cdk synth`, or name another path",
    ),
    "a link to nothing": (
        lambda: Path("link").symlink_to("nothing"),
        "link",
        "link: is not there; write a cloud assembly with `npx cdk synth`, or name another path",
    ),
    "an empty folder": (
        lambda: Path("empty").mkdir(),
        "empty",
        "empty: holds neither a manifest.json nor a template; write them with `npx cdk synth`",
    ),
    "a folder with nothing to judge": (
        lambda: write(Path("src"), {"package.json": {"name": "x"}, "node_modules/a/t.json": HEALTHY, "b.txt": "x"}),
        "src",
        "src: holds neither a manifest.json nor a template; write them with `npx cdk synth`",
    ),
    "a device": (lambda: None, "/dev/zero", "/dev/zero: is not a regular file"),
    "a named pipe": (lambda: os.mkfifo("pipe.json"), "pipe.json", "pipe.json: is not a regular file"),
    "a template cut in half": (
        lambda: write(Path(), {"t.yaml": "Resources: {"}),
        "t.yaml",
        "t.yaml:2:1: is not YAML: did not find expected node content",
    ),
    "a template that is a word": (
        lambda: write(Path(), {"t.template": "hello"}),
        "./t.template",
        "t.template: is not a template: it is a string, not an object",
    ),
}


@pytest.mark.parametrize(("make", "path", "line"), NO_INPUT.values(), ids=NO_INPUT)
def test_a_path_with_nothing_to_read(make: Callable[[], object], path: str, line: str) -> None:
    make()
    write_assembly(Path("other"), {})
    run = check_in_a_process(path, "other/cdk.out")
    assert run.stderr == f"imagelint: {line}\n"
    assert (run.status, run.stacks) == (3, ["Healthy"])


STDIN: dict[str, tuple[bytes, int]] = {
    "JSON": (spelled(HEALTHY), 8),
    "JSON after white space": (b"\n\n " + spelled(HEALTHY), 10),
    "YAML": (YAML_TEMPLATE.encode(), 7),
    "JSON behind a byte-order mark": (b"\xef\xbb\xbf" + spelled(HEALTHY), 8),
    "YAML behind a byte-order mark": (b"\xef\xbb\xbf" + YAML_TEMPLATE.encode(), 7),
}


@pytest.mark.parametrize(("text", "line"), STDIN.values(), ids=STDIN)
def test_a_template_on_standard_input(text: bytes, line: int) -> None:
    run = check_in_a_process("-", stdin=text)
    assert (run.status, run.stderr) == (1, "")
    (finding,) = [each for each in json.loads(run.stdout)["findings"] if each["rule"] == "image-tag-latest"]
    assert (finding["location"]["template"], finding["location"]["line"]) == ("-", line)


BAD_STDIN: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "-: is empty"),
    "JSON cut in half": (b'{"a":\n', "-:2:1: is not JSON: Expecting value"),
    "a list": (b"[]", "-: is not a template: it is a list, not an object"),
    "forty megabytes": (b"[" + b" " * 40_000_000 + b"]", "-: is larger than 32 MiB"),
}


@pytest.mark.parametrize(("text", "line"), BAD_STDIN.values(), ids=BAD_STDIN)
def test_broken_text_on_standard_input(text: bytes, line: str) -> None:
    write_assembly(Path(), {})
    run = check("-", "cdk.out", stdin=text)
    assert run.stderr == f"imagelint: {line}\n"
    assert (run.status, run.stacks) == (3, ["Healthy"])


def test_standard_input_without_end() -> None:
    command = [*COMMAND, "check", "-"]
    with Path("/dev/zero").open("rb") as endless:
        done = subprocess.run(command, stdin=endless, capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (3, b"imagelint: -: is larger than 32 MiB\n")


def test_a_folder_without_a_manifest() -> None:
    """Templates are told from other files by what they hold; one that is broken does not hide the others."""
    write(
        Path("templates"),
        {
            "api/template.json": HEALTHY,
            "jobs/template.yaml": YAML_TEMPLATE,
            "jobs/other.template": YAML_TEMPLATE,
            "tsconfig.json": "{ // not JSON, nor a template\n}",
            "asset.abc/template.json": HEALTHY,
            "node_modules/x/template.json": HEALTHY,
            ".git/template.json": HEALTHY,
            "broken.json": '{"Resources": {"Fn": "AWS::Lambda::Function"',
        },
    )
    run = check("templates")
    assert run.stderr.splitlines() == [
        "imagelint: templates/broken.json:1:45: is not JSON: Expecting ',' delimiter",
        "imagelint: warning: templates: 1 file that may be a template is not read: templates/asset.abc/template.json; "
        "name a file, or its folder, to have it judged",
    ]
    assert run.status == 3
    templates = [
        each["location"]["template"]
        for each in json.loads(run.stdout)["findings"]
        if each["rule"] == "image-tag-latest"
    ]
    assert sorted(templates) == [
        "templates/api/template.json",
        "templates/jobs/other.template",
        "templates/jobs/template.yaml",
    ]


def test_a_problem_is_told_of_the_right_one_of_two_templates_with_one_name() -> None:
    write(Path("templates"), {"a/template.json": HEALTHY, "b/template.json": app({"Ref": "Nothing"})})
    run = check("templates")
    assert run.stderr.startswith("imagelint: templates/b/template.json:")
    assert len(run.stderr.splitlines()) == 1
    assert len(run.stacks) == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.json", HEALTHY),
        ("t.yaml", YAML_TEMPLATE),
        ("t.yml", YAML_TEMPLATE),
        ("t.template", HEALTHY),
        ("t", YAML_TEMPLATE),
    ],
    ids=["json", "yaml", "yml", "template in JSON", "no suffix"],
)
def test_a_single_template(name: str, content: Any) -> None:
    write(Path("sub"), {name: content})
    run = check(f"sub/{name}")
    assert (run.status, run.stderr) == (1, "")
    assert {each["location"]["template"] for each in json.loads(run.stdout)["findings"]} == {f"sub/{name}"}


@pytest.mark.parametrize("folder", ["services", "./services/", "services/orders/..", "{here}/services"])
def test_an_assembly_in_a_folder_below_is_read_by_its_manifest(folder: str) -> None:
    """However the folder is named: templates that the manifest does not name are stale, and nobody deploys them."""
    write_assembly(Path("services/orders"), {}, {"Stale.template.json": HEALTHY})
    run = check(folder.format(here=Path.cwd()))
    assert (run.status, run.stderr, run.stacks) == (1, "", ["Healthy"])
