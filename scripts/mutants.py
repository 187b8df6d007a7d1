"""Change the modules that verdicts come from in one small way after another; count what the tests see.

A line a module; exits with 1 when one is below the bound. What survives, and why: MUTANTS.md beside this.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent
COPY = ROOT / "mutants"
"""Where mutmut keeps the mutated tree, and the results of the last run."""
MODULES = (
    "aws/policy/statements",
    "aws/policy/principals",
    "aws/policy/conditions",
    "aws/policy/decision",
    "text/matching",
    "aws/image_reference",
    "cloudformation/assumptions",
    "cloudformation/conditions",
    "cloudformation/evaluation",
    "cloudformation/functions",
    "cloudformation/names",
    "cloudformation/values",
    "cloudformation/walk",
)
LOWEST = 85
"""Per cent of the mutants that the tests have to see, for each module."""

# mutmut's wrappers cost frames, and the evaluator's own bounds have to be reached before Python's.
MUTMUT = "import sys; sys.setrecursionlimit(20_000); from mutmut.__main__ import cli; cli()"


def main() -> int:
    """The exit status. With names of mutants as arguments (`*` allowed) only those are tested anew."""
    names = sys.argv[1:]
    if not names and COPY.exists():  # mutmut would keep what it found with tests that have changed since
        shutil.rmtree(COPY)
    run = [sys.executable, "-c", MUTMUT, "run", "--max-children", "1", *names]
    status = subprocess.run(run, cwd=ROOT, check=False).returncode
    if status:
        return status
    print(f"\n{'module':<28}{'mutants':>8}{'killed':>8}{'survived':>10}{'timeout':>9}{'per cent':>10}")
    return max([report(module) for module in MODULES])


def report(module: str) -> int:
    """Write a module's line; 1 when too many of its mutants live."""
    exits: Mapping[str, int | None] = json.loads((COPY / f"imagelint/{module}.py.meta").read_text())["exit_code_by_key"]
    # pytest's 1: a test failed. A mutant that no test comes by lives as well.
    fates = Counter(
        "killed" if code == 1 else "timeout" if code in (-24, 24, 36, 152, 255) else "survived"
        for code in exits.values()
    )
    seen = 100 * (fates["killed"] + fates["timeout"]) / len(exits)
    print(
        f"{module:<28}{len(exits):>8}{fates['killed']:>8}{fates['survived']:>10}{fates['timeout']:>9}{seen:>10.1f}",
        *(["  too few"] if seen < LOWEST else []),
    )
    return int(seen < LOWEST)


if __name__ == "__main__":
    sys.exit(main())
