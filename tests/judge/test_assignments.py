"""Where the app sets a property elsewhere than where it makes the function: in an aspect, or by an override.

Source: aws-cdk-lib 2.276 with CDK_DEBUG (`cdk synth --debug`), `traceProperty`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.builders import REPOSITORY, function, write_templates
from support.cli import run

MADE = {
    "type": "aws:cdk:creationStack",
    "data": ["...new DockerImageFunction2 in aws-cdk-lib...", "new Fn (lib/app.ts:5:10)"],
}


def assigned(name: Any, *frames: Any) -> dict[str, Any]:
    return {"type": "aws:cdk:propertyAssignment", "data": {"propertyName": name, "stackTrace": [*frames]}}


IN_ASPECT = assigned("Layers", "...layers in aws-cdk-lib...", "Object.visit (lib/aspect.ts:7:11)", "...aws-cdk-lib...")
OVERRIDE = assigned("Layers", "Object.visit (lib/override.ts:9:3)")

ENTRIES: dict[str, tuple[list[Any], str | None]] = {
    "an aspect": ([MADE, IN_ASPECT], "lib/aspect.ts:7:11"),
    "the last of several": ([MADE, IN_ASPECT, OVERRIDE], "lib/override.ts:9:3"),
    "the last that the app's code does": (
        [MADE, IN_ASPECT, assigned("Layers", "...aws-cdk-lib...")],
        "lib/aspect.ts:7:11",
    ),
    "another property": ([MADE, assigned("Runtime", "Object.visit (lib/aspect.ts:7:11)")], None),
    "where the function is made too": ([MADE, assigned("Layers", "new Fn (lib/app.ts:5:10)")], None),
    "no trace": ([MADE, assigned("Layers")], None),
    "a trace that is none": ([MADE, {"type": "aws:cdk:propertyAssignment", "data": ["Layers"]}], None),
    "a name that is none": ([MADE, assigned(["Layers"], "Object.visit (lib/aspect.ts:7:11)")], None),
}


def report(folder: Path, entries: list[Any], *arguments: str) -> str:
    resource = function(f"{REPOSITORY}:1.4.2", {"Layers": ["arn:aws:lambda:eu-west-1:1:layer:x:1"]})
    resource["Metadata"] = {"aws:cdk:path": "App/Fn/Resource"}
    write_templates(
        folder / "cdk.out", {"App": {"Resources": {"Fn": resource}}}, metadata={"/App/Fn/Resource": entries}
    )
    return run("check", str(folder / "cdk.out"), "--select", "layers-on-image", *arguments).stdout


@pytest.mark.parametrize(("entries", "place"), ENTRIES.values(), ids=ENTRIES)
def test_where_a_property_is_set_is_told(tmp_path: Path, entries: list[Any], place: str | None) -> None:
    lines = [line.strip() for line in report(tmp_path, entries).splitlines()]
    assert "App/Fn/Resource at lib/app.ts:5:10" in lines
    assert [line for line in lines if " is set: " in line] == ([f"where Layers is set: {place}"] if place else [])


def test_it_is_a_related_place_in_the_other_reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    (found,) = json.loads(report(tmp_path, [MADE, IN_ASPECT], "--format", "json"))["findings"]
    assert found["related"] == [
        {"template": "lib/aspect.ts", "pointer": "", "line": 7, "column": 11, "message": "where Layers is set"}
    ]
    (result,) = json.loads(report(tmp_path, [MADE, IN_ASPECT], "--format", "sarif"))["runs"][0]["results"]
    places = [each["physicalLocation"]["artifactLocation"]["uri"] for each in result["relatedLocations"]]
    assert "lib/aspect.ts" in places


def test_sarif_names_the_template_for_a_place_that_is_not_in_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    elsewhere = assigned("Layers", "Object.visit (/build/lib/aspect.ts:7:11)")
    (result,) = json.loads(report(tmp_path, [MADE, elsewhere], "--format", "sarif"))["runs"][0]["results"]
    uris = {each["physicalLocation"]["artifactLocation"]["uri"] for each in result["relatedLocations"]}
    assert uris == {"cdk.out/App.template.json"}
