"""The command line and the Python API: options, exit statuses, where reports go, and what is said of a slip."""

from __future__ import annotations

import copy
import json
import os
import pickle
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import imagelint
from fixtures.expect import FIXTURES
from imagelint.report.formats import RENDERERS
from imagelint.rules.rule import load_rules
from screenshot import read_terminal
from support.builders import REPOSITORY, app, function, write_assembly, write_templates
from support.cli import COMMAND, run, start
from support.paths import ROOT

LATEST, MUTABLE, NOT_PINNED = "image-tag-latest", "image-tag-mutable", "image-not-pinned"
THREE = {LATEST: "E9721", MUTABLE: "W9722", NOT_PINNED: "I9723"}
"""One rule of each severity, all of which the assembly `cdk.out` below breaks."""


@pytest.fixture(autouse=True)
def _assemblies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NO_COLOR", raising=False)
    tags = {"Latest": "latest", "Moving": "prod", "Version": "1.4.2"}
    write_assembly("cdk.out", {"App": {name: function(f"{REPOSITORY}:{tag}") for name, tag in tags.items()}})
    write_assembly("clean", {"App": {"Topic": {"Type": "AWS::SNS::Topic"}}})
    write_templates("open", {"App": app({"Ref": "Image"}, Parameters={"Image": {"Type": "String"}})})
    write_assembly("broken", {"App": {"Latest": function(f"{REPOSITORY}:latest"), "Odd": 5}})


def found(*arguments: str) -> set[str]:
    """Which of the three rules the report in JSON names."""
    report = json.loads(run("check", "--format", "json", *arguments).stdout)
    return {finding["rule"] for finding in report["findings"]} & set(THREE)


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


# -- parameters ---------------------------------------------------------------------------------------------------

IMAGE = f"{REPOSITORY}:1.4.2"
PARAMETERS: dict[str, tuple[list[str], str]] = {
    "nothing said": ([], LATEST),
    "the command line": (["--parameter", f"Image={IMAGE}"], ""),
    "twice, the later one": (["--parameter", "Image=x", "--parameter", f"Image={IMAGE}"], ""),
    "lines": (["--parameters", "lines"], ""),
    "JSON": (["--parameters", "json"], ""),
    "a file and the command line": (["--parameters", "json", "--parameter", f"Image={REPOSITORY}:latest"], LATEST),
    "two files, the later one": (["--parameters", "json", "--parameters", "other"], LATEST),
}


@pytest.fixture
def _parameters() -> None:
    parameter = {"Type": "String", "Default": f"{REPOSITORY}:latest"}
    write_templates("given", {"App": app({"Ref": "Image"}, Parameters={"Image": parameter})})
    Path("lines").write_text(f"# of production\n\nImage={IMAGE}\n")
    Path("json").write_text(json.dumps([{"ParameterKey": "Image", "ParameterValue": IMAGE}]))
    Path("other").write_text(f"Image={REPOSITORY}:latest\n")


@pytest.mark.usefixtures("_parameters")
@pytest.mark.parametrize(("options", "rule"), PARAMETERS.values(), ids=PARAMETERS)
def test_a_parameter_is_given(options: list[str], rule: str) -> None:
    assert found("given", "--select", LATEST, *options) == ({rule} if rule else set())


def test_a_parameter_is_given_to_standard_input_and_to_an_assembly() -> None:
    template = app({"Ref": "Image"}, Parameters={"Image": {"Type": "String"}})
    write_assembly("assembly", {"App": template["Resources"]})
    Path("assembly/App.template.json").write_text(json.dumps(template))
    given = ("--parameter", f"Image={REPOSITORY}:latest", "--select", LATEST)
    assert run("check", "assembly", *given).exit_code == 1
    assert run("check", "-", *given, stdin=json.dumps(template).encode()).exit_code == 1


WRONG_PARAMETERS: dict[str, tuple[str, str]] = {
    "no value": ("Image", "parameters:1: 'Image' is not NAME=VALUE"),
    "no name": ("\n=x", "parameters:2: '' is not the name of a parameter, which is letters and digits"),
    "a stack's name": ("App:Image=x", "parameters:1: 'App:Image' is not the name of a parameter"),
    "not JSON": ("[", "parameters:1:2: "),
    "an object": ("{}", "parameters:1: must be a list of objects with ParameterKey and ParameterValue"),
    "a list of text": ('["Image=x"]', "parameters:1: [0]: must be an object with ParameterKey and ParameterValue"),
    "no key": ('[{"ParameterValue": "x"}]', "parameters:1: [0]: lacks the key 'ParameterKey'"),
    "the value of before": (
        '[{"ParameterKey": "Image", "UsePreviousValue": true}]',
        "parameters:1: [0]: lacks the key 'ParameterValue'",
    ),
    "a number": (
        '[\n{"ParameterKey": "Image", "ParameterValue": 2}]',
        "parameters:2: [0].ParameterValue: must be text, not 2; quote it",
    ),
    "a strange name": ('[{"ParameterKey": "a b", "ParameterValue": "x"}]', "'a b' is not the name of a parameter"),
}


@pytest.mark.parametrize(("text", "message"), WRONG_PARAMETERS.values(), ids=WRONG_PARAMETERS)
def test_a_file_of_parameters_that_cannot_be_used(text: str, message: str) -> None:
    Path("parameters").write_text(text)
    result = run("check", "--parameters", "parameters")
    assert result.stderr.startswith(f"Error: {message}") or message in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert (result.exit_code, result.stdout) == (2, "")


def test_a_file_of_parameters_that_is_not_there() -> None:
    result = run("check", "--parameters", "nowhere")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Error: nowhere: ")


def test_a_parameter_without_a_value() -> None:
    result = run("check", "--parameter", "Image")
    assert result.stderr.endswith("Error: Invalid value for '--parameter': 'Image' is not NAME=VALUE\n")
    assert (result.exit_code, result.stdout) == (2, "")


COMMANDS = ("check", "facts", "inventory")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.usefixtures("_parameters")
def test_what_no_template_has_a_use_for_is_refused(command: str) -> None:
    """A value that goes nowhere leaves the gate to judge something else than what is deployed."""
    result = run(command, "given", "--parameter", "Imgae=x", "--parameter", "Image=x", "--parameter", "Zone=x")
    assert result.stderr.endswith(
        "Error: --parameter Imgae: no template has a parameter of this name; did you mean 'Image'?\n"
        "--parameter Zone: no template has a parameter of this name\n"
    )
    assert (result.exit_code, result.stdout) == (2, "")


def test_a_parameter_of_one_path_is_enough() -> None:
    write_templates("other", {"App": app(f"{REPOSITORY}:1", Parameters={"Image": {"Type": "String"}})})
    assert run("check", "clean", "other", "--parameter", "Image=x").exit_code == 0


def test_a_parameter_of_a_nested_stack_is_given_by_its_parent() -> None:
    nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "Inner.template.json"}}
    inner = app({"Ref": "Image"}, Parameters={"Image": {"Type": "String", "Default": f"{REPOSITORY}:1"}})
    write_templates("nesting", {"Outer": {"Resources": {"Nested": nested}}, "Inner": inner}, nested=["Inner"])
    result = run("check", "nesting/Outer.template.json", "--parameter", "Image=x")
    assert (result.exit_code, "no template has a parameter" in result.stderr) == (2, True)


def test_a_parameter_may_be_one_of_what_could_not_be_read() -> None:
    Path("broken.json").write_text("{")
    result = run("check", "broken.json", "--parameter", "Image=x")
    assert (result.exit_code, result.stderr.count("\n")) == (3, 1)


FILES: dict[str, tuple[str, str]] = {
    "of some use": (f"Image={IMAGE}\nOther=x\n", ""),
    "of no use": ("Imgae=x\nOther=x\n", "imagelint: warning: values: no template has any of its parameters\n"),
    "empty": ("# nothing yet\n", ""),
}


@pytest.mark.parametrize(("text", "said"), FILES.values(), ids=FILES)
@pytest.mark.usefixtures("_parameters")
def test_a_file_of_parameters_may_be_for_several_templates(text: str, said: str) -> None:
    """Whoever keeps one file for all stacks of an environment is not told of it at each run."""
    Path("values").write_text(text)
    assert run("check", "given", "--parameters", "values").stderr == said


# -- account and region -------------------------------------------------------------------------------------------


@pytest.fixture
def _places() -> None:
    """A lone template, and an assembly that says of one stack alone where it is deployed."""
    template = app(f"{REPOSITORY}:1")
    Path("bare.json").write_text(json.dumps(template))
    write_templates("both", {"Known": template, "Open": template}, {"Open": "unknown-account/unknown-region"})
    write_templates("known", {"Known": template})


ELSEWHERE = ("--account", "999999999999", "--region", "us-east-1")
AT: dict[str, tuple[str, set[tuple[str, str]]]] = {
    "a lone template": ("bare.json", {("bare.json", "999999999999/us-east-1")}),
    "an assembly": ("both", {("Known", "123456789012/eu-west-1"), ("Open", "999999999999/us-east-1")}),
    "a template of an assembly": ("both/Open.template.json", {("Open", "999999999999/us-east-1")}),
}


@pytest.mark.parametrize(("path", "places"), AT.values(), ids=AT)
@pytest.mark.usefixtures("_places")
def test_where_a_stack_is_deployed(path: str, places: set[tuple[str, str]]) -> None:
    """What the manifest says has the last word: that is where `cdk deploy` deploys."""
    documents = json.loads(run("facts", path, *ELSEWHERE).stdout)
    at = {each["function"]["stack"]: each["facts"] for each in documents}
    assert {(stack, f"{facts['stack.account']}/{facts['stack.region']}") for stack, facts in at.items()} == places


@pytest.mark.usefixtures("_places")
def test_the_gate_and_the_inventory_know_where_a_template_is_deployed() -> None:
    checked = run("check", "bare.json", "--region", "us-east-1", "--select", "image-region-mismatch")
    assert (checked.exit_code, "us-east-1" in checked.stdout) == (1, True)
    inventory = run("inventory", "bare.json", "--account", "999999999999", "--region", "eu-west-1")
    assert "    in      account 123456789012\n" in inventory.stdout


NOWHERE: dict[str, tuple[tuple[str, ...], str]] = {
    "every stack is elsewhere": (
        ("known", *ELSEWHERE),
        "Error: --account 999999999999: the manifest says where every stack is deployed, which is 123456789012\n"
        "--region us-east-1: the manifest says where every stack is deployed, which is eu-west-1\n",
    ),
    "no account": (("bare.json", "--account", "12345"), "'12345' is not an account, which is 12 digits\n"),
    "no digits of an account": (
        ("bare.json", "--account", "\N{ARABIC-INDIC DIGIT ONE}" * 12),
        "is not an account, which is 12 digits\n",
    ),
    "no region": (("bare.json", "--region", "Ireland"), "'Ireland' is not a region, such as eu-west-1\n"),
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("arguments", "said"), NOWHERE.values(), ids=NOWHERE)
@pytest.mark.usefixtures("_places")
def test_an_account_or_region_that_is_no_stacks(command: str, arguments: tuple[str, ...], said: str) -> None:
    result = run(command, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.endswith(said)


@pytest.mark.usefixtures("_places")
def test_the_account_and_region_that_the_manifest_says_may_be_said_again() -> None:
    assert run("check", "known", "--account", "123456789012", "--region", "eu-west-1").exit_code == 0


# -- which assembly -----------------------------------------------------------------------------------------------


def apps(*files: str) -> None:
    """A repository with an app in `infra`, which has the assembly in `infra/FOLDER` of each FOLDER named."""
    Path("repository/.git").mkdir(parents=True)
    Path("repository/infra/lib").mkdir(parents=True)
    for file in files:
        write_assembly(f"repository/infra/{file}", {"App": {"Fn": function(f"{REPOSITORY}:latest")}})


FOUND: dict[str, tuple[list[str], str | None, str, str]] = {
    "here": (["cdk.out"], None, "infra", "cdk.out"),
    "above": (["cdk.out"], None, "infra/lib", "../cdk.out"),
    "where cdk.json says": (["build", "cdk.out"], '{"output": "build"}', "infra", "build"),
    "above, where cdk.json says": (["build"], '{"output": "build"}', "infra/lib", "../build"),
    "cdk.json says nothing": (["cdk.out"], '{"app": "node app.js"}', "infra", "cdk.out"),
    "cdk.json is not JSON": (["cdk.out"], "{", "infra", "cdk.out"),
    "cdk.json says something else": (["cdk.out"], '{"output": 5}', "infra", "cdk.out"),
}


@pytest.mark.parametrize("command", ["check", "inventory", "facts"])
@pytest.mark.parametrize(("folders", "settings", "working", "shown"), FOUND.values(), ids=FOUND)
def test_which_assembly_is_read(
    folders: list[str],
    settings: str | None,
    working: str,
    shown: str,
    command: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    apps(*folders)
    monkeypatch.setenv("CI", "true")  # the files' times are those of this test
    if settings is not None:
        Path("repository/infra/cdk.json").write_text(settings)
    monkeypatch.chdir(f"repository/{working}")
    result = run(command)
    assert (result.exit_code, result.stderr) == (1 if command == "check" else 0, "")
    assert "Fn" in result.stdout
    if command == "check":
        assert f"{shown}/App.template.json:" in result.stdout


@pytest.mark.parametrize("working", ["repository", "."])
def test_an_assembly_is_not_looked_for_below_nor_above_the_repository(
    working: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("cdk.out").rename("elsewhere") if working == "." else apps("cdk.out")
    monkeypatch.chdir(working)
    assert run("check").stderr.startswith("imagelint: cdk.out: is not there; ")


def test_a_template_is_judged_with_its_assembly() -> None:
    shutil.copytree(FIXTURES / "pull-cross-stack" / "cdk.out", "cross")
    whole = json.loads(run("check", "cross", "--format", "json").stdout)
    templates = sorted(Path("cross").rglob("*.template.json"))
    assert len(templates) > 1
    parts = [json.loads(run("check", str(each), "--format", "json").stdout) for each in templates]
    for key in ("findings", "suppressed", "unknown"):
        assert sorted(map(str, whole[key])) == sorted(str(each) for part in parts for each in part[key])
    assert [part["summary"]["templates"] for part in parts] == [1] * len(parts)
    together = json.loads(run("check", *map(str, templates), "--format", "json").stdout)
    assert together == whole


def test_a_template_of_a_stage_is_judged_with_the_assembly_around_it() -> None:
    shutil.copytree(FIXTURES / "stages" / "cdk.out", "stages")
    (template,) = Path("stages/assembly-Dev").glob("*.template.json")
    stacks = {
        each["function"]["stack"]
        for each in json.loads(run("check", str(template), "--format=json").stdout)["findings"]
    }
    assert stacks == {"Dev/Orders"}


@pytest.mark.parametrize("written", ['{"name": "a web app"}', "{"], ids=["a web app's", "no JSON"])
def test_a_manifest_further_up_that_is_not_of_cdk_means_nothing(written: str) -> None:
    """All templates below it would be read, and what is wrong in them told."""
    write_templates("web/cdk.out", {"App": app(f"{REPOSITORY}:latest")})
    Path("web/manifest.json").write_text(written)
    Path("web/other.yaml").write_text("Resources: {A: {Type: AWS::Lambda::Function")
    result = run("check", "web/cdk.out/App.template.json", "--format", "json")
    document = json.loads(result.stdout)
    assert (result.exit_code, result.stderr, document["summary"]["templates"]) == (1, "", 1)
    assert {each["function"]["stack"] for each in document["findings"]} == {"App"}


def test_a_template_of_an_assembly_is_judged_with_those_that_it_nests() -> None:
    shutil.copytree(FIXTURES / "pull-nested-two-deep" / "cdk.out", "nested")
    found = {
        path: json.loads(run("check", path, "--format=json").stdout)
        for path in ("nested", "nested/Orders.template.json")
    }
    (whole, part) = (each["findings"] for each in found.values())
    assert whole == part != []


def test_a_template_that_its_assembly_does_not_name_is_judged_alone() -> None:
    write_templates("stale", {"Old": app(f"{REPOSITORY}:latest")})
    Path("stale/Old.template.json").rename("cdk.out/Old.template.json")
    result = run("check", "cdk.out/Old.template.json")
    assert "1 function judged: 1 error" in result.stdout
    assert result.exit_code == 1


def test_hidden_folders_that_are_passed_over_are_named() -> None:
    for folder in (".aws-sam", ".serverless", ".git"):
        write_templates(f"templates/{folder}", {"App": app(f"{REPOSITORY}:latest")})
    Path("templates/App.json").write_text(json.dumps(app(f"{REPOSITORY}:1.4.2")))
    result = run("check", "templates")
    assert result.stderr == (
        "imagelint: warning: templates: 2 files that may be templates are not read:"
        " templates/.aws-sam/App.template.json, templates/.serverless/App.template.json;"
        " name a file, or its folder, to have it judged\n"
    )
    assert result.exit_code == 0
    assert run("check", "templates/.aws-sam").exit_code == 1


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


# -- the JSON report and the Python API ---------------------------------------------------------------------------

REPORT_SCHEMA = json.loads((Path(imagelint.__file__).parent / "report/report.schema.json").read_text())


@pytest.mark.parametrize(
    "arguments",
    [["cdk.out", "--select", "all"], ["open", "--strict"], ["broken"], ["nowhere"], ["clean"]],
    ids=lambda arguments: " ".join(arguments),
)
def test_the_json_report_keeps_its_contract(arguments: list[str]) -> None:
    report = json.loads(run("check", *arguments, "--format", "json").stdout)
    jsonschema.Draft202012Validator.check_schema(REPORT_SCHEMA)
    jsonschema.validate(report, REPORT_SCHEMA, jsonschema.Draft202012Validator)
    severities = [finding["severity"] for finding in report["findings"]]
    assert [report["summary"][f"{name}s"] for name in ("error", "warning", "info")] == [
        severities.count(name) for name in ("error", "warning", "info")
    ]
    assert report["summary"]["unknown"] == len(report["unknown"])


def test_a_finding_in_json() -> None:
    report = json.loads(run("check", "--select", LATEST, "--format", "json").stdout)
    (finding,) = report["findings"]
    known = {key: finding[key] for key in ("rule", "code", "severity", "function", "location", "source", "when")}
    assert known == {
        "rule": LATEST,
        "code": "E9721",
        "severity": "error",
        "function": {"logical_id": "Latest", "construct_path": None, "stack": "App"},
        "location": {
            "template": "cdk.out/App.template.json",
            "pointer": "/Resources/Latest/Properties/Code/ImageUri",
            "line": 8,
            "column": 6,
        },
        "source": None,
        "when": None,
    }


ASSEMBLIES = ("demo", "stages", "conditions", "pull-cross-stack", "pull-nested-two-deep", "latest-everywhere")


@pytest.mark.parametrize("name", ASSEMBLIES)
def test_what_the_api_gives_can_be_pickled(name: str) -> None:
    fresh = imagelint.load(FIXTURES / name / "cdk.out")
    sent = pickle.loads(pickle.dumps(fresh))
    report = imagelint.lint(fresh)
    assert isinstance(report, imagelint.Report)
    assert report.functions > 0
    assert imagelint.lint(sent) == report
    assert imagelint.lint(pickle.loads(pickle.dumps(fresh))) == report, "pickled after it was linted"
    assert pickle.loads(pickle.dumps(report)) == report


def test_an_assembly_with_problems_can_be_pickled() -> None:
    assembly = imagelint.load("broken")
    report = imagelint.lint(pickle.loads(pickle.dumps(assembly)))
    assert report == imagelint.lint(assembly)
    assert [error.message for error in report.errors] == ["the resource is not an object"]


@pytest.mark.parametrize("name", ASSEMBLIES)
def test_linting_twice_gives_equal_reports_and_changes_nothing(name: str) -> None:
    assembly, rules, config = imagelint.load(FIXTURES / name / "cdk.out"), load_rules(), imagelint.Config()
    first = imagelint.lint(assembly, rules, config)
    templates = [copy.deepcopy(stack.template) for stack in assembly.stacks]
    fields = [copy.deepcopy(vars(rule)) for rule in rules]
    assert imagelint.lint(assembly, rules, config) == first
    assert [stack.template for stack in assembly.stacks] == templates
    assert [vars(rule) for rule in rules] == fields
    assert config == imagelint.Config()
    assert imagelint.lint(imagelint.load(FIXTURES / name / "cdk.out")) == first


def test_loading_and_linting_write_nothing() -> None:
    before = {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in Path().rglob("*")}
    imagelint.lint(imagelint.load("cdk.out"))
    assert {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in Path().rglob("*")} == before


@pytest.mark.parametrize("path", ["cdk.out", Path("cdk.out"), Path("cdk.out").absolute, "cdk.out/"], ids=repr)
def test_any_way_to_name_a_path(path: Any) -> None:
    report = imagelint.lint(imagelint.load(path() if callable(path) else path))
    assert [finding.rule for finding in report.findings if finding.rule == LATEST] == [LATEST]


def test_the_public_names() -> None:
    assert {"Assembly", "Config", "Finding", "Report", "lint", "load"} <= set(imagelint.__all__)
    assert [name for name in imagelint.__all__ if not hasattr(imagelint, name)] == []
