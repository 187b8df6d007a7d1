"""A line on a terminal that says what takes so long; nothing for a run that does not, or where nobody looks."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from threading import Event

DELAY: Final = 1.0
"""Seconds that nothing is said for."""
_INTERVAL: Final = 0.5
"""Seconds between two looks at the clock."""


@contextlib.contextmanager
def progress(doing: str) -> Iterator[None]:
    """Say on stderr what is being done while the context lasts, with the seconds so far; the line goes away with it.

    `doing` is one line of text that is safe to print. Only where stderr is a terminal.
    """
    stream = sys.stderr
    if stream is None or not stream.isatty():
        yield
        return
    import threading

    is_done = threading.Event()
    writer = threading.Thread(target=_write, args=(stream, doing, is_done), daemon=True)
    writer.start()
    try:
        yield
    finally:
        is_done.set()
        writer.join()


def _write(stream: TextIO, doing: str, is_done: Event) -> None:
    start, shown = time.monotonic(), ""
    wait = DELAY
    with contextlib.suppress(OSError):  # a terminal that is gone is no reason for the run to end
        while not is_done.wait(wait):
            line = f"imagelint: {doing}, {time.monotonic() - start:.0f} s"[: _width(stream)]
            stream.write("\r" + line.ljust(len(shown)))
            stream.flush()
            shown, wait = line, _INTERVAL
        if shown:
            stream.write("\r" + " " * len(shown) + "\r")
            stream.flush()


def _width(stream: TextIO) -> int:
    """The columns of a line that surely does not wrap."""
    try:
        return os.get_terminal_size(stream.fileno()).columns - 1 or 79
    except (OSError, ValueError):
        return 79
