"""An existing Dask cluster as the engine of an audit. The one module that imports distributed.

A worker of Dask cannot be killed for one source, so each has killable processes of its own while the audit lasts.
"""

from __future__ import annotations

import multiprocessing
import tempfile
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, Final

import distributed

from imagelint.audit.engines import Engine, Function, pool_of
from imagelint.model import UsageError

_CONNECT: Final[Any] = distributed.Client
_SECONDS: Final = 10
"""How long is tried to reach the scheduler."""


class _Processes(distributed.WorkerPlugin):
    """What each worker has while the audit lasts, also one that comes later."""

    def __init__(self) -> None:
        self.pool: Any = None

    def setup(self, worker: Any) -> None:
        # Dask's nanny starts its workers as daemons, which must not have children by multiprocessing's own rule.
        multiprocessing.current_process().daemon = False
        self.pool = pool_of(worker.state.nthreads)

    def teardown(self, worker: Any) -> None:
        self.pool.stop()
        self.pool.join()


class _Cluster:
    """The workers of a cluster."""

    def __init__(self, client: Any, plugin: str) -> None:
        self._executor = client.get_executor(pure=False, retries=3)  # Dask's own, for a worker that is lost
        self._client, self._plugin = client, plugin

    @property
    def parallel(self) -> int:
        threads: dict[str, int] = self._client.nthreads()
        return max(1, sum(threads.values()))

    def submit(self, function: Function, argument: Any, seconds: float) -> Future[Any]:
        return _Unwrapped(self._executor.submit(_called, self._plugin, function, argument, seconds))


class _Unwrapped(Future):  # type: ignore[type-arg]  # generic only for the type checker
    """A future of what `_called` returns, which raises what it says was raised."""

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


def _called(plugin: str, function: Function, argument: Any, seconds: float) -> tuple[Any, BaseException | None]:
    """What a function gives or raises, called in a process of this worker that ends when its time is over.

    An exception is a result here: Dask would call the function anew.
    """
    plugins: dict[str, Any] = distributed.get_worker().plugins
    processes: Callable[..., Future[Any]] = plugins[plugin].pool.schedule
    with tempfile.TemporaryDirectory(prefix="imagelint-") as temporary:
        future = processes(function, args=(argument, temporary), timeout=seconds)
        error = future.exception()
        return (None if error else future.result()), error


@contextmanager
def cluster(address: str) -> Iterator[Engine]:
    """An existing cluster, by the address of its scheduler. Raises UsageError where there is none, or no worker."""
    try:
        client = _CONNECT(address, timeout=_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UsageError(f"--scheduler {address}: cannot be reached: {error}") from None
    try:
        if not client.nthreads():
            raise UsageError(f"--scheduler {address}: has no workers")
        plugin = f"imagelint-{uuid.uuid4()}"
        client.register_plugin(_Processes(), name=plugin)
        try:
            yield _Cluster(client, plugin)
        finally:
            client.unregister_worker_plugin(plugin)
    finally:
        client.close()
