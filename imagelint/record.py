"""Records: named tuples whose classes are made in less time, since every run begins with making some seventy of them.

A type checker sees `typing.NamedTuple`, and a record is written like one: annotations are its fields, values their
defaults. It has all that named tuples have and are known by. docs/decisions/9-records.md has the figures.
"""

from typing import TYPE_CHECKING

__all__ = ["Record"]

if TYPE_CHECKING:
    from typing import NamedTuple as Record
else:
    from collections import namedtuple
    from functools import cache
    from types import FunctionType

    class _Tuple(tuple):
        """What all records have in common."""

        __slots__ = ()

        def __repr__(self):
            fields = ", ".join(f"{field}={value!r}" for field, value in self._asdict().items())
            return f"{type(self).__name__}({fields})"

        def __getnewargs__(self):
            return tuple(self)

        @classmethod
        def _make(cls, values):
            return cls(*values)

        def _asdict(self):
            return dict(zip(self._fields, self, strict=True))

        def _replace(self, /, **changes):
            replaced = tuple.__new__(type(self), map(changes.pop, self._fields, self))
            if changes:
                raise TypeError(f"{type(self).__name__} has no field {', '.join(changes)}")
            return replaced

        __replace__ = _replace  # for copy.replace

    @cache
    def _named_tuple_of(number):
        """One with as many fields, called `f0` and so on. To make it takes longer than all else, and there are few."""
        return namedtuple("_", [f"f{index}" for index in range(number)])

    class _Maker(type):
        """Makes what is written as a class of Record a class of tuples.

        Its constructor and what gets its fields are those of a named tuple of as many fields.
        """

        def __new__(cls, name, bases, body):
            made = type(name, (_Tuple,), {"__slots__": (), **body})
            fields = tuple(made.__annotations__)
            alike = _named_tuple_of(len(fields))
            made._fields = made.__match_args__ = fields
            made._field_defaults = {field: body[field] for field in fields if field in body}
            made.__new__ = _with_names(alike.__new__, name, fields, tuple(made._field_defaults.values()))
            for field, like in zip(fields, alike._fields, strict=True):
                setattr(made, field, vars(alike)[like])
            return made

    def _with_names(constructor, name, fields, defaults):
        """The same constructor for other fields; `name` is what a call that does not fit is answered with."""
        code = constructor.__code__.replace(co_varnames=("_cls", *fields))
        made = FunctionType(code, constructor.__globals__, name, defaults)
        made.__qualname__ = name
        return staticmethod(made)

    Record = type.__new__(_Maker, "Record", (), {})
