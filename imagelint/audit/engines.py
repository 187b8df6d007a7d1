"""Where batches are judged: in killable processes of this machine, or on the workers of a Dask cluster.

Neither engine is told what is judged: it calls a function in a process that ends when its time is over.
"""

from __future__ import annotations

import multiprocessing
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future, TimeoutError
from contextlib import contextmanager
from functools import cache
from typing import Any, Protocol

from pebble import ProcessPool

from imagelint.model import UsageError

Function = Callable[..., Any]


class Engine(Protocol):
    """Calls functions elsewhere."""

    @property
    def parallel(self) -> int:
        """How many calls are made at one time."""

    def submit(self, function: Function, argument: Any, seconds: float) -> Future[Any]:
        """Call a function with an argument and the path of a temporary folder.

        The future raises what the function raises, an error that `is_out_of_time` when it took longer than so many
        seconds, and another one when its process ended.
        """


def is_out_of_time(error: BaseException) -> bool:
    """Whether a call was ended because it took too long, by what pebble says of it: drivers raise such errors too."""
    return isinstance(error, TimeoutError) and error.args[:1] == ("Task timeout",)


class _Processes:
    """Processes of this machine, each of which judges one batch at a time."""

    def __init__(self, pool: Any, workers: int, temporary: str) -> None:
        self.parallel = workers
        self._pool, self._temporary = pool, temporary

    def submit(self, function: Function, argument: Any, seconds: float) -> Future[Any]:
        future: Future[Any] = self._pool.schedule(function, args=(argument, self._temporary), timeout=seconds)
        return future


@contextmanager
def processes(workers: int) -> Iterator[Engine]:
    """Processes of this machine; they and what they have fetched are gone when the context ends."""
    with tempfile.TemporaryDirectory(prefix="imagelint-") as temporary:
        pool = _pool(workers)
        try:
            yield _Processes(pool, workers, temporary)
        finally:
            pool.stop()
            pool.join()


def _pool(workers: int) -> Any:
    """Processes that are no forks of this one, whose threads would be lost in them."""
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(method)
    if method == "forkserver":
        context.set_forkserver_preload(["imagelint.audit.judging"])
    return ProcessPool(max_workers=workers, context=context)


class _Cluster:
    """The workers of a Dask cluster. Each judges in processes of its own, since it cannot be killed for one source."""

    def __init__(self, client: Any) -> None:
        self._executor = client.get_executor(pure=False, retries=3)  # of its own for a worker that is lost
        self._client = client

    @property
    def parallel(self) -> int:
        threads: dict[str, int] = self._client.nthreads()
        return max(1, sum(threads.values()))

    def submit(self, function: Function, argument: Any, seconds: float) -> Future[Any]:
        return _Unwrapped(self._executor.submit(called, function, argument, seconds))


class _Unwrapped(Future):  # type: ignore[type-arg]  # generic only for the type checker
    """A future of what `called` returns, which raises what it says was raised."""

    def __init__(self, future: Future[tuple[Any, BaseException | None]]) -> None:
        super().__init__()
        future.add_done_callback(self._take)

    def _take(self, future: Future[tuple[Any, BaseException | None]]) -> None:
        if future.cancelled():
            self.set_exception(RuntimeError("the cluster dropped it"))
        elif (lost := future.exception()) is not None:
            self.set_exception(lost)
        else:
            result, error = future.result()
            self.set_result(result) if error is None else self.set_exception(error)


@contextmanager
def cluster(address: str) -> Iterator[Engine]:
    """An existing Dask cluster, by the address of its scheduler. Raises UsageError where there is none."""
    import distributed

    connect: Callable[..., Any] = distributed.Client
    try:
        client = connect(address, timeout=10, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UsageError(f"--scheduler {address}: cannot be reached: {error}") from None
    try:
        if not client.nthreads():
            raise UsageError(f"--scheduler {address}: has no workers")
        yield _Cluster(client)
    finally:
        client.close()


def called(function: Function, argument: Any, seconds: float) -> tuple[Any, BaseException | None]:
    """What a function gives or raises, called in a process of this Dask worker that ends when its time is over.

    An exception is a result here: Dask would call the function anew.
    """
    with tempfile.TemporaryDirectory(prefix="imagelint-") as temporary:
        future = _of_worker().schedule(function, args=(argument, temporary), timeout=seconds)
        error = future.exception()
        return (None if error else future.result()), error


@cache
def _of_worker() -> Any:
    """The processes of this Dask worker, as many as it has threads."""
    from distributed import get_worker

    # Dask's nanny starts its workers as daemons, which must not have children by multiprocessing's own rule.
    multiprocessing.current_process().daemon = False
    return _pool(get_worker().state.nthreads)
