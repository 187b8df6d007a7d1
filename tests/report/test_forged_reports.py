"""No template can forge a report: a line, an element, a property or a link."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from imagelint.model import FunctionRef, Location, Problem, Related, Report, Source, Suppressed, Unknown, Use
from imagelint.report.escape import visible
from imagelint.report.formats import RENDERERS, Context
from support.reports import API_LATEST, CONTEXT, REPORT

# --- nothing from a template forges a report

HOSTILE = [
    "\n::error::forged",
    "::error file=a::forged",
    " \t ::warning::forged",
    "\r\n\r\n### forged",
    "##[error]forged",
    "###[add-mask]a",
    "##vso[task.complete result=Succeeded]",
    "##teamcity[buildStatus status='SUCCESS']",
    "%0A::error::forged",
    "%0a%25",
    "a,line=1,title=b::c",
    "\x1b[2J\x1b[31mforged\x1b[0m",
    "\x9b31mforged",
    "\x1b]8;;https://evil.example\x07click\x1b]8;;\x07",
    "a\x00b\x07c\x08d\x7fe\x85f",
    "\u202egnp.\u2066a\u2069",
    "a\u2028b\u2029c\u200b\u200d\ufeff",
    "\ud800",
    "\udfff\ud83d",
    "\ufffe\uffff\ufdd0\U0001ffff",
    "\U000e0001\U000e0041",
    "a|b \\| c \\\\|",
    "`a` ``b`` ```",
    "`",
    "\\",
    "<script>alert(1)</script><!-- a -->",
    "</failure></testcase><testcase name='forged'/>",
    "]]><![CDATA[",
    "&amp;&#10;&lt;",
    '"\'"><',
    '","severity":"info","x":"',
    "[click](https://evil.example) ![a](https://evil.example/a.png)",
    "https://evil.example www.evil.example a@evil.example @team #1",
    "**a** _b_ ~~c~~ $d$ # e\n- f\n1. g",
    "{0} {{1}} {{resolve:ssm:a}}",
    "=cmd|' /C calc'!A1",
    "file:///etc/passwd",
    "日本語 \u00e9 \U0001f600",
]


def forged(text: str) -> Report:
    """The report with the text wherever a template, or the files beside it, may put one."""
    function = FunctionRef(text, text, text)
    location, source = Location(text, f"/Resources/Fn/{text}", 1, 1), Source(text, 1, 1)
    finding = API_LATEST._replace(
        message=text,
        function=function,
        location=location,
        source=source,
        related=(Related(location, text, source), Related(location, text)),
        when=text,
        fix=text,
        help=text,
        identity=text,
        cause=Related(Location(text, "", 1), text),
        also=(Use(function, location, source, text), Use(function, location, None, text)) * 2,
    )
    return REPORT._replace(
        findings=(finding, finding._replace(source=None)),
        suppressed=(Suppressed("image-tag-latest", function._replace(construct_path=None), "metadata", text),),
        unknown=(Unknown("image-tag-mutable", function, (text, text)),),
        errors=(Problem(text, text),),
    )


def forged_context(text: str) -> Context:
    functions = {
        function: Source(text, 1, 1) for function in (FunctionRef(text, text, text), FunctionRef(text, None, text))
    }
    return CONTEXT._replace(functions=functions)


COMMAND = re.compile(r"\s*::|.*##[A-Za-z]*\[")
UNSEEN = re.compile(r"[^\n -~\u00a0-\u00ac\u00ae-\u02ff\u3040-\u30ff\u4e00-\u9fff\U0001f600-\U0001f64f]")


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", RENDERERS)
def test_no_template_forges_a_line(name: str, text: str) -> None:
    rendered = RENDERERS[name](forged(text), forged_context(text))
    honest = RENDERERS[name](forged("x"), forged_context("x"))
    rendered.encode("utf-8")
    assert UNSEEN.findall(rendered) == []
    assert len(rendered.split("\n")) == len(honest.split("\n"))
    assert commands_of(rendered) == commands_of(honest)


def commands_of(rendered: str) -> list[str]:
    """The lines that a CI service would obey, by their first word."""
    return [line.split()[0] for line in rendered.splitlines() if COMMAND.match(line)]


def shape(value: object) -> object:
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    return [shape(item) for item in value] if isinstance(value, list) else type(value)


@pytest.mark.parametrize("text", HOSTILE)
def test_json_gives_back_what_the_template_says(text: str) -> None:
    finding = json.loads(RENDERERS["json"](forged(text), CONTEXT))["findings"][0]
    assert finding["message"] == text.encode("utf-8", "backslashreplace").decode()
    assert finding["function"]["logical_id"] == finding["message"]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", ["json", "sarif", "gitlab", "cdk"])
def test_no_template_changes_the_shape_of_json(name: str, text: str) -> None:
    rendered = RENDERERS[name](forged(text), forged_context(text))
    honest = RENDERERS[name](forged("x"), forged_context("x"))
    assert rendered.isascii()
    assert shape(json.loads(rendered)) == shape(json.loads(honest))


@pytest.mark.parametrize("text", HOSTILE)
def test_no_template_changes_the_shape_of_xml(text: str) -> None:
    tree = ElementTree.parse(io.StringIO(RENDERERS["junit"](forged(text), forged_context(text)))).getroot()
    honest = ElementTree.fromstring(RENDERERS["junit"](forged("x"), forged_context("x")))
    assert [(e.tag, list(e.attrib)) for e in tree.iter()] == [(e.tag, list(e.attrib)) for e in honest.iter()]
    assert {case.get("classname") for case in tree.iter("testcase")} == {visible(text), "imagelint"}


def inline_tokens(tokens: list[Token]) -> Iterator[tuple[str, str]]:
    for token in tokens:
        yield token.type, token.content
        yield from inline_tokens(token.children or [])


@pytest.mark.parametrize("text", HOSTILE)
def test_no_template_changes_the_shape_of_markdown(text: str) -> None:
    parse = MarkdownIt("gfm-like").parse
    rendered = list(inline_tokens(parse(RENDERERS["markdown"](forged(text), CONTEXT))))
    honest = list(inline_tokens(parse(RENDERERS["markdown"](forged("x"), CONTEXT))))
    assert [kind for kind, _ in rendered] == [kind for kind, _ in honest]
    assert {content for kind, content in rendered if kind == "code_inline"} >= {visible(text)}


@pytest.mark.parametrize("text", HOSTILE)
def test_no_template_adds_a_property_to_a_workflow_command(text: str) -> None:
    for line in RENDERERS["github"](forged(text), CONTEXT).splitlines()[:-1]:
        _, head, message = line.split("::", 2)
        properties = dict(pair.split("=", 1) for pair in head.partition(" ")[2].split(","))
        assert list(properties) in (["file", "line", "col", "title"], ["file", "line", "title"], ["file", "title"])
        assert visible(f"- {text}")[2:] in unescaped(message)


def unescaped(message: str) -> str:
    return message.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")


@pytest.mark.parametrize("text", HOSTILE)
def test_colour_adds_nothing_but_colour(text: str) -> None:
    coloured = RENDERERS["text"](forged(text), CONTEXT._replace(colour=True))
    assert re.sub(r"\x1b\[[0-9;]+m", "", coloured) == RENDERERS["text"](forged(text), CONTEXT)
