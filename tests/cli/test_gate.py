"""Which rules are judged, what closes the gate, and the exit status."""

from __future__ import annotations

import json

import pytest

from imagelint.report.formats import RENDERERS
from support.cli import run
from support.gate import LATEST, MUTABLE, NOT_PINNED, THREE, found

pytestmark = pytest.mark.usefixtures("assemblies")

# -- which rules --------------------------------------------------------------------------------------------------

SELECTIONS: dict[str, tuple[list[str], set[str]]] = {
    "nothing said": ([], {LATEST, MUTABLE}),
    "a slug": (["--select", LATEST], {LATEST}),
    "a code": (["--select", "W9722"], {MUTABLE}),
    "a code without its letter": (["--select", "9723"], {NOT_PINNED}),
    "a code in small letters": (["--select", "i9723"], {NOT_PINNED}),
    "a slug in capitals": (["--select", NOT_PINNED.upper()], {NOT_PINNED}),
    "a severity": (["--select", "error"], {LATEST}),
    "the mildest severity": (["--select", "info"], {NOT_PINNED}),
    "all": (["--select", "all"], set(THREE)),
    "several": (["--select", f"info, {LATEST}"], {NOT_PINNED, LATEST}),
    "the option twice": (["--select", "info", "--select", "9721"], {NOT_PINNED, LATEST}),
    "ignore a slug": (["--ignore", LATEST], {MUTABLE}),
    "ignore a code": (["--ignore", "E9721"], {MUTABLE}),
    "ignore a code without its letter": (["--ignore", "9722"], {LATEST}),
    "ignore a code in small letters": (["--ignore", "e9721"], {MUTABLE}),
    "ignore a severity": (["--ignore", "warning"], {LATEST}),
    "ignore all": (["--ignore", "all"], set()),
    "ignore twice": (["--ignore", "9721", "--ignore", "9722"], set()),
    "ignore wins over select": (["--select", "all", "--ignore", "error,I9723"], {MUTABLE}),
    "ignore wins over a selected slug": (["--select", LATEST, "--ignore", "9721"], set()),
}


@pytest.mark.parametrize(("options", "rules"), SELECTIONS.values(), ids=SELECTIONS)
def test_which_rules_are_judged(options: list[str], rules: set[str]) -> None:
    assert found(*options) == rules


@pytest.mark.parametrize("option", ["--select", "--ignore"])
@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("image-tag-lates", "did you mean 'image-tag-latest'?"),
        ("warnings", "did you mean 'warning'?"),
        ("e9720", "did you mean 'E9721'?"),
        ("E09721", "did you mean 'E9721'?"),
        ("xyzzy#", "`imagelint rules` lists them"),
    ],
)
def test_a_rule_that_there_is_not(option: str, name: str, hint: str) -> None:
    """Usage comes before linting: the path is not even looked at."""
    result = run("check", "nowhere", option, f"error,{name}")
    assert result.stderr.endswith(f"Error: no rule, code or severity is called {name!r}; {hint}\n")
    assert (result.exit_code, result.stdout) == (2, "")


# -- the gate -----------------------------------------------------------------------------------------------------

GATE: dict[str, tuple[str, dict[str | None, int]]] = {
    "an error": (LATEST, {None: 1, "error": 1, "warning": 1, "info": 1, "never": 0}),
    "a warning": (MUTABLE, {None: 0, "error": 0, "warning": 1, "info": 1, "never": 0}),
    "an info": (NOT_PINNED, {None: 0, "error": 0, "warning": 0, "info": 1, "never": 0}),
}


@pytest.mark.parametrize(
    ("rule", "threshold", "status"),
    [
        pytest.param(rule, threshold, status, id=f"{name}, {threshold or 'nothing said'}")
        for name, (rule, statuses) in GATE.items()
        for threshold, status in statuses.items()
    ],
)
def test_what_closes_the_gate(rule: str, threshold: str | None, status: int) -> None:
    result = run("check", "--select", rule, *(() if threshold is None else ("--fail-on", threshold)))
    assert (result.exit_code, result.stderr) == (status, "")
    assert rule in result.stdout


def test_a_threshold_that_there_is_not() -> None:
    result = run("check", "--fail-on", "critical")
    assert "'critical' is not one of 'error', 'warning', 'info', 'never'" in result.stderr
    assert result.exit_code == 2


def test_strict_takes_what_is_not_known_for_a_finding() -> None:
    lenient = run("check", "open", "--select", LATEST, "--format", "json")
    strict = run("check", "open", "--select", LATEST, "--format", "json", "--strict")
    before, after = json.loads(lenient.stdout), json.loads(strict.stdout)
    assert (lenient.exit_code, before["findings"], before["summary"]["unknown"]) == (0, [], 1)
    assert (strict.exit_code, after["summary"]["errors"]) == (1, 1)
    assert after["findings"][0]["message"].startswith("cannot be decided before deployment: ")
    for fact in before["unknown"][0]["facts"]:
        assert fact in after["findings"][0]["message"]


STATUSES: dict[str, tuple[list[str], int]] = {
    "nothing to find": (["clean"], 0),
    "findings": (["cdk.out"], 1),
    "findings that nobody counts": (["cdk.out", "--fail-on", "never"], 0),
    "wrong usage": (["cdk.out", "--select", "nonsense"], 2),
    "something unread": (["broken"], 3),
    "something unread, and findings nobody counts": (["broken", "cdk.out", "--fail-on", "never"], 3),
    "nothing there": (["nowhere"], 3),
}


@pytest.mark.parametrize("name", RENDERERS)
@pytest.mark.parametrize(("arguments", "status"), STATUSES.values(), ids=STATUSES)
def test_the_exit_status_does_not_hang_on_the_format(arguments: list[str], status: int, name: str) -> None:
    result = run("check", *arguments, "--format", name)
    assert result.exit_code == status
    assert bool(result.stdout) == (status != 2)


def test_findings_are_reported_although_something_was_not_read() -> None:
    result = run("check", "broken")
    assert result.exit_code == 3
    assert LATEST in result.stdout
    assert result.stderr.startswith("imagelint: broken/App.template.json:")
    assert len(result.stderr.splitlines()) == 1


def test_several_paths_make_one_report() -> None:
    report = json.loads(run("check", "cdk.out", "clean", "open", "--format", "json").stdout)
    assert (report["summary"]["templates"], report["summary"]["functions"]) == (3, 4)
