"""What leaves the process: reports, in files that are written whole or not at all, messages, and a progress line."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Final, TextIO

import click

from imagelint.config.repository import is_inside, repository_root
from imagelint.model import Problem

if TYPE_CHECKING:
    from threading import Event

UNREAD: Final = 3
"""The exit status of a run that could not read or write something."""
_DEVICES: Final = ("/dev/", "/proc/")
"""Where a name may stand for a file that somebody else has open, as /dev/stdout does."""
_DELAY: Final = 1.0
"""Seconds before the progress line appears."""
_INTERVAL: Final = 0.5
"""Seconds between two looks at the clock."""


def complain(message: str) -> None:
    """Write one line to stderr."""
    from imagelint.report.escape import one_line

    write_message(f"imagelint: {one_line(message)}")


def write_message(line: str) -> None:
    """Write a line that is safe to print to stderr. Where that takes no more, the exit status alone speaks."""
    try:
        click.echo(line, err=True)
    except OSError:
        give_up(sys.stderr)


def give_up(stream: TextIO) -> None:
    """Send a stream that cannot be written nowhere: what is left in its buffer would be tried again, and be told of,
    when the interpreter ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def write_output(text: str) -> None:
    """Write a text to standard output; the process ends where that cannot be done."""
    if not deliver(text, None):
        sys.exit(UNREAD)


def report_problems(errors: Iterable[Problem], warnings: Iterable[Problem] = ()) -> None:
    """Write a line to stderr for each input that was not analysed, and for each warning of the run."""
    for problem in errors:
        complain(f"{problem.path}: {problem.message}")
    for warning in warnings:
        complain(f"warning: {warning.path}: {warning.message}")


def visible_lines(text: str) -> str:
    """Lines of text without anything that a terminal would obey."""
    from imagelint.report.escape import visible

    return "\n".join(map(visible, text.split("\n")))


def deliver(text: str, file: str | None) -> bool:
    """Write a text to a file or to standard output, and say whether that went well."""
    try:
        print_whole(text) if file is None else write(file, text)
    except OSError as error:
        complain(f"{file or 'standard output'}: cannot be written: {error.strerror}")
        return False
    return True


def stdout_takes_colour() -> bool:
    """Whether it is a terminal that knows colours, or somebody says so; sys.stdout is None where the caller closed it.

    NO_COLOR and FORCE_COLOR are the conventions of no-color.org and force-color.org; the first wins.
    """
    if sys.stdout is None or os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (sys.stdout.isatty() and not _is_dumb())


_LINKING: Final = ("iTerm.app", "WezTerm", "vscode", "ghostty", "Tabby", "Hyper")
"""The terminals, by TERM_PROGRAM, that follow OSC 8, as npm's supports-hyperlinks and their own manuals have it."""
_LINKING_BY_TERM: Final = ("xterm-kitty", "xterm-ghostty", "alacritty", "foot", "contour", "wezterm")
_VTE_WITH_LINKS: Final = 5001
"""VTE 0.50 was the first of GNOME's terminals with links; its first release crashed on some."""


def stdout_takes_links() -> bool:
    """Whether it is a terminal that is known to follow hyperlinks; others may show what makes them one."""
    if sys.stdout is None or not sys.stdout.isatty() or _is_dumb():
        return False
    named = os.environ.get
    if named("TERM", "").startswith(("screen", "tmux")):  # what is around them may be another terminal tomorrow
        return False
    vte = named("VTE_VERSION", "")
    return (
        named("TERM_PROGRAM") in _LINKING
        or named("TERM", "").startswith(_LINKING_BY_TERM)
        or bool(named("WT_SESSION") or named("KONSOLE_VERSION"))
        or (vte.isdecimal() and int(vte[:9]) >= _VTE_WITH_LINKS)
    )


def stdout_width() -> int:
    """The columns of the terminal that it is, or that COLUMNS says; 0 where it is none."""
    if sys.stdout is None or not sys.stdout.isatty():
        return 0
    given = os.environ.get("COLUMNS", "")
    return int(given[:9]) if given.isdecimal() and int(given[:9]) else _width(sys.stdout) + 1


def _is_dumb() -> bool:
    """Whether the terminal knows no control sequences (terminfo's entry `dumb`)."""
    return os.environ.get("TERM") == "dumb"


def write(file: str, text: str) -> None:
    """Write a file as UTF-8: beside its place first, so that a reader sees the old content or the new, never a part.

    What stands there and is no regular file (a pipe, /dev/stdout) is written to as it is. Raises OSError, also for a
    path of the repository that is a link out of it, or into what git keeps there: a pull request may have put it there.
    """
    if astray := leads_astray(file):
        raise OSError(errno.EPERM, astray)
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


def leads_astray(file: str) -> str:
    """In words, that some folder on the way to a file lies in the repository (or the working directory, outside of
    one), and the file itself does not, or lies in a folder of git's own; else empty."""
    working = os.getcwd()
    root = repository_root(working) or working
    way = [file := os.path.abspath(file)]
    while way[-1] != os.path.dirname(way[-1]):
        way.append(os.path.dirname(way[-1]))
    if not any(os.path.realpath(folder) == os.path.realpath(root) for folder in way):
        return ""
    if not is_inside(root, file):
        return "is a link out of the repository"
    within = os.path.relpath(os.path.realpath(file), os.path.realpath(root))
    # In any case: on macOS and Windows .GIT is the same folder.
    return "leads into a folder of git's own" if ".git" in within.lower().split(os.sep) else ""


def _mode(path: str) -> int | None:
    try:
        return os.stat(path).st_mode
    except FileNotFoundError:
        return None


def print_whole(text: str) -> None:
    """Write to standard output, in UTF-8 whatever the locale. Raises OSError, after which nothing more is written."""
    if sys.stdout is None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    left = memoryview(text.encode())
    try:
        while left:  # without a buffer (PYTHONUNBUFFERED) a write may take a part only
            written = sys.stdout.buffer.write(left)
            if not written:
                raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
            left = left[written:]
        sys.stdout.buffer.flush()
    except OSError:
        give_up(sys.stdout)
        raise


@contextlib.contextmanager
def progress(doing: str | Callable[[], str]) -> Iterator[None]:
    """Say on stderr what is being done while the context lasts, with the seconds so far; the line goes away with it.

    `doing` is one line of text that is safe to print, or gives it anew each time. Only where stderr is a terminal.
    """
    stream = sys.stderr
    if stream is None or not stream.isatty() or _is_dumb():
        yield
        return
    import threading

    is_done = threading.Event()
    writer = threading.Thread(target=_show_progress, args=(stream, doing, is_done), daemon=True)
    writer.start()
    try:
        yield
    finally:
        is_done.set()
        writer.join()


def _show_progress(stream: TextIO, doing: str | Callable[[], str], is_done: Event) -> None:
    start, shown = time.monotonic(), ""
    wait = _DELAY
    with contextlib.suppress(OSError):  # a terminal that is gone is no reason for the run to end
        while not is_done.wait(wait):
            said = doing if isinstance(doing, str) else doing()
            line = f"imagelint: {said}, {time.monotonic() - start:.0f} s"[: _width(stream)]
            stream.write("\r" + line.ljust(len(shown)))
            stream.flush()
            shown, wait = line, _INTERVAL
        if shown:
            stream.write("\r" + " " * len(shown) + "\r")
            stream.flush()


def _width(stream: TextIO) -> int:
    """The columns of a line that surely does not wrap."""
    try:
        columns = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        columns = 0
    return columns - 1 if columns > 1 else 79  # some terminals say 0
