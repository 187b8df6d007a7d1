"""What is known of a function, shape by shape, and which rules that makes fire: one finding a defect, none a guess."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import imagelint
from imagelint import Config, Finding
from imagelint.assembly.functions import functions_of
from imagelint.facts.draft import Facts
from imagelint.facts.facts import facts_of
from imagelint.facts.index import ResourceIndex
from imagelint.model import Outcome, Report
from imagelint.rules.check import check
from imagelint.rules.rule import load_rules
from support.builders import app, image_properties, manifest, stack_of
from support.cli import run

ACCOUNT = "123456789012"
SHA = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
HOST = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com"
PINNED = f"{HOST}/orders@sha256:{SHA}"
EU = f"aws://{ACCOUNT}/eu-west-1"
LAMBDA, SAM = "AWS::Lambda::Function", "AWS::Serverless::Function"
UNKNOWN = object()
"""In an expected fact: it cannot be known, so the document has no such key."""

JUDGED = (
    "package-type-not-image",
    "image-uri-missing",
    "image-config-on-zip",
    "image-config-doubtful",
    "from-image-sentinel",
    "runtime-on-image",
    "layers-on-image",
    "zip-only-feature-on-image",
    "image-tag-latest",
    "image-tag-mutable",
    "image-not-pinned",
    "image-registry-unsupported",
    "image-uri-malformed",
    "image-uri-unresolved",
    "image-region-mismatch",
    "image-partition-mismatch",
    "image-endpoint-unverified",
)
"""The rules of the function, the tag and the reference: what these tables give does not hang on the others."""

Template = dict[str, Any]


def ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def join(*parts: Any) -> dict[str, Any]:
    return {"Fn::Join": ["", list(parts)]}


def when(condition: str, yes: Any, no: Any) -> dict[str, Any]:
    return {"Fn::If": [condition, yes, no]}


NOTHING = ref("AWS::NoValue")


def template(properties: dict[str, Any], kind: str = LAMBDA, **sections: Any) -> Template:
    """A template of one function `Fn`; further sections, and resource attributes under `resource`, by keyword."""
    resource = {"Type": kind, "Properties": properties, **sections.pop("resource", {})}
    transform = {"Transform": "AWS::Serverless-2016-10-31"} if kind == SAM else {}
    return {**transform, **sections, "Resources": {"Fn": resource, **sections.pop("Resources", {})}}


def image(uri: Any = PINNED, **properties: Any) -> dict[str, Any]:
    return image_properties(uri, **properties)


def sam_image(uri: Any = PINNED, **properties: Any) -> dict[str, Any]:
    return {"PackageType": "Image", "ImageUri": uri, **properties}


def in_assembly(
    folder: Path, template: Template, environment: str = EU, images: dict[str, Any] | None = None
) -> imagelint.Assembly:
    """The assembly of one stack `App` that publishes some images."""
    artifacts = {
        "App": stack_of("App.template.json", environment=environment, dependencies=["App.assets"]),
        "App.assets": {"type": "cdk:asset-manifest", "properties": {"file": "App.assets.json"}},
    }
    files = {
        "manifest.json": manifest(artifacts),
        "App.template.json": template,
        "App.assets.json": {"version": "36.0.0", "files": {}, "dockerImages": images or {}},
    }
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content), encoding="utf-8")
    return imagelint.load(folder)


def alone(folder: Path, template: Template) -> imagelint.Assembly:
    """The template without an assembly: neither account nor region are known."""
    file = folder / "template.json"
    file.write_text(json.dumps(template), encoding="utf-8")
    return imagelint.load(file)


def documents(assembly: imagelint.Assembly) -> list[Facts]:
    """The facts of the function `Fn`, one document a scenario."""
    index = ResourceIndex(assembly, date(2026, 7, 1), Config().minimum_cdk_version, "x86_64")
    (function,) = [each for stack in assembly.stacks for each in functions_of(stack) if each.logical_id == "Fn"]
    return list(facts_of(function, index))


def subset(facts: Facts, expected: dict[str, Any]) -> dict[str, Any]:
    return {name: facts.values.get(name, UNKNOWN) for name in expected}


def judge(assembly: imagelint.Assembly, **settings: Any) -> Report:
    return imagelint.lint(assembly, config=Config(select=JUDGED, **settings))


def rules(findings: tuple[Finding, ...]) -> list[str]:
    return sorted(finding.rule for finding in findings)


def table(cases: dict[str, tuple[Any, ...]]) -> list[Any]:
    return [pytest.param(*case, id=name) for name, case in cases.items()]


# -- the code -----------------------------------------------------------------------------------------------------

CODES: dict[str, tuple[Template, dict[str, Any]]] = {
    "image": (template({"Code": {"ImageUri": PINNED}}), {"function.code": "image", "image.uri": PINNED}),
    "s3": (template({"Code": {"S3Bucket": "b", "S3Key": "k"}}), {"function.code": "zip", "image.uri": UNKNOWN}),
    "s3-version": (template({"Code": {"S3ObjectVersion": "v"}}), {"function.code": "zip"}),
    "inline": (template({"Code": {"ZipFile": "x = 1"}}), {"function.code": "zip"}),
    "both": (template({"Code": {"ImageUri": PINNED, "ZipFile": "x"}}), {"function.code": "both", "image.uri": PINNED}),
    "no-code": (template({}), {"function.code": "none", "function.code_in_words": "there is no code"}),
    "empty-code": (template({"Code": {}}), {"function.code": "none", "function.code_in_words": "there is no code"}),
    "key-alone": (
        template({"Code": {"SourceKMSKeyArn": "k"}}),
        {"function.code": "none", "function.source_kms_key": True},
    ),
    "empty-uri": (
        template({"Code": {"ImageUri": ""}}),
        {"function.code": "none", "function.code_in_words": "ImageUri is an empty string", "image.uri": UNKNOWN},
    ),
    "uri-taken-away": (template({"Code": {"ImageUri": NOTHING}}), {"function.code": "none"}),
    "code-taken-away": (template({"Code": NOTHING}), {"function.code": "none"}),
    "zip-taken-away": (template({"Code": {"ImageUri": PINNED, "ZipFile": NOTHING}}), {"function.code": "image"}),
    "uri-under-properties": (
        template({"PackageType": "Image", "ImageUri": PINNED}),
        {
            "function.code": "none",
            "function.code_in_words": "ImageUri stands directly under Properties, where nothing reads it",
        },
    ),
    "uri-is-a-parameter": (
        template({"Code": {"ImageUri": ref("Uri")}}, Parameters={"Uri": {"Type": "String"}}),
        {"function.code": "image", "image.uri": UNKNOWN, "image.tag": UNKNOWN, "image.malformed": UNKNOWN},
    ),
    "uri-is-an-empty-default": (
        template({"Code": {"ImageUri": ref("Uri")}}, Parameters={"Uri": {"Type": "String", "Default": ""}}),
        {"function.code": "image", "image.uri": UNKNOWN, "image.unresolved": UNKNOWN},
    ),
    "uri-is-an-ssm-parameter": (
        template(
            {"Code": {"ImageUri": ref("Uri")}},
            Parameters={"Uri": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/orders:latest"}},
        ),
        {"function.code": "image", "image.uri": UNKNOWN, "image.tag": UNKNOWN},
    ),
    "uri-is-dynamic": (
        template({"Code": {"ImageUri": "{{resolve:ssm:/orders/image}}"}}),
        {"function.code": "image", "image.uri": UNKNOWN, "image.registry": UNKNOWN},
    ),
    "uri-is-imported": (
        template({"Code": {"ImageUri": {"Fn::ImportValue": "elsewhere"}}}),
        {"function.code": "image", "image.uri": UNKNOWN},
    ),
    "code-is-a-macro's": (
        template({"Code": {"Fn::Transform": {"Name": "Code"}}}),
        {"function.code": UNKNOWN, "function.is_image": UNKNOWN, "function.build_pending": False},
    ),
    "properties-are-a-macro's": (
        template({"Fn::Transform": {"Name": "Properties"}, "MemorySize": 128}),
        {
            "function.code": UNKNOWN,
            "function.package_type": UNKNOWN,
            "function.is_image": UNKNOWN,
            "function.runtime": UNKNOWN,
            "function.runtime_set": UNKNOWN,
            "function.handler_set": UNKNOWN,
            "function.code_signing": UNKNOWN,
            "function.layers": UNKNOWN,
            "function.image_config": UNKNOWN,
        },
    ),
    "code-is-a-list": (template({"Code": [PINNED]}), {"function.code": UNKNOWN, "image.uri": UNKNOWN}),
    "uri-is-an-object": (template({"Code": {"ImageUri": {"a": 1}}}), {"function.code": "image", "image.uri": UNKNOWN}),
}


@pytest.mark.parametrize(("written", "expected"), table(CODES))
def test_code(tmp_path: Path, written: Template, expected: dict[str, Any]) -> None:
    (facts,) = documents(alone(tmp_path, written))
    assert subset(facts, expected) == expected


PURPOSES: dict[str, tuple[dict[str, Any], Any]] = {
    "image-and-image": (image(), True),
    "image-and-nothing": ({"PackageType": "Image"}, True),
    "image-and-both": (image() | {"Code": {"ImageUri": PINNED, "ZipFile": "x"}}, True),
    "image-and-zip": ({"PackageType": "Image", "Code": {"ZipFile": "x"}}, False),
    "image-and-unknown-code": ({"PackageType": "Image", "Code": {"Fn::Transform": {"Name": "X"}}}, True),
    "absent-and-image": ({"Code": {"ImageUri": PINNED}}, True),
    "absent-and-image-with-runtime": ({"Code": {"ImageUri": PINNED}, "Runtime": "python3.12"}, False),
    "absent-and-image-with-handler": ({"Code": {"ImageUri": PINNED}, "Handler": "a.b"}, False),
    "absent-and-image-with-sentinels": (
        {"Code": {"ImageUri": PINNED}, "Runtime": "FROM_IMAGE", "Handler": "FROM_IMAGE"},
        True,
    ),
    "absent-and-zip": ({"Code": {"ZipFile": "x"}}, False),
    "absent-and-nothing": ({}, False),
    "zip-and-image": ({"PackageType": "Zip", "Code": {"ImageUri": PINNED}}, False),
    "wrong-case-and-image": ({"PackageType": "image", "Code": {"ImageUri": PINNED}}, True),
    "wrong-case-and-zip": ({"PackageType": "IMAGE", "Code": {"ZipFile": "x"}}, False),
    "no-package-type-and-image": ({"PackageType": "Container", "Code": {"ImageUri": PINNED}}, False),
    "unknown-and-image": ({"PackageType": ref("Kind"), "Code": {"ImageUri": PINNED}}, True),
    "unknown-and-zip": ({"PackageType": ref("Kind"), "Code": {"ZipFile": "x"}}, UNKNOWN),
}


@pytest.mark.parametrize(("properties", "is_image"), table(PURPOSES))
def test_whether_an_image_is_meant(tmp_path: Path, properties: dict[str, Any], is_image: bool) -> None:
    (facts,) = documents(alone(tmp_path, template(properties, Parameters={"Kind": {"Type": "String"}})))
    assert facts.values.get("function.is_image", UNKNOWN) is is_image


@pytest.mark.parametrize("written", ["image", "IMAGE", "Container"])
def test_a_package_type_that_is_none(tmp_path: Path, written: str) -> None:
    report = judge(alone(tmp_path, template(image() | {"PackageType": written})))
    assert [(each.code, each.message) for each in report.findings] == [
        (
            "E9701",
            f"PackageType is {written}, which is no package type; CloudFormation takes Image and Zip, written so, and "
            "refuses the function",
        )
    ]


PACKAGE_TYPES: dict[str, dict[str, Any]] = {
    "absent": {},
    "zip": {"PackageType": "Zip"},
    "image": {"PackageType": "Image"},
    "unknown": {"PackageType": ref("Kind")},
}
CODE: dict[str, dict[str, Any]] = {
    "image": {"Code": {"ImageUri": PINNED}},
    "zip": {"Code": {"S3Bucket": "b", "S3Key": "k"}},
    "both": {"Code": {"ImageUri": PINNED, "S3Bucket": "b", "S3Key": "k"}},
    "none": {},
    "unknown": {"Code": {"Fn::Transform": {"Name": "Code"}}},
}
RUNTIMES: dict[str, dict[str, Any]] = {
    "neither": {},
    "runtime": {"Runtime": "python3.12", "Handler": "app.handler"},
    "sentinel": {"Runtime": "FROM_IMAGE", "Handler": "FROM_IMAGE"},
}
NOT_IMAGE, MISSING, RUNTIME = "package-type-not-image", "image-uri-missing", "runtime-on-image"
# Per package type and code: the findings beside neither, beside Runtime and Handler, and beside the sentinels, where
# from-image-sentinel is added to them.
MATRIX: dict[tuple[str, str], tuple[list[str], list[str], list[str]]] = {
    ("absent", "image"): ([NOT_IMAGE], [NOT_IMAGE], [NOT_IMAGE]),
    ("absent", "zip"): ([], [], []),
    ("absent", "both"): ([NOT_IMAGE], [NOT_IMAGE], [NOT_IMAGE]),
    ("absent", "none"): ([], [], []),
    ("absent", "unknown"): ([], [], []),
    ("zip", "image"): ([NOT_IMAGE], [NOT_IMAGE], [NOT_IMAGE]),
    ("zip", "zip"): ([], [], []),
    ("zip", "both"): ([NOT_IMAGE], [NOT_IMAGE], [NOT_IMAGE]),
    ("zip", "none"): ([], [], []),
    ("zip", "unknown"): ([], [], []),
    ("image", "image"): ([], [RUNTIME], []),
    ("image", "zip"): ([MISSING], [MISSING], [MISSING]),
    ("image", "both"): ([MISSING], [MISSING, RUNTIME], [MISSING]),
    ("image", "none"): ([MISSING], [MISSING, RUNTIME], [MISSING]),
    ("image", "unknown"): ([], [RUNTIME], []),
    ("unknown", "image"): ([], [RUNTIME], []),
    ("unknown", "zip"): ([], [], []),
    ("unknown", "both"): ([], [], []),
    ("unknown", "none"): ([], [], []),
    ("unknown", "unknown"): ([], [], []),
}


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("code", CODE)
@pytest.mark.parametrize("package_type", PACKAGE_TYPES)
def test_package_type_by_code_by_runtime(tmp_path: Path, package_type: str, code: str, runtime: str) -> None:
    properties = {**PACKAGE_TYPES[package_type], **CODE[code], **RUNTIMES[runtime]}
    report = judge(in_assembly(tmp_path, template(properties, Parameters={"Kind": {"Type": "String"}})))
    expected = MATRIX[package_type, code][list(RUNTIMES).index(runtime)]
    assert rules(report.findings) == sorted(expected + ["from-image-sentinel"] * (runtime == "sentinel"))
    assert report.errors == ()


# -- one defect, one finding --------------------------------------------------------------------------------------

GCR = "ghcr.io/acme/api"
REFERENCES: dict[str, tuple[Any, list[str]]] = {
    "digest": (PINNED, []),
    "tag": (f"{HOST}/orders:1.4.2", ["image-not-pinned"]),
    "latest": (f"{HOST}/orders:latest", ["image-tag-latest"]),
    "no-tag": (f"{HOST}/orders", ["image-tag-latest"]),
    "moving-tag": (f"{HOST}/orders:prod", ["image-tag-mutable"]),
    "major-version": (f"{HOST}/orders:v1", ["image-tag-mutable"]),
    "full-version": (f"{HOST}/orders:v1.2", ["image-not-pinned"]),
    "docker-hub": ("python:3.12", ["image-registry-unsupported"]),
    "docker-hub-latest": ("acme/api:latest", ["image-registry-unsupported"]),
    "docker-hub-without-tag": ("docker.io/acme/api", ["image-registry-unsupported"]),
    "ghcr-moving-tag": (f"{GCR}:prod", ["image-registry-unsupported"]),
    "ghcr-digest": (f"{GCR}@sha256:{SHA}", ["image-registry-unsupported"]),
    "public-ecr-latest": ("public.ecr.aws/lambda/python:latest", ["image-registry-unsupported"]),
    "port": ("registry.example.com:5000/api", ["image-registry-unsupported"]),
    "fips-of-another-region": (
        f"{ACCOUNT}.dkr.ecr-fips.us-east-1.amazonaws.com/orders:latest",
        ["image-registry-unsupported"],
    ),
    "name-alone": ("orders", ["image-uri-malformed"]),
    "scheme": (f"https://{PINNED}", ["image-uri-malformed"]),
    "scheme-without-tag": (f"https://{HOST}/orders", ["image-uri-malformed"]),
    "white-space": (f"{PINNED} ", ["image-uri-malformed"]),
    "arn": (f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/orders", ["image-uri-malformed"]),
    "registry-alone": (HOST, ["image-uri-malformed"]),
    "registry-and-slash": (f"{HOST}/", ["image-uri-malformed"]),
    "slash-first": ("/orders:1.4.2", ["image-uri-malformed"]),
    "account-of-11": (PINNED[1:], ["image-uri-malformed"]),
    "account-missing": (PINNED[len(ACCOUNT) :], ["image-uri-malformed"]),
    "region-is-a-zone": (PINNED.replace("eu-west-1", "us-east-1a"), ["image-uri-malformed"]),
    "domain-misspelt": (PINNED.replace("amazonaws.com", "amazonaws.org"), ["image-uri-malformed"]),
    "upper-case-name": (PINNED.replace("orders", "Orders"), ["image-uri-malformed"]),
    "empty-tag": (f"{HOST}/orders:", ["image-uri-malformed"]),
    "tag-with-plus": (f"{HOST}/orders:1.4.2+7", ["image-uri-malformed"]),
    "glued-digest": (PINNED.replace("@", ":"), ["image-uri-malformed"]),
    "tag-and-digest": (PINNED.replace("@", ":latest@"), ["image-uri-malformed"]),
    "short-digest": (PINNED[:-1], ["image-uri-malformed"]),
    "token": ("${Token[TOKEN.12]}", ["image-uri-unresolved"]),
    "token-as-account": (PINNED.replace(ACCOUNT, "${Token[AWS.AccountId.3]}"), ["image-uri-unresolved"]),
    "token-as-tag": (f"{HOST}/orders:${{Token[TOKEN.12]}}", ["image-uri-unresolved"]),
    "token-as-name": (f"{HOST}/${{Token[TOKEN.12]}}", ["image-uri-unresolved"]),
    "pseudo-parameters": (
        f"${{AWS::AccountId}}.dkr.ecr.${{AWS::Region}}.amazonaws.com/orders@sha256:{SHA}",
        ["image-uri-unresolved"],
    ),
    "undefined": ("undefined", ["image-uri-unresolved"]),
    "undefined-as-tag": (f"{HOST}/orders:undefined", ["image-uri-unresolved"]),
    "object": (f"{HOST}/[object Object]", ["image-uri-unresolved"]),
    "placeholder": (f"<account>.dkr.ecr.eu-west-1.amazonaws.com/Orders@sha256:{SHA}", ["image-uri-unresolved"]),
    "placeholder-elsewhere": ("acme/<repo>:latest", ["image-uri-unresolved"]),
    "another-region": (PINNED.replace("eu-west-1", "us-east-1"), ["image-region-mismatch"]),
    "another-partition": (
        PINNED.replace("eu-west-1.amazonaws.com", "cn-north-1.amazonaws.com.cn"),
        ["image-partition-mismatch"],
    ),
    "another-partition-in-our-domain": (PINNED.replace("eu-west-1", "cn-north-1"), ["image-partition-mismatch"]),
    "our-region-in-another-domain": (PINNED.replace(".com/", ".com.cn/"), ["image-partition-mismatch"]),
    "dual-stack": (
        PINNED.replace("dkr.ecr", "dkr-ecr").replace("amazonaws.com", "on.aws"),
        ["image-endpoint-unverified"],
    ),
    "dual-stack-of-another-region": (
        f"{ACCOUNT}.dkr-ecr.us-east-1.on.aws/orders@sha256:{SHA}",
        ["image-endpoint-unverified", "image-region-mismatch"],
    ),
    "two-defects": (
        f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/orders:latest",
        ["image-region-mismatch", "image-tag-latest"],
    ),
}


@pytest.mark.parametrize(("uri", "expected"), table(REFERENCES))
def test_one_defect_of_a_reference_is_one_finding(tmp_path: Path, uri: Any, expected: list[str]) -> None:
    report = judge(in_assembly(tmp_path, template(image(uri))))
    assert rules(report.findings) == expected


PROPERTIES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "runtime": ({"Runtime": "python3.12"}, ["runtime-on-image"]),
    "runtime-and-handler": ({"Runtime": "python3.12", "Handler": "a.b"}, ["runtime-on-image"]),
    "runtime-unknown": ({"Runtime": ref("Any")}, ["runtime-on-image"]),
    "runtime-taken-away": ({"Runtime": NOTHING, "Handler": NOTHING}, []),
    "sentinel-and-handler": (
        {"Runtime": "FROM_IMAGE", "Handler": "a.b"},
        ["from-image-sentinel", "runtime-on-image"],
    ),
    "signing": ({"CodeSigningConfigArn": "arn:x"}, ["zip-only-feature-on-image"]),
    "signing-unknown": ({"CodeSigningConfigArn": ref("Any")}, ["zip-only-feature-on-image"]),
    "signing-taken-away": ({"CodeSigningConfigArn": NOTHING}, []),
    "key": ({"Code": {"ImageUri": PINNED, "SourceKMSKeyArn": "arn:x"}}, ["zip-only-feature-on-image"]),
    "key-of-the-image": ({"KmsKeyArn": "arn:x"}, []),
    "layer": ({"Layers": ["arn:aws:lambda:eu-west-1:123456789012:layer:x:1"]}, ["layers-on-image"]),
    "layer-unknown": ({"Layers": [ref("Any")]}, ["layers-on-image"]),
    "layers-empty": ({"Layers": []}, []),
    "layers-taken-away": ({"Layers": [NOTHING]}, []),
    "image-config": ({"ImageConfig": {"Command": ["app.handler"]}}, []),
    "image-config-doubtful": ({"ImageConfig": {"EntryPoint": ["app.handler", ""]}}, ["image-config-doubtful"]),
    "image-config-on-zip": (
        {"PackageType": "Zip", "Code": {"ZipFile": "x"}, "ImageConfig": {"Command": ["a"]}},
        ["image-config-on-zip"],
    ),
    "image-config-beside-a-stray-image": (
        {"PackageType": "Zip", "ImageConfig": {"Command": ["a"]}},
        ["package-type-not-image"],
    ),
    "image-config-beside-a-stray-package-type": (
        {"Code": {"ZipFile": "x"}, "ImageConfig": {"Command": ["a"], "WorkingDirectory": "x"}},
        ["image-uri-missing"],
    ),
    "everything-of-zip-beside-a-stray-package-type": (
        {"Code": {"ZipFile": "x"}, "Runtime": "python3.12", "Layers": ["x"], "CodeSigningConfigArn": "y"},
        ["image-uri-missing"],
    ),
    "everything-of-zip-beside-a-stray-image": (
        {"PackageType": NOTHING, "Runtime": "python3.12", "Layers": ["x"], "CodeSigningConfigArn": "y"},
        ["package-type-not-image"],
    ),
}


@pytest.mark.parametrize(("properties", "expected"), table(PROPERTIES))
def test_one_defect_of_a_function_is_one_finding(
    tmp_path: Path, properties: dict[str, Any], expected: list[str]
) -> None:
    written = template({**image(), **properties}, Parameters={"Any": {"Type": "String"}})
    assert rules(judge(in_assembly(tmp_path, written)).findings) == expected


# -- what cannot be known -----------------------------------------------------------------------------------------

ANYTHING = {name: {"Type": "String"} for name in ("A", "B", "C")}
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


# -- SAM ----------------------------------------------------------------------------------------------------------


def with_globals(own: dict[str, Any], given: dict[str, Any], **resource: Any) -> Template:
    return template(own, SAM, resource=resource, Globals={"Function": given})


BUILT = {"Dockerfile": "Dockerfile", "DockerContext": "./app"}
SAM_RULES: dict[str, tuple[Template, list[str]]] = {
    "right": (template(sam_image(), SAM), []),
    "globals-runtime": (with_globals(sam_image(), {"Runtime": "python3.12"}), ["runtime-on-image"]),
    "globals-runtime-ignored": (
        with_globals(sam_image(), {"Runtime": "python3.12", "Handler": "a.b"}, IgnoreGlobals=["Runtime", "Handler"]),
        [],
    ),
    "globals-one-of-two-ignored": (
        with_globals(sam_image(), {"Runtime": "python3.12", "Handler": "a.b"}, IgnoreGlobals=["Runtime"]),
        ["runtime-on-image"],
    ),
    "globals-all-ignored": (with_globals(sam_image(), {"Runtime": "python3.12"}, IgnoreGlobals="*"), []),
    "globals-others-ignored": (
        with_globals(sam_image(), {"Runtime": "python3.12"}, IgnoreGlobals=["Timeout"]),
        ["runtime-on-image"],
    ),
    "globals-package-type": (with_globals({"ImageUri": PINNED}, {"PackageType": "Image"}), []),
    "globals-package-type-ignored": (
        with_globals({"ImageUri": PINNED}, {"PackageType": "Image"}, IgnoreGlobals=["PackageType"]),
        ["package-type-not-image"],
    ),
    "globals-lose-to-its-own": (with_globals(sam_image(), {"PackageType": "Zip"}), []),
    "globals-tag": (
        with_globals({"PackageType": "Image"}, {"ImageUri": f"{HOST}/orders:latest"}),
        ["image-tag-latest"],
    ),
    "globals-of-apis": (template(sam_image(), SAM, Globals={"Api": {"Runtime": "x"}}), []),
    "globals-layer": (with_globals(sam_image(), {"Layers": ["arn:x"]}), ["layers-on-image"]),
    "globals-do-not-reach-plain-functions": (
        {**template(image(), Globals={"Function": {"Runtime": "x"}}), "Transform": "AWS::Serverless-2016-10-31"},
        [],
    ),
    "unbuilt": (template({"PackageType": "Image"}, SAM, resource={"Metadata": BUILT}), []),
    "unbuilt-zip": (template({"Handler": "a.b"}, SAM, resource={"Metadata": {"BuildMethod": "esbuild"}}), []),
    "nothing-to-build": (template({"PackageType": "Image"}, SAM), ["image-uri-missing"]),
    "other-metadata": (
        template({"PackageType": "Image"}, SAM, resource={"Metadata": {"Owner": "us"}}),
        ["image-uri-missing"],
    ),
    # `sam build` makes the images of AWS::Lambda::Function too (sam-cli, SamFunctionProvider).
    "plain-function-is-built": (template({"PackageType": "Image"}, resource={"Metadata": BUILT}), []),
    "plain-function-without-build": (template({"PackageType": "Image"}), ["image-uri-missing"]),
    "local-image": (template(sam_image("app:latest"), SAM), []),
    "local-image-without-tag": (template(sam_image("app"), SAM), []),
    "local-archive": (template(sam_image("build/image.tar.gz"), SAM), []),
    "local-path": (template(sam_image("./image"), SAM), []),
    "empty": (template(sam_image(""), SAM), []),
    "local-image-of-a-plain-function": (template(image("app:latest")), ["image-registry-unsupported"]),
    "docker-hub": (template(sam_image("acme/api:1"), SAM), ["image-registry-unsupported"]),
    "ghcr": (template(sam_image(f"{GCR}:1"), SAM), ["image-registry-unsupported"]),
    "built-and-packaged": (template(sam_image(), SAM, resource={"Metadata": BUILT}), []),
    "packaged-as-latest": (
        template(sam_image(f"{HOST}/orders:latest"), SAM, resource={"Metadata": BUILT}),
        ["image-tag-latest"],
    ),
    "malformed": (template(sam_image(f"https://{PINNED}"), SAM), ["image-uri-malformed"]),
    "code-uri-beside-image-uri": (template(sam_image(CodeUri="./app"), SAM), []),
    "code-uri-beside-image-uri-on-zip": (
        template({"ImageUri": PINNED, "CodeUri": "./app"}, SAM),
        ["package-type-not-image"],
    ),
    "code-uri-alone": (template({"PackageType": "Image", "CodeUri": "./app"}, SAM), ["image-uri-missing"]),
    "zip": (template({"CodeUri": "./app", "Runtime": "python3.12", "Handler": "a.b"}, SAM), []),
    "inline": (template({"InlineCode": "x", "Runtime": "python3.12", "Handler": "a.b"}, SAM), []),
    "key": (template(sam_image(SourceKMSKeyArn="arn:x"), SAM), ["zip-only-feature-on-image"]),
    "image-config": (
        template(sam_image(ImageConfig={"EntryPoint": ["app.handler"]}), SAM),
        ["image-config-doubtful"],
    ),
}


@pytest.mark.parametrize(("written", "expected"), table(SAM_RULES))
def test_sam(tmp_path: Path, written: Template, expected: list[str]) -> None:
    report = judge(in_assembly(tmp_path, written))
    assert rules(report.findings) == expected
    assert report.errors == ()


SAM_FACTS: dict[str, tuple[Template, dict[str, Any]]] = {
    "layers-are-joined": (with_globals(sam_image(Layers=["arn:a"]), {"Layers": ["arn:b"]}), {"function.layers": 2}),
    "layers-of-one-unknown-list": (
        {
            **with_globals(sam_image(Layers=ref("A")), {"Layers": ["arn:b"]}),
            "Parameters": {"A": {"Type": "List<String>"}},
        },
        {"function.layers": UNKNOWN},
    ),
    "unbuilt": (
        template({"PackageType": "Image"}, SAM, resource={"Metadata": BUILT}),
        {"function.build_pending": True, "function.code": "none", "function.is_image": True, "image.uri": UNKNOWN},
    ),
    "local-image": (
        template(sam_image("app:latest"), SAM),
        {"function.build_pending": True, "function.code": "image", "image.tag": UNKNOWN},
    ),
    "packaged": (template(sam_image(), SAM), {"function.build_pending": False, "image.uri": PINNED}),
    "code-uri-is-ignored": (template(sam_image(CodeUri="./app"), SAM), {"function.code": "image"}),
    "code-uri-is-not": (template({"ImageUri": PINNED, "CodeUri": "./app"}, SAM), {"function.code": "both"}),
    "key": (template(sam_image(SourceKMSKeyArn="arn:x"), SAM), {"function.source_kms_key": True}),
    "no-key": (template(sam_image(), SAM), {"function.source_kms_key": False}),
    "macro": (
        template({"Fn::Transform": {"Name": "X"}, "Timeout": 3}, SAM),
        {"function.code": UNKNOWN, "function.source_kms_key": UNKNOWN, "function.is_image": UNKNOWN},
    ),
}


@pytest.mark.parametrize(("written", "expected"), table(SAM_FACTS))
def test_facts_of_sam(tmp_path: Path, written: Template, expected: dict[str, Any]) -> None:
    (facts,) = documents(alone(tmp_path, written))
    assert subset(facts, expected) == expected


def test_a_finding_of_globals_points_at_them(tmp_path: Path) -> None:
    written = with_globals(sam_image(), {"Runtime": "python3.12"})
    (finding,) = judge(in_assembly(tmp_path, written)).findings
    assert finding.location.pointer == "/Globals/Function/Runtime"


# -- image configuration and layers -------------------------------------------------------------------------------

CONFIGS: dict[str, tuple[Any, dict[str, Any], list[str]]] = {
    "absent": (NOTHING, {"function.image_config": False, "image_config.working_directory": None}, []),
    "empty": ({}, {"function.image_config": False, "image_config.entry_point_first": None}, []),
    "right": (
        {"Command": ["app.handler"], "EntryPoint": ["/lambda-entrypoint.sh"], "WorkingDirectory": "/var/task"},
        {
            "function.image_config": True,
            "image_config.working_directory": "/var/task",
            "image_config.entry_point_first": "/lambda-entrypoint.sh",
            "image_config.entry_point_is_handler": False,
            "image_config.empty_entry": None,
        },
        [],
    ),
    "handler-as-entry-point": (
        {"EntryPoint": ["app.handler"]},
        {"image_config.entry_point_first": "app.handler", "image_config.entry_point_is_handler": True},
        ["image-config-doubtful"],
    ),
    "path-to-a-handler": (
        {"EntryPoint": ["src/app.handler"]},
        {"image_config.entry_point_is_handler": True},
        ["image-config-doubtful"],
    ),
    "handler-second": ({"EntryPoint": ["python", "app.handler"]}, {"image_config.entry_point_is_handler": False}, []),
    "program": ({"EntryPoint": ["bootstrap"]}, {"image_config.entry_point_is_handler": False}, []),
    "script": ({"EntryPoint": ["entry.sh"]}, {"image_config.entry_point_is_handler": False}, []),
    "script-of-python": ({"EntryPoint": ["main.py"]}, {"image_config.entry_point_is_handler": False}, []),
    "versioned-program": ({"EntryPoint": ["python3.12"]}, {"image_config.entry_point_is_handler": False}, []),
    "handler-as-command": ({"Command": ["app.handler"]}, {"image_config.entry_point_is_handler": False}, []),
    "relative-directory": (
        {"WorkingDirectory": "app"},
        {"image_config.working_directory": "app"},
        ["image-config-doubtful"],
    ),
    "dot-directory": ({"WorkingDirectory": "./app"}, {}, ["image-config-doubtful"]),
    "empty-directory": ({"WorkingDirectory": ""}, {}, ["image-config-doubtful"]),
    "root-directory": ({"WorkingDirectory": "/"}, {}, []),
    "empty-command-entry": (
        {"Command": ["app.handler", ""]},
        {"image_config.empty_entry": "Command[1]"},
        ["image-config-doubtful"],
    ),
    "empty-entry-point-entry": (
        {"EntryPoint": [""]},
        {"image_config.empty_entry": "EntryPoint[0]"},
        ["image-config-doubtful"],
    ),
    "empty-lists": (
        {"EntryPoint": [], "Command": []},
        {"image_config.entry_point_first": None, "image_config.empty_entry": None},
        [],
    ),
    "entry-taken-away": ({"Command": [NOTHING]}, {"image_config.empty_entry": None}, []),
    "unknown-entry": ({"Command": [ref("A")]}, {"image_config.empty_entry": UNKNOWN}, []),
    "unknown-entry-beside-an-empty-one": (
        {"Command": [ref("A"), ""]},
        {"image_config.empty_entry": "Command[1]"},
        ["image-config-doubtful"],
    ),
    "unknown-first": (
        {"EntryPoint": [ref("A")]},
        {"image_config.entry_point_first": UNKNOWN, "image_config.entry_point_is_handler": UNKNOWN},
        [],
    ),
    "unknown-directory": ({"WorkingDirectory": ref("A")}, {"image_config.working_directory": UNKNOWN}, []),
    "unknown": (ref("A"), {"function.image_config": UNKNOWN}, []),
    "number": ({"Command": [1]}, {"image_config.empty_entry": None}, []),
}


@pytest.mark.parametrize(("config", "expected", "fires"), table(CONFIGS))
def test_image_config(tmp_path: Path, config: Any, expected: dict[str, Any], fires: list[str]) -> None:
    assembly = in_assembly(tmp_path, template(image(ImageConfig=config), Parameters=ANYTHING))
    (facts,) = documents(assembly)
    assert subset(facts, expected) == expected
    assert rules(judge(assembly).findings) == fires


DOUBTS: dict[str, tuple[Any, str]] = {
    "all": (
        {"WorkingDirectory": "app", "EntryPoint": ["app.handler"], "Command": [""]},
        "WorkingDirectory app is not an absolute path; EntryPoint[0] app.handler reads like a handler, not like a "
        "program; a handler belongs in Command; Command[0] is an empty string",
    ),
    "those-that-are-known": (
        {"WorkingDirectory": "app", "EntryPoint": [ref("A")], "Command": [""]},
        "WorkingDirectory app is not an absolute path; Command[0] is an empty string",
    ),
    "one": ({"Command": ["app.handler", ""]}, "Command[1] is an empty string"),
}


@pytest.mark.parametrize(("config", "message"), table(DOUBTS))
def test_all_doubts_are_told_at_once(tmp_path: Path, config: Any, message: str) -> None:
    (finding,) = judge(in_assembly(tmp_path, template(image(ImageConfig=config), Parameters=ANYTHING))).findings
    assert (finding.rule, finding.message) == ("image-config-doubtful", message)


def layer(account: Any, partition: Any = "aws", region: Any = "eu-west-1") -> Any:
    return join("arn:", partition, ":lambda:", region, ":", account, ":layer:name:7")


LAYERS: dict[str, tuple[Any, dict[str, Any], str | None]] = {
    "none": ([], {"function.layers": 0, "function.layer_vendor": None}, None),
    "own": ([layer(ACCOUNT)], {"function.layers": 1, "function.layer_vendor": None}, "Layers are set"),
    "of-this-template": ([ref("Layer")], {"function.layers": 1, "function.layer_vendor": None}, "Layers are set"),
    "datadog": ([layer("464622532012")], {"function.layer_vendor": "Datadog"}, "datadog/lambda-extension"),
    "new-relic": ([layer("451483290750")], {"function.layer_vendor": "New Relic"}, "New Relic's image"),
    "lumigo": ([layer("114300393969")], {"function.layer_vendor": "Lumigo"}, "lumigo tracer"),
    "insights": (
        [layer("580247275435")],
        {"function.layer_vendor": "AWS Lambda Insights"},
        "lambda-insights-extension",
    ),
    "pseudo-parameters": (
        [layer("464622532012", ref("AWS::Partition"), ref("AWS::Region"))],
        {"function.layer_vendor": "Datadog"},
        "a layer of Datadog",
    ),
    "second-is-a-vendor's": (
        [layer(ACCOUNT), layer("114300393969")],
        {"function.layers": 2, "function.layer_vendor": "Lumigo"},
        "a layer of Lumigo",
    ),
    "account-somewhere-else": (
        ["arn:aws:lambda:eu-west-1:123456789012:layer:464622532012:7"],
        {"function.layer_vendor": None},
        "Layers are set",
    ),
    "account-unknown": ([layer(ref("A"))], {"function.layers": 1, "function.layer_vendor": None}, "Layers are set"),
    "list-unknown": (ref("B"), {"function.layers": UNKNOWN, "function.layer_vendor": UNKNOWN}, None),
}


@pytest.mark.parametrize(("layers", "expected", "said"), table(LAYERS))
def test_layers(tmp_path: Path, layers: Any, expected: dict[str, Any], said: str | None) -> None:
    written = template(
        image(Layers=layers),
        Parameters={"A": {"Type": "String"}, "B": {"Type": "CommaDelimitedList"}},
        Resources={"Layer": {"Type": "AWS::Lambda::LayerVersion", "Properties": {}}},
    )
    assembly = in_assembly(tmp_path, written)
    (facts,) = documents(assembly)
    assert subset(facts, expected) == expected
    findings = judge(assembly).findings
    assert rules(findings) == ([] if said is None else ["layers-on-image"])
    assert said is None or said in findings[0].message


# -- where the tag comes from -------------------------------------------------------------------------------------

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


# -- where the image is and where the function --------------------------------------------------------------------

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


# -- assets -------------------------------------------------------------------------------------------------------


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
