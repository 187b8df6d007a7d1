"""What ECR says of a repository and of an image.

Sources: Amazon ECR API Reference, the actions that are named here with their errors. A config blob is fetched like a
layer: GetDownloadUrlForLayer takes any blob that an image's manifest names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any, Final, TypeVar

from imagelint.aws.account import Details, Image, ImageName, Preview, Repository, RepositoryName, Said, Unknown
from imagelint.aws.manifest import (
    IMAGE_TYPES,
    INDEX_TYPES,
    MAX_BYTES,
    SCHEMA_1_TYPES,
    Manifest,
    Platform,
    UnreadableManifestError,
    read_config,
    read_manifest,
)
from imagelint.live.answers import entries, inside, text, unreadable
from imagelint.live.errors import NoAnswerError
from imagelint.live.layers import fetch
from imagelint.live.session import Place, Session

_Answer = TypeVar("_Answer")

_MAX_CHILDREN: Final = 4
"""The images of an index that are looked at."""
_ACTION: Final = re.compile(r"[A-Z]{1,20}")
_ACTIONS: Final = {"EXPIRE": "expire", "TRANSITION": "archive"}
_SCANNED: Final = ("COMPLETE", "ACTIVE")
"""The states of a scan whose findings count: of a basic scan, and of a continuous one."""


def said(ask: Callable[[], _Answer]) -> Said[_Answer]:
    """An answer, or why there is none."""
    try:
        return ask()
    except NoAnswerError as error:
        return Unknown(error.reason)


def unless(code: str, ask: Callable[[], _Answer]) -> _Answer | None:
    """An answer; None where AWS says by an error's code that there is no such thing. Raises NoAnswerError."""
    try:
        return ask()
    except NoAnswerError as error:
        if error.code == code:
            return None
        raise


def ask_repository(session: Session, name: RepositoryName) -> Repository:
    """What ECR says of a repository."""
    place, named = Place(name.account, name.region), {"registryId": name.account, "repositoryName": name.name}

    def describe() -> Mapping[str, Any] | None:
        parameters = {"registryId": name.account, "repositoryNames": [name.name]}
        answer = session.call("ecr:DescribeRepositories", place, **parameters)
        found: Any = entries(answer, "repositories")[:1]
        if not found or not isinstance(found[0], Mapping):
            raise unreadable()
        return found[0]

    def policy() -> str | None:
        answer = unless(
            "RepositoryPolicyNotFoundException", lambda: session.call("ecr:GetRepositoryPolicy", place, **named)
        )
        return None if answer is None else _given(answer, "policyText")

    def registry_policy() -> str | None:
        if not session.is_at_home(name.account):
            raise NoAnswerError(f"ecr:GetRegistryPolicy can be asked by account {name.account} alone")
        answer = unless("RegistryPolicyNotFoundException", lambda: session.call("ecr:GetRegistryPolicy", place))
        return None if answer is None else _given(answer, "policyText")

    def lifecycle() -> str | None:
        answer = unless(
            "LifecyclePolicyNotFoundException", lambda: session.call("ecr:GetLifecyclePolicy", place, **named)
        )
        return None if answer is None else _given(answer, "lifecyclePolicyText")

    described = said(lambda: unless("RepositoryNotFoundException", describe))
    if described is None and not session.is_at_home(name.account):
        described = Unknown(
            f"account {name.account} shows no {name.name} to these credentials, and --role-arn names no role"
        )
    if described is None:
        gone = Unknown(f"there is no {name.shown.removeprefix('the ')}")
        return Repository(False, gone, gone, gone, gone)
    mutability: Said[bool]
    if isinstance(described, Unknown):
        mutability = described
    else:
        mutability = said(lambda: _given(described, "imageTagMutability") == "IMMUTABLE")
    exists = described if isinstance(described, Unknown) else True
    return Repository(exists, mutability, said(policy), said(registry_policy), said(lifecycle))


def _given(answer: object, key: str) -> str:
    """A text that has to be in an answer. Raises NoAnswerError."""
    value = text(answer, key)
    if value is None:
        raise unreadable()
    return value


def ask_image(session: Session, name: ImageName, repository: Repository) -> Image:
    """What ECR says of an image, in a repository that was asked for before."""
    if repository.exists is False:
        where = f"{name.repository.account} in {name.repository.region}"
        return Image(f"there is no repository {name.repository.name} in account {where}")
    asker = _Asker(session, name.repository)
    try:
        found = unless("RepositoryNotFoundException", lambda: asker.manifests(_image_id(name)))
        if found is None:  # deleted meanwhile, or not to be seen
            raise NoAnswerError(repository.exists.reason if isinstance(repository.exists, Unknown) else "it is gone")
    except NoAnswerError as error:
        reason = Unknown(error.reason)
        return Image(reason, reason, reason, reason, reason, reason, reason)
    if not found:
        what = f"image tagged {name.tag}" if name.tag is not None else f"image {name.digest}"
        return Image(f"{name.repository.shown} has no {what}")
    digest, media_type, data = found[0]
    manifest = said(lambda: _judged(data, media_type))
    platform = manifest if isinstance(manifest, Unknown) else said(lambda: asker.platform(manifest))
    return Image(
        missing=None,
        digest=digest,
        manifest=manifest,
        platform=platform,
        details=said(lambda: asker.details(digest)),
        preview=said(lambda: asker.preview(digest, repository.lifecycle)),
        findings=said(lambda: asker.findings(digest)),
    )


def _image_id(name: ImageName) -> dict[str, str]:
    return {"imageTag": name.tag} if name.tag is not None else {"imageDigest": str(name.digest)}


def _judged(data: str, media_type: str | None) -> Manifest:
    try:
        return read_manifest(data.encode("utf-8", "surrogatepass"), media_type)
    except UnreadableManifestError as error:
        raise NoAnswerError(f"the image's manifest {error}") from None


class _Asker:
    """Questions about the images of one repository."""

    def __init__(self, session: Session, repository: RepositoryName) -> None:
        self._session = session
        self._place = Place(repository.account, repository.region)
        self._named = {"registryId": repository.account, "repositoryName": repository.name}

    def _call(self, action: str, **parameters: Any) -> Mapping[str, Any]:
        return self._session.call(f"ecr:{action}", self._place, **self._named, **parameters)

    def manifests(self, *ids: Mapping[str, str]) -> list[tuple[str, str | None, str]]:
        """Digest, media type and text of the manifests of some images; empty where none of them is there."""
        accepted = [*IMAGE_TYPES, *INDEX_TYPES, *SCHEMA_1_TYPES]
        answer = self._call("BatchGetImage", imageIds=list(ids), acceptedMediaTypes=accepted)
        images = entries(answer, "images")
        if not images:
            codes = [inside(failure, "failureCode") for failure in entries(answer, "failures")]
            if not codes or any(code != "ImageNotFound" for code in codes):
                shown = [code for code in codes if isinstance(code, str) and code.isalnum() and len(code) <= 64]
                raise NoAnswerError(f"ecr:BatchGetImage failed{''.join(f' with {code}' for code in shown[:1])}")
            return []
        found = []
        for image in images:
            digest, data = text(image, "imageId", "imageDigest"), inside(image, "imageManifest")
            if digest is None or not isinstance(data, str):
                raise unreadable()
            found.append((digest, text(image, "imageManifestMediaType"), data[: MAX_BYTES + 1]))
        return found

    def platform(self, manifest: Manifest) -> Platform:
        """What an image runs on, by its config blob; for an index, what all of its images do."""
        if manifest.config is not None:
            return self._config(manifest.config)
        children = manifest.children[:_MAX_CHILDREN]
        if not children:
            raise NoAnswerError("the index names no images")
        found = self.manifests(*({"imageDigest": child} for child in children))
        configs = [_judged(data, media_type).config for _, media_type, data in found]
        platforms = {self._config(config) for config in configs if config is not None}
        if len(platforms) != 1 or len(manifest.children) > len(found):
            raise NoAnswerError("the index is for several platforms, or not all of its images are there")
        return platforms.pop()

    def _config(self, digest: str) -> Platform:
        answer = self._call("GetDownloadUrlForLayer", layerDigest=digest)
        data = fetch(_given(answer, "downloadUrl"), digest, self._place.region, self._session.options.endpoint_url)
        try:
            return read_config(data)
        except UnreadableManifestError as error:
            raise NoAnswerError(f"the image {error}") from None

    def details(self, digest: str) -> Details:
        """The day of the image's push, in UTC, and its tags."""
        answer = self._call("DescribeImages", imageIds=[{"imageDigest": digest}])
        pushed = inside(answer, "imageDetails", 0, "imagePushedAt")
        tags = inside(answer, "imageDetails", 0, "imageTags") or []  # an image without tags has no such field
        if not isinstance(pushed, datetime) or not isinstance(tags, list) or not all(map(_is_text, tags)):
            raise unreadable()
        return Details(pushed.astimezone(timezone.utc).date().isoformat(), tuple(sorted(tags)))

    def preview(self, digest: str, lifecycle: Said[str | None]) -> Preview | None:
        """What the last preview of the repository's lifecycle policy says of the image.

        Raises NoAnswerError where there is none of the policy that the repository has: a preview may be of any other.
        """
        answer = self._call("GetLifecyclePolicyPreview", imageIds=[{"imageDigest": digest}])
        if text(answer, "status") != "COMPLETE" or not isinstance(lifecycle, str):
            raise NoAnswerError("there is no complete preview of the lifecycle policy")
        if not _is_same(lifecycle, _given(answer, "lifecyclePolicyText")):
            raise NoAnswerError("the last preview is of another lifecycle policy")
        for result in entries(answer, "previewResults"):
            if inside(result, "imageDigest") == digest:
                action, priority = text(result, "action", "type"), inside(result, "appliedRulePriority")
                if action not in _ACTIONS or not isinstance(priority, int):
                    raise unreadable()
                return Preview(priority, _ACTIONS[action])
        return None

    def findings(self, digest: str) -> Mapping[str, int]:
        """The findings of the image's scan, by severity."""
        answer = self._call("DescribeImageScanFindings", imageId={"imageDigest": digest}, maxResults=1)
        if text(answer, "imageScanStatus", "status") not in _SCANNED:
            raise NoAnswerError("there is no complete scan of the image")
        counts = inside(answer, "imageScanFindings", "findingSeverityCounts")
        if not isinstance(counts, Mapping):
            raise unreadable()
        return {
            key: value
            for key, value in counts.items()
            if _ACTION.fullmatch(key) and isinstance(value, int) and not isinstance(value, bool)
        }


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_same(one: str, other: str) -> bool:
    """Whether two policies say the same, however they are written."""
    try:
        return bool(json.loads(one) == json.loads(other))
    except (ValueError, RecursionError):
        return False
