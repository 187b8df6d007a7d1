"""Values held against the JSON Schemas of the package, and what is wrong with them in words that help.

Knows no file: what does not fit is named by its place in the document.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from imagelint.documents.pointer import Pointer
from imagelint.text.words import kind_of, nearest

if TYPE_CHECKING:
    from jsonschema import ValidationError

_TYPES: Final = {
    "null": "nothing",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "string": "text",
    "array": "a list",
    "object": "an object",
}
"""What JSON Schema calls a type, and what somebody who writes a configuration calls it."""


class MisfitError(Exception):
    """A value that cannot be used: where it stands in its document, and why, in words."""

    def __init__(self, pointer: Pointer, message: str) -> None:
        super().__init__(message)
        self.pointer, self.message = pointer, message


def show(value: Any) -> str:
    """A value as it may be quoted in a sentence."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."


def schema_text(name: str) -> str:
    """A JSON Schema of the package, as it is published; `facts/facts` names the room and the schema in it."""
    return (Path(__file__).parent.parent / f"{name}.schema.json").read_text(encoding="utf-8")


@cache
def schema(name: str) -> Mapping[str, Any]:
    """A JSON Schema of the package."""
    content: Mapping[str, Any] = json.loads(schema_text(name))
    return content


def fit(value: Any, name: str) -> None:
    """Hold a value against a schema of the package. Raises MisfitError for what is most wrong with it.

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


def _misfit(error: ValidationError) -> MisfitError:
    at: Pointer = tuple(error.absolute_path)
    instance: Any = error.instance
    if "propertyNames" in error.absolute_schema_path:
        return MisfitError((*at, str(error.instance)), f"is not a name that can stand here{_described(error)}")
    if error.validator == "additionalProperties":
        known = list(_schema_of(error).get("properties", ()))
        key = next(str(key) for key in instance if key not in known)
        return MisfitError((*at, key), f"is not a key here{nearest(key, known) or _listed('; the keys are ', known)}")
    if error.validator == "required":
        required: Any = error.validator_value
        missing = next(key for key in required if key not in instance)
        return MisfitError(at, f"lacks the key {missing!r}")
    return MisfitError(at, _words(error))


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
    found = show(value) if is_plain or isinstance(value, str) else "nothing" if value is None else kind_of(value)
    return f"must be {' or '.join(_TYPES[each] for each in wanted)}, not {found}{hint}"


def _described(error: ValidationError) -> str:
    described = _schema_of(error).get("description")
    return f": {described}" if described else ""


def _schema_of(error: ValidationError) -> Mapping[str, Any]:
    return error.schema if isinstance(error.schema, dict) else {}


def _listed(lead: str, names: list[str]) -> str:
    return f"{lead}{', '.join(names)}" if names else ""
