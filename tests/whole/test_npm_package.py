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
from support.paths import FIXTURES, ROOT

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
    "unread": (True, [("input-unread", "fatal", [""])]),
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
    "without_a_gate": (False, [(LATEST, "warning", FN)]),
    "a_warning": (False, []),
    "by_command": (False, []),
    "by_variable": (False, []),
    "by_uvx": (True, [ELSEWHERE, PROD]),
    "by_pipx": (False, []),
}
"""Whether the synthesis fails, and for what."""
REFUSED: Final = {
    "misconfigured": "{folder}/misconfigured/other.yaml:2: ignored: is not a key here; did you mean 'ignore'?",
    "missing": "imagelint is not there (looked for imagelint, uvx, pipx): pip install imagelint, or give its path in "
    "$IMAGELINT",
    "missing_command": "imagelint is not there (looked for {folder}/missing_command/none): pip install imagelint, or "
    "give its path in $IMAGELINT",
    "another_program": "imagelint wrote no report of imagelint, but ended with 2 and said 'imagelint: error: no such "
    "image'; $IMAGELINT can name another program",
    "a_crash": "imagelint wrote no report of imagelint, but ended with 1 and said 'ImportError: yaml'; $IMAGELINT can "
    "name another program",
    "another_version": f"cdk-imagelint {VERSION} does not work with imagelint 9.0.0 (run as imagelint): install the "
    "same version of both",
}
"""What CDK says where the plugin judged nothing, and the synthesis fails: in a violation, for the CLI takes a report
without any as a success."""
REPORT: Final = f"""echo '{{"success": true, "violations": [], "pluginVersion": "{VERSION}"}}'"""
LOG: Final = """echo "$*" >> "$0.log" """
PROGRAMS: Final = {
    "missing": {},
    "another_program": {
        "imagelint": "echo 'usage: imagelint IMAGE'; echo 'imagelint: error: no such image' >&2; exit 2"
    },
    "a_crash": {"imagelint": "echo 'Traceback' >&2; echo 'ImportError: yaml' >&2; exit 1"},
    "another_version": {"imagelint": REPORT.replace(VERSION, "9.0.0")},
    "a_warning": {"imagelint": f"echo 'imagelint: warning: told' >&2; {REPORT}"},
    "by_command": {"mine": f"{LOG}; {REPORT}"},
    "by_variable": {"mine": f"{LOG}; {REPORT}"},
    "by_uvx": {"uvx": f'{LOG}; shift; exec "$REAL" "$@"', "pipx": "exit 1"},
    "by_pipx": {"pipx": f"{LOG}; {REPORT}"},
}
"""What is on the PATH in a scenario, instead of imagelint: shell scripts."""
API: Final = ["Api.template.json"]
STARTED: Final = {
    "by_command/mine": ("first check", API),
    "by_variable/mine": ("check", API),
    "by_uvx/uvx": (f"imagelint@{VERSION} check", ["Elsewhere.template.json", "assembly-Prod/ProdApi*.template.json"]),
    "by_pipx/pipx": (f"run --spec imagelint=={VERSION} imagelint check", API),
}
"""A program -> what it is asked, once, and for which templates of the app."""


class Synthesis(NamedTuple):
    """What became of the scenarios."""

    folder: Path
    programs: Path
    stderr: str
    results: dict[str, Any]
    """What CDK threw, and its report."""


def synthesise(folder: Path, programs: Path) -> Synthesis:
    if shutil.which("node") is None or shutil.which("npm") is None:
        reason = "Node.js is not installed: cdk-imagelint was not tested"
        warnings.warn(reason, stacklevel=2)
        pytest.skip(reason)
    packages = Path(sys.prefix, "fresh-synth")
    own = packages / "package" / "installed" / "node_modules"
    assert own.is_dir(), "cdk-imagelint is not there; `make test` builds it"
    folder.mkdir()
    for scenario, scripts in PROGRAMS.items():
        (programs / scenario).mkdir(parents=True)
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


@pytest.mark.external
def test_apps_with_the_package(tmp_path: Path) -> None:
    """One test: each that had the apps from a fixture could run in another process, and synthesise all of them."""
    synthesised = synthesise(tmp_path / "apps", tmp_path / "programs")
    a_synthesis_fails_for_what_closes_the_gate(synthesised)
    the_report_of_a_bad_app_stands_in_that_of_cdk(synthesised)
    what_is_no_finding_is_told_in_one_line(synthesised)
    imagelint_is_started_once_for_an_app(synthesised)
    for name in ("good", "bad", "nested", "staged", "without_functions"):
        the_findings_are_those_of_check(synthesised, name)


def a_synthesis_fails_for_what_closes_the_gate(synthesised: Synthesis) -> None:
    results = synthesised.results
    given = {name: (results[name]["error"] is not None, found(violations(results[name]))) for name in JUDGED}
    assert given == JUDGED
    refused = [(results[name]["error"] is not None, found(violations(results[name]))) for name in REFUSED]
    assert refused == [(True, [("not-run", "fatal", [""])])] * len(REFUSED)


def the_report_of_a_bad_app_stands_in_that_of_cdk(synthesised: Synthesis) -> None:
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


def what_is_no_finding_is_told_in_one_line(synthesised: Synthesis) -> None:
    lines = synthesised.stderr.splitlines()
    (unread,) = violations(synthesised.results["unread"])
    file = synthesised.folder / "unread" / "cdk.out" / "Api.template.json"
    said = "refers to 'Lost', which is neither a parameter nor a resource of the template"
    assert re.fullmatch(rf"{re.escape(str(file))}:\d+:\d+: {said}", unread["description"])
    twice = "imagelint: warning: the plugin is registered twice; each template is judged once"
    assert [line for line in lines if line.startswith("imagelint: ")] == [twice, twice, "imagelint: warning: told"]
    sentences = [unread["description"], *(each.format(folder=synthesised.folder) for each in REFUSED.values())]
    assert [line for line in lines if line.startswith("FATAL ")] == [f"FATAL {each} (imagelint)" for each in sentences]


def imagelint_is_started_once_for_an_app(synthesised: Synthesis) -> None:
    for program, (words, templates) in STARTED.items():
        folder = synthesised.folder / Path(program).parent / "cdk.out"
        (started,) = (synthesised.programs / f"{program}.log").read_text().splitlines()
        expected = [next(folder.glob(each)) for each in templates]
        assert started.split() == [*words.split(), "--format=cdk", "--", *map(str, expected)]


def the_findings_are_those_of_check(synthesised: Synthesis, scenario: str) -> None:
    findings = report(str(synthesised.folder / scenario / "cdk.out"))["findings"]
    told = violations(synthesised.results[scenario])
    assert sorted(f"{each['ruleName']}: {each['description']}" for each in told) == sorted(
        f"{each['rule']}: {each['code']} {each['message']}" for each in findings
    )
    constructs = [each["violatingConstructs"][0]["constructPath"] for each in told]
    assert sorted(constructs) == sorted(each["function"]["construct_path"] for each in findings)


def test_the_package_has_the_version_of_imagelint() -> None:
    package = json.loads((ROOT / "cdk" / "package.json").read_text())
    lock = json.loads((ROOT / "cdk" / "package-lock.json").read_text())
    assert (package["version"], lock["version"], lock["packages"][""]["version"]) == (VERSION, VERSION, VERSION)


def test_what_is_tested_is_built_by_the_jsii_that_builds_what_is_published() -> None:
    locks = [
        json.loads((folder / "package-lock.json").read_text())["packages"]
        for folder in (ROOT / "cdk", FIXTURES / "fresh")
    ]
    compilers = [
        [lock[f"node_modules/{name}"]["version"] for name in ("jsii", "typescript", "@types/node")] for lock in locks
    ]
    assert compilers[0] == compilers[1]
    assert [name for lock in locks for name, package in lock.items() if "resolved" in package] == []
