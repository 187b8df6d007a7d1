"""Facts of the image reference: its form, its parts, and how they relate to the stack."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from imagelint.aws.image_reference import ImageReference, describe, parse
from imagelint.aws.partitions import partition_of, suffix_of
from imagelint.cloudformation.evaluation import Evaluation
from imagelint.cloudformation.scope import TemplateError
from imagelint.cloudformation.values import as_text
from imagelint.facts.draft import Draft, Parameter
from imagelint.facts.repository import state_repository
from imagelint.text.holes import Hole, Str, equal, holes, render
from imagelint.text.logic import Answer

_MOVING_TAGS: Final = frozenset(
    {"dev", "develop", "test", "qa", "stage", "staging", "prod", "production", "main", "master", "trunk", "stable"}
    | {"release", "current", "edge", "nightly", "snapshot", "canary"}
)
_MOVING_TAG: Final = r"v[0-9]{1,2}|.*[._-]latest"
"""Names of tags that people move; `prod-latest` says so itself, and `latest` alone is another rule's."""


def state_image(draft: Draft) -> None:
    """State what the image reference says, at its place."""
    draft = draft.at(draft.pointers["function.code"])
    value, rests_on = draft.subject.image_uri()
    uri = as_text(value)
    if uri is None or uri == "":
        return
    reference = parse(uri)
    if reference.malformed is not None and "" in rests_on.values():
        uri, reference, rests_on = _without_empty_defaults(draft, uri, reference, rests_on)
    draft.set("image.uri", uri)
    whole = next((hole for hole, given in rests_on.items() if given == uri), None)
    if whole is not None and (reference.malformed is not None or reference.unresolved is not None):
        words = "the default of" if whole.is_input else "the value given for"
        draft.shown["image.uri"] = f"{render(uri)} ({words} parameter {whole.name})"
        _state_cause(draft, whole)
    _state_form(draft, uri, reference)
    for name in ("account", "region", "suffix", "repository"):
        part = getattr(reference, name)
        if part is not None:
            draft.set(f"image.{name}", part)
    _state_selector(draft, reference, rests_on)
    _state_relations(draft, reference)


def _state_cause(draft: Draft, parameter: Hole) -> None:
    """State that the image is what it is because of a parameter's value."""
    stack = draft.subject.index.assembly.by_name[parameter.scope]
    draft.causes["parameter"] = Parameter(stack, parameter.name, parameter.is_input)


def _without_empty_defaults(
    draft: Draft, uri: Str, reference: ImageReference, rests_on: Mapping[Hole, str]
) -> tuple[Str, ImageReference, Mapping[Hole, str]]:
    """The reference with its parameters' empty Defaults open, where only they make it malformed: somebody sets them."""
    empty = {hole for hole, default in rests_on.items() if default == "" and hole.is_input}
    try:
        value, others = draft.subject.image_uri(Evaluation(draft.subject.evaluation.scenario.without(empty, "")))
    except TemplateError:
        return uri, reference, rests_on
    text = as_text(value)
    other = None if text is None or text == "" else parse(text)
    if text is None or other is None or other.malformed is not None:
        return uri, reference, rests_on
    return text, other, others


def _state_form(draft: Draft, uri: Str, reference: ImageReference) -> None:
    draft.set("image.unresolved", reference.unresolved)
    draft.set("image.known_foreign", reference.registry not in (None, "ecr", "ecr-dual-stack"))
    if reference.registry is not None:
        draft.set("image.registry", reference.registry)
        draft.set("image.read_as", describe(reference, render(uri)))
        draft.set("image.registry_advice", _advice(reference))
    if reference.malformed is not None:
        draft.set("image.malformed", reference.malformed.reason)
        draft.set("image.malformed_part", reference.malformed.part)
    elif reference.registry is not None and all(hole.alphabet is not None for hole in holes(uri)):
        draft.set("image.malformed", None)
        draft.set("image.malformed_part", None)


def _advice(reference: ImageReference) -> str:
    """Where Lambda pulls from. Its FIPS host is another name of the registry (ECR guide, "Amazon ECR endpoints")."""
    if reference.registry == "ecr-fips" and reference.host is not None:
        return f"write the host without -fips, {reference.host.replace('-fips', '', 1)}"
    return "Lambda pulls only from private Amazon ECR"


def _state_selector(draft: Draft, reference: ImageReference, rests_on: Mapping[Hole, str]) -> None:
    if reference.pinned_by is None:
        return
    draft.set("image.pinned_by", reference.pinned_by)
    if reference.pinned_by != "digest":
        draft.set("image.digest", None)
    elif reference.digest is not None:
        draft.set("image.digest", reference.digest)
    if reference.pinned_by != "tag":
        draft.set("image.tag", None)
        draft.set("image.tag_moves", False)
    elif reference.tag is not None:
        draft.set("image.tag", reference.tag)
        if isinstance(reference.tag, str):
            moves = reference.tag in _MOVING_TAGS or re.fullmatch(_MOVING_TAG, reference.tag) is not None
            draft.set("image.tag_moves", moves)
    words = "has no tag" if reference.tag is None else f"is tagged {render(reference.tag)}"
    parameter = _parameter_behind_tag(draft, reference, rests_on)
    if parameter is not None:
        if reference.malformed is None:  # else what is around it may be what is wrong
            _state_cause(draft, parameter)
        words += f", the {'default of' if parameter.is_input else 'value given for'} parameter {parameter.name}"
    draft.set("image.tag_in_words", words)


def _parameter_behind_tag(draft: Draft, reference: ImageReference, rests_on: Mapping[Hole, str]) -> Hole | None:
    """The parameter without whose value the tag would not be what it is; found by leaving each value out."""
    for hole, default in rests_on.items():
        without = draft.subject.evaluation.scenario.without((hole,), default)
        try:
            text = as_text(draft.subject.image_uri(Evaluation(without))[0])
        except TemplateError:  # another value leads to a branch that CloudFormation would refuse
            text = None
        other = None if text is None else parse(text)
        if other is None or (other.pinned_by, other.tag) != (reference.pinned_by, reference.tag):
            return hole
    return None


def _state_relations(draft: Draft, reference: ImageReference) -> None:
    """State how the reference relates to the stack, and what follows for the repository."""
    _state_region(draft, reference)
    is_same_account: Answer = None
    if reference.account is not None:
        is_same_account = equal(reference.account, draft.subject.account)
    if is_same_account is not None:
        draft.set("image.account_matches", is_same_account)
    is_foreign = draft.values["image.known_foreign"]
    if is_foreign or reference.malformed is not None:
        draft.set("image.is_asset", False)
    if is_foreign:
        draft.set("repository.in_assembly", False)
    draft.set("image.in_asset_repository", False)
    draft.set("repository.known_immutable", False)
    if reference.registry in ("ecr", "ecr-dual-stack"):
        state_repository(draft, reference, is_same_account)


def _state_region(draft: Draft, reference: ImageReference) -> None:
    """State whether the image's region, its partition and the host's suffix are the stack's."""
    region, stack_region = reference.region, draft.subject.pseudo("AWS::Region")
    if region is None:
        return
    matches = equal(region, stack_region)
    if matches is not None:
        draft.set("image.region_matches", matches)
    partitions = [partition_of(each) for each in (region, stack_region) if isinstance(each, str)]
    if matches:
        draft.set("image.partition_matches", True)
    elif len(partitions) == 2 and None not in partitions:
        draft.set("image.partition_matches", partitions[0] == partitions[1])
    suffix = reference.suffix
    if matches and suffix is not None and suffix == draft.subject.pseudo("AWS::URLSuffix"):
        draft.set("image.suffix_matches_region", True)
    elif isinstance(region, str) and isinstance(suffix, str) and (expected := suffix_of(region)) is not None:
        draft.set("image.suffix_matches_region", suffix == expected or suffix.startswith("on."))
