"""A template that tries to forge the report, through the real command line in every format."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from imagelint.report.formats import RENDERERS
from support.builders import ENVIRONMENT, function, manifest, stack_of
from support.cli import start

HOSTILE = {
    "newline and command": "\n::error file=forged.ts,line=1::forged\n",
    "old command": "\n##[error]forged\n##vso[task.complete result=Succeeded]\n",
    "carriage return": "\r\n1 function judged: no findings; 0 suppressed, 0 unknown\r",
    "escape": "\x1b[2J\x1b[1;32mNo problems found.\x1b[0m",
    "terminal title and link": "\x1b]0;forged\x07\x1b]8;;https://evil.example\x07click\x1b]8;;\x07",
    "C1 control": "\x9b2J\x85forged",
    "bidirectional": "\u202egnp.exe\u2066\u2028forged",
    "table": "a | b |\n| --- | --- |\n| **forged** | c |",
    "code span": "`` ` ``` <b>forged</b> `",
    "heading and link": "\n\n# forged\n[click](https://evil.example) ![a](https://evil.example/a.png) @team",
    "HTML": "<script>alert(1)</script><img src=x onerror=alert(1)><!--",
    "XML": "\"/></failure></testcase><testcase name='forged'/>]]><![CDATA[ &amp;&#10;",
    "JSON": '","severity":"info","forged":"',
    "quotes": "'\"'\"'\\\"\\",
    "percent": "%0A::error::forged%25%0D",
    "surrogate": "\udfff\ud83d\ud800",
    "noncharacters": "\ufffe\uffff\x00\x08",
    "formula": "=cmd|' /C calc'!A1",
}
FUNCTIONS = 3
COMMAND = re.compile(r"\s*::|.*##[A-Za-z]*\[")
UNSEEN = re.compile(r"[^\n -~\u00a1-\u00ac\u00ae-\u02ff]")
LINE = re.compile(
    r"Stack |  \S|    (error|warning|info) [a-z-]+ \([EWI]\d{4}\)|      \S| {6,}\d* \|"
    r"|\d+ functions? judged: |No problems found|$"
)


def template(text: str) -> dict[str, Any]:
    """Functions with the text in logical IDs, values, parameter and condition names, metadata and a repository."""
    image = f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/api:{text}"
    metadata = {"aws:cdk:path": f"App/{text}/Resource"}
    return {
        "Parameters": {text: {"Type": "String", "Default": text}},
        "Conditions": {text: {"Fn::Equals": [{"Ref": "AWS::Region"}, text]}},
        "Resources": {
            text: function(image, {"Layers": [text], "Handler": text}, Metadata=metadata),
            f"Other{text}": function({"Fn::If": [text, f"ghcr.io/{text}", image]}),
            f"Third{text}": function({"Fn::Sub": f"${{{text}}}"}, {"PackageType": text, "Runtime": text}),
            f"Repository{text}": {
                "Type": "AWS::ECR::Repository",
                "Properties": {"RepositoryName": text, "RepositoryPolicyText": {"Statement": [{"Effect": text}]}},
            },
        },
    }


def check(folder: Path, *arguments: str) -> tuple[int, str, str]:
    """The exit status, the report and the diagnostics of linting a template that holds the text, as bytes decoded."""
    done = start(folder, "check", "--select", "all", *arguments, environment={"PYTHONUTF8": "1"})
    return done.returncode, done.stdout, done.stderr


def assembly(folder: Path, text: str) -> None:
    """The template as a cloud assembly, whose stack is called as the text says."""
    traced = {"type": "aws:cdk:logicalId", "data": text, "trace": [f"at f ({text}:1:1)"]}
    artifact = stack_of(
        "App.template.json",
        environment=f"aws://{ENVIRONMENT}{text}",
        displayName=text,
        metadata={f"/App/{text}": [traced]},
    )
    (folder / "manifest.json").write_text(json.dumps(manifest({f"App{text}": artifact})))
    (folder / "App.template.json").write_text(json.dumps(template(text)))


@pytest.fixture(params=HOSTILE)
def hostile(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The folder of a hostile assembly."""
    assembly(tmp_path, HOSTILE[request.param])
    return tmp_path


def test_no_template_forges_a_report(hostile: Path) -> None:
    files = {name: hostile / f"report.{name}" for name in RENDERERS}
    targets = [word for name, file in files.items() for word in ("--format", f"{name}:{file}")]
    status, stdout, stderr = check(hostile, ".", *targets)
    reports = {name: file.read_bytes().decode("utf-8") for name, file in files.items()}
    document = json.loads(reports["json"])
    assert stdout == ""
    assert status == (3 if document["errors"] else 1)
    assert document["summary"]["functions"] == FUNCTIONS
    assert len(stderr.splitlines()) == len(document["errors"])
    assert all(line.startswith("imagelint: ") for line in stderr.splitlines())
    for report in [*reports.values(), stderr]:
        assert UNSEEN.findall(report) == []
    for name, report in reports.items():
        commands = [line for line in report.splitlines() if COMMAND.match(line)]
        assert len(commands) == (len(document["findings"]) + len(document["errors"]) if name == "github" else 0)
        CHECKS[name](report, document)


def text_is_honest(report: str, document: dict[str, Any]) -> None:
    lines = report.split("\n")
    assert [line for line in lines if not LINE.match(line)] == []
    headings = [line for line in lines if re.match(r"    (error|warning|info) [a-z-]+ \(", line)]
    assert len(headings) == len(document["findings"])
    assert sum(re.match(r"\d+ functions? judged: ", line) is not None for line in lines) == 1


def json_is_honest(report: str, document: dict[str, Any]) -> None:
    keys = {"rule", "code", "severity", "message", "function", "location", "source", "related", "when", "fix", "help"}
    assert report.isascii()
    assert all(finding.keys() == keys | {"fingerprint"} for finding in document["findings"])


def sarif_is_honest(report: str, document: dict[str, Any]) -> None:
    (run,) = json.loads(report)["runs"]
    assert [result["ruleId"] for result in run["results"]] == [finding["rule"] for finding in document["findings"]]
    for result in run["results"]:
        assert re.search(r"(?<!\\)\[[^\]]*(?<!\\)\]\(", result["message"]["text"]) is None


def junit_is_honest(report: str, document: dict[str, Any]) -> None:
    root = ElementTree.parse(io.StringIO(report)).getroot()
    failures = {(finding["function"]["logical_id"], finding["rule"]) for finding in document["findings"]}
    assert len(list(root.iter("failure"))) == len(failures)
    assert {element.tag for element in root.iter()} <= {
        "testsuites",
        "testsuite",
        "testcase",
        "failure",
        "error",
        "skipped",
    }
    assert "forged" not in {case.get("name") for case in root.iter("testcase")}


def gitlab_is_honest(report: str, document: dict[str, Any]) -> None:
    issues = json.loads(report)
    rules = [finding["rule"] for finding in document["findings"]]
    assert [issue["check_name"] for issue in issues] == [*rules, *["not-analysed"] * len(document["errors"])]


def github_is_honest(report: str, document: dict[str, Any]) -> None:
    for line in report.splitlines()[:-1]:
        _, head, message = line.split("::", 2)
        keys = [pair.split("=", 1)[0] for pair in head.partition(" ")[2].split(",")]
        assert keys in (["file", "line", "col", "title"], ["file", "line", "title"], ["file", "title"])
        assert "%0A::" not in message


def markdown_is_honest(report: str, document: dict[str, Any]) -> None:
    tokens = list(all_tokens(MarkdownIt("gfm-like").parse(report)))
    headings = [after.content for token, after in pairwise(tokens) if token.type == "heading_open"]
    rows = sum(token.type == "tr_open" for token in tokens) - sum(token.type == "thead_open" for token in tokens)
    assert headings[0] == "imagelint"
    assert all(heading.startswith("Stack `") or heading in ("Not analysed", "Images") for heading in headings[1:])
    assert [token.info for token in tokens if token.type == "fence"] == ["mermaid"] * headings.count("Images")
    assert rows == len(document["findings"])
    assert {token.content for token in tokens if "html" in token.type} <= {"<br>"}
    assert not any(token.type in ("image", "link_open") and "evil" in str(token.attrs) for token in tokens)


def all_tokens(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from all_tokens(token.children or [])


def cdk_is_honest(report: str, document: dict[str, Any]) -> None:
    """One violation a finding, and none that a template made up."""
    found = json.loads(report)["violations"]
    rules = [finding["rule"] for finding in document["findings"]]
    assert [each["ruleName"] for each in found] == [*rules, *["input-unread"] * len(document["errors"])]
    assert all("\n" not in each["description"] for each in found)


class Elements(HTMLParser):
    """The elements of a page, each with its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def html_is_honest(report: str, document: dict[str, Any]) -> None:
    """What a browser makes of it, tests/whole/test_html.py shows."""
    found = Elements(report).found
    rules = [str(attributes["data-rule"]) for _, attributes in found if attributes.get("class") == "finding"]
    assert sorted(rules) == sorted(finding["rule"] for finding in document["findings"])
    assert [tag for tag, _ in found].count("script") == 1
    assert not [tag for tag, _ in found if tag in ("img", "iframe", "link")]
    assert not [key for _, attributes in found for key in attributes if key.startswith("on") or key == "style"]


CHECKS = {
    "text": text_is_honest,
    "json": json_is_honest,
    "sarif": sarif_is_honest,
    "junit": junit_is_honest,
    "gitlab": gitlab_is_honest,
    "github": github_is_honest,
    "markdown": markdown_is_honest,
    "cdk": cdk_is_honest,
    "html": html_is_honest,
}


def test_every_format_is_checked() -> None:
    assert CHECKS.keys() == RENDERERS.keys()


@pytest.mark.parametrize("text", ["\n::error::forged", "\x1b[31mforged", "\u202eforged"], ids=ascii)
@pytest.mark.parametrize("what", ["path", "option", "rule"])
def test_no_file_name_forges_a_diagnostic(tmp_path: Path, what: str, text: str) -> None:
    arguments = {"path": [f"a{text}.json"], "option": ["--format", text], "rule": ["--select", text]}[what]
    status, _, stderr = check(tmp_path, *arguments)
    assert status == (3 if what == "path" else 2)
    assert UNSEEN.findall(stderr) == []
    assert [line for line in stderr.splitlines() if COMMAND.match(line)] == []
