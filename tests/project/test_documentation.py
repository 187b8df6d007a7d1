"""What the documentation shows is run: its files are written, its commands run, its output compared.

A fenced block whose first line is `# path` or `// path` is that file. In a `console` block a line `$ imagelint …` is a
command, and the lines below it are its output, where a line `...` stands for any lines, and no lines for any output.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from fixtures.expect import FIXTURES
from imagelint.documents.schema import fit, schema
from imagelint.rules.rule import load_rules
from support.builders import image
from support.cli import report, run
from support.paths import ROOT

ADOPTION = "## Adopt it in an existing app"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(autouse=True)
def _app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    shutil.copytree(FIXTURES / "demo" / "cdk.out", "cdk.out")


def text_of(page: str) -> str:
    """A page of docs/, or the README's section on adoption."""
    if page == "adoption":
        return (ROOT / "README.md").read_text(encoding="utf-8").split(ADOPTION)[1].split("\n## ")[0]
    return (ROOT / "docs" / page).read_text(encoding="utf-8")


def blocks(page: str) -> list[tuple[str, str]]:
    """The fenced blocks of a page: language and text."""
    return BLOCK.findall(text_of(page))


def commands(page: str) -> Iterator[tuple[list[str], str]]:
    """Each command of a page, as arguments without `imagelint`, with its output; others are left out."""
    for language, text in blocks(page):
        for shown in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:] if language == "console" else ():
            line, _, output = shown.partition("\n")
            words = shlex.split(line, comments=True)
            if words[0] == "imagelint":
                yield words[1:], output


def write_files(page: str) -> list[Path]:
    """The files that a page shows."""
    files = [(match.group(1), text) for _, text in blocks(page) if (match := re.match(r"(?:#|//) (\S+)\n", text))]
    for name, text in files:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")
    return [Path(name) for name, _ in files]


def matches(output: str, shown: str) -> bool:
    pattern = re.escape(shown).replace(re.escape("...\n"), r"(?:.*\n)*")
    return not shown or re.fullmatch(pattern, output) is not None


@pytest.mark.parametrize("page", ["rules.md", "live.md", "adoption"])
def test_commands_give_what_is_shown(page: str) -> None:
    write_files(page)
    shown = list(commands(page))
    assert shown
    for arguments, output in shown:
        done = run(*arguments)
        assert done.exit_code in (0, 1), (arguments, done.output)
        assert matches(done.output, output), (arguments, done.output)


def test_rules_that_need_an_account_are_listed_with_their_codes() -> None:
    listed = re.findall(r"^\| ([a-z-]+) \(([EWI]\d{4})\) \|", text_of("live.md"), re.MULTILINE)
    assert sorted(listed) == sorted((rule.id, rule.code) for rule in load_rules() if rule.is_live)


def test_policies_find_what_they_are_for() -> None:
    assert [file.suffix for file in write_files("rules.md")] == [".yaml", ".yaml", ".yaml", ".ts", ".yaml"]
    policies = ("--rules-dir", "policies", "--select", "only-our-registries,digest-only,arm64-only")
    found = {(each["rule"], each["function"]["logical_id"][:-8]) for each in report(*policies)["findings"]}
    assert found == {
        ("only-our-registries", ""),
        ("digest-only", "Worker"),
        ("digest-only", "Mailer"),
        ("digest-only", "Report"),
        ("arm64-only", "Worker"),
        ("arm64-only", "Mailer"),
        ("arm64-only", "Report"),
        ("arm64-only", ""),
    }


def test_policies_are_content_with_an_app_that_keeps_to_them() -> None:
    write_files("rules.md")
    clean = str(FIXTURES / "clean-app" / "cdk.out")
    rules = [each["rule"] for each in report(clean, "--rules-dir", "policies")["findings"]]
    assert rules == ["digest-only"]  # one of its functions is pinned by tag


def test_every_key_of_rule_files_is_explained() -> None:
    table = text_of("rules.md").split("## What a rule file may say")[1]
    assert {
        name for row in re.findall(r"^\| (`.+?) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
    } == {*_keys_of("rules/rule")}


def test_configuration_that_is_shown_is_valid_and_does_what_it_says() -> None:
    write_files("rules.md")
    assert write_files("configuration.md") == [Path(".imagelint.yaml")]
    content = yaml.load(Path(".imagelint.yaml").read_text(encoding="utf-8"), yaml.BaseLoader)
    assert content.keys() == _keys_of("config/config")
    fit({"suppress": content["suppress"]}, "config/config")
    document = report()
    assert [each["reason"] for each in document["suppressed"]] == ["moves to ECR with the next release"]
    severities = {each["rule"]: each["severity"] for each in document["findings"]}
    assert severities.get("image-tag-mutable", "error") == "error"


def test_adoption_takes_ten_lines_and_closes_the_gate_on_new_findings_only() -> None:
    console = next(text for language, text in blocks("adoption") if language == "console")
    assert len(console.splitlines()) <= 10
    statuses = [(arguments[-1], run(*arguments).exit_code) for arguments, _ in commands("adoption")]
    assert {status for _, status in statuses} == {0}
    template = Path("cdk.out/Orders.template.json")
    content = json.loads(template.read_text())
    content["Resources"]["New"] = image()
    template.write_text(json.dumps(content, indent=1))
    held = ("--baseline", "imagelint-baseline.json")
    assert run("check", *held).exit_code == 1
    assert {each["function"]["logical_id"] for each in report(*held)["findings"]} == {"New"}


def _keys_of(name: str) -> set[str]:
    return set(schema(name)["properties"])
