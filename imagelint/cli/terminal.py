"""Where reports go: files that are written whole or not at all, and a process that a signal ends in good order."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import stat
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any, Final, NoReturn

_SIGNALS: Final = ("SIGINT", "SIGTERM", "SIGHUP")
_DEVICES: Final = ("/dev/", "/proc/")
"""Where a name may stand for a file that somebody else has open, as /dev/stdout does."""
_INTERRUPTED: Final = 128
"""What a shell adds to a signal's number to make it an exit status."""


def write(file: str, text: str) -> None:
    """Write a file as UTF-8: beside its place first, so that a reader sees the old content or the new, never a part.

    What stands there and is no regular file (a pipe, /dev/stdout) is written to as it is. Raises OSError.
    """
    mode = _mode(file)
    if mode is not None and (not stat.S_ISREG(mode) or os.path.abspath(file).startswith(_DEVICES)):
        with open(file, "wb") as special:
            special.write(text.encode())
        return
    target = os.path.realpath(file)  # a symbolic link stays one
    folder, name = os.path.split(target)
    temporary = os.path.join(folder, f".{name[:64]}.{os.urandom(8).hex()}")
    try:
        with open(temporary, "xb") as new:
            new.write(text.encode())
        if mode is not None:
            os.chmod(temporary, stat.S_IMODE(mode))
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _mode(path: str) -> int | None:
    try:
        return os.stat(path).st_mode
    except FileNotFoundError:
        return None


def print_whole(text: str) -> None:
    """Write to standard output, in UTF-8 whatever the locale. Raises OSError, after which nothing more is written."""
    if sys.stdout is None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    try:
        sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()
    except OSError:
        # What is left in the buffer would be tried again, and be told of, when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise


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
