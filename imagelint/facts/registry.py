"""Facts of the image as the registry has it now, where the account was asked (--live). Knows nothing of rules.

What the account did not answer stays unknown, with the reason that stands in the answers.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Final

from imagelint.aws.account import Account, Details, Image, ImageName, Repository, RepositoryName, Said, Unknown
from imagelint.aws.lifecycle import UnknownRemoval, evaluate
from imagelint.aws.partitions import partition_of
from imagelint.facts.draft import Draft
from imagelint.facts.pull import Pull, pull_by
from imagelint.text.holes import Hole

_GRAVE: Final = ("CRITICAL", "HIGH", "MEDIUM", "LOW")
"""Severities of a scan's findings, from the gravest; there are milder ones still."""


def image_name(values: Mapping[str, object]) -> ImageName | None:
    """The image that some facts name, where all of the name is known and it is in a private registry of ECR."""
    if values.get("image.registry") not in ("ecr", "ecr-dual-stack") or values.get("image.malformed") is not None:
        return None
    account, region, name = (values.get(f"image.{part}") for part in ("account", "region", "repository"))
    tag, digest = values.get("image.tag"), values.get("image.digest")
    if not (isinstance(account, str) and isinstance(region, str) and isinstance(name, str)):
        return None
    repository = RepositoryName(account, region, name)
    pinned_by = values.get("image.pinned_by")
    if pinned_by == "digest" and isinstance(digest, str):
        return ImageName(repository, None, digest)
    if pinned_by == "tag" and isinstance(tag, str):
        return ImageName(repository, tag, None)
    return ImageName(repository, "latest", None) if pinned_by == "none" else None


def state_registry(draft: Draft, account: Account) -> None:
    """State what the registry says of the image that the function names."""
    name = image_name(draft.values)
    if name is None:
        return
    draft = draft.at(draft.pointers["image.uri"])
    if name not in account.images:
        _say(draft, "registry.image_missing", Unknown("so many images are not asked for in one run"))
        return
    image, repository = account.images[name], account.repositories[name.repository]
    _say(draft, "registry.repository_exists", repository.exists)
    missing = image.missing
    if repository.exists is False and draft.values.get("repository.in_assembly") is not False:
        missing = Unknown("the repository is not there yet, and the assembly may make it")
    _say(draft, "registry.image_missing", missing)
    if image.missing is not None:
        return
    _say(draft, "registry.digest", image.digest)
    _say(draft, "registry.pushed_on", image.details if isinstance(image.details, Unknown) else image.details.pushed)
    _say(draft, "registry.tags_immutable", repository.tags_immutable)
    if repository.tags_immutable is True and draft.values.get("repository.in_assembly") is False:
        draft.set("repository.known_immutable", True)
    _state_form(draft, image)
    _state_platform(draft, image)
    _state_findings(draft, image)
    _state_expiry(draft, image, repository)
    _state_pull(draft, repository, name.repository)


def _say(draft: Draft, fact: str, said: Said[object]) -> None:
    """State an answer, or why there is none."""
    if isinstance(said, Unknown):
        draft.unknown(fact)
        draft.reasons[fact] = (said.reason,)
    else:
        draft.set(fact, said)


def _state_form(draft: Draft, image: Image) -> None:
    manifest = image.manifest
    if isinstance(manifest, Unknown):
        for fact in ("registry.media_type", "registry.unsupported", "registry.size", "registry.compression"):
            _say(draft, fact, manifest)
        return
    draft.set("registry.media_type", manifest.media_type)
    undocumented = manifest.undocumented
    _say(
        draft,
        "registry.unsupported",
        manifest.unsupported if undocumented is None else Unknown(f"the image {undocumented}"),
    )
    if manifest.compression is not None:
        draft.set("registry.compression", manifest.compression)
    is_open = manifest.size is None and manifest.config is not None
    _say(draft, "registry.size", Unknown("the manifest does not say it") if is_open else manifest.size)
    if manifest.size is not None:
        draft.set("registry.size_in_words", f"{manifest.size / 2**30:.1f} GB")


def _state_platform(draft: Draft, image: Image) -> None:
    platform, wanted = image.platform, draft.values.get("function.architecture")
    if isinstance(platform, Unknown):
        for fact in ("registry.os", "registry.architecture", "registry.architecture_matches"):
            _say(draft, fact, platform)
        return
    draft.set("registry.os", platform.os)
    draft.set("registry.architecture", platform.architecture)
    if wanted is not None:
        draft.set("registry.architecture_matches", (platform.os, platform.architecture) == ("linux", wanted))


def _state_findings(draft: Draft, image: Image) -> None:
    findings = image.findings
    if isinstance(findings, Unknown):
        _say(draft, "registry.critical_findings", findings)
        return
    draft.set("registry.critical_findings", findings.get("CRITICAL", 0))
    counts = [f"{findings[severity]} {severity.lower()}" for severity in _GRAVE if findings.get(severity)]
    draft.set("registry.findings_in_words", ", ".join(counts) or "none")


def _state_expiry(draft: Draft, image: Image, repository: Repository) -> None:
    """State whether the lifecycle policy takes the image away: as its last preview says or, where there is none that is
    complete, as the policy does."""
    preview, policy = image.preview, repository.lifecycle
    if not isinstance(preview, Unknown):
        words = None
        if preview is not None:
            words = (
                f"the last preview of its lifecycle policy names it: rule {preview.priority} is to {preview.action} it"
            )
        draft.set("registry.expiry", words)
        return
    if isinstance(policy, Unknown):
        _say(draft, "registry.expiry", policy)
    elif isinstance(image.details, Unknown):
        _say(draft, "registry.expiry", image.details if policy is not None else None)
    else:
        _say(draft, "registry.expiry", _expiry_by(policy, image.details))


def _expiry_by(policy: str | None, details: Details) -> Said[str | None]:
    """How a lifecycle policy takes an image away, whatever images there are besides.

    By each of the image's tags alone: where they lead to different rules, it depends on more than is looked at.
    """
    found = {evaluate(policy, tag) for tag in details.tags or (None,)}
    if len(found) > 1:
        return Unknown("the rules of the lifecycle policy select some of the image's tags and not others")
    removal = found.pop()
    if removal is None:
        return None
    if isinstance(removal, UnknownRemoval):
        return Unknown(removal.reason)
    if removal.by_count:
        return Unknown(f"rule {removal.priority} of the lifecycle policy counts images, and there is no preview of it")
    when = removal.when
    if when.endswith("after its push"):
        with contextlib.suppress(ValueError, OverflowError):
            when = f"on {date.fromisoformat(details.pushed) + timedelta(days=removal.number)}, {when}"
    return f"lifecycle rule {removal.priority} is to {removal.action} it {when}"


def _state_pull(draft: Draft, repository: Repository, name: RepositoryName) -> None:
    """State whether the policies that the account has let Lambda pull."""
    is_same_account = draft.values.get("image.account_matches")
    if isinstance(repository.policy, Unknown) or not isinstance(is_same_account, bool):
        _say(draft, "registry.pull_permitted", repository.policy)
        return
    partition = partition_of(name.region) or "aws"
    pull = pull_by(
        draft.subject,
        [] if repository.policy is None else [repository.policy],
        list(_registry_policies(repository)),
        f"arn:{partition}:ecr:{name.region}:{name.account}:repository/{name.name}",
        is_cross_account=not is_same_account,
    )
    obstacle = None
    if pull.denied:
        obstacle = f"{pull.denied_by} of its policy denies the pull"
    elif pull.permitted is False and not is_same_account:
        obstacle = f"its policy does not let in {pull.missing(draft.subject)}{pull.excluded}"
    elif not (pull.permitted and pull.denied is False):
        _say(draft, "registry.pull_permitted", Unknown(_why_open(pull, repository, is_same_account)))
        return
    draft.set("registry.pull_permitted", obstacle is None)
    draft.set("pull.seen_in_account", True)
    if obstacle is not None:
        draft.set("registry.pull_obstacle", obstacle)


def _registry_policies(repository: Repository) -> Iterator[object]:
    if isinstance(repository.registry_policy, Unknown):
        yield Hole("the registry's policy", "")
    elif repository.registry_policy is not None:
        yield repository.registry_policy


def _why_open(pull: Pull, repository: Repository, is_same_account: bool) -> str:
    """Why it is not known whether Lambda may pull."""
    if pull.malformed:
        return "the repository's policy is not understood"
    if isinstance(repository.registry_policy, Unknown):
        return repository.registry_policy.reason
    if pull.permitted is False and is_same_account:
        return "no policy lets Lambda pull, but Lambda adds the statement itself where whoever deploys may change it"
    if pull.service is False and pull.role is None:
        return "the repository's policy does not let Lambda pull, and whether the execution role may is not known"
    return "the policies have conditions that cannot be evaluated"
