"""What one target of a Dockerfile builds: the answer of `build.read`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from imagelint.aws.dockerfile.base_image import BaseImage, architecture_of_platform
from imagelint.aws.dockerfile.unknown import Unknown
from imagelint.record import Record


class NoSuchTarget(Record):
    """The Dockerfile was understood and has no such stage. `stages` are the names that it has."""

    target: str
    stages: tuple[str, ...]


class Command(Record):
    """CMD or ENTRYPOINT of the built image: whose word it is, and the words where the Dockerfile gives them as JSON."""

    origin: Literal["dockerfile", "base image", "none"]
    """`base image`: whatever that sets, perhaps nothing; `none`: the image has none."""
    words: tuple[str, ...] | None = None
    """None for the shell form, and when the base image has the word."""
    line: int | None = None

    @property
    def is_given(self) -> bool:
        """Whether the Dockerfile sets it to something."""
        return self.origin == "dockerfile" and self.words != ()


class Image(Record):
    """What one target of a Dockerfile builds."""

    base: BaseImage | Unknown
    """What the chain of FROM comes down to."""
    platform: str | Unknown | None
    """The `--platform` of the FROM that names the base; None without one, and for `$TARGETPLATFORM`."""
    line: int
    """Of that FROM, counted from 1."""
    entrypoint: Command
    command: Command
    labels: Mapping[str, str | Unknown]
    other_labels: Unknown | None
    """Why there may be labels besides `labels`; None when there are no others of interest."""
    compiled_for: str | Unknown | None
    """Of an image from scratch: the architecture, in Lambda's words, that its builder stages compile for everywhere.
    None where they compile for the platform of the build, and for every other image."""

    def label(self, name: str) -> str | Unknown | None:
        """The value of a label; None when the image has no such label."""
        return self.labels.get(name, self.other_labels)

    @property
    def architecture(self) -> str | Unknown | None:
        """The CPU architecture that the FROM names: `arm64`, `x86_64`, or one that Lambda has not; None for none.

        The reference counts more than `--platform`: an image for one architecture only is used whatever is asked for.
        `scratch` is for the platform of the build, whatever its FROM says (BuildKit, dockerfile2llb/convert.go).
        """
        if isinstance(self.base, BaseImage) and self.base.is_scratch:
            return None
        if isinstance(self.base, Unknown) or self.base.architecture is None:
            return architecture_of_platform(self.platform)
        return self.base.architecture

    @property
    def host_decides(self) -> bool | None:
        """Whether a build without --platform is for the CPU of the machine that builds; None where not known."""
        if isinstance(self.architecture, Unknown) or isinstance(self.compiled_for, Unknown):
            return None
        return self.architecture is None and self.compiled_for is None

    @property
    def has_command(self) -> bool | None:
        """Whether the container starts something; None when only the base image knows.

        AWS's base images have an entry point (`/lambda-entrypoint.sh`), which demands one argument, and no CMD.
        """
        if self.entrypoint.is_given or self.command.is_given:
            return True
        if "base image" not in (self.entrypoint.origin, self.command.origin):
            return False
        known = isinstance(self.base, BaseImage) and (self.base.lambda_name or self.base.starts_no_runtime)
        return False if known else None
