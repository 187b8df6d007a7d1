"""What holds for all policies: by documents and requests that Hypothesis makes up."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from imagelint.aws.policy.decision import Decision
from imagelint.aws.policy.request import AwsPrincipal, Request
from imagelint.text.holes import Hole, Str, Text, concat, parts_of
from imagelint.text.matching import glob, match_arn
from support.policies import (
    ACCOUNT,
    ALLOWED,
    ANYTHING,
    ARN,
    DEPLOYER,
    FUNCTIONS,
    IN_ANY_ACCOUNT,
    LAMBDA,
    NAME,
    ONE_ROLE,
    PARTITION,
    REPOSITORY,
    ROLE,
    SYMBOLIC,
    UNKNOWN,
    allow,
    decide,
    policy,
    text,
    verdict_of,
)

# Properties

HOLES = [ACCOUNT, PARTITION, NAME, ANYTHING, Hole("Other", "app"), Hole("Some", "app", "ab*:")]
CONTENTS = ["", "a", "ab", "aaa", "b:", "*", "a*", "?", "aws", "123456789012", "1", "ecr:*", "Allow", "Deny", "root"]
CONTENTS += ["lambda", "amazonaws.com", "lambda.amazonaws.com", "arn:aws:iam::123456789012:root", ROLE, REPOSITORY]
LITERALS = [*CONTENTS, ":", "ecr:", "arn:aws:iam::", ":root", "arn:aws:lambda:eu-west-1:", ":function:", "-x", "$", "A"]

PIECES: list[Str] = [*LITERALS, *HOLES]

texts = st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map(lambda pieces: text(*pieces))
actions = st.sampled_from(["ecr:*", "*", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "s3:*", "ecr:Get?ownload*"])
keys = st.sampled_from([ARN, "aws:SourceAccount", "aws:PrincipalOrgID", "aws:SourceOrgID"])
bases = ["StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "ArnLike", "ArnNotEquals", "Bool", "Null"]
operators = st.sampled_from(
    [
        *bases,
        "StringEqualsIgnoreCase",
        "StringLikeIfExists",
        "ForAllValues:StringLike",
        "ForAnyValue:ArnNotLike",
        "Date",
    ]
)
arns = st.sampled_from(
    [
        FUNCTIONS,
        text("arn:", PARTITION, ":lambda:*:", ACCOUNT, ":function:", NAME),
        text("arn:aws:lambda:eu-west-1:", ACCOUNT, ":function:*"),
        "arn:aws:lambda:us-east-1:123456789012:function:*",
    ]
)
values = st.one_of(arns, texts, st.sampled_from(["true", "false", "123456789012"]))
conditions = st.dictionaries(operators, st.dictionaries(keys, st.lists(values, min_size=1, max_size=2), max_size=2))
principals = st.one_of(
    st.just("*"),
    st.just(ANYTHING),
    st.fixed_dictionaries({"Service": st.sampled_from(["lambda.amazonaws.com", "s3.amazonaws.com", ANYTHING])}),
    st.fixed_dictionaries(
        {
            "AWS": st.sampled_from(
                ["*", "123456789012", ROLE, ANYTHING, text("arn:", PARTITION, ":iam::", ACCOUNT, ":root")]
            )
        }
    ),
)


@st.composite
def statements(draw: Any, effects: tuple[Any, ...] = ("Allow", "Deny", ANYTHING)) -> dict[str, Any]:
    """Well-formed statements of a repository policy, with holes."""
    given = st.lists(st.one_of(actions, texts), min_size=1, max_size=2)
    made = {
        "Effect": draw(st.sampled_from(effects)),
        draw(st.sampled_from(["Action", "Action", "NotAction"])): draw(given),
        draw(st.sampled_from(["Principal", "Principal", "NotPrincipal"])): draw(principals),
    }
    if draw(st.booleans()):
        made["Condition"] = draw(st.one_of(conditions, st.just(ANYTHING)))
    return made


requests = st.sampled_from([LAMBDA, IN_ANY_ACCOUNT, DEPLOYER, ONE_ROLE, SYMBOLIC])
documents = st.lists(statements(), min_size=1, max_size=4)


def rank(answer: bool | None) -> int:
    return {False: 0, None: 1, True: 2}[answer]


@given(documents, statements(effects=("Deny",)), requests)
def test_adding_a_deny_never_grants(before: list[Any], more: Any, request: Request) -> None:
    old, new = decide([policy(*before)], request), decide([policy(*before, more)], request)
    assert rank(new.allowed) <= rank(old.allowed) or verdict_of(new) is UNKNOWN
    assert rank(new.deny) >= rank(old.deny) or new.deny is None


@given(documents, statements(effects=("Allow",)), requests)
def test_adding_an_allow_never_revokes(before: list[Any], more: Any, request: Request) -> None:
    old, new = decide([policy(*before)], request), decide([policy(*before, more)], request)
    assert rank(new.allowed) >= rank(old.allowed) or verdict_of(new) is UNKNOWN
    assert verdict_of(old) is not ALLOWED or verdict_of(new) is ALLOWED


def recase(value: Str, upper: bool) -> Str:
    return concat(
        part if isinstance(part, Hole) else part.upper() if upper else part.lower() for part in parts_of(value)
    )


@given(documents, requests, st.booleans())
def test_the_case_of_actions_never_matters(before: list[Any], request: Request, upper: bool) -> None:
    after = [
        {
            name: [recase(action, upper) for action in value] if name.endswith("Action") else value
            for name, value in one.items()
        }
        for one in before
    ]
    assert verdict_of(decide([policy(*before)], request)) is verdict_of(decide([policy(*after)], request))


@given(documents, requests, st.randoms())
def test_the_order_of_statements_never_matters(before: list[Any], request: Request, random: Any) -> None:
    after = random.sample(before, len(before))
    old, new = decide([policy(*before)], request), decide([policy(*after)], request)
    assert (old.allow, old.deny) == (new.allow, new.deny)


def fill(value: Any, contents: dict[Hole, str]) -> Any:
    """The value with the holes that `contents` knows filled."""
    if isinstance(value, str | Text | Hole):
        return concat(contents.get(part, part) if isinstance(part, Hole) else part for part in parts_of(value))
    if isinstance(value, list):
        return [fill(item, contents) for item in value]
    if isinstance(value, dict):
        return {name: fill(item, contents) for name, item in value.items()}
    return value


def fill_request(request: Request, contents: dict[Hole, str]) -> Request:
    principal = request.principal
    if isinstance(principal, AwsPrincipal):
        filled = [fill(item, contents) for item in (principal.account, principal.partition, principal.arn)]
        principal = AwsPrincipal(*filled)
    return Request(request.actions, principal, fill(request.resource, contents), fill(dict(request.context), contents))


@st.composite
def contents(draw: Any) -> dict[Hole, str]:
    """What some of the holes hold, from their alphabets."""
    filled = {}
    for hole in HOLES:
        fit = [one for one in CONTENTS if hole.alphabet is None or set(one) <= set(hole.alphabet)]
        if draw(st.booleans()):
            filled[hole] = draw(st.sampled_from(fit))
    return filled


def refines(new: bool | None, old: bool | None) -> bool:
    return old is None or new is old


@settings(max_examples=500)
@given(documents, requests, contents())
def test_learning_never_turns_one_answer_into_another(before: list[Any], request: Request, learnt: Any) -> None:
    old = decide([policy(*before)], request)
    new = decide([policy(*fill(before, learnt))], fill_request(request, learnt))
    if new.malformed:
        return  # what was learnt is malformed: the decision is unknown as a whole
    assert refines(new.allow, old.allow)
    assert refines(new.deny, old.deny)
    assert verdict_of(old) is UNKNOWN or verdict_of(new) is verdict_of(old)


@settings(max_examples=1000)
@given(texts, texts, contents())
def test_learning_never_turns_a_match_into_a_miss(pattern: Str, value: Str, learnt: Any) -> None:
    assert refines(glob(fill(pattern, learnt), fill(value, learnt)), glob(pattern, value))
    assert refines(
        glob(fill(pattern, learnt), fill(value, learnt), fold=True),
        glob(pattern, value, fold=True),
    )


@given(values, values, contents())
def test_learning_never_turns_a_match_of_arns_into_a_miss(pattern: Str, value: Str, learnt: Any) -> None:
    assert refines(match_arn(fill(pattern, learnt), fill(value, learnt)), match_arn(pattern, value))


@given(st.text("ab*?", max_size=8), st.text("ab", max_size=8))
def test_glob_is_what_the_regular_expression_says(pattern: str, value: str) -> None:
    regular = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    assert glob(pattern, value) is (re.fullmatch(regular, value) is not None)


words = st.sampled_from(
    ["Statement", "Effect", "Allow", "Principal", "Action", "Condition", "StringLike", "*", "ecr:*"]
)
anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), words, st.text(), texts),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.one_of(words, st.text(), st.integers()), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(anything, requests)
def test_no_document_raises(value: Any, request: Request) -> None:
    for document in (
        value,
        {"Statement": value},
        policy({**allow(), "Condition": value}),
        policy(allow(Principal=value)),
    ):
        assert isinstance(decide([document], request), Decision)
