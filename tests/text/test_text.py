"""What is known of text with holes, by tables of questions whose answers are True, False or None."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelint.text.holes import Hole, Str, Text, concat, equal, holes, may_contain, parts_of, render, split

ACCOUNT = Hole("AWS::AccountId", "app", "0123456789")
OTHER_ACCOUNT = Hole("AWS::AccountId", "other", "0123456789")
REGION = Hole("AWS::Region", "app", "abcdefghijklmnopqrstuvwxyz-0123456789")
TAG = Hole("Tag", "app")
NOT_DEV = Hole("Tag", "app", never=frozenset({"dev"}))
NAME = Hole("Repo", "app", "abcdefghijklmnopqrstuvwxyz/")


def text(*pieces: Str) -> Str:
    return concat(pieces)


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        pytest.param([], "", id="nothing is the empty string"),
        pytest.param(["", ""], "", id="empty literals are nothing"),
        pytest.param(["a"], "a", id="one literal is itself"),
        pytest.param(["a", "b", "c"], "abc", id="literals are one literal"),
        pytest.param([TAG], TAG, id="one hole is itself"),
        pytest.param(["", TAG, ""], TAG, id="a hole between empty literals is itself"),
        pytest.param(["a", TAG, "b"], Text(("a", TAG, "b")), id="a hole keeps literals apart"),
        pytest.param([TAG, TAG], Text((TAG, TAG)), id="two holes stay two"),
        pytest.param([Text(("a", TAG)), "b", "c"], Text(("a", TAG, "bc")), id="a text is taken apart"),
        pytest.param([Text((TAG, "a")), Text(("b", TAG))], Text((TAG, "ab", TAG)), id="texts meet in one literal"),
    ],
)
def test_concat_gives_the_normal_form(pieces: list[Str], expected: Str) -> None:
    assert concat(pieces) == expected


@pytest.mark.no_cover
def test_concat_of_many_literals_is_linear() -> None:
    assert concat(["ab"] * 300_000) == "ab" * 300_000


@pytest.mark.parametrize(
    ("whole", "parts", "its_holes", "rendered"),
    [
        pytest.param("", (), (), "", id="empty"),
        pytest.param("a", ("a",), (), "a", id="literal"),
        pytest.param(TAG, (TAG,), (TAG,), "${Tag}", id="hole"),
        pytest.param(
            text(ACCOUNT, ".", REGION),
            (ACCOUNT, ".", REGION),
            (ACCOUNT, REGION),
            "${AWS::AccountId}.${AWS::Region}",
            id="text",
        ),
    ],
)
def test_parts(whole: Str, parts: tuple[str | Hole, ...], its_holes: tuple[Hole, ...], rendered: str) -> None:
    assert parts_of(whole) == parts
    assert holes(whole) == its_holes
    assert render(whole) == rendered


@pytest.mark.parametrize(
    ("hole", "needle", "expected"),
    [
        pytest.param(TAG, ":", True, id="a hole without alphabet may hold anything"),
        pytest.param(ACCOUNT, ":", False, id="digits hold no colon"),
        pytest.param(ACCOUNT, "7", True, id="digits hold a digit"),
        pytest.param(ACCOUNT, "a7", True, id="one character of several is enough"),
        pytest.param(NAME, "/", True, id="a name may hold a slash"),
    ],
)
def test_may_contain(hole: Hole, needle: str, expected: bool) -> None:
    assert may_contain(hole, needle) is expected


@pytest.mark.parametrize(
    ("delimiter", "whole", "expected"),
    [
        pytest.param(",", "a,b,,c", ["a", "b", "", "c"], id="a literal"),
        pytest.param(",", "abc", ["abc"], id="no delimiter"),
        pytest.param(",", "", [""], id="the empty string"),
        pytest.param(",", ",", ["", ""], id="a delimiter alone"),
        pytest.param("--", "a--b-c---d", ["a", "b-c", "-d"], id="a delimiter of two characters"),
        pytest.param(":", ACCOUNT, [ACCOUNT], id="a hole that cannot hold the delimiter"),
        pytest.param(":", TAG, None, id="a hole that can hold it"),
        pytest.param("", "abc", None, id="no delimiter at all"),
        pytest.param("", TAG, None, id="no delimiter at all, in a hole"),
        pytest.param("/", text("a/", NAME), None, id="a name may hold slashes"),
        pytest.param("a:", text("x", NAME), None, id="a hole may hold one character of the delimiter"),
        pytest.param(
            ":",
            text("arn:aws:ecr:", REGION, ":", ACCOUNT, ":repository/", NAME),
            ["arn", "aws", "ecr", REGION, ACCOUNT, text("repository/", NAME)],
            id="an ARN",
        ),
        pytest.param(
            ".",
            text(ACCOUNT, ".dkr.ecr.", REGION, ".amazonaws.com/app"),
            [ACCOUNT, "dkr", "ecr", REGION, "amazonaws", "com/app"],
            id="a host",
        ),
        pytest.param(
            ":", text("a:", ACCOUNT, REGION, ":b"), ["a", text(ACCOUNT, REGION), "b"], id="two holes in a row"
        ),
    ],
)
def test_split(delimiter: str, whole: Str, expected: list[Str] | None) -> None:
    assert split(delimiter, whole) == expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param("", "", True, id="empty strings"),
        pytest.param("a", "a", True, id="the same literal"),
        pytest.param("a", "b", False, id="two literals"),
        pytest.param("Prod", "prod", False, id="case counts"),
        pytest.param(TAG, TAG, True, id="the same hole"),
        pytest.param(TAG, NOT_DEV, True, id="what is known of a hole is not its identity"),
        pytest.param(TAG, Hole("Other", "app"), None, id="two holes"),
        pytest.param(ACCOUNT, OTHER_ACCOUNT, None, id="the same name in two scopes"),
        pytest.param(TAG, "a", None, id="a hole may be any literal"),
        pytest.param(TAG, "", None, id="a hole may be empty"),
        pytest.param(ACCOUNT, "123456789012", None, id="digits may be digits"),
        pytest.param(ACCOUNT, "prod", False, id="digits are no letters"),
        pytest.param(NOT_DEV, "dev", False, id="a hole is not what it never is"),
        pytest.param(NOT_DEV, "prod", None, id="a hole may be what is not ruled out"),
        pytest.param(text(ACCOUNT, "-x"), text(ACCOUNT, "-x"), True, id="the same text"),
        pytest.param(text(ACCOUNT, "-x"), text(OTHER_ACCOUNT, "-x"), None, id="texts of two scopes"),
        pytest.param(text(TAG, "-x"), text(TAG, "-y"), False, id="the ends differ"),
        pytest.param(text("x-", TAG), text("y-", TAG), False, id="the beginnings differ"),
        pytest.param(text("app-", TAG), text("app-v-", TAG), None, id="one beginning continues the other"),
        pytest.param(text(TAG, "-x"), text("-x", TAG), None, id="a hole against a literal"),
        pytest.param(text("app:", TAG), "app:1", None, id="a prefix fits"),
        pytest.param(text("app:", TAG), "app:", None, id="a hole may be empty at the end"),
        pytest.param(text("app:", TAG), "api:1", False, id="a prefix does not fit"),
        pytest.param(text(TAG, ":1"), "app:1", None, id="a suffix fits"),
        pytest.param(text(TAG, ":1"), "app:2", False, id="a suffix does not fit"),
        pytest.param(text("a", TAG, "a"), "a", False, id="prefix and suffix do not overlap"),
        pytest.param(text("a", TAG, "a"), "aa", None, id="prefix and suffix touch"),
        pytest.param(text(TAG, "-", ACCOUNT), "x-1", None, id="the middle is found"),
        pytest.param(text(TAG, "-", ACCOUNT), "x1", False, id="the middle is missing"),
        pytest.param(text(TAG, "b", TAG, "a", TAG), "ab", False, id="the middles are in the wrong order"),
        pytest.param(text("a", TAG, "b", TAG, "c"), "abc", None, id="every hole may be empty"),
    ],
)
def test_equal(one: Str, other: Str, expected: bool | None) -> None:
    assert equal(one, other) is expected
    assert equal(other, one) is expected


PIECES = st.lists(st.sampled_from(["a", "b", "ab", "", Hole("P"), Hole("Q")]), max_size=6)
CONTENTS = st.fixed_dictionaries({"P": st.text("ab", max_size=3), "Q": st.text("ab", max_size=3)})


def _filled(whole: Str, contents: dict[str, str]) -> str:
    return "".join(part if isinstance(part, str) else contents[part.name] for part in parts_of(whole))


@given(one=PIECES, other=PIECES, contents=CONTENTS)
def test_an_answer_holds_whatever_the_holes_hold(one: list[Str], other: list[Str], contents: dict[str, str]) -> None:
    left, right = concat(one), concat(other)
    answer = equal(left, right)
    assert answer is None or answer is (_filled(left, contents) == _filled(right, contents))


@given(pieces=PIECES)
def test_the_normal_form_is_stable(pieces: list[Str]) -> None:
    whole = concat(pieces)
    assert concat(parts_of(whole)) == whole
    assert "" not in parts_of(whole)
    assert all(
        isinstance(left, Hole) or isinstance(right, Hole)
        for left, right in zip(parts_of(whole), parts_of(whole)[1:], strict=False)
    )
