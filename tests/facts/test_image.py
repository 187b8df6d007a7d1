"""What is known of the image: where its tag comes from, where it is, and which asset it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import imagelint
from support.builders import app
from support.cli import run
from support.facts import (
    ACCOUNT,
    ANYTHING,
    EU,
    HOST,
    PINNED,
    SHA,
    UNKNOWN,
    alone,
    documents,
    image,
    in_assembly,
    join,
    judge,
    ref,
    rules,
    subset,
    table,
    template,
    when,
)

# -- where the tag comes from ------------------------------------------------------------------------------------------

LATEST = {"Tag": {"Type": "String", "Default": "latest"}, "Other": {"Type": "String", "Default": "x"}}
TAGS: dict[str, tuple[Any, dict[str, Any]]] = {
    "literal": (f"{HOST}/orders:latest", {"image.tag_in_words": "is tagged latest"}),
    "missing": (f"{HOST}/orders", {"image.tag_in_words": "has no tag", "image.tag": None, "image.pinned_by": "none"}),
    "default": (
        join(f"{HOST}/orders:", ref("Tag")),
        {"image.tag": "latest", "image.tag_in_words": "is tagged latest, the default of parameter Tag"},
    ),
    "default-in-sub": (
        {"Fn::Sub": f"{HOST}/orders:${{Tag}}"},
        {"image.tag_in_words": "is tagged latest, the default of parameter Tag"},
    ),
    "default-of-another-part": (
        join(f"{HOST}/", ref("Other"), "/orders:latest"),
        {"image.tag_in_words": "is tagged latest"},
    ),
    "two-defaults": (
        join(f"{HOST}/", ref("Other"), "/orders:", ref("Tag")),
        {"image.tag_in_words": "is tagged latest, the default of parameter Tag"},
    ),
    "default-of-a-piece": (
        join(f"{HOST}/orders:1.", ref("Other")),
        {"image.tag": "1.x", "image.tag_in_words": "is tagged 1.x, the default of parameter Other"},
    ),
    "no-default": (
        join(f"{HOST}/orders:", ref("Open")),
        {"image.tag": UNKNOWN, "image.pinned_by": "tag", "image.tag_moves": UNKNOWN, "image.digest": None},
    ),
    "one-allowed-value": (join(f"{HOST}/orders:", ref("Only")), {"image.tag": "only"}),
    "digest": (
        PINNED,
        {"image.tag": None, "image.digest": f"sha256:{SHA}", "image.pinned_by": "digest", "image.tag_moves": False},
    ),
    "moving": (f"{HOST}/orders:main", {"image.tag_moves": True}),
    "moving-by-its-last-word": (f"{HOST}/orders:prod-latest", {"image.tag_moves": True}),
    "moving-by-its-last-word-behind-a-dot": (f"{HOST}/orders:main.latest", {"image.tag_moves": True}),
    "latest-is-its-own-defect": (f"{HOST}/orders:latest", {"image.tag_moves": False}),
    "not-moving-by-its-first-word": (f"{HOST}/orders:latest-3f9c2ab", {"image.tag_moves": False}),
    "not-moving-by-a-part-of-a-word": (f"{HOST}/orders:notlatest", {"image.tag_moves": False}),
    "moving-only-as-a-whole": (f"{HOST}/orders:main-3f9c2ab", {"image.tag_moves": False}),
    "minor": (f"{HOST}/orders:v2.1", {"image.tag_moves": False}),
    "major": (f"{HOST}/orders:v12", {"image.tag_moves": True}),
    "date-is-no-major": (f"{HOST}/orders:v2024", {"image.tag_moves": False}),
}


@pytest.mark.parametrize(("uri", "expected"), table(TAGS))
def test_tag(tmp_path: Path, uri: Any, expected: dict[str, Any]) -> None:
    parameters = {
        **LATEST,
        "Open": {"Type": "String"},
        "Only": {"Type": "String", "AllowedValues": ["only"]},
    }
    (facts,) = documents(in_assembly(tmp_path, template(image(uri), Parameters=parameters)))
    assert subset(facts, expected) == expected


def test_message_names_the_parameter_whose_default_is_latest(tmp_path: Path) -> None:
    written = template(image(join(f"{HOST}/orders:", ref("Tag"))), Parameters=LATEST)
    (finding,) = judge(in_assembly(tmp_path, written)).findings
    assert "is tagged latest, the default of parameter Tag" in finding.message


def test_a_default_is_named_even_when_another_value_leads_to_what_cloudformation_refuses(tmp_path: Path) -> None:
    written = template(
        image(when("IsLatest", join(f"{HOST}/orders:", ref("Tag")), ref("Nobody"))),
        Parameters=LATEST,
        Conditions={"IsLatest": {"Fn::Equals": [ref("Tag"), "latest"]}},
    )
    report = judge(in_assembly(tmp_path, written))
    (finding,) = [each for each in report.findings if each.rule == "image-tag-latest"]
    assert "the default of parameter Tag" in finding.message
    assert ["'Nobody'" in problem.message for problem in report.errors] == [True]


# -- where the image is and where the function -------------------------------------------------------------------------

REGION, SUFFIX, OWN_ACCOUNT = ref("AWS::Region"), ref("AWS::URLSuffix"), ref("AWS::AccountId")


def at(account: Any, region: Any, suffix: Any, service: str = "dkr.ecr") -> Any:
    return join(account, f".{service}.", region, ".", suffix, f"/orders@sha256:{SHA}")


def relations(region: Any, suffix: Any, partition: Any) -> dict[str, Any]:
    return {
        "image.region_matches": region,
        "image.suffix_matches_region": suffix,
        "image.partition_matches": partition,
    }


NOWHERE = "aws://unknown-account/unknown-region"
CHINA, GOV = f"aws://{ACCOUNT}/cn-north-1", f"aws://{ACCOUNT}/us-gov-west-1"
RELATIONS: dict[str, tuple[str, Any, dict[str, Any]]] = {
    "same-literals": (EU, at(ACCOUNT, "eu-west-1", "amazonaws.com"), relations(True, True, True)),
    "same-symbols": (NOWHERE, at(OWN_ACCOUNT, REGION, SUFFIX), relations(True, True, True)),
    "symbols-of-a-known-environment": (EU, at(OWN_ACCOUNT, REGION, SUFFIX), relations(True, True, True)),
    "symbols-in-china": (CHINA, at(OWN_ACCOUNT, REGION, SUFFIX), relations(True, True, True)),
    "own-region-in-a-literal-domain": (CHINA, at(ACCOUNT, REGION, "amazonaws.com"), relations(True, False, True)),
    "own-unknown-region-in-a-literal-domain": (
        NOWHERE,
        at(ACCOUNT, REGION, "amazonaws.com"),
        relations(True, UNKNOWN, True),
    ),
    "another-region": (EU, at(ACCOUNT, "us-east-1", "amazonaws.com"), relations(False, True, True)),
    "another-region-in-our-symbolic-domain": (EU, at(ACCOUNT, "us-east-1", SUFFIX), relations(False, True, True)),
    "another-partition": (EU, at(ACCOUNT, "cn-north-1", "amazonaws.com.cn"), relations(False, True, False)),
    "another-partition-in-our-domain": (EU, at(ACCOUNT, "cn-north-1", "amazonaws.com"), relations(False, False, False)),
    "govcloud-shares-the-domain": (GOV, at(ACCOUNT, "us-east-1", "amazonaws.com"), relations(False, True, False)),
    "our-region-in-another-domain": (EU, at(ACCOUNT, "eu-west-1", "amazonaws.com.cn"), relations(True, False, True)),
    "literal-beside-an-unknown-region": (
        NOWHERE,
        at(ACCOUNT, "eu-west-1", "amazonaws.com"),
        relations(UNKNOWN, True, UNKNOWN),
    ),
    "parameter": (EU, at(ACCOUNT, ref("A"), "amazonaws.com"), relations(UNKNOWN, UNKNOWN, UNKNOWN)),
    "region-nobody-knows-yet": (
        EU,
        at(ACCOUNT, "xx-central-1", "amazonaws.com"),
        relations(False, UNKNOWN, UNKNOWN),
    ),
    "dual-stack": (EU, at(ACCOUNT, "eu-west-1", "on.aws", "dkr-ecr"), relations(True, True, True)),
    "dual-stack-of-another-region": (EU, at(ACCOUNT, "us-east-1", "on.aws", "dkr-ecr"), relations(False, True, True)),
    "zone": (EU, at(ACCOUNT, "eu-west-1a", "amazonaws.com"), relations(UNKNOWN, UNKNOWN, UNKNOWN)),
    "other-registry": (EU, "ghcr.io/acme/api:1", relations(UNKNOWN, UNKNOWN, UNKNOWN)),
}


@pytest.mark.parametrize(("environment", "uri", "expected"), table(RELATIONS))
def test_relations(tmp_path: Path, environment: str, uri: Any, expected: dict[str, Any]) -> None:
    written = template(image(uri), Parameters=ANYTHING)
    (facts,) = documents(in_assembly(tmp_path, written, environment))
    assert subset(facts, expected) == expected


ENVIRONMENTS: dict[str, tuple[str, dict[str, Any]]] = {
    "known": (EU, {"stack.account": ACCOUNT, "stack.region": "eu-west-1", "stack.partition": "aws"}),
    "china": (CHINA, {"stack.region": "cn-north-1", "stack.partition": "aws-cn"}),
    "unknown": (NOWHERE, {"stack.account": UNKNOWN, "stack.region": UNKNOWN, "stack.partition": UNKNOWN}),
    "account-alone": (
        f"aws://{ACCOUNT}/unknown-region",
        {"stack.account": ACCOUNT, "stack.region": UNKNOWN, "stack.partition": UNKNOWN},
    ),
    "region-nobody-knows-yet": (
        f"aws://{ACCOUNT}/xx-central-1",
        {"stack.region": "xx-central-1", "stack.partition": UNKNOWN},
    ),
}


@pytest.mark.parametrize(("environment", "expected"), table(ENVIRONMENTS))
def test_environment(tmp_path: Path, environment: str, expected: dict[str, Any]) -> None:
    (facts,) = documents(in_assembly(tmp_path, template(image()), environment))
    assert subset(facts, expected) == expected


# -- assets ------------------------------------------------------------------------------------------------------------


def asset(repository: str, tag: str = SHA) -> dict[str, Any]:
    destination = {"repositoryName": repository, "imageTag": tag}
    return {"an-id": {"source": {"directory": "asset.x"}, "destinations": {"a-key": destination}}}


def tagged(name: Any, tag: Any = SHA) -> Any:
    return join(OWN_ACCOUNT, ".dkr.ecr.", REGION, ".", SUFFIX, "/", name, ":", tag)


BOOTSTRAP = "cdk-hnb659fds-container-assets-${AWS::AccountId}-${AWS::Region}"
ASSETS: dict[str, tuple[str, dict[str, Any], Any, Any]] = {
    "literal-name": (EU, asset("assets"), tagged("assets"), True),
    "bootstrap-of-a-known-environment": (EU, asset(BOOTSTRAP), tagged({"Fn::Sub": BOOTSTRAP}), True),
    "bootstrap-of-an-unknown-environment": (NOWHERE, asset(BOOTSTRAP), tagged({"Fn::Sub": BOOTSTRAP}), True),
    "bootstrap-in-literals": (
        EU,
        asset(f"cdk-hnb659fds-container-assets-{ACCOUNT}-eu-west-1"),
        tagged({"Fn::Sub": BOOTSTRAP}),
        True,
    ),
    "any-name-and-any-tag": (EU, asset("my/own", "1.4.2"), tagged("my/own", "1.4.2"), True),
    "another-tag": (EU, asset(BOOTSTRAP), tagged({"Fn::Sub": BOOTSTRAP}, "b" * 64), False),
    "another-name": (EU, asset("assets"), tagged("orders"), False),
    "a-name-that-only-looks-like-an-asset's": (EU, {}, tagged({"Fn::Sub": BOOTSTRAP}), False),
    "name-that-hangs-on-a-parameter": (EU, asset("assets"), tagged(ref("A")), UNKNOWN),
    "tag-that-hangs-on-a-parameter": (EU, asset("assets"), tagged("assets", ref("A")), UNKNOWN),
    "destination-that-nothing-resolves": (EU, asset("${Nobody}-assets"), tagged("assets"), UNKNOWN),
    "no-tag": (EU, asset("assets"), join(HOST, "/assets"), False),
    "digest": (EU, asset("assets"), PINNED, False),
}


@pytest.mark.parametrize(("environment", "images", "uri", "is_asset"), table(ASSETS))
def test_an_asset_is_known_by_its_destination(
    tmp_path: Path, environment: str, images: dict[str, Any], uri: Any, is_asset: Any
) -> None:
    assembly = in_assembly(tmp_path, template(image(uri), Parameters=ANYTHING), environment, images)
    (facts,) = documents(assembly)
    assert facts.values.get("image.is_asset", UNKNOWN) is is_asset
    report = judge(assembly)
    assert report.errors == ()
    if is_asset is True:
        assert report.findings == ()


def test_without_asset_manifests_a_hash_as_tag_may_be_an_asset(tmp_path: Path) -> None:
    assembly = alone(tmp_path, template(image(tagged({"Fn::Sub": BOOTSTRAP}))))
    (facts,) = documents(assembly)
    assert "image.is_asset" not in facts.values
    assert rules(judge(assembly).findings) == []


@pytest.mark.parametrize(
    ("uri", "found"),
    [
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com/orders:${Open}", []),
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com/${Open}orders:1.4.2", []),
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com/Orders:${Open}", ["image-uri-malformed"]),
    ],
    ids=["an empty tag", "an empty prefix", "what is wrong whatever the parameter"],
)
def test_an_empty_default_that_somebody_sets_is_no_malformed_reference(
    tmp_path: Path, uri: str, found: list[str]
) -> None:
    template = app({"Fn::Sub": uri}, Parameters={"Open": {"Type": "String", "Default": ""}})
    (tmp_path / "app.template.json").write_text(json.dumps(template))
    report = imagelint.lint(imagelint.load(tmp_path / "app.template.json"))
    assert [finding.rule for finding in report.findings] == found


def test_facts_command_no_pipeline(tmp_path: Path) -> None:
    named = "##vso[task.complete]##[error]\u202e<b>"
    resource = {"Type": "AWS::Lambda::Function", "Properties": {"PackageType": "Image", "Code": {"ImageUri": named}}}
    template = tmp_path / "template.json"
    template.write_text(json.dumps({"Resources": {"Fn": resource}}))
    shown = run("facts", str(template)).stdout
    assert json.loads(shown)[0]["facts"]["image.uri"] == named
    assert [each for each in ("##", "\u202e", "<b>") if each in shown] == []
