"""Manifests by hand in a real registry, Debian's docker-registry: each form is told apart by what the registry gives.

ECR speaks the same API of the OCI distribution specification to docker, beside its own, which test_rules asks.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from imagelint.aws.manifest import IMAGE_TYPES, INDEX_TYPES, Platform, read_config, read_manifest
from support.manifests import ATTESTATION, ATTESTED, GZIP, INDEX, ZSTD, config, digest_of, docker, index, oci

pytestmark = pytest.mark.external

AMD64, ARM64 = config("amd64"), config("arm64")
LAYER = b"0"
"""What support.manifests has the digest of, for the first layer of each image."""


class Registry:
    """docker-registry on loopback."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{free.getsockname()[1]}"
        settings = {
            "version": 0.1,
            "log": {"level": "error", "accesslog": {"disabled": True}},
            "storage": {"filesystem": {"rootdirectory": str(folder / "images")}},
            "http": {"addr": self.address},
        }
        (folder / "config.yml").write_text(json.dumps(settings))
        self._process = subprocess.Popen(
            ["docker-registry", "serve", str(folder / "config.yml")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(100):
            try:
                self.ask("GET", "/v2/")
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError("docker-registry does not answer")

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(10)

    def ask(self, method: str, path: str, data: bytes | None = None, **headers: str) -> tuple[bytes, Mapping[str, str]]:
        """The answer's body and headers. Raises HTTPError."""
        url = path if path.startswith("http") else f"http://{self.address}{path}"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(url, data, named, method=method)
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.read(), response.headers

    def push_blob(self, data: bytes) -> None:
        """Push a layer or a config."""
        _, headers = self.ask("POST", "/v2/app/blobs/uploads/", b"")
        location = headers["Location"]
        joined = f"{location}{'&' if '?' in location else '?'}digest={digest_of(data)}"
        self.ask("PUT", joined, data, Content_Type="application/octet-stream")

    def push(self, tag: str, manifest: Mapping[str, Any]) -> None:
        """Push a manifest."""
        self.ask("PUT", f"/v2/app/manifests/{tag}", json.dumps(manifest).encode(), Content_Type=manifest["mediaType"])


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    if shutil.which("docker-registry") is None:
        pytest.skip("needs docker-registry, which Debian has as a package of that name")
    started = Registry(tmp_path_factory.mktemp("registry"))
    try:
        for blob in (AMD64, ARM64, ATTESTED, LAYER):
            started.push_blob(blob)
        for manifest in (oci(AMD64), ATTESTATION):
            started.push(digest_of(json.dumps(manifest).encode()), manifest)
        for tag, (tagged, _) in PUSHED.items():
            started.push(tag, tagged)
        yield started
    finally:
        started.close()


PUSHED: dict[str, tuple[dict[str, Any], tuple[str | None, str | None, Platform | None]]] = {
    "oci-amd64": (oci(AMD64), (None, "gzip", Platform("linux", "x86_64"))),
    "oci-arm64": (oci(ARM64), (None, "gzip", Platform("linux", "arm64"))),
    "docker-amd64": (docker(AMD64), (None, "gzip", Platform("linux", "x86_64"))),
    "docker-arm64": (docker(ARM64), (None, "gzip", Platform("linux", "arm64"))),
    "zstd": (oci(AMD64, (ZSTD, 1)), (None, "zstd", Platform("linux", "x86_64"))),
    "large": (oci(AMD64, (GZIP, 10_844_792_423)), (None, "gzip", Platform("linux", "x86_64"))),
    "attested": (
        index(("amd64", oci(AMD64)), attested=True),
        (
            "is an index of manifests for linux/amd64 with BuildKit's attestations, and Lambda takes a single image",
            None,
            None,
        ),
    ),
}
"""By tag: the manifest, and why Lambda refuses it, how its layers are compressed, and what its config says."""


@pytest.mark.parametrize("tag", PUSHED)
def test_each_form_is_told_apart(registry: Registry, tag: str) -> None:
    data, headers = registry.ask("GET", f"/v2/app/manifests/{tag}", Accept=", ".join([*IMAGE_TYPES, *INDEX_TYPES]))
    assert headers["Docker-Content-Digest"] == digest_of(data)
    manifest = read_manifest(data, headers["Content-Type"])
    platform = None
    if manifest.config is not None:
        platform = read_config(registry.ask("GET", f"/v2/app/blobs/{manifest.config}")[0])
    assert (manifest.unsupported, manifest.compression, platform) == PUSHED[tag][1]


def test_an_index_leads_to_its_image(registry: Registry) -> None:
    data, _ = registry.ask("GET", "/v2/app/manifests/attested", Accept=INDEX)
    (child,) = read_manifest(data).children
    found, headers = registry.ask("GET", f"/v2/app/manifests/{child}", Accept=IMAGE_TYPES[1])
    assert read_manifest(found, headers["Content-Type"]).config == digest_of(AMD64)


def test_a_size_is_what_the_manifest_says(registry: Registry) -> None:
    data, _ = registry.ask("GET", "/v2/app/manifests/large", Accept=IMAGE_TYPES[1])
    assert read_manifest(data).size == 10_844_792_423 + len(AMD64)


def test_a_tag_that_is_not_there_is_no_manifest(registry: Registry) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        registry.ask("GET", "/v2/app/manifests/1.0")
