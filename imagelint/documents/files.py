"""Reading the files of a cloud assembly: regular files below one folder, bounded in size, and nothing else.

Knows nothing of what the files hold.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeVar

from imagelint.documents.decoding import UnreadableTextError
from imagelint.documents.limits import MAX_BYTES, MAX_KEPT
from imagelint.documents.parsing import Parsed, parse, parse_either, parse_machine_json
from imagelint.memo import Memo

_Read = TypeVar("_Read")
NO_MEMORY: Final = "takes more memory than there is"


class UnreadableFileError(Exception):
    """A file that cannot be used; `display_path` names it in the user's words, with the line where there is one."""

    def __init__(self, display_path: str, message: str) -> None:
        super().__init__(message)
        self.display_path, self.message = display_path, message


class Root(Memo):
    """The folder that nothing may be read from outside of."""

    def __init__(self, path: str, display_path: str, named: str = "") -> None:
        super().__init__()
        self.path = path
        self.display_path = display_path
        """The folder as the user named it."""
        self.named = named
        """The file in it that the user named, if it is one to be read: it alone may be a link out of the folder."""
        self._kept: dict[str, bytes] = {}
        self._hashes: dict[str, int] = {}
        self._room = MAX_KEPT

    def show(self, relative: str) -> str:
        """A file of this folder as it is named to people, with forward slashes on every system."""
        return os.path.normpath(os.path.join(self.display_path, relative)).replace(os.sep, "/")

    def inside(self, folder: str, named: Any, what: str) -> str:
        """The path, relative to this folder, that a file in `folder` names.

        Raises UnreadableFileError where it is no path, or leads out of this folder: by `..`, absolute or by a link.
        """

        def refusal(reason: str) -> UnreadableFileError:
            return UnreadableFileError(self.show(folder), f"names {reason}")

        if not isinstance(named, str) or not named or "\0" in named:
            raise refusal(f"no {what}")
        relative = os.path.normpath(os.path.join(folder, named))
        if os.path.isabs(named) or relative.split(os.sep)[0] == os.pardir:
            raise refusal(f"the {what} {named!r}, which is outside of the assembly")
        try:
            real, below = self.real(relative), self._below
        except (OSError, ValueError) as error:
            raise refusal(f"the {what} {named!r}, which cannot be read: {error}") from None
        if not real.startswith(below) and os.path.join(real, "") != below:
            raise refusal(f"the {what} {named!r}, a link out of the assembly")
        return relative

    @property
    def _below(self) -> str:
        """How the real path begins of everything in this folder."""
        return self.once(Root._follow)

    def _follow(self) -> str:
        return os.path.join(os.path.realpath(self.path), "")

    def real(self, relative: str) -> str:
        """Where a path leads to. Only what lies below this folder can be a link: the way to it is followed once."""
        path = self._below
        for part in relative.split(os.sep):
            path += part
            if part in (os.curdir, os.pardir) or os.path.islink(path):
                return os.path.realpath(os.path.join(self.path, relative))
            path += os.sep
        return path.removesuffix(os.sep)

    def read(self, relative: str) -> bytes:
        """The bytes of a regular file that lies in this folder, links followed. Raises UnreadableFileError."""
        return read(os.path.join(self.path, relative), self.show(relative), partial(self._holds, relative))

    def keep(self, relative: str, data: bytes) -> None:
        """Keep what was read of a file for whoever reads it again: up to `MAX_KEPT` of all files its bytes, past that
        enough to tell whether it has changed."""
        if relative not in self._hashes:
            self._hashes[relative] = hash(data)
            if len(data) <= self._room:
                self._kept[relative] = data
                self._room -= len(data)

    def read_again(self, relative: str) -> bytes:
        """The bytes of a file. Raises UnreadableFileError, also where they are not those that were kept."""
        data = self._kept.get(relative)
        if data is None:
            data = self.read(relative)
            if self._hashes.get(relative, hash(data)) != hash(data):
                raise UnreadableFileError(self.show(relative), "has changed since it was read; run imagelint again")
        return data

    def _holds(self, relative: str, opened: os.stat_result) -> str | None:
        """What speaks against a file that was opened by a path of this folder; None where it lies in the folder.

        Asked after opening: a link that was put there since does not lead to the file that is open.
        """
        if relative == self.named:
            return None
        if os.sep not in relative and os.path.samestat(os.lstat(self._below + relative), opened):
            return None  # as most files: it lies in the folder itself, and is no link
        real = self.real(relative)
        if not real.startswith(self._below):
            return "is a link out of the assembly"
        return None if os.path.samestat(os.lstat(real), opened) else "was replaced while it was read"

    def read_json(self, relative: str, *, strict: bool = False) -> dict[str, Any]:
        """A JSON file of the assembly itself, which holds an object. Raises UnreadableFileError.

        Of a key that stands twice in one object the last counts, or, if `strict`, the file is refused.
        """
        reader = partial(parse, is_yaml=False) if strict else parse_machine_json
        value = _read_by(reader, self.read(relative), self.show(relative))
        if not isinstance(value, dict):
            raise UnreadableFileError(self.show(relative), "is not a JSON object")
        return value


def read(
    path: str | os.PathLike[str],
    display_path: str,
    refusal: Callable[[os.stat_result], str | None] = lambda opened: None,
) -> bytes:
    """The bytes of a regular file of bearable size, which `refusal` is asked about once it is open.

    Raises UnreadableFileError.
    """
    try:
        file = os.open(path, _TO_READ)  # Python's own `open` asks the system twice as much, for each of many files
        try:
            status = os.fstat(file)
            if stat.S_ISDIR(status.st_mode):
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            if not stat.S_ISREG(status.st_mode):
                raise UnreadableFileError(display_path, "is not a regular file")
            if reason := refusal(status):
                raise UnreadableFileError(display_path, reason)
            if status.st_size > MAX_BYTES:
                raise UnreadableFileError(display_path, f"is larger than {MAX_BYTES // (1024 * 1024)} MiB")
            data = os.read(file, status.st_size + 1)  # of a larger bound Python would set all the memory aside
            while len(data) < status.st_size and (more := os.read(file, status.st_size - len(data))):
                data += more  # which the file system gives in parts
            return data
        finally:
            os.close(file)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UnreadableFileError(display_path, f"cannot be read: {reason}") from None
    except MemoryError:
        raise UnreadableFileError(display_path, NO_MEMORY) from None


def read_standard_input() -> bytes:
    """The bytes of standard input, one more than `MAX_BYTES` where there are more. Raises UnreadableFileError."""
    try:
        if sys.stdin is None:  # the caller closed it
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    except OSError as error:
        raise UnreadableFileError("-", f"cannot be read: {error.strerror}") from None


def here(file: str) -> str:
    """The path of a file as the working directory sees it, where it lies below that; any other path as it is."""
    if not os.path.isabs(file) or not os.path.isfile(file):
        return file
    relative = os.path.relpath(file)
    return file if relative.startswith(os.pardir) else relative


_TO_READ: Final = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
"""Opens a file, also a named pipe that nobody writes to, and on Windows leaves its bytes as they are."""


def parse_as(data: bytes, display_path: str, *, is_yaml: bool) -> Any:
    """The value of a JSON or YAML text that people may write. Raises UnreadableFileError with the place in the text."""
    return _read_by(partial(parse, is_yaml=is_yaml), data, display_path)


def parse_any(data: bytes, display_path: str, glanced: Any = None) -> Parsed:
    """The value of a template, which is JSON or YAML whatever its file is called; `glanced` is what `glance` gave for
    it, if it was asked. Raises UnreadableFileError."""
    expects_yaml = display_path.endswith((".yaml", ".yml"))
    return _read_by(partial(parse_either, expects_yaml=expects_yaml, glanced=glanced), data, display_path)


def _read_by(reader: Callable[[bytes], _Read], data: bytes, display_path: str) -> _Read:
    try:
        return reader(data)
    except UnreadableTextError as error:
        where = "".join(f":{number}" for number in error.position or ())
        raise UnreadableFileError(display_path + where, error.message) from None
    except MemoryError:
        raise UnreadableFileError(display_path, NO_MEMORY) from None
