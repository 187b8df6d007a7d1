"""What cannot be known before deployment, and what holds in some scenarios only: no finding is a guess."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from imagelint.model import Outcome
from imagelint.rules.check import check
from imagelint.rules.rule import load_rules
from support.facts import (
    ACCOUNT,
    ANYTHING,
    HOST,
    NOTHING,
    PINNED,
    SAM,
    SHA,
    Template,
    documents,
    image,
    in_assembly,
    join,
    judge,
    ref,
    rules,
    sam_image,
    table,
    template,
    when,
)

OPEN: dict[str, tuple[Template]] = {
    "everything-is-a-parameter": (
        template(
            {"PackageType": ref("A"), "Code": {"ImageUri": ref("B")}, "ImageConfig": ref("C")}, Parameters=ANYTHING
        ),
    ),
    "uri": (template(image(ref("A")), Parameters=ANYTHING),),
    "tag": (template(image(join(f"{HOST}/orders:", ref("A"))), Parameters=ANYTHING),),
    "tag-ends-openly": (template(image(join(f"{HOST}/orders:latest", ref("A"))), Parameters=ANYTHING),),
    "tag-or-digest": (template(image(join(ref("A"), ":", ref("B"))), Parameters=ANYTHING),),
    "hash-behind-a-parameter": (template(image(join(ref("A"), f":{SHA}")), Parameters=ANYTHING),),
    "end": (template(image(join(f"{HOST}/", ref("A"))), Parameters=ANYTHING),),
    "account": (template(image(join(ref("A"), PINNED[12:])), Parameters=ANYTHING),),
    "region": (
        template(
            image(join(f"{ACCOUNT}.dkr.ecr.", ref("A"), f".amazonaws.com/orders@sha256:{SHA}")), Parameters=ANYTHING
        ),
    ),
    "domain": (
        template(image(join(f"{ACCOUNT}.dkr.ecr.eu-west-1.", ref("A"), f"/orders@sha256:{SHA}")), Parameters=ANYTHING),
    ),
    "region-and-domain-in-one": (
        template(image(join(f"{ACCOUNT}.dkr.ecr.", ref("A"), f".cn/orders@sha256:{SHA}")), Parameters=ANYTHING),
    ),
    "host": (template(image(join(ref("A"), f"/orders@sha256:{SHA}")), Parameters=ANYTHING),),
    "name": (template(image(join(f"{HOST}/", ref("A"), f"@sha256:{SHA}")), Parameters=ANYTHING),),
    "digest": (template(image(join(f"{HOST}/orders@", ref("A"))), Parameters=ANYTHING),),
    "imported": (template(image({"Fn::ImportValue": "elsewhere"})),),
    "dynamic": (template(image("{{resolve:ssm:/orders/image}}")),),
    "ssm": (
        template(
            image(ref("A")), Parameters={"A": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "orders"}}
        ),
    ),
    "custom-resource": (
        template(image({"Fn::GetAtt": ["Tag", "Uri"]}), Resources={"Tag": {"Type": "Custom::Tag", "Properties": {}}}),
    ),
    "macro-writes-the-code": (template({"PackageType": "Image", "Code": {"Fn::Transform": {"Name": "X"}}}),),
    "macro-writes-the-properties": (template({"Fn::Transform": {"Name": "X"}, "MemorySize": 128}),),
    "macro-adds-to-an-image": (template({**image(), "Fn::Transform": {"Name": "X"}}),),
    "macro-adds-to-a-sam-image": (template({**sam_image(), "Fn::Transform": {"Name": "X"}}, SAM),),
    "macro-writes-a-sam-function": (template({"PackageType": "Image", "Fn::Transform": {"Name": "X"}}, SAM),),
    "working-directory": (template({**image(), "ImageConfig": {"WorkingDirectory": ref("A")}}, Parameters=ANYTHING),),
    "entry-point": (
        template({**image(), "ImageConfig": {"EntryPoint": [ref("A")], "Command": ref("B")}}, Parameters=ANYTHING),
    ),
    "layers": (template({**image(), "Layers": ref("A")}, Parameters={"A": {"Type": "CommaDelimitedList"}}),),
}


@pytest.mark.parametrize("written", table(OPEN))
def test_what_cannot_be_known_is_never_a_finding(tmp_path: Path, written: Template) -> None:
    report = judge(in_assembly(tmp_path, written))
    assert rules(report.findings) == []
    assert report.unknown
    assert report.errors == ()


def test_what_cannot_be_known_is_a_finding_only_when_asked_for(tmp_path: Path) -> None:
    assembly = in_assembly(tmp_path, template(image(join(f"{HOST}/orders:", ref("A"))), Parameters=ANYTHING))
    report = judge(assembly, strict=True)
    assert rules(report.findings) == sorted(each.rule for each in report.unknown)
    assert "image-tag-latest" in rules(report.findings)


MANY = {f"C{i}": {"Fn::Equals": [ref(f"P{i}"), "x"]} for i in range(9)}
MANY_PARAMETERS = {f"P{i}": {"Type": "String"} for i in range(9)}
SPLIT = [when(f"C{i}", "", "") for i in range(8)]
"""Parts that change nothing, and of which the scenarios are more than are tried: C8 stays open in the last."""


def beyond_the_bound(**properties: Any) -> Template:
    """An image function whose package type alone has more scenarios than are tried."""
    package_type = join("Image", *SPLIT)
    return template({**image(), "PackageType": package_type, **properties}, Conditions=MANY, Parameters=MANY_PARAMETERS)


BEYOND: dict[str, tuple[dict[str, Any], str]] = {
    "runtime": ({"Runtime": when("C8", "python3.12", NOTHING)}, "runtime-on-image"),
    "handler": ({"Handler": when("C8", "a.b", NOTHING)}, "runtime-on-image"),
    "signing": ({"CodeSigningConfigArn": when("C8", "arn:x", NOTHING)}, "zip-only-feature-on-image"),
    "layer": ({"Layers": [when("C8", "arn:x", NOTHING)]}, "layers-on-image"),
    "key": (
        {"Code": {"ImageUri": PINNED, "SourceKMSKeyArn": when("C8", "arn:x", NOTHING)}},
        "zip-only-feature-on-image",
    ),
    "zip": ({"Code": {"ImageUri": PINNED, "ZipFile": when("C8", "x", NOTHING)}}, "image-uri-missing"),
    "uri": ({"Code": {"ImageUri": when("C8", NOTHING, PINNED)}}, "image-uri-missing"),
    "tag": ({"Code": {"ImageUri": join(f"{HOST}/orders:", when("C8", "latest", "1.4.2"))}}, "image-tag-latest"),
    "region": (
        {"Code": {"ImageUri": join(f"{ACCOUNT}.dkr.ecr.", when("C8", "us-east-1", "eu-west-1"), PINNED[30:])}},
        "image-region-mismatch",
    ),
    "image-config": ({"ImageConfig": {"WorkingDirectory": when("C8", "x", NOTHING)}}, "image-config-doubtful"),
}


@pytest.mark.parametrize(("properties", "rule"), table(BEYOND))
def test_past_the_bound_of_scenarios_what_is_open_is_unknown(
    tmp_path: Path, properties: dict[str, Any], rule: str
) -> None:
    """Where C8 was tried the rule judges; where too many scenarios left it open, the rule knows that it does not."""
    assembly = in_assembly(tmp_path, beyond_the_bound(**properties))
    (judging,) = [each for each in load_rules() if each.id == rule]
    outcomes: dict[bool | None, set[Outcome]] = {True: set(), False: set(), None: set()}
    for facts in documents(assembly):
        outcomes[facts.conditions.get("C8")].add(check(judging, facts.values).outcome)
    assert outcomes == {True: {Outcome.FAIL}, False: {Outcome.PASS}, None: {Outcome.UNKNOWN}}


CHOICE = {"UseImage": {"Fn::Equals": [ref("Mode"), "image"]}}
MODE = {"Mode": {"Type": "String"}}
SCENARIOS: dict[str, tuple[dict[str, Any], list[tuple[str, str | None]]]] = {
    "both-follow-one-condition": (
        {
            "PackageType": when("UseImage", "Image", "Zip"),
            "Code": when("UseImage", {"ImageUri": PINNED}, {"ZipFile": "x"}),
            "Runtime": when("UseImage", NOTHING, "python3.12"),
        },
        [],
    ),
    "package-type-is-forgotten": (
        {"PackageType": "Image", "Code": when("UseImage", {"ImageUri": PINNED}, {"ZipFile": "x"})},
        [("image-uri-missing", "UseImage is false")],
    ),
    "runtime-is-forgotten": (
        {
            "PackageType": when("UseImage", "Image", NOTHING),
            "Code": when("UseImage", {"ImageUri": PINNED}, {"ZipFile": "x"}),
            "Runtime": "python3.12",
        },
        [("runtime-on-image", "UseImage is true")],
    ),
    "tag": (
        image(join(f"{HOST}/orders:", when("UseImage", "1.4.2", "latest"))),
        [("image-tag-latest", "UseImage is false")],
    ),
    "always": (image(join(f"{HOST}/", when("UseImage", "a", "b"), "/c:latest")), [("image-tag-latest", None)]),
}


@pytest.mark.parametrize(("properties", "expected"), table(SCENARIOS))
def test_a_finding_says_under_which_condition_it_holds(
    tmp_path: Path, properties: dict[str, Any], expected: list[tuple[str, str | None]]
) -> None:
    report = judge(in_assembly(tmp_path, template(properties, Conditions=CHOICE, Parameters=MODE)), ignore=("info",))
    assert [(finding.rule, finding.when) for finding in report.findings] == expected
