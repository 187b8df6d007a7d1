"""A cloud assembly that is older than the app's sources is linted with a warning."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from support.cli import start

pytestmark = pytest.mark.process

MANIFEST = '{"version": "36.0.0", "artifacts": {}}'
BEFORE, SYNTHESISED, AFTER = 1_000_000_000, 1_000_000_100, 1_000_000_200


def write(path: Path, modified: float, text: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (modified, modified))


def warnings(folder: Path, *arguments: str, **variables: str) -> list[str]:
    done = start(folder, "check", *arguments, environment=variables)
    assert done.returncode == 0
    return done.stderr.splitlines()


def stale(source: str, assembly: str = "cdk.out") -> str:
    return f"imagelint: warning: {assembly} may be stale, {source} is newer: run `npx cdk synth`, or lint with --synth"


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A repository with an app, synthesised after its sources were written."""
    (tmp_path / ".git").mkdir()
    write(tmp_path / "cdk.json", BEFORE, "{}")
    write(tmp_path / "lib/app.ts", BEFORE)
    write(tmp_path / "cdk.out/manifest.json", SYNTHESISED, MANIFEST)
    return tmp_path


@pytest.mark.parametrize(
    "source",
    [
        "cdk.json",
        "bin/app.ts",
        "lib/a/b/c/stack.js",
        "app.py",
        "main.go",
        "src/main/java/App.java",
        "src/Program.cs",
        "Dockerfile",
        "functions/api/Dockerfile.lambda",
    ],
)
def test_a_newer_source_is_told(app: Path, source: str) -> None:
    write(app / source, AFTER)
    assert warnings(app) == [stale(source)]


@pytest.mark.parametrize(
    "other",
    [
        "README.md",
        "node_modules/a/index.js",
        ".git/hooks/a.py",
        ".venv/lib/a.py",
        "venv/lib/a.py",
        "cdk.out/asset.1/index.js",
        "cdk.out.old/asset.1/index.js",
        "test/app.test.ts",
    ],
)
def test_what_an_app_is_not_synthesised_from_is_not(app: Path, other: str) -> None:
    write(app / other, AFTER)
    assert warnings(app) == []


def test_the_newest_source_is_named(app: Path) -> None:
    for number, source in enumerate(["lib/b.ts", "lib/d.ts", "lib/a.ts", "lib/c.ts"]):
        write(app / source, AFTER + number % 3)
    assert warnings(app) == [stale("lib/a.ts")]


def test_a_checkout_that_writes_all_at_once_is_not_stale(app: Path) -> None:
    write(app / "lib/app.ts", SYNTHESISED + 0.5)
    assert warnings(app) == []


@pytest.mark.parametrize(
    ("folder", "arguments", "expected"),
    [
        (".", ["cdk.out"], [stale("lib/app.ts")]),
        (".", ["./cdk.out/"], [stale("lib/app.ts", "./cdk.out/")]),
        ("lib", ["../cdk.out"], [stale("app.ts", "../cdk.out")]),
        (".", ["cdk.out/manifest-is-not-meant.template.json"], []),
        (".", ["--synth", 'cp cdk.out/manifest.json "$CDK_OUTDIR"'], []),
    ],
)
def test_it_is_told_of_an_assembly_only(app: Path, folder: str, arguments: list[str], expected: list[str]) -> None:
    write(app / "lib/app.ts", AFTER)
    write(app / "cdk.out/manifest-is-not-meant.template.json", BEFORE, '{"Resources": {}}')
    assert warnings(app / folder, *arguments) == expected


def test_nothing_is_told_in_ci(app: Path) -> None:
    write(app / "lib/app.ts", AFTER)
    assert warnings(app, CI="true") == []


@pytest.mark.parametrize(
    ("assembly", "cdk_json", "source", "expected"),
    [
        ("build/out", "cdk.json", "lib/new.ts", True),
        ("build/out", None, "lib/new.ts", False),
        ("infra/cdk.out", "infra/cdk.json", "infra/new.ts", True),
        ("infra/cdk.out", "infra/cdk.json", "service/new.ts", False),
        ("infra/cdk.out", None, "infra/new.ts", True),
        ("repository/cdk.out", "cdk.json", "lib/new.ts", False),
    ],
)
def test_the_app_is_where_cdk_json_is(
    tmp_path: Path, assembly: str, cdk_json: str | None, source: str, expected: bool
) -> None:
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    write(tmp_path / assembly / "manifest.json", SYNTHESISED, MANIFEST)
    if cdk_json:
        write(tmp_path / cdk_json, BEFORE, "{}")
    write(tmp_path / source, AFTER)
    assert warnings(tmp_path, assembly) == ([stale(source, assembly)] if expected else [])


def test_a_large_app_costs_no_more_than_a_moment(app: Path) -> None:
    for folder in range(50):
        for file in range(200):
            write(app / f"lib/{folder}/{file}.ts", BEFORE)
    (app / "lib" / "loop").symlink_to(app)
    (app / "lib" / "nowhere.ts").symlink_to(app / "nothing")
    script = (
        "import time; from imagelint.cli.staleness import newer_source;"
        "start = time.process_time(); newer_source('cdk.out'); print(time.process_time() - start)"
    )
    inherited = {key: value for key, value in os.environ.items() if key != "CI"}
    start = time.perf_counter()
    took = subprocess.run([sys.executable, "-c", script], cwd=app, env=inherited, capture_output=True, check=True)
    assert time.perf_counter() - start < 10
    assert float(took.stdout) < 0.5  # 0.01 on an idle machine
