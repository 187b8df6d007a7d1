"""What SAM's tools do with a template: which images they build, upload and put in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from imagelint.assembly.functions import MAX_GLOBALS
from support.builders import REPOSITORY, function
from support.cli import run

SAM = "AWS::Serverless-2016-10-31"
IMAGE = {"Type": "AWS::Serverless::Function", "Properties": {"PackageType": "Image"}}
DOCKERFILE = 'ARG V=3.12\nFROM public.ecr.aws/lambda/python:$V AS made\nCMD ["app.handler"]\n'


def built(properties: dict[str, Any] | None = None, **metadata: Any) -> dict[str, Any]:
    """A function that `sam build` makes the image of."""
    return {
        "Type": "AWS::Serverless::Function",
        "Properties": {"PackageType": "Image", **(properties or {})},
        "Metadata": {"DockerContext": "./app", "Dockerfile": "Dockerfile", "DockerTag": "v1", **metadata},
    }


def check(folder: Path, resource: dict[str, Any], dockerfile: str = DOCKERFILE, **sections: Any) -> dict[str, Any]:
    (folder / "app").mkdir()
    (folder / "app" / "Dockerfile").write_text(dockerfile)
    (folder / "template.json").write_text(json.dumps({"Transform": SAM, "Resources": {"Fn": resource}, **sections}))
    document: dict[str, Any] = json.loads(run("check", str(folder / "template.json"), "--format", "json").stdout)
    return document


def found(report: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["rule"], each["message"]) for each in report["findings"]]


RUBY = 'FROM public.ecr.aws/lambda/ruby:2.5\nCMD ["app.handler"]\n'
BUILT: dict[str, tuple[dict[str, Any], str, list[tuple[str, str]]]] = {
    "a sound Dockerfile": (built(), DOCKERFILE, []),
    "a build argument": (
        built(DockerBuildArgs={"V": "3.6"}),
        DOCKERFILE,
        [
            (
                "base-image-deprecated",
                "the Dockerfile builds on public.ecr.aws/lambda/python:3.6; AWS deprecated python3.6 on 2022-07-18",
            )
        ],
    ),
    "a target that is not there": (
        built(DockerBuildTarget="gone"),
        DOCKERFILE,
        [
            (
                "asset-source-missing",
                "the image cannot be built: the build stage gone in Dockerfile is not in the cloud assembly",
            )
        ],
    ),
    "the function's architecture is the platform": (built({"Architectures": ["arm64"]}), DOCKERFILE, []),
    "a base image of another architecture": (
        built({"Architectures": ["arm64"]}),
        'FROM public.ecr.aws/lambda/python:3.12-x86_64\nCMD ["a.b"]\n',
        [
            (
                "base-image-architecture-mismatch",
                "the Dockerfile builds on public.ecr.aws/lambda/python:3.12-x86_64, which is for x86_64, "
                "but the function runs on arm64",
            )
        ],
    ),
    "no command": (
        built(),
        "FROM public.ecr.aws/lambda/python:3.12\n",
        [
            (
                "container-command-missing",
                "nothing says what the container runs: the Dockerfile's final stage, on "
                "public.ecr.aws/lambda/python:3.12, has no CMD or ENTRYPOINT, and ImageConfig sets neither",
            )
        ],
    ),
    "a Dockerfile that is not at hand": (built(Dockerfile="Other"), RUBY, []),
    "a context that is not at hand": (built(DockerContext="./gone"), RUBY, []),
    "a context outside of the template's folder": (built(DockerContext="../app"), RUBY, []),
    "a context that is no path": (built(DockerContext=["app"]), RUBY, []),
}


@pytest.mark.parametrize(("resource", "dockerfile", "findings"), BUILT.values(), ids=BUILT)
def test_the_dockerfile_in_a_functions_metadata(
    tmp_path: Path, resource: dict[str, Any], dockerfile: str, findings: list[tuple[str, str]]
) -> None:
    report = check(tmp_path, resource, dockerfile)
    assert found(report) == findings
    assert report["errors"] == []


def test_a_finding_points_to_the_dockerfile(tmp_path: Path) -> None:
    (finding,) = check(tmp_path, built(DockerBuildArgs={"V": "3.6"}))["findings"]
    assert (finding["location"]["template"], finding["location"]["line"]) == (f"{tmp_path}/app/Dockerfile", 2)


@pytest.mark.parametrize("count", [MAX_GLOBALS, MAX_GLOBALS + 1])
def test_globals_of_more_properties_than_sam_has_are_not_read(tmp_path: Path, count: int) -> None:
    """Each function gets all of them."""
    given = {"ImageUri": REPOSITORY + ":latest", **{f"P{number}": "x" for number in range(count - 1)}}
    template = {"Transform": SAM, "Globals": {"Function": given}, "Resources": {"Fn": IMAGE}}
    (tmp_path / "t.json").write_text(json.dumps(template))
    done = run("check", str(tmp_path / "t.json"), "--select", "image-tag-latest", "--format", "json")
    message = f"has {count} properties, and SAM knows fewer than {MAX_GLOBALS}; none of them is read"
    is_read = count == MAX_GLOBALS
    assert [each["message"] for each in json.loads(done.stdout)["errors"]] == ([] if is_read else [message])
    assert len(json.loads(done.stdout)["findings"]) == is_read


def test_a_local_image_of_a_plain_function_is_packaged_too(tmp_path: Path) -> None:
    report = check(tmp_path, function("orders:v1"))
    assert found(report) == []
    assert "image-registry-unsupported" in [each["rule"] for each in report["unknown"]]


def test_without_the_transform_nothing_puts_another_image_in(tmp_path: Path) -> None:
    report = check(tmp_path, function("orders:v1"), Transform=None)
    assert [rule for rule, _ in found(report)] == ["image-registry-unsupported"]


def test_a_path_is_no_registry(tmp_path: Path) -> None:
    report = check(tmp_path, function("./UseDefaultDocker"), Transform=None)
    (finding,) = report["findings"]
    assert finding["rule"] == "image-uri-malformed"
    assert finding["message"] == (
        "./UseDefaultDocker is not an image reference: it begins as a path, where the registry's host must stand"
    )
