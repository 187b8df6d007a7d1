"""Facts of the repository that the image is in: what it is, who may pull from it, what fills it."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from imagelint.facts.draft import Draft, RelatedResource
from imagelint.image_reference import ImageReference
from imagelint.intrinsics import as_text
from imagelint.permissions import PULL, Puller, pull_of
from imagelint.resources import Maybe, Resource
from imagelint.scope import Pointer, TemplateError
from imagelint.text import equal, render

_HASH: Final = re.compile(r"(?:.*[^0-9a-f])?[0-9a-f]{64}", re.DOTALL)
"""What the tags of CDK's assets end with: the hash of their source, behind an optional prefix (dockerTagPrefix)."""


def state_repository(draft: Draft, reference: ImageReference, is_same_account: bool | None, at: Pointer) -> None:
    found: Resource | Maybe | None = None
    if reference.repository is not None:
        found = draft.surroundings.find(
            "AWS::ECR::Repository", reference.repository, reference.account, reference.region
        )
        is_asset = _is_asset(draft, reference, isinstance(found, Resource))
        if is_asset is not None:
            draft.set("image.is_asset", is_asset, at)
    immutable = isinstance(found, Resource) and found.entry("ImageTagMutability")[0] == "IMMUTABLE"
    draft.set("repository.known_immutable", immutable, at)
    if reference.repository is None or isinstance(found, Maybe):
        return
    draft.set("repository.in_assembly", found is not None, at)
    if isinstance(found, Resource):
        draft.set("repository.in_words", _in_words(found), at)
        if is_same_account is not None and not draft.values.get("image.is_asset"):
            _state_pull(draft, found, is_same_account, at)
    elif is_same_account is False and isinstance(reference.account, str):
        draft.set("pull.statements_needed", _statements_needed(draft), at)
    _state_cache(draft, reference, at)


def _in_words(repository: Resource) -> str:
    name, _ = repository.entry("RepositoryName")
    return f"the repository {name if isinstance(name, str) else repository.construct_path or repository.logical_id}"


def _is_asset(draft: Draft, reference: ImageReference, is_in_assembly: bool) -> bool | None:
    """Whether an asset manifest publishes this very repository and tag, by its destinations, never by a name."""
    if not isinstance(reference.tag, str) or reference.repository is None:
        return False if reference.pinned_by in ("digest", "none") else None
    stack = draft.function.stack
    for asset in stack.assembly.docker_assets(stack):
        if asset.tag == reference.tag:
            try:
                name = draft.evaluation.value({"Fn::Sub": asset.repository}, stack.scope, ())
            except TemplateError:  # a name that no deployment could resolve
                return None
            answer = equal(name, reference.repository)
            if answer is not False:
                return answer
    if stack.assembly.has_manifest or is_in_assembly or not _HASH.fullmatch(reference.tag):
        return False
    return None  # a template without its asset manifests


def _state_pull(draft: Draft, repository: Resource, is_same_account: bool, at: Pointer) -> None:
    """Who may pull. In one account the service or the role is enough; across accounts the policy must let in both."""
    puller = Puller(draft.function, draft.evaluation, draft.surroundings)
    pull = pull_of(puller, repository, not is_same_account)
    relations = [RelatedResource(repository, "the repository")]
    role = puller.role()
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
    puller = Puller(draft.function, draft.evaluation, draft.surroundings)
    account = render(puller.account)
    partition = draft.values.get("stack.partition", "aws")
    scope = puller.function.stack.scope
    region = render(as_text(draft.evaluation.pseudo("AWS::Region", scope)) or "")
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
    name = reference.repository
    prefix: str | None = None
    for rule in draft.surroundings.of_kind("AWS::ECR::PullThroughCacheRule"):
        written, place = rule.entry("EcrRepositoryPrefix")
        given = as_text(draft.evaluation.value(written, rule.stack.scope, place))
        same = [
            equal(each, other)
            for each, other in (
                (reference.account or "", rule.stack.scope.account),
                (reference.region or "", rule.stack.scope.region),
            )
        ]
        if not isinstance(given, str) or given == "ROOT" or False in same:
            continue
        if isinstance(name, str) and not name.startswith(given + "/"):
            continue
        if not isinstance(name, str) or None in same:
            draft.unknown("repository.cache_prefix", at)
            return
        prefix = given
        draft.related["repository.cache_prefix"] = (RelatedResource(rule, "the pull through cache rule"),)
    draft.set("repository.cache_prefix", prefix, at)
