"""Where batches are judged: in killable processes of this machine, or elsewhere (`cluster`).

An engine does not know what is judged: it calls a function in a process that ends when its time is over.
"""

from __future__ import annotations

import multiprocessing
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future, TimeoutError
from contextlib import contextmanager
from typing import Any, Final, Protocol

from pebble import ProcessPool

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
        pool = pool_of(workers)
        try:
            yield _Processes(pool, workers, temporary)
        finally:
            pool.stop()
            pool.join()


_MAX_FOLDER: Final = 70
"""Characters of the temporary folder with which the socket's path stays below 104, the least that systems allow."""


def pool_of(workers: int) -> Any:
    """Processes that are no forks of this one, whose threads would be lost in them.

    A server that forks them is quicker, where there is one: it listens on a socket in the temporary folder, whose path
    may have no more than about a hundred characters.
    """
    is_served = "forkserver" in multiprocessing.get_all_start_methods() and len(tempfile.gettempdir()) <= _MAX_FOLDER
    method = "forkserver" if is_served else "spawn"
    context = multiprocessing.get_context(method)
    if method == "forkserver":
        context.set_forkserver_preload(["imagelint.audit.judging"])
    return ProcessPool(max_workers=workers, context=context)
