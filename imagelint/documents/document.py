"""The files that a team writes for imagelint, read within bounds.

An error names the file, the line and the key. Knows nothing of what the files mean.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any, Final

from imagelint.documents.files import UnreadableFileError, parse_as, read
from imagelint.documents.limits import MAX_OWN_BYTES, MAX_OWN_VALUES
from imagelint.documents.parsing import locate
from imagelint.documents.pointer import Pointer, Position
from imagelint.documents.schema import MisfitError
from imagelint.memo import Memo
from imagelint.model import UsageError


class Document(Memo):
    """A YAML or JSON file that somebody wrote."""

    def __init__(self, display_path: str, data: bytes, value: Any, is_yaml: bool = True) -> None:
        super().__init__()
        self.display_path: Final = display_path
        self.data: Final = data
        self.value: Final = value
        self.is_yaml: Final = is_yaml

    def place(self, pointer: Pointer) -> str:
        """The file, and the line that a pointer stands on."""
        positions = self.once(Document._locate)
        while pointer and pointer not in positions:
            pointer = pointer[:-1]
        return f"{self.display_path}:{positions[pointer][0] if pointer else 1}"

    def _locate(self) -> Mapping[Pointer, Position]:
        """Where each value stands, found in one pass over the text."""
        return locate(self.data, _pointers(self.value), is_yaml=self.is_yaml) if self.value else {}

    def error(self, misfit: MisfitError) -> UsageError:
        """What is wrong as file, line, key and message."""
        key = f"{key_of(misfit.pointer)}: " if misfit.pointer else ""
        return UsageError(f"{self.place(misfit.pointer)}: {key}{misfit.message}")


def read_document(file: str | os.PathLike[str], display_path: str, *, is_yaml: bool = True) -> Document:
    """The document in a file. Raises UsageError."""
    try:
        data = read(file, display_path)
        if len(data) > MAX_OWN_BYTES:
            raise UsageError(f"{display_path}: is larger than {MAX_OWN_BYTES // (1024 * 1024)} MiB")
        value = {} if is_yaml and _holds_comments_only(data) else parse_as(data, display_path, is_yaml=is_yaml)
    except UnreadableFileError as error:
        raise UsageError(f"{error.display_path}: {error.message}") from None
    if _is_too_large(value):
        raise UsageError(f"{display_path}: holds more than {MAX_OWN_VALUES:,} values, aliases included")
    return Document(display_path, data, value, is_yaml)


def _pointers(value: Any) -> list[Pointer]:
    found: list[Pointer] = []
    left: list[tuple[Pointer, Any]] = [((), value)]
    while left:
        pointer, entry = left.pop()
        inside = entry.items() if isinstance(entry, dict) else enumerate(entry) if isinstance(entry, list) else ()
        left.extend(((*pointer, key), each) for key, each in inside)
        found.append(pointer)
    return found


def _holds_comments_only(data: bytes) -> bool:
    return all(not line.strip() or line.lstrip().startswith(b"#") for line in data.splitlines())


def _is_too_large(value: Any) -> bool:
    left, seen = [value], 0
    while left:
        entry = left.pop()
        inside: Iterable[Any] = entry.values() if isinstance(entry, dict) else entry if isinstance(entry, list) else ()
        left.extend(inside)
        seen += 1
        if seen + len(left) > MAX_OWN_VALUES:
            return True
    return False


def key_of(pointer: Pointer) -> str:
    """A pointer as people write it: `suppress[0].rule`."""
    text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in pointer)
    return text.removeprefix(".")
