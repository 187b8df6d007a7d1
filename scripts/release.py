"""Builds what a release publishes, and tries it as a user would; needs git and, to build, what `make test` installs.

    release.py dist     build the sdist and the wheel of the last commit into dist/, twice, and check them
    release.py try      install each file of dist/ into a fresh environment of every Python at hand, and run it
    release.py release  check that the commit can be released, then dist and try
    release.py notes    print the section of CHANGELOG.md of this version; with a tag: refuse any other than its own

It publishes nothing: .github/workflows/release.yml does, when a tag is pushed. Exit status 1, with one line on stderr,
when something is not as a release needs it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
DIST: Final = ROOT / "dist"
VERSION_FILE: Final = "imagelint/version.py"
PYTHONS: Final = ("3.10", "3.11", "3.12", "3.13", "3.14")
DEMO: Final = ROOT / "tests" / "fixtures" / "demo" / "cdk.out"
DEMO_FINDINGS: Final = ("E9711", "E9713", "E9721", "E9731", "W9722")


class NotReadyError(Exception):
    """Why nothing can be released, in one line."""


def main(arguments: list[str]) -> int:
    """Do one of the commands above.

    Returns the exit status.
    """
    commands = {"dist": dist, "try": try_everywhere, "release": release, "notes": print_notes}
    if not arguments or arguments[0] not in commands or (len(arguments) > 1 and arguments[0] != "notes"):
        print("usage: release.py dist | try | release | notes [TAG]", file=sys.stderr)
        return 2
    try:
        commands[arguments[0]](*arguments[1:2])
    except NotReadyError as error:
        print(f"release: {error}", file=sys.stderr)
        return 1
    return 0


def release() -> None:
    """Refuse what is not ready, build, and try what was built."""
    found = version()
    notes(found)
    tagged = git("rev-parse", "--verify", "--quiet", f"v{found}^{{commit}}", check=False)
    if tagged and tagged != git("rev-parse", "HEAD"):
        raise NotReadyError(f"v{found} is the tag of another commit; raise VERSION in {VERSION_FILE}")
    dist()
    try_everywhere()
    print(f"ready: commit {git('rev-parse', '--short', 'HEAD')} can be tagged v{found}")


def dist() -> None:
    """Build the last commit twice, in two folders, and keep the files in dist/ if they are good and the same."""
    changed = git("status", "--porcelain").splitlines()
    if changed:
        raise NotReadyError(f"{len(changed)} files are not as committed, the first: {changed[0][3:]}")
    with tempfile.TemporaryDirectory() as folder:
        first, second = (built(Path(folder, name)) for name in ("a", "another place"))
        for one, other in zip(first, second, strict=True):
            if one.name != other.name or one.read_bytes() != other.read_bytes():
                raise NotReadyError(f"{one.name} was not built twice with the same bytes")
        command("twine", sys.executable, "-m", "twine", "check", "--strict", *map(str, first))
        wheels = [str(each) for each in first if each.suffix == ".whl"]
        command("check-wheel-contents", sys.executable, "-m", "check_wheel_contents", *wheels)
        shutil.rmtree(DIST, ignore_errors=True)
        DIST.mkdir()
        for file in first:
            shutil.copy(file, DIST)
    for file in artefacts():
        print(
            f"built: {file.name}, {file.stat().st_size} bytes, sha256 {hashlib.sha256(file.read_bytes()).hexdigest()}"
        )


def built(folder: Path) -> list[Path]:
    """Export the last commit into a folder and build there.

    The wheel is built from the sdist, so that the sdist is known to hold all that is needed.

    Returns the wheel and the sdist.
    """
    archive = folder / "export.tar"
    tree, sdist_tree, out = (folder / name for name in ("tree", "sdist", "out"))
    for each in (tree, sdist_tree):
        each.mkdir(parents=True)
    git("archive", "--format=tar", f"--output={archive}", "HEAD")
    shutil.unpack_archive(archive, tree, "tar")
    hatchling(tree, out, "sdist")
    (sdist,) = out.iterdir()
    shutil.unpack_archive(sdist, sdist_tree)
    (unpacked,) = sdist_tree.iterdir()
    hatchling(unpacked, out, "wheel")
    return sorted(out.iterdir(), key=lambda file: file.suffix, reverse=True)


def hatchling(tree: Path, out: Path, target: str) -> None:
    """Build with the hatchling of this environment; the times in the archive are those of the last commit."""
    environment = {**os.environ, "SOURCE_DATE_EPOCH": git("log", "-1", "--format=%ct")}
    words = [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", str(out)]
    command(f"the build of the {target}", *words, cwd=tree, env=environment)


def try_everywhere() -> None:
    """Install each file of dist/ with each Python that is found, and lint the demo from another folder."""
    files = artefacts()
    if not files:
        raise NotReadyError("dist/ is empty; run `make dist`")
    found = list(pythons())
    if not found:
        raise NotReadyError(f"no Python of {', '.join(PYTHONS)} is on PATH or in pyenv")
    for name, python in found:
        for file in files:
            with tempfile.TemporaryDirectory() as folder:
                try_one(python, file, Path(folder))
            print(f"works: {file.name} with Python {name}", flush=True)
    missing = [each for each in PYTHONS if each not in {name for name, _ in found}]
    if missing:
        print(f"not tried, not on this machine: Python {', '.join(missing)}")


def try_one(python: str, file: Path, folder: Path) -> None:
    """Install a file into a fresh environment, as a user does, and lint the demo from another folder."""
    home = folder / "environment"
    command("venv", python, "-m", "venv", str(home))
    scripts = home / ("Scripts" if sys.platform == "win32" else "bin")
    pip = (str(scripts / "python"), "-m", "pip", "--disable-pip-version-check", "--quiet")
    command(f"the installation of {file.name}", *pip, "install", str(file), cwd=folder)
    imagelint = str(scripts / "imagelint")
    shown = command("imagelint --version", imagelint, "--version", cwd=folder)
    if version() not in shown.split():
        raise NotReadyError(f"{file.name} calls itself {shown.strip()}, not {version()}")
    report = command("imagelint check", imagelint, "check", str(DEMO), "--fail-on=never", "--format=json", cwd=folder)
    codes = sorted(finding["code"] for finding in json.loads(report)["findings"])
    if codes != list(DEMO_FINDINGS):
        raise NotReadyError(
            f"{file.name} finds {', '.join(codes) or 'nothing'} in the demo, not {', '.join(DEMO_FINDINGS)}"
        )


def pythons() -> Iterator[tuple[str, str]]:
    """The Pythons of this machine: version and program, from PATH or else from pyenv."""
    for name in PYTHONS:
        versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
        places = [shutil.which(f"python{name}"), *sorted(map(str, versions.glob(f"{name}.*/bin/python")))]
        if name == f"{sys.version_info.major}.{sys.version_info.minor}":
            places.append(sys.executable)
        for place in places:
            if place and is_python(place, name):
                yield name, place
                break


def is_python(place: str, name: str) -> bool:
    """Whether a program is that Python; pyenv puts one of each name on PATH, which may only say that it is none."""
    script = "import sys; print('%d.%d' % sys.version_info[:2])"
    done = subprocess.run([place, "-c", script], capture_output=True, text=True, check=False)
    return done.stdout.strip() == name


def artefacts() -> list[Path]:
    """The files of dist/, the wheel first."""
    return sorted(DIST.glob("*.whl")) + sorted(DIST.glob("*.tar.gz"))


def version() -> str:
    """The version that imagelint/version.py states."""
    match = re.search(r'VERSION: Final = "([^"]+)"', (ROOT / VERSION_FILE).read_text(encoding="utf-8"))
    if not match:
        raise NotReadyError(f"{VERSION_FILE} states no VERSION")
    return match[1]


def print_notes(tag: str = "") -> None:
    """Print the notes of this version; a tag that is given must be its own."""
    found = version()
    if tag not in ("", f"v{found}"):
        raise NotReadyError(f"the tag is {tag}, and {VERSION_FILE} says {found}")
    print(notes(found))


def notes(released: str) -> str:
    """The text of a version's section of CHANGELOG.md.

    Raises NotReadyError where there is no such section with a date and a text, or where changes stand under Unreleased.
    """
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    parts = re.split(r"^## (\S+)(?: - (\d{4}-\d{2}-\d{2}))?\n", text, flags=re.MULTILINE)
    entries = zip(parts[1::3], parts[2::3], parts[3::3], strict=True)
    sections = {name: (date, body.strip()) for name, date, body in entries}
    if sections.get("Unreleased", ("", ""))[1]:
        raise NotReadyError("CHANGELOG.md has changes under Unreleased; give them a version")
    date, body = sections.get(released, ("", ""))
    if not date or not body:
        raise NotReadyError(f"CHANGELOG.md has no section `## {released} - YYYY-MM-DD` with a text")
    return body


def git(*words: str, check: bool = True) -> str:
    """What git prints, or nothing where it fails and need not succeed."""
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    if check and done.returncode:
        raise NotReadyError(f"git {words[0]}: {last_line(done.stderr)}")
    return done.stdout.strip("\n") if done.returncode == 0 else ""


def command(what: str, *words: str, cwd: Path = ROOT, env: dict[str, str] | None = None) -> str:
    """Run a program and return what it prints.

    Raises NotReadyError with its last line where it fails; all that it wrote goes to stderr before.
    """
    try:
        done = subprocess.run(words, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    except OSError as error:
        raise NotReadyError(f"{what}: {error}") from error
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
        raise NotReadyError(f"{what} failed: {last_line(done.stderr or done.stdout)}")
    return done.stdout


def last_line(text: str) -> str:
    """The last line that is not empty."""
    return ([line for line in text.splitlines() if line.strip()] or ["no message"])[-1]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
