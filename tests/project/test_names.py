"""Every page names the repository, the version, the package and the image that a release makes, and no other.

One place has each: `[project.urls]` of pyproject.toml the repository, imagelint/version.py the version.
"""

from __future__ import annotations

import re
import sys
from typing import Final

import pytest

from imagelint.version import VERSION
from support.paths import ROOT

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
URL: Final[str] = PROJECT["urls"]["Repository"]
REPOSITORY: Final = URL.removeprefix("https://github.com/")
PACKAGE: Final[str] = PROJECT["name"]
FILES: Final = [
    *ROOT.glob("*.md"),
    *(ROOT / "docs").rglob("*.md"),
    *(ROOT / ".github").rglob("*.*ml"),
    *(ROOT / ".github").rglob("*.md"),
    ROOT / ".pre-commit-hooks.yaml",
    ROOT / "action.yml",
    ROOT / "cdk" / "README.md",
    ROOT / "cdk" / "package.json",
    ROOT / "cdk" / "src" / "index.ts",
    ROOT / "Dockerfile",
    ROOT / "pyproject.toml",
]
MENTIONS: Final = {
    "repository": (r"github\.com/([\w.-]+/imagelint)\b", REPOSITORY),
    "action": (r"uses: ([\w.-]+/imagelint@\S+)", f"{REPOSITORY}@v{VERSION}"),
    "image": (r"ghcr\.io/([\w.-]+/imagelint:[\w.-]+)", f"{REPOSITORY}:{VERSION}"),
    "tag of the pre-commit hook": (r"repo: https://github\.com/[\w.-]+/imagelint\n\s+rev: (\S+)", f"v{VERSION}"),
    "tag in an address": (
        r"github\.com/[\w.-]+/imagelint/(?:releases/tag|tree|blob)/(?!main/|v\$HFPR_VERSION/)([^/\s)]+)",
        f"v{VERSION}",
    ),
    "version of the package": (rf"\b{PACKAGE}==([\w.]+)", VERSION),
}
ONCE_AT_LEAST: Final = {"repository", "action", "image", "tag of the pre-commit hook"}
INSTALLED: Final = r"\bpipx? install (?:-\S+ )*(\w[\w.-]*(?:\[[\w,-]+\])?)"


def found(pattern: str) -> dict[str, set[str]]:
    """What the pattern finds -> the files that have it."""
    names: dict[str, set[str]] = {}
    for file in FILES:
        for name in re.findall(pattern, file.read_text(encoding="utf-8")):
            names.setdefault(name, set()).add(file.relative_to(ROOT).as_posix())
    return names


@pytest.mark.parametrize("what", MENTIONS)
def test_a_name_is_the_one_that_a_release_makes(what: str) -> None:
    pattern, right = MENTIONS[what]
    names = found(pattern)
    assert {name: files for name, files in names.items() if name != right} == {}
    assert names or what not in ONCE_AT_LEAST


def test_what_a_page_installs_is_this_package_and_its_extras() -> None:
    extras = {f"{PACKAGE}[{extra}]" for extra in PROJECT.get("optional-dependencies", {})}
    names = found(INSTALLED)
    assert PACKAGE in names
    assert {name: files for name, files in names.items() if name not in {PACKAGE, *extras}} == {}


def test_the_addresses_of_the_package_are_in_the_repository() -> None:
    assert {address for address in PROJECT["urls"].values() if not address.startswith(URL)} == set()


def test_a_file_that_a_page_for_maintainers_names_is_there() -> None:
    pages = ("CONTRIBUTING.md", "docs/releasing.md", "SECURITY.md")
    path = r"`((?:\.github|docs|imagelint|requirements|rules|scripts|tests)/[\w./-]*)`"
    named = {name for page in pages for name in re.findall(path, (ROOT / page).read_text(encoding="utf-8"))}
    assert len(named) >= 10
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []
