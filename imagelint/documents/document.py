"""The files that a team writes for imagelint: read within bounds, and held against a JSON Schema.

An error names the file, the line, the key and what to write instead. Knows nothing of what the files mean.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from imagelint.documents.files import UnreadableFile, parse_as, read
from imagelint.documents.parsing import Position, locate
from imagelint.documents.pointer import Pointer
from imagelint.model import UsageError

if TYPE_CHECKING:
    from jsonschema import ValidationError

MAX_BYTES: Final = 1024 * 1024
MAX_VALUES: Final = 50_000
"""Values in one file, counted after YAML aliases are followed: a schema looks at each of them."""

_KINDS: Final[tuple[tuple[str, str, type | tuple[type, ...]], ...]] = (
    ("null", "nothing", type(None)),
    ("boolean", "true or false", bool),
    ("integer", "a whole number", int),
    ("number", "a number", float),
    ("string", "text", str),
    ("array", "a list", list),
    ("object", "an object", dict),
)
"""JSON Schema's name of a type, ours, and Python's type; bool before int, which it is one of in Python."""
_WORDS: Final = {name: words for name, words, _ in _KINDS}


class Misfit(Exception):
    """A value that cannot be used: where it stands in its document, and why, in words."""

    def __init__(self, pointer: Pointer, message: str) -> None:
        super().__init__(message)
        self.pointer, self.message = pointer, message


@dataclass(frozen=True)
class Document:
    """A YAML or JSON file that somebody wrote."""

    shown: str
    data: bytes
    value: Any
    is_yaml: bool = True

    def place(self, pointer: Pointer) -> str:
        """The file, and the line that a pointer stands on."""
        while pointer and pointer not in self._positions:
            pointer = pointer[:-1]
        return f"{self.shown}:{self._positions[pointer][0] if pointer else 1}"

    @cached_property
    def _positions(self) -> Mapping[Pointer, Position]:
        """Where each value stands, found in one pass over the text."""
        return locate(self.data, _pointers(self.value), is_yaml=self.is_yaml) if self.value else {}

    def error(self, misfit: Misfit) -> UsageError:
        """What is wrong as file, line, key and message."""
        key = f"{key_of(misfit.pointer)}: " if misfit.pointer else ""
        return UsageError(f"{self.place(misfit.pointer)}: {key}{misfit.message}")


def read_document(file: str | os.PathLike[str], shown: str, *, is_yaml: bool = True) -> Document:
    """The document in a file. Raises UsageError."""
    try:
        data = read(file, shown)
        if len(data) > MAX_BYTES:
            raise UsageError(f"{shown}: is larger than {MAX_BYTES // (1024 * 1024)} MiB")
        value = {} if is_yaml and _holds_comments_only(data) else parse_as(data, shown, is_yaml=is_yaml)
    except UnreadableFile as error:
        raise UsageError(f"{error.shown}: {error.message}") from None
    if _is_too_large(value):
        raise UsageError(f"{shown}: holds more than {MAX_VALUES:,} values, aliases included")
    return Document(shown, data, value, is_yaml)


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
        if seen + len(left) > MAX_VALUES:
            return True
    return False


def key_of(pointer: Pointer) -> str:
    """A pointer as people write it: `suppress[0].rule`."""
    text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in pointer)
    return text.removeprefix(".")


def nearest(name: str, known: Iterable[str]) -> str:
    """What a misspelt name may have meant, as the end of a sentence; empty where nothing is near."""
    import difflib

    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else ""


def show(value: Any) -> str:
    """A value as it may be quoted in a sentence."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."


# -- schemas ------------------------------------------------------------------------------------------------------


def schema_text(name: str) -> str:
    """A JSON Schema of the package, as it is published; `facts/facts` names the room and the schema in it."""
    return (Path(__file__).parent.parent / f"{name}.schema.json").read_text(encoding="utf-8")


@cache
def schema(name: str) -> Mapping[str, Any]:
    """A JSON Schema of the package."""
    content: Mapping[str, Any] = json.loads(schema_text(name))
    return content


def fit(value: Any, name: str) -> None:
    """Hold a value against a schema of the package. Raises Misfit for what is most wrong with it.

    jsonschema, which is slow to import, is asked only for the reason, not for the verdict.
    """
    if _validator(name)(value):
        return
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    error = best_match(Draft202012Validator(schema(name)).iter_errors(value))
    if error is not None:
        raise _misfit(error)


@cache
def _validator(name: str) -> Callable[[Any], bool]:
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(dict(schema(name)), pattern_options=jsonschema_rs.RegexOptions()).is_valid


def _misfit(error: ValidationError) -> Misfit:
    at: Pointer = tuple(error.absolute_path)
    instance: Any = error.instance
    if "propertyNames" in error.absolute_schema_path:
        return Misfit((*at, str(error.instance)), f"is not a name that can stand here{_described(error)}")
    if error.validator == "additionalProperties":
        known = list(_schema_of(error).get("properties", ()))
        key = next(str(key) for key in instance if key not in known)
        return Misfit((*at, key), f"is not a key here{nearest(key, known) or _listed('; the keys are ', known)}")
    if error.validator == "required":
        required: Any = error.validator_value
        missing = next(key for key in required if key not in instance)
        return Misfit(at, f"lacks the key {missing!r}")
    return Misfit(at, _words(error))


def _words(error: ValidationError) -> str:
    value: Any = error.instance
    wanted: Any = error.validator_value
    if error.validator == "type":
        return _wrong_type(value, [wanted] if isinstance(wanted, str) else wanted)
    if error.validator == "enum":
        near = nearest(value, [each for each in wanted if isinstance(each, str)]) if isinstance(value, str) else ""
        return f"{show(value)} is not one of {', '.join(str(each) for each in wanted)}{near}"
    if error.validator in ("minItems", "minLength", "minProperties") or wanted == r"\S":
        return "must not be empty"
    if error.validator == "uniqueItems":
        return "holds the same entry twice"
    if error.validator == "minimum":
        return f"{show(value)} is less than {wanted}"
    if error.validator == "maximum":
        return f"{show(value)} is more than {wanted}"
    return f"{show(value)} does not fit{_described(error)}"


def _wrong_type(value: Any, wanted: list[str]) -> str:
    is_plain = isinstance(value, (bool, int, float))
    hint = "; put it in quotes" if "string" in wanted and is_plain else ""
    found = next(words for _, words, kind in _KINDS if isinstance(value, kind))
    found = show(value) if is_plain or isinstance(value, str) else found
    return f"must be {' or '.join(_WORDS[each] for each in wanted)}, not {found}{hint}"


def _described(error: ValidationError) -> str:
    described = _schema_of(error).get("description")
    return f": {described}" if described else ""


def _schema_of(error: ValidationError) -> Mapping[str, Any]:
    return error.schema if isinstance(error.schema, dict) else {}


def _listed(lead: str, names: list[str]) -> str:
    return f"{lead}{', '.join(names)}" if names else ""
