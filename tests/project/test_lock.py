"""What `make` installs is exactly what the locks in requirements/ say, whatever has been published since.

A lock is installed by name and hash, and nothing is resolved (`--no-deps`), so it has to be complete: these tests
resolve it once more, offline, from the metadata of what is installed. `make lock` makes the locks; CI compares them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib.metadata import requires, version
from typing import Any, Final

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from support.paths import ROOT

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FOLDER: Final = ROOT / "requirements"
PROJECT: Final[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text())
_ENTRY: Final = re.compile(
    r"^(\S+==[^;\n\\]+)((?: ; [^\\\n]+)?)((?: \\\n {4}--hash=sha256:[0-9a-f]{64})+)$", re.MULTILINE
)


def group(name: str) -> Iterator[Requirement]:
    """The requirements of a dependency group, with those of the groups that it includes."""
    for entry in PROJECT["dependency-groups"][name]:
        if isinstance(entry, str):
            yield Requirement(entry)
        else:
            yield from group(entry["include-group"])


def locked(name: str) -> dict[str, Version]:
    """The distributions of a lock for this Python and this system."""
    text = (FOLDER / f"{name}.txt").read_text()
    found: dict[str, Version] = {}
    for pin, marker, _ in _ENTRY.findall(text):
        requirement = Requirement(pin + marker)
        if requirement.marker is None or requirement.marker.evaluate():
            (specifier,) = requirement.specifier
            assert canonicalize_name(requirement.name) not in found
            found[canonicalize_name(requirement.name)] = Version(specifier.version)
    return found


def missing(roots: list[Requirement], lock: dict[str, Version]) -> Iterator[str]:
    """What the roots need, directly or not, by the metadata of what is installed, and the lock lacks."""
    asked = [(root, "") for root in roots]
    done: set[tuple[str, str]] = set()
    while asked:
        requirement, extra = asked.pop()
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        if name not in lock or not requirement.specifier.contains(lock[name], prereleases=True):
            yield str(requirement)
            continue
        for wanted in {"", *requirement.extras} - {each for known, each in done if known == name}:
            done.add((name, wanted))
            asked += [(Requirement(each), wanted) for each in requires(name) or ()]


@pytest.mark.parametrize("lock", sorted(file.stem for file in FOLDER.glob("*.txt")))
def test_every_line_of_a_lock_has_a_version_and_hashes(lock: str) -> None:
    text = (FOLDER / f"{lock}.txt").read_text()
    assert _ENTRY.sub("", text).strip() == ""
    assert text.strip() != ""


@pytest.mark.parametrize(("lock", "needs"), [("core", "build"), ("test", "test")])
def test_a_lock_is_complete(lock: str, needs: str) -> None:
    roots = [Requirement(each) for each in PROJECT["project"]["dependencies"]] + list(group(needs))
    assert list(missing(roots, locked(lock))) == []


def test_a_lock_without_one_distribution_is_found_incomplete() -> None:
    lock = locked("core")
    del lock["rpds-py"]
    asked = list(missing([Requirement("jsonschema")], lock))
    assert sorted({Requirement(each).name for each in asked}) == ["rpds-py"]


@pytest.mark.parametrize("distribution", sorted(locked("test")))
def test_what_is_installed_is_what_the_lock_names(distribution: str) -> None:
    assert Version(version(distribution)) == locked("test")[distribution]


def test_the_locks_are_of_a_day_that_is_written_down() -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT00:00:00Z", PROJECT["tool"]["uv"]["exclude-newer"])
