"""Records: named tuples whose classes are made in a seventh of the time, since every run begins with making them.

A type checker sees `typing.NamedTuple`, and a record is written like one: annotations are its fields, values their
defaults. It has all that named tuples have and are known by.
"""

from typing import TYPE_CHECKING

__all__ = ["Record"]

if TYPE_CHECKING:
    from typing import NamedTuple as Record
else:
    from collections import _tuplegetter
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

    class _Maker(type):
        """Makes what is written as a class of Record a class of tuples, with a constructor."""

        def __new__(cls, name, bases, names):
            made = type(name, (_Tuple,), {"__slots__": (), **names})
            fields = tuple(made.__annotations__)
            made._fields = made.__match_args__ = fields
            made._field_defaults = {field: names[field] for field in fields if field in names}
            made.__new__ = staticmethod(_constructor(name, fields, tuple(made._field_defaults.values())))
            for index, field in enumerate(fields):
                setattr(made, field, _tuplegetter(index, None))
            return made

    def _constructor(name, fields, defaults):
        """Compiled once for each number of fields, and given their names: to compile it for each record would take
        longer than all else."""
        code = _of_fields(len(fields)).replace(co_varnames=("_cls", *fields))
        made = FunctionType(code, {"_new": tuple.__new__}, name, defaults)
        made.__qualname__ = name  # what a call without all fields is answered with
        return made

    @cache
    def _of_fields(number):
        fields = "".join(f"_{each}, " for each in range(number))
        return eval(f"lambda _cls, {fields}: _new(_cls, ({fields}))").__code__

    Record = type.__new__(_Maker, "Record", (), {})
