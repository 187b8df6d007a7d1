"""Facts, rules and explanations on the command line, help, and what is said of a slip."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fixtures.expect import FIXTURES
from imagelint.report.formats import RENDERERS
from imagelint.rules.rule import load_rules
from support.cli import run, start
from support.gate import LATEST, MUTABLE
from support.paths import ROOT

pytestmark = pytest.mark.usefixtures("assemblies")

# -- facts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Worker11F36D0F", "Orders/Worker/Resource"])
def test_the_facts_of_one_function(name: str) -> None:
    documents = json.loads(run("facts", str(FIXTURES / "demo" / "cdk.out"), "--function", name).stdout)
    assert [each["function"]["construct_path"] for each in documents] == ["Orders/Worker/Resource"]


def test_the_facts_of_a_function_that_there_is_not() -> None:
    result = run("facts", "--function", "Lates")
    assert result.stderr.endswith("Error: there is no function 'Lates'; did you mean 'Latest'?\n")
    assert (result.exit_code, result.stdout) == (2, "")


# -- rules and explanations ---------------------------------------------------------------------------------------


def test_the_list_of_rules() -> None:
    result = run("rules")
    lines = result.stdout.splitlines()
    files = {file.stem for file in (ROOT / "rules").glob("*.yaml")}
    assert {line.split()[2] for line in lines} == files
    assert all(re.match(r"[EWI][0-9]{4}  (error|warning|info) +[a-z-]+  +\S.*\.$", line) for line in lines)
    assert [line[1:5] for line in lines] == sorted(line[1:5] for line in lines)
    assert (result.exit_code, result.stderr) == (0, "")


@pytest.mark.parametrize("rule", load_rules(), ids=lambda rule: str(rule.id))
def test_a_rule_is_explained_by_slug_and_by_code(rule: Any) -> None:
    names = (rule.id, rule.code, str(rule.number), rule.code.lower(), rule.id.upper())
    pages = [run("explain", name) for name in names]
    page = pages[0].stdout
    assert page.startswith(f"{rule.code} {rule.id} ({rule.severity})\n")
    fixes = ["Fix"] if isinstance(rule.fix, str) else ["Fix in CDK", "Fix in a template"]
    titles = ["Why", *fixes, "TypeScript", "Python", "Go", "Java", "C#", "References"]
    assert [line for line in page.splitlines() if line in titles] == titles
    assert [result.stdout for result in pages] == [page] * 5
    assert [(result.exit_code, result.stderr) for result in pages] == [(0, "")] * 5


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("image-tag-lastest", "there is no rule 'image-tag-lastest'; did you mean 'image-tag-latest'?"),
        ("runtime-on-images", "there is no rule 'runtime-on-images'; did you mean 'runtime-on-image'?"),
        ("E9720", "there is no rule 'E9720'; did you mean 'E9721'?"),
        ("qqq", "there is no rule 'qqq'; `imagelint rules` lists them"),
    ],
)
def test_a_rule_that_cannot_be_explained(name: str, message: str) -> None:
    result = run("explain", name)
    assert result.stderr.endswith(f"Error: {message}\n")
    assert (result.exit_code, result.stdout) == (2, "")


@pytest.mark.parametrize(
    ("typed", "completed"),
    [("e97", {"E9701", "E9721"}), ("image-tag", {LATEST, MUTABLE}), ("IMAGE-TAG", {LATEST}), ("x", set())],
)
def test_a_shell_completes_rules(typed: str, completed: set[str]) -> None:
    """As the script does that click writes for bash."""
    words = {"_IMAGELINT_COMPLETE": "bash_complete", "COMP_WORDS": f"imagelint explain {typed}", "COMP_CWORD": "2"}
    program = "from imagelint.cli.main import main; main(prog_name='imagelint')"
    done = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, **words}, capture_output=True, text=True, check=False
    )
    names = {line.partition(",")[2] for line in done.stdout.splitlines() if line}
    assert completed <= names
    assert bool(names) == bool(completed)


# -- help and slips -----------------------------------------------------------------------------------------------

HELP: dict[str, tuple[list[str], list[str]]] = {
    "imagelint": (["--help"], ["npx cdk synth  ", "imagelint check  ", "imagelint explain E9721 "]),
    "check": (
        ["check", "-h"],
        [
            "imagelint check cdk.out --select error,image-tag-mutable\n",
            "imagelint check --format text --format sarif:imagelint.sarif\n",
            "cat template.json | imagelint check -\n",
            "3 something could not be read",
            *RENDERERS,
        ],
    ),
    "explain": (
        ["explain", "--help"],
        [
            "imagelint explain image-tag-latest\n",
            "imagelint explain E9721\n",
            'imagelint explain "exec format error"\n',
        ],
    ),
    "rules": (["rules", "--help"], ["List the rules"]),
}


@pytest.mark.parametrize(("arguments", "parts"), HELP.values(), ids=HELP)
def test_help_shows_examples(arguments: list[str], parts: list[str]) -> None:
    result = run(*arguments)
    assert [part for part in parts if part not in result.stdout] == []
    assert (result.exit_code, result.stderr) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["chek"], "there is no command 'chek'; did you mean 'check'?"),
        (["explian", "9721"], "there is no command 'explian'; did you mean 'explain'?"),
        (["cdk.out"], "there is no command 'cdk.out'; did you mean 'imagelint check cdk.out'?"),
        (["frobnicate"], "No such command 'frobnicate'."),
        (["explain"], "Missing argument 'RULE'."),
    ],
)
def test_a_command_that_there_is_not(arguments: list[str], message: str) -> None:
    result = run(*arguments)
    assert result.stderr.endswith(f"Error: {message}\n")
    assert (result.exit_code, result.stdout) == (2, "")


def test_the_version() -> None:
    assert re.fullmatch(r"imagelint [0-9]+(\.[0-9]+)+\S*\n", run("--version").stdout)


def test_a_folder_that_was_never_synthesised(tmp_path: Path) -> None:
    done = start(tmp_path / "clean", "check")
    assert done.stderr == (
        "imagelint: cdk.out: is not there; write a cloud assembly with `npx cdk synth`, or name another path\n"
    )
    assert done.returncode == 3
