"""Writes the locks beside this file: every distribution that is installed for a purpose, with its hashes.

The index is read as it was at `exclude-newer` of pyproject.toml, so a lock changes only when that date or a name does.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent
OLDEST_PYTHON: Final = "3.10"
LOCKS: Final = {
    "core": ["pyproject.toml", "--group", "build"],
    "test": ["pyproject.toml", "--group", "test"],
    "cdk-oldest": ["--group", "cdk-oldest"],
    "cdk-middle": ["--group", "cdk-middle"],
    "cdk-newest": ["--group", "cdk-newest"],
    "compiled": ["--group", "compiled", "--constraints", "requirements/test.txt"],
    "wheels": ["--group", "wheels", "--python-version", "3.13"],
    "fuzz": ["pyproject.toml", "--group", "fuzz", "--python-version", "3.12"],
    "mutants": ["pyproject.toml", "--group", "mutants", "--constraints", "requirements/test.txt"],
}


def lock(name: str, sources: list[str]) -> None:
    """Resolve `sources` for every system and every Python from the oldest on."""
    command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--upgrade"]
    options = ["--no-header", "--no-annotate", "--only-binary", ":all:"]
    python = [] if "--python-version" in sources else ["--python-version", OLDEST_PYTHON]
    output = ["--output-file", f"requirements/{name}.txt"]
    subprocess.run([*command, *options, *python, *sources, *output], cwd=FOLDER.parent, check=True)


if __name__ == "__main__":
    for each, sources in LOCKS.items():
        lock(each, sources)
