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
from pathlib import Path
from typing import Any

import pytest

from support.cli import report
from support.paths import ROOT

OLDEST, MIDDLE, NEWEST = VERSIONS = ("oldest", "middle", "newest")
"""Of aws-cdk-lib, as the dependency groups of pyproject.toml have them; the middle one raises nothing for a failure."""
PROGRAM = ROOT / "tests" / "support" / "cdk_scenarios.py"
LATEST = "image-tag-latest"
URI = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/orders"

pytestmark = pytest.mark.external


Found = tuple[str, str, list[str]]
"""What imagelint told CDK: rule, severity, the paths of the constructs."""
FN = ["Api/Fn/Resource"]
EXPECTED: dict[str, tuple[bool, list[Found]]] = {
    "good": (False, []),
    "bad": (True, [(LATEST, "error", FN)]),
    "warned": (False, [("image-tag-mutable", "warning", FN)]),
    "failing_on_warnings": (True, [("image-tag-mutable", "error", FN)]),
    "ignored": (False, []),
    "selected": (False, []),
    "configured": (False, []),
    "misconfigured": (True, []),
    "strict": (True, [(LATEST, "error", ["Api/Fn"])]),
    "unknown": (False, []),
    "unread": (True, [("input-unread", "fatal", [])]),
    "nested": (True, [(LATEST, "error", ["Api/Inner/Fn/Resource"])]),
    "staged": (True, [(LATEST, "error", ["Prod/Api/Fn/Resource"])]),
    "staged_alone": (True, [(LATEST, "error", ["Prod/Api/Fn/Resource"])]),
    "twice": (True, [(LATEST, "error", FN)]),
    "without_functions": (False, []),
}
"""Whether the synthesis fails, and for what."""
ACKNOWLEDGED: dict[str, tuple[bool, list[Found], list[str]]] = {
    "acknowledged": (False, [], []),
    "acknowledged_on_a_stage": (False, [], [LATEST]),
    "acknowledged_warning": (True, [("image-tag-mutable", "error", ["Other/Fn/Resource"])], []),
}
"""The same for what an app lives with, and the rules that CDK leaves out: what imagelint did not leave out itself."""


def synthesise(version: str, folder: Path, *names: str) -> tuple[int, str, dict[str, Any]]:
    """What becomes of some scenarios: the exit status of their process, its stderr, and what it wrote down."""
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
        env={**inherited, "PYTHONPATH": os.pathsep.join([str(packages), str(ROOT)]), "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    results: dict[str, Any] = json.loads((folder / "results.json").read_text())
    return done.returncode, re.sub(r"\x1b\[[0-9;]*m", "", done.stderr), results


def of_imagelint(result: dict[str, Any]) -> dict[str, Any]:
    """What CDK reports of imagelint in one scenario, whose report is another in each version; empty for nothing."""
    for each in result["report"]["pluginReports"] if result["report"] else []:
        if each.get("pluginName", each.get("summary", {}).get("pluginName")) == "imagelint":
            return {"metadata": each.get("summary", {}).get("metadata"), **each}
    return {}


def found(violations: list[dict[str, Any]]) -> list[Found]:
    """Violations in the words of the tables above."""
    return [
        (each["ruleName"], each["severity"], [construct["constructPath"] for construct in each["violatingConstructs"]])
        for each in violations
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_synthesis_fails_for_what_closes_the_gate(version: str, tmp_path: Path) -> None:
    status, stderr, results = synthesise(version, tmp_path, *EXPECTED)
    given = {name: (is_failed(version, each), found(violations(each))) for name, each in results.items()}
    shown = EXPECTED if version == NEWEST else {**EXPECTED, "warned": (False, [])}  # a report that passes is left out
    assert given == shown
    assert status == (1 if version == MIDDLE else 0), "where CDK raises nothing the app ends with status 1"
    assert stderr.count("imagelint: warning: the plugin is registered twice; what the second finds is left out") == 1
    (unread,) = violations(results["unread"])
    file = tmp_path / "unread" / "Api.template.json"
    said = "refers to 'Lost', which is neither a parameter nor a resource of the template"
    assert re.fullmatch(rf"{re.escape(str(file))}:\d+:\d+: {said}", unread["description"])
    error = of_imagelint(results["misconfigured"])["metadata"]["error"]
    said = f"{tmp_path / 'misconfigured.yaml'}:2: ignored: is not a key here; did you mean 'ignore'?"
    assert error == f"Validation plugin 'imagelint' failed: {said}"


def violations(result: dict[str, Any]) -> list[dict[str, Any]]:
    """What imagelint told CDK in one scenario."""
    listed: list[dict[str, Any]] = of_imagelint(result).get("violations", [])
    return listed


def is_failed(version: str, result: dict[str, Any]) -> bool:
    """Whether the synthesis fails: CDK raises, or reports a failure where it raises nothing."""
    if version != MIDDLE:
        return result["error"] is not None
    assert result["error"] is None
    return bool(of_imagelint(result).get("summary", {}).get("status") == "failure")


def test_an_acknowledgement_of_the_app_is_counted_once(tmp_path: Path) -> None:
    _, _, results = synthesise(NEWEST, tmp_path, *ACKNOWLEDGED)
    given = {
        name: (
            is_failed(NEWEST, each),
            found(violations(each)),
            [one["ruleName"] for one in of_imagelint(each).get("suppressedViolations", [])],
        )
        for name, each in results.items()
    }
    assert given == ACKNOWLEDGED


def test_the_report_of_a_bad_app_stands_in_that_of_cdk(tmp_path: Path) -> None:
    """With the findings that `imagelint check` has of the same assembly."""
    _, stderr, results = synthesise(NEWEST, tmp_path, "bad")
    (finding,) = report(str(tmp_path / "bad"))["findings"]
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
