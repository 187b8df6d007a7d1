"""Manifests by hand, as Docker, BuildKit and others make them."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

OCI, DOCKER = "application/vnd.oci.image", "application/vnd.docker"
GZIP = f"{OCI}.layer.v1.tar+gzip"
ZSTD = f"{OCI}.layer.v1.tar+zstd"
INDEX = f"{OCI}.index.v1+json"


def digest_of(data: bytes) -> str:
    """A digest as registries write it."""
    return f"sha256:{sha256(data).hexdigest()}"


def config(architecture: str = "amd64", system: str = "linux") -> bytes:
    """The config blob of an image."""
    return json.dumps({"architecture": architecture, "os": system, "rootfs": {"type": "layers"}}).encode()


def oci(blob: bytes, *layers: tuple[str, int], config_type: str = f"{OCI}.config.v1+json") -> dict[str, Any]:
    """An OCI image of a config blob, and layers by media type and size."""
    return _image(f"{OCI}.manifest.v1+json", config_type, blob, layers or ((GZIP, 1_000),))


def docker(blob: bytes, *layers: tuple[str, int]) -> dict[str, Any]:
    """A Docker image, V2 schema 2."""
    layers = layers or ((f"{DOCKER}.image.rootfs.diff.tar.gzip", 1_000),)
    return _image(f"{DOCKER}.distribution.manifest.v2+json", f"{DOCKER}.container.image.v1+json", blob, layers)


def _image(media_type: str, config_type: str, blob: bytes, layers: tuple[tuple[str, int], ...]) -> dict[str, Any]:
    return {
        "schemaVersion": 2,
        "mediaType": media_type,
        "config": {"mediaType": config_type, "digest": digest_of(blob), "size": len(blob)},
        "layers": [
            {"mediaType": kind, "digest": digest_of(str(number).encode()), "size": size}
            for number, (kind, size) in enumerate(layers)
        ],
    }


ATTESTED = config("unknown", "unknown")
ATTESTATION = oci(ATTESTED, ("application/vnd.in-toto+json", 1))
"""What BuildKit puts into an index beside an image: a manifest whose layer is a statement of provenance."""


def index(*children: tuple[str, dict[str, Any]], attested: bool = False, media_type: str = INDEX) -> dict[str, Any]:
    """An index of images by architecture, with an attestation for each as BuildKit makes them."""
    manifests = []
    for architecture, manifest in children:
        described = _described(manifest)
        manifests.append({**described, "platform": {"architecture": architecture, "os": "linux"}})
        if attested:
            about = {
                "vnd.docker.reference.type": "attestation-manifest",
                "vnd.docker.reference.digest": described["digest"],
            }
            platform = {"architecture": "unknown", "os": "unknown"}
            manifests.append({**_described(ATTESTATION), "platform": platform, "annotations": about})
    return {"schemaVersion": 2, "mediaType": media_type, "manifests": manifests}


def _described(manifest: dict[str, Any]) -> dict[str, Any]:
    data = json.dumps(manifest).encode()
    return {"mediaType": manifest["mediaType"], "digest": digest_of(data), "size": len(data)}
