"""Programs of others on the same templates: checkov, and AWS CloudFormation Guard as the package that binds it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from measure import Program

CHECKOV: Final = "3.3.30"
GUARD: Final = "0.3.3"
_WITH_GUARD: Final = Path(__file__).parent / "with_guard.py"


@dataclass(frozen=True)
class Others:
    """The interpreters that have them."""

    checkov: Path
    guard: Path

    def programs(self, templates: Sequence[str]) -> Iterator[Program]:
        """Each on some templates, given relative to the working directory."""
        checkov = (str(self.checkov), str(self.checkov.parent / "checkov"), "--framework", "cloudformation")
        quietly = ("--quiet", "--compact", "--skip-download", "--file", *templates)
        yield Program(f"checkov {CHECKOV}", (*checkov, *quietly), frozenset({0, 1}))
        yield Program(f"cfn-guard-rs {GUARD}, two rules", (str(self.guard), str(_WITH_GUARD), *templates))


def fresh(folder: Path) -> Others:
    """Install both, each in a new virtual environment."""
    return Others(_installed(folder, f"checkov=={CHECKOV}"), _installed(folder, f"cfn-guard-rs=={GUARD}"))


def _installed(folder: Path, requirement: str) -> Path:
    home = folder / requirement
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
    python = home / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, requirement], check=True)
    return python
