"""What an audit of many assemblies costs, on this machine and on a Dask cluster of it, from memory and from an S3.

python benchmarks/audit.py [ASSEMBLIES [IN_S3]]        prints tables for RESULTS.md; 10,000 of both if nothing is said

The processor's seconds are those of all processes, looked at twice a second, so that what other programs do at the same
time does not count. The S3 is moto's on loopback, in a process of its own: it is slower than what it stands for.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import boto3
import psutil
from pyarrow import parquet

import assemblies

DISTINCT: Final = 25
"""Assemblies that are made; the others are copies of them, by links in memory."""
KEYS: Final = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none", "AWS_DEFAULT_REGION": "eu-west-1"}
S3: Final = """\
from moto.server import ThreadedMotoServer
import logging, sys, time
logging.disable()
server = ThreadedMotoServer("127.0.0.1", 0)
server.start()
print("at", server.get_host_and_port()[1], flush=True)
sys.stdin.read()
"""
CLUSTER: Final = """\
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    made = LocalCluster(n_workers=int(sys.argv[1]), threads_per_worker=1, dashboard_address=None, host="127.0.0.1")
    print("at", made.scheduler_address, flush=True)
    sys.stdin.read()
    made.close()
"""
HEADS: Final = (
    "where",
    "assemblies",
    "CPU s",
    "CPU ms each",
    "of it coordinator",
    "wall s",
    "a second",
    "coordinator MiB",
    "scheduler MiB",
    "worker MiB",
    "MB fetched",
)


class Cost(NamedTuple):
    """What one audit cost, besides the server of S3."""

    wall: float
    cpu: float
    coordinator: float
    """CPU seconds of the process that was started."""
    peak: float
    """MiB of the process that was started."""
    peak_scheduler: float
    """MiB of a cluster's scheduler."""
    peak_worker: float
    """MiB of the largest other process."""
    megabytes: float


class Watch:
    """The processes below this one, while it is looked at them."""

    def __init__(self, roots: list[psutil.Process]) -> None:
        self._roots = roots
        self.cpu: dict[int, float] = {}
        self.peak: dict[int, float] = {}
        self._is_done = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._before = self._now()

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._is_done.set()
        self._thread.join()

    def _now(self) -> dict[int, float]:
        found = {}
        for root in self._roots:
            try:
                for each in (root, *root.children(recursive=True)):
                    times, memory = each.cpu_times(), each.memory_info()
                    found[each.pid] = times.user + times.system
                    self.peak[each.pid] = max(self.peak.get(each.pid, 0), memory.rss / 2**20)
            except psutil.NoSuchProcess:
                continue
        return found

    def _look(self) -> None:
        while not self._is_done.wait(0.5):
            for pid, seconds in self._now().items():
                self.cpu[pid] = seconds - self._before.get(pid, 0)


@contextmanager
def started(program: str, *arguments: str) -> Iterator[tuple[str, psutil.Process]]:
    """A Python program that says where it is and lasts until its input ends: the place and the process."""
    command = [sys.executable, "-c", program, *arguments]
    if program is CLUSTER:  # its workers import it anew, so that it has to be a file
        file = Path(tempfile.mkdtemp()) / "cluster.py"
        file.write_text(program)
        command = [sys.executable, str(file), *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = next(line for line in process.stdout if line.startswith("at "))
        yield said.split()[1], psutil.Process(process.pid)


def audit(pattern: str, *options: str, besides: psutil.Process | None = None) -> Cost:
    """Run an audit to its end and say what it cost; `besides` is a cluster that works for it."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "imagelint", "audit", pattern, "--output", f"{folder}/audit", *options]
        start = time.monotonic()
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
            roots = [psutil.Process(process.pid), *([besides] if besides else [])]
            with Watch(roots) as watch:
                _, said = process.communicate()
        wall = time.monotonic() - start
        if process.returncode:
            raise RuntimeError(said)
        rows = parquet.read_table(f"{folder}/audit/sources", columns=["bytes", "status"]).to_pylist()
    others = {pid: peak for pid, peak in watch.peak.items() if pid not in [root.pid for root in roots]}
    return Cost(
        wall=wall,
        cpu=sum(watch.cpu.values()),
        coordinator=watch.cpu.get(process.pid, 0.0),
        peak=watch.peak[process.pid],
        peak_scheduler=watch.peak[besides.pid] if besides else 0.0,
        peak_worker=max(others.values()),
        megabytes=sum(row["bytes"] for row in rows) / 1e6,
    )


def make(folder: Path, count: int) -> None:
    """So many assemblies of one stack with four image functions, 20 of them in each team's folder."""
    plans = [stack for stack in assemblies.mixed(5 * DISTINCT) if len(stack.parts) > 3][:DISTINCT]
    for number, stack in enumerate(plans):
        assemblies.write(folder / "made" / str(number), [stack])
    for number in range(count):
        target = folder / "apps" / f"team{number // 20:05}" / f"app{number:05}" / "cdk.out"
        shutil.copytree(folder / "made" / str(number % DISTINCT), target, copy_function=os.link)


def upload(folder: Path, count: int, url: str) -> None:
    """The first of the assemblies, into a bucket."""
    client: Any = boto3.client("s3", endpoint_url=url)
    client.create_bucket(Bucket="builds", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    files = [each for app in sorted((folder / "apps").glob("*/*"))[:count] for each in app.rglob("*") if each.is_file()]
    with ThreadPoolExecutor(8) as pool:
        for _ in pool.map(lambda each: client.upload_file(str(each), "builds", str(each.relative_to(folder))), files):
            pass


def told(words: str, count: int, cost: Cost) -> None:
    """Print a row of the table."""
    cells = (
        words,
        f"{count:,}",
        f"{cost.cpu:.1f}",
        f"{1000 * cost.cpu / count:.1f}",
        f"{1000 * cost.coordinator / count:.2f}",
        f"{cost.wall:.1f}",
        f"{count / cost.wall:.0f}",
        f"{cost.peak:.0f}",
        f"{cost.peak_scheduler:.0f}" if cost.peak_scheduler else "",
        f"{cost.peak_worker:.0f}",
        f"{cost.megabytes:.1f}",
    )
    print(f"| {' | '.join(cells)} |", flush=True)


def main() -> None:
    """Measure all, and print it."""
    given = [int(each) for each in sys.argv[1:]]
    count, in_s3 = given + [10_000, 10_000][len(given) :]
    in_s3 = min(in_s3, count)
    print(f"| {' | '.join(HEADS)} |")
    print("|---" * len(HEADS) + "|")
    os.environ.update(KEYS)
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as name:
        folder = Path(name)
        make(folder, count)
        _measure("memory", f"{folder}/apps/**/cdk.out", count)
        with started(S3) as (port, _):
            os.environ["AWS_ENDPOINT_URL"] = url = f"http://127.0.0.1:{port}"
            upload(folder, in_s3, url)
            _measure("S3", "s3://builds/**/cdk.out", in_s3)


def _measure(where: str, pattern: str, count: int) -> None:
    for workers in ("2", "1"):
        told(f"{where}, processes: {workers}", count, audit(pattern, "--workers", workers))
        with started(CLUSTER, workers) as (address, process):
            cost = audit(pattern, "--scheduler", address, besides=process)
            told(f"{where}, Dask workers: {workers}", count, cost)


if __name__ == "__main__":
    main()
