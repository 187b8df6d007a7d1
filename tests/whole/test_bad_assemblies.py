"""Assemblies whose manifest or nesting is broken: one clear line, exit status 3, and the rest is still judged."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from support.bad_input import (
    HEALTHY,
    LATEST,
    UTF_16,
    Run,
    check,
    check_in_a_process,
    place,
    spelled,
    write,
    write_assembly,
)
from support.builders import function, manifest, stack_of


def nested_stack(template_file: str) -> dict[str, Any]:
    return {"Type": "AWS::CloudFormation::Stack", "Metadata": {"aws:asset:path": template_file}, "Properties": {}}


def nested_assembly(folder: Any) -> dict[str, Any]:
    return {"type": "cdk:cloud-assembly", "properties": {"directoryName": folder}}


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


# -- manifests ---------------------------------------------------------------------------------------------------------

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


# -- stacks and assemblies within one another --------------------------------------------------------------------------


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
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trusting = {"RoleName": "r", "AssumeRolePolicyDocument": {"Statement": [trust]}}
    role = {"Type": "AWS::IAM::Role", "Properties": trusting}
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


def large(**sections: Any) -> dict[str, Any]:
    """A template of more than 1 MB, of which it may be named four times more."""
    return {"Metadata": {"Notes": "x" * 1024 * 1024}, **sections}


NAMED_AGAIN: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "by the manifest": ({f"S{i}": stack_of("Large.json") for i in range(9)}, {}),
    "by a stack that nests it": (
        {"Parent": stack_of("Parent.json")},
        {"Parent.json": {"Resources": {f"N{i}": nested_stack("Large.json") for i in range(9)}}},
    ),
}


@pytest.mark.parametrize(("artifacts", "files"), NAMED_AGAIN.values(), ids=NAMED_AGAIN)
def test_a_large_template_that_is_named_again_and_again(artifacts: dict[str, Any], files: dict[str, Any]) -> None:
    write_assembly(Path(), artifacts, {**files, "Large.json": large(Resources={"Fn": function(LATEST)})})
    run = check()
    assert run.stderr == (
        "imagelint: cdk.out/Large.json: is the template of so many stacks that more than 4 MiB would be read again; "
        "those past that are not judged: give each stack a file of its own, as CDK does\n"
    )
    assert (run.status, len(run.stacks)) == (3, 5)


def test_a_link_to_a_template_is_that_template() -> None:
    links = [f"Link{i}.json" for i in range(9)]
    write_assembly(Path(), {f"S{i}": stack_of(link) for i, link in enumerate(links)}, {"Large.json": large()})
    for link in links:
        Path("cdk.out", link).symlink_to("Large.json")
    run = check()
    assert [line for line in run.stderr.splitlines() if "would be read again" not in line] == []
    assert (run.status, len(run.stderr.splitlines())) == (3, 5)


def test_a_large_metadata_file_that_is_named_again_and_again() -> None:
    stacks = {f"S{i}": stack_of(f"S{i}.json", additionalMetadataFile="Large.json") for i in range(6)}
    templates = {f"S{i}.json": {"Resources": {"Fn": function(LATEST)}} for i in range(6)}
    write_assembly(Path(), stacks, {**templates, "Large.json": {"/S": [{"type": "x", "data": "x" * 1024 * 1024}]}})
    run = check()
    assert run.stderr == "".join(
        f"imagelint: cdk.out/manifest.json: stack '{name}' names the metadata file 'Large.json', as others do, and "
        "more than 4 MiB would be read again: give each stack a file of its own, as CDK does\n"
        for name in ("S4", "S5")
    )
    assert (run.status, len(run.stacks)) == (3, 7)


def test_names_without_end_are_shortened() -> None:
    named = stack_of("A.json", displayName="x" * 5000)
    write_assembly(Path(), {"A": named}, {"A.json": {"Resources": {"Fn": function(LATEST)}}})
    run = check()
    assert run.stderr == ""
    assert run.stacks == ["Healthy", f"{'x' * 600}... (5,000 characters)"]


def test_stacks_of_one_name_are_told_apart() -> None:
    folders = [f"d{i}" for i in range(4)]
    files: dict[str, Any] = {}
    for folder in folders:
        files[f"{folder}/manifest.json"] = manifest({"S": stack_of("S.json", displayName="Same" + "x" * 2000)})
        files[f"{folder}/S.json"] = {"Resources": {"Fn": function(LATEST)}}
    write_assembly(Path(), {folder: nested_assembly(folder) for folder in folders}, files)
    run = check()
    assert (run.status, run.stderr, len(set(run.stacks))) == (1, "", 5)


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
