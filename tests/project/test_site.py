"""The documentation site: its pages, those in Chinese beside them, and that each link of it leads somewhere."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import make_site
from imagelint.report.layout import page_of
from imagelint.rules.rule import load_rules
from support.paths import FIXTURES, ROOT
from whole.test_html import PACKAGES, browser

ENGLISH, CHINESE = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md"))


def test_every_rule_has_a_page_with_its_fix_in_five_languages() -> None:
    pages = make_site.pages()
    for rule in load_rules():
        page = pages[f"rules/{rule.id}.md"]
        assert page.count('\n=== "') == 5, rule.id
        assert f"# {rule.code} {rule.id}\n" in page


@pytest.mark.parametrize("page", ["rules/index.md", "zh/rules.md"])
def test_a_list_of_rules_has_them_all_with_a_line_on_each(page: str) -> None:
    rows = re.findall(r"^\| (\w+) \| \[([a-z0-9-]+)\]\(\S+\) \| (.+) \|$", make_site.pages()[page], re.MULTILINE)
    assert [(code, slug) for code, slug, _ in rows] == [(rule.code, rule.id) for rule in load_rules()]
    assert all(told.strip() for _, _, told in rows)


def _commands(readme: str) -> set[str]:
    """The commands of its blocks, without what is said about them."""
    blocks = re.findall(r"^```(?:sh|console)\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)
    lines = [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]
    return {line.partition("  #")[0].strip() for line in lines if line.startswith(("imagelint ", "npx ", "pip "))}


def _statuses(readme: str) -> list[str]:
    return re.findall(r"^\| ([0-9]) \| ", readme, re.MULTILINE)


def test_the_readme_in_chinese_has_the_commands_of_the_english_one() -> None:
    assert len(_commands(CHINESE)) > 9
    assert _commands(CHINESE) - _commands(ENGLISH) == set()
    assert _statuses(CHINESE) == _statuses(ENGLISH) == ["0", "1", "2", "3"]
    assert "(README.zh-CN.md)" in ENGLISH


@pytest.mark.parametrize(
    ("source", "link", "target"),
    [
        ("README.md", "docs/ci.md#only-what-is-new", "ci.md#only-what-is-new"),
        ("README.md", "rules/image-tag-latest.yaml", "rules/image-tag-latest.md"),
        ("README.md", "rules", f"{make_site.REPOSITORY}/rules"),
        ("README.zh-CN.md", "README.md#rules", "../index.md#rules"),
        ("docs/architecture.md", "../SECURITY.md", "security.md"),
        ("docs/architecture.md", "decisions/README.md", "decisions/index.md"),
        ("docs/decisions/README.md", "../rules.md", "../own-rules.md"),
        ("docs/ci.md", "#only-what-is-new", "#only-what-is-new"),
        ("README.md", "docs/demo.svg", "demo.svg"),
        ("docs/ci.md", "map.svg", "map.svg"),
        ("docs/ci.md", "https://example.com/a.md", "https://example.com/a.md"),
    ],
)
def test_where_a_link_of_the_repository_leads_on_the_site(source: str, link: str, target: str) -> None:
    assert make_site.moved_link(source, link) == target


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built."""
    if shutil.which("npm") is None:
        pytest.skip("the playground's Python comes from the npm registry, and there is no npm")
    folder = tmp_path_factory.mktemp("site")
    program = str(ROOT / "site" / "make_site.py")
    subprocess.run([sys.executable, program, str(folder)], check=True, capture_output=True)
    return folder / "site"


_LOADED = re.compile(r'<(?:script|img|iframe)[^>]* src="(https?:)?//|<link[^>]* rel="(?:style|pre)[^>]* href="https?:')


def test_the_address_that_reports_give_of_a_rule_is_its_page() -> None:
    """As the generator makes addresses: a folder a page."""
    (address,) = re.findall(r'^site_url = "(.*)"$', (ROOT / "site" / "zensical.toml").read_text("utf-8"), re.MULTILINE)
    made = make_site.pages()
    for rule in load_rules():
        page = f"rules/{rule.id}.md"
        assert page in made
        assert page_of(rule) == f"{address}{page.removesuffix('.md')}/"


@pytest.mark.external
def test_the_site_builds_and_loads_nothing_from_elsewhere(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > len(load_rules()) + 20
    assert "<h1>imagelint report</h1>" in (site / make_site.EXAMPLE).read_text(encoding="utf-8")
    assert [page.name for page in pages if _LOADED.search(page.read_text(encoding="utf-8"))] == []


@pytest.mark.external
def test_the_playground_judges_what_is_pasted(site: Path) -> None:
    executable = browser()
    if not PACKAGES.exists():
        pytest.skip("the packages for the browser are not installed (`make test` does)")
    handler = partial(Quiet, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        command = ["node", str(ROOT / "tests" / "browser" / "playground.mjs"), executable]
        done = subprocess.run(
            [*command, f"http://127.0.0.1:{server.server_port}", str(FIXTURES / "demo" / "cdk.out")],
            env={**os.environ, "NODE_PATH": str(PACKAGES)},
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        server.shutdown()
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "example": [
            "E9731 image-registry-unsupported",
            "W9722 image-tag-mutable",
            "I9745 pull-permission-unverifiable",
            "E9711 from-image-sentinel",
            "E9713 layers-on-image",
            "I9723 image-not-pinned",
            "I9745 pull-permission-unverifiable",
            "E9721 image-tag-latest",
            "I9745 pull-permission-unverifiable",
        ],
        "pasted": ["E9731 image-registry-unsupported"],
        "line": '      Code: {ImageUri: "python:3.12"}',
        "forged": None,
        "broken": ["not analysed"],
        "whole": "5 functions judged: 4 errors, 1 warning, 4 infos; 0 unknown",
        "dropped": [["E9731 image-registry-unsupported"], "dropped.yaml"],
        "violations": [],
        "told": [],
    }


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder, and says nothing."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
