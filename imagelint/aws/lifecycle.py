"""Whether an ECR lifecycle policy can take an image away, by which rule and when. Knows nothing of functions, findings.

Semantics: ECR guide, "Lifecycle policy properties" (lifecycle_policy_parameters) and "Lifecycle policy evaluation
rules" (LifecyclePolicies). What carries this module:

* "An image that matches the tagging requirements of a rule cannot be expired or archived by a rule with a lower
  priority", and the lowest `rulePriority` is the highest priority: the first rule that selects the image has it alone.
* "An image is successfully matched if all of the tags in the tagPatternList or tagPrefixList value are matched against
  any of the image's tags": each entry must fit one of the tags.
* A rule selects the images of one storage class; one for `archive` does not select an image that can be pulled.

Every rule that selects an image takes it away sooner or later: there is no rule that keeps.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final, Literal

from imagelint.record import Record
from imagelint.text.holes import Hole, Str, Text, parts_of, render
from imagelint.text.logic import Answer
from imagelint.text.matching import glob
from imagelint.text.words import kind_of

MAX_LENGTH: Final = 30_720
"""Characters of a policy that ECR accepts (ECR API, LifecyclePolicyText)."""
_MAX_RULES: Final = MAX_LENGTH // 100
_MAX_PATTERNS: Final = MAX_LENGTH // len('"a*",')
"""What such a policy can hold at the most: each function would go through more of them in one that is an object."""
_TOO_LONG: Final = f"has more than the {MAX_LENGTH} characters that ECR accepts"
_MAX_COUNT: Final = 10**9


class UnknownRemoval(Record):
    """It cannot be known offline whether a rule takes the image; why, in words for people."""

    reason: str
    is_understood: bool = False
    """Whether the policy is, so that only the image's tags are missing."""


class Removal(Record):
    """The rule that takes the image away."""

    priority: int
    description: str | None
    action: Literal["expire", "archive"]
    """Expired images are deleted; archived ones "cannot be pulled. Requests … will fail with a 404" (archive-image)."""
    when: str
    """In words, to follow "is expired": `30 days after its push`."""
    number: int
    """The number of days, or of images that stay."""
    by_count: bool
    """Whether it is the number of newer images that takes the image away, not its age."""


def evaluate(policy: object, tag: Str | None) -> Removal | UnknownRemoval | None:
    """The rule of the policy that can take an image with this tag; None when no rule can.

    `policy` is a LifecyclePolicyText: JSON, the same as a mapping, or a text with holes. `tag` is None for an image of
    which only the digest is known: it may have tags or none. An image with a tag is taken to have no other: tags that
    the template does not name can be neither seen nor counted on. Nothing is raised, whatever the policy.
    """
    if policy is None:
        return None
    try:
        rules = _rules_of(policy) if isinstance(policy, str) else _sorted_rules(policy)
    except _MalformedError as problem:
        return UnknownRemoval(f"the lifecycle policy {problem}")
    doubt = None
    for rule in rules:
        selected = _selects(rule, tag)
        if selected or (selected is None and isinstance(rule.removal, UnknownRemoval)):
            return rule.removal
        # Should this rule not select the image, a later one still may; should it, then it takes the image.
        if selected is None and doubt is None:
            doubt = UnknownRemoval(
                f"whether rule {rule.priority} selects the image depends on tags that are not known", True
            )
    return doubt


class _Rule(Record):
    priority: int
    status: str
    patterns: tuple[str, ...]
    """What tagPatternList and tagPrefixList ask for, prefixes as `prefix*`."""
    removal: Removal | UnknownRemoval


class _MalformedError(Exception):
    """A policy that ECR would refuse or that is not known in full; never leaves this module."""


# --- reading ---


@lru_cache(maxsize=64)
def _rules_of(text: str) -> Sequence[_Rule]:
    """The repositories of one app often have the same policy."""
    return _sorted_rules(text)


def _sorted_rules(policy: object) -> Sequence[_Rule]:
    return sorted(_rules(policy), key=lambda rule: rule.priority)


def _rules(policy: object) -> Iterator[_Rule]:
    """The rules for images that can be pulled."""
    rules = _document(policy).get("rules")
    if not isinstance(rules, list):
        raise _MalformedError("has no list of rules" if rules is None else f"has rules that are {_kind(rules)}")
    if len(rules) > _MAX_RULES:
        raise _MalformedError(_TOO_LONG)
    priorities: set[int] = set()
    patterns = 0
    for index, rule in enumerate(rules):
        place = f"has a rule (number {index + 1})"
        if not isinstance(rule, Mapping):
            raise _MalformedError(f"{place} that is {_kind(rule)}")
        priority = _number(rule, "rulePriority", place)
        if priority in priorities:
            raise _MalformedError(f"has two rules with the priority {priority}")
        priorities.add(priority)
        read = _rule(rule, priority)
        if read is not None:
            patterns += len(read.patterns)
            if patterns > _MAX_PATTERNS:
                raise _MalformedError(_TOO_LONG)
            yield read


def _document(policy: object) -> Mapping[str, object]:
    if isinstance(policy, (Text, Hole)):
        raise _MalformedError(f"holds {', '.join(render(part) for part in parts_of(policy) if isinstance(part, Hole))}")
    if isinstance(policy, str):
        policy = _parse(policy)
    if not isinstance(policy, Mapping):
        raise _MalformedError(f"is {_kind(policy)}")
    return policy


def _parse(text: str) -> object:
    if len(text) > MAX_LENGTH:
        raise _MalformedError(_TOO_LONG)
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise _MalformedError("is not JSON") from None


def _rule(rule: Mapping[str, object], priority: int) -> _Rule | None:
    """The rule, or None for one that selects archived images only."""
    place = f"has a rule {priority}"
    selection, action = rule.get("selection"), rule.get("action")
    if not isinstance(selection, Mapping) or not isinstance(action, Mapping):
        raise _MalformedError(f"{place} without {'selection' if not isinstance(selection, Mapping) else 'action'}")
    storage_class = selection.get("storageClass", "standard")
    if storage_class not in ("standard", "archive"):
        raise _MalformedError(f"{place} with the storage class {_show(storage_class)}")
    status = selection.get("tagStatus")
    if not isinstance(status, str) or status not in ("tagged", "untagged", "any"):
        raise _MalformedError(f"{place} with the tag status {_show(status)}")
    patterns = _patterns(selection, status, place)
    removal = _removal(rule, selection, action, priority)
    return _Rule(priority, status, patterns, removal) if storage_class == "standard" else None


def _patterns(selection: Mapping[str, object], status: str, place: str) -> tuple[str, ...]:
    given = [name for name in ("tagPatternList", "tagPrefixList") if selection.get(name)]
    if len(given) != (1 if status == "tagged" else 0):
        raise _MalformedError(
            f"{place} for {status} images with {' and '.join(given) or 'neither patterns nor prefixes'}"
        )
    if not given:
        return ()
    entries = selection[given[0]]
    if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
        raise _MalformedError(f"{place} whose {given[0]} is not a list of strings")
    if given[0] == "tagPrefixList":
        return tuple(f"{entry}*" for entry in entries)
    if any(entry.count("*") > 4 for entry in entries):
        raise _MalformedError(f"{place} with more than four wildcards in a pattern")
    return tuple(entries)


_WHEN: Final[Mapping[tuple[str, str], str]] = {
    ("imageCountMoreThan", "expire"): "when {} newer image{s} match the rule",
    ("imageCountMoreThan", "transition"): "when {} newer image{s} match the rule",
    ("sinceImagePushed", "expire"): "{} day{s} after its push",
    ("sinceImagePushed", "transition"): "{} day{s} after its push",
    ("sinceImagePulled", "transition"): "{} day{s} after its last pull",
}
"""The count types and actions that go together for images that can be pulled."""


def _removal(
    rule: Mapping[str, object], selection: Mapping[str, object], action: Mapping[str, object], priority: int
) -> Removal | UnknownRemoval:
    place = f"has a rule {priority}"
    count = _number(selection, "countNumber", place)
    kind, verb, description = selection.get("countType"), action.get("type"), rule.get("description")
    if kind != "imageCountMoreThan" and selection.get("countUnit") != "days":
        raise _MalformedError(f"{place} with the unit {_show(selection.get('countUnit'))}")
    when = _WHEN.get((kind, verb)) if isinstance(kind, str) and isinstance(verb, str) else None
    if when is None or (verb == "transition" and action.get("targetStorageClass") != "archive"):
        return UnknownRemoval(f"rule {priority} does {_show(verb)} by {_show(kind)}, which is not evaluated here")
    return Removal(
        priority,
        # JSON may hold half a surrogate pair, which could not be printed.
        description.encode(errors="replace").decode() if isinstance(description, str) else None,
        "expire" if verb == "expire" else "archive",
        when.format(count, s="" if count == 1 else "s"),
        count,
        kind == "imageCountMoreThan",
    )


def _number(mapping: Mapping[str, object], name: str, place: str) -> int:
    value = mapping.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= _MAX_COUNT:
        raise _MalformedError(f"{place} with the {name} {_show(value)}")
    return value


def _kind(value: object) -> str:
    if isinstance(value, (Text, Hole)):
        return render(value)
    return kind_of(value)


def _show(value: object) -> str:
    """A value in a message, short."""
    if isinstance(value, (Text, Hole)):
        return render(value)[:60]
    return repr(value[:60]) if isinstance(value, str) else str(value) if isinstance(value, bool) else _kind(value)


# --- selecting ---


def _selects(rule: _Rule, tag: Str | None) -> Answer:
    """Whether the rule selects the image; None when that depends on what is not known."""
    if rule.status == "any":
        return True
    if tag is None:
        return None
    if rule.status == "untagged":
        return False
    # Only `*` is a wildcard there, and no tag holds a `?`.
    first, *others = {False if "?" in pattern else _fits(pattern, tag) for pattern in rule.patterns}
    # A rule of which some entries fit is written for images with several tags, which this one may be.
    return None if others else first


def _fits(pattern: str, tag: Str) -> Answer:
    """Whether a tag fits a pattern, most of which are prefixes."""
    if isinstance(tag, str) and pattern.find("*") == len(pattern) - 1:
        return tag.startswith(pattern[:-1])
    return glob(pattern, tag)
