"""Makes the cloud assemblies that the benchmark reads: the same bytes for the same plan, and no Node.

The templates' resources stand in `templates/`; what CDK writes around them (manifest, tree, asset manifests, metadata)
is written here in the shape of aws-cdk-lib 2.276.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

TEMPLATES: Final = Path(__file__).parent / "templates"
ACCOUNT, REGION = "123456789012", "eu-west-1"
FUNCTIONS_PER_STACK: Final = 50
"""In the assemblies of the scaling case; with roles, queues and log groups 300 of the 500 that a stack may have."""
_DOCKERFILE: Final = """\
FROM public.ecr.aws/lambda/python:3.13-arm64
COPY requirements.txt ${LAMBDA_TASK_ROOT}/
RUN pip install --requirement requirements.txt
COPY app.py ${LAMBDA_TASK_ROOT}/
CMD ["app.handler"]
"""


@dataclass(frozen=True)
class Part:
    """A template of `templates/` under one name in a stack."""

    template: str
    name: str
    words: tuple[tuple[str, str], ...] = ()
    """Further placeholders, and what stands for them."""


@dataclass(frozen=True)
class Stack:
    """A stack to be written: its parts, and the nested stacks among them."""

    name: str
    parts: tuple[Part, ...]
    nested: tuple[Part, ...] = ()
    """Each is the whole of one nested stack."""


def mixed(count: int) -> Iterator[Stack]:
    """Ordinary stacks of 60 and 90 kB, and in every fifth four image functions: of assets, of a repository of the stack
    itself, and of a repository that another stack exports."""
    for index in range(count):
        services = [Part("service", f"Service{number}") for number in range(2 + (index % 5 in (1, 3)))]
        functions = _functions(index, 5, 4) if index % 5 == 0 else ()
        yield Stack(_name(index), (*services, *functions))


def dense(count: int) -> Iterator[Stack]:
    """Stacks that hold little but image functions, with so many functions in all."""
    stacks = -(-count // FUNCTIONS_PER_STACK)
    for index in range(stacks):
        functions = min(FUNCTIONS_PER_STACK, count - index * FUNCTIONS_PER_STACK)
        yield Stack(_name(index), tuple(_functions(index, 1, functions)))
    if not stacks:
        yield Stack(_name(0), ())


def faulty(count: int) -> Iterator[Stack]:
    """One stack of image functions that have several defects each."""
    yield Stack(_name(0), tuple(Part("function-faulty", f"Worker{number:03}") for number in range(count)))


def nesting(count: int) -> Iterator[Stack]:
    """One stack that holds a repository and so many nested stacks, each with a function of that repository."""
    name, owner = _name(0), "Owner"
    repository = f"{owner}Images{_hash(name, owner)}"
    words = (("@Reference@", f"{name}{repository}"), ("@Repository@", repository))
    nested = tuple(Part("function-nested", f"Worker{number:03}", words) for number in range(count))
    frames = tuple(Part("nested-stack", part.name, words) for part in nested)
    yield Stack(name, (Part("function-repository", owner), *frames), nested)


def functions_in(stacks: Iterable[Stack]) -> int:
    """How many image functions a plan has."""
    return sum(part.template.startswith("function-") for stack in stacks for part in (*stack.parts, *stack.nested))


def _functions(stack: int, distance: int, count: int) -> Iterator[Part]:
    """Image functions of three kinds in turn; what is imported is a repository of the stack at a distance before."""
    exporter = _name(stack - distance)
    words = (("@Exporter@", exporter), ("@ExportedRepository@", f"Worker001Images{_hash(exporter, 'Worker001')}"))
    third = "import" if stack >= distance else "repository"
    for number in range(count):
        kind = ("asset", "repository", third, "asset")[number % 4]
        yield Part(f"function-{kind}", f"Worker{number:03}", words)


def _name(index: int) -> str:
    return f"Stack{index:04}"


# -- writing ------------------------------------------------------------------------------------------------------


def write(folder: Path, stacks: Iterable[Stack]) -> None:
    """Write a cloud assembly. Only one stack is held in memory at a time."""
    folder.mkdir(parents=True)
    artifacts: dict[str, Any] = {}
    version = {"fqn": "aws-cdk-lib.App", "version": "2.276.0"}
    with (folder / "tree.json").open("w") as tree:
        head = json.dumps({"id": "App", "path": "", "constructInfo": version}, separators=(",", ":"))
        tree.write(f'{{"version":"tree-0.1","tree":{head[:-1]},"children":{{')
        for index, stack in enumerate(stacks):
            tree.write("," if index else "")
            tree.write(f'"{stack.name}":{_dense_json(_write_stack(folder, stack))}')
            artifacts |= _artifacts(stack.name)
        tree.write("}}}")
    artifacts["Tree"] = {"type": "cdk:tree", "properties": {"file": "tree.json"}}
    artifacts["aws-cdk-lib/feature-flag-report"] = _feature_flags()
    manifest = {"version": "55.0.0", "artifacts": artifacts, "minimumCliVersion": "2.1148.2"}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2))
    (folder / "cdk.out").write_text('{"version":"55.0.0"}')


def _write_stack(folder: Path, stack: Stack) -> Mapping[str, Any]:
    """Write a stack's files, and give its branch of the construct tree."""
    template = _merged([*(_filled(stack.name, part) for part in stack.parts), _loaded("stack")])
    resources = dict(template["Resources"])
    files = {_hash(stack.name, "") * 8: f"{stack.name}.template.json"}
    for part in stack.nested:
        nested = _filled(stack.name, part)
        name = f"{stack.name}{part.name}{_hash(stack.name, part.name)}.nested.template.json"
        files[_asset(stack.name, part)] = name
        (folder / name).write_text(json.dumps(nested, indent=1))
        resources |= nested["Resources"]
    (folder / f"{stack.name}.template.json").write_text(json.dumps(template, indent=1))
    (folder / f"{stack.name}.metadata.json").write_text(json.dumps(_metadata(stack.name, resources), indent=2))
    assets = [_asset(stack.name, part) for part in stack.parts if part.template == "function-asset"]
    for asset in assets:
        (folder / f"asset.{asset}").mkdir()
        (folder / f"asset.{asset}" / "Dockerfile").write_text(_DOCKERFILE)
    (folder / f"{stack.name}.assets.json").write_text(json.dumps(_asset_manifest(stack.name, files, assets), indent=2))
    return _tree(stack.name, resources)


def _filled(stack: str, part: Part) -> dict[str, Any]:
    """A template of `templates/` with its placeholders filled in."""
    text = _text(part.template)
    words = {"@Stack@": stack, "@Service@": part.name, "@Hash@": _hash(stack, part.name), **dict(part.words)}
    for placeholder, word in {**words, "@Asset@": _asset(stack, part)}.items():
        text = text.replace(placeholder, word)
    filled: dict[str, Any] = json.loads(text)
    return filled


@cache
def _text(template: str) -> str:
    return (TEMPLATES / f"{template}.json").read_text()


def _loaded(template: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(_text(template))
    return loaded


def _merged(parts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The sections of all parts, as one template."""
    merged: dict[str, Any] = {"Resources": {}}
    for part in parts:
        for section, entries in part.items():
            merged.setdefault(section, {}).update(entries)
    return merged


def _hash(stack: str, name: str) -> str:
    """The end of a logical ID as CDK writes it: eight digits of a hash of the construct's path."""
    return hashlib.md5(f"{stack}/{name}".encode(), usedforsecurity=False).hexdigest()[:8].upper()


def _asset(stack: str, part: Part) -> str:
    return hashlib.sha256(f"{stack}/{part.name}".encode()).hexdigest()


def _artifacts(name: str) -> dict[str, Any]:
    """The two entries of the manifest that a stack has."""
    bootstrap = {"bootstrapStackVersionSsmParameter": "/cdk-bootstrap/hnb659fds/version"}
    stack = {
        "templateFile": f"{name}.template.json",
        "terminationProtection": False,
        "validateOnSynth": False,
        "assumeRoleArn": _role("deploy"),
        "cloudFormationExecutionRoleArn": _role("cfn-exec"),
        "stackTemplateAssetObjectUrl": f"s3://cdk-hnb659fds-assets-{ACCOUNT}-{REGION}/{_hash(name, '') * 8}.json",
        "requiresBootstrapStackVersion": 6,
        **bootstrap,
        "additionalDependencies": [f"{name}.assets"],
        "lookupRole": {"arn": _role("lookup"), "requiresBootstrapStackVersion": 8, **bootstrap},
    }
    assets = {"file": f"{name}.assets.json", "requiresBootstrapStackVersion": 6, **bootstrap}
    return {
        f"{name}.assets": {"type": "cdk:asset-manifest", "properties": assets},
        name: {
            "type": "aws:cloudformation:stack",
            "environment": f"aws://{ACCOUNT}/{REGION}",
            "properties": stack,
            "dependencies": [f"{name}.assets"],
            "additionalMetadataFile": f"{name}.metadata.json",
            "displayName": name,
        },
    }


def _role(purpose: str) -> str:
    return f"arn:${{AWS::Partition}}:iam::{ACCOUNT}:role/cdk-hnb659fds-{purpose}-role-{ACCOUNT}-{REGION}"


def _feature_flags() -> dict[str, Any]:
    """As much as the report on CDK's feature flags takes up in every manifest since version 45."""
    flags = {
        f"@aws-cdk/aws-service{number}:aBehaviourThatNewAppsGet": {
            "recommendedValue": True,
            "explanation": "When enabled, the construct makes the resource in the way that newer versions recommend.",
            "unconfiguredBehavesLike": {"v2": True},
        }
        for number in range(90)
    }
    return {"type": "cdk:feature-flag-report", "properties": {"module": "aws-cdk-lib", "flags": flags}}


def _asset_manifest(name: str, files: Mapping[str, str], assets: Iterable[str]) -> dict[str, Any]:
    """What uploads the templates, given by the hashes in their keys, and pushes the images."""
    destination = f"{ACCOUNT}-{REGION}-{_hash(name, 'destination').lower()}"
    bucket = {
        "bucketName": f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}",
        "region": REGION,
        "assumeRoleArn": _role("file-publishing"),
    }
    templates = {
        key.lower(): {
            "displayName": f"{name} Template",
            "source": {"path": file, "packaging": "file"},
            "destinations": {destination: {**bucket, "objectKey": f"{key}.json"}},
        }
        for key, file in files.items()
    }
    images = {
        asset: {
            "displayName": "AssetImage",
            "source": {"directory": f"asset.{asset}", "platform": "linux/arm64"},
            "destinations": {
                destination: {
                    "repositoryName": f"cdk-hnb659fds-container-assets-{ACCOUNT}-{REGION}",
                    "imageTag": asset,
                    "region": REGION,
                    "assumeRoleArn": _role("image-publishing"),
                }
            },
        }
        for asset in assets
    }
    return {"version": "55.0.0", "files": templates, "dockerImages": images}


def _metadata(name: str, resources: Mapping[str, Any]) -> dict[str, Any]:
    """The metadata of a stack's constructs: each one's logical ID and where the app's source makes it."""
    entries: dict[str, Any] = {}
    for number, (logical_id, resource) in enumerate(resources.items()):
        frames = [
            "...new Construct in aws-cdk-lib...",
            f"new {name} (/app/lib/{name.lower()}.ts:{number + 10}:5)",
            "<anonymous> (/app/bin/app.ts:12:1)",
            "...node internals...",
        ]
        entries["/" + resource["Metadata"]["aws:cdk:path"]] = [
            {"type": "aws:cdk:logicalId", "data": logical_id},
            {"type": "aws:cdk:creationStack", "data": frames},
        ]
    return entries


def _tree(name: str, resources: Mapping[str, Any]) -> dict[str, Any]:
    """A stack's branch of the construct tree, which repeats the properties of every resource."""
    top = _construct(name, "aws-cdk-lib.Stack")
    for logical_id, resource in resources.items():
        node, path = top, name
        for part in resource["Metadata"]["aws:cdk:path"].split("/")[1:]:
            path = f"{path}/{part}"
            node = node["children"].setdefault(part, _construct(path, "aws-cdk-lib.Resource"))
        node["attributes"] = {
            "aws:cdk:cloudformation:type": resource["Type"],
            "aws:cdk:cloudformation:logicalId": logical_id,
            "aws:cdk:cloudformation:props": resource["Properties"],
        }
    return top


def _construct(path: str, kind: str) -> dict[str, Any]:
    info = {"fqn": kind, "version": "2.276.0"}
    return {"id": path.rpartition("/")[2], "path": path, "constructInfo": info, "children": {}}


def _dense_json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
