"""Which imagelint is measured: a wheel of this tree in a virtual environment of its own, or an install that exists."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
_ASK: Final = """
import importlib.metadata as metadata, importlib.util as util, json, platform
imagelint = metadata.distribution("imagelint")
print(json.dumps({
    "version": imagelint.version,
    "editable": '"editable": true' in (imagelint.read_text("direct_url.json") or ""),
    "python": platform.python_version(),
    "cfnlint": metadata.version("cfn-lint"),
    "plugin": util.find_spec("imagelint.cfnlint_plugin") is not None,
}))
"""


@dataclass(frozen=True)
class Install:
    """An interpreter that has imagelint."""

    python: Path
    words: str
    """What is installed, in words."""
    cfnlint: str
    has_plugin: bool

    def program(self, name: str) -> str:
        """The path of a command of the same environment."""
        return str(self.python.parent / name)


def fresh(folder: Path) -> Install:
    """Build a wheel of this tree and install it, with what it depends on, in a new virtual environment."""
    python = folder / "venv" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
    pip = [str(python), "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", str(folder / "wheel"), str(ROOT)], check=True)
    (wheel,) = (folder / "wheel").glob("*.whl")
    subprocess.run([*pip, "install", str(wheel)], check=True)
    return existing(python)


def existing(python: Path) -> Install:
    """The install that an interpreter has."""
    told = subprocess.run([str(python), "-c", _ASK], cwd=python.parent, check=True, capture_output=True, text=True)
    found = json.loads(told.stdout)
    kind = "an editable install" if found["editable"] else "a wheel in a virtual environment"
    words = f"imagelint {found['version']}, {kind}, with Python {found['python']}"
    return Install(python, words, found["cfnlint"], found["plugin"])
