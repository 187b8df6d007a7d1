"""What a manifest says, by its bytes alone: the forms that Lambda takes, those it refuses, and what is no manifest."""

from __future__ import annotations

import json
from typing import Any

import pytest

from imagelint.aws.manifest import (
    MAX_BYTES,
    Manifest,
    Platform,
    UnreadableManifestError,
    read_config,
    read_manifest,
)
from support.manifests import DOCKER, GZIP, OCI, ZSTD, config, digest_of, docker, index, oci

CONFIG = config()
SINGLE = oci(CONFIG)
LIST = f"{DOCKER}.distribution.manifest.list.v2+json"
REFUSED = "and Lambda takes a single image"


def read(document: Any, media_type: str | None = None) -> Manifest:
    return read_manifest(json.dumps(document).encode(), media_type)


TAKEN: dict[str, tuple[Any, str, int]] = {
    "OCI": (SINGLE, "gzip", 1_000 + len(CONFIG)),
    "Docker, V2 schema 2": (docker(CONFIG), "gzip", 1_000 + len(CONFIG)),
    "OCI, layers that are not compressed": (oci(CONFIG, (f"{OCI}.layer.v1.tar", 7)), "none", 7 + len(CONFIG)),
    "OCI, some of the layers compressed": (
        oci(CONFIG, (f"{OCI}.layer.v1.tar", 7), (GZIP, 3)),
        "mixed",
        10 + len(CONFIG),
    ),
    "eStargz, whose layers are gzip": (oci(CONFIG, (GZIP, 5)), "gzip", 5 + len(CONFIG)),
    "of 10.1 GB": (oci(CONFIG, (GZIP, 10_844_792_423)), "gzip", 10_844_792_423 + len(CONFIG)),
}


@pytest.mark.parametrize(("document", "compression", "size"), TAKEN.values(), ids=TAKEN)
def test_a_single_image_is_taken(document: Any, compression: str, size: int) -> None:
    manifest = read(document)
    assert (manifest.unsupported, manifest.undocumented) == (None, None)
    assert (manifest.compression, manifest.size, manifest.config) == (compression, size, digest_of(CONFIG))


def test_an_image_without_a_media_type_of_its_own_is_known_by_its_layers() -> None:
    """OCI 1.0 lets a manifest leave it out."""
    document = {key: value for key, value in SINGLE.items() if key != "mediaType"}
    assert read(document) == read(SINGLE)
    assert read(document, f"{OCI}.manifest.v1+json") == read(SINGLE)


REFUSED_FORMS: dict[str, tuple[Any, str]] = {
    "an index with an attestation, as BuildKit makes it": (
        index(("amd64", SINGLE), attested=True),
        f"is an index of manifests for linux/amd64 with BuildKit's attestations, {REFUSED}",
    ),
    "an index of two platforms": (
        index(("amd64", SINGLE), ("arm64", SINGLE)),
        f"is an index of manifests for linux/amd64, linux/arm64, {REFUSED}",
    ),
    "Docker's list of manifests": (
        index(("arm64", SINGLE), media_type=LIST),
        f"is an index of manifests for linux/arm64, {REFUSED}",
    ),
    "an index of nothing": (index(), f"is an index of manifests, {REFUSED}"),
    "an index of many": (
        index(*((f"a{number}", SINGLE) for number in range(6))),
        f"is an index of manifests for linux/a0, linux/a1, linux/a2, linux/a3 and others, {REFUSED}",
    ),
    "Docker's schema 1": (
        {"schemaVersion": 1, "mediaType": f"{DOCKER}.distribution.manifest.v1+prettyjws", "fsLayers": []},
        "has a manifest of Docker's schema 1, and Lambda takes schema 2",
    ),
    "a Helm chart": (
        oci(CONFIG, config_type="application/vnd.cncf.helm.config.v1+json"),
        "has a config of application/vnd.cncf.helm.config.v1+json, so that it is no container image",
    ),
}


@pytest.mark.parametrize(("document", "reason"), REFUSED_FORMS.values(), ids=REFUSED_FORMS)
def test_a_form_that_lambda_refuses(document: Any, reason: str) -> None:
    assert read(document).unsupported == reason


def test_the_images_of_an_index_are_its_children_and_the_attestations_are_not() -> None:
    assert read(index(("amd64", SINGLE), attested=True)).children == (digest_of(json.dumps(SINGLE).encode()),)


@pytest.mark.parametrize("kind", [ZSTD, f"{DOCKER}.image.rootfs.diff.tar.zstd", "application/x-own"])
def test_a_layer_that_lambdas_documentation_does_not_speak_of_is_neither_taken_nor_refused(kind: str) -> None:
    manifest = read(oci(CONFIG, (GZIP, 1), (kind, 1)))
    assert manifest.unsupported is None
    assert manifest.undocumented == f"has layer 2 of {kind}, of which Lambda's documentation says nothing"


def test_zstd_is_told_apart() -> None:
    assert read(oci(CONFIG, (ZSTD, 1))).compression == "zstd"
    assert read(oci(CONFIG, ("application/x-own", 1))).compression == "other"


def test_the_registrys_word_for_the_media_type_counts() -> None:
    assert read({**SINGLE, "mediaType": "application/json"}, f"{OCI}.manifest.v1+json").unsupported is None


NO_MANIFEST: dict[str, tuple[bytes, str]] = {
    "rubbish": (b"\xff\x00<html>", "is not JSON"),
    "a list": (b"[]", "is no JSON object"),
    "nothing": (b"{}", "has neither a media type, nor layers, nor manifests"),
    "nested without end": (b"[" * 100_000, "is not JSON"),
    "too large": (b" " * (MAX_BYTES + 1), "has more than 4,194,304 bytes, and is not read"),
    "of another kind": (b'{"mediaType": "text/plain"}', "has the media type text/plain, which is no image's"),
    "with a media type that is none": (b'{"mediaType": "a\\nb", "x": 1}', "has neither a media type"),
    "an image without layers": (json.dumps({**SINGLE, "layers": None}).encode(), "has no config and layers"),
    "an image without a config": (json.dumps({**SINGLE, "config": []}).encode(), "has no config and layers"),
    "a config without a digest": (
        json.dumps({**SINGLE, "config": {"digest": "sha256:short"}}).encode(),
        "has no digest of its config",
    ),
    "an index without manifests": (
        json.dumps({**index(), "manifests": {}}).encode(),
        "has no list of manifests",
    ),
}


@pytest.mark.parametrize(("data", "reason"), NO_MANIFEST.values(), ids=NO_MANIFEST)
def test_what_is_no_manifest(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableManifestError, match=f"^{reason}"):
        read_manifest(data)


@pytest.mark.parametrize("size", [None, "1", -1, True, 1.5])
def test_a_layer_without_a_size_makes_the_size_unknown(size: Any) -> None:
    document = oci(CONFIG)
    document["layers"][0]["size"] = size
    assert read(document).size is None


def test_layers_of_any_form_are_read_without_a_crash() -> None:
    assert read({**SINGLE, "layers": [None, 1, [], {}]}).compression == "other"
    assert read(index(("amd64", SINGLE)) | {"manifests": [None, 1, {"annotations": 1}]}).children == ()


@pytest.mark.parametrize(
    ("blob", "platform"),
    [
        (config("amd64"), Platform("linux", "x86_64")),
        (config("arm64"), Platform("linux", "arm64")),
        (config("riscv64"), Platform("linux", "riscv64")),
        (config("amd64", "windows"), Platform("windows", "x86_64")),
    ],
)
def test_a_config_says_what_the_image_runs_on(blob: bytes, platform: Platform) -> None:
    assert read_config(blob) == platform


@pytest.mark.parametrize("blob", [b"{}", b'{"os": "linux"}', b'{"os": 1, "architecture": "\\u001b[31m"}'])
def test_a_config_that_does_not_say_it(blob: bytes) -> None:
    with pytest.raises(UnreadableManifestError, match=r"^has no os and architecture in its config$"):
        read_config(blob)
