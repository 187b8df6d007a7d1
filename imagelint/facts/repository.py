"""Facts of the repository that the image is in: what it is, who may pull from it, what fills it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Final

from imagelint.assembly.assets import CONTENT_HASH, DockerAsset, resolved
from imagelint.assembly.resources import MAYBE, Maybe, Resource
from imagelint.aws.image_reference import ImageReference
from imagelint.aws.managed_policies import PULL
from imagelint.cloudformation.values import ABSENT, as_text
from imagelint.facts.asset import state_asset
from imagelint.facts.draft import Draft, RelatedResource
from imagelint.facts.first_deploy import state_first_deploy
from imagelint.facts.index import ResourceIndex, Wanted
from imagelint.facts.pull import pull_of
from imagelint.text.holes import Hole, Str, equal, render
from imagelint.text.logic import Answer, all_of


def state_repository(draft: Draft, reference: ImageReference, is_same_account: Answer) -> None:
    """State which repository the image is in, whether as an asset, and what follows from its resource."""
    if reference.repository is None:
        return
    wanted = Wanted("AWS::ECR::Repository", reference.repository, reference.account, reference.region)
    found = draft.subject.find(wanted)
    if isinstance(found, Resource) and not draft.subject.exists(found):
        found = MAYBE
    _state_asset(draft, reference, is_same_account, isinstance(found, Resource))
    immutable = _refuses_overwriting(draft, found) if isinstance(found, Resource) else None
    draft.set("repository.known_immutable", immutable is True)
    if isinstance(found, Maybe):
        return
    draft.set("repository.in_assembly", found is not None)
    draft.set("repository.stack", None if found is None else found.stack.name)
    if isinstance(found, Resource):
        draft.causes["repository"] = (found.stack.name, found.logical_id)
        draft.set("repository.in_words", _in_words(draft, found))
        draft.set("pull.statements_needed", None)
        if immutable is not None:
            draft.set("repository.tags_immutable", immutable)
        draft.related["repository.tags_immutable"] = (RelatedResource(found, "the repository"),)
        if draft.values.get("image.is_asset") is False:
            _state_expiry(draft, found, reference)
            state_first_deploy(draft, found)
            if is_same_account is not None:
                _state_pull(draft, found, is_same_account)
    elif is_same_account is False and isinstance(reference.account, str):
        draft.set("pull.statements_needed", _statements_needed(draft))
    _state_cache(draft, reference)


def _state_asset(draft: Draft, reference: ImageReference, is_same_account: Answer, is_in_assembly: bool) -> None:
    """State whether an asset manifest publishes to this very place: account, region, repository and tag of one of its
    destinations, never a name alone."""
    published = is_same_account is not False and _is_published_to(draft, reference)
    draft.set("image.in_asset_repository", published)
    if published:
        draft.causes["asset"] = (render(reference.repository or ""), render(reference.tag or ""))
    tag, assembly = reference.tag, draft.subject.index.assembly
    if not isinstance(tag, str):
        may_be = is_same_account is not False and _may_be_asset(draft, reference, is_in_assembly)
        if reference.pinned_by in ("digest", "none") or not may_be:
            draft.set("image.is_asset", False)
        return
    if is_same_account is not False:
        tagged = assembly.assets.tagged(tag, reference.repository or "", draft.function.stack)
        if tagged is None:
            return
        for asset in tagged:
            answer = _is_sent_to(draft, reference, asset)
            if answer:
                draft.set("image.is_asset", True)
                state_asset(draft, asset)
            if answer is not False:
                return
    if assembly.has_manifest or is_in_assembly or not re.fullmatch(CONTENT_HASH, tag):
        draft.set("image.is_asset", False)  # else it may be one of a template without its asset manifests


def _may_be_asset(draft: Draft, reference: ImageReference, is_in_assembly: bool) -> bool:
    """Whether a reference of which the tag is not known may be an asset's: by what the assembly publishes where.

    A repository of the assembly whose name CloudFormation makes up is none that a manifest could name.
    """
    if isinstance(reference.repository or "", Hole) and is_in_assembly:
        return False
    assembly = draft.subject.index.assembly
    if not (assembly.has_manifest or is_in_assembly):
        return True
    repository = reference.repository or ""
    hashed = assembly.assets.hashed(repository)
    legacy = assembly.assets.legacy(repository, draft.function.stack)
    if hashed is None or legacy is None:
        return True
    return any(_is_sent_to(draft, reference, each) is not False for each in (*hashed, *legacy))


def _is_published_to(draft: Draft, reference: ImageReference) -> bool:
    """Whether the reference's repository is known to be one that assets of the assembly go to."""
    hashed = draft.subject.index.assembly.assets.hashed(reference.repository or "")
    return any(_is_sent_to(draft, reference, each) for each in hashed or ())


def _is_sent_to(draft: Draft, reference: ImageReference, asset: DockerAsset) -> Answer:
    """Whether a destination of an asset manifest is the reference's repository, in its region and account.

    What a destination does not name is that of the stack (cdk-assets-lib, `replaceAwsPlaceholders`).
    """

    def answers() -> Iterator[Answer]:  # no generator expression, which would be a list when it is compiled
        for named, own in (
            (asset.repository, reference.repository or ""),
            (asset.region, reference.region),
            (asset.account, reference.account),
        ):
            if named is not None and own is not None:
                yield equal(resolved(named, draft.function.stack, draft.subject.evaluation), own)

    return all_of(answers())


def _refuses_overwriting(draft: Draft, repository: Resource) -> Answer:
    """Whether the repository keeps a tag on the image it was put on (AWS::ECR::Repository, ImageTagMutability)."""
    value = draft.subject.value_of(repository, "ImageTagMutability")
    if value is ABSENT or value == "MUTABLE":
        return False
    return True if value == "IMMUTABLE" else None  # …_WITH_EXCLUSION: filters decide


def _state_expiry(draft: Draft, repository: Resource, reference: ImageReference) -> None:
    """State whether a rule of the repository's lifecycle policy can take the image away."""
    policy = draft.subject.value_of(repository, "LifecyclePolicy")
    text = policy.get("LifecyclePolicyText", ABSENT) if isinstance(policy, dict) else policy
    draft.related["repository.expiry"] = (RelatedResource(repository, "the repository"),)
    draft.related["repository.expiry_spares"] = draft.related["repository.expiry"]
    if text is ABSENT:
        draft.set("repository.expiry", None)
        draft.set("repository.expiry_spares", False)
        return
    from imagelint.aws.lifecycle import UnknownRemoval, evaluate

    answer = evaluate(text, reference.tag)
    if isinstance(answer, UnknownRemoval):
        draft.unknown("repository.expiry")
        if isinstance(text, (str, dict)) and not answer.is_understood:
            draft.function.stack.log.warn(
                repository.stack.display_path, f"lifecycle policy of {repository.logical_id}: {answer.reason}"
            )
        return
    words = None
    least, most = 0, None
    if answer is not None and answer.by_count:
        from imagelint.facts.images_in_use import ImagesInUse

        least, most = draft.subject.index.once(ImagesInUse).of(repository)
        if most is not None:
            draft.set("repository.images_in_use", most)
    if answer is None or not answer.by_count or answer.number <= least:
        draft.set("repository.expiry_spares", False)
    elif most is not None and answer.number > most:
        draft.set("repository.expiry_spares", True)
    else:
        draft.unknown("repository.expiry_spares")
    if answer is not None:
        described = f" ({answer.description})" if answer.description else ""
        words = f"lifecycle rule {answer.priority}{described} can {answer.action} it {answer.when}"
    draft.set("repository.expiry", words)


def _in_words(draft: Draft, repository: Resource) -> str:
    name = draft.subject.value_of(repository, "RepositoryName")
    return f"the repository {name if isinstance(name, str) else repository.construct_path or repository.logical_id}"


def _state_pull(draft: Draft, repository: Resource, is_same_account: bool) -> None:
    """State who may pull from the repository, and by which statements."""
    pull = pull_of(draft.subject, repository, not is_same_account)
    role = draft.subject.role
    related = [RelatedResource(repository, "the repository")]
    if isinstance(role, Resource) and is_same_account:
        related.append(RelatedResource(role, "the execution role"))
    answers = {
        "pull.permitted": pull.permitted,
        "pull.denied": pull.denied,
        "pull.lambda_service": pull.service,
        "pull.execution_role": pull.role if is_same_account else None,
        "pull.lambda_may_push": pull.may_push,
    }
    for name, answer in answers.items():
        if answer is not None:
            draft.set(name, answer)
        draft.related[name] = tuple(related)
    if not is_same_account:
        draft.set("pull.missing", pull.missing(draft.subject))
    draft.set("pull.denied_by", pull.denied_by)
    draft.set("pull.excluded", pull.excluded)
    draft.set("pull.unconditioned", pull.unconditioned)
    draft.related["pull.unconditioned"] = tuple(related[:1])


def _statements_needed(draft: Draft) -> str:
    """The two statements of another account's repository policy, as one line of JSON (Lambda guide, images-create)."""
    account, region = render(draft.subject.account), render(draft.subject.pseudo("AWS::Region"))
    partition = draft.values.get("stack.partition", "aws")
    source = f"arn:{partition}:lambda:{region}:{account}:function:*"
    action = list(PULL)
    root = {"AWS": f"arn:{partition}:iam::{account}:root"}
    service = {"Service": "lambda.amazonaws.com"}
    statements = [
        {"Effect": "Allow", "Principal": root, "Action": action},
        {
            "Effect": "Allow",
            "Principal": service,
            "Action": action,
            "Condition": {"ArnLike": {"aws:SourceArn": source}},
        },
    ]
    return json.dumps(statements)


def _state_cache(draft: Draft, reference: ImageReference) -> None:
    """State which pull through cache rule fills the repository. One for ROOT covers only what no other rule does."""
    known_as = draft.subject.evaluation.assumptions.known_as
    found: str | None = None
    rules = draft.subject.index.once(_CacheRules).alike(reference.repository or "")
    if rules is None:
        draft.unknown("repository.cache_prefix")
        return
    for rule in rules:
        prefix = as_text(draft.subject.value_of(rule, "EcrRepositoryPrefix"))
        if prefix is None or prefix == "ROOT":
            continue
        answer = all_of(
            (
                equal(reference.account or "", known_as(rule.stack.account)),
                equal(reference.region or "", known_as(rule.stack.region)),
                _begins_with(reference.repository or "", prefix),
            )
        )
        if answer is None:
            draft.unknown("repository.cache_prefix")
            return
        if answer and isinstance(prefix, str):
            found = prefix
            draft.related["repository.cache_prefix"] = (RelatedResource(rule, "the pull through cache rule"),)
    wanted = Wanted("AWS::ECR::PullThroughCacheRule", "", reference.account, reference.region)
    if found is None and draft.subject.index.may_be_added(wanted, known_as):
        draft.unknown("repository.cache_prefix")
        return
    draft.set("repository.cache_prefix", found)


MAX_RULES: Final = 200
"""Pull through cache rules of which each is asked whether it fills a repository: those with a prefix of its name, or
with one that is not literal. A registry has up to 50 (Amazon ECR User Guide, "Amazon ECR service quotas")."""


class _CacheRules:
    """The pull through cache rules of an assembly by their prefixes, those whose prefix is no literal at None."""

    def __init__(self, index: ResourceIndex) -> None:
        self._rules: dict[str | None, list[Resource]] = {}
        self._all = [*index.of_kind("AWS::ECR::PullThroughCacheRule")]
        for rule in self._all:
            prefix = rule.entry("EcrRepositoryPrefix").written
            self._rules.setdefault(prefix if isinstance(prefix, str) else None, []).append(rule)

    def alike(self, repository: Str) -> Sequence[Resource] | None:
        """Those that may fill a repository; None where these are too many."""
        if isinstance(repository, str):
            parts = repository.split("/")[:_MAX_PARTS]
            prefixes = ("/".join(parts[:count]) for count in range(1, len(parts)))
            found = [self._rules.get(prefix, []) for prefix in (*prefixes, None)]
        else:
            found = [self._all]
        return [rule for rules in found for rule in rules] if sum(map(len, found)) <= MAX_RULES else None


_MAX_PARTS: Final = 256
"""Of a repository's name, which has up to 256 characters (CreateRepository)."""


def _begins_with(name: Str, prefix: Str) -> Answer:
    """Whether a repository's name is below a prefix; None where one of them is not known."""
    return name.startswith(f"{prefix}/") if isinstance(name, str) and isinstance(prefix, str) else None
