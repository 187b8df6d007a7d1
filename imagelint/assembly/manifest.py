"""The stacks that a cloud assembly's manifest names, and those of the assemblies nested in it (stages).

Source of the layout: aws-cdk's cloud-assembly-schema (manifest versions 15 to 55) and the assemblies in tests/fixtures.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from imagelint.assembly.assembly import Assembly
from imagelint.assembly.deployed import follow_manifest
from imagelint.assembly.nesting import MAX_LEVELS, add
from imagelint.assembly.stack import MANIFEST, Stack
from imagelint.cloudformation.scope import mapping_of
from imagelint.cloudformation.values import DIGITS, OPEN_ACCOUNT, OPEN_REGION, REGION_CHARACTERS
from imagelint.documents.files import UnreadableFileError
from imagelint.text.holes import Hole, Str

_ENVIRONMENT: Final = r"aws://([^/]+)/([^/]+)"


_Artifact = tuple[str, str, Mapping[str, Any]]
"""A stack of a manifest: the manifest's folder, the artifact's name and what is written of it."""

_DEPLOYED: Final = {
    "templateFile": ("a template", "aws:cloudformation:stack"),
    "directoryName": ("a nested assembly", "cdk:cloud-assembly"),
}
"""What an artifact has that is deployed, by the name of the property, and the type that it must be of."""


def load_manifest(assembly: Assembly, folder: str) -> None:
    """Take in the stacks that a folder's manifest names, and those of the assemblies nested in it (stages).

    All manifests are read before the first template is: which one a stack is deployed from, the asset manifests of all
    of them say.
    """
    for home, name, artifact in list(_stacks_of(assembly, folder, ())):
        try:
            _load_stack(assembly, home, name, artifact)
        except UnreadableFileError as error:
            manifest = assembly.root.show(os.path.join(home, MANIFEST))
            assembly.log.report(manifest, f"artifact {name!r} {error.message}")


def _stacks_of(assembly: Assembly, folder: str, within: tuple[str, ...]) -> Iterator[_Artifact]:
    """The stacks of a manifest and of the assemblies nested in it, in order; what else it names is taken in.

    `within` are the real paths of the assemblies that it is nested in.
    """
    root = assembly.root
    file = os.path.join(folder, MANIFEST)
    try:
        manifest = root.read_json(root.inside(folder, MANIFEST, "manifest"), strict=True)
    except UnreadableFileError as error:
        assembly.log.report_unread(error)
        return
    within = (*within, os.path.realpath(os.path.join(root.path, folder)))
    assembly.folders.add(within[-1])
    if not isinstance(manifest.get("artifacts", {}), dict):
        assembly.log.report(root.show(file), "has 'artifacts' that are not an object")
    _warn_of_missing(assembly, root.show(file), manifest.get("missing"))
    for name, artifact in mapping_of(manifest.get("artifacts")).items():
        if not isinstance(artifact, dict):
            assembly.log.report(root.show(file), f"has an artifact {name!r} that is not an object")
            continue
        try:
            yield from _artifact(assembly, folder, name, artifact, within)
        except UnreadableFileError as error:
            assembly.log.report(root.show(file), f"artifact {name!r} {error.message}")


def _warn_of_missing(assembly: Assembly, file: str, missing: Any) -> None:
    """Say which values the app looks up and did not have: CDK writes dummy values into the templates then.

    Source: cloud-assembly-schema, "MissingContext". A manifest repeats what those of the assemblies in it lack.
    """
    entries = missing if isinstance(missing, list) else []
    keys = sorted({key for entry in entries if isinstance(key := mapping_of(entry).get("key"), str)} - assembly.missing)
    if keys:
        assembly.missing.update(keys)
        rest = f" and {len(keys) - 3:,} more" if len(keys) > 3 else ""
        assembly.log.warn(
            file,
            f"the app lacked values that it looks up, and dummy values stand for them: {', '.join(keys[:3])}{rest}; "
            "run `npx cdk synth` with credentials of the account, and commit cdk.context.json",
        )


def _artifact(
    assembly: Assembly, folder: str, name: str, artifact: Mapping[str, Any], within: tuple[str, ...]
) -> Iterator[_Artifact]:
    """The stacks that an artifact stands for."""
    properties = mapping_of(artifact.get("properties"))
    kind = artifact.get("type")
    if kind == "cdk:cloud-assembly":
        below = assembly.root.inside(folder, properties.get("directoryName"), "nested assembly")
        yield from _nested_assembly(assembly, below, within)
    elif kind == "cdk:asset-manifest":
        file = properties.get("file")
        if not isinstance(file, str):
            raise UnreadableFileError(folder, "names no asset manifest")
        assembly.assets.manifests[folder, name] = file
    elif kind == "aws:cloudformation:stack":
        yield folder, name, artifact
    else:
        found = f"the type {kind!r}" if isinstance(kind, str) else "no type"
        for key, (what, wanted) in _DEPLOYED.items():
            if key in properties:
                assembly.log.warn_unread(
                    assembly.root.show(os.path.join(folder, MANIFEST)),
                    f"artifact {name!r} has {what} and {found}; only what is of the type {wanted!r} is deployed and "
                    "judged",
                )


def _load_stack(assembly: Assembly, folder: str, name: str, artifact: Mapping[str, Any]) -> None:
    properties = mapping_of(artifact.get("properties"))
    file = assembly.root.inside(folder, properties.get("templateFile"), "template")
    account, region = _environment(artifact.get("environment"), f"{folder}\0{name}")
    title = _title(name, artifact)
    stack_name = properties.get("stackName", name)
    stack = Stack(
        name=assembly.name_for(title, os.path.join(folder, name)),
        file=file,
        root=assembly.root,
        log=assembly.log,
        metadata=assembly.metadata,
        loops=assembly.loops,
        lookup=assembly.exports,
        account=account,
        region=region,
        stack_name=stack_name if isinstance(stack_name, str) else name,
        parameters={**mapping_of(properties.get("parameters")), **assembly.parameters},
        artifact=artifact,
        folder=folder,
        titles=(title, name),
    )
    follow_manifest(stack, properties.get("stackTemplateAssetObjectUrl"), assembly.assets)
    add(assembly, stack)


def _title(name: str, artifact: Mapping[str, Any]) -> str:
    """What the CDK CLI calls an artifact: its display name, or else its own."""
    shown = artifact.get("displayName")
    return shown if isinstance(shown, str) and shown else name


def _nested_assembly(assembly: Assembly, folder: str, within: tuple[str, ...]) -> Iterator[_Artifact]:
    real, shown = os.path.realpath(os.path.join(assembly.root.path, folder)), assembly.root.show(folder)
    if real in within:
        raise UnreadableFileError(shown, f"names the nested assembly {shown!r}, which is itself or holds it")
    if len(within) >= MAX_LEVELS:
        raise UnreadableFileError(shown, f"is past the limit of {MAX_LEVELS} assemblies within one another")
    if real not in assembly.folders:  # what two artifacts name is judged once
        yield from _stacks_of(assembly, folder, within)


def _environment(written: Any, owner: str) -> tuple[Str, Str]:
    """Account and region of `aws://123456789012/eu-west-1`; what is unknown-… is a hole of the stack's own."""
    match = re.fullmatch(_ENVIRONMENT, written) if isinstance(written, str) else None
    account, region = match.groups() if match else ("unknown-account", "unknown-region")
    return (
        Hole("AWS::AccountId", owner, DIGITS, is_input=True, why=OPEN_ACCOUNT)
        if account == "unknown-account"
        else account,
        Hole("AWS::Region", owner, REGION_CHARACTERS, is_input=True, why=OPEN_REGION)
        if region == "unknown-region"
        else region,
    )
