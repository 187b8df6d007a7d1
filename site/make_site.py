"""The documentation site: its pages are the repository's own, and one for each rule. `make site` runs this.

Pages are written to `build/pages`, and Zensical makes `build/site` of them; a link that leads nowhere ends it. A folder
may be named instead of `build`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any, Final

import yaml

from imagelint.documents.schema import schema
from imagelint.report.escape import markdown_prose
from imagelint.rules.rule import Rule, load_rules
from imagelint.rules.snippets import LANGUAGES, SUFFIXES, snippets_of

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parent
REPOSITORY: Final = "https://github.com/imagelint/imagelint/blob/main"

NAMED: Final = {
    "README.md": "index.md",
    "README.zh-CN.md": "zh/index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "docs/rules.md": "own-rules.md",  # rules/ is where the rules are
    "docs/decisions/README.md": "decisions/index.md",
}
"""Files of the repository whose pages have another name; those of docs/ keep theirs."""
EXAMPLE: Final = "report.html"
"""The HTML report of the demo, as an example."""
TABS: Final = dict(zip(SUFFIXES, ("ts", "python", "go", "java", "csharp"), strict=True))
"""A language of CDK, and what Pygments calls it."""


def pages() -> dict[str, str]:
    """Every page by its path, as Markdown, and the pictures in them, as SVG."""
    files = [ROOT / name for name in NAMED if not name.startswith("docs/")]
    files += sorted((ROOT / "docs").rglob("*.md"))
    rules = load_rules()
    made = {page_of(file.relative_to(ROOT).as_posix()): _page(file) for file in files}
    made |= {f"rules/{rule.id}.md": rule_page(rule) for rule in rules}
    made |= {"rules/index.md": rule_index(rules), "facts.md": facts_page()}
    made["zh/rules.md"] = rule_index_in_chinese(rules)
    made |= {picture.name: picture.read_text(encoding="utf-8") for picture in sorted((ROOT / "docs").glob("*.svg"))}
    return made | {
        file.relative_to(HERE / "pages").as_posix(): file.read_text(encoding="utf-8")
        for file in sorted((HERE / "pages").rglob("*.md"))
    }


# -- the repository's own pages -----------------------------------------------------------------------------------


def page_of(file: str) -> str:
    """The page that a Markdown file of the repository becomes."""
    return NAMED.get(file, file.removeprefix("docs/"))


def _page(file: Path) -> str:
    """A file of the repository with its links leading to pages, or to the repository where there is no page."""
    source = file.relative_to(ROOT).as_posix()

    def moved(match: re.Match[str]) -> str:
        return f"]({moved_link(source, match[1])})"

    text = re.sub(r"\]\(([^)\s]+)\)", moved, file.read_text(encoding="utf-8"))
    return re.sub(r"^<!--.*?-->\n", "", text, flags=re.MULTILINE)


def moved_link(source: str, link: str) -> str:
    """Where a link of a file of the repository leads from that file's page."""
    path, hash_sign, anchor = link.partition("#")
    if not path or ":" in path:
        return link
    file = os.path.normpath(os.path.join(os.path.dirname(source), path))
    rule = re.fullmatch(r"rules/([a-z0-9-]+)\.yaml", file)
    if rule:
        page = f"rules/{rule[1]}.md"
    elif file in NAMED or (file.startswith("docs/") and file.endswith((".md", ".svg"))):
        page = page_of(file)
    else:
        return f"{REPOSITORY}/{file}{hash_sign}{anchor}"
    return os.path.relpath(page, PurePosixPath(page_of(source)).parent.as_posix()) + hash_sign + anchor


# -- what is made of the rule files and the schema of facts -----------------------------------------------------------


def rule_page(rule: Rule) -> str:
    """All that a rule says to people."""
    return "\n\n".join(
        [
            f"---\ndescription: {json.dumps(rule.summary)}\n---",
            f"# {rule.code} {rule.id}",
            f"**{rule.severity}** · {_prose(rule.summary)}",
            f"[Try it in the playground](../playground.md?example={rule.id})" if rule.id in examples() else "",
            f"## Why\n\n{_prose(rule.why)}",
            *((f"## Error texts\n\n{''.join(map(_error, rule.errors))}",) if rule.errors else ()),
            *(f"## {title}\n\n{_prose(text)}" for title, text in rule.fixes.items()),
            "\n\n".join(
                f'=== "{LANGUAGES[language]}"\n\n{_indented(_fenced(text, TABS[language]))}'
                for language, text in snippets_of(rule).items()
            ),
            f"## How it decides\n\n{_fenced(_judgement(rule), 'yaml')}\n\nThe names are [facts](../facts.md).",
            "## References\n\n" + "\n".join(f"* <{each}>" for each in rule.references) if rule.references else "",
        ]
    )


def _error(error: Mapping[str, str]) -> str:
    told = "; ".join(_prose(error[key]) for key in ("means", "source") if key in error)
    return f"* {_prose(error['text'])}" + (f"  \n  {told}" if told else "") + "\n"


def _judgement(rule: Rule) -> str:
    decision = {"when": dict(rule.when), "assert": dict(rule.asserts)}
    return yaml.safe_dump(decision, sort_keys=False, width=100).rstrip()


def rule_index(rules: tuple[Rule, ...]) -> str:
    rows = [f"| {rule.code} | [{rule.id}]({rule.id}.md) | {_prose(rule.summary)} |" for rule in rules]
    return "\n".join(["# Rules", "", "| code | rule | finds |", "|---|---|---|", *rows, ""])


def rule_index_in_chinese(rules: tuple[Rule, ...]) -> str:
    told = yaml.safe_load((HERE / "zh-CN.yaml").read_text(encoding="utf-8"))
    rows = [
        f"| {rule.code} | [{rule.id}](../rules/{rule.id}.md) | {_prose(told.get(rule.id, rule.summary))} |"
        for rule in rules
    ]
    return "\n".join(["# 规则", "", "| 代码 | 规则 | 发现的问题 |", "|---|---|---|", *rows, ""])


def facts_page() -> str:
    """The facts that rules judge, by the first part of their names."""
    known: Mapping[str, Any] = schema("facts/facts")["properties"]
    groups = dict.fromkeys(name.partition(".")[0] for name in known)
    lines = ["# Facts", "", _prose(str(schema("facts/facts")["description"])), ""]
    for group in groups:
        lines += [f"## {group}", "", "| fact | type | is |", "|---|---|---|"]
        lines += [
            f"| `{name}` | {_kind(each)} | {_prose(each['description'])} |"
            for name, each in known.items()
            if name.partition(".")[0] == group
        ]
        lines.append("")
    return "\n".join(lines)


def _kind(fact: Mapping[str, Any]) -> str:
    kinds = fact.get("type", "any")
    return " or ".join(kinds) if isinstance(kinds, list) else str(kinds)


def _prose(text: str) -> str:
    return markdown_prose(text)


def _fenced(text: str, language: str) -> str:
    return f"```{language}\n{text.rstrip()}\n```"


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" if line else "" for line in text.splitlines())


# -- the playground -------------------------------------------------------------------------------------------------

PLAYGROUND: Final = HERE / "playground"
PYTHON: Final = ("pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")
"""What of Pyodide's package a browser loads."""
FIXTURES: Final = ROOT / "tests" / "fixtures"
MAX_EXAMPLE: Final = 1_000_000
"""Bytes of an example."""
_FOUND: Final = re.compile(r"^[EWI][0-9]{4} ([a-z0-9-]+) .*?(\S*cdk\.out)/(\S+?):[0-9]+:[0-9]+ ", re.MULTILINE)


def make_playground(folder: Path) -> None:
    """Write what the playground loads: Python for the browser, imagelint, and an example for each rule that has one.

    Pyodide comes from the npm registry, as the lock beside its package.json says.
    """
    folder.mkdir(parents=True)
    for name in ("playground.css", "playground.js", "worker.js"):
        shutil.copy(PLAYGROUND / name, folder)
    with tempfile.TemporaryDirectory() as installed:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(PLAYGROUND / name, installed)
        command = ["npm", "ci", "--ignore-scripts", "--no-fund", "--no-audit", "--silent"]
        subprocess.run(command, cwd=installed, check=True)
        for name in PYTHON:
            target = folder / "pyodide" / name
            target.parent.mkdir(exist_ok=True)
            shutil.copy(Path(installed, "node_modules", "pyodide", name), target)
    with zipfile.ZipFile(folder / "imagelint.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, file in _of_browser():
            archive.write(file, name)
        rules = [yaml.safe_load(file.read_bytes()) for file in sorted((ROOT / "rules").glob("*.yaml"))]
        archive.writestr("imagelint/rules/builtin/catalogue.json", json.dumps(rules))  # as in the wheel
    listed = examples()
    (folder / "examples").mkdir()
    for rule, example in listed.items():
        (folder / "examples" / f"{rule}.json").write_text(json.dumps(example), encoding="utf-8")
    (folder / "examples" / "index.json").write_text(json.dumps(list(listed)), encoding="utf-8")


def _of_browser() -> Iterator[tuple[str, Path]]:
    """The files of imagelint and of PyYAML, without what is compiled for this machine, by their names there."""
    yield "lint.py", PLAYGROUND / "lint.py"
    for package in (ROOT / "imagelint", Path(yaml.__file__).parent):
        for file in sorted(package.rglob("*")):
            if file.suffix in (".py", ".json"):
                yield file.relative_to(package.parent).as_posix(), file


@cache
def examples() -> Mapping[str, Mapping[str, Any]]:
    """An app of the tests for each rule that finds something in one: the smallest, and the template to look at."""
    sizes: dict[str, int] = {}
    found: dict[str, tuple[Path, str]] = {}
    for expected in sorted(FIXTURES.glob("*/expected.txt")):
        for rule, assembly, template in _FOUND.findall(expected.read_text(encoding="utf-8")):
            folder = expected.parent / assembly
            size = sum(file.stat().st_size for file in _texts(folder))
            if size < min(sizes.get(rule, MAX_EXAMPLE), MAX_EXAMPLE) and (folder / template).is_file():
                sizes[rule], found[rule] = size, (folder, template)
    return {
        rule.id: {
            "files": {each.relative_to(folder).as_posix(): each.read_text(encoding="utf-8") for each in _texts(folder)},
            "shown": template,
        }
        for rule in load_rules()
        if rule.id in found
        for folder, template in [found[rule.id]]
    }


@cache
def _texts(folder: Path) -> tuple[Path, ...]:
    """The files of an assembly that imagelint reads; of an asset that is its Dockerfile."""
    return tuple(
        file
        for file in sorted(folder.rglob("*"))
        if file.is_file() and (file.suffix == ".json" or "Dockerfile" in file.name or file.name == ".dockerignore")
    )


def main(folder: Path) -> None:
    """Write the pages anew, and make the site of them."""
    shutil.rmtree(folder, ignore_errors=True)
    made = pages()
    for name, text in made.items():
        file = folder / "pages" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    example = [sys.executable, "-m", "imagelint", "check", "tests/fixtures/demo/cdk.out", "--fail-on", "never"]
    subprocess.run([*example, "--output", folder / "pages" / EXAMPLE], cwd=ROOT, check=True)
    make_playground(folder / "pages" / "assets" / "playground")
    shutil.copy(HERE / "zensical.toml", folder)
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--clean"]
    subprocess.run(command, cwd=folder, check=True)
    print(f"{len(made)} pages and pictures: {folder / 'site' / 'index.html'}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else HERE / "build")
