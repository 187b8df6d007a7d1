"""Lifecycle policies, each with the rule that can take an image, or with why that is unknown."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelint.aws.lifecycle import MAX_LENGTH, Removal, UnknownRemoval, evaluate
from imagelint.text.holes import Hole, Str, Text

REF = Hole("Version")


def rule(priority: int, kind: str = "sinceImagePushed", count: int = 30, **rest: Any) -> dict[str, Any]:
    """A rule; selection, action and description by keyword, everything else belongs to the selection."""
    selection = {"tagStatus": "any", "countType": kind, "countNumber": count}
    if kind != "imageCountMoreThan":
        selection["countUnit"] = "days"
    action = rest.pop("action", {"type": "expire"})
    about = {"description": rest.pop("description")} if "description" in rest else {}
    return {"rulePriority": priority, **about, "selection": {**selection, **rest}, "action": action}


def tagged(priority: int, *patterns: str, **rest: Any) -> dict[str, Any]:
    return rule(priority, tagStatus="tagged", tagPatternList=list(patterns), **rest)


def prefixed(priority: int, *prefixes: str, **rest: Any) -> dict[str, Any]:
    return rule(priority, tagStatus="tagged", tagPrefixList=list(prefixes), **rest)


def untagged(priority: int, **rest: Any) -> dict[str, Any]:
    return rule(priority, tagStatus="untagged", **rest)


ARCHIVE = {"type": "transition", "targetStorageClass": "archive"}


@pytest.mark.parametrize(
    ("rules", "tag", "expected"),
    [
        pytest.param([], "v1", None, id="no-rules"),
        pytest.param([rule(1)], "v1", (1, "expire", "30 days after its push"), id="any-takes-a-tagged-image"),
        pytest.param([rule(1)], None, (1, "expire", "30 days after its push"), id="any-takes-a-digest"),
        pytest.param([rule(1)], REF, (1, "expire", "30 days after its push"), id="any-takes-an-unknown-tag"),
        pytest.param([rule(1, count=1)], "v1", (1, "expire", "1 day after its push"), id="one-day"),
        pytest.param(
            [rule(5, "imageCountMoreThan", 10)],
            "v1",
            (5, "expire", "when 10 newer images match the rule"),
            id="by-count",
        ),
        pytest.param([untagged(1)], "v1", None, id="untagged-spares-a-tag"),
        pytest.param([untagged(1)], None, "rule 1", id="a-digest-may-be-untagged-or-not"),
        pytest.param([untagged(1)], REF, None, id="an-unknown-tag-is-a-tag"),
        pytest.param([prefixed(1, "dev")], "dev-7", (1, "expire", "30 days after its push"), id="prefix-fits"),
        pytest.param([prefixed(1, "dev")], "dev", (1, "expire", "30 days after its push"), id="prefix-is-the-tag"),
        pytest.param([prefixed(1, "dev")], "prod-dev", None, id="prefix-is-not-inside"),
        pytest.param([prefixed(1, "DEV")], "dev", None, id="case-counts"),
        pytest.param([prefixed(1, "v", "v1")], "v1.2", (1, "expire", "30 days after its push"), id="all-prefixes-fit"),
        pytest.param([prefixed(1, "alpha", "beta")], "v1", None, id="no-prefix-fits"),
        pytest.param([prefixed(1, "alpha", "beta")], "beta-1", "rule 1", id="some-prefixes-fit-another-tag-may-too"),
        pytest.param([prefixed(1, "dev")], None, "rule 1", id="a-digest-may-have-that-prefix"),
        pytest.param([tagged(1, "*")], "v1", (1, "expire", "30 days after its push"), id="star-alone"),
        pytest.param([tagged(1, "prod*")], "production", (1, "expire", "30 days after its push"), id="pattern-head"),
        pytest.param([tagged(1, "*prod*")], "my-prod-1", (1, "expire", "30 days after its push"), id="pattern-inside"),
        pytest.param([tagged(1, "*prod")], "prod-1", None, id="pattern-tail"),
        pytest.param([tagged(1, "v1")], "v10", None, id="pattern-without-star-is-the-whole-tag"),
        pytest.param([tagged(1, "a*b*c*d*e")], "a-b-c-d-e", (1, "expire", "30 days after its push"), id="four-stars"),
        pytest.param([tagged(1, "ab*ba")], "aba", None, id="head-and-tail-do-not-overlap"),
        pytest.param([tagged(1, "*a*a")], "a", None, id="each-piece-has-its-own-place"),
        pytest.param([tagged(1, "v?")], "v1", None, id="question-mark-is-no-wildcard"),
        pytest.param(
            [tagged(1, "v*")], Text(("v", REF)), (1, "expire", "30 days after its push"), id="known-head-fits"
        ),
        pytest.param([tagged(1, "dev*")], Text(("v", REF)), None, id="known-head-does-not-fit"),
        pytest.param([tagged(1, "v1*")], Text(("v", REF)), "rule 1", id="known-head-is-too-short"),
        pytest.param([tagged(1, "*-dev")], REF, "rule 1", id="unknown-tag-may-fit"),
        pytest.param([tagged(1, "*")], REF, (1, "expire", "30 days after its push"), id="unknown-tag-fits-a-star"),
        pytest.param(
            [tagged(2, "*", count=2), prefixed(1, "v", count=1)],
            "v1",
            (1, "expire", "1 day after its push"),
            id="lowest-priority-number-wins-whatever-the-order",
        ),
        pytest.param(
            [prefixed(1, "v", kind="imageCountMoreThan", count=9999), rule(2, count=1)],
            "v1",
            (1, "expire", "when 9999 newer images match the rule"),
            id="a-later-rule-cannot-take-what-an-earlier-one-selects",
        ),
        pytest.param(
            [prefixed(1, "v"), rule(2, count=1)],
            "dev",
            (2, "expire", "1 day after its push"),
            id="a-later-rule-takes-what-no-earlier-one-selects",
        ),
        pytest.param(
            [untagged(1), rule(2, count=7)],
            None,
            (2, "expire", "7 days after its push"),
            id="a-doubtful-rule-before-a-certain-one",
        ),
        pytest.param(
            [rule(1, action=ARCHIVE)], "v1", (1, "archive", "30 days after its push"), id="archived-cannot-be-pulled"
        ),
        pytest.param(
            [rule(1, "sinceImagePulled", 90, action=ARCHIVE)],
            "v1",
            (1, "archive", "90 days after its last pull"),
            id="archived-when-not-pulled",
        ),
        pytest.param(
            [rule(1, "sinceImageTransitioned", 90, storageClass="archive")],
            "v1",
            None,
            id="a-rule-for-archived-images-only",
        ),
        pytest.param(
            [rule(1, "sinceImageTransitioned", 90, storageClass="archive"), rule(2, count=7)],
            "v1",
            (2, "expire", "7 days after its push"),
            id="a-rule-for-archived-images-does-not-shield",
        ),
        pytest.param([rule(1, "sinceImagePulled", 90)], "v1", "rule 1 does 'expire'", id="pulled-cannot-expire"),
        pytest.param([rule(1, "sinceImageScanned")], "v1", "sinceImageScanned", id="count-type-of-the-future"),
        pytest.param(
            [prefixed(1, "v", action={"type": "lock"}), rule(2)], "v1", "'lock'", id="action-of-the-future-may-shield"
        ),
        pytest.param(
            [prefixed(1, "v", action={"type": "lock"}), rule(2, count=3)],
            "dev",
            (2, "expire", "3 days after its push"),
            id="action-of-the-future-elsewhere",
        ),
        pytest.param(
            [rule(1, action={"type": "transition", "targetStorageClass": "ice"})], "v1", "transition", id="other-target"
        ),
    ],
)
@pytest.mark.parametrize("as_text", [True, False], ids=["json", "mapping"])
def test_rules(rules: list[Any], tag: Str | None, expected: tuple[int, str, str] | str | None, as_text: bool) -> None:
    policy = {"rules": rules}
    result = evaluate(json.dumps(policy) if as_text else policy, tag)
    if isinstance(expected, str):
        assert isinstance(result, UnknownRemoval)
        assert expected in result.reason
    elif expected is None:
        assert result is None
    else:
        assert isinstance(result, Removal)
        assert (result.priority, result.action, result.when) == expected


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        pytest.param("{", "is not JSON", id="not-json"),
        pytest.param("", "is not JSON", id="empty"),
        pytest.param("[" * 30_000, "is not JSON", id="nested-beyond-measure"),
        pytest.param("[]", "is a list", id="a-list"),
        pytest.param("null", "is null", id="json-null"),
        pytest.param("{}", "no list of rules", id="no-rules"),
        pytest.param('{"rules": {}}', "rules that are an object", id="rules-are-no-list"),
        pytest.param({"rules": [1]}, "(number 1) that is a number", id="rule-is-a-number"),
        pytest.param({"rules": [{}]}, "rulePriority", id="rule-without-priority"),
        pytest.param({"rules": [rule(0)]}, "rulePriority", id="priority-zero"),
        pytest.param({"rules": [{**rule(1), "rulePriority": True}]}, "rulePriority True", id="priority-is-a-boolean"),
        pytest.param({"rules": [rule(1), untagged(1)]}, "two rules with the priority 1", id="priority-twice"),
        pytest.param({"rules": [{"rulePriority": 1, "action": {}}]}, "without selection", id="no-selection"),
        pytest.param({"rules": [{"rulePriority": 1, "selection": {}}]}, "without action", id="no-action"),
        pytest.param({"rules": [rule(1, tagStatus="all")]}, "tag status 'all'", id="tag-status"),
        pytest.param({"rules": [rule(1, tagStatus=["any"])]}, "tag status a list", id="tag-status-is-a-list"),
        pytest.param({"rules": [rule(1, tagStatus="tagged")]}, "neither patterns nor prefixes", id="tagged-what"),
        pytest.param({"rules": [untagged(1, tagPrefixList=["a"])]}, "untagged images with", id="untagged-prefix"),
        pytest.param(
            {"rules": [prefixed(1, "a", tagPatternList=["b"])]}, "tagPatternList and tagPrefixList", id="both-lists"
        ),
        pytest.param({"rules": [rule(1, tagStatus="tagged", tagPrefixList="v")]}, "not a list", id="prefix-is-a-text"),
        pytest.param({"rules": [tagged(1, "a*b*c*d*e*")]}, "four wildcards", id="five-wildcards"),
        pytest.param({"rules": [rule(1, count=0)]}, "countNumber", id="count-zero"),
        pytest.param({"rules": [rule(1, count=10**5000)]}, "countNumber", id="count-without-end"),
        pytest.param({"rules": [rule(1, countNumber="30")]}, "countNumber '30'", id="count-is-a-text"),
        pytest.param({"rules": [rule(1, countNumber=REF)]}, "countNumber ${Version}", id="count-is-a-hole"),
        pytest.param({"rules": [rule(1, countUnit="weeks")]}, "unit 'weeks'", id="unit"),
        pytest.param({"rules": [rule(1, storageClass="ice")]}, "storage class 'ice'", id="storage-class"),
        pytest.param(REF, "holds ${Version}", id="a-hole"),
        pytest.param(Text(('{"rules": [', REF)), "holds ${Version}", id="text-with-a-hole"),
        pytest.param(" " * (MAX_LENGTH + 1), "more than the 30720 characters", id="too-long"),
        pytest.param({"rules": [*map(rule, range(1, 400))]}, "more than the 30720 characters", id="too-many-rules"),
        pytest.param({"rules": [prefixed(1, *["v"] * 9000)]}, "more than the 30720 characters", id="too-many-prefixes"),
        pytest.param(7, "is a number", id="a-number"),
    ],
)
def test_what_is_no_policy_is_unknown(policy: object, reason: str) -> None:
    result = evaluate(policy, "v1")
    assert isinstance(result, UnknownRemoval)
    assert reason in result.reason


def test_no_policy_takes_nothing() -> None:
    assert evaluate(None, "v1") is None


def test_the_removal_carries_description_and_count() -> None:
    result = evaluate({"rules": [rule(3, count=14, description="Two weeks")]}, "v1")
    assert result == Removal(3, "Two weeks", "expire", "14 days after its push", 14, False)


tags = (
    st.none() | st.text(max_size=8) | st.just(REF) | st.text(min_size=1, max_size=3).map(lambda head: Text((head, REF)))
)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just(REF)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)
selections = st.fixed_dictionaries(
    {},
    optional={
        "tagStatus": st.sampled_from(["tagged", "untagged", "any"]) | values,
        "tagPrefixList": st.lists(st.text("ab*", max_size=4), max_size=3) | values,
        "tagPatternList": st.lists(st.text("ab*", max_size=4), max_size=3) | values,
        "countType": st.sampled_from(["imageCountMoreThan", "sinceImagePushed", "sinceImagePulled"]) | values,
        "countUnit": st.just("days") | values,
        "countNumber": st.integers(1, 99) | values,
        "storageClass": st.sampled_from(["standard", "archive"]) | values,
    },
)
rules = st.fixed_dictionaries(
    {"rulePriority": st.integers(1, 5) | values},
    optional={
        "selection": selections | values,
        "action": st.sampled_from([{"type": "expire"}, ARCHIVE]) | values,
        "description": values,
    },
)
policies = values | st.text() | st.fixed_dictionaries({"rules": st.lists(rules, max_size=4) | values})


@given(policies, tags)
def test_never_raises(policy: object, tag: Str | None) -> None:
    assert isinstance(evaluate(policy, tag), Removal | UnknownRemoval | None)


@given(st.lists(st.text("ab", max_size=3), min_size=1, max_size=5), st.text("ab", max_size=12))
def test_a_pattern_means_what_a_regular_expression_means(pieces: list[str], tag: str) -> None:
    import re

    fits = re.fullmatch(".*".join(pieces), tag) is not None
    result = evaluate({"rules": [tagged(1, "*".join(pieces))]}, tag) if any(pieces) or len(pieces) > 1 else None
    assert (result is not None) == (fits and (any(pieces) or len(pieces) > 1))


def test_a_description_can_be_printed() -> None:
    result = evaluate('{"rules": [' + json.dumps(rule(1, description="\ud800")) + "]}", "v1")
    assert isinstance(result, Removal)
    assert result.description == "?"
