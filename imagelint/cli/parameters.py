"""Values of parameters from the command line: `--parameter NAME=VALUE`, and files of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from imagelint.model import UsageError

_NAME: Final = r"[A-Za-z0-9]{1,255}"
"""A parameter's logical ID (CloudFormation User Guide, "Parameters": alphanumeric; at most 255 characters)."""
_KEYS: Final = ("ParameterKey", "ParameterValue")


def read_parameters(file: str) -> dict[str, str]:
    """The values of a file by the parameters' names; a later one has the last word.

    It holds the list that `aws cloudformation create-stack --parameters file://…` takes, of objects with ParameterKey
    and ParameterValue, or lines NAME=VALUE with comments after #. Raises UsageError.
    """
    return dict(_read(file))


def assignment(text: str) -> tuple[str, str]:
    """The name and the value of NAME=VALUE. Raises ValueError."""
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"{text!r} is not NAME=VALUE")
    return _checked_name(name.strip()), value


def _checked_name(name: str) -> str:
    if not re.fullmatch(_NAME, name):
        raise ValueError(f"{name!r} is not the name of a parameter, which is letters and digits")
    return name


def _read(file: str) -> Iterator[tuple[str, str]]:
    from imagelint.documents.files import UnreadableFileError, read

    try:
        data = read(file, file)
    except UnreadableFileError as error:
        raise UsageError(f"{error.display_path}: {error.message}") from None
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"[", b"{"):
        return _from_json(file)
    try:
        return _from_lines(file, data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise UsageError(f"{file}: is not UTF-8") from None


def _from_lines(file: str, text: str) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        try:
            yield assignment(stripped)
        except ValueError as error:
            raise UsageError(f"{file}:{number}: {error}") from None


def _from_json(file: str) -> Iterator[tuple[str, str]]:
    from imagelint.documents.document import read_document
    from imagelint.documents.schema import MisfitError

    document = read_document(file, file, is_yaml=False)
    try:
        if not isinstance(document.value, list):
            raise MisfitError((), f"must be a list of objects with {' and '.join(_KEYS)}")
        yield from [_entry(index, entry) for index, entry in enumerate(document.value)]
    except MisfitError as misfit:
        raise document.error(misfit) from None


def _entry(index: int, entry: Any) -> tuple[str, str]:
    from imagelint.documents.schema import MisfitError, show

    if not isinstance(entry, dict):
        raise MisfitError((index,), f"must be an object with {' and '.join(_KEYS)}, not {show(entry)}")
    for key in _KEYS:
        if key not in entry:
            raise MisfitError((index,), f"lacks the key {key!r}")
        if not isinstance(entry[key], str):
            raise MisfitError((index, key), f"must be text, not {show(entry[key])}; quote it")
    try:
        return _checked_name(entry["ParameterKey"]), entry["ParameterValue"]
    except ValueError as error:
        raise MisfitError((index, "ParameterKey"), str(error)) from None
