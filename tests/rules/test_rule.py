"""What a rule says of facts, when it knows them, does not, or knows only some; and which folders are no rules."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from imagelint.model import Outcome, UsageError
from imagelint.rules.check import Verdict, check, message_of
from imagelint.rules.rule import Rule, builtin_folder, load_rules, make_rule

NOT_APPLICABLE, PASS = Verdict(Outcome.NOT_APPLICABLE), Verdict(Outcome.PASS)


def fail(fact: str) -> Verdict:
    return Verdict(Outcome.FAIL, fact)


def unknown(*facts: str) -> Verdict:
    return Verdict(Outcome.UNKNOWN, lacking=facts)


def rule(asserts: dict[str, Any], when: dict[str, Any] | None = None, message: Any = "") -> Rule:
    return make_rule(
        {
            "id": "a-rule",
            "code": 9000,
            "severity": "error",
            "summary": "",
            "why": "",
            "fix": "",
            "cdk": {},
            "when": when or {},
            "assert": asserts,
            "message": message,
            "references": [],
            "examples": {},
        }
    )


ONE = rule({"a.x": {"const": 1}})
TWO = rule({"a.x": {"const": 1}, "a.y": {"const": 1}})
WHEN = rule({"a.x": {"const": 1}}, {"w.x": {"const": 1}})
BOTH = rule({"a.x": {"const": 1}, "a.y": {"const": 1}}, {"w.x": {"const": 1}, "w.y": {"const": 1}})


@pytest.mark.parametrize(
    ("judge", "facts", "verdict"),
    [
        pytest.param(ONE, {"a.x": 1}, PASS, id="holds"),
        pytest.param(ONE, {"a.x": 2}, fail("a.x"), id="does-not-hold"),
        pytest.param(ONE, {}, unknown("a.x"), id="not-known"),
        pytest.param(ONE, {"a.x": None}, fail("a.x"), id="known-to-be-absent-is-known"),
        pytest.param(ONE, {"a.x": 1, "b.x": 2}, PASS, id="other-facts-do-not-matter"),
        pytest.param(TWO, {"a.x": 1, "a.y": 1}, PASS, id="all-hold"),
        pytest.param(TWO, {"a.x": 2, "a.y": 2}, fail("a.x"), id="first-failure-is-named"),
        pytest.param(TWO, {"a.x": 1, "a.y": 2}, fail("a.y"), id="second-fails"),
        pytest.param(TWO, {"a.y": 2}, fail("a.y"), id="failure-beats-unknown-before-it"),
        pytest.param(TWO, {"a.x": 2}, fail("a.x"), id="failure-beats-unknown-behind-it"),
        pytest.param(TWO, {"a.x": 1}, unknown("a.y"), id="unknown-beats-pass"),
        pytest.param(TWO, {"a.y": 1}, unknown("a.x"), id="unknown-first-beats-pass"),
        pytest.param(TWO, {}, unknown("a.x", "a.y"), id="everything-that-lacks-is-named"),
        pytest.param(WHEN, {"w.x": 1, "a.x": 1}, PASS, id="applies-and-holds"),
        pytest.param(WHEN, {"w.x": 1, "a.x": 2}, fail("a.x"), id="applies-and-fails"),
        pytest.param(WHEN, {"w.x": 1}, unknown("a.x"), id="applies-and-is-not-known"),
        pytest.param(WHEN, {"w.x": 2, "a.x": 2}, NOT_APPLICABLE, id="does-not-apply"),
        pytest.param(WHEN, {"w.x": 2}, NOT_APPLICABLE, id="does-not-apply-to-what-is-not-known"),
        pytest.param(WHEN, {"w.x": None, "a.x": 2}, NOT_APPLICABLE, id="when-absent-does-not-apply"),
        pytest.param(WHEN, {"a.x": 2}, unknown("w.x"), id="unknown-when-is-no-failure"),
        pytest.param(WHEN, {"a.x": 1}, PASS, id="unknown-when-leaves-a-pass-certain"),
        pytest.param(WHEN, {}, unknown("w.x", "a.x"), id="nothing-is-known"),
        pytest.param(BOTH, {"w.x": 1, "w.y": 2, "a.x": 2}, NOT_APPLICABLE, id="one-when-is-enough"),
        pytest.param(BOTH, {"w.y": 2, "a.x": 2}, NOT_APPLICABLE, id="known-when-beats-unknown-when"),
        pytest.param(BOTH, {"w.x": 1, "a.x": 2}, unknown("w.y"), id="half-known-when-is-no-failure"),
        pytest.param(BOTH, {"w.x": 1, "a.x": 1}, unknown("w.y", "a.y"), id="half-known-everywhere"),
        pytest.param(BOTH, {"w.x": 1, "w.y": 1, "a.x": 1, "a.y": 1}, PASS, id="all-known"),
    ],
)
def test_check(judge: Rule, facts: dict[str, Any], verdict: Verdict) -> None:
    assert check(judge, facts) == verdict


@pytest.mark.parametrize(
    ("schema", "holding", "failing"),
    [
        pytest.param({"type": "null"}, [None], ["", 0, False], id="type-null"),
        pytest.param({"type": "string"}, ["", "x"], [None, 1, True], id="type-string"),
        pytest.param({"type": ["string", "null"]}, ["x", None], [1, False], id="type-list"),
        pytest.param({"type": "integer"}, [0, 7], [True, "7"], id="a-truth-value-is-no-integer"),
        pytest.param({"const": True}, [True], [1, "true", False, None], id="const"),
        pytest.param({"const": 0}, [0], [False, None, ""], id="zero-is-not-false"),
        pytest.param({"enum": ["a", None]}, ["a", None], ["b", ""], id="enum"),
        pytest.param({"not": {"const": "x"}}, ["y", None, 1], ["x"], id="not"),
        pytest.param({"anyOf": [{"type": "null"}, {"pattern": "^/.*$"}]}, [None, "/a"], ["a/"], id="any-of"),
        pytest.param({"allOf": [{"type": "string"}, {"minLength": 2}]}, ["ab"], ["a", None], id="all-of"),
        pytest.param({"pattern": "^(dev|qa)$"}, ["dev", "qa"], ["dev2", "xqa", "dev\n"], id="pattern-is-the-whole"),
        pytest.param({"pattern": r"^\d\w$"}, ["1a", "2_"], ["٣a", "1é"], id="classes-are-ascii"),
        pytest.param({"pattern": r"^\p{L}.$"}, ["éa", "aé"], ["1a", "a\n"], id="letters-and-any-character"),
        pytest.param({"pattern": "^(?i:dev)$"}, ["dev", "DEV"], ["dév"], id="without-case"),
        pytest.param({"type": "string", "maxLength": 2}, ["ab", ""], ["abc"], id="max-length"),
        pytest.param({"minimum": 1, "maximum": 3}, [1, 3], [0, 4], id="range"),
    ],
)
def test_keywords(schema: dict[str, Any], holding: list[Any], failing: list[Any]) -> None:
    judge = rule({"a.x": schema})
    assert {repr(value): check(judge, {"a.x": value}).outcome for value in holding} == {
        repr(value): Outcome.PASS for value in holding
    }
    assert {repr(value): check(judge, {"a.x": value}).outcome for value in failing} == {
        repr(value): Outcome.FAIL for value in failing
    }


def test_no_pattern_hangs() -> None:
    judge = rule({"a.x": {"pattern": "^(a+)+$"}})
    assert check(judge, {"a.x": "a" * 50_000 + "b"}).outcome is Outcome.FAIL


@pytest.mark.parametrize(
    ("message", "failing", "said"),
    [
        pytest.param("plain", "a.x", "plain", id="without-placeholders"),
        pytest.param("{a.x} and {a.y}", "a.x", "<a.x> and <a.y>", id="placeholders"),
        pytest.param("{a.x}{a.x}", "a.x", "<a.x><a.x>", id="side-by-side"),
        pytest.param({"a.x": "ex {a.y}", "a.y": "why"}, "a.x", "ex <a.y>", id="the-failing-fact's-text"),
        pytest.param({"a.x": "ex {a.y}", "a.y": "why"}, "a.y", "why", id="the-other-fact's-text"),
        pytest.param("{} {a} ${x} {A.B} { a.x }", "a.x", "{} {a} ${x} {A.B} { a.x }", id="braces-that-name-no-fact"),
    ],
)
def test_message_of(message: Any, failing: str, said: str) -> None:
    judge = rule({"a.x": {"const": 1}, "a.y": {"const": 1}}, message=message)
    assert message_of(judge, failing, lambda fact: f"<{fact}>") == said


def test_a_value_that_looks_like_a_placeholder_stays_as_it_is() -> None:
    judge = rule({"a.x": {"const": 1}}, message="{a.x}")
    assert message_of(judge, "a.x", lambda fact: "{a.y} \\1") == "{a.y} \\1"


def test_code_begins_with_the_letter_of_the_severity() -> None:
    assert [each.code[0] for each in load_rules()] == [each.severity[0].upper() for each in load_rules()]
    assert rule({}).code == "E9000"


def test_a_folder_of_rules_is_read_in_the_order_of_the_codes(tmp_path: Path) -> None:
    for name, as_name in (("image-uri-malformed", "a"), ("image-tag-latest", "b"), ("from-image-sentinel", "c")):
        shutil.copy(Path(builtin_folder()) / f"{name}.yaml", tmp_path / f"{as_name}.yaml")
    (tmp_path / "notes.txt").write_text("no rule", encoding="utf-8")
    found = [each.id for each in load_rules(str(tmp_path))]
    assert found == ["from-image-sentinel", "image-tag-latest", "image-uri-malformed"]


def test_a_folder_without_rules_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no rule files"):
        load_rules(str(tmp_path))


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nowhere"):
        load_rules(str(tmp_path / "nowhere"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(b"id: a\nwhen: {\n", ":3: is not YAML", id="cut-in-half"),
        pytest.param(b"id: a\n\tcode: 1\n", ":2: is not YAML", id="a-tab"),
        pytest.param(b"id: \xff\xfe\n", "is not YAML", id="not-text"),
        pytest.param(b"id: !!python/object/apply:os.getcwd []\n", "is not YAML", id="a-tag-that-would-run-code"),
    ],
)
def test_a_rule_file_that_is_not_yaml_is_an_error_with_its_place(tmp_path: Path, text: bytes, said: str) -> None:
    (tmp_path / "broken.yaml").write_bytes(text)
    with pytest.raises(UsageError, match=f"broken.yaml.*{said}|broken.yaml{said}"):
        load_rules(str(tmp_path))
