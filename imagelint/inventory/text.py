"""The inventory for a terminal: one line per function in aligned columns, and below it what may be long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from imagelint.inventory import words
from imagelint.inventory.rows import Inventory, Row
from imagelint.report.escape import column
from imagelint.report.layout import function_name, grouped

_HEADINGS: Final = ("FUNCTION", "ARCHITECTURE", "PLATFORM", "REPOSITORY", "WHO MAY PULL")
_GAP: Final = "  "
_LABEL: Final = len("digest")


def render(inventory: Inventory) -> str:
    """The columns are as wide in one stack as in the next. Nothing is cut."""
    return "".join(f"{line}\n" for line in _lines(inventory))


def _lines(inventory: Inventory) -> Iterator[str]:
    cells = {row: _cells(row) for row in inventory.rows}
    widths = [max(map(len, texts)) for texts in zip(_HEADINGS, *cells.values(), strict=True)]
    for (stack, _), rows in grouped(inventory.rows, lambda row: (row.function.stack, row.template)):
        yield from (f"Stack {column(stack)}", "", _line(_HEADINGS, widths))
        for row in rows:
            yield _line(cells[row], widths)
            yield from (f"{_GAP * 2}{label:{_LABEL}}{_GAP}{text}" for label, text in _details(row))
        yield ""
    yield words.summary(inventory)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    aligned = (f"{cell:{width}}" for cell, width in zip(cells, widths, strict=True))
    return (_GAP + _GAP.join(aligned)).rstrip()


def _cells(row: Row) -> tuple[str, ...]:
    return (
        column(function_name(row.function)),
        words.architecture(row, column),
        words.platform(row, column),
        words.place(row, column),
        words.PULLERS[row.puller],
    )


def _details(row: Row) -> Iterator[tuple[str, str]]:
    yield "image", words.image(row, column)
    if (elsewhere := words.elsewhere(row, column)) is not None:
        yield "in", elsewhere
    if (pin := words.pin(row, column)) is not None:
        yield pin
    if row.when is not None:
        yield "when", column(row.when)
