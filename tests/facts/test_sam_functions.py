"""Functions of SAM: the rules that they make fire, and what is known of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.facts import (
    GCR,
    HOST,
    PINNED,
    SAM,
    UNKNOWN,
    Template,
    alone,
    documents,
    image,
    in_assembly,
    judge,
    ref,
    rules,
    sam_image,
    subset,
    table,
    template,
)


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
