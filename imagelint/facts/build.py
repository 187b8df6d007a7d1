"""Facts of what docker build is asked for besides a platform: caches, outputs, arguments, and the folder it is sent."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from imagelint.assembly.assets import DockerAsset
from imagelint.aws.dockerfile.mentions import Mentions
from imagelint.cloudformation.scope import mapping_of
from imagelint.facts.draft import Draft, FilePlace

_TOKEN: Final = r"(?i:[$#]\{token\[[^\]]{0,200}\]\}?)|\[object [A-Za-z]{1,40}\]"
_PLACEHOLDER: Final = rf"{_TOKEN}|<[A-Za-z][^<>]{{0,100}}>|(?<![\w${{-])YOUR[ _-][A-Z][A-Z0-9_# -]{{0,40}}"
"""A token of CDK, or an example that nobody filled in, where only a reference or an option can stand."""
_SIGNS: Final = ("{", "[", "<", "YOUR")
"""One of these is in each of them."""
_PLACEHOLDER_IN_ARGUMENT: Final = rf"{_TOKEN}|(?i:<your [^<>]{{1,100}}>)"
"""The same where any text can stand."""
_LOCAL_OUTPUTS: Final = ("local", "tar", "oci")
"""Outputs that are files and no image in Docker's store (Docker docs, "Exporters")."""
_SECRET: Final = (
    r"(?:^|.*_)(?:PASSWORD|PASSWD|SECRET|TOKEN|CREDENTIALS?"
    r"|(?:API|AUTH|ACCESS|PRIVATE|SECRET|SIGNING|ENCRYPTION|LICENSE)_?KEY)"
)
_NO_SECRET: Final = r"(?is:true|false|yes|no|none|null|[0-9]{0,4}|arn:.*|/.*|\$.*|\{\{.*)"
"""Values that are none: switches, numbers, ARNs, paths, what is replaced later."""
CLUTTER: Final = (".git", "cdk.out", "node_modules")
"""Folders in the copy of an asset that change without a change of the code."""


def state_options(draft: Draft, source: Mapping[str, Any]) -> None:
    """State what the asset manifest says of the cache, the outputs and the arguments."""
    outputs = source.get("dockerOutputs")
    lost = _lost_output(outputs) if isinstance(outputs, list) else None
    draft.set("asset.lost_output", lost)
    kind = mapping_of(source.get("cacheTo")).get("type", "inline")
    if isinstance(kind, str):
        # Whoever asks for an output has a builder of another driver, and has its image loaded.
        draft.set("asset.cache_export", None if kind == "inline" or outputs else kind)
    arguments = mapping_of(source.get("dockerBuildArgs"))
    secrets = (name for name, value in arguments.items() if isinstance(value, str) and _is_secret(name, value))
    draft.set("asset.secret_argument", next(secrets, None))
    if "--platform" in arguments:
        draft.set("asset.platform_argument", "--platform")
    elif not {"platform", "PLATFORM"} & arguments.keys():
        draft.set("asset.platform_argument", None)
    if unresolved := next(_unresolved_options(source), None):
        draft.set("asset.unresolved", unresolved)


def state_mentions(draft: Draft, asset: DockerAsset, mentioned: Mentions, file: str) -> None:
    """State what hangs on what the Dockerfile, of this name, says."""
    arguments = mapping_of(asset.source.get("dockerBuildArgs"))
    if "asset.platform_argument" not in draft.values and mentioned.is_whole:
        unused = [name for name in ("platform", "PLATFORM") if name in arguments and name not in mentioned.arguments]
        draft.set("asset.platform_argument", next(iter(unused), None))
    if "asset.unresolved" in draft.values:
        return
    for name, image, line in mentioned.images:
        if any(sign in image for sign in _SIGNS) and (match := re.search(_PLACEHOLDER, image)):
            words = "FROM" if name == "FROM" else f"{name} --from"
            draft.set("asset.unresolved", f"{words} of the Dockerfile holds {match.group().strip()}")
            draft.files["asset.unresolved"] = FilePlace(file, line)
            return
    if mentioned.is_whole:
        draft.set("asset.unresolved", None)


def state_clutter(draft: Draft, folder: str, mentioned: Mentions) -> None:
    """State which folders in the copy that CDK made of the asset change without a change of the code.

    One that the Dockerfile copies by name is wanted. No link is followed.
    """
    if not mentioned.is_whole:
        return
    if not os.path.basename(folder).startswith("asset."):  # the sources themselves, which make no tag
        draft.set("asset.clutter", None)
        return
    paths = ((name, os.path.join(folder, name)) for name in CLUTTER if name not in mentioned.copied)
    found = [name for name, path in paths if os.path.isdir(path) and not os.path.islink(path)]
    draft.set("asset.clutter", " and ".join(found) or None)


def _lost_output(outputs: Sequence[Any]) -> str | None:
    """The first of the outputs, where each is a file; None where one may be an image in Docker's store."""
    for output in outputs:
        fields = dict(field.partition("=")[::2] for field in str(output).split(","))
        kind = fields.get("type", "local")  # `--output folder` is short for type=local
        if kind not in _LOCAL_OUTPUTS and not (kind == "docker" and "dest" in fields):
            return None
    return str(outputs[0]) if outputs else None


def _is_secret(name: str, value: str) -> bool:
    """Whether an argument is a secret by its name; its value only says where it cannot be one."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).replace("-", "_").upper()
    return bool(re.fullmatch(_SECRET, words)) and "PUBLIC" not in words and not re.fullmatch(_NO_SECRET, value)


def _unresolved_options(source: Mapping[str, Any]) -> Iterator[str]:
    """What of the options nothing has replaced, each in words."""
    for key in ("cacheFrom", "cacheTo", "dockerOutputs"):
        written = source.get(key)
        for option in written if isinstance(written, list) else [written]:
            values = [*mapping_of(mapping_of(option).get("params")).values()] if isinstance(option, dict) else [option]
            for value in values:
                if isinstance(value, str) and (match := re.search(_PLACEHOLDER, value)):
                    yield f"{key} of the image asset holds {match.group().strip()}"
    for name, value in mapping_of(source.get("dockerBuildArgs")).items():
        if isinstance(value, str) and (match := re.search(_PLACEHOLDER_IN_ARGUMENT, value)):
            yield f"the build argument {name} holds {match.group()}"
