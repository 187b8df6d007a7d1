"""The JSON report and the Python API."""

from __future__ import annotations

import copy
import io
import json
import pickle
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import imagelint
from fixtures.expect import FIXTURES
from imagelint.memo import Memo
from imagelint.rules.rule import load_rules
from support.cli import run
from support.gate import LATEST

pytestmark = pytest.mark.usefixtures("assemblies")

REPORT_SCHEMA = json.loads((Path(imagelint.__file__).parent / "report/report.schema.json").read_text())


@pytest.mark.parametrize(
    "arguments",
    [["cdk.out", "--select", "all"], ["open", "--strict"], ["broken"], ["nowhere"], ["clean"]],
    ids=lambda arguments: " ".join(arguments),
)
def test_the_json_report_keeps_its_contract(arguments: list[str]) -> None:
    report = json.loads(run("check", *arguments, "--format", "json").stdout)
    jsonschema.Draft202012Validator.check_schema(REPORT_SCHEMA)
    jsonschema.validate(report, REPORT_SCHEMA, jsonschema.Draft202012Validator)
    severities = [finding["severity"] for finding in report["findings"]]
    assert [report["summary"][f"{name}s"] for name in ("error", "warning", "info")] == [
        severities.count(name) for name in ("error", "warning", "info")
    ]
    assert report["summary"]["unknown"] == len(report["unknown"])


def test_a_finding_in_json() -> None:
    report = json.loads(run("check", "--select", LATEST, "--format", "json").stdout)
    (finding,) = report["findings"]
    known = {key: finding[key] for key in ("rule", "code", "severity", "function", "location", "source", "when")}
    assert known == {
        "rule": LATEST,
        "code": "E9721",
        "severity": "error",
        "function": {"logical_id": "Latest", "construct_path": None, "stack": "App"},
        "location": {
            "template": "cdk.out/App.template.json",
            "pointer": "/Resources/Latest/Properties/Code/ImageUri",
            "line": 8,
            "column": 6,
        },
        "source": None,
        "when": None,
    }


ASSEMBLIES = ("demo", "stages", "conditions", "pull-cross-stack", "pull-nested-two-deep", "latest-everywhere")


@pytest.mark.parametrize("name", ASSEMBLIES)
def test_what_the_api_gives_can_be_pickled(name: str) -> None:
    fresh = imagelint.load(FIXTURES / name / "cdk.out")
    sent = pickle.loads(pickle.dumps(fresh))
    report = imagelint.lint(fresh)
    assert isinstance(report, imagelint.Report)
    assert report.functions > 0
    assert imagelint.lint(sent) == report
    assert imagelint.lint(pickle.loads(pickle.dumps(fresh))) == report, "pickled after it was linted"
    assert pickle.loads(pickle.dumps(report)) == report


class _Noting(pickle.Pickler):
    """Notes the classes of imagelint that it meets."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO())
        self.met: set[type] = set()

    def reducer_override(self, met: object) -> Any:
        if type(met).__module__.startswith("imagelint."):
            self.met.add(type(met))
        return NotImplemented


@pytest.mark.parametrize("name", ASSEMBLIES)
def test_pickle_gives_no_constructor_what_it_asks_for(name: str) -> None:
    """Which the constructor of a compiled class is called without, unless it is a Memo (decision 11)."""
    assembly = imagelint.load(FIXTURES / name / "cdk.out")
    imagelint.lint(assembly)
    noting = _Noting()
    noting.dump(assembly)
    assert noting.met > {imagelint.Assembly}
    for each in noting.met:
        if not issubclass(each, (Memo, tuple)) and "__reduce__" not in vars(each):
            each()


def test_an_assembly_with_problems_can_be_pickled() -> None:
    assembly = imagelint.load("broken")
    report = imagelint.lint(pickle.loads(pickle.dumps(assembly)))
    assert report == imagelint.lint(assembly)
    assert [error.message for error in report.errors] == ["the resource is not an object"]


@pytest.mark.parametrize("name", ASSEMBLIES)
def test_linting_twice_gives_equal_reports_and_changes_nothing(name: str) -> None:
    assembly, rules, config = imagelint.load(FIXTURES / name / "cdk.out"), load_rules(), imagelint.Config()
    first = imagelint.lint(assembly, rules, config)
    templates = [copy.deepcopy(stack.template) for stack in assembly.stacks]
    before = copy.deepcopy(rules)
    assert imagelint.lint(assembly, rules, config) == first
    assert [stack.template for stack in assembly.stacks] == templates
    assert rules == before
    assert config == imagelint.Config()
    assert imagelint.lint(imagelint.load(FIXTURES / name / "cdk.out")) == first


def test_loading_and_linting_write_nothing() -> None:
    before = {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in Path().rglob("*")}
    imagelint.lint(imagelint.load("cdk.out"))
    assert {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in Path().rglob("*")} == before


@pytest.mark.parametrize("path", ["cdk.out", Path("cdk.out"), Path("cdk.out").absolute, "cdk.out/"], ids=repr)
def test_any_way_to_name_a_path(path: Any) -> None:
    report = imagelint.lint(imagelint.load(path() if callable(path) else path))
    assert [finding.rule for finding in report.findings if finding.rule == LATEST] == [LATEST]


def test_the_public_names() -> None:
    assert {"Assembly", "Config", "Finding", "Report", "lint", "load"} <= set(imagelint.__all__)
    assert [name for name in imagelint.__all__ if not hasattr(imagelint, name)] == []
