"""Where reports go, their colours, and the text report."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from screenshot import read_terminal
from support.builders import REPOSITORY, app, write_templates
from support.cli import COMMAND, run, start
from support.gate import LATEST, MUTABLE

pytestmark = pytest.mark.usefixtures("assemblies")

# -- where reports go ---------------------------------------------------------------------------------------------


PLACES: dict[str, tuple[list[str], dict[str, str]]] = {
    "nothing said": ([], {"stdout": "text"}),
    "a format": (["--format", "json"], {"stdout": "json"}),
    "a format with a file": (["--format", "json:a.json"], {"a.json": "json"}),
    "two files": (["--format", "json:a.json", "--format", "sarif:b.sarif"], {"a.json": "json", "b.sarif": "sarif"}),
    "a file and the terminal": (["--format", "text", "--format", "json:a"], {"stdout": "text", "a": "json"}),
    "a file and the terminal, the other way": (
        ["--format", "junit:a", "--format", "json"],
        {"stdout": "json", "a": "junit"},
    ),
    "one format twice": (["--format", "json", "--format", "json:a"], {"stdout": "json", "a": "json"}),
    "an output": (["--output", "report.txt"], {"report.txt": "text"}),
    "an output for SARIF": (["--output", "a.sarif"], {"a.sarif": "sarif"}),
    "an output for SARIF, as some name it": (["--output", "a.sarif.json"], {"a.sarif.json": "sarif"}),
    "an output for JSON": (["--output", "a.JSON"], {"a.JSON": "json"}),
    "an output for JUnit": (["--output", "a.xml"], {"a.xml": "junit"}),
    "an output for Markdown": (["--output", "a.md"], {"a.md": "markdown"}),
    "an output that a format contradicts": (["--format", "text", "--output", "a.json"], {"a.json": "text"}),
    "a file and an output by its ending": (
        ["--format", "sarif:a", "--output", "b.json"],
        {"a": "sarif", "b.json": "json"},
    ),
    "an output in a format": (["--format", "json", "--output", "a"], {"a": "json"}),
    "an output and a file": (["--format", "json:a", "--output", "b"], {"a": "json", "b": "text"}),
    "a file with a colon": (["--format", "json:a:b"], {"a:b": "json"}),
}

BEGINNINGS = {
    "text": "Stack App\n",
    "json": '{\n  "version": 1,',
    "sarif": '{\n  "$schema": ',
    "junit": "<?xml ",
    "markdown": "## imagelint\n",
}


@pytest.mark.parametrize(("options", "places"), PLACES.values(), ids=PLACES)
def test_where_reports_go(options: list[str], places: dict[str, str]) -> None:
    before = set(os.listdir())
    result = run("check", "cdk.out", *options)
    written = {name: Path(name).read_text() for name in set(os.listdir()) - before}
    if result.stdout:
        written["stdout"] = result.stdout
    assert {name: _format_of(text) for name, text in written.items()} == places
    assert (result.exit_code, result.stderr) == (1, "")


def _format_of(text: str) -> str:
    return next(name for name, beginning in BEGINNINGS.items() if text.startswith(beginning))


def test_an_output_is_written_anew() -> None:
    Path("report.txt").write_text("x" * 100_000)
    run("check", "--output", "report.txt")
    assert Path("report.txt").read_text() == run("check").stdout


WRONG_PLACES: dict[str, tuple[list[str], str]] = {
    "a misspelt format": (["--format", "jsn"], "did you mean 'json'?"),
    "a format of another tool": (["--format", "parseable"], "there is no format 'parseable' among text, json, "),
    "an unknown format with a file": (["--format", "xml:a"], "there is no format 'xml' among text, json, "),
    "no file after the colon": (["--format", "json:"], "'json:' names no file after the colon"),
    "two formats in one place": (
        ["--format", "text", "--format", "json"],
        "only one format can go to one place; give the others a file: --format json:FILE",
    ),
    "an output that is a folder": (["--output", "clean"], "File 'clean' is a directory."),
}


@pytest.mark.parametrize(("options", "message"), WRONG_PLACES.values(), ids=WRONG_PLACES)
def test_a_report_that_cannot_go_anywhere(options: list[str], message: str) -> None:
    result = run("check", *options)
    assert message in result.stderr
    assert (result.exit_code, result.stdout) == (2, "")


def test_a_misspelt_option() -> None:
    """In the words of click, which quotes the option in its newer versions."""
    result = run("check", "--formt", "json")
    assert re.search(r"Did you mean ('?)--format\1\?", result.stderr)
    assert (result.exit_code, result.stdout) == (2, "")


@pytest.mark.parametrize("options", [["--output", "no/where.txt"], ["--format", "json:no/where.txt"]])
def test_a_file_that_cannot_be_written(options: list[str]) -> None:
    result = run("check", *options)
    assert result.stderr == "imagelint: no/where.txt: cannot be written: No such file or directory\n"
    assert result.exit_code == 3


# -- colour -------------------------------------------------------------------------------------------------------

COLOURS: dict[str, tuple[list[str], dict[str, str], bool]] = {
    "a terminal": ([], {}, True),
    "NO_COLOR": ([], {"NO_COLOR": "1"}, False),
    "NO_COLOR that is empty": ([], {"NO_COLOR": ""}, True),
    "--no-color": (["--no-color"], {}, False),
    "TERM=dumb": ([], {"TERM": "dumb"}, False),
    "FORCE_COLOR": ([], {"FORCE_COLOR": "1"}, True),
    "FORCE_COLOR in a terminal that knows none": ([], {"FORCE_COLOR": "1", "TERM": "dumb"}, True),
    "FORCE_COLOR and NO_COLOR": ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    "FORCE_COLOR and --no-color": (["--no-color"], {"FORCE_COLOR": "1"}, False),
    "JSON": (["--format", "json"], {}, False),
    "a file": (["--output", "/dev/stdout"], {}, False),
}


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
@pytest.mark.parametrize(("options", "environment", "coloured"), COLOURS.values(), ids=COLOURS)
def test_colour_on_a_terminal(options: list[str], environment: dict[str, str], coloured: bool) -> None:
    shown = _on_a_terminal("check", *options, **environment)
    assert LATEST in shown
    assert ("\x1b[" in shown) is coloured


LINKS: dict[str, tuple[list[str], dict[str, str], bool]] = {
    "a terminal of which nothing is known": ([], {}, False),
    "VTE": ([], {"VTE_VERSION": "7006"}, True),
    "VTE before it had links": ([], {"VTE_VERSION": "4402"}, False),
    "VS Code": ([], {"TERM_PROGRAM": "vscode"}, True),
    "kitty": ([], {"TERM": "xterm-kitty"}, True),
    "Windows Terminal": ([], {"WT_SESSION": "1"}, True),
    "tmux in VS Code": ([], {"TERM": "tmux-256color", "TERM_PROGRAM": "vscode"}, False),
    "TERM=dumb": ([], {"TERM": "dumb", "VTE_VERSION": "7006"}, False),
    "NO_COLOR": ([], {"NO_COLOR": "1", "VTE_VERSION": "7006"}, False),
    "--no-color": (["--no-color"], {"VTE_VERSION": "7006"}, False),
    "a file": (["--output", "/dev/stdout"], {"VTE_VERSION": "7006"}, False),
}


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
@pytest.mark.parametrize(("options", "environment", "linked"), LINKS.values(), ids=LINKS)
def test_a_rule_leads_to_its_page_where_the_terminal_follows_links(
    options: list[str], environment: dict[str, str], linked: bool
) -> None:
    shown = _on_a_terminal("check", *options, **environment)
    page = "https://imagelint.github.io/imagelint/rules/image-tag-latest/"
    assert (f"\x1b]8;;{page}\x1b\\\x1b[1mimage-tag-latest\x1b[0m\x1b]8;;\x1b\\ (E9721)" in shown) is linked
    assert ("\x1b]8" in shown) is linked


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
@pytest.mark.parametrize("columns", [60, 100])
def test_sentences_wrap_to_the_terminal(columns: int) -> None:
    lines = _on_a_terminal("check", COLUMNS=str(columns), NO_COLOR="1").splitlines()
    assert max(len(line) for line in lines if " " in line.strip() and "template:" not in line) <= columns
    (message,) = (number for number, line in enumerate(lines) if "is tagged prod" in line or line.endswith(":prod is"))
    assert lines[message + 1].startswith(" " * 6)
    assert all(line == line.rstrip() for line in lines)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_the_page_of_a_rule_wraps_to_the_terminal() -> None:
    page = _on_a_terminal("explain", "E9721", COLUMNS="60")
    sentences = page.split("TypeScript")[0].splitlines()
    assert 50 < max(len(line) for line in sentences if " " in line.strip()) <= 60
    assert page.split() == run("explain", "E9721").stdout.split()


def _on_a_terminal(*arguments: str, **environment: str) -> str:
    terminal, program = os.openpty()
    command = [*COMMAND, *arguments]
    variables = {**os.environ, "TERM": "xterm", **environment}
    with subprocess.Popen(command, stdout=program, env=variables) as process:
        os.close(program)
        shown = read_terminal(terminal)
    assert process.returncode == (1 if "check" in arguments else 0)
    return shown


def test_no_colour_without_a_terminal() -> None:
    done = start(".", "check")
    assert done.returncode == 1
    assert LATEST in done.stdout
    assert "\x1b" not in done.stdout + done.stderr


def test_colour_without_a_terminal_where_it_is_forced() -> None:
    assert "\x1b[" in start(".", "check", environment={"FORCE_COLOR": "1"}).stdout
    assert "\x1b[" not in start(".", "check", "--format", "markdown", environment={"FORCE_COLOR": "1"}).stdout


def test_no_link_and_no_wrapping_without_a_terminal() -> None:
    written = start(".", "check", environment={"FORCE_COLOR": "1", "VTE_VERSION": "7006", "COLUMNS": "40"}).stdout
    assert "\x1b]8" not in written
    assert max(map(len, written.splitlines())) > 100


# -- the text report ----------------------------------------------------------------------------------------------


def test_one_line_per_finding() -> None:
    result = run("check", "--concise")
    assert result.stdout.splitlines() == [
        f"cdk.out/App.template.json:8:6: error E9721 {LATEST}: Latest: {REPOSITORY}:latest is tagged latest, so nothing"
        " says which build the function runs",
        f"cdk.out/App.template.json:17:6: warning W9722 {MUTABLE}: Moving: {REPOSITORY}:prod is tagged prod, a tag that"
        " is moved from image to image; the function keeps the image it was deployed with until its code is deployed"
        " again",
        "3 functions judged: 1 error, 1 warning; 0 suppressed, 6 unknown (--show-unknown lists them)",
    ]
    assert result.exit_code == 1


def test_a_report_shows_the_commonest_ways_on_and_the_first_works() -> None:
    *_, explain, baseline, blank, summary = run("check").stdout.splitlines()
    assert explain == "  imagelint explain E9721  what a finding means, with the fix in CDK"
    assert baseline.startswith("  --write-baseline FILE    accept these findings")
    assert (blank, summary.split(":")[0]) == ("", "3 functions judged")
    assert run(*explain.split()[1:3]).exit_code == 0
    assert summary.endswith(" unknown (--show-unknown lists them)")
    assert "--show-unknown" not in run("check", "--show-unknown").stdout
    assert "explain" not in run("check", "clean").stdout


WHY: dict[str, tuple[Any, dict[str, Any], str]] = {
    "parameter": (
        {"Fn::Sub": f"{REPOSITORY}:${{Tag}}"},
        {"Tag": {"Type": "String"}},
        "Tag is a parameter without Default",
    ),
    "SSM parameter": (
        {"Fn::Sub": f"{REPOSITORY}:${{Tag}}"},
        {"Tag": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/dev/tag"}},
        "the SSM parameter /dev/tag is a value that CloudFormation reads at the deployment",
    ),
    "dynamic reference": (
        f"{REPOSITORY}:{{{{resolve:ssm:/dev/tag}}}}",
        {},
        "resolve:ssm:/dev/tag is a dynamic reference, which AWS resolves at the deployment",
    ),
    "export": (
        {"Fn::Join": ["", [f"{REPOSITORY}:", {"Fn::ImportValue": "tag"}]]},
        {},
        "Fn::ImportValue tag is an export of no stack that is here",
    ),
    "attribute": (
        {"Fn::Sub": f"{REPOSITORY}:${{Role.RoleId}}"},
        {},
        "Role.RoleId is an attribute of the AWS::IAM::Role, which gets it when it is made",
    ),
}


@pytest.mark.parametrize(("uri", "parameters", "expected"), WHY.values(), ids=WHY)
def test_why_it_is_unknown_is_said_in_words(uri: Any, parameters: dict[str, Any], expected: str) -> None:
    template = app(uri, Parameters=parameters)
    template["Resources"]["Role"] = {"Type": "AWS::IAM::Role"}
    write_templates("why", {"App": template})
    (line,) = (each for each in run("check", "why", "--show-unknown").stdout.splitlines() if f"    {LATEST}:" in each)
    assert line.split("; ")[-1] == expected
    result = run("check", "why", "--select", LATEST, "--strict", "--format", "json")
    (finding,) = json.loads(result.stdout)["findings"]
    assert finding["message"].endswith(f" is not known; {expected}")


def test_what_is_unknown_is_listed_with_as_much_as_is_known() -> None:
    lines = run("check", "open", "--select", LATEST, "--show-unknown").stdout.splitlines()
    assert lines == [
        "Unknown before deployment",
        "",
        "  Fn",
        f"    {LATEST}: image.uri is ${{Image}}; not known: image.pinned_by, image.tag; "
        "Image is a parameter without Default",
        "",
        "No problems found in what can be known.",
        "1 function judged: no findings; 0 suppressed, 1 unknown",
    ]
