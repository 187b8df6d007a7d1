"""imagelint and cfn-lint, a real process of it, agree on the fixtures where they judge the same."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import imagelint
from fixtures.expect import FIXTURES, SCENARIOS
from support.paths import ROOT

DOCUMENT = ROOT / "docs" / "cfn-lint.md"
COMPARED = {
    "E3685": {"runtime-on-image", "layers-on-image"},
    "E3030": {"from-image-sentinel"},
}
"""cfn-lint's checks with imagelint's. Of E3030, "not one of the values", what it says of Runtime."""
PROPERTIES = {"Runtime", "Handler", "Layers"}
"""Where a function has none of them, none of the checks has anything to judge."""

Place = tuple[str, str, str]
"""A check of cfn-lint, the template's scenario and name, the function."""

DIFFERENCES: dict[Place, tuple[str, str]] = {
    ("E3685", "from-image-misuse/Sentinel", "OverriddenSentinel97AF17B7"): ("cfn-lint", "sentinel"),
    ("E3685", "from-image-misuse/Sentinel", "RawSentinel"): ("cfn-lint", "sentinel"),
    ("E3685", "from-image-misuse/ZipFeatures", "NoLayersF26195EA"): ("cfn-lint", "empty-layers"),
    ("E3685", "conditions/Packaging", "PackageTypeAlways"): ("cfn-lint", "zip-code"),
}
"""Who alone finds something, and why: a reason that the document tells."""


def functions() -> Iterator[tuple[Path, str, dict[str, Any]]]:
    """Every function of the fixtures that has one of the properties."""
    for scenario in SCENARIOS:
        for file in sorted((FIXTURES / scenario / "cdk.out").rglob("*.template.json")):
            resources = json.loads(file.read_text(encoding="utf-8")).get("Resources", {})
            for name, resource in resources.items():
                if resource["Type"] == "AWS::Lambda::Function" and PROPERTIES & resource["Properties"].keys():
                    yield file, name, resource


def called(file: Path) -> str:
    """A template as the differences call it."""
    return f"{file.relative_to(FIXTURES).parts[0]}/{file.name.removesuffix('.template.json')}"


def theirs() -> set[Place]:
    """What cfn-lint finds; every other check is off."""
    files = sorted({str(file) for file, _, _ in functions()})
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--format", "json", "--regions", "us-east-1"]
    options = ["--ignore-checks", "E", "W", "I", "--mandatory-checks", *COMPARED, "--", *files]
    done = subprocess.run([*command, *options], capture_output=True, text=True, encoding="utf-8", check=False)
    assert not done.stderr
    found = set()
    for match in json.loads(done.stdout):
        path, code = match["Location"]["Path"], match["Rule"]["Id"]
        assert code in COMPARED, match
        if code == "E3685" or path[2:] == ["Properties", "Runtime"]:
            found.add((code, called(Path(match["Filename"])), path[1]))
    return found


def ours() -> set[Place]:
    """What imagelint finds, template by template, as cfn-lint sees them."""
    names = {rule: code for code, rules in COMPARED.items() for rule in rules}
    return {
        (names[finding.rule], called(file), finding.function.logical_id)
        for file in sorted({file for file, _, _ in functions()})
        for finding in imagelint.lint(imagelint.load(file)).findings
        if finding.rule in names
    }


@pytest.mark.external
def test_what_cfn_lint_finds_is_what_imagelint_finds() -> None:
    them, us = theirs(), ours()
    assert {code for code, _, _ in them & us} == set(COMPARED)
    alone = {**dict.fromkeys(them - us, "cfn-lint"), **dict.fromkeys(us - them, "imagelint")}
    assert f"share {len(them & us)} of {len(them | us)} findings" in DOCUMENT.read_text(encoding="utf-8")
    assert alone == {place: who for place, (who, _) in DIFFERENCES.items()}


@pytest.mark.parametrize("reason", sorted({reason for _, reason in DIFFERENCES.values()}))
def test_every_reason_is_documented(reason: str) -> None:
    assert re.search(rf'^\| <a id="{reason}"></a>', DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
