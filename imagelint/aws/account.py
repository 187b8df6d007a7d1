"""What an AWS account says of images, repositories and deployed functions: the answers to a run with --live.

Values only, each an answer or the reason why there is none. Knows nothing of how they are asked for, of templates or
of rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

from imagelint.aws.manifest import Manifest, Platform
from imagelint.record import Record

_Answer = TypeVar("_Answer")


class Unknown(Record):
    """What could not be asked, or was not answered; why, in words: `ecr:BatchGetImage is not allowed`."""

    reason: str


Said: TypeAlias = _Answer | Unknown


class RepositoryName(Record):
    """A private repository of ECR."""

    account: str
    region: str
    name: str

    @property
    def shown(self) -> str:
        """For people."""
        return f"the repository {self.name} of {self.account} in {self.region}"


class ImageName(Record):
    """An image as a function names it: by a tag, or by a digest."""

    repository: RepositoryName
    tag: str | None
    digest: str | None


class FunctionName(Record):
    """A function as a template names it: the stack's path in the assembly, and the logical ID."""

    stack: str
    logical_id: str


class Repository(Record):
    """What ECR says of a repository that is there."""

    exists: Said[bool]
    tags_immutable: Said[bool]
    """DescribeRepositories; true only where no filter makes an exception."""
    policy: Said[str | None]
    """GetRepositoryPolicy; None where it has none."""
    registry_policy: Said[str | None]
    """GetRegistryPolicy, of its whole registry; None where it has none."""
    lifecycle: Said[str | None]
    """GetLifecyclePolicy; None where it has none."""


class Preview(Record):
    """What the last preview of a repository's lifecycle policy says of one image."""

    priority: int
    action: str
    """`expire`, `archive`."""


class Details(Record):
    """What ECR says of an image besides its manifest."""

    pushed: str
    """The day of its push, as 2026-11-28."""
    tags: tuple[str, ...]
    """All of its tags."""


class Image(Record):
    """What ECR says of an image. Where there is none, only `missing` is asked for."""

    missing: Said[str | None]
    """Why there is no such image, in words: `the repository has no tag 1.4.2`; None where it is there."""
    digest: Said[str] = Unknown("there is no such image")
    manifest: Said[Manifest] = Unknown("there is no such image")
    platform: Said[Platform] = Unknown("there is no such image")
    """From the config blob; for an index, what its images agree on."""
    details: Said[Details] = Unknown("there is no such image")
    """DescribeImages."""
    preview: Said[Preview | None] = Unknown("there is no such image")
    """GetLifecyclePolicyPreview; None where a complete preview does not name the image."""
    findings: Said[Mapping[str, int]] = Unknown("there is no such image")
    """DescribeImageScanFindings; the number of findings by severity: CRITICAL, HIGH, …"""


class DeployedFunction(Record):
    """What Lambda says of a function that is deployed."""

    name: str
    state: str
    """State: Active, Inactive, Failed, Pending, …"""
    reason: str | None
    """StateReasonCode: ImageAccessDenied, Idle, …"""
    update: str | None
    """LastUpdateStatus: Successful, Failed, InProgress."""
    update_reason: str | None
    """LastUpdateStatusReasonCode."""
    image_uri: str | None
    """Code.ImageUri, as it was deployed."""
    digest: str | None
    """The digest in Code.ResolvedImageUri, which is what runs."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """All answers of a run. What was not asked for has no entry."""

    repositories: Mapping[RepositoryName, Repository] = field(default_factory=dict)
    images: Mapping[ImageName, Image] = field(default_factory=dict)
    functions: Mapping[FunctionName, Said[DeployedFunction | None]] = field(default_factory=dict)
    """By DescribeStackResource and GetFunction; None for a function that is not deployed."""
