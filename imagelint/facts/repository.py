"""Facts of the repository that the image is in: what it is, who may pull from it, what fills it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from imagelint.assembly.assets import CONTENT_HASH, resolved
from imagelint.assembly.resources import MAYBE, Maybe, Resource
from imagelint.assembly.stack import Stack
from imagelint.aws.image_reference import ImageReference
from imagelint.cloudformation.values import ABSENT, as_text
from imagelint.documents.pointer import Pointer
from imagelint.facts.asset import state_asset
from imagelint.facts.draft import Draft, RelatedResource
from imagelint.facts.permissions import PULL, pull_of
from imagelint.text.holes import Hole, Str, equal, render


def state_repository(draft: Draft, reference: ImageReference, is_same_account: bool | None, at: Pointer) -> None:
    """State which repository the image is in, whether as an asset, and what follows from its resource."""
    if reference.repository is None:
        return
    kind, name, place = "AWS::ECR::Repository", reference.repository, (reference.account, reference.region)
    found = draft.surroundings.find(kind, name, *place, draft.function.stack, draft.evaluation.assumptions.known_as)
    if isinstance(found, Resource) and not draft.exists(found):
        found = MAYBE
    _state_asset(draft, reference, is_same_account, isinstance(found, Resource), at)
    immutable = _refuses_overwriting(draft, found, reference) if isinstance(found, Resource) else None
    draft.set("repository.known_immutable", immutable is True, at)
    if isinstance(found, Maybe):
        return
    draft.set("repository.in_assembly", found is not None, at)
    draft.set("repository.stack", None if found is None else found.stack.name, at)
    if isinstance(found, Resource):
        draft.causes["repository"] = (found.stack.name, found.logical_id)
        draft.set("repository.in_words", _in_words(draft, found), at)
        draft.set("pull.statements_needed", None, at)
        if immutable is not None:
            draft.set("repository.tags_immutable", immutable, at)
        draft.related["repository.tags_immutable"] = (RelatedResource(found, "the repository"),)
        if draft.values.get("image.is_asset") is False:
            _state_expiry(draft, found, reference, at)
            _state_first_deploy(draft, found, at)
            if is_same_account is not None:
                _state_pull(draft, found, is_same_account, at)
    elif is_same_account is False and isinstance(reference.account, str):
        draft.set("pull.statements_needed", _statements_needed(draft), at)
    _state_cache(draft, reference, at)


def _state_asset(
    draft: Draft, reference: ImageReference, is_same_account: bool | None, is_in_assembly: bool, at: Pointer
) -> None:
    """State whether an asset manifest publishes to this very place: account, region, repository and tag of one of its
    destinations, never a name alone."""
    published = is_same_account is not False and _is_published_to(draft, reference)
    draft.set("image.in_asset_repository", published, at)
    if published:
        draft.causes["asset"] = (render(reference.repository or ""), render(reference.tag or ""))
    tag, stack = reference.tag, draft.function.stack
    if not isinstance(tag, str):
        may_be = is_same_account is not False and _may_be_asset(draft, reference, is_in_assembly)
        if reference.pinned_by in ("digest", "none") or not may_be:
            draft.set("image.is_asset", False, at)
        return
    if is_same_account is not False:
        for asset in draft.surroundings.assembly.assets.tagged(tag, stack):
            answer = _is_sent_to(draft, reference, asset.repository, asset.region, asset.account)
            if answer:
                draft.set("image.is_asset", True, at)
                state_asset(draft, asset, at)
            if answer is not False:
                return
    if draft.surroundings.assembly.has_manifest or is_in_assembly or not CONTENT_HASH.fullmatch(tag):
        draft.set("image.is_asset", False, at)  # else it may be one of a template without its asset manifests


def _may_be_asset(draft: Draft, reference: ImageReference, is_in_assembly: bool) -> bool:
    """Whether a reference of which the tag is not known may be an asset's: by what the assembly publishes where.

    A repository of the assembly whose name CloudFormation makes up is none that a manifest could name.
    """
    if isinstance(reference.repository or "", Hole) and is_in_assembly:
        return False
    if not (draft.surroundings.assembly.has_manifest or is_in_assembly):
        return True
    assets = draft.surroundings.assembly.assets
    legacy = {(asset.repository, asset.region, asset.account) for asset in assets.legacy_of(draft.function.stack)}
    return any(_is_sent_to(draft, reference, *each) is not False for each in assets.destinations | legacy)


def _is_published_to(draft: Draft, reference: ImageReference) -> bool:
    """Whether the reference's repository is known to be one that assets of the assembly go to."""
    destinations = draft.surroundings.assembly.assets.destinations
    return any(_is_sent_to(draft, reference, *each) for each in destinations)


def _is_sent_to(
    draft: Draft, reference: ImageReference, repository: str, region: str | None, account: str | None
) -> bool | None:
    """Whether a destination of an asset manifest is the reference's repository, in its region and account.

    What a destination does not name is that of the stack (cdk-assets-lib, `replaceAwsPlaceholders`).
    """
    answers = [equal(_destination(draft, repository), reference.repository or "")]
    for named, own in ((region, reference.region), (account, reference.account)):
        if named is not None and own is not None:
            answers.append(equal(_destination(draft, named), own))
    return False if False in answers else None if None in answers else True


def _destination(draft: Draft, name: str) -> Str:
    """A part of a destination, with the account and region of the function's stack in it."""
    return resolved(name, draft.function.stack, draft.evaluation)


def _refuses_overwriting(draft: Draft, repository: Resource, reference: ImageReference) -> bool | None:
    """Whether the repository keeps a tag on the image it was put on (AWS::ECR::Repository, ImageTagMutability)."""
    value = draft.evaluated_of(repository, "ImageTagMutability")
    if value is ABSENT or value == "MUTABLE":
        return False
    return True if value == "IMMUTABLE" else None  # …_WITH_EXCLUSION: filters decide


def _state_expiry(draft: Draft, repository: Resource, reference: ImageReference, at: Pointer) -> None:
    """State whether a rule of the repository's lifecycle policy can take the image away."""
    policy = draft.evaluated_of(repository, "LifecyclePolicy")
    text = policy.get("LifecyclePolicyText", ABSENT) if isinstance(policy, dict) else policy
    draft.related["repository.expiry"] = (RelatedResource(repository, "the repository"),)
    if text is ABSENT:
        draft.set("repository.expiry", None, at)
        return
    from imagelint.aws.lifecycle import UnknownRemoval, evaluate

    answer = evaluate(text, reference.tag)
    if isinstance(answer, UnknownRemoval):
        draft.unknown("repository.expiry", at)
        if isinstance(text, (str, dict)) and not answer.is_understood:
            draft.function.stack.log.warn(
                repository.stack.display_path, f"lifecycle policy of {repository.logical_id}: {answer.reason}"
            )
        return
    words = None
    if answer is not None:
        described = f" ({answer.description})" if answer.description else ""
        words = f"lifecycle rule {answer.priority}{described} can {answer.action} it {answer.when}"
    draft.set("repository.expiry", words, at)


def _state_first_deploy(draft: Draft, repository: Resource, at: Pointer) -> None:
    """State whether one deployment makes the repository and the function, with nothing in it that may push."""
    together = repository.stack.outermost is draft.function.stack.outermost
    if together and _conditions(draft.function.stack, draft.function.resource) - _conditions(
        repository.stack, repository.written
    ):
        draft.unknown("repository.made_with_function", at)  # a first deployment may leave the function out
        return
    draft.set("repository.made_with_function", together, at)
    if not together:
        return
    if draft.surroundings.waits_for_push(draft.function, repository):
        draft.set("repository.empty_at_first", False, at)
    elif draft.surroundings.may_push_to(repository):
        draft.unknown("repository.empty_at_first", at)
    else:
        draft.set("repository.empty_at_first", True, at)
    draft.related["repository.empty_at_first"] = (RelatedResource(repository, "the repository"),)


def _conditions(stack: Stack, resource: Mapping[str, Any]) -> set[tuple[str, str]]:
    """The conditions that a resource hangs on, with those of the stacks that it is nested in."""
    found = [(stack.name, resource.get("Condition"))]
    while stack.parent is not None:
        resource, stack = stack.parent.template["Resources"][stack.parent_id], stack.parent
        found.append((stack.name, resource.get("Condition")))
    return {(name, condition) for name, condition in found if isinstance(condition, str)}


def _in_words(draft: Draft, repository: Resource) -> str:
    name = draft.evaluated_of(repository, "RepositoryName")
    return f"the repository {name if isinstance(name, str) else repository.construct_path or repository.logical_id}"


def _state_pull(draft: Draft, repository: Resource, is_same_account: bool, at: Pointer) -> None:
    """Who may pull. In one account the service or the role is enough; across accounts the policy must let in both."""
    puller = draft.puller
    pull = pull_of(puller, repository, not is_same_account)
    relations = [RelatedResource(repository, "the repository")]
    role = puller.role
    if isinstance(role, Resource) and is_same_account:
        relations.append(RelatedResource(role, "the execution role"))
    ways = [pull.service, pull.role if is_same_account else pull.account]
    if is_same_account:
        permitted = True if True in ways else None if None in ways else False
    else:
        permitted = False if False in ways else None if None in ways else True
        owner = f"account {render(puller.account)}"
        missing = [name for name, way in ((owner, ways[1]), ("lambda.amazonaws.com", ways[0])) if way is False]
        draft.set("pull.missing", " or ".join(missing), at)
    facts: dict[str, Any] = {
        "pull.permitted": permitted,
        "pull.denied": pull.denied,
        "pull.lambda_service": pull.service,
        "pull.execution_role": pull.role if is_same_account else None,
        "pull.lambda_may_push": pull.may_push,
    }
    for name, value in facts.items():
        if value is not None:
            draft.set(name, value, at)
        draft.related[name] = tuple(relations)
    draft.set("pull.denied_by", pull.denied_by, at)
    draft.set("pull.excluded", pull.excluded, at)
    draft.set("pull.unconditioned", pull.unconditioned, at)
    draft.related["pull.unconditioned"] = tuple(relations[:1])


def _statements_needed(draft: Draft) -> str:
    """The two statements of another account's repository policy, as one line of JSON (Lambda guide, images-create)."""
    puller = draft.puller
    account = render(puller.account)
    partition = draft.values.get("stack.partition", "aws")
    region = render(puller.pseudo("AWS::Region"))
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


def _state_cache(draft: Draft, reference: ImageReference, at: Pointer) -> None:
    """The pull through cache rule that fills the repository. A rule for ROOT covers only what no other rule does."""
    name, assumed = reference.repository, draft.evaluation.assumptions.known_as
    prefix: str | None = None
    for rule in draft.surroundings.of_kind("AWS::ECR::PullThroughCacheRule"):
        given = as_text(draft.evaluated_of(rule, "EcrRepositoryPrefix"))
        same = [
            equal(each, other)
            for each, other in (
                (reference.account or "", assumed(rule.stack.account)),
                (reference.region or "", assumed(rule.stack.region)),
            )
        ]
        if given is None or given == "ROOT" or False in same:
            continue
        if isinstance(name, str) and isinstance(given, str) and not name.startswith(given + "/"):
            continue
        if not isinstance(name, str) or not isinstance(given, str) or None in same:
            draft.unknown("repository.cache_prefix", at)
            return
        prefix = given
        draft.related["repository.cache_prefix"] = (RelatedResource(rule, "the pull through cache rule"),)
    draft.set("repository.cache_prefix", prefix, at)
