"""The hooks of .pre-commit-hooks.yaml, run by the real pre-commit in a temporary repository.

The hook's environment is made as a user's is, by pre-commit and pip from a clone of this repository, but for what
imagelint depends on and is built with: PYTHONPATH shows pip the installed packages, and it asks no index.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Final

import pytest
import yaml

from support.cli import start
from support.paths import FIXTURES, ROOT

PACKAGED: Final = ("imagelint", "rules", "hatch_build.py", "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md")
HOOKS: Final = ".pre-commit-hooks.yaml"
COPY_ASSEMBLY: Final = 'cp -r assembly/. "$CDK_OUTDIR"'


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    # GIT_* are set when the tests themselves run in a hook, and name the repository of that.
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("GIT_") and key != "CI"}
    identity = {f"GIT_{who}_{what}": "a@b.example" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    environment = {
        **inherited,
        **identity,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "PRE_COMMIT_COLOR": "never",
        "PYTHONPATH": sysconfig.get_path("purelib"),
        "PIP_NO_INDEX": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # 0 is what pip takes for yes here: the isolation is 0
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
    }
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def commit(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    run(folder, "git", "add", "--all")
    return run(folder, "git", "commit", "--message=change", *arguments)


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory, run_folder: Path) -> Path:
    """A repository of the hooks as they are in the working tree, at one commit; one for the run, so that pre-commit
    makes one environment for it."""
    folder = tmp_path_factory.mktemp("hooks")
    for name in (*PACKAGED, HOOKS):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder / name)
    run(folder, "git", "init", "--quiet")
    assert commit(folder).returncode == 0
    with contextlib.suppress(OSError):  # another worker was first
        folder.rename(run_folder / "imagelint")
    return run_folder / "imagelint"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A user's repository."""
    run(tmp_path, "git", "init", "--quiet")
    assert run(tmp_path, "pre-commit", "install").returncode == 0
    return tmp_path


def configure(repository: Path, hooks: Path, hook: str, *arguments: str) -> None:
    """A `.pre-commit-config.yaml` with one hook, as a user writes it."""
    revision = run(hooks, "git", "rev-parse", "HEAD").stdout.strip()
    chosen = {"id": hook, **({"args": list(arguments)} if arguments else {})}
    config = {"repos": [{"repo": str(hooks), "rev": revision, "hooks": [chosen]}]}
    (repository / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))


def copy_assembly(repository: Path, scenario: str, to: str) -> None:
    shutil.rmtree(repository / to, ignore_errors=True)
    shutil.copytree(FIXTURES / scenario / "cdk.out", repository / to)
    if to == "cdk.out":
        (repository / ".gitignore").write_text("cdk.out/\n")


def refused(done: subprocess.CompletedProcess[str]) -> str:
    """What a refused commit says."""
    assert done.returncode == 1
    assert "Failed" in done.stderr
    return done.stderr


@pytest.mark.external
@pytest.mark.parametrize(
    ("hook", "arguments", "folder", "change"),
    [
        ("imagelint", (), "cdk.out", "README.md"),
        ("imagelint", ("assembly",), "assembly", "README.md"),
        ("imagelint-synth", ("--synth", COPY_ASSEMBLY), "assembly", "lib/app.ts"),
        ("imagelint-templates", (), "assembly", "assembly/copy.template.json"),
    ],
)
def test_a_bad_commit_is_refused_and_a_good_one_passes(
    repository: Path, hooks: Path, hook: str, arguments: tuple[str, ...], folder: str, change: str
) -> None:
    configure(repository, hooks, hook, *arguments)
    copy_assembly(repository, "demo", folder)
    (repository / change).parent.mkdir(exist_ok=True)
    (repository / change).write_text('{"Resources": {}}\n')
    report = refused(commit(repository))
    assert "error image-registry-unsupported (E9731)\n" in report
    assert "      ghcr.io/acme/invoices:2.0.1 is an image of GitHub Container Registry" in report
    assert "  Orders/Invoices" in report
    assert "5 functions judged: 4 errors, 1 warning" in report

    copy_assembly(repository, "clean-app", folder)
    (repository / change).write_text('{"Resources": { }}\n')
    done = commit(repository)
    assert done.returncode == 0, done.stderr
    assert "Passed" in done.stderr


@pytest.mark.external
def test_a_synth_that_fails_refuses_the_commit(repository: Path, hooks: Path) -> None:
    configure(repository, hooks, "imagelint-synth", "--synth", "echo no module named aws_cdk; exit 1")
    (repository / "cdk.json").write_text("{}")
    report = refused(commit(repository))
    assert "- exit code: 3" in report
    assert "| no module named aws_cdk\n" in report


@pytest.mark.external
def test_a_python_app_is_run_by_its_own_interpreter(repository: Path, hooks: Path) -> None:
    configure(repository, hooks, "imagelint-synth", "--synth", "command -v python3; exit 1")
    (repository / "app.py").write_text("")
    report = refused(commit(repository))
    assert f"| {shutil.which('python3', path=str(Path(sys.executable).parent))}\n" in report


@pytest.mark.external
def test_a_stale_assembly_is_told_though_the_hook_passes(repository: Path, hooks: Path) -> None:
    configure(repository, hooks, "imagelint")
    copy_assembly(repository, "clean-app", "cdk.out")
    os.utime(repository / "cdk.out" / "manifest.json", (1_000_000_000, 1_000_000_000))
    (repository / "cdk.json").write_text("{}")
    done = commit(repository)
    assert done.returncode == 0
    assert "imagelint: warning: cdk.out may be stale, cdk.json is newer" in done.stderr


@pytest.mark.parametrize(
    ("hook", "files", "runs"),
    [
        ("imagelint-synth", ["cdk.json", "lib/app.ts", "app.js", "app.py", "main.go", "src/App.java", "App.cs"], True),
        ("imagelint-synth", ["Dockerfile", "api/Dockerfile", "api/Dockerfile.lambda"], True),
        ("imagelint-synth", ["README.md", "package.json", "cdk.json.bak", "lib/app.ts.md", "notes.txt"], False),
        ("imagelint-templates", ["a.template.json", "a/b.template.yaml", "a.template.yml"], True),
        ("imagelint-templates", ["a.json", "a.yaml", "template.json", "a.template.json.md"], False),
    ],
)
def test_a_hook_runs_for_its_files_only(hook: str, files: list[str], runs: bool) -> None:
    described = {each["id"]: each for each in yaml.safe_load((ROOT / HOOKS).read_text())}
    assert [bool(re.search(described[hook]["files"], file)) for file in files] == [runs] * len(files)


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        ((), "npx cdk synth -q"),
        (("--fail-on", "warning"), "npx cdk synth -q"),
        (("--synth", "echo other; exit 1"), "echo other; exit 1"),
    ],
)
def test_the_synth_hook_keeps_its_command_unless_another_is_given(
    arguments: tuple[str, ...], command: str, tmp_path: Path
) -> None:
    """pre-commit splits `entry` as a shell does, and puts a user's `args` in place of the hook's."""
    described = {each["id"]: each for each in yaml.safe_load((ROOT / HOOKS).read_text())}["imagelint-synth"]
    assert "args" not in described
    program, *words = shlex.split(described["entry"])
    assert program == "imagelint"
    (tmp_path / "npx").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "npx").chmod(0o755)
    path = os.pathsep.join([str(tmp_path), os.environ["PATH"]])
    done = start(tmp_path, *words, *arguments, environment={"PATH": path})
    assert f"the command '{command}' failed with status 1" in done.stderr
    assert done.returncode == 3


@pytest.mark.external
def test_pre_commit_finds_no_fault_with_the_hooks_file() -> None:
    done = run(ROOT, "pre-commit", "validate-manifest", HOOKS)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_every_hook_is_documented() -> None:
    text = (ROOT / "docs" / "ci.md").read_text()
    assert all(f"`{each['id']}`" in text for each in yaml.safe_load((ROOT / HOOKS).read_text()))
