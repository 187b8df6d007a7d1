"""The identity of holes: two are the same when they will have the same value."""

from __future__ import annotations

from typing import Any

import pytest

from imagelint.assembly.stack import Stack
from imagelint.cloudformation.evaluation import Evaluation
from imagelint.cloudformation.scenario import Scenario
from imagelint.cloudformation.scope import Expression
from imagelint.cloudformation.values import DOMAIN_CHARACTERS, REGION_CHARACTERS, refused
from imagelint.text.holes import Hole, render
from support.evaluation import (
    HERE,
    SSM,
    att,
    case,
    evaluate,
    imported,
    join,
    placed,
    ref,
    scope_of,
    select,
    split,
    sub,
)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        case(ref("Open"), (Hole("Open", "App"), Hole("Open", "Other")), "a parameter"),
        case(ref("Repo"), (Hole("Repo", "App"), Hole("Repo", "Other")), "a resource"),
        case(ref("Bucket"), (Hole("Bucket", "App"), Hole("Bucket", "Other")), "a resource of any type"),
        case(ref("FromSsm"), (Hole(SSM, "App"), Hole(SSM, "Other")), "a parameter from SSM"),
        case(sub("${Names}"), (Hole("Names", "App"), Hole("Names", "Other")), "a list where text belongs"),
        case(
            att("Bucket", ref("Open")),
            (Hole("Bucket.${Open}", "App"), Hole("Bucket.${Open}", "Other")),
            "an open attribute",
        ),
        case(
            select(0, ref("OpenNames")),
            (Hole("Fn::Select 0 OpenNames", "App"), Hole("Fn::Select 0 OpenNames", "Other")),
            "an item of an open list",
        ),
        case(
            split(":", join("", ref("Open"), ref("FromSsm"))),
            (
                Hole(f"Fn::Split : ${{Open}}${{{SSM}}}", "App+App"),
                Hole(f"Fn::Split : ${{Open}}${{{SSM}}}", "Other+Other"),
            ),
            "an open text that is split",
        ),
        case(att("Bucket", "Arn"), (Hole("Bucket.Arn", "App"), Hole("Bucket.Arn", "Other")), "an attribute"),
        case(
            ref("AWS::AccountId"),
            (Hole("AWS::AccountId", "App"), Hole("AWS::AccountId", "Other")),
            "an open account",
        ),
        case(ref("AWS::StackId"), (Hole("AWS::StackId", "App"), Hole("AWS::StackId", "Other")), "the stack's ID"),
        case(
            "{{resolve:ssm:/x}}",
            (Hole("resolve:ssm:/x", "App/App"), Hole("resolve:ssm:/x", "Other/Other")),
            "a dynamic reference in an open environment",
        ),
        case(
            imported("x"),
            (Hole("Fn::ImportValue x", "App/App"), Hole("Fn::ImportValue x", "Other/Other")),
            "an import into an open environment",
        ),
        case(
            imported(ref("Open")),
            (Hole("Fn::ImportValue ${Open}", "App/App+App"), Hole("Fn::ImportValue ${Open}", "Other/Other+Other")),
            "an import by an open name",
        ),
        case(
            {"Fn::GetAZs": ""},
            (Hole(f"Fn::GetAZs at {HERE}/Fn::GetAZs", "App"), Hole(f"Fn::GetAZs at {HERE}/Fn::GetAZs", "Other")),
            "a function",
        ),
        case(
            {"Fn::Join": ["-", ref("OpenNames")]},
            (Hole("Fn::Join - OpenNames", "App"), Hole("Fn::Join - OpenNames", "Other")),
            "a joined list",
        ),
        case(
            {"Fn::Join": [ref("Open"), ref("OpenNames")]},
            (Hole("Fn::Join ${Open} OpenNames", "App+App"), Hole("Fn::Join ${Open} OpenNames", "Other+Other")),
            "a list joined by an open text",
        ),
        case(
            sub("{{resolve:ssm:/${Open}}}"),
            (Hole("resolve:ssm:/${Open}", "App/App+App"), Hole("resolve:ssm:/${Open}", "Other/Other+Other")),
            "a dynamic reference to an open name",
        ),
    ],
)
def test_a_hole_belongs_to_its_stack(written: Any, expected: tuple[Hole, Hole]) -> None:
    found = [evaluate(written, scope_of(name=name, bound=False)) for name in ("App", "Other")]
    assert found == list(expected)
    assert found[0] != found[1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(
            {"Fn::Join": ["-", ref("OpenNames")]},
            {"Fn::Join": [",", ref("OpenNames")]},
            id="joined by another delimiter",
        ),
        pytest.param(select(0, ref("OpenNames")), select(1, ref("OpenNames")), id="another item"),
        pytest.param(split(":", ref("Open")), split("/", ref("Open")), id="split by another delimiter"),
        pytest.param(ref("Open"), ref("FromSsm"), id="another parameter"),
        pytest.param(imported("a"), imported("b"), id="another export"),
    ],
)
def test_holes_of_different_values_differ(one: Any, other: Any) -> None:
    first, second = evaluate([one, other], scope_of())
    assert isinstance(first, Hole)
    assert isinstance(second, Hole)
    assert first != second


NESTED = scope_of({"Parameters": {"Tag": {"Type": "String"}}}, "App/Stack", parent=scope_of())
AROUND_IT = scope_of()
AROUND_IT.nested["Stack"] = scope_of({}, "App/Stack")


MADE = "which gets it when it is made"
OUTPUT = {"Fn::GetStackOutput": {"StackName": "s", "OutputName": "o"}}
WHY: dict[str, tuple[Any, Stack]] = {
    "a parameter without Default": (ref("Open"), scope_of()),
    "a value that CloudFormation reads at the deployment": (ref("FromSsm"), scope_of()),
    "a parameter that the nesting stack gives no known value": (ref("Tag"), NESTED),
    f"the name of a resource, {MADE}": (ref("Bucket"), scope_of()),
    f"an attribute of the AWS::S3::Bucket, {MADE}": (att("Bucket", "Arn"), scope_of()),
    "an output of a nested stack of which the template is not known": (att("Stack", "Outputs.Uri"), AROUND_IT),
    "an export of no stack that is here": (imported("x"), scope_of()),
    "an output of no stack that is here": (OUTPUT, scope_of()),
    "a dynamic reference, which AWS resolves at the deployment": ("{{resolve:ssm:/x}}", scope_of()),
}


@pytest.mark.parametrize(("why", "written", "scope"), [(why, *case) for why, case in WHY.items()], ids=WHY)
def test_a_hole_says_why_it_is_one(why: str, written: Any, scope: Stack) -> None:
    assert evaluate(written, scope).why == why


def test_other_holes_say_why_too() -> None:
    not_the_default = Scenario().excluding(Hole("Tag", "App"), "1.4.2")
    other = Evaluation(not_the_default).value(placed(ref("Tag"), scope_of()))
    assert isinstance(other, Hole)
    assert (other, other.why) == (Hole("Tag", "App"), "a parameter with another value than its Default")
    repository = evaluate(ref("Repo"), scope_of())
    assert repository.why == f"the name of a resource, {MADE}"


def test_two_refused_values_may_be_different_ones() -> None:
    one, other = (refused(Expression("x", scope_of(name=name), (at,))) for name, at in (("A", "B"), ("A", "C")))
    assert one != other
    assert render(one) == "${an error}"
    assert refused(Expression("x", scope_of(name="D"), ("B",))) != one


@pytest.mark.parametrize(
    ("name", "alphabet"), [("AWS::Partition", REGION_CHARACTERS), ("AWS::URLSuffix", DOMAIN_CHARACTERS)]
)
def test_partition_and_suffix_belong_to_the_open_environment(name: str, alphabet: str) -> None:
    stacks = [scope_of(name="App", bound=False), scope_of(name="Other", bound=False)]
    for stack in stacks:
        stack.region = Hole("AWS::Region", "the environment", REGION_CHARACTERS)
    found = [evaluate(ref(name), stack) for stack in stacks]
    assert found == [Hole(name, "the environment")] * 2
    assert [hole.alphabet for hole in found] == [alphabet] * 2


def test_imports_of_one_bound_environment_are_one_hole() -> None:
    first, second = (evaluate(imported("x"), scope_of(name=name)) for name in ("App", "Other"))
    assert first == second == Hole("Fn::ImportValue x", "123456789012/eu-west-1")
