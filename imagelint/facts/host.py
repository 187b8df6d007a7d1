"""Facts of the machine that builds the image assets: for which architecture, where an asset names no platform."""

from __future__ import annotations

import os
from typing import Final

from imagelint.aws.dockerfile.base_image import architecture_of_platform, lambda_architecture
from imagelint.aws.dockerfile.unknown import Unknown
from imagelint.facts.draft import Draft

_PLATFORMS: Final = {"x86_64": "linux/amd64", "arm64": "linux/arm64"}
"""Docker's names for Lambda's architectures."""
_DEFAULT_PLATFORM: Final = "DOCKER_DEFAULT_PLATFORM"
"""The variable that docker build takes for --platform where that is not given (Docker CLI, environment variables)."""


def state_build_host(draft: Draft) -> None:
    """State what is built where no platform is named; nothing where this machine does not say what it is.

    CDK builds the assets on the machine that deploys (cdk-assets, `docker build` without --platform).
    """
    host, is_this = draft.subject.index.build_host, draft.subject.index.build_host == "auto"
    if is_this and (host := _this_machine()) == "":
        return
    draft.set("build.host", host)
    builds = f"builds {_PLATFORMS.get(host, f'linux/{host}')}"
    if is_this:
        words = f"this machine {builds}"
    elif host == "any":
        words = "any machine may build it (build_host: any)"
    else:
        words = f"the build host {builds} (build_host: {host})"
    draft.set("build.host_in_words", words)
    architecture = draft.values.get("function.architecture")
    if host == "any" or architecture is not None:
        draft.set("build.host_matches", host == architecture)


def _this_machine() -> str:
    """The architecture that docker build makes images for here, in Lambda's words; empty where it cannot be known."""
    if given := os.environ.get(_DEFAULT_PLATFORM):
        named = architecture_of_platform(given)
        return "" if named is None or isinstance(named, Unknown) else named
    # os.uname costs nothing where there is one; the module `platform` is imported for Windows alone.
    if hasattr(os, "uname"):
        return lambda_architecture(os.uname().machine.lower())
    import platform

    return lambda_architecture(platform.machine().lower())
