"""Reports compared: what is new, what is gone and why, and what is no report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support import cli
from support.builders import REGISTRY, Template, app, write_templates

LATEST, MUTABLE = "image-tag-latest", "image-tag-mutable"
EARLIER = "earlier.json"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with the JSON report of an app whose image is tagged latest."""
    monkeypatch.chdir(tmp_path)
    write_templates("before", {"App": app(f"{REGISTRY}/api:latest")})
    Path(EARLIER).write_text(cli.run("check", "before", "--format", "json").stdout)


def compared(template: Template, *arguments: str) -> tuple[str, list[str]]:
    """The sentence that counts, and what is gone."""
    write_templates("after", {"App": template})
    output = cli.run("check", "after", *arguments, "--compare", EARLIER).stdout
    _, _, told = output.partition(f"Since {EARLIER}\n\n")
    *gone, counts = told.partition("\n\n")[0].splitlines()
    return counts.strip(), [line.strip() for line in gone]


IMAGE = f"{REGISTRY}/api"
GONE = f"Fn: {LATEST} (E9721)"
CHANGES: dict[str, tuple[Template, list[str], str, list[str]]] = {
    "nothing": (app(f"{IMAGE}:latest"), [], "0 new, 0 fixed, 1 still there", []),
    "it is fixed": (app(f"{IMAGE}:1.4.2"), [], "0 new, 1 fixed, 0 still there", [f"fixed: {GONE}"]),
    "another one instead": (app(f"{IMAGE}:prod"), [], "1 new, 1 fixed, 0 still there", [f"fixed: {GONE}"]),
    "the function is gone": ({"Resources": {}}, [], "0 new, 1 fixed, 0 still there", [f"fixed: {GONE}"]),
    "it cannot be known any more": (
        app({"Fn::Sub": f"{IMAGE}:${{Tag}}"}, Parameters={"Tag": {"Type": "String"}}),
        [],
        "0 new, 0 fixed, 0 still there, 1 not found for another reason",
        [f"unknown: {GONE}"],
    ),
    "the rule is not judged": (
        app(f"{IMAGE}:latest"),
        ["--ignore", LATEST],
        "0 new, 0 fixed, 0 still there, 1 not found for another reason",
        [f"not judged: {GONE}"],
    ),
}


@pytest.mark.parametrize(("template", "options", "counts", "gone"), CHANGES.values(), ids=CHANGES)
def test_what_has_changed(template: Template, options: list[str], counts: str, gone: list[str]) -> None:
    assert compared(template, *options) == (counts, gone)


def test_what_is_suppressed_is_not_fixed() -> None:
    cli.run("check", "before", "--write-baseline", "baseline.json")
    counts, gone = compared(app(f"{IMAGE}:latest"), "--baseline", "baseline.json")
    assert (counts, gone) == (
        "0 new, 0 fixed, 0 still there, 1 not found for another reason",
        [f"suppressed: {GONE}"],
    )


def test_what_could_not_be_read_is_not_fixed() -> None:
    write_templates("after", {"App": app(f"{IMAGE}:1.4.2")})
    Path("after/Broken.template.json").write_text("{")
    output = cli.run("check", "after", "after/Broken.template.json", "--compare", EARLIER).stdout
    assert f"  not judged: {GONE}\n" in output


def test_a_new_finding_is_called_new() -> None:
    write_templates("after", {"App": app(f"{IMAGE}:prod")})
    assert f"warning {MUTABLE} (W9722), new\n" in cli.run("check", "after", "--compare", EARLIER).stdout
    assert f"error {LATEST} (E9721)\n" in cli.run("check", "before", "--compare", EARLIER).stdout


def test_html_says_it_too() -> None:
    write_templates("after", {"App": app(f"{IMAGE}:prod")})
    page = cli.run("check", "after", "--compare", EARLIER, "--format", "html").stdout
    assert '<span class="pill new">new</span>' in page
    assert "<h2>No longer found (1)</h2>" in page
    assert "<td>fixed</td>" in page


def report(**changes: Any) -> str:
    return json.dumps({"version": 1, "tool": {}, "findings": [], **changes}, indent=1)


WRONG = {
    "not there": (None, "earlier.json: cannot be read"),
    "no JSON": ("{", "earlier.json:1:2: is not JSON"),
    "a baseline": ('{"version": 1, "findings": []}', "earlier.json:1: is not a JSON report"),
    "another version": (report(version=2), "earlier.json:2: version: is 2; this imagelint reads 1"),
    "findings that are none": (report(findings=[1]), "earlier.json:5: findings[0]: must be an object, not 1"),
    "a finding without a rule": (
        report(findings=[{"fingerprint": "0"}]),
        "earlier.json:5: findings[0]: lacks the text",
    ),
    "a function that is none": (
        report(findings=[{"fingerprint": "0", "rule": "a", "code": "b", "message": "c", "function": 1}]),
        "findings[0].function: must be an object, not 1",
    ),
}


@pytest.mark.parametrize(("text", "message"), WRONG.values(), ids=WRONG)
def test_what_is_no_report_is_refused(text: str | None, message: str) -> None:
    Path(EARLIER).unlink()
    if text is not None:
        Path(EARLIER).write_text(text)
    result = cli.run("check", "before", "--compare", EARLIER)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


def test_a_format_that_does_not_say_it_is_refused() -> None:
    result = cli.run("check", "before", "--compare", EARLIER, "--format", "json")
    assert result.exit_code == 2
    assert "--compare needs --format text or html" in result.stderr
