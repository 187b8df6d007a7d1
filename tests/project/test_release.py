"""scripts/release.py: what it refuses, and that it builds the same bytes twice."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

import release
from imagelint.version import VERSION
from support.paths import ROOT

BUILT_FROM = (
    "imagelint",
    "rules",
    "scripts",
    "hatch_build.py",
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
    ".gitignore",
)
SECTION = (
    f"# Changelog\n\n## Unreleased\n\n## {VERSION} - 2026-11-28\n\n* The first.\n\n## 0.0.1 - 2026-01-01\n\n* Older.\n"
)


def git(folder: Path, *words: str) -> None:
    names = {f"GIT_{who}_{what}": "a@b.example" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    environment = {**without_git(), **names, "GIT_CONFIG_GLOBAL": os.devnull}
    subprocess.run(["git", *words], cwd=folder, env=environment, check=True, capture_output=True)


def without_git() -> dict[str, str]:
    """The environment without what git sets for its hooks, which names another repository."""
    return {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "scripts/release.py", *words]
    return subprocess.run(command, cwd=folder, env=without_git(), capture_output=True, text=True, check=False)


def commit(folder: Path) -> None:
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "All")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository of the script and what it reads, committed."""
    folder = tmp_path / "a clone"
    (folder / "imagelint").mkdir(parents=True)
    (folder / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "release.py", folder / "scripts")
    shutil.copy(ROOT / "imagelint" / "version.py", folder / "imagelint")
    (folder / "CHANGELOG.md").write_text(SECTION)
    commit(folder)
    return folder


@pytest.mark.parametrize(
    ("changelog", "message"),
    [
        (SECTION.replace(VERSION, "9.9.9"), f"CHANGELOG.md has no section `## {VERSION} - YYYY-MM-DD` with a text"),
        (
            SECTION.replace(f"{VERSION} - 2026-11-28", VERSION),
            f"CHANGELOG.md has no section `## {VERSION} - YYYY-MM-DD` with a text",
        ),
        (SECTION.replace("* The first.\n", ""), f"CHANGELOG.md has no section `## {VERSION} - YYYY-MM-DD` with a text"),
        (
            SECTION.replace("Unreleased\n", "Unreleased\n\n* More.\n"),
            "CHANGELOG.md has changes under Unreleased; give them a version",
        ),
        (SECTION, "1 files are not as committed, the first: CHANGELOG.md"),
    ],
    ids=["no section", "no date", "no text", "unreleased changes", "not committed"],
)
def test_what_is_not_ready_is_refused_in_one_line(repository: Path, changelog: str, message: str) -> None:
    (repository / "CHANGELOG.md").write_text(changelog + "\n")
    done = run(repository, "release")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"release: {message}\n")


def test_a_version_is_released_once(repository: Path) -> None:
    git(repository, "tag", f"v{VERSION}")
    git(repository, "commit", "--quiet", "--allow-empty", "--message", "Later")
    done = run(repository, "release")
    message = f"release: v{VERSION} is the tag of another commit; raise VERSION in imagelint/version.py\n"
    assert (done.returncode, done.stderr) == (1, message)


def test_there_must_be_something_to_try(repository: Path) -> None:
    done = run(repository, "try")
    assert (done.returncode, done.stderr) == (1, "release: dist/ is empty; run `make dist`\n")


@pytest.mark.parametrize(
    ("words", "status", "output"),
    [
        (["notes"], 0, "* The first.\n"),
        (["notes", f"v{VERSION}"], 0, "* The first.\n"),
        (["notes", "v9.9.9"], 1, f"release: the tag is v9.9.9, and imagelint/version.py says {VERSION}\n"),
        ([], 2, "usage: release.py dist | try | release | notes [TAG]\n"),
        (["publish"], 2, "usage: release.py dist | try | release | notes [TAG]\n"),
        (["dist", "v9.9.9"], 2, "usage: release.py dist | try | release | notes [TAG]\n"),
    ],
)
def test_the_notes_are_those_of_the_version(repository: Path, words: list[str], status: int, output: str) -> None:
    done = run(repository, *words)
    assert (done.returncode, done.stdout + done.stderr) == (status, output)


def test_the_demo_breaks_the_rules_that_are_looked_for() -> None:
    command = [sys.executable, "-m", "imagelint", "check", str(release.DEMO), "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert sorted(finding["code"] for finding in json.loads(done.stdout)["findings"]) == list(release.DEMO_FINDINGS)


def test_the_same_commit_gives_the_same_bytes(tmp_path: Path) -> None:
    folder = tmp_path / "clone"
    folder.mkdir()
    for name in BUILT_FROM:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder)
    commit(folder)
    done = run(folder, "dist")
    assert (done.returncode, done.stderr) == (0, "")
    names = [f"imagelint-{VERSION}-py3-none-any.whl", f"imagelint-{VERSION}.tar.gz"]
    assert re.findall(r"built: (\S+), \d+ bytes, sha256 [0-9a-f]{64}\n", done.stdout) == names
    assert sorted(path.name for path in (folder / "dist").iterdir()) == sorted(names)
    with tarfile.open(folder / "dist" / names[1]) as sdist:
        held = {name.split("/")[1] for name in sdist.getnames()}
    assert {"imagelint", "rules", "hatch_build.py", "pyproject.toml", "PKG-INFO"} <= held
    assert held.isdisjoint({"tests", ".git", ".github"})
