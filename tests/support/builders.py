"""Small cloud assemblies for tests that need more than CDK's, or less."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

Template = dict[str, Any]

ENVIRONMENT = "123456789012/eu-west-1"
REGISTRY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
REPOSITORY = f"{REGISTRY}/app"


# -- templates ----------------------------------------------------------------------------------------------------


def image_properties(uri: Any, **properties: Any) -> dict[str, Any]:
    """The properties of an image function."""
    return {"PackageType": "Image", "Code": {"ImageUri": uri}, **properties}


def function(uri: Any, properties: Mapping[str, Any] | None = None, **attributes: Any) -> dict[str, Any]:
    """An image function, with further properties, and by keyword with attributes of the resource."""
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": image_properties(uri, **(properties or {})),
        **attributes,
    }


def image(tag: str = ":latest", path: str | None = None, **metadata: Any) -> dict[str, Any]:
    """A function whose image has a tag or digest; `path` is its construct path."""
    if path is not None:
        metadata["aws:cdk:path"] = path
    return function(f"{REPOSITORY}{tag}", **({"Metadata": metadata} if metadata else {}))


def app(uri: Any, **sections: Any) -> Template:
    """A template of one image function, Fn, with further sections."""
    return {"Resources": {"Fn": function(uri)}, **sections}


# -- assemblies ---------------------------------------------------------------------------------------------------


def stack_of(template_file: Any, **more: Any) -> dict[str, Any]:
    """A stack as the manifest has it."""
    return {"type": "aws:cloudformation:stack", "properties": {"templateFile": template_file}, **more}


def manifest(artifacts: Any) -> dict[str, Any]:
    """A manifest of artifacts by their names."""
    return {"version": "36.0.0", "artifacts": artifacts}


def write_templates(
    folder: str | Path,
    templates: Mapping[str, Any],
    environments: Mapping[str, str] | None = None,
    *,
    nested: Collection[str] = (),
    metadata: Mapping[str, Any] | None = None,
    bucket: str | None = None,
) -> str:
    """Write a cloud assembly and return its path: stacks by their names, with their templates.

    `environments` are those that are not `ENVIRONMENT`; templates in `nested` are no stacks of the manifest; `metadata`
    are the first stack's; `bucket` is the one that an asset manifest uploads all templates to, if any.
    """
    path = Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    artifacts: dict[str, Any] = {}
    for name, template in templates.items():
        (path / f"{name}.template.json").write_text(json.dumps(template, indent=1), encoding="utf-8")
        if name not in nested:
            environment = f"aws://{(environments or {}).get(name, ENVIRONMENT)}"
            more = {"metadata": metadata} if metadata and not artifacts else {}
            artifacts[name] = stack_of(f"{name}.template.json", environment=environment, **more)
    if bucket is not None:
        artifacts["Assets"] = {"type": "cdk:asset-manifest", "properties": {"file": "Assets.json"}}
        files = {name: file_asset(f"{name}.template.json", bucket) for name in templates}
        (path / "Assets.json").write_text(json.dumps({"files": files}), encoding="utf-8")
    (path / "manifest.json").write_text(json.dumps(manifest(artifacts)), encoding="utf-8")
    return str(folder)


def file_asset(file: str, bucket: str, key: str | None = None) -> dict[str, Any]:
    """A file as an asset manifest has it that uploads it, under its own name if no key is given."""
    return {
        "source": {"path": file, "packaging": "file"},
        "destinations": {"current": {"bucketName": bucket, "objectKey": key or file}},
    }


def write_assembly(
    folder: str | Path, stacks: Mapping[str, Mapping[str, Any]], metadata: Mapping[str, Any] | None = None
) -> str:
    """Write a cloud assembly and return its path: stacks by their names, with their resources."""
    templates = {name: {"Resources": resources} for name, resources in stacks.items()}
    return write_templates(folder, templates, metadata=metadata)


def acknowledge(path: str, **rules: Any) -> dict[str, Any]:
    """What CDK writes for `Validations.of(scope).acknowledge`; `image_tag_latest` stands for imagelint's rule."""
    data = {f"imagelint::{name.replace('_', '-')}": reason for name, reason in rules.items()}
    return {path: [{"type": "aws:cdk:acknowledged-rules", "data": data}]}
