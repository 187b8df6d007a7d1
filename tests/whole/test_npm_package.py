"""The package cdk-imagelint in the synthesis of JavaScript apps, installed from the tarball that `make test` builds.

All scenarios run in one process of Node.js.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from imagelint.version import VERSION
from support.cdk_reports import Found, found, violations
from support.cli import report
from support.paths import ROOT

PROGRAM: Final = ROOT / "tests" / "support" / "cdk_scenarios.js"
IMAGELINT: Final = Path(sys.executable).with_name("imagelint")
LATEST: Final = "image-tag-latest"
FN: Final = ["Api/Fn/Resource"]
BAD: Final[tuple[bool, list[Found]]] = (True, [(LATEST, "error", FN)])
ELSEWHERE: Final[Found] = (LATEST, "error", ["Elsewhere/Fn/Resource"])
PROD: Final[Found] = (LATEST, "error", ["Prod/Api/Fn/Resource"])

JUDGED: Final[dict[str, tuple[bool, list[Found]]]] = {
    "good": (False, []),
    "bad": BAD,
    "failing_on_warnings": (True, [("image-tag-mutable", "error", FN)]),
    "ignored": (False, []),
    "strict": (True, [(LATEST, "error", ["Api/Fn"])]),
    "unread": (True, [("input-unread", "fatal", [])]),
    "configured": (False, []),
    "in_a_relative_folder": BAD,
    "nested": (True, [(LATEST, "error", ["Api/Inner/Fn/Resource"])]),
    "staged": (True, [ELSEWHERE, PROD]),
    "staged_alone": (True, [PROD]),
    "twice": BAD,
    "twice_in_part": (True, [PROD, ELSEWHERE]),
    "without_functions": (False, []),
    "without_stacks": (False, []),
    "acknowledged": (False, []),
    "a_warning": BAD,
    "by_command": BAD,
    "by_variable": BAD,
    "by_uvx": (True, [ELSEWHERE, PROD]),
    "by_pipx": BAD,
}
"""Whether the synthesis fails, and for what."""
REFUSED: Final = {
    "misconfigured": "{folder}/misconfigured/other.yaml:2: ignored: is not a key here; did you mean 'ignore'?",
    "missing": "imagelint is not there (looked for imagelint, uvx, pipx): pip install imagelint, or give its path in "
    "$IMAGELINT",
    "missing_command": "imagelint is not there (looked for {folder}/missing_command/none): pip install imagelint, or "
    "give its path in $IMAGELINT",
    "another_program": "imagelint wrote no report of imagelint, but ended with 2 and said 'imagelint: error: no such "
    "image: check'; $IMAGELINT can name another program",
    "a_crash": "imagelint wrote no report of imagelint, but ended with 1 and said 'ImportError: yaml'; $IMAGELINT can "
    "name another program",
    "another_version": f"cdk-imagelint {VERSION} does not work with imagelint 9.0.0 (run as imagelint): install the "
    "same version of both",
}
"""What CDK says of the plugin where it has no report, and the synthesis fails."""
PROGRAMS: Final = {
    "missing": {},
    "another_program": {
        "imagelint": "echo 'usage: imagelint IMAGE'; echo 'imagelint: error: no such image: check' >&2; exit 2"
    },
    "a_crash": {"imagelint": "echo 'Traceback' >&2; echo 'ImportError: yaml' >&2; exit 1"},
    "another_version": {"imagelint": """echo '{"success": true, "violations": [], "pluginVersion": "9.0.0"}'"""},
    "a_warning": {"imagelint": """echo 'imagelint: warning: told' >&2; exec "$REAL" "$@" """},
    "by_command": {"mine": """shift; exec "$REAL" "$@" """},
    "by_variable": {"mine": """exec "$REAL" "$@" """},
    "by_uvx": {"uvx": """echo "$*" >> "$0.log"; shift; exec "$REAL" "$@" """},
    "by_pipx": {"pipx": """echo "$*" >> "$0.log"; shift 4; exec "$REAL" "$@" """},
}
"""What is on the PATH in a scenario, instead of imagelint: shell scripts."""

pytestmark = pytest.mark.external


class Synthesis(NamedTuple):
    """What became of the scenarios."""

    folder: Path
    programs: Path
    stderr: str
    results: dict[str, Any]
    """What CDK threw, and its report."""


@pytest.fixture(scope="module")
def synthesised(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    if shutil.which("node") is None or shutil.which("npm") is None:
        reason = "Node.js is not installed: cdk-imagelint was not tested"
        warnings.warn(reason, stacklevel=2)
        pytest.skip(reason)
    packages = Path(sys.prefix, "fresh-synth")
    own = packages / "package" / "installed" / "node_modules"
    assert own.is_dir(), "cdk-imagelint is not there; `make test` builds it"
    folder, programs = tmp_path_factory.mktemp("apps"), tmp_path_factory.mktemp("programs")
    for scenario, scripts in PROGRAMS.items():
        (programs / scenario).mkdir()
        for name, lines in scripts.items():
            script = programs / scenario / name
            script.write_text(f"#!/bin/sh\n{lines}\n")
            script.chmod(0o755)
    ours = ("IMAGELINT", "PYTEST_")  # CDK too heeds those of pytest
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    done = subprocess.run(
        ["node", str(PROGRAM), str(folder), str(programs), *JUDGED, *REFUSED],
        cwd=folder,
        env={
            **inherited,
            "HOME": str(folder),
            "NODE_PATH": os.pathsep.join([str(own), str(packages / "node_modules")]),
            "PATH": os.pathsep.join([str(IMAGELINT.parent), inherited["PATH"]]),
            "REAL": str(IMAGELINT),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    stderr = re.sub(r"\x1b\[[0-9;]*m", "", done.stderr)
    assert done.returncode == 0, stderr
    return Synthesis(folder, programs, stderr, json.loads((folder / "results.json").read_text()))


def test_a_synthesis_fails_for_what_closes_the_gate(synthesised: Synthesis) -> None:
    results = synthesised.results
    given = {name: (results[name]["error"] is not None, found(violations(results[name]))) for name in JUDGED}
    assert given == JUDGED
    (unread,) = violations(results["unread"])
    file = synthesised.folder / "unread" / "cdk.out" / "Api.template.json"
    said = "refers to 'Lost', which is neither a parameter nor a resource of the template"
    assert re.fullmatch(rf"{re.escape(str(file))}:\d+:\d+: {said}", unread["description"])
    assert f"imagelint: {unread['description']}\n" in synthesised.stderr


def test_what_cannot_be_run_is_told_in_one_sentence(synthesised: Synthesis) -> None:
    results = synthesised.results
    told = [line for line in synthesised.stderr.splitlines() if line.startswith("ERROR Validation plugin ")]
    assert told == [
        f"ERROR Validation plugin 'imagelint' failed: {sentence.format(folder=synthesised.folder)}"
        for sentence in REFUSED.values()
    ]
    assert [name for name in REFUSED if results[name]["error"] is None or violations(results[name])] == []


def test_warnings_are_passed_on(synthesised: Synthesis) -> None:
    told = [line for line in synthesised.stderr.splitlines() if line.startswith("imagelint: warning: ")]
    twice = "imagelint: warning: the plugin is registered twice; each template is judged once"
    assert sorted(told) == [twice, twice, "imagelint: warning: told"]


@pytest.mark.parametrize(
    ("program", "words", "templates"),
    [
        (
            "by_uvx/uvx",
            f"imagelint@{VERSION} check",
            ["Elsewhere.template.json", "assembly-Prod/ProdApi*.template.json"],
        ),
        ("by_pipx/pipx", f"run --spec imagelint=={VERSION} imagelint check", ["Api.template.json"]),
    ],
)
def test_imagelint_is_started_once_for_an_app(
    synthesised: Synthesis, program: str, words: str, templates: list[str]
) -> None:
    folder = synthesised.folder / Path(program).parent / "cdk.out"
    (started,) = (synthesised.programs / f"{program}.log").read_text().splitlines()
    before, *paths = started.split(f" --format=cdk -- {folder}/")
    assert before == words
    assert sorted(" ".join(paths).split(f" {folder}/")) == [
        str(next(folder.glob(each)).relative_to(folder)) for each in templates
    ]


@pytest.mark.parametrize("scenario", ["good", "bad", "nested", "staged", "without_functions"])
def test_the_findings_are_those_of_check(synthesised: Synthesis, scenario: str) -> None:
    findings = report(str(synthesised.folder / scenario / "cdk.out"))["findings"]
    told = violations(synthesised.results[scenario])
    assert sorted(f"{each['ruleName']}: {each['description']}" for each in told) == sorted(
        f"{each['rule']}: {each['code']} {each['message']}" for each in findings
    )
    constructs = [each["violatingConstructs"][0]["constructPath"] for each in told]
    assert sorted(constructs) == sorted(each["function"]["construct_path"] for each in findings)


def test_the_report_of_a_bad_app_stands_in_that_of_cdk(synthesised: Synthesis) -> None:
    (violation,) = violations(synthesised.results["bad"])
    line = next(number for number, text in enumerate(PROGRAM.read_text().splitlines(), 1) if "new DockerImage" in text)
    logical_id = violation["violatingConstructs"][0]["cloudFormationResource"]["logicalId"]
    expected = f"""\
{PROGRAM}:{line}:10
ERROR E9721 123456789012.dkr.ecr.eu-west-1.amazonaws.com/orders:latest is tagged latest, so nothing says which build \
the function runs (imagelint)
   Api/Fn/Resource ({logical_id}) aws-cdk-lib.aws_lambda.CfnFunction
   Suggested fix: {violation["suggestedFix"]}
   Acknowledge with 'imagelint::image-tag-latest'
"""
    assert synthesised.stderr.startswith(expected), "the good app before it says nothing"


def test_the_package_has_the_version_of_imagelint() -> None:
    package = json.loads((ROOT / "cdk" / "package.json").read_text())
    lock = json.loads((ROOT / "cdk" / "package-lock.json").read_text())
    assert (package["version"], lock["version"], lock["packages"][""]["version"]) == (VERSION, VERSION, VERSION)
