"""The HTML reports: what is in them, and how they look and work in a real browser.

One start of a browser visits all pages; without Node.js, its packages or a browser these tests are skipped, and say so.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from fixtures.expect import FIXTURES
from imagelint.rules.rule import load_rules
from report.test_hostile_output import HOSTILE, assembly
from support.cli import start
from support.paths import ROOT

pytestmark = pytest.mark.external

PACKAGES = ROOT / ".venv" / "browser" / "node_modules"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ATTACKS = {
    **HOSTILE,
    "script": "<script>window.forged=1</script><img src=x onerror=window.forged=1><svg onload=window.forged=1>",
    "attribute": "' onmouseover='window.forged=1' x=\" onfocus=window.forged=1 autofocus tabindex=1",
    "end of an element": "</title></text></svg></code></pre></style></script><script>window.forged=1</script>",
    "link": "javascript:window.forged=1",
    "placeholder of the page": "<!--script--><!--body--><!--policy-->",
    "request": "<link rel=stylesheet href=https://evil.example/a.css><iframe src=https://evil.example></iframe>",
    "style": "@import url(https://evil.example/a.css);</style><style>body{background:url(https://evil.example/b)}",
    "template": "${window.forged=1}{{window.forged=1}}",
}


def browser() -> str:
    """A browser of the machine."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip(f"there is none of {', '.join(BROWSERS)}")
    return found


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The pages to look at: a report compared with an earlier one, an inventory, and both of hostile templates."""
    folder = tmp_path_factory.mktemp("html")
    demo = str((FIXTURES / "demo" / "cdk.out").relative_to(ROOT))
    select = ("--select", "all", "--fail-on", "never")
    start(ROOT, "check", demo, *select, "--format", f"json:{folder}/earlier.json")
    earlier = json.loads((folder / "earlier.json").read_text())
    first, _, *others = earlier["findings"]
    earlier["findings"] = [*others, {**first, "fingerprint": "0", "message": "mended"}]
    (folder / "earlier.json").write_text(json.dumps(earlier))
    compared = ("--compare", f"{folder}/earlier.json")
    start(ROOT, "check", demo, *select, *compared, "--output", f"{folder}/report.html")
    start(ROOT, "inventory", demo, "--format", "html", "--output", f"{folder}/inventory.html")
    attacks = []
    for number, text in enumerate(ATTACKS.values()):
        attack = folder / str(number)
        attack.mkdir()
        assembly(attack, text)
        attacks.append(str(number))
    start(folder, "check", *attacks, "--select", "all", "--format", "html:check.html", "--show-unknown")
    start(folder, "inventory", *attacks, "--format", "html", "--output", "table.html")
    hostile = {"hostile report": f"{folder}/check.html", "hostile inventory": f"{folder}/table.html"}
    return {"report": f"{folder}/report.html", "inventory": f"{folder}/inventory.html", "hostile": hostile}


@pytest.fixture(scope="module")
def seen(pages: dict[str, Any]) -> dict[str, Any]:
    """What the browser saw on each page."""
    executable = browser()
    if not PACKAGES.exists() or shutil.which("node") is None:
        pytest.skip("there is no Node.js, or its packages are not installed (`make test` does)")
    command = ["node", str(ROOT / "tests" / "browser" / "visit.mjs"), executable, json.dumps(pages)]
    environment = {**os.environ, "NODE_PATH": str(PACKAGES)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    visits: dict[str, Any] = json.loads(done.stdout)
    return visits


# -- the file -----------------------------------------------------------------------------------------------------


def test_a_report_without_findings_is_small_and_asks_for_nothing(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    assert start(FIXTURES / "clean-app", "check", "--format", f"html:{file}").returncode == 0
    page = file.read_text(encoding="utf-8")
    assert len(page) < 200_000
    assert page.isascii()
    assert "default-src 'none'" in page
    assert not [word for word in ("src=", "url(", "@import", "<link") if word in page]


def test_a_report_is_the_same_whenever_it_is_written(pages: dict[str, Any], tmp_path: Path) -> None:
    again = tmp_path / "again.html"
    start(ROOT, "inventory", "tests/fixtures/demo/cdk.out", "--format", "html", "--output", str(again))
    assert again.read_bytes() == Path(pages["inventory"]).read_bytes()


# -- in a browser -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["light", "dark", "inventory"])
def test_axe_finds_nothing(page: str, seen: dict[str, Any]) -> None:
    assert seen[page]["violations"] == []


def test_no_page_asks_for_anything_or_says_an_error(seen: dict[str, Any]) -> None:
    assert {name: visit["told"] for name, visit in seen.items() if visit["told"]} == {}


def test_light_and_dark_follow_the_system_and_the_button(seen: dict[str, Any]) -> None:
    light, dark = "rgb(255, 255, 255)", "rgb(13, 17, 23)"
    assert (seen["light"]["ground"], seen["dark"]["ground"]) == (light, dark)
    assert seen["theme"]["grounds"] == [f"Theme: light {light}", f"Theme: dark {dark}", f"Theme: system {light}"]


FILTERED = {
    "all": ("9 findings", 9),
    "without infos": ("5 of 9 findings", 5),
    "one rule": ("1 of 9 findings", 1),
    "new": ("2 of 9 findings", 2),
    "a word of the message": ("1 of 9 findings", 1),
    "a word of the image": ("8 of 9 findings", 8),
    "nothing": ("0 of 9 findings", 0),
}


@pytest.mark.parametrize(("what", "expected"), FILTERED.items())
def test_the_filter(what: str, expected: tuple[str, int], seen: dict[str, Any]) -> None:
    found = seen["filter"]["found"][what]
    assert (found["said"], found["shown"]) == expected
    assert (seen["filter"]["none"], seen["filter"]["cards"]) == (1, 0)  # where nothing is like that


def test_the_language_of_the_fix_is_one_for_all_and_remembered(seen: dict[str, Any]) -> None:
    """The demo is written in JavaScript."""
    visit = seen["languages"]
    assert visit["first"] == ["typescript"] * 2
    assert visit["chosen"] == ["python"] * 2
    assert (visit["moved"], visit["focused"]) == (["go"] * 2, "Go")
    assert visit["remembered"] == ["go"] * 2


def test_the_map(seen: dict[str, Any]) -> None:
    visit = seen["map"]
    assert visit["functions"] == [
        "Orders/Api/Resource, arm64",
        "Orders/Invoices, x86_64, 1 error",
        "Orders/Mailer/Resource, x86_64, 1 warning, 1 info",
        "Orders/Report/Resource, x86_64, 2 errors, 2 infos",
        "Orders/Worker/Resource, x86_64, 1 error, 1 info",
    ]
    assert (visit["hovered"], visit["left"]) == (1, 0)
    assert (visit["pinned"], visit["unpinned"]) == ({"rows": 3, "pressed": "true"}, 0)
    assert (visit["target"], visit["isShown"]) == ("Orders/Invoices", True)  # although the filter had hidden it
    assert visit["row"] is True  # of the table, which opens


def test_a_narrow_window_and_paper_cut_nothing_off(seen: dict[str, Any]) -> None:
    assert seen["narrow"]["overflow"] <= 0
    assert seen["print"] == {"isWritten": True, "tools": 0, "rules": 7, "overflow": 0, "told": []}


def test_without_scripts_everything_can_be_read(seen: dict[str, Any]) -> None:
    visit = seen["without scripts"]
    assert (visit["findings"], visit["tools"]) == (9, 0)
    assert visit["languages"] == ["TypeScript", "Python", "Go", "Java", "C#"]


ELEMENTS = {
    *("html", "head", "meta", "title", "style", "body", "script", "header", "main", "nav", "section", "article", "div"),
    *(
        "h1",
        "h2",
        "h3",
        "h4",
        "p",
        "a",
        "b",
        "small",
        "span",
        "mark",
        "code",
        "pre",
        "br",
        "q",
        "ul",
        "li",
        "dl",
        "dt",
        "dd",
    ),
    *("form", "fieldset", "legend", "label", "input", "select", "option", "output", "button", "details", "summary"),
    *("table", "thead", "tbody", "tr", "th", "td", "svg", "g", "text", "rect", "path"),
}
REFERENCES = {reference for rule in load_rules() for reference in rule.references}


@pytest.mark.parametrize("page", ["hostile report", "hostile inventory"])
def test_no_template_puts_anything_into_a_page_but_text(page: str, seen: dict[str, Any]) -> None:
    visit = seen[page]
    assert visit["forged"] is None
    assert set(visit["elements"]) <= ELEMENTS
    assert (visit["scripts"], visit["handlers"], visit["styles"]) == (1, 0, 0)
    assert {link for link in visit["links"] if not link.startswith("#")} <= REFERENCES
    assert "<script>window.forged=1</script>" in visit["text"]
