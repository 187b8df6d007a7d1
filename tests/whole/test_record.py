"""A record behaves as the named tuple that a type checker takes it for, and its class costs less to make."""

from __future__ import annotations

import copy
import pickle

import pytest

from imagelint.record import Record


class Place(Record):
    """Where something stands."""

    file: str
    line: int
    column: int | None = None

    @property
    def shown(self) -> str:
        return f"{self.file}:{self.line}"


class Nothing(Record):
    """Has no fields."""


class _Cell(Record):
    value: NotDefinedAnywhere  # type: ignore[name-defined]  # noqa: F821  # only a type checker reads it


PLACE = Place("a", line=1)


def test_fields_are_given_by_position_or_name() -> None:
    assert Place(line=1, file="a", column=None) == PLACE
    assert tuple(PLACE) == ("a", 1, None)
    assert (PLACE.file, PLACE.line, PLACE.column, PLACE.shown) == ("a", 1, None, "a:1")
    assert Nothing() == ()
    assert _Cell(3).value == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("a",), r"Place\(\) missing 1 required positional argument: 'line'"),
        (("a", 1, 2, 3), r"Place\(\) takes from 3 to 4 positional arguments but 5 were given"),
    ],
)
def test_a_call_that_does_not_fit_is_refused(arguments: tuple[object, ...], said: str) -> None:
    with pytest.raises(TypeError, match=said):
        Place(*arguments)  # type: ignore[arg-type]


def test_a_record_is_not_changed_but_replaced() -> None:
    assert PLACE._replace(line=2, column=None) == ("a", 2, None)
    assert type(PLACE._replace(line=2)) is Place
    with pytest.raises(TypeError, match="Place has no field colour"):
        PLACE._replace(colour=3)  # type: ignore[call-arg]
    for name in ("line", "other"):
        with pytest.raises(AttributeError):
            setattr(PLACE, name, 3)


def test_what_named_tuples_have() -> None:
    assert Place._fields == ("file", "line", "column")
    assert PLACE._asdict() == {"file": "a", "line": 1, "column": None}
    assert Place._make(["a", 1]) == PLACE
    assert Place._field_defaults == {"column": None}
    assert {"_make", "_asdict", "_replace", "_fields", "_field_defaults"} <= set(dir(PLACE))  # how dask tells one
    assert repr(PLACE) == "Place(file='a', line=1, column=None)"
    assert Place.__doc__ == "Where something stands."
    match PLACE:
        case Place(file, line):
            assert (file, line) == ("a", 1)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda record: pickle.loads(pickle.dumps(record))])
def test_a_copy_is_the_same_record(copied) -> None:  # type: ignore[no-untyped-def]
    assert copied(PLACE) == PLACE
    assert type(copied(PLACE)) is Place


def test_its_class_is_a_plain_one() -> None:
    """`isinstance` asks a metaclass first, if there is one, which takes three times as long."""
    assert type(Place) is type
    assert isinstance(PLACE, tuple)
    assert not hasattr(PLACE, "__dict__")
