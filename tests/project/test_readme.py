"""What the README says is so: the table of rules is the rule files', the examples run."""

import re
import shlex
import shutil
import sys
from pathlib import Path

import pytest

from fixtures.expect import FIXTURES
from generated import README, broken_promises, with_table
from map_picture import MAP, map_picture
from screenshot import PICTURE, picture
from support.cli import start

TEXT = README.read_text(encoding="utf-8")
COMMANDS = re.findall(r"^(imagelint [a-z]+[^#\n]*?)\s*(?:#.*)?$", TEXT, re.MULTILINE)


def test_table_of_rules_is_current() -> None:
    assert with_table(TEXT) == TEXT, "run `make generated`"


@pytest.mark.parametrize(
    ("row", "broken"),
    [
        ("W9722 | [image-tag-mutable]", None),
        ("E9722 | [image-tag-mutable]", "image-tag-mutable as E9722, rules/image-tag-mutable.yaml as W9722"),
        ("W9799 | [image-tag-mutable]", "image-tag-mutable as W9799, rules/image-tag-mutable.yaml as W9722"),
        ("W9722 | [image-tag-gone]", "image-tag-gone as W9722, rules/image-tag-gone.yaml is not there"),
    ],
)
def test_rule_of_the_table_keeps_its_name_its_code_and_its_severity(row: str, broken: str | None) -> None:
    """People name them in their configurations: `make generated` refuses to write another."""
    readme = TEXT.replace("W9722 | [image-tag-mutable]", row)
    assert broken_promises(readme) == ([f"README.md has {broken}"] if broken else [])


def test_there_are_commands_to_run() -> None:
    assert len(COMMANDS) >= 3


@pytest.mark.parametrize("command", COMMANDS)
def test_command_of_the_readme_runs_on_the_demo(command: str, tmp_path: Path) -> None:
    app = shutil.copytree(FIXTURES / "demo", tmp_path / "demo")
    _, *words = shlex.split(command.replace("npx cdk synth -q", 'cp -r cdk.out/. "$CDK_OUTDIR"'))
    done = start(app, *words)
    assert (done.returncode, done.stderr) == (1 if " check" in command else 0, "")
    assert done.stdout or (app / "images.csv").stat().st_size


def test_python_example_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    monkeypatch.chdir(FIXTURES / "demo")
    exec(compile(example, "README.md", "exec"), {})
    assert "E9721 Orders/Worker/Resource" in capsys.readouterr().out


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_the_picture_is_what_make_demo_writes() -> None:
    assert picture() == PICTURE.read_text(encoding="utf-8"), "run `make generated`"
    assert f"]({PICTURE.relative_to(README.parent).as_posix()})" in TEXT


def test_the_picture_of_a_map_is_what_the_reports_draw() -> None:
    assert map_picture() == MAP.read_text(encoding="utf-8"), "run `make generated`"


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", TEXT):
        assert (Path(README).parent / target).exists(), target
