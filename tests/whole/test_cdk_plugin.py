"""imagelint inside `cdk synth`: real Python apps with the oldest, a middle and the newest AWS CDK.

`make test` puts the versions beside the environment; each synthesises all scenarios in one process.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from support.cdk_reports import Found, found, of_imagelint, violations
from support.cli import report
from support.paths import ROOT

OLDEST, MIDDLE, NEWEST = VERSIONS = ("oldest", "middle", "newest")
"""Of aws-cdk-lib, as the dependency groups of pyproject.toml have them; the middle one raises nothing for a failure."""
PROGRAM = ROOT / "tests" / "support" / "cdk_scenarios.py"
LATEST = "image-tag-latest"
URI = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/orders"

pytestmark = pytest.mark.external

FN = ["Api/Fn/Resource"]
EXPECTED: dict[str, tuple[bool, list[Found]]] = {
    "good": (False, []),
    "bad": (True, [(LATEST, "error", FN)]),
    "warned": (False, [("image-tag-mutable", "warning", FN)]),
    "failing_on_warnings": (True, [("image-tag-mutable", "error", FN)]),
    "ignored": (False, []),
    "selected": (False, []),
    "configured": (False, []),
    "misconfigured": (True, [("not-run", "fatal", [""])]),
    "crashed": (True, [("not-run", "fatal", [""])]),
    "strict": (True, [(LATEST, "error", ["Api/Fn"])]),
    "unknown": (False, []),
    "unread": (True, [("input-unread", "fatal", [""])]),
    "nested": (True, [(LATEST, "error", ["Api/Inner/Fn/Resource"])]),
    "staged": (True, [(LATEST, "error", ["Prod/Api/Fn/Resource"])]),
    "staged_alone": (True, [(LATEST, "error", ["Prod/Api/Fn/Resource"])]),
    "twice": (True, [(LATEST, "error", FN)]),
    "twice_in_part": (
        True,
        [(LATEST, "error", ["Prod/Api/Fn/Resource"]), (LATEST, "error", ["Elsewhere/Fn/Resource"])],
    ),
    "sharing": (True, [("repository-tags-mutable", "error", [*FN, "Jobs/Fn/Resource"])]),
    "without_stacks": (False, []),
    "without_functions": (False, []),
}
"""Whether the synthesis fails, and for what: always for something, for the CLI of CDK takes a report without violations
as a success."""
ACKNOWLEDGED: dict[str, tuple[bool, list[Found], list[str]]] = {
    "acknowledged": (False, [], []),
    "acknowledged_on_a_stage": (False, [], [LATEST]),
    "acknowledged_without_a_gate": (False, [(LATEST, "warning", ["Other/Fn/Resource"])], [LATEST]),
    "acknowledged_warning": (True, [("image-tag-mutable", "error", ["Other/Fn/Resource"])], []),
}
"""The same for what an app lives with, and the rules that CDK leaves out: what imagelint did not leave out itself."""


class Synthesis(NamedTuple):
    """What became of some scenarios."""

    folder: Path
    status: int
    """The exit status of their process."""
    stderr: str
    results: dict[str, Any]
    """What it wrote down of each."""


@pytest.fixture(scope="module")
def synthesised(tmp_path_factory: pytest.TempPathFactory, run_folder: Path) -> Callable[[str], Synthesis]:
    """The scenarios with a version of CDK, once a module; the kernel of jsii unpacks CDK once for all of them."""

    @cache
    def synthesis(version: str) -> Synthesis:
        names = [*EXPECTED, *(ACKNOWLEDGED if version == NEWEST else ())]
        return synthesise(version, tmp_path_factory.mktemp(version), run_folder / "caches" / "jsii", *names)

    return synthesis


def synthesise(version: str, folder: Path, unpacked: Path, *names: str) -> Synthesis:
    if shutil.which("node") is None:
        reason = "Node.js is not installed: no Python CDK app was synthesised"
        warnings.warn(reason, stacklevel=2)
        pytest.skip(reason)
    packages = Path(sys.prefix, f"cdk-{version}")
    assert packages.is_dir(), f"aws-cdk-lib {version} is not there; `make test` installs it"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}  # CDK heeds them
    done = subprocess.run(
        [sys.executable, str(PROGRAM), str(folder), *names],
        cwd=folder,
        env={
            **inherited,
            "HOME": str(folder),
            "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(unpacked),
            "PYTHONPATH": os.pathsep.join([str(packages), str(ROOT)]),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    stderr = re.sub(r"\x1b\[[0-9;]*m", "", done.stderr)
    return Synthesis(folder, done.returncode, stderr, json.loads((folder / "results.json").read_text()))


@pytest.mark.parametrize("version", VERSIONS)
def test_a_synthesis_fails_for_what_closes_the_gate(version: str, synthesised: Callable[[str], Synthesis]) -> None:
    folder, status, stderr, results = synthesised(version)
    given = {name: (is_failed(version, results[name]), found(violations(results[name]))) for name in EXPECTED}
    shown = EXPECTED if version == NEWEST else {**EXPECTED, "warned": (False, [])}  # a report that passes is left out
    assert given == shown
    assert status == (1 if version == MIDDLE else 0), "where CDK raises nothing the app ends with status 1"
    assert stderr.count("imagelint: warning: the plugin is registered twice; each template is judged once") == 2
    (unread,) = violations(results["unread"])
    file = folder / "unread" / "Api.template.json"
    said = "refers to 'Lost', which is neither a parameter nor a resource of the template"
    assert re.fullmatch(rf"{re.escape(str(file))}:\d+:\d+: {said}", unread["description"])
    (shared,) = violations(results["sharing"])
    assert re.search(r" \(the repository: .+\)$", shared["description"])
    (refused,) = violations(results["misconfigured"])
    said = f"{folder / 'misconfigured.yaml'}:2: ignored: is not a key here; did you mean 'ignore'?"
    assert refused["description"] == said
    (crash,) = violations(results["crashed"])
    assert crash["description"] == "imagelint crashed: ZeroDivisionError: division by zero"
    assert stderr.count("ZeroDivisionError: division by zero") == (2 if version == NEWEST else 1), "with its traceback"
    if version == NEWEST:
        assert f"FATAL {said} (imagelint)\n" in stderr


def test_a_configuration_that_is_wrong_ends_the_app_where_cdk_raises_nothing(tmp_path: Path, run_folder: Path) -> None:
    done = synthesise(MIDDLE, tmp_path, run_folder / "caches" / "jsii", "misconfigured")
    assert (done.status, is_failed(MIDDLE, done.results["misconfigured"])) == (1, True)


def is_failed(version: str, result: dict[str, Any]) -> bool:
    """Whether the synthesis fails: CDK raises, or reports a failure where it raises nothing."""
    if version != MIDDLE:
        return result["error"] is not None
    assert result["error"] is None
    return any(plugin.get("summary", {}).get("status") == "failure" for plugin in of_imagelint(result))


def test_an_acknowledgement_of_the_app_is_counted_once(synthesised: Callable[[str], Synthesis]) -> None:
    results = synthesised(NEWEST).results
    given = {
        name: (
            is_failed(NEWEST, results[name]),
            found(violations(results[name])),
            [
                one["ruleName"]
                for plugin in of_imagelint(results[name])
                for one in plugin.get("suppressedViolations", [])
            ],
        )
        for name in ACKNOWLEDGED
    }
    assert given == ACKNOWLEDGED


def test_the_report_of_a_bad_app_stands_in_that_of_cdk(synthesised: Callable[[str], Synthesis]) -> None:
    """With the findings that `imagelint check` has of the same assembly."""
    folder, _, stderr, results = synthesised(NEWEST)
    (finding,) = report(str(folder / "bad"))["findings"]
    (violation,) = violations(results["bad"])
    (construct,) = violation["violatingConstructs"]
    function = finding["function"]
    assert violation["description"] == f"{finding['code']} {finding['message']}"
    assert violation["suggestedFix"] == f"{finding['fix']} More: {finding['help']}"
    assert violation["ruleMetadata"] == {"code": finding["code"], "severity": finding["severity"]}
    assert (construct["constructPath"], construct["cloudFormationResource"]["logicalId"]) == (
        function["construct_path"],
        function["logical_id"],
    )
    assert construct["cloudFormationResource"]["propertyPaths"] == ["Properties.Code.ImageUri"]
    assert (
        f"""\
ERROR E9721 {URI}:latest is tagged latest, so nothing says which build the function runs (imagelint)
   Api/Fn/Resource ({function["logical_id"]}) aws-cdk-lib.aws_lambda.CfnFunction
   Suggested fix: {violation["suggestedFix"]}
   Acknowledge with 'imagelint::image-tag-latest'
"""
        in stderr
    )


def test_a_missing_cdk_is_named() -> None:
    done = subprocess.run([sys.executable, "-c", "import imagelint.cdk"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "ImportError: imagelint.cdk needs aws-cdk-lib: pip install 'imagelint[cdk]'"
