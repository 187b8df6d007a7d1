"""Which assembly a command reads."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from fixtures.expect import FIXTURES
from support.builders import REPOSITORY, app, function, write_assembly, write_templates
from support.cli import run

pytestmark = pytest.mark.usefixtures("assemblies")


def apps(*files: str) -> None:
    """A repository with an app in `infra`, which has the assembly in `infra/FOLDER` of each FOLDER named."""
    Path("repository/.git").mkdir(parents=True)
    Path("repository/infra/lib").mkdir(parents=True)
    for file in files:
        write_assembly(f"repository/infra/{file}", {"App": {"Fn": function(f"{REPOSITORY}:latest")}})


FOUND: dict[str, tuple[list[str], str | None, str, str]] = {
    "here": (["cdk.out"], None, "infra", "cdk.out"),
    "above": (["cdk.out"], None, "infra/lib", "../cdk.out"),
    "where cdk.json says": (["build", "cdk.out"], '{"output": "build"}', "infra", "build"),
    "above, where cdk.json says": (["build"], '{"output": "build"}', "infra/lib", "../build"),
    "cdk.json says nothing": (["cdk.out"], '{"app": "node app.js"}', "infra", "cdk.out"),
    "cdk.json is not JSON": (["cdk.out"], "{", "infra", "cdk.out"),
    "cdk.json says something else": (["cdk.out"], '{"output": 5}', "infra", "cdk.out"),
}


@pytest.mark.parametrize("command", ["check", "inventory", "facts"])
@pytest.mark.parametrize(("folders", "settings", "working", "shown"), FOUND.values(), ids=FOUND)
def test_which_assembly_is_read(
    folders: list[str],
    settings: str | None,
    working: str,
    shown: str,
    command: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    apps(*folders)
    monkeypatch.setenv("CI", "true")  # the files' times are those of this test
    if settings is not None:
        Path("repository/infra/cdk.json").write_text(settings)
    monkeypatch.chdir(f"repository/{working}")
    result = run(command)
    assert (result.exit_code, result.stderr) == (1 if command == "check" else 0, "")
    assert "Fn" in result.stdout
    if command == "check":
        assert f"{shown}/App.template.json:" in result.stdout


@pytest.mark.parametrize("working", ["repository", "."])
def test_an_assembly_is_not_looked_for_below_nor_above_the_repository(
    working: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("cdk.out").rename("elsewhere") if working == "." else apps("cdk.out")
    monkeypatch.chdir(working)
    assert run("check").stderr.startswith("imagelint: cdk.out: is not there; ")


def test_a_template_is_judged_with_its_assembly() -> None:
    shutil.copytree(FIXTURES / "pull-cross-stack" / "cdk.out", "cross")
    whole = json.loads(run("check", "cross", "--format", "json").stdout)
    templates = sorted(Path("cross").rglob("*.template.json"))
    assert len(templates) > 1
    parts = [json.loads(run("check", str(each), "--format", "json").stdout) for each in templates]
    for key in ("findings", "suppressed", "unknown"):
        assert sorted(map(str, whole[key])) == sorted(str(each) for part in parts for each in part[key])
    assert [part["summary"]["templates"] for part in parts] == [1] * len(parts)
    together = json.loads(run("check", *map(str, templates), "--format", "json").stdout)
    assert together == whole


def test_a_template_of_a_stage_is_judged_with_the_assembly_around_it() -> None:
    shutil.copytree(FIXTURES / "stages" / "cdk.out", "stages")
    (template,) = Path("stages/assembly-Dev").glob("*.template.json")
    stacks = {
        each["function"]["stack"]
        for each in json.loads(run("check", str(template), "--format=json").stdout)["findings"]
    }
    assert stacks == {"Dev/Orders"}


@pytest.mark.parametrize("written", ['{"name": "a web app"}', "{"], ids=["a web app's", "no JSON"])
def test_a_manifest_further_up_that_is_not_of_cdk_means_nothing(written: str) -> None:
    """All templates below it would be read, and what is wrong in them told."""
    write_templates("web/cdk.out", {"App": app(f"{REPOSITORY}:latest")})
    Path("web/manifest.json").write_text(written)
    Path("web/other.yaml").write_text("Resources: {A: {Type: AWS::Lambda::Function")
    result = run("check", "web/cdk.out/App.template.json", "--format", "json")
    document = json.loads(result.stdout)
    assert (result.exit_code, result.stderr, document["summary"]["templates"]) == (1, "", 1)
    assert {each["function"]["stack"] for each in document["findings"]} == {"App"}


def test_a_template_of_an_assembly_is_judged_with_those_that_it_nests() -> None:
    shutil.copytree(FIXTURES / "pull-nested-two-deep" / "cdk.out", "nested")
    found = {
        path: json.loads(run("check", path, "--format=json").stdout)
        for path in ("nested", "nested/Orders.template.json")
    }
    (whole, part) = (each["findings"] for each in found.values())
    assert whole == part != []


def test_a_template_that_its_assembly_does_not_name_is_judged_alone() -> None:
    write_templates("stale", {"Old": app(f"{REPOSITORY}:latest")})
    Path("stale/Old.template.json").rename("cdk.out/Old.template.json")
    result = run("check", "cdk.out/Old.template.json")
    assert "1 function judged: 1 error" in result.stdout
    assert result.exit_code == 1


def test_hidden_folders_that_are_passed_over_are_named() -> None:
    for folder in (".aws-sam", ".serverless", ".git"):
        write_templates(f"templates/{folder}", {"App": app(f"{REPOSITORY}:latest")})
    Path("templates/App.json").write_text(json.dumps(app(f"{REPOSITORY}:1.4.2")))
    result = run("check", "templates")
    assert result.stderr == (
        "imagelint: warning: templates: 2 files that may be templates are not read:"
        " templates/.aws-sam/App.template.json, templates/.serverless/App.template.json;"
        " name a file, or its folder, to have it judged\n"
    )
    assert result.exit_code == 0
    assert run("check", "templates/.aws-sam").exit_code == 1
