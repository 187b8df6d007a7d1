"""Every fixture gives exactly its expected report, through the real command line."""

import json

import pytest

from fixtures.expect import SCENARIOS, expected, report


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_fixture_gives_its_expected_report(scenario: str) -> None:
    assert report(scenario) == json.loads(expected(scenario).read_text(encoding="utf-8"))


def test_every_version_of_cdk_gives_the_same_findings() -> None:
    versions = [name for name in SCENARIOS if name.startswith("asset-versions-")]
    assert len(versions) == 6
    found = {
        version: [
            (each["rule"], each["message"], each["function"], each["location"]["pointer"], each["when"])
            for each in json.loads(expected(version).read_text(encoding="utf-8"))["findings"]
        ]
        for version in versions
    }
    first = found[versions[0]]
    assert first
    assert all(findings == first for findings in found.values())
