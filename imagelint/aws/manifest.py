"""What an image manifest says: whether Lambda takes an image of this form, how large it is, where its config stands.

Sources: Lambda Developer Guide, "Create a Lambda function using a container image" (Docker image manifest V2, schema 2,
and OCI 1.0.0 and up; one architecture; 10 GB with all layers); Docker's "Image Manifest V2, Schema 2"; OCI image
specification 1.0, "Image Manifest" and "Image Index"; BuildKit, "Attestation storage". Pure: bytes in, facts out. Knows
nothing of registries, functions or rules.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from imagelint.record import Record

MAX_BYTES: Final = 4 * 1024 * 1024
"""The largest manifest that is read. The OCI distribution specification lets a registry refuse a larger one."""
MAX_CONFIG_BYTES: Final = 4 * 1024 * 1024
"""The largest config blob that is read; those of real images have a few KB."""
_MAX_LAYERS: Final = 10_000
"""Entries of a manifest that are looked at; Docker makes images of at most 127 layers."""

IMAGE_TYPES: Final = (
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
)
INDEX_TYPES: Final = (
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.index.v1+json",
)
SCHEMA_1_TYPES: Final = (
    "application/vnd.docker.distribution.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v1+prettyjws",
)
_CONFIG_TYPES: Final = (
    "application/vnd.docker.container.image.v1+json",
    "application/vnd.oci.image.config.v1+json",
)
_LAYERS: Final = {
    "application/vnd.docker.image.rootfs.diff.tar.gzip": "gzip",
    "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip": "gzip",
    "application/vnd.oci.image.layer.v1.tar": "none",
    "application/vnd.oci.image.layer.v1.tar+gzip": "gzip",
    "application/vnd.oci.image.layer.nondistributable.v1.tar": "none",
    "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip": "gzip",
    "application/vnd.docker.image.rootfs.diff.tar.zstd": "zstd",
    "application/vnd.oci.image.layer.v1.tar+zstd": "zstd",
}
"""The media type of a layer -> how it is compressed."""
_PLAIN: Final = ("gzip", "none")
"""The compressions of Docker's V2 schema 2 and of OCI 1.0.0, which Lambda's guide names."""
_ATTESTATION: Final = "attestation-manifest"
"""What BuildKit's annotation vnd.docker.reference.type says of provenance and SBOM."""
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_MEDIA_TYPE: Final = re.compile(r"(?:application|text)/[a-zA-Z0-9][a-zA-Z0-9!#$&^_.+-]{0,126}")
"""What is repeated to people (RFC 6838, section 4.2: the names' grammar; of the types, those that registries hold)."""
_ARCHITECTURES: Final = {"amd64": "x86_64", "arm64": "arm64"}
"""Go's GOARCH, in which a config blob and an index speak -> Lambda's word."""


class UnreadableManifestError(Exception):
    """A manifest or a config blob that is none; why, in words that follow `is` or `has`."""


class Manifest(Record):
    """What is known of an image by its manifest alone."""

    media_type: str
    unsupported: str | None
    """Why Lambda refuses an image of this form, in words that follow `it`; None where nothing is wrong with it."""
    undocumented: str | None = None
    """What of its form no documentation of Lambda speaks of, in the same words; None where there is nothing."""
    config: str | None = None
    """The digest of the config blob; None for an index."""
    size: int | None = None
    """Bytes of the layers and the config, compressed as they are stored; None for an index."""
    compression: str | None = None
    """How the layers are compressed: gzip, none, zstd, mixed, other; None for an index and without layers."""
    children: tuple[str, ...] = ()
    """The digests of an index's images, attestations left out."""


class Platform(Record):
    """What an image runs on."""

    os: str
    architecture: str
    """In Lambda's words where Lambda has one: x86_64, arm64; else as the config blob says."""


def read_manifest(data: bytes, media_type: str | None = None) -> Manifest:
    """What a manifest says. `media_type` is the registry's word for it, which counts before the manifest's own.

    Raises UnreadableManifestError.
    """
    document = _document(data, MAX_BYTES)
    named = media_type or document.get("mediaType")
    if not isinstance(named, str) or not _MEDIA_TYPE.fullmatch(named):
        named = _guessed(document)
    if named in INDEX_TYPES:
        return _index(named, document)
    if named in SCHEMA_1_TYPES or document.get("schemaVersion") == 1:
        return Manifest(named, "has a manifest of Docker's schema 1, and Lambda takes schema 2")
    if named not in IMAGE_TYPES:
        raise UnreadableManifestError(f"has the media type {named}, which is no image's")
    return _image(named, document)


def read_config(data: bytes) -> Platform:
    """What an image's config blob says it runs on. Raises UnreadableManifestError."""
    document = _document(data, MAX_CONFIG_BYTES)
    system, architecture = document.get("os"), document.get("architecture")
    if not _is_word(system) or not _is_word(architecture):
        raise UnreadableManifestError("has no os and architecture in its config")
    return Platform(str(system), _ARCHITECTURES.get(str(architecture), str(architecture)))


def _is_word(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[a-z0-9_.-]{1,40}", value) is not None


def _document(data: bytes, most: int) -> Mapping[str, Any]:
    if len(data) > most:
        raise UnreadableManifestError(f"has more than {most:,} bytes, and is not read")
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        raise UnreadableManifestError("is not JSON") from None
    if not isinstance(document, dict):
        raise UnreadableManifestError("is no JSON object")
    return document


def _guessed(document: Mapping[str, Any]) -> str:
    """The media type of a manifest that does not say it, as OCI 1.0 leaves it open."""
    if isinstance(document.get("manifests"), list):
        return INDEX_TYPES[1]
    if isinstance(document.get("layers"), list):
        return IMAGE_TYPES[1]
    raise UnreadableManifestError("has neither a media type, nor layers, nor manifests")


def _index(media_type: str, document: Mapping[str, Any]) -> Manifest:
    listed = document.get("manifests")
    if not isinstance(listed, list):
        raise UnreadableManifestError("has no list of manifests")
    children, attestations, platforms = [], 0, []
    for each in listed[:_MAX_LAYERS]:
        described = each if isinstance(each, dict) else {}
        annotations, platform = described.get("annotations"), described.get("platform")
        if isinstance(annotations, dict) and annotations.get("vnd.docker.reference.type") == _ATTESTATION:
            attestations += 1
            continue
        digest = described.get("digest")
        if isinstance(digest, str) and _DIGEST.fullmatch(digest):
            children.append(digest)
        if isinstance(platform, dict) and _is_word(platform.get("architecture")) and _is_word(platform.get("os")):
            platforms.append(f"{platform['os']}/{platform['architecture']}")
    parts = []
    if platforms:
        shown = list(dict.fromkeys(platforms))
        parts.append(f"for {', '.join(shown[:4])}{' and others' if len(shown) > 4 else ''}")
    if attestations:
        parts.append("with BuildKit's attestations")
    described_as = " ".join(["is an index of manifests", *parts])
    return Manifest(media_type, f"{described_as}, and Lambda takes a single image", children=tuple(children))


def _image(media_type: str, document: Mapping[str, Any]) -> Manifest:
    config, layers = document.get("config"), document.get("layers")
    if not isinstance(config, dict) or not isinstance(layers, list):
        raise UnreadableManifestError("has no config and layers")
    digest, config_type = config.get("digest"), config.get("mediaType")
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise UnreadableManifestError("has no digest of its config")
    listed = [each if isinstance(each, dict) else {} for each in layers[:_MAX_LAYERS]]
    sizes = [each.get("size") for each in (config, *listed)]
    known = [size for size in sizes if isinstance(size, int) and not isinstance(size, bool) and size >= 0]
    compressions = [_LAYERS.get(str(each.get("mediaType")), "other") for each in listed]
    kinds = set(compressions)
    unsupported = undocumented = None
    if config_type not in _CONFIG_TYPES:
        shown = config_type if isinstance(config_type, str) and _MEDIA_TYPE.fullmatch(config_type) else "no media type"
        unsupported = f"has a config of {shown}, so that it is no container image"
    elif not kinds <= {*_PLAIN}:
        number = next(index for index, each in enumerate(compressions) if each not in _PLAIN)
        shown = str(listed[number].get("mediaType"))
        shown = shown if _MEDIA_TYPE.fullmatch(shown) else "no media type"
        undocumented = f"has layer {number + 1} of {shown}, of which Lambda's documentation says nothing"
    return Manifest(
        media_type,
        unsupported,
        undocumented,
        config=digest,
        size=sum(known) if len(known) == len(sizes) and len(layers) <= _MAX_LAYERS else None,
        compression=None if not kinds else kinds.pop() if len(kinds) == 1 else "mixed",
    )
