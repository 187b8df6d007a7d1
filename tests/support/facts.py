"""Templates of one function, its facts, and which rules those make fire."""

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
from imagelint.model import Report
from support.builders import image_properties, manifest, stack_of

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


GCR = "ghcr.io/acme/api"

ANYTHING = {name: {"Type": "String"} for name in ("A", "B", "C")}
