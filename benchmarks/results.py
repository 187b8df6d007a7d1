"""The results as Markdown: what was measured on which machine, and whether the targets are met."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Final

from install import Install, Setup
from measure import Cost

BY_HAND: Final = "## What each change brought"
"""From this heading on the file is written by hand, and kept."""
_IMAGELINT, _FLOOR = "imagelint check", "floor"


@dataclass(frozen=True)
class Case:
    """What was measured on one assembly."""

    words: str
    templates: int
    size: int
    """Bytes of all templates."""
    functions: int
    findings: int
    costs: Mapping[str, Cost]
    """By the program's name."""

    def ratio(self, one: str, other: str) -> float:
        """How often the processor time of one program holds another's."""
        return self.costs[one].cpu / self.costs[other].cpu


@dataclass(frozen=True)
class Scaling:
    """What more functions cost."""

    start_up: Cost
    """Of an assembly without functions."""
    costs: Mapping[int, Cost]
    """By the number of functions."""
    exponent: float

    def speed(self, functions: int) -> float:
        """Functions judged in a second of processor time, start-up not counted."""
        return functions / (self.costs[functions].cpu - self.start_up.cpu)


def render(installed: Install, setups: Mapping[str, Setup], runs: int, cases: Sequence[Case], scaling: Scaling) -> str:
    """All results as one Markdown text."""
    cfn_lint = installed.cfnlint or "none"
    lines = [
        "# Benchmark",
        "",
        f"Measured on {datetime.now(timezone.utc):%-d %B %Y} on {_machine()}: {installed.words}, cfn-lint "
        f"{cfn_lint}. Whole processes, by turns, medians of {runs} runs (others: {max(5, runs - 2)}; the most "
        "functions: 1). CPU is user and system time; ratios are of CPU time.",
        "",
        "*floor* is a process that only imports click and yaml and json-loads every template. One stack in five has "
        "four image functions. `make bench` measures anew.",
        "",
        *_targets(installed, setups, cases, scaling),
        *_setups(setups),
        "## Whole processes",
        "",
        "| assembly | templates | functions | findings | program | CPU s | wall s | peak MiB | of the floor |",
        "|---|---|---|---|---|---|---|---|---|",
        *(row for case in cases for row in _rows(case)),
        "",
        "## Cost of functions",
        "",
        f"Stacks that hold little but image functions. One without any takes {scaling.start_up.cpu:.3f} s of CPU.",
        "",
        "| functions | CPU s | wall s | peak MiB | functions a second, start-up not counted |",
        "|---|---|---|---|---|",
        *(
            f"| {count:,} | {cost.cpu:.3f} | {cost.wall:.3f} | {cost.peak:.0f} | {scaling.speed(count):,.0f} |"
            for count, cost in scaling.costs.items()
        ),
        "",
        f"The cost grows with the number of functions to the power of {scaling.exponent:.2f}.",
        "",
    ]
    return "\n".join(lines)


def write(file: Path, text: str) -> None:
    """Write the results, and keep what stands in the file by hand."""
    old = file.read_text(encoding="utf-8") if file.exists() else ""
    _, heading, kept = old.partition(BY_HAND)
    file.write_text(text + (f"\n{heading}{kept}" if heading else ""), encoding="utf-8")


def _setups(setups: Mapping[str, Setup]) -> Iterator[str]:
    """Nothing for an install that was there before the measurement."""
    if not setups:
        return
    yield from (
        "## Install",
        "",
        "With pip and without its cache, in a new virtual environment, what that has not counted.",
    )
    yield from ("", "| pip install | packages | MB | s |", "|---|---|---|---|")
    for name, setup in setups.items():
        yield f"| {name} | {setup.packages} | {setup.size / 1e6:.1f} | {setup.seconds:.1f} |"
    yield ""


def _rows(case: Case) -> Iterator[str]:
    about = f"{case.words} | {case.templates:,}, {case.size / 1e6:.1f} MB | {case.functions:,} | {case.findings:,}"
    for name, cost in case.costs.items():
        numbers = f"{cost.cpu:.3f} | {cost.wall:.3f} | {cost.peak:.0f} | {case.ratio(name, _FLOOR):.2f}"
        yield f"| {about} | {name} | {numbers} |"
        about = " | | | "


def _targets(installed: Install, setups: Mapping[str, Setup], cases: Sequence[Case], scaling: Scaling) -> Iterator[str]:
    yield from ("| target | measured | met |", "|---|---|---|")
    if core := setups.get("imagelint"):
        is_lean = core.size <= 30e6 and core.seconds < 10
        yield _target("an install: 30 MB, 10 s", f"{core.size / 1e6:.1f} MB, {core.seconds:.1f} s", is_lean)
    by_words = {case.words: case for case in cases}
    if one := by_words.get("1 stack"):
        ratio = one.ratio(_IMAGELINT, _FLOOR)
        yield _target("1 stack: at most 1.4 of the floor", f"{ratio:.2f}", ratio <= 1.4)
    if thousand := by_words.get("1,000 stacks"):
        ratio, peak = thousand.ratio(_IMAGELINT, _FLOOR), thousand.costs[_IMAGELINT].peak
        yield _target("1,000 stacks: at most 2.2 of the floor", f"{ratio:.2f}", ratio <= 2.2)
        yield _target("1,000 stacks: less than 100 MiB", f"{peak:.0f} MiB", peak < 100)
    yield _target("cost of functions: exponent at most 1.05", f"{scaling.exponent:.2f}", scaling.exponent <= 1.05)
    if installed.is_compiled:  # which that target is for
        most = max(scaling.costs)
        speed = scaling.speed(most)
        yield _target("2,000 functions a second on one core", f"{speed:,.0f} at {most:,} functions", speed >= 2000)
    yield ""


def _target(words: str, measured: str, is_met: bool) -> str:
    return f"| {words} | {measured} | {'yes' if is_met else '**no**'} |"


def _machine() -> str:
    """The machine in words."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = f"{platform.system()} machine ({platform.machine()})"
    return f"a {system} with {os.cpu_count()} cores and {memory:.0f} GiB of memory"
