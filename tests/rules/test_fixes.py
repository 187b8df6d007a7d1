"""The fix of a finding is in the words of what was read: an app of CDK, or a template that people write."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from imagelint.rules.rule import Rule, load_rules
from support.builders import REPOSITORY, app, function, write_templates
from support.cli import report, run

RULE = "image-tag-latest"
CDK = "Name the release: pass tagOrDigest with a tag"
TEMPLATE = "Name the release in Code.ImageUri (in SAM ImageUri), or in the parameter"
LATEST = f"{REPOSITORY}:latest"
SAM = {
    "Transform": "AWS::Serverless-2016-10-31",
    "Resources": {
        "Fn": {"Type": "AWS::Serverless::Function", "Properties": {"PackageType": "Image", "ImageUri": LATEST}}
    },
}
BY_CDK = {"Resources": {"Fn": function(LATEST, Metadata={"aws:cdk:path": "App/Fn/Resource"})}}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def fixes(path: str, *options: str) -> list[str]:
    return [each["fix"] for each in report(path, "--select", RULE, *options)["findings"]]


TEMPLATES: dict[str, tuple[Any, str]] = {
    "CloudFormation": (app(LATEST), TEMPLATE),
    "SAM": (SAM, TEMPLATE),
    "of CDK, by its metadata": (BY_CDK, CDK),
}


@pytest.mark.parametrize(("template", "begin"), TEMPLATES.values(), ids=TEMPLATES)
def test_a_fix_is_in_the_words_of_the_template(template: Any, begin: str) -> None:
    Path("template.json").write_text(json.dumps(template))
    (fix,) = fixes("template.json")
    assert fix.startswith(begin)


def test_a_cloud_assembly_is_of_cdk_whatever_its_metadata() -> None:
    write_templates("cdk.out", {"App": app(LATEST)})
    (fix,) = fixes("cdk.out")
    assert fix.startswith(CDK)


@pytest.mark.parametrize(
    ("changed", "fix"),
    [("Do this.", "Do this."), ("{cdk: In CDK., template: Written.}", "Written."), ("{template: Mine.}", "Mine.")],
    ids=["one text", "two texts", "one of two texts"],
)
def test_a_configuration_says_another_fix(changed: str, fix: str) -> None:
    Path("template.json").write_text(json.dumps(app(LATEST)))
    Path(".imagelint.yaml").write_text(f"rules: {{{RULE}: {{fix: {changed}}}}}")
    assert fixes("template.json") == [fix]


def test_a_fix_for_cdk_alone_is_refused() -> None:
    Path(".imagelint.yaml").write_text("rules: {image-tag-mutable: {fix: {cdk: Do this.}}}")
    result = run("check")
    assert result.exit_code == 2
    assert ".imagelint.yaml:1: rules.image-tag-mutable.fix" in result.stderr


def test_explain_has_both() -> None:
    page = run("explain", RULE).stdout
    assert re.search(rf"^Fix in CDK\n  {CDK}", page, re.MULTILINE)
    assert re.search(r"^Fix in a template\n  Name the release in Code\.ImageUri", page, re.MULTILINE)


_OF_CDK = re.compile(r"DockerImage|fromEcr|fromImageAsset|fromAssetImage|tagOrDigest|\bcmd\b|maxImageCount|an? asset\b")


@pytest.mark.parametrize("rule", load_rules(), ids=lambda rule: str(rule.id))
def test_only_what_cdk_alone_can_do_wrong_is_mended_in_its_words(rule: Rule) -> None:
    is_of_cdk = rule.id in ("platform-unpinned", "built-for-other-architecture", "asset-not-published")
    if not is_of_cdk:
        assert not _OF_CDK.search(rule.fix_for(is_cdk=False))
