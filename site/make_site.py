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
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final

import yaml

from imagelint.cli.explain import LANGUAGES
from imagelint.documents.schema import schema
from imagelint.report.escape import markdown_prose
from imagelint.rules.rule import Rule, load_rules
from imagelint.rules.snippets import SUFFIXES, snippets_of

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
TABS: Final = dict(zip(SUFFIXES, ("ts", "python", "go", "java", "csharp"), strict=True))
"""A language of CDK, and what Pygments calls it."""


def pages() -> dict[str, str]:
    """Every page by its path, as Markdown."""
    files = [ROOT / name for name in NAMED if not name.startswith("docs/")]
    files += sorted((ROOT / "docs").rglob("*.md"))
    rules = load_rules()
    made = {page_of(file.relative_to(ROOT).as_posix()): _page(file) for file in files}
    made |= {f"rules/{rule.id}.md": rule_page(rule) for rule in rules}
    made |= {"rules/index.md": rule_index(rules), "facts.md": facts_page()}
    made["zh/rules.md"] = rule_index_in_chinese(rules)
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
    elif file in NAMED or (file.startswith("docs/") and file.endswith(".md")):
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


def main(folder: Path) -> None:
    """Write the pages anew, and make the site of them."""
    shutil.rmtree(folder, ignore_errors=True)
    made = pages()
    for name, text in made.items():
        file = folder / "pages" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    shutil.copy(HERE / "zensical.toml", folder)
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--clean"]
    subprocess.run(command, cwd=folder, check=True)
    print(f"{len(made)} pages: {folder / 'site' / 'index.html'}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else HERE / "build")
