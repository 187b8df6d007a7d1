"""Assets, through the real command line: what of a Dockerfile cannot be read is unknown, and never a defect."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import imagelint
from fixtures.expect import FIXTURES
from imagelint.assembly.assets import MAX_ALIKE
from support.builders import stack_of
from support.cli import report, start

ASSET_RULES = (
    "architecture-mismatch,platform-unpinned,built-for-other-architecture,base-image-architecture-mismatch,asset-not-published,asset-source-missing,"
    "base-image-floating,base-image-deprecated,container-command-missing,snapstart-unsupported-base"
)


@pytest.fixture
def assembly(tmp_path: Path) -> Path:
    """A copy of the assembly of one image function, and nothing else."""
    return Path(shutil.copytree(FIXTURES / "cdk-init" / "cdk.out", tmp_path / "cdk.out"))


def dockerfile(assembly: Path) -> Path:
    """The Dockerfile of the assembly's only asset."""
    (found,) = assembly.glob("asset.*/Dockerfile")
    return found


def check(assembly: Path, rules: str = ASSET_RULES) -> tuple[list[str], list[str], list[str], int]:
    """The rules that fail, the rules that are unknown, the lines on stderr, and the exit status."""
    arguments = ("check", "cdk.out", "--select", rules, "--format", "json", "--fail-on", "warning")
    done = start(assembly.parent, *arguments, "--build-host", "x86_64")
    document: dict[str, Any] = json.loads(done.stdout)
    failing = [each["rule"] for each in document["findings"]]
    return failing, [each["rule"] for each in document["unknown"]], done.stderr.splitlines(), done.returncode


def change_source(assembly: Path, **source: Any) -> None:
    """Say something more of the only asset's source."""
    (file,) = assembly.glob("*.assets.json")
    document = json.loads(file.read_text(encoding="utf-8"))
    (asset,) = document["dockerImages"].values()
    asset["source"].update(source)
    file.write_text(json.dumps(document), encoding="utf-8")


def write(text: str | bytes) -> Callable[[Path], None]:
    """A change: the Dockerfile's content."""

    def change(assembly: Path) -> None:
        dockerfile(assembly).write_bytes(text if isinstance(text, bytes) else text.encode())

    return change


def link_out(assembly: Path) -> None:
    """A change: the asset's directory is a link out of the assembly."""
    folder = dockerfile(assembly).parent
    outside = assembly.parent / "outside"
    shutil.move(str(folder), str(outside))
    os.symlink(outside, folder, target_is_directory=True)


FROM_DOCKERFILE = {
    "base-image-architecture-mismatch",
    "base-image-deprecated",
    "base-image-floating",
    "container-command-missing",
    "platform-unpinned",
}
UNREADABLE = {
    "binary": (write(b"\x7fELF\x00\x01\x02" * 50), "the Dockerfile was not understood"),
    "ten megabytes": (write("#" + " " * 10_000_000), "is larger than 1024 KiB"),
    "empty": (write(""), "the Dockerfile was not understood"),
    "without FROM": (write('CMD ["app.handler"]\n'), "the Dockerfile was not understood"),
    "an instruction that is none": (write("FROM a:1\nFETCH b\n"), "the Dockerfile was not understood"),
    "a link out of the assembly": (link_out, "a link out of the assembly"),
}


@pytest.mark.parametrize(("change", "said"), UNREADABLE.values(), ids=UNREADABLE)
def test_an_unreadable_dockerfile_is_unknown_with_one_line(
    assembly: Path, change: Callable[[Path], None], said: str
) -> None:
    change(assembly)
    failing, unknown, lines, status = check(assembly)
    assert (failing, status) == ([], 0)
    assert set(unknown) >= FROM_DOCKERFILE
    assert len(lines) == 1
    assert lines[0].startswith("imagelint: warning: cdk.out")
    assert said in lines[0]


KNOWN = {
    "as it was": (write('FROM public.ecr.aws/lambda/python:3.13\nCMD ["a.b"]\n'), ["platform-unpinned"], []),
    "a build without a base": (
        write('ARG BASE\nFROM ${BASE}\nCMD ["a.b"]\n'),
        ["platform-unpinned"],
        ["base-image-deprecated", "base-image-floating"],
    ),
    "no command": (
        write("FROM public.ecr.aws/lambda/python:3.13\n"),
        ["platform-unpinned", "container-command-missing"],
        [],
    ),
    "a private base that may have a command": (
        write("FROM 123456789012.dkr.ecr.eu-west-1.amazonaws.com/base:7\n"),
        ["platform-unpinned"],
        ["container-command-missing"],
    ),
    "a base for another architecture": (
        write('FROM public.ecr.aws/lambda/python:3.13-arm64\nCMD ["a.b"]\n'),
        ["base-image-architecture-mismatch"],
        [],
    ),
    "a base that exists for this architecture only": (
        write('FROM public.ecr.aws/lambda/go:1-2023.01.01\nCMD ["main"]\n'),
        ["base-image-deprecated"],
        [],
    ),
    "a program for one architecture in an image from scratch": (
        write(
            'FROM golang:1.26 AS go\nRUN GOARCH=amd64 go build -o /m\nFROM scratch\nCOPY --from=go /m /\nCMD ["/m"]\n'
        ),
        [],
        [],
    ),
    "a platform of scratch, which docker build takes no notice of": (
        write(
            "FROM golang:1.26 AS go\nRUN go build -o /m\nFROM --platform=linux/arm64 scratch\n"
            'COPY --from=go /m /\nCMD ["/m"]\n'
        ),
        ["platform-unpinned"],
        [],
    ),
    "a program for the machine that builds": (
        write('FROM golang:1.26 AS go\nRUN go build -o /m\nFROM scratch\nCOPY --from=go /m /\nCMD ["/m"]\n'),
        ["platform-unpinned"],
        [],
    ),
    "a program for several machines": (
        write('FROM golang:1.26 AS go\nARG A\nRUN GOARCH=$A go build\nFROM scratch\nCOPY --from=go /m /\nCMD ["/m"]\n'),
        [],
        ["platform-unpinned"],
    ),
    "the platform of the build": (
        write('FROM --platform=$TARGETPLATFORM python:3.13\nCMD ["a.b"]\n'),
        ["platform-unpinned"],
        [],
    ),
    "a language past its end of life": (
        write('FROM --platform=linux/amd64 python:3.9-slim\nCMD ["a.b"]\n'),
        ["base-image-deprecated"],
        [],
    ),
    "a tag without a version": (
        write('FROM --platform=linux/amd64 node:lts-slim\nCMD ["a"]\n'),
        ["base-image-floating"],
        [],
    ),
    "a base for this architecture": (write('FROM --platform=linux/amd64 python:3.13\nCMD ["a.b"]\n'), [], []),
    "no Dockerfile": (lambda assembly: dockerfile(assembly).unlink(), ["asset-source-missing"], None),
    "no directory": (lambda assembly: shutil.rmtree(dockerfile(assembly).parent), ["asset-source-missing"], None),
}


@pytest.mark.parametrize(("change", "found", "open_rules"), KNOWN.values(), ids=KNOWN)
def test_what_a_dockerfile_says(
    assembly: Path, change: Callable[[Path], None], found: list[str], open_rules: list[str] | None
) -> None:
    change(assembly)
    failing, unknown, lines, status = check(assembly)
    assert (failing, lines, status) == (found, [], 1 if found else 0)
    if open_rules is not None:
        assert unknown == open_rules


BUILD_HOSTS = {
    "the function's": (
        {"build_host": "x86_64"},
        {},
        "aarch64",
        "the build host builds linux/amd64 (build_host: x86_64)",
    ),
    "the other": ({"build_host": "arm64"}, {}, "x86_64", "the build host builds linux/arm64 (build_host: arm64)"),
    "any": ({"build_host": "any"}, {}, "x86_64", "any machine may build it (build_host: any)"),
    "this one, by default": ({}, {}, "x86_64", "this machine builds linux/amd64"),
    "this one, arm64": ({}, {}, "arm64", "this machine builds linux/arm64"),
    "this one, as Linux calls it": ({"build_host": "auto"}, {}, "aarch64", "this machine builds linux/arm64"),
    "this one, which is neither": ({}, {}, "riscv64", "this machine builds linux/riscv64"),
    "this one, told to build for another": (
        {},
        {"DOCKER_DEFAULT_PLATFORM": "linux/amd64"},
        "arm64",
        "this machine builds linux/amd64",
    ),
    "this one, told to build for itself": (
        {},
        {"DOCKER_DEFAULT_PLATFORM": "linux/arm64/v8"},
        "x86_64",
        "this machine builds linux/arm64",
    ),
    "not this one, whatever it is told": (
        {"build_host": "x86_64"},
        {"DOCKER_DEFAULT_PLATFORM": "linux/arm64"},
        "arm64",
        "the build host builds linux/amd64 (build_host: x86_64)",
    ),
}
WRONG_HOST = (
    "the image asset names no platform, and {}; the function runs on x86_64, and an image for another architecture "
    "fails at its first invocation with 'exec format error'"
)
RIGHT_HOST = (
    "the image asset has no platform: {}, as the function needs, but a machine of another kind would not build it for "
    "x86_64"
)


@pytest.mark.parametrize("by", ["the command line", "the configuration"])
@pytest.mark.parametrize(("given", "variables", "machine", "words"), BUILD_HOSTS.values(), ids=BUILD_HOSTS)
def test_the_machine_that_builds_decides_what_an_asset_without_a_platform_is_built_for(
    assembly: Path,
    monkeypatch: pytest.MonkeyPatch,
    given: dict[str, str],
    variables: dict[str, str],
    machine: str,
    words: str,
    by: str,
) -> None:
    monkeypatch.chdir(assembly.parent)
    monkeypatch.delenv("DOCKER_DEFAULT_PLATFORM")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(os, "uname", lambda: os.uname_result(("", "", "", "", machine)))
    Path(".imagelint.yaml").write_text(json.dumps(given if by == "the configuration" else {"select": ["error"]}))
    options = [f"--build-host={value}" for value in given.values() if by == "the command line"]
    found = [
        (each["code"], each["rule"], each["message"]) for each in report("--select=error,warning", *options)["findings"]
    ]
    if words.partition(" (")[0].endswith("linux/amd64"):
        assert found == [("W9752", "platform-unpinned", RIGHT_HOST.format(words))]
    else:
        assert found == [("E9754", "built-for-other-architecture", WRONG_HOST.format(words))]


def test_a_machine_that_does_not_say_what_it_builds_is_unknown(assembly: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(assembly.parent)
    monkeypatch.setenv("DOCKER_DEFAULT_PLATFORM", "linux")
    document = report("--select=built-for-other-architecture,platform-unpinned")
    assert document["findings"] == []
    assert [(each["rule"], each["facts"]) for each in document["unknown"]] == [
        ("built-for-other-architecture", ["build.host_matches"]),
        ("platform-unpinned", ["build.host_matches"]),
    ]


PLATFORMS = {
    "linux/amd64": True,
    "linux/x86_64": True,
    "linux/amd64/v3": True,
    "Linux/AMD64": True,
    "linux/arm64": False,
    "linux/arm64/v8": False,
    "linux/arm/v7": False,
    "linux/arm": False,
    "linux/386": False,
    "linux/s390x": False,
    "windows/amd64": False,
    "amd64": None,
    "linux": None,
    "linux/amd64,linux/arm64": None,
    "linux/x64": None,
    "": None,
}
"""A platform of the asset -> whether a function for x86_64 runs it; None where that is not known."""


@pytest.mark.parametrize(("platform", "runs"), PLATFORMS.items())
def test_a_platform_that_the_function_cannot_run(
    assembly: Path, monkeypatch: pytest.MonkeyPatch, platform: str, runs: bool | None
) -> None:
    monkeypatch.chdir(assembly.parent)
    change_source(assembly, platform=platform)
    document = report("--select=architecture-mismatch")
    said = f"the image is built for {platform}, but the function runs on x86_64; its first invocation fails with 'exec "
    assert [each["message"] for each in document["findings"]] == ([said + "format error'"] if runs is False else [])
    assert [each["facts"] for each in document["unknown"]] == ([["asset.platform_matches"]] if runs is None else [])


SILENT = {
    "a platform": ('FROM python:3.13\nCMD ["a.b"]\n', {"platform": "linux/amd64"}),
    "a platform in FROM": ('FROM --platform=linux/amd64 python:3.13\nCMD ["a.b"]\n', {}),
    "a base for one architecture": ('FROM public.ecr.aws/lambda/go:1\nCMD ["main"]\n', {}),
    "a program compiled for one": (
        'FROM golang:1.26 AS go\nRUN GOARCH=amd64 go build -o /m\nFROM scratch\nCOPY --from=go /m /\nCMD ["/m"]\n',
        {},
    ),
}


@pytest.mark.parametrize("host", ["x86_64", "arm64", "any"])
@pytest.mark.parametrize(("text", "source"), SILENT.values(), ids=SILENT)
def test_where_the_machine_cannot_decide_neither_rule_speaks(
    assembly: Path, monkeypatch: pytest.MonkeyPatch, text: str, source: dict[str, str], host: str
) -> None:
    monkeypatch.chdir(assembly.parent)
    write(text)(assembly)
    change_source(assembly, **source)
    rules = "built-for-other-architecture,platform-unpinned"
    document = report("--select", rules, "--build-host", host)
    assert (document["findings"], document["unknown"]) == ([], [])


def write_large(file: Path) -> None:
    file.write_bytes(b"#" * 2**24)


UNREAD: dict[str, tuple[Callable[[Path], None], str]] = {
    "a link out of the assembly": (
        lambda file: file.symlink_to("/etc/passwd"),
        "a link out of the assembly; the asset's Dockerfile is not read",
    ),
    "a named pipe": (os.mkfifo, "is not a regular file"),
    "a folder": (Path.mkdir, "cannot be read: Is a directory"),
    "one that is too large": (write_large, "is larger than "),
}


@pytest.mark.parametrize(("put", "message"), UNREAD.values(), ids=UNREAD)
def test_a_dockerfile_that_cannot_be_read_is_unknown_and_closes_a_strict_gate(
    assembly: Path, put: Callable[[Path], None], message: str
) -> None:
    file = dockerfile(assembly)
    file.unlink()
    put(file)
    failing, unknown, (line,), status = check(assembly)
    assert (failing, message in line, status) == ([], True, 0)
    assert {"base-image-deprecated", "platform-unpinned"} <= set(unknown)
    statuses = [start(assembly.parent, "check", "cdk.out", *each).returncode for each in ([], ["--strict"])]
    assert statuses == [0, 1]


def test_a_base_that_exists_for_the_other_architecture_only(assembly: Path) -> None:
    write('FROM public.ecr.aws/lambda/go:1\nCMD ["main"]\n')(assembly)
    (template,) = assembly.glob("*.template.json")
    document = json.loads(template.read_text())
    (function,) = (each for each in document["Resources"].values() if each["Type"] == "AWS::Lambda::Function")
    function["Properties"]["Architectures"] = ["arm64"]
    template.write_text(json.dumps(document))
    assert check(assembly)[0] == ["base-image-architecture-mismatch", "base-image-deprecated"]


@pytest.mark.parametrize("text", ["{", "[]", "7", '{"rules": "none"}'])
def test_a_lifecycle_policy_that_is_none_is_unknown_with_one_line(tmp_path: Path, text: str) -> None:
    copy = Path(shutil.copytree(FIXTURES / "pull-owned" / "cdk.out", tmp_path / "cdk.out"))
    for file in ("Agnostic.template.json", "Bound.template.json"):
        template = json.loads((copy / file).read_text())
        (repository,) = (each for each in template["Resources"].values() if each["Type"] == "AWS::ECR::Repository")
        repository["Properties"]["LifecyclePolicy"] = {"LifecyclePolicyText": text}
        (copy / file).write_text(json.dumps(template))
    failing, unknown, lines, status = check(copy, "lifecycle-expires-image")
    assert (failing, unknown, status) == ([], ["lifecycle-expires-image"] * 2, 0)
    assert [line.split(": ")[:3] for line in lines] == [
        ["imagelint", "warning", "cdk.out/Agnostic.template.json"],
        ["imagelint", "warning", "cdk.out/Bound.template.json"],
    ]


def test_a_typical_clean_app_gives_no_finding_at_all() -> None:
    done = start(FIXTURES / "clean-app", "check", "cdk.out")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("3 functions judged: no findings; 0 suppressed, 0 unknown\n")


def test_a_new_app_gives_exactly_platform_unpinned(assembly: Path) -> None:
    assert check(assembly, "error,warning")[0] == ["platform-unpinned"]


def test_a_nested_stack_is_found_though_its_parent_depends_on_another_stack(tmp_path: Path) -> None:
    """Without asset metadata the asset manifests say which template it is; not every dependency is one."""
    assembly = Path(shutil.copytree(FIXTURES / "no-path-metadata" / "cdk.out", tmp_path / "cdk.out"))
    before = len(imagelint.load(assembly).stacks)
    manifest = json.loads((assembly / "manifest.json").read_text(encoding="utf-8"))
    artifacts = manifest["artifacts"]
    artifacts["Orders"]["dependencies"] = ["Another", *artifacts["Orders"]["dependencies"]]
    (assembly / "another.json").write_text('{"Resources": {}}', encoding="utf-8")
    manifest["artifacts"] = {"Another": stack_of("another.json"), "Orders": artifacts.pop("Orders"), **artifacts}
    (assembly / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    loaded = imagelint.load(assembly)
    assert (len(loaded.stacks), loaded.problems) == (before + 1, [])


def test_an_image_that_hundreds_of_stages_publish_is_an_asset_in_each(assembly: Path) -> None:
    """What is compared is where it goes, which is one place."""
    change_source(assembly, directory="gone")
    before = check(assembly)
    manifest = json.loads((assembly / "manifest.json").read_text(encoding="utf-8"))
    artifacts = manifest["artifacts"]
    name = next(name for name, each in artifacts.items() if each["type"] == "cdk:asset-manifest")
    for number in range(MAX_ALIKE + 1):
        shutil.copy(assembly / artifacts[name]["properties"]["file"], assembly / f"Stage{number}.json")
        artifacts[f"Stage{number}"] = {**artifacts[name], "properties": {"file": f"Stage{number}.json"}}
    (assembly / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert check(assembly) == before
    assert before[0] == ["asset-source-missing"]
