"""What the build of an asset is asked for, through the command line: caches, outputs, tokens, arguments, folders."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from fixtures.expect import FIXTURES
from support.cli import report, run

UNRESOLVED, ARGUMENT, OPTIONS = "asset-unresolved", "platform-as-build-argument", "build-options-unsupported"
CLUTTER, SECRET = "asset-directory-unfiltered", "secret-in-build-argument"
RULES = ",".join((UNRESOLVED, ARGUMENT, OPTIONS, CLUTTER, SECRET))
TOKEN = "${Token[TOKEN.102]}"
GOOD = 'FROM public.ecr.aws/lambda/python:3.13\nCMD ["app.handler"]\n'
UNKNOWN = "unknown"


@pytest.fixture
def asset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory of the only asset of an assembly in the working directory."""
    monkeypatch.chdir(tmp_path)
    copy = Path(shutil.copytree(FIXTURES / "cdk-init" / "cdk.out", "cdk.out"))
    (found,) = copy.glob("asset.*")
    (found / "Dockerfile").write_text(GOOD)
    return found


def judged(asset: Path, source: dict[str, Any], dockerfile: str = GOOD) -> list[tuple[str, str]]:
    """What is found where the manifest says this of the source, and what is unknown."""
    (file,) = asset.parent.glob("*.assets.json")
    document = json.loads(file.read_text(encoding="utf-8"))
    (image,) = document["dockerImages"].values()
    image["source"].update(source)
    file.write_text(json.dumps(document), encoding="utf-8")
    (asset / "Dockerfile").write_text(dockerfile, encoding="utf-8")
    found = report(f"--select={RULES}")
    unknown = [(each["rule"], UNKNOWN) for each in found["unknown"]]
    return [(each["rule"], each["message"]) for each in found["findings"]] + unknown


def unresolved(what: str) -> list[tuple[str, str]]:
    return [(UNRESOLVED, f"{what}, which nothing replaces; docker build takes it as it stands, and fails")]


def cached(ref: str, kind: str = "registry") -> dict[str, Any]:
    return {"type": kind, "params": {"ref": ref}}


def lost(output: str) -> list[tuple[str, str]]:
    words = "which leaves no image in Docker's store; CDK finds none to push"
    return [(OPTIONS, f"outputs of the image asset is {output}, {words}")]


def exported(kind: str) -> list[tuple[str, str]]:
    words = "is refused by Docker's default builder, and with the containerd image store Lambda refuses the image"
    return [(OPTIONS, f"cacheTo of the type {kind} {words}")]


def without_effect(name: str) -> list[tuple[str, str]]:
    words = "has no effect on the platform that the image is built for; that is the asset's platform"
    return [(ARGUMENT, f"the build argument {name} {words}")]


def secret(name: str) -> list[tuple[str, str]]:
    words = "is a secret by its name; its value stands in the asset manifest and in the image's history"
    return [(SECRET, f"the build argument {name} {words}")]


def argued(**arguments: str) -> dict[str, Any]:
    return {"dockerBuildArgs": arguments}


SOURCES: dict[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
    "nothing": ({}, []),
    # tokens and placeholders
    "a token in cacheFrom": (
        {"cacheFrom": [cached("a/b:1"), cached(f"{TOKEN}/b:1")]},
        unresolved(f"cacheFrom of the image asset holds {TOKEN}"),
    ),
    "a token in cacheTo, beside what that needs": (
        {"cacheTo": cached(f"{TOKEN}/b:1")},
        [*exported("registry"), *unresolved(f"cacheTo of the image asset holds {TOKEN}")],
    ),
    "a token in an output": (
        {"dockerOutputs": [f"type=image,name={TOKEN}/b"]},
        unresolved(f"dockerOutputs of the image asset holds {TOKEN}"),
    ),
    "a token in a build argument": (argued(BASE=f"{TOKEN}/b"), unresolved(f"the build argument BASE holds {TOKEN}")),
    "a placeholder in cacheFrom": (
        {"cacheFrom": [cached("<account-id>.dkr.ecr.eu-west-1.amazonaws.com/b:1")]},
        unresolved("cacheFrom of the image asset holds <account-id>"),
    ),
    "a placeholder in a build argument": (
        argued(BASE="<Your AWS account id>.dkr.ecr"),
        unresolved("the build argument BASE holds <Your AWS account id>"),
    ),
    "text of any kind in a build argument": (argued(TITLE="<b>YOUR SHOP</b>", PRICE="${PRICE}"), []),
    "references as they should be": ({"cacheFrom": [cached("123456789012.dkr.ecr.eu-west-1.amazonaws.com/b:1")]}, []),
    # caches and outputs
    "a cache in the image": ({"cacheTo": {"type": "inline"}}, []),
    "a cache in a registry": ({"cacheTo": cached("a/b:1")}, exported("registry")),
    "a cache in a folder": ({"cacheTo": {"type": "local", "params": {"dest": "x"}}}, exported("local")),
    "a cache from a registry": ({"cacheFrom": [cached("a/b:1")]}, []),
    "a cache of a builder that loads the image": ({"cacheTo": cached("a/b:1"), "dockerOutputs": ["type=docker"]}, []),
    "an archive": ({"dockerOutputs": ["type=oci,dest=image.tar"]}, lost("type=oci,dest=image.tar")),
    "a folder": ({"dockerOutputs": ["out"]}, lost("out")),
    "an archive of docker load": ({"dockerOutputs": ["type=docker,dest=x.tar"]}, lost("type=docker,dest=x.tar")),
    "an archive beside the image": ({"dockerOutputs": ["type=tar,dest=x.tar", "type=docker"]}, []),
    "an image": ({"dockerOutputs": ["type=image"]}, []),
    # arguments
    "a platform as option": (argued(**{"--platform": "linux/amd64"}), without_effect("--platform")),
    "a platform as argument": (argued(platform="linux/amd64"), without_effect("platform")),
    "a platform in capitals": (argued(PLATFORM="linux/amd64"), without_effect("PLATFORM")),
    "a secret": (argued(NPM_TOKEN="abc12345"), secret("NPM_TOKEN")),
    "a secret in another case": (argued(dbPassword="abc12345"), secret("dbPassword")),
    "a secret with hyphens": (argued(**{"api-key": "abc12345"}), secret("api-key")),
    "the first of two secrets": (argued(VERSION="1", API_KEY="abc12345", SECRET="abc12345"), secret("API_KEY")),
    "no secret by its name": (argued(TOKEN_URL="https://a.example/", MONKEY="x12345", SECRET_NAME="orders"), []),
    "a public key": (argued(NEXT_PUBLIC_API_KEY="abc12345"), []),
    "no secret by its value": (
        argued(USE_TOKEN="true", TOKEN="", API_KEY="arn:aws:ssm:x", PASSWORD="/run/secrets/a", SECRET="${SECRET}"),
        [],
    ),
}


@pytest.mark.parametrize(("source", "found"), SOURCES.values(), ids=SOURCES)
def test_what_the_asset_manifest_says(asset: Path, source: dict[str, Any], found: list[tuple[str, str]]) -> None:
    assert sorted(judged(asset, source)) == sorted(found)


MANY: dict[str, dict[str, Any]] = {
    "arguments": argued(**{f"A{i}": "1" for i in range(501)}),
    "outputs": {"dockerOutputs": ["type=oci,dest=image.tar"] * 501},
    "parameters of a cache": {"cacheTo": {"type": "local", "params": {f"p{i}": "x" for i in range(500)}}},
    "characters": argued(API_KEY="a" * 60_000),
}


@pytest.mark.parametrize("source", MANY.values(), ids=MANY)
def test_more_options_than_are_looked_at(asset: Path, source: dict[str, Any]) -> None:
    found = judged(asset, source)
    assert ("asset-directory-unfiltered", UNKNOWN) in found
    assert {message for _, message in found} == {UNKNOWN}


def test_the_value_of_a_secret_is_never_printed(asset: Path) -> None:
    judged(asset, argued(NPM_TOKEN="npm-not-really-one"))
    for name in ("text", "json", "sarif", "junit", "gitlab", "github", "markdown"):
        assert "npm-not-really-one" not in run("check", "--select=all", "--format", name).output
    assert "npm-not-really-one" not in run("facts").output


DOCKERFILES: dict[str, tuple[str, dict[str, Any], list[tuple[str, str]]]] = {
    "a token in FROM": (f"FROM {TOKEN}/base:1\n", {}, unresolved(f"FROM of the Dockerfile holds {TOKEN}")),
    "a placeholder with spaces in FROM": (
        "FROM <Your AWS account id>.dkr.ecr.eu-west-1.amazonaws.com/b:1 AS build\n",
        {},
        unresolved("FROM of the Dockerfile holds <Your AWS account id>"),
    ),
    "a placeholder in capitals in FROM": (
        "FROM YOUR ACCOUNT#.dkr.ecr.eu-west-1.amazonaws.com/b:1\n",
        {},
        unresolved("FROM of the Dockerfile holds YOUR ACCOUNT#"),
    ),
    "a placeholder in COPY --from": (
        f"{GOOD}COPY --from=<account>.dkr.ecr.eu-west-1.amazonaws.com/b:1 /a /a\n",
        {},
        unresolved("COPY --from of the Dockerfile holds <account>"),
    ),
    "variables and names that only look like one": (
        "ARG YOUR_BASE=a:1\nFROM ${YOUR_BASE} AS YOUR_STAGE\nRUN echo '<account>' $YOUR_NAME\nCOPY <x> /\n",
        {},
        [],
    ),
    "an argument that the Dockerfile takes": (
        "ARG platform\nFROM --platform=$platform python:3.13\n",
        argued(platform="linux/amd64"),
        [],
    ),
    "an option that no Dockerfile can take": (
        "ARG platform\nFROM python:3.13\n",
        argued(**{"--platform": "linux/amd64"}),
        without_effect("--platform"),
    ),
    "a text that is none": (
        "FETCH a\n",
        argued(platform="linux/amd64"),
        [(CLUTTER, UNKNOWN), (ARGUMENT, UNKNOWN), (UNRESOLVED, UNKNOWN)],
    ),
    "a text that is none behind what is found": (
        f"FROM {TOKEN}/base:1\nFETCH a\n",
        {},
        [*unresolved(f"FROM of the Dockerfile holds {TOKEN}"), (CLUTTER, UNKNOWN)],
    ),
}


@pytest.mark.parametrize(("text", "source", "found"), DOCKERFILES.values(), ids=DOCKERFILES)
def test_what_the_dockerfile_says(asset: Path, text: str, source: dict[str, Any], found: list[tuple[str, str]]) -> None:
    assert sorted(judged(asset, source, text)) == sorted(found)


def test_a_placeholder_is_told_at_its_line_and_once(asset: Path) -> None:
    judged(asset, {}, f"# syntax=docker/dockerfile:1\nFROM {TOKEN}/base:1\n")
    done = run("check", f"--select={UNRESOLVED}", "--format", "json")
    (finding,) = json.loads(done.stdout)["findings"]
    assert (finding["location"]["template"], finding["location"]["line"]) == (f"{asset}/Dockerfile", 2)
    assert done.stderr == ""


def cluttered(names: str) -> list[tuple[str, str]]:
    words = "so that the image's tag changes without a change of the code; leave that out in its .dockerignore"
    return [(CLUTTER, f"the directory of the image asset holds {names}, {words}")]


FOLDERS: dict[str, tuple[list[str], str, list[tuple[str, str]]]] = {
    "a repository": ([".git"], GOOD, cluttered(".git")),
    "all of them": (["node_modules", "cdk.out", ".git"], GOOD, cluttered(".git and cdk.out and node_modules")),
    "modules that the Dockerfile copies": (["node_modules"], f"{GOOD}COPY node_modules ./node_modules\n", []),
    "modules that come with all": (["node_modules"], f"{GOOD}COPY . .\n", cluttered("node_modules")),
    "deeper down": (["src/node_modules"], GOOD, []),
    "others": (["src", ".github", "cdk.out.d"], GOOD, []),
}


@pytest.mark.parametrize(("folders", "text", "found"), FOLDERS.values(), ids=FOLDERS)
def test_what_the_directory_holds(asset: Path, folders: list[str], text: str, found: list[tuple[str, str]]) -> None:
    for name in folders:
        (asset / name).mkdir(parents=True)
    assert judged(asset, {}, text) == found


def test_a_file_and_a_link_of_that_name_are_no_folder(asset: Path) -> None:
    (asset / ".git").write_text("gitdir: ../.git/worktrees/a\n")  # as a worktree has it
    (asset / "node_modules").symlink_to("/", target_is_directory=True)
    assert judged(asset, {}) == []


def test_sources_that_sam_builds_from_are_no_copy_that_makes_a_tag(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "app" / "node_modules").mkdir(parents=True)
    (tmp_path / "app" / "Dockerfile").write_text(GOOD)
    function = {
        "Type": "AWS::Serverless::Function",
        "Properties": {"PackageType": "Image"},
        "Metadata": {"DockerContext": "app", "Dockerfile": "Dockerfile"},
    }
    template = {"Transform": "AWS::Serverless-2016-10-31", "Resources": {"Fn": function}}
    Path("template.json").write_text(json.dumps(template))
    found = report("template.json", f"--select={CLUTTER}")
    assert (found["findings"], found["unknown"], found["summary"]["functions"]) == ([], [], 1)
