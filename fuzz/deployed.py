"""What the CDK CLI would deploy of a cloud assembly, read plainly and slowly; and small assemblies, made from bytes.

A second opinion on what imagelint's loading follows, which shares no code with it. Sources: aws-cdk's toolkit-lib,
`makeBodyParameter` (a stack is deployed from `stackTemplateAssetObjectUrl`, else from `templateFile`); cdk-assets-lib,
`AssetManifest` and `replaceAwsPlaceholders` (what is uploaded where); CloudFormation template reference,
AWS::CloudFormation::Stack, TemplateURL.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

ACCOUNT, REGION = "123456789012", "eu-west-1"
_HOST: Final = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
_STACK, _FUNCTION = "AWS::CloudFormation::Stack", "AWS::Lambda::Function"
_BUCKETS: Final = ("assets-${AWS::AccountId}-${AWS::Region}", f"assets-{ACCOUNT}-{REGION}", "other")
_NAMES: Final = ("A.json", "B.json", "C.json", "D.json")

At = tuple[str, ...]
"""A stack: the folder of the manifest that names it, its artifact's name, and the logical IDs of those nested in it."""


# -- reading --------------------------------------------------------------------------------------------------------


@dataclass
class Deployed:
    """What would be deployed."""

    images: set[tuple[At, str, str]] = field(default_factory=set)
    """Each image function by its stack, logical ID and image reference."""
    unclear: dict[At, bool] = field(default_factory=dict)
    """The stacks whose templates cannot be told, with whether that is a reason to complain."""


def read(folder: Path) -> Deployed:
    """What the CDK CLI would deploy of the assembly in a folder."""
    deployed = Deployed()
    _Reader(folder, deployed).read_manifest("")
    return deployed


class _Reader:
    def __init__(self, root: Path, deployed: Deployed) -> None:
        self._root = root
        self._deployed = deployed
        self._uploads = list(_uploads(root))

    def read_manifest(self, folder: str) -> None:
        for name, artifact in _load(self._root / folder / "manifest.json")["artifacts"].items():
            properties = artifact["properties"]
            if artifact["type"] == "cdk:cloud-assembly":
                self.read_manifest(properties["directoryName"])
            elif artifact["type"] == "aws:cloudformation:stack":
                values = _values_of(artifact["environment"])
                url = properties.get("stackTemplateAssetObjectUrl")
                file: str | bool | None = _beside(folder, properties["templateFile"])
                if url is not None:
                    file = self._file_at(_filled(url, values), folder, values)
                self._read_stack((folder, name), file, values, ())

    def _read_stack(self, at: At, file: str | bool | None, values: Mapping[str, str], above: tuple[str, ...]) -> None:
        """`file` is None where the template is not known, and False where that need not be complained of."""
        if not isinstance(file, str) or file in above or not (self._root / file).is_file():
            self._deployed.unclear[at] = file is not False
            return
        for logical_id, resource in _load(self._root / file).get("Resources", {}).items():
            properties = resource.get("Properties", {})
            if resource["Type"] == _FUNCTION:
                self._deployed.images.add((at, logical_id, properties["Code"]["ImageUri"]))
            elif resource["Type"] == _STACK:
                url = _resolved(properties["TemplateURL"], values)
                folder = file.rpartition("/")[0]
                nested = (
                    None if url is None else self._file_at(url, at[0], values) if "://" in url else _beside(folder, url)
                )
                self._read_stack((*at, logical_id), nested, values, (*above, file))

    def _file_at(self, url: str, folder: str, values: Mapping[str, str]) -> str | bool | None:
        """The one file that is uploaded to a URL of an environment. What another assembly uploads there may be meant
        or not."""
        bucket, key = _object_at(url)
        found = {
            (home, path)
            for home, path, to, name in self._uploads
            if _filled(f"{to}/{name}", values) == f"{bucket}/{key}"
        }
        if not found:
            return None
        if all(home != folder for home, _ in found):
            return False
        texts = {(self._root / path).read_bytes() if (self._root / path).is_file() else None for _, path in found}
        return next(path for home, path in sorted(found) if home == folder) if len(texts) == 1 else None


def _uploads(root: Path) -> Iterator[tuple[str, str, str, str]]:
    """What the asset manifests upload: the assembly's folder, the file, the bucket and the key."""
    for manifest in sorted(root.rglob("*.assets.json")):
        folder = manifest.parent.relative_to(root).as_posix().removeprefix(".")
        for asset in _load(manifest)["files"].values():
            for destination in asset["destinations"].values():
                path = _beside(folder, asset["source"]["path"])
                yield folder, path, destination["bucketName"], destination["objectKey"]


def _load(file: Path) -> Any:
    return yaml.load(file.read_text(), Loader=yaml.CSafeLoader)


def _beside(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _values_of(environment: str) -> Mapping[str, str]:
    """The placeholders of an environment that is known."""
    account, region = environment.removeprefix("aws://").split("/")
    if account.startswith("unknown"):
        return {}
    return {
        "AWS::AccountId": account,
        "AWS::Region": region,
        "AWS::Partition": "aws",
        "AWS::URLSuffix": "amazonaws.com",
    }


def _filled(text: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"${{{name}}}", value)
    return text


def _resolved(written: Any, values: Mapping[str, str]) -> str | None:
    """A TemplateURL; None for what a parameter gives."""
    if isinstance(written, str):
        return written
    ((name, argument),) = written.items()
    if name == "Ref":
        return _filled(f"${{{argument}}}", values) if argument.startswith("AWS::") else None
    if name == "Fn::Sub":
        return _filled(argument, values)
    pieces = [_resolved(each, values) for each in argument[1]]
    return None if None in pieces else "".join(filter(None, pieces))


def _object_at(url: str) -> tuple[str, str]:
    """The bucket and the key of an object's URL: `s3://BUCKET/KEY`, `https://s3.REGION.SUFFIX/BUCKET/KEY` or
    `https://BUCKET.s3.REGION.SUFFIX/KEY`."""
    scheme, _, rest = url.partition("://")
    host, _, key = rest.partition("/")
    if scheme == "s3":
        return host, key
    if host.startswith("s3."):
        bucket, _, key = key.partition("/")
        return bucket, key
    return host.partition(".s3.")[0], key


# -- making -------------------------------------------------------------------------------------------------------


class _Choices:
    """Bytes as choices, all the first ones when they are used up."""

    def __init__(self, data: bytes) -> None:
        self._left = iter(data)

    def of(self, *options: Any) -> Any:
        return options[next(self._left, 0) % len(options)]


def write(data: bytes, folder: Path) -> None:
    """Write the assembly that some bytes stand for into a folder."""
    choices = _Choices(data)
    homes = ("", "assembly-Stage") if choices.of(False, False, True) else ("",)
    for home in homes:
        artifacts = dict(_stacks(choices))
        if home == "" and len(homes) > 1:
            artifacts["Stage"] = {"type": "cdk:cloud-assembly", "properties": {"directoryName": homes[1]}}
        for number in range(choices.of(1, 1, 2, 0)):
            name = f"Assets{number}.assets.json"
            artifacts[name] = {"type": "cdk:asset-manifest", "properties": {"file": name}}
            _put(folder / home / name, json.dumps({"files": _assets(choices)}))
        for name in _NAMES[: choices.of(4, 3, 2)]:
            _put(folder / home / name, _spelled(choices, {"Resources": dict(_resources(choices, f"{home}{name}"))}))
        _put(folder / home / "manifest.json", json.dumps({"version": "36.0.0", "artifacts": artifacts}))


def _put(file: Path, text: str) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)


def _stacks(choices: _Choices) -> Iterator[tuple[str, Any]]:
    for number in range(choices.of(1, 2, 3)):
        properties = {"templateFile": choices.of(*_NAMES)}
        if choices.of(False, True):
            properties["stackTemplateAssetObjectUrl"] = f"s3://{choices.of(*_BUCKETS)}/{choices.of(*_NAMES)}"
        known, unknown = f"aws://{ACCOUNT}/{REGION}", "aws://unknown-account/unknown-region"
        more = {"displayName": "Same"} if choices.of(False, False, True) else {}
        kind = choices.of(*["aws:cloudformation:stack"] * 7, "aws:cloudformation:stak")
        environment = choices.of(known, known, unknown)
        yield f"S{number}", {"type": kind, "environment": environment, "properties": properties, **more}


def _assets(choices: _Choices) -> dict[str, Any]:
    files = {}
    for number in range(choices.of(4, 3, 2, 1)):
        name = _NAMES[number]
        destinations = {
            str(each): {"bucketName": choices.of(*_BUCKETS), "objectKey": choices.of(name, name, name, *_NAMES)}
            for each in range(choices.of(1, 1, 2))
        }
        files[name] = {"source": {"path": name, "packaging": "file"}, "destinations": destinations}
    return files


def _resources(choices: _Choices, owner: str) -> Iterator[tuple[str, Any]]:
    for number in range(choices.of(1, 2, 3, 0)):
        uri = f"{_HOST}/{owner.lower()}:{number}"
        yield f"Fn{number}", {"Type": _FUNCTION, "Properties": {"PackageType": "Image", "Code": {"ImageUri": uri}}}
    for number in range(choices.of(0, 0, 1, 2)):
        resource = {"Type": _STACK, "Properties": {"TemplateURL": _url(choices)}}
        if choices.of(False, True):
            resource["Metadata"] = {"aws:asset:path": choices.of(*_NAMES)}
        yield f"Nested{number}", resource


def _url(choices: _Choices) -> Any:
    name, bucket = choices.of(*_NAMES), choices.of(*_BUCKETS)
    parts = ["https://s3.", {"Ref": "AWS::Region"}, ".", {"Ref": "AWS::URLSuffix"}, "/", {"Fn::Sub": bucket}]
    return choices.of(
        {"Fn::Join": ["", [*parts, f"/{name}"]]},
        f"https://s3.{REGION}.amazonaws.com/{_filled(bucket, _values_of(f'aws://{ACCOUNT}/{REGION}'))}/{name}",
        {"Fn::Sub": f"https://{bucket}.s3.${{AWS::Region}}.${{AWS::URLSuffix}}/{name}"},
        name,
    )


def _spelled(choices: _Choices, template: Any) -> str:
    """A template as JSON, or in one of the ways that other programs write it."""
    indented = json.dumps(template, indent=1)
    return str(
        choices.of(
            indented,
            json.dumps(template),
            yaml.dump(template, Dumper=yaml.CSafeDumper, sort_keys=False),
            yaml.dump(template, Dumper=yaml.CSafeDumper, default_flow_style=True, default_style="'"),
            indented.replace("AWS::Lambda", "\\u0041WS::Lambda"),
        )
    )
