"""Which imagelint is measured: a wheel of this tree in a virtual environment of its own, or an install that exists."""

from __future__ import annotations

import json
import subprocess
import sys
import time
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
    "compiled": not util.find_spec("imagelint.memo").origin.endswith(".py"),
    "cfnlint": metadata.version("cfn-lint") if util.find_spec("cfnlint") else None,
}))
"""


@dataclass(frozen=True)
class Install:
    """An interpreter that has imagelint."""

    python: Path
    words: str
    """What is installed, in words."""
    is_compiled: bool
    cfnlint: str | None
    """The version of cfn-lint; None where there is none, as in an install without the extra."""

    def program(self, name: str) -> str:
        """The path of a command of the same environment."""
        return str(self.python.parent / name)


@dataclass(frozen=True)
class Setup:
    """What an install from a package index costs."""

    seconds: float
    size: int
    """Bytes of everything beside what a new virtual environment has."""
    packages: int


def fresh(folder: Path) -> tuple[Install, dict[str, Setup]]:
    """Install a wheel of this tree in new virtual environments, without and with cfn-lint, and give the second."""
    setups = {}
    for name, extra in (("imagelint", ""), ("imagelint[cfn-lint]", "[cfn-lint]")):
        home = folder / f"venv{extra}"
        python = home / ("Scripts" if sys.platform == "win32" else "bin") / "python"
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        pip = [str(python), "-m", "pip", "--quiet", "--disable-pip-version-check"]
        if not (folder / "wheel").exists():
            subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", str(folder / "wheel"), str(ROOT)], check=True)
        (wheel,) = (folder / "wheel").glob("*.whl")
        before, start = _held(home), time.perf_counter()
        subprocess.run([*pip, "install", "--no-cache-dir", f"{wheel}{extra}"], check=True)
        seconds, after = time.perf_counter() - start, _held(home)
        setups[name] = Setup(seconds, after[0] - before[0], after[1] - before[1])
    return existing(python), setups


def _held(home: Path) -> tuple[int, int]:
    """The bytes of a virtual environment's files, and its number of packages."""
    files = [file for file in home.rglob("*") if file.is_file() and not file.is_symlink()]
    return sum(file.stat().st_size for file in files), len([*home.rglob("*.dist-info/METADATA")])


def existing(python: Path) -> Install:
    """The install that an interpreter has."""
    told = subprocess.run([str(python), "-c", _ASK], cwd=python.parent, check=True, capture_output=True, text=True)
    found = json.loads(told.stdout)
    wheel = "a compiled wheel" if found["compiled"] else "a wheel"
    kind = "an editable install" if found["editable"] else f"{wheel} in a virtual environment"
    words = f"imagelint {found['version']}, {kind}, with Python {found['python']}"
    return Install(python, words, found["compiled"], found["cfnlint"])
