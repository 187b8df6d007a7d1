"""What makes text from the input harmless, by the place that it goes to, and paths as CI services want them."""

from __future__ import annotations

import json
import re

import pytest

from imagelint.model import Problem
from imagelint.report.escape import markdown_code, markdown_prose, sarif_message, to_json, url, visible
from imagelint.report.formats import Context
from imagelint.report.paths import file_uri, in_repository, problem_place


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("App/Fn é 日本", "App/Fn é 日本"),
        ("${AWS::AccountId}.dkr.ecr", "${AWS::AccountId}.dkr.ecr"),
        ("C:\\app\\a.ts", "C:\\app\\a.ts"),
        ("a\nb\rc\td", r"a\nb\rc\td"),
        ("\x1b[31m\x9b\x7f\x00", r"\x1b[31m\x9b\x7f\x00"),
        ("\u202e\u2028\ufeff", r"\u202e\u2028\ufeff"),
        ("\ud800\U000e0041", r"\ud800\U000e0041"),
        ("::error::a::b", r"\x3a:error::a::b"),
        ("\u3000 ::error::", "\u3000 \\x3a:error::"),
        (":::", r"\x3a::"),
        ("a ##[error]b ##vso[c]", r"a \x23#[error]b \x23#vso[c]"),
        ("###[x]", r"\x23\x23#[x]"),
        ("##a#b ##[x] ##", r"##a#b \x23#[x] ##"),
        ("## heading #[1]", "## heading #[1]"),
    ],
)
def test_visible(text: str, expected: str) -> None:
    assert visible(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a|b", r"`a\|b`"),
        (r"a\|b", r"`a\\|b`"),
        ("a`b", "`` a`b ``"),
        ("``", "``` `` ```"),
        ("", ""),
        ("  ", ""),
    ],
)
def test_markdown_code(text: str, expected: str) -> None:
    assert markdown_code(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Give it a tag,\nsuch as the commit.\n", "Give it a tag, such as the commit."),
        ("*a* [b](c) <d> e|f", "&#42;a&#42; &#91;b&#93;(c) &#60;d&#62; e&#124;f"),
        ("https://a www.b", "https:&#47;&#47;a www&#46;b"),
    ],
)
def test_markdown_prose(text: str, expected: str) -> None:
    assert markdown_prose(text) == expected


def test_signs_of_a_command_without_end_are_looked_at_once() -> None:
    """Else this takes minutes."""
    assert visible("#" * 200_000 + "\n") == "#" * 200_000 + r"\n"
    assert visible("#" * 100_000 + "a" * 100_000 + "\n").endswith(r"a\n")


def test_sarif_message_holds_no_link() -> None:
    assert sarif_message(r"a\b [click](1)") == r"a\\b \[click\](1)"


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("https://example.org/a#b", True),
        ("http://example.org", True),
        ("javascript:alert(1)", False),
        ("https://example.org/)|<x>", False),
        ("https://example.org/ a", False),
        ("", False),
    ],
)
def test_url(text: str, safe: bool) -> None:
    assert url(text) == (text if safe else None)


@pytest.mark.parametrize(
    ("path", "root", "directory", "expected"),
    [
        ("cdk.out/a.json", "/repo", "/repo/infra", "infra/cdk.out/a.json"),
        ("./cdk.out/a.json", "/repo", "/repo", "cdk.out/a.json"),
        ("../lib/a.ts", "/repo", "/repo/infra", "lib/a.ts"),
        ("/repo/cdk.out/a.json", "/repo", "/elsewhere", "cdk.out/a.json"),
        ("/tmp/cdk.out/a.json", "/repo", "/repo", "/tmp/cdk.out/a.json"),
        ("../../../etc/passwd", "/repo", "/repo/infra", "/etc/passwd"),
        ("/repository/a.json", "/repo", "/repo", "/repository/a.json"),
        ("./cdk.out/a.json", "", "", "cdk.out/a.json"),
        ("-", "/repo", "/repo/infra", "-"),
    ],
)
def test_in_repository(path: str, root: str, directory: str, expected: str) -> None:
    assert in_repository(path, Context("1", root=root, directory=directory)) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("cdk.out/a b.json", "cdk.out/a%20b.json"),
        ("/tmp/a#b.json", "file:///tmp/a%23b.json"),
        ("javascript:x", "javascript%3Ax"),
        ("a\n\ud800", "a%0A%5Cud800"),
    ],
)
def test_file_uri(path: str, expected: str) -> None:
    assert file_uri(path) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("cdk.out/a.json", ("cdk.out/a.json", None)),
        ("cdk.out/a.json:12", ("cdk.out/a.json", 12)),
        ("cdk.out/a.json:12:5", ("cdk.out/a.json", 12)),
        ("cdk.out/a.json:0", ("cdk.out/a.json:0", None)),
    ],
)
def test_problem_place(path: str, expected: tuple[str, int | None]) -> None:
    assert problem_place(Problem(path, "")) == expected


@pytest.mark.parametrize("value", ["<b>&", "##[error]", "###", "\x7f\x85\u202e é \U0001f600", 'a"\\', "\\##"])
def test_json_text_is_harmless_and_exact(value: str) -> None:
    dumped = to_json({value: value})
    assert json.loads(dumped) == {value: value}
    assert not re.search(r"[^\n -~]|[<>&]|##", dumped)
