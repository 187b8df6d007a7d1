"""The CI recipes of docs/ci.md and the GitHub action: each is well-formed, and its imagelint commands are run."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import junitparser
import pytest
import yaml

from support.paths import FIXTURES, ROOT

PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
INSTALLATION = {"npm ci", "npx cdk synth -q", "pip install imagelint"}
"""What the recipes run besides imagelint."""


def recipe(heading: str, language: str = "yaml") -> str:
    """The code block of a section of the page."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    (block,) = re.findall(rf"^```{language}\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    return str(block)


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


def commands(heading: str) -> list[str]:
    """The commands of a recipe, in order."""
    if heading == "CDK Pipelines":
        (listed,) = re.findall(r"commands: \[(.*)\]", recipe(heading, "typescript"))
        return re.findall(r"'([^']+)'", listed)
    if heading in ("Several reports of one run", "Only what is new"):
        return recipe(heading, "sh").splitlines()
    script = yaml.safe_load(recipe(heading))
    if heading == "GitLab CI":
        return list(script["imagelint"]["script"])
    return [command for phase in ("install", "build") for command in script["phases"][phase]["commands"]]


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A synthesised app in a repository of its own."""
    shutil.copytree(FIXTURES / "demo" / "cdk.out", tmp_path / "app" / "cdk.out")
    (tmp_path / "app" / ".git").mkdir()
    return tmp_path / "app"


def shell(folder: Path, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a script as a CI service does, with the imagelint of the tests first in PATH."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script],
        cwd=folder,
        env={**os.environ, "PATH": path, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("heading", "files"),
    [
        ("GitLab CI", {"gl-code-quality-report.json", "imagelint.xml"}),
        ("AWS CodeBuild", {"imagelint.xml"}),
        ("CDK Pipelines", set()),
        ("Several reports of one run", {"imagelint.sarif", "imagelint.md"}),
    ],
)
def test_the_commands_of_a_recipe_close_the_gate_and_leave_its_reports(
    app: Path, heading: str, files: set[str]
) -> None:
    ours = [command for command in commands(heading) if shlex.split(command)[0] == "imagelint"]
    assert len(ours) == 1
    assert set(commands(heading)) - set(ours) <= INSTALLATION
    done = shell(app, ours[0])
    assert (done.returncode, done.stderr) == (1, "")
    assert "5 functions judged: 4 errors, 1 warning" in done.stdout
    assert {path.name for path in app.iterdir()} - {"cdk.out", ".git"} == files
    if "imagelint.xml" in files:
        assert junitparser.JUnitXml.fromfile(str(app / "imagelint.xml")).failures == 5
    if "gl-code-quality-report.json" in files:
        assert len(json.loads((app / "gl-code-quality-report.json").read_text())) == 5


def test_the_recipe_with_a_baseline_accepts_what_is_there_and_fails_on_a_new_warning(app: Path) -> None:
    write, gate = commands("Only what is new")
    assert shell(app, write).returncode == 0
    assert shell(app, gate).returncode == 0
    template = app / "cdk.out" / "Orders.template.json"
    content = json.loads(template.read_text())
    (mailer,) = (
        each for name, each in content["Resources"].items() if name.startswith("Mailer") and "Role" not in name
    )
    content["Resources"]["New"] = {**mailer, "Metadata": {}}
    template.write_text(json.dumps(content))
    assert shell(app, gate).returncode == 1
    assert shell(app, gate.replace(" --fail-on warning", "")).returncode == 0


def test_a_recipe_names_the_reports_that_its_commands_write() -> None:
    gitlab = yaml.safe_load(recipe("GitLab CI"))["imagelint"]
    assert set(gitlab["artifacts"]["reports"].values()) == set(re.findall(r":(\S+)", gitlab["script"][-1]))
    assert gitlab["artifacts"]["when"] == "always"
    build = yaml.safe_load(recipe("AWS CodeBuild"))
    assert build["reports"]["imagelint"]["files"] == re.findall(
        r"junit:(\S+)", build["phases"]["build"]["commands"][-1]
    )


def test_the_workflow_uses_the_action_as_it_is() -> None:
    (job,) = yaml.safe_load(recipe("GitHub Actions"))["jobs"].values()
    step = job["steps"][-1]
    assert re.fullmatch(r"\w+/imagelint@v[0-9.]+", step["uses"])
    assert step["with"].keys() <= ACTION["inputs"].keys()
    assert all(f"`{name}: " in PAGE or f"{name}:" in PAGE for name in ("path", "upload"))


def test_the_pre_commit_configuration_names_a_hook() -> None:
    (repository,) = yaml.safe_load(recipe("pre-commit"))["repos"]
    assert [hook["id"] for hook in repository["hooks"]] == ["imagelint-synth"]
    assert {hook["id"] for hook in HOOKS} == set(re.findall(r"^\| `([a-z-]+)` \|", PAGE, re.MULTILINE))


def test_no_expression_stands_in_a_script_of_the_action() -> None:
    """GitHub puts what an expression stands for into the script's text, where it would be run."""
    scripts = [step["run"] for step in ACTION["runs"]["steps"] if "run" in step]
    assert len(scripts) == 2
    assert not any("${{" in script for script in scripts)
    used = set(re.findall(r"inputs\.(\w+)", " ".join(strings(ACTION["runs"]))))
    assert used == ACTION["inputs"].keys()


@pytest.fixture
def runner(tmp_path: Path) -> dict[str, str]:
    """The variables of a GitHub runner."""
    for name in ("temp", "action"):
        (tmp_path / name).mkdir()
    for name in ("imagelint", "rules", "hatch_build.py", "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md"):
        (tmp_path / "action" / name).symlink_to(ROOT / name)
    for name in ("summary", "output"):
        (tmp_path / name).write_text("")
    return {
        "RUNNER_TEMP": str(tmp_path / "temp"),
        "GITHUB_ACTION_PATH": str(tmp_path / "action"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_ACTIONS": "true",
        "CI": "true",
    }


def lint_step(app: Path, runner: dict[str, str], **inputs: str) -> subprocess.CompletedProcess[str]:
    """The action's second step, with the inputs put where its `env` puts them."""
    step = ACTION["runs"]["steps"][1]
    values = {name: inputs.get(name, described["default"]) for name, described in ACTION["inputs"].items()}
    variables = {
        name: re.sub(r"\$\{\{ inputs\.(\w+) \}\}", lambda match: values[match[1]], text)
        for name, text in step["env"].items()
    }
    return shell(app, step["run"], **runner, **variables)


def link_imagelint(runner: dict[str, str]) -> None:
    """The imagelint of the tests where the first step puts it."""
    bin_folder = Path(runner["RUNNER_TEMP"]) / "imagelint" / "bin"
    bin_folder.mkdir(parents=True)
    (bin_folder / "imagelint").symlink_to(Path(sys.executable).parent / "imagelint")


@pytest.mark.external
def test_the_action_installs_itself_and_lints(app: Path, runner: dict[str, str]) -> None:
    # The dependencies are those of the tests, as PYTHONPATH shows pip; imagelint itself is built and installed.
    packages = {"PYTHONPATH": sysconfig.get_path("purelib"), "PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0"}
    installed = shell(app, ACTION["runs"]["steps"][0]["run"], **runner, **packages)
    assert installed.returncode == 0, installed.stderr
    done = lint_step(app, {**runner, **packages})
    assert done.returncode == 1
    assert done.stdout.count("\n::") + done.stdout.startswith("::") == 5
    sarif = Path(runner["RUNNER_TEMP"]) / "imagelint.sarif"
    assert len(json.loads(sarif.read_text())["runs"][0]["results"]) == 5
    assert Path(runner["GITHUB_STEP_SUMMARY"]).read_text().startswith("## imagelint\n")
    assert Path(runner["GITHUB_OUTPUT"]).read_text() == f"sarif={sarif}\n"


@pytest.mark.parametrize(
    ("inputs", "status", "has_sarif"),
    [
        ({}, 1, True),
        ({"args": "--fail-on never --no-color"}, 0, True),
        ({"args": "--ignore error"}, 0, True),
        ({"args": "--ignore error --fail-on warning"}, 1, True),
        ({"path": "cdk.out/Orders.template.json\ncdk.out\n"}, 1, True),
        ({"path": "a folder/cdk.out"}, 1, True),
        ({"path": "$(touch forged) `touch forged` *;touch forged"}, 3, False),
        ({"path": "--fail-on=never"}, 3, False),
        ({"path": "missing"}, 3, False),
        ({"path": "cdk.out\nmissing"}, 3, False),
        ({"args": "--no-such-option"}, 2, False),
    ],
)
def test_the_inputs_of_the_action_are_paths_and_words(
    app: Path, runner: dict[str, str], inputs: dict[str, str], status: int, has_sarif: bool
) -> None:
    link_imagelint(runner)
    shutil.copytree(app / "cdk.out", app / "a folder" / "cdk.out")
    assert lint_step(app, runner, **inputs).returncode == status
    assert bool(Path(runner["GITHUB_OUTPUT"]).read_text()) == has_sarif
    assert not (app / "forged").exists()


def test_suppressed_findings_are_no_alerts_in_github(tmp_path: Path) -> None:
    shutil.copytree(FIXTURES / "suppressed", tmp_path / "app")
    command = "imagelint check --select all --fail-on never --format sarif"
    counts = []
    for value in ("", "true"):
        results = json.loads(shell(tmp_path / "app", command, GITHUB_ACTIONS=value).stdout)["runs"][0]["results"]
        counts.append(sum("suppressions" in result for result in results))
    assert counts[0] > counts[1] == 0
