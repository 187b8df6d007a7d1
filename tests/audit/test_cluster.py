"""`imagelint audit --scheduler`: the same rows from the workers of a Dask cluster, whatever happens to them."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from distributed import LocalCluster

from support.audit import findings, rows, sequential
from support.builders import image, write_assembly
from support.cli import run

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Two workers in processes of their own, each watched by a nanny as `dask worker` does it."""
    with LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
    ) as made:
        yield made


@pytest.fixture(autouse=True)
def _in_its_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for number in range(30):
        write_assembly(f"apps/{number}/cdk.out", {"Api": {"Fn": image(f":v{number}" if number % 3 else ":latest")}})
        Path(f"apps/{number}/cdk.out/cdk.out").write_text("{}")


def audit(cluster: Any, *arguments: str) -> Any:
    address = cluster.scheduler_address
    return run("audit", "apps/**", "--output", "audit", "--scheduler", address, *arguments)


def assert_all_is_there() -> None:
    read = sorted(row["source"] for row in rows("sources") if row["source"].endswith("cdk.out"))
    assert read == sorted(f"file://{Path(f'apps/{number}/cdk.out').absolute()}" for number in range(30))
    for number in (0, 1, 29):
        assert findings(f"apps/{number}/cdk.out") == sequential(Path(f"apps/{number}/cdk.out"))
    assert len(rows("findings")) == 30


def test_rows_are_those_of_check(cluster: Any) -> None:
    done = audit(cluster)
    assert (done.exit_code, done.stderr) == (0, "")
    assert_all_is_there()


def test_what_hangs_meets_the_time_limit(cluster: Any) -> None:
    os.mkfifo("apps/hangs.zip")
    done = audit(cluster, "--time-limit", "4")
    assert done.exit_code == 3
    assert_all_is_there()
    assert [row["reason"] for row in rows("sources") if row["status"] == "unread"] == ["took more than 4 seconds"]


def test_a_worker_that_is_killed_costs_a_retry_and_nothing_else(cluster: Any) -> None:
    """The Dask worker itself, while it waits for a source: its nanny starts another one."""
    os.mkfifo("apps/hangs.zip")
    killed = []

    def kill() -> None:
        time.sleep(1.0)
        for worker in cluster.workers.values():
            killed.append(worker.pid)
            os.kill(worker.pid, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    done = audit(cluster, "--time-limit", "2")
    killer.join()
    assert done.exit_code == 3
    assert len(killed) == 2
    assert_all_is_there()
    assert len(rows("sources")) == 31
    end = time.monotonic() + 10
    while (left := _orphans(killed)) and time.monotonic() < end:
        time.sleep(0.1)
    assert left == []


def _orphans(parents: list[int]) -> list[int]:
    """The processes that dead workers have left behind."""
    return [each.pid for each in psutil.process_iter() if each.ppid() in parents]


def test_a_cluster_that_is_not_there_is_one_line() -> None:
    done = run("audit", "apps", "--output", "audit", "--scheduler", "tcp://127.0.0.1:1")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1].startswith("Error: --scheduler tcp://127.0.0.1:1: cannot be reached: ")
