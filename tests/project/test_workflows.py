"""The workflows and the Dockerfile, by linters that were made for them; none of them asks the network.

actionlint's package downloads its program. jactionlint began as a copy of it, has its checks, and holds its program.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

import release
from support.paths import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ACTIONS = [ROOT / "action.yml", *WORKFLOWS]
PROGRAMS = Path(sys.executable).parent
INJECTION = """\
on: issues
jobs:
  greet:
    runs-on: ubuntu-latest
    steps:
      - run: echo ${{ github.event.issue.title }}
"""
Linter = Callable[..., "subprocess.CompletedProcess[str]"]
HADOLINT = shutil.which("hadolint", path=os.fspath(PROGRAMS))


def zizmor(*files: Path) -> subprocess.CompletedProcess[str]:
    words = [str(PROGRAMS / "zizmor"), "--offline", "--no-config", "--persona=auditor", "--no-progress"]
    return subprocess.run([*words, *map(str, files)], capture_output=True, text=True, check=False)


def jactionlint(*files: Path) -> subprocess.CompletedProcess[str]:
    words = [str(PROGRAMS / "jactionlint"), "--strict-exit", "--no-hints", f"--shellcheck={PROGRAMS / 'shellcheck'}"]
    return subprocess.run([*words, *map(str, files)], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("lint", [zizmor, jactionlint])
def test_the_workflows_and_the_action_have_no_finding(lint: Linter) -> None:
    assert len(WORKFLOWS) == 3
    done = lint(*ACTIONS, ROOT / ".github" / "dependabot.yml")
    assert (done.returncode, done.stdout.replace("No findings to report. Good job!\n", "")) == (0, ""), done.stderr


@pytest.mark.parametrize("lint", [zizmor, jactionlint])
def test_a_title_in_a_script_would_be_found(lint: Linter, tmp_path: Path) -> None:
    (tmp_path / ".github" / "workflows").mkdir(parents=True)
    workflow = tmp_path / ".github" / "workflows" / "greet.yml"
    workflow.write_text(INJECTION)
    done = lint(workflow)
    assert done.returncode != 0
    assert "github.event.issue.title" in done.stdout
    assert "injection" in done.stdout


def test_an_action_is_pinned_to_one_commit_everywhere() -> None:
    used = [use for file in ACTIONS for use in re.findall(r"uses: (\S+)@(.*)", file.read_text())]
    assert len(set(used)) == len({name for name, _ in used})
    assert [pin for _, pin in used if not re.fullmatch(r"[0-9a-f]{40} # v\d+\.\d+\.\d+", pin)] == []


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_a_job_ends_and_may_do_only_what_it_says(file: Path) -> None:
    workflow = yaml.safe_load(file.read_text())
    assert workflow["permissions"] == {}
    assert "concurrency" in workflow
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"] <= 30
        assert job["permissions"]


def test_what_is_released_was_tried_on_every_python_and_system() -> None:
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text())["jobs"]
    matrix = jobs["try"]["strategy"]["matrix"]
    assert matrix["python"] == list(release.PYTHONS)
    assert [system.split("-")[0] for system in matrix["os"]] == ["ubuntu", "macos", "windows"]
    compiled = jobs["compiled"]["strategy"]["matrix"]
    assert compiled["python"] == [python.replace(".", "") for python in release.PYTHONS]
    assert set(matrix["os"]) < set(compiled["os"])
    needs = {name: job["needs"] for name, job in jobs.items() if name != "build"}
    assert needs == {
        "try": "build",
        "compiled": "build",
        "index": ["try", "compiled"],
        "npm": "index",
        "image": "index",
        "notes": ["index", "npm", "image"],
    }


@pytest.mark.skipif(HADOLINT is None, reason="hadolint is published for Linux on x86-64 and macOS")
def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    done = subprocess.run([str(HADOLINT), ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_the_image_runs_imagelint_and_not_as_root() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    bases = [line.split()[1] for line in lines if line.startswith("FROM ")]
    assert len(bases) == 2
    assert len(set(bases)) == 1
    assert re.fullmatch(r"python:\d+\.\d+\.\d+-\S+@sha256:[0-9a-f]{64}", bases[0])
    assert [line for line in lines if line.startswith(("USER", "ENTRYPOINT"))] == [
        "USER 65532:65532",
        'ENTRYPOINT ["imagelint"]',
    ]
