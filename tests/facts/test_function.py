"""What is known of the function itself: its code, its image configuration, its layers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.facts import (
    ACCOUNT,
    ANYTHING,
    NOTHING,
    PINNED,
    UNKNOWN,
    Template,
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
)

# -- the code ----------------------------------------------------------------------------------------------------------

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


# -- image configuration and layers ------------------------------------------------------------------------------------

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
    "absolute-directory-whose-end-is-open": (
        {"WorkingDirectory": {"Fn::Sub": "/srv/${A}"}},
        {"image_config.working_directory": UNKNOWN, "image_config.working_directory_is_absolute": True},
        [],
    ),
    "relative-directory-whose-end-is-open": (
        {"WorkingDirectory": {"Fn::Sub": "srv/${A}"}},
        {"image_config.working_directory": UNKNOWN, "image_config.working_directory_is_absolute": False},
        ["image-config-doubtful"],
    ),
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
    "unknown-directory": (
        {"WorkingDirectory": ref("A")},
        {"image_config.working_directory": UNKNOWN, "image_config.working_directory_is_absolute": UNKNOWN},
        [],
    ),
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
