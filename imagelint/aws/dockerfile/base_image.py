"""The image that a FROM names: its reference as Docker reads it, and what the reference alone says of the image."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from imagelint.aws.dockerfile.languages import Support, moves, support_of
from imagelint.aws.dockerfile.unknown import Unknown
from imagelint.aws.image_reference import REPOSITORY, TAG, is_host
from imagelint.aws.runtimes import ONE_ARCHITECTURE, runtime_of
from imagelint.record import Record

_HUB_ARCHITECTURES: Final[Mapping[str, str]] = {
    "amd64": "x86_64",
    "arm64v8": "arm64",
    "arm32v5": "arm",
    "arm32v6": "arm",
    "arm32v7": "arm",
    "i386": "386",
    "ppc64le": "ppc64le",
    "riscv64": "riscv64",
    "s390x": "s390x",
}
"""The namespaces of Docker's official images for one architecture (docker-library/official-images, README)."""


class BaseImage(Record):
    """An image reference as Docker reads it, `docker.io` and `library/` filled in; `scratch` has no registry."""

    reference: str
    """As the Dockerfile says it, variables replaced."""
    registry: str
    repository: str
    tag: str | None
    digest: str | None

    @property
    def is_scratch(self) -> bool:
        """Whether the image starts from nothing."""
        return not self.registry

    @property
    def is_floating(self) -> bool:
        """Whether the reference is to whatever its publisher pushed last on the day of the build."""
        if self.is_scratch or self.digest is not None:
            return False
        return self.tag is None or moves(self.official_name, self.tag)

    @property
    def official_name(self) -> str | None:
        """The name of one of Docker's official images (`python`), from Docker Hub or from its copy in ECR Public."""
        namespace, _, name = self.repository.rpartition("/")
        if self.registry == "docker.io" and (namespace == "library" or namespace in _HUB_ARCHITECTURES):
            return name
        return name if self.registry == "public.ecr.aws" and namespace == "docker/library" else None

    @property
    def support(self) -> Support | None:
        """The language's version and the end of its support, of the common language images; None for any other."""
        name = self.repository if self.registry == "mcr.microsoft.com" else self.official_name
        return support_of(name, self.tag) if name and self.tag else None

    @property
    def lambda_name(self) -> str | None:
        """`python`, `nodejs`, `provided`…, when this is one of AWS's base images for Lambda.

        They are public.ecr.aws/lambda/<name> and, on Docker Hub, amazon/aws-lambda-<name> (Lambda guide,
        images-create). The images under public.ecr.aws/sam are for building, and a private mirror cannot be told from
        any other image.
        """
        for registry, prefix in (("public.ecr.aws", "lambda/"), ("docker.io", "amazon/aws-lambda-")):
            if self.registry == registry and self.repository.startswith(prefix):
                return self.repository.removeprefix(prefix)
        return None

    @property
    def runtime(self) -> str | Unknown | None:
        """The runtime identifier (`python3.12`) of one of AWS's base images; None when this is another image."""
        name = self.lambda_name
        if name is None:
            return None
        runtime = runtime_of(name, self.tag or "")
        return runtime or Unknown(f"the tag of {self.reference} does not name a runtime version")

    @property
    def architecture(self) -> str | None:
        """The CPU architecture that the reference itself names, in Lambda's words where Lambda has one; None for none.

        AWS's base images carry it as a suffix of the tag (`3.12-arm64`, `3.12-x86_64`), as others do too
        (`debian12-amd64`); Docker's official images as the namespace (`arm64v8/python`). AWS's older base images exist
        for one architecture only.
        """
        namespace = self.repository.partition("/")[0]
        if self.registry == "docker.io" and namespace in _HUB_ARCHITECTURES:
            return _HUB_ARCHITECTURES[namespace]
        _, dash, suffix = (self.tag or "").rpartition("-")
        if dash and suffix in ("arm64", "arm64v8", "aarch64", "amd64", "x86_64"):
            return lambda_architecture(suffix)
        return ONE_ARCHITECTURE.get(self.runtime) if isinstance(self.runtime, str) else None

    @property
    def starts_no_runtime(self) -> bool:
        """Whether the image is known to start nothing that speaks to Lambda by itself.

        True of nothing at all, of Docker's official images (a shell or an interpreter) and of AWS's Linux and JDK.
        """
        aws = self.registry == "public.ecr.aws" and (
            self.repository == "amazonlinux/amazonlinux" or "corretto" in self.repository.rpartition("/")[2]
        )
        return self.is_scratch or self.official_name is not None or aws


def parse_base_image(text: str) -> BaseImage | Unknown:
    """Reads a reference by the grammar of github.com/distribution/reference."""
    if text == "scratch":
        return BaseImage(text, "", text, None, None)
    name, _, digest = text.partition("@")
    head, slash, last = name.rpartition("/")
    last, colon, tag = last.partition(":")
    registry, _, repository = f"{head}{slash}{last}".partition("/")
    if not repository or not is_host(registry):
        registry, repository = "docker.io", f"{head}{slash}{last}"
    if registry in ("docker.io", "index.docker.io"):
        registry, repository = "docker.io", repository if "/" in repository else f"library/{repository}"
    valid = (
        re.fullmatch(r"[A-Za-z0-9.-]+(?::[0-9]+)?", registry)
        and re.fullmatch(REPOSITORY, repository)
        and (re.fullmatch(TAG, tag) if colon else True)
        and (re.fullmatch(r"[a-z0-9+._-]+:[0-9a-fA-F]{32,}", digest) if "@" in text else True)
    )
    if not valid:
        return Unknown(f"{text[:100]!r} is not an image reference")
    return BaseImage(text, registry, repository, tag or None, digest or None)


def identity(reference: str) -> tuple[str, str, str | None, str] | None:
    """What makes two references the same; None for what is no reference."""
    image = parse_base_image(reference)
    if isinstance(image, Unknown):
        return None
    return image.registry, image.repository, image.digest, image.tag or "latest"


def lambda_architecture(name: str) -> str:
    """An architecture in Lambda's words (`arm64`, `x86_64`); one that Lambda has not stays as it is."""
    aliases = {"amd64": "x86_64", "x86-64": "x86_64", "aarch64": "arm64", "arm64v8": "arm64"}
    return aliases.get(name, name)


def architecture_of_platform(platform: str | Unknown | None) -> str | Unknown | None:
    """The architecture of `linux/arm64/v8` or, as containerd's platforms allow, of `arm64` alone."""
    if not isinstance(platform, str):
        return platform
    system, slash, rest = platform.lower().partition("/")
    name = rest.partition("/")[0] if slash else system
    if not re.fullmatch(r"[a-z0-9_-]+", name) or name in ("linux", "windows", "darwin", "local"):
        return Unknown(f"the platform {platform[:100]!r} names no architecture")
    return lambda_architecture(name)
