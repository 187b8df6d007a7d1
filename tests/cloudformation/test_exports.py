"""Exports: which stack an import takes its value from, and when that is not known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import imagelint
from imagelint.assembly.exports import MAX_ALIKE
from imagelint.cloudformation.walk import MAX_STEPS
from support.builders import REGISTRY, app
from support.evaluation import (
    BOUND,
    IMAGE,
    STRING,
    TOO_LONG,
    assembly_of,
    att,
    documents,
    either,
    equals,
    imported,
    join,
    ref,
    sub,
    uris,
)


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


def test_an_export_that_more_stacks_have_than_are_asked_is_open(tmp_path: Path) -> None:
    outputs = {f"O{i}": {"Value": f"{IMAGE}:1", "Export": {"Name": "Image"}} for i in range(MAX_ALIKE + 1)}
    assembly = assembly_of(tmp_path, {"App": app(FROM_EXPORT), "Lib": {"Outputs": outputs}}, {})
    assert uris(assembly) == ["${Fn::ImportValue Image}"]


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
