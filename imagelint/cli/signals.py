"""Signals that end a process: they do so in good order, so that temporary files and folders are removed."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any, Final, NoReturn

_SIGNALS: Final = ("SIGINT", "SIGTERM", "SIGHUP")
_INTERRUPTED: Final = 128
"""What a shell adds to a signal's number to make it an exit status."""


@contextlib.contextmanager
def exit_on_signals() -> Iterator[None]:
    """Let Ctrl-C and requests to end raise SystemExit(128 + signal), so that temporary files and folders are removed.

    A signal that the caller ignores stays ignored; so does everything that follows the first.
    """
    before = _heeded()

    def leave(number: int, frame: FrameType | None) -> NoReturn:
        for each in before:
            signal.signal(each, signal.SIG_IGN)
        sys.exit(_INTERRUPTED + number)

    for number in before:
        signal.signal(number, leave)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def signals_wait() -> Iterator[None]:
    """Let signals that arrive meanwhile take effect at the end of the context: what is started is known by then."""
    before = _heeded()
    arrived: list[int] = []
    for number in before:
        signal.signal(number, lambda number, frame: arrived.append(number))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for number in arrived:
            signal.raise_signal(number)


def _heeded() -> dict[int, Any]:
    """The signals that end a process and that the caller does not ignore, with what they do."""
    numbers = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]
    return {number: handler for number in numbers if (handler := signal.getsignal(number)) is not signal.SIG_IGN}
