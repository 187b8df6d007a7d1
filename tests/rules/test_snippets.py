"""The fixes in CDK: each rule has one in every language, and those that CDK can run here were, and lint clean."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from pathlib import Path

import pytest
import tree_sitter
import tree_sitter_c_sharp
import tree_sitter_go
import tree_sitter_java

import imagelint
from imagelint.model import Report
from imagelint.rules.rule import builtin_folder, load_rules
from imagelint.rules.snippets import SUFFIXES, snippets_of
from support.paths import FIXTURES

FILES = sorted(Path(builtin_folder(), "snippets").iterdir())
RULES = load_rules()
SYNTHESISED = {"snippets-typescript": ".ts", "snippets-python": ".py"}
"""A fixture -> the suffix of the snippets that it was made from."""

each_fixture = pytest.mark.parametrize("fixture", SYNTHESISED)


def stack_of(slug: str) -> str:
    """The stack that an app of tests/fixtures/apps runs a rule's snippet in."""
    return slug.title().replace("-", "")


def test_every_rule_has_a_snippet_in_every_language_and_no_other_file_is_there() -> None:
    names = {rule.snippets for rule in RULES}
    assert [file.name for file in FILES] == sorted(name + suffix for name in names for suffix in SUFFIXES.values())


def test_a_rule_shows_its_own_snippets_or_those_of_a_rule_that_has_some() -> None:
    assert {rule.snippets for rule in RULES} == {rule.id for rule in RULES if rule.snippets == rule.id}


def test_no_snippets_are_written_twice() -> None:
    """A rule whose fix is the same code names the other's: `snippets: <id>`."""
    texts = {name: [file.read_bytes() for file in FILES if file.stem == name] for name in {each.stem for each in FILES}}
    same = [{name, other} for name in texts for other in texts if name < other and set(texts[name]) & set(texts[other])]
    assert same == []


def test_snippets_of_a_rule_are_the_files_of_the_rule_that_it_names() -> None:
    for rule in RULES:
        files = {name: Path(rule.folder, "snippets", rule.snippets + suffix) for name, suffix in SUFFIXES.items()}
        assert snippets_of(rule) == {language: file.read_text(encoding="utf-8") for language, file in files.items()}


# -- by their own tools -------------------------------------------------------------------------------------------

PARSED = {
    ".go": (tree_sitter_go.language(), "package snippet\n\nfunc _() {{\n{}}}\n"),
    ".java": (tree_sitter_java.language(), "class Snippet {{ void run() {{\n{}}} }}\n"),
    ".cs": (tree_sitter_c_sharp.language(), "class Snippet {{ void Run() {{\n{}}} }}\n"),
}
"""A suffix -> the grammar of its language, and what a snippet is the inside of."""


@pytest.mark.parametrize("file", [file for file in FILES if file.suffix in PARSED], ids=lambda file: str(file.name))
def test_snippet_is_its_language(file: Path) -> None:
    language, around = PARSED[file.suffix]
    text = around.format(file.read_text(encoding="utf-8"))
    root = tree_sitter.Parser(tree_sitter.Language(language)).parse(text.encode()).root_node
    assert not root.has_error, root


@pytest.mark.parametrize("suffix", PARSED)
def test_a_snippet_that_is_cut_short_is_not(suffix: str) -> None:
    language, around = PARSED[suffix]
    text = around.format(Path(builtin_folder(), "snippets", f"image-tag-latest{suffix}").read_text()[:-4])
    assert tree_sitter.Parser(tree_sitter.Language(language)).parse(text.encode()).root_node.has_error


STYLES = {
    ".ts": r"(?:  )*(?! ).*\n",
    ".py": r"(?:    )*(?! ).*\n",
    ".go": r"\t*(?!\s).*\n",  # gofmt
    ".java": r"(?:    )*(?! ).*\n",
    ".cs": r"(?:    )*(?! )(?:[{}].*|//.*|.*[^{ ]|)\n",  # braces on lines of their own
}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.name))
def test_snippet_is_written_in_the_style_of_its_language(file: Path) -> None:
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    assert [line for line in lines if not re.fullmatch(STYLES[file.suffix], line) or line.endswith(" \n")] == []


# -- by CDK -------------------------------------------------------------------------------------------------------


@each_fixture
def test_fixture_was_made_from_the_snippets_as_they_are(fixture: str) -> None:
    """Else run `python tests/fixtures/synthesise.py` for it, and read what imagelint says of the outcome."""
    described = {}
    for template in (FIXTURES / fixture / "cdk.out").glob("*.template.json"):
        description = json.loads(template.read_text(encoding="utf-8")).get("Description", "")
        if re.fullmatch("[0-9a-f]{64}", description):
            described[template.name.split(".")[0]] = description
    hashes = {stack_of(file.stem): sha256(file.read_bytes()) for file in FILES if file.suffix == SYNTHESISED[fixture]}
    assert described == {stack: each.hexdigest() for stack, each in hashes.items()}


def linted(fixture: str) -> Report:
    return imagelint.lint(imagelint.load(FIXTURES / fixture / "cdk.out"), config=imagelint.Config(select=("all",)))


@each_fixture
def test_no_fix_has_a_warning(fixture: str) -> None:
    report = linted(fixture)
    assert report.errors == ()
    assert [finding for finding in report.findings if finding.severity != "info"] == []


@each_fixture
def test_no_fix_breaks_the_rule_that_shows_it(fixture: str) -> None:
    """In the snippet's own stack, or in the one of the function that uses its repository (apps/snippets-*)."""
    own = {(rule.id, stack_of(rule.snippets) + user) for rule in RULES for user in ("", "User")}
    assert [each for each in linted(fixture).findings if (each.rule, each.function.stack) in own] == []


@each_fixture
def test_every_fix_that_is_code_is_judged(fixture: str) -> None:
    """A function in the stack of each snippet or, where it is of a repository alone, of its user's."""
    judged = {function.stack for function, _ in linted(fixture).judged}
    names = {rule.snippets for rule in RULES}
    assert {name for name in names if not judged & {stack_of(name), stack_of(name) + "User"}} == {
        "cdk-version-outdated"  # shell commands
    }
