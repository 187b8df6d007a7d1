"""Measures whole processes: the time of the processor and of the clock, and the most memory held at once."""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_LAUNCH: Final = Path(__file__).parent / "launch.py"


@dataclass(frozen=True)
class Cost:
    """What one process cost, its children included; or the medians of several."""

    cpu: float
    """Seconds, user and system."""
    wall: float
    """Seconds."""
    peak: float
    """MiB."""


@dataclass(frozen=True)
class Program:
    """A command that is measured, and the exit statuses that say it did its work."""

    name: str
    command: tuple[str, ...]
    statuses: frozenset[int] = frozenset({0})


def measure(programs: Sequence[Program], folder: Path, runs: int) -> Mapping[str, Cost]:
    """The medians of each program's costs in a working directory; their runs take turns, so that all meet the same
    disturbances, and one round before them fills the caches."""
    costs: dict[str, list[Cost]] = {program.name: [] for program in programs}
    for each in range(runs + 1):
        for program in (*programs[each % len(programs) :], *programs[: each % len(programs)]):
            cost = _run(program, folder)
            if each or runs == 1:
                costs[program.name].append(cost)
    return {name: _median(listed) for name, listed in costs.items()}


def _median(costs: Sequence[Cost]) -> Cost:
    cpu, wall, peak = zip(*((cost.cpu, cost.wall, cost.peak) for cost in costs), strict=True)
    return Cost(statistics.median(cpu), statistics.median(wall), statistics.median(peak))


def _run(program: Program, folder: Path) -> Cost:
    """Run a program to its end. Raises RuntimeError if it fails."""
    command = [sys.executable, "-I", "-S", str(_LAUNCH), *program.command]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, errors="replace")
    status, cpu, wall, peak = done.stdout.split()
    if int(status) not in program.statuses:
        raise RuntimeError(f"{program.name}: exit status {status}: {done.stderr[-2000:]}")
    unit = 1 if sys.platform == "darwin" else 1024  # getrusage(2): bytes there, KiB elsewhere
    return Cost(float(cpu), float(wall), int(peak) * unit / 2**20)
