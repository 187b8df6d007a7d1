"""The benchmark: what a whole `imagelint check` costs, next to the least that it could cost and to others.

python benchmarks/run.py            measure everything, write RESULTS.md
python benchmarks/run.py --quick    1 and 10 stacks, without others; writes nothing
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import assemblies
import install
import others
import results
import worst
from install import Install, Setup
from measure import Cost, Program, measure
from others import Others

MIXED: Final = (1, 10, 100, 1000)
FUNCTIONS: Final = (100, 300, 1000, 3000, 10_000, 50_000)
ONCE: Final = 50_000
"""Functions with which one run is enough: it takes most of a minute."""
QUICK_FUNCTIONS: Final = (100, 300, 1000)
_CFN_LINT_STATUSES: Final = frozenset(range(16))
"""Every kind of finding is a bit of its exit status."""


@dataclass(frozen=True)
class Plan:
    """An assembly to be measured."""

    name: str
    words: str
    make: Callable[[int], Iterator[assemblies.Stack]]
    size: int
    with_others: bool = False


def plans(is_quick: bool) -> Iterator[Plan]:
    """The assemblies of the first table."""
    for size in MIXED[:2] if is_quick else MIXED:
        words = "1 stack" if size == 1 else f"{size:,} stacks"
        yield Plan(f"mixed-{size}", words, assemblies.mixed, size, with_others=size <= 10 and not is_quick)
    yield Plan("faulty", "1 template with 300 functions, findings on each", assemblies.faulty, 300)
    yield Plan("nesting", "100 nested stacks", assemblies.nesting, 100)


def main() -> None:
    """Parse the command line, measure, tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="1 and 10 stacks, fewer runs, without others")
    parser.add_argument("--runs", type=int, help="how often each program runs  [default: 7, quick: 3]")
    parser.add_argument("--python", type=Path, help="measure the install of this interpreter, not a new one")
    parser.add_argument("--output", type=Path, help="where the results go  [default: RESULTS.md, quick: nowhere]")
    options = parser.parse_args()
    output = options.output or (None if options.quick else Path(__file__).parent / "RESULTS.md")
    with tempfile.TemporaryDirectory(prefix="imagelint-benchmark-") as name:
        folder = Path(name)
        setups: Mapping[str, Setup] = {}
        if options.python:
            installed = install.existing(options.python.absolute())
        else:
            installed, setups = install.fresh(folder)
        text = _measured(folder, installed, setups, options.runs or (3 if options.quick else 7), options.quick)
    print(text)
    if output is not None:
        results.write(output, text)


def _measured(folder: Path, installed: Install, setups: Mapping[str, Setup], runs: int, is_quick: bool) -> str:
    beside = None if is_quick else others.fresh(folder)
    cases = [_case(folder, installed, beside, plan, runs) for plan in plans(is_quick)]
    scaling = _scaling(folder, installed, QUICK_FUNCTIONS if is_quick else FUNCTIONS, runs)
    text = results.render(installed, setups, runs, cases, scaling)
    return text if is_quick else f"{text}\n{worst.render([*worst.measured(installed, folder / 'worst', worst.ROWS)])}"


def _case(folder: Path, installed: Install, beside: Others | None, plan: Plan, runs: int) -> results.Case:
    """Measure all programs on one assembly."""
    _say(plan.words)
    at = folder / plan.name
    _make(at, plan)
    functions, findings = _counted(installed, at, assemblies.functions_in(plan.make(plan.size)))
    costs = dict(measure([*_programs(installed)], at, runs))
    templates = sorted(f"cdk.out/{file.name}" for file in (at / "cdk.out").glob("*.template.json"))
    if plan.with_others:
        programs = [*_cfn_lint(installed, templates), *(beside.programs(templates) if beside else ())]
        costs |= measure(programs, at, max(5, runs - 2))
    size = sum((at / name).stat().st_size for name in templates)
    return results.Case(plan.words, len(templates), size, functions, findings, costs)


def _scaling(folder: Path, installed: Install, counts: Sequence[int], runs: int) -> results.Scaling:
    """The cost of ever more functions, less that of none."""
    costs: dict[int, Cost] = {}
    for count in (0, *counts):
        _say(f"{count:,} functions")
        at = folder / f"dense-{count}"
        _make(at, Plan(at.name, at.name, assemblies.dense, count))
        _counted(installed, at, count)
        imagelint, _ = _programs(installed)
        costs[count] = measure([imagelint], at, 1 if count >= ONCE else runs)[imagelint.name]
    start_up = costs.pop(0)
    return results.Scaling(
        start_up, costs, worst.exponent({count: cost.cpu - start_up.cpu for count, cost in costs.items()})
    )


def _make(folder: Path, plan: Plan) -> None:
    """Write an assembly."""
    folder.mkdir()
    assemblies.write(folder / "cdk.out", plan.make(plan.size))


def _programs(installed: Install) -> tuple[Program, Program]:
    imagelint = Program("imagelint check", (installed.program("imagelint"), "check"), frozenset({0, 1}))
    floor = Path(__file__).parent / "floor.py"
    return imagelint, Program("floor", (str(installed.python), str(floor), "cdk.out"))


def _cfn_lint(installed: Install, templates: Sequence[str]) -> Iterator[Program]:
    """cfn-lint on some templates, without and with imagelint's plugin; nothing where it is not installed."""
    if not installed.cfnlint:
        return
    command = (installed.program("cfn-lint"), "--template", *templates)
    yield Program("cfn-lint", command, _CFN_LINT_STATUSES)
    plugin = (*command, "--append-rules", "imagelint.cfnlint_plugin")
    yield Program("cfn-lint with imagelint's plugin", plugin, _CFN_LINT_STATUSES)


def _counted(installed: Install, folder: Path, expected: int) -> tuple[int, int]:
    """How many functions imagelint judges and how many findings it has. Raises RuntimeError if it misses any."""
    command = [installed.program("imagelint"), "check", "--format", "json"]
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{folder.name}: exit status {done.returncode}: {done.stderr[-2000:]}")
    report = json.loads(done.stdout)
    if report["errors"] or report["summary"]["functions"] != expected:
        raise RuntimeError(f"{folder.name}: {report['summary']}, {report['errors'][:3]}")
    return expected, len(report["findings"])


def _say(words: str) -> None:
    print(f"... {words}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
