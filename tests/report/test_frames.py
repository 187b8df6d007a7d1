"""Code frames: which lines of which file are shown, and what is marked in them."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from imagelint.model import Excerpt, Location, Source
from imagelint.report.frames import frame_of
from support.builders import ENVIRONMENT, REGISTRY, function, manifest, stack_of
from support.cli import start

URI = "ghcr.io/acme/api:1.4.2"
MARKED: dict[str, tuple[str, int | None, str]] = {
    "a text in JSON": ('  "ImageUri": "ghcr.io/a:1",', 3, '"ghcr.io/a:1"'),
    "a text with quotes": (r'"ImageUri": "a\"b",', 1, r'"a\"b"'),
    "the last of an object on one line": ('{"ImageUri": "a:1"}}', 2, '"a:1"'),
    "an object, of which the key says most": ('  "ImageUri": {', 3, '"ImageUri"'),
    "no space in JSON": ('{"ImageUri":"a:1","Timeout":30}', 2, '"a:1"'),
    "a number between others": ('{"Timeout":30,"MemorySize":128}', 2, "30"),
    "a number": ('  "Timeout": 30,', 3, "30"),
    "an item of a list": ('    "arn:aws:lambda"', 5, '"arn:aws:lambda"'),
    "an object in a list": ("    {", 5, "{"),
    "a text in YAML": ("  ImageUri: ghcr.io/a:1  # ours", 3, "ghcr.io/a:1"),
    "a placeholder at the end in YAML": ("  ImageUri: !Sub a:${B}", 3, "!Sub a:${B}"),
    "the last of a mapping on one line": ("  A: { Type: String, Default: latest }", 22, "latest"),
    "a key with colons in YAML": ("  Fn::Sub: a:1", 3, "a:1"),
    "a sign of comments inside of a value": ("  ImageUri: a#b # ours", 3, "a#b"),
    "a tag in YAML": ("  ImageUri: !Sub 'a:${B}'", 3, "!Sub 'a:${B}'"),
    "quotes in YAML": ("  ImageUri: 'a:1'", 3, "'a:1'"),
    "a block in YAML": ("  ImageUri: >-", 3, "ImageUri"),
    "a mapping in YAML": ("  ImageUri:", 3, "ImageUri"),
    "a line of a Dockerfile": ("FROM python:3", None, "FROM python:3"),
    "an indented line of a Dockerfile": ("  FROM python:3  ", None, "FROM python:3"),
}


def test_no_line_takes_long() -> None:
    """As many of them as findings: none is gone through more than a few times."""
    lines = ["a" + " " * 600, 'a"' * 300, ": " * 300, "{[" * 300, "'" * 600, "a: " + "# " * 299, '"' + "\\" * 599]
    before = time.process_time()
    for line in lines * 200:
        frame_of(Location("a", "/x", 1, 1), Excerpt(1, (line, line)))
    assert time.process_time() - before < 3


@pytest.mark.parametrize(("line", "column", "marked"), MARKED.values(), ids=MARKED)
def test_the_value_is_marked(line: str, column: int | None, marked: str) -> None:
    (shown,) = frame_of(Location("a", "/x", 7, column), Excerpt(7, (line,)))
    assert shown.mark is not None
    start, length = shown.mark
    assert (shown.number, shown.text[start : start + length]) == (7, marked)


ARGUMENTS: dict[str, tuple[tuple[str, str], str]] = {
    "Fn::Sub in JSON": (('"ImageUri": {', ' "Fn::Sub": "a:${B}"'), '"a:${B}"'),
    "Ref in YAML": (("ImageUri:", "  Ref: Image"), "Image"),
    "Fn::Join, which is a list": (('"ImageUri": {', ' "Fn::Join": ['), '"ImageUri"'),
    "an object that is no function": (('"Code": {', ' "ImageUri": "a"'), '"Code"'),
}


@pytest.mark.parametrize(("lines", "marked"), ARGUMENTS.values(), ids=ARGUMENTS)
def test_of_a_function_on_the_next_line_the_argument_is_marked(lines: tuple[str, str], marked: str) -> None:
    frame = frame_of(Location("a", "/x", 7, 1), Excerpt(7, lines))
    ((text, mark),) = ((line.text, line.mark) for line in frame if line.mark)
    assert text[mark[0] : sum(mark)] == marked


CONSTRUCTED: dict[str, tuple[str, int, str]] = {
    "TypeScript": ("    new lambda.DockerImageFunction(this, 'A', {", 5, "new lambda.DockerImageFunction"),
    "Python, whose traces know no column": (
        "        _lambda.DockerImageFunction(self, 'A',",
        1,
        "_lambda.DockerImageFunction",
    ),
    "Go, indented with tabs": ("\t\tawslambda.NewDockerImageFunction(stack,", 3, "awslambda.NewDockerImageFunction"),
    "Java": ("    DockerImageFunction.Builder.create(this)", 5, "DockerImageFunction.Builder.create"),
    "beyond the end of a line that has changed": ("x", 40, ""),
    "a character that is spelt out": ("\x1b\x1b new A(", 4, "new A"),
}


@pytest.mark.parametrize(("line", "column", "marked"), CONSTRUCTED.values(), ids=CONSTRUCTED)
def test_the_construction_is_marked(line: str, column: int, marked: str) -> None:
    (shown,) = frame_of(Source("lib/app.ts", 1, column), Excerpt(1, (line,)))
    assert shown.mark is not None
    start, length = shown.mark
    assert shown.text[start : start + length] == marked


def test_lines_keep_their_indentation_to_each_other_and_blank_ones_go() -> None:
    frame = frame_of(Source("a.ts", 3, 5), Excerpt(2, ("", "    new A(", "      b)")))
    assert frame == ((3, "new A(", (0, 5)), (4, "  b)", None))


def test_a_long_line_is_cut_to_the_terminal() -> None:
    (shown,) = frame_of(Location("a", "/x", 1, 1), Excerpt(1, (f'"ImageUri": "{"x" * 90}"',)), width=40)
    assert (len(shown.text), shown.text[-4:], shown.mark) == (40, "x...", (12, 28))


def assembly(folder: Path, file: str, line: int = 2, *, indent: int | None = 1) -> None:
    """An assembly with one defect, whose construct was made in a line of a file."""
    traced = {"type": "aws:cdk:logicalId", "data": "Fn", "trace": [f"at f ({file}:{line}:3)"]}
    artifact = stack_of("App.template.json", environment=f"aws://{ENVIRONMENT}", metadata={"/App/Fn": [traced]})
    (folder / "cdk.out").mkdir()
    (folder / "cdk.out" / "manifest.json").write_text(json.dumps(manifest({"App": artifact})))
    template = {"Resources": {"Fn": function(URI, Metadata={"aws:cdk:path": "App/Fn"})}}
    (folder / "cdk.out" / "App.template.json").write_text(json.dumps(template, indent=indent))


def frame(folder: Path, *arguments: str) -> list[str]:
    """The lines of the text report that are of a frame."""
    done = start(folder, "check", *arguments)
    assert (done.returncode, done.stderr) == (1, "")
    return [line.strip() for line in done.stdout.splitlines() if " |" in line]


IN_THE_APP = ["1 | // the app", "2 |   new A(this);", "|   ^^^^^", "3 | // its end"]
IN_THE_TEMPLATE = ['7 | "Code": {', f'8 |  "ImageUri": "{URI}"', f"|              {'^' * (len(URI) + 2)}", "9 | }"]


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """The folder of an app that is a repository, with a file that it must not show beside it."""
    folder = tmp_path / "app"
    (folder / ".git").mkdir(parents=True)
    for file in (folder / "app.ts", folder / ".env", folder / "key.pem", tmp_path / "other.ts"):
        file.write_bytes(b"// the app\r\n  new A(this);\r\n// its end\r\n")
    (folder / "link.ts").symlink_to(tmp_path / "other.ts")
    (folder / "pipe.ts").mkdir()
    return folder


FILES: dict[str, tuple[str, list[str]]] = {
    "a source file": ("app.ts", IN_THE_APP),
    "by its whole path": ("{app}/app.ts", IN_THE_APP),
    "a file that is not there": ("gone.ts", IN_THE_TEMPLATE),
    "a file that holds secrets": (".env", IN_THE_TEMPLATE),
    "a key": ("key.pem", IN_THE_TEMPLATE),
    "outside of the repository": ("../other.ts", IN_THE_TEMPLATE),
    "outside of the repository, by its whole path": ("{app}/../other.ts", IN_THE_TEMPLATE),
    "a link out of the repository": ("link.ts", IN_THE_TEMPLATE),
    "no file": ("pipe.ts", IN_THE_TEMPLATE),
}


@pytest.mark.parametrize(("file", "shown"), FILES.values(), ids=FILES)
def test_of_the_machine_only_the_sources_of_the_repository_are_shown(app: Path, file: str, shown: list[str]) -> None:
    assembly(app, file.format(app=app))
    assert frame(app) == shown


def test_lines_are_shown_once_for_a_function(app: Path) -> None:
    assembly(app, "gone.ts")
    template = app / "cdk.out" / "App.template.json"
    template.write_text(template.read_text().replace(URI, f"{REGISTRY}/api:latest"))
    done = start(app, "check", "--select", "all")
    assert done.stdout.count("App.template.json:8:") > done.stdout.count("8 |") == 1


def test_no_source_forges_a_report(app: Path) -> None:
    """What stands in the app is shown and not obeyed, by a terminal or a CI service."""
    lines = ["::error::forged \x1b[2J", "  new A(); // ##[error]forged \u202e \x1b]8;;x\x07", "\r##vso[forged]"]
    (app / "app.ts").write_text("\n".join(lines), encoding="utf-8", newline="")
    assembly(app, "app.ts", line=2)
    assert frame(app) == [
        r"1 | \x3a:error::forged \x1b[2J",
        r"2 |   new A(); // \x23#[error]forged \u202e \x1b]8;;x\x07",
        "|   ^^^^^",
        r"3 | \r\x23#vso[forged]",
    ]


def test_a_line_that_the_source_no_longer_has_leaves_the_template(app: Path) -> None:
    assembly(app, "app.ts", line=40)
    assert frame(app) == IN_THE_TEMPLATE


def test_a_template_in_one_line_is_shown_around_the_value(app: Path) -> None:
    assembly(app, "gone.ts", indent=None)
    (line, mark) = frame(app)
    assert f'"ImageUri": "{URI}"' in line
    assert line[mark.index("^") + 2 : mark.rindex("^") + 3] == f'"{URI}"'


def test_what_is_read_from_standard_input_is_shown(app: Path) -> None:
    assembly(app, "gone.ts")
    template = (app / "cdk.out" / "App.template.json").read_bytes()
    done = start(app, "check", "-", stdin=template)
    assert [line.strip() for line in done.stdout.splitlines() if " |" in line] == IN_THE_TEMPLATE


def test_a_concise_report_has_no_frames(app: Path) -> None:
    assembly(app, "app.ts")
    assert frame(app, "--concise") == []
