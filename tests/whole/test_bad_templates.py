"""Templates that are broken: one clear line that names the place, exit status 3, and the rest is still judged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.bad_input import LATEST, UTF_16, Case, check, check_in_a_process, judge_template, place, spelled
from support.builders import function


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


DEEP_JSON = '{"Resources": {"Fn": {"Type": "AWS::Lambda::Function", "Properties": ' + "[" * 5000 + "]" * 5000 + "}}}"
ALIAS_BOMB = "Resources:\n  Fn: {Type: AWS::Lambda::Function}\nx0: &x0 [a, a, a, a, a, a, a, a, a, a]\n" + "".join(
    f"x{i}: &x{i} [{', '.join([f'*x{i - 1}'] * 10)}]\n" for i in range(1, 9)
)

LISTED: dict[str, Case] = {
    "cut in half": (
        '{\n "Resources": {\n  "Fn": {\n   "Type": "AWS::Lam',
        '"AWS::Lam',
        "is not JSON: Unterminated string starting at",
    ),
    "a list": ([{"Fn": function("x")}], "", "is not a template: it is a list, not an object"),
    "a resource without Type": (
        {"Resources": {"Fn": function(LATEST), "Odd": {"Properties": {}}}},
        '"Odd"',
        "the resource has no Type",
    ),
    "Properties that are a string": (
        {"Resources": {"Fn": {"Type": "AWS::Lambda::Function", "Properties": "x"}}},
        '"Properties"',
        "the resource's Properties are not an object",
    ),
    "Fn::Join with the wrong shape": (
        {"Resources": {"Fn": function({"Fn::Join": ["a", "b", "c"]})}},
        '"Fn::Join"',
        "Fn::Join takes a delimiter and a list",
    ),
    "a Ref to nothing": (
        {"Resources": {"Fn": function({"Ref": "Nothing"})}},
        '"Ref"',
        "refers to 'Nothing', which is neither a parameter nor a resource of the template",
    ),
    "a reference cycle": (
        {
            "Resources": {
                "Fn": function({"Fn::GetAtt": ["One", "RepositoryUri"]}),
                "One": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": {"Ref": "Two"}}},
                "Two": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": {"Fn::Sub": "${One}"}}},
            }
        },
        '"RepositoryName": {\n     "Ref": "Two"',
        "refers to itself: One -> Two -> One",
    ),
    "a conditions cycle": (
        {
            "Conditions": {"A": {"Fn::Not": [{"Condition": "B"}]}, "B": {"Fn::Or": [{"Condition": "A"}]}},
            "Resources": {"Fn": function({"Fn::If": ["A", "x", "y"]})},
        },
        '"A"',
        "refers to itself: A -> B -> A",
    ),
    "5,000-deep nesting": (DEEP_JSON, "[" * 4883 + "]", "is nested more than 120 deep"),
    "a YAML alias bomb": (ALIAS_BOMB, "*x5, *x5", "holds more than 2,000,000 values"),
    "UTF-16": (UTF_16, "", "is UTF-16; write it as UTF-8"),
}


@pytest.mark.parametrize("case", LISTED.values(), ids=LISTED)
def test_a_broken_template(case: Case) -> None:
    content, needle, message = case
    run, path, text = judge_template(content, check_in_a_process)
    assert run.stderr == f"imagelint: {path}{place(text, needle)}: {message}\n"
    assert run.status == 3
    assert "Healthy" in run.stacks
    assert run.errors == [run.stderr]


NOT_PARSED_BEFORE: dict[str, tuple[Any, str]] = {
    "rubbish": ("{\n rubbish {\n}", ":2:2: is not JSON: Expecting property name enclosed in double quotes"),
    "a word": ("rubbish", ": is not a template: it is a string, not an object"),
    "Latin-1": (spelled({"Description": "?", "Resources": {}}).replace(b"?", b"\xe4"), ":2:18: is not UTF-8"),
    "nesting": (DEEP_JSON.replace("Lambda", "Other"), ":1:186: is nested more than 120 deep"),
}


@pytest.mark.parametrize(("content", "told"), NOT_PARSED_BEFORE.values(), ids=NOT_PARSED_BEFORE)
def test_a_broken_template_that_names_no_function(content: Any, told: str) -> None:
    run, path, _ = judge_template(content if isinstance(content, bytes) else content.encode(), check)
    assert (run.status, run.stderr, run.stacks) == (3, f"imagelint: {path}{told}\n", ["Healthy"])
