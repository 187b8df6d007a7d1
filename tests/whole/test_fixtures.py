"""Every fixture gives exactly its expected report, through the real command line."""

from __future__ import annotations

import difflib
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import imagelint
from fixtures.expect import FIXTURES, SCENARIOS, WHOLE, check, expected, expected_whole, in_lines, whole
from fixtures.synthesise import README, scenarios, with_table
from imagelint.rules.rule import load_rules

RULES = {rule.id: rule for rule in load_rules()}
SCHEMA = jsonschema.Draft202012Validator(
    json.loads((Path(imagelint.__file__).parent / "report/report.schema.json").read_text(encoding="utf-8"))
)


def assert_committed(file: Path, given: str) -> None:
    """Fail with the lines that differ, as a review sees them after `make expected`."""
    committed = file.read_text(encoding="utf-8")
    if given != committed:
        lines = difflib.unified_diff(committed.splitlines(), given.splitlines(), "committed", "given", lineterm="", n=0)
        pytest.fail("\n".join([f"not what {file.relative_to(FIXTURES)} expects:", *lines]), pytrace=False)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_fixture_gives_its_expected_report(scenario: str) -> None:
    assert_committed(expected(scenario), in_lines(check(scenario)))


@pytest.mark.parametrize("scenario", WHOLE)
def test_fixture_gives_its_whole_expected_report(scenario: str) -> None:
    assert_committed(expected_whole(scenario), whole(check(scenario)))


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_report_of_a_fixture_keeps_the_contract_and_says_what_its_rules_say(scenario: str) -> None:
    document = check(scenario).document
    SCHEMA.validate(document)
    for each in document["findings"]:
        rule = RULES[each["rule"]]
        told = (each["code"], each["severity"], each["fix"], each["help"])
        assert told == (
            rule.code,
            rule.severity,
            " ".join(rule.fix_for(is_cdk=True).split()),
            f"imagelint explain {rule.id}",
        )


def what_is_found(scenario: str) -> list[tuple[Any, ...]]:
    """The findings of a fixture, but for the lines they are on."""
    return [
        (each["rule"], each["message"], each["function"], each["location"]["pointer"], each["when"])
        for each in check(scenario).document["findings"]
    ]


VERSIONS = [name for name in SCENARIOS if name.startswith("asset-versions-")]


def test_there_are_six_versions_of_cdk() -> None:
    assert len(VERSIONS) == 6
    assert what_is_found(VERSIONS[0])


@pytest.mark.parametrize("version", VERSIONS[1:])
def test_every_version_of_cdk_gives_the_same_findings(version: str) -> None:
    assert what_is_found(version) == what_is_found(VERSIONS[0])


def test_readme_of_the_fixtures_tells_of_every_scenario() -> None:
    readme = README.read_text(encoding="utf-8")
    assert with_table(readme) == readme, "run `make fixtures`, or write the row yourself"
    assert sorted(scenarios()) == SCENARIOS
