"""GitHub Flavored Markdown for a job summary or a comment, a table per stack. Text of templates is in code spans."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from imagelint.inventory import words
from imagelint.inventory.rows import Inventory, Row
from imagelint.report.escape import markdown_code
from imagelint.report.layout import function_name, grouped

_HEADINGS: Final = ("Function", "Image", "Tag or digest", "Architecture", "Platform", "Repository", "Who may pull")


def render(inventory: Inventory) -> str:
    """Headings begin at the second level, since the page around has its own first."""
    return "".join(f"{line}\n" for line in _lines(inventory))


def _lines(inventory: Inventory) -> Iterator[str]:
    yield from ("## Lambda container images", "", f"**{words.summary(inventory)}**")
    for (stack, _), rows in grouped(inventory.rows, lambda row: (row.function.stack, row.template)):
        yield from ("", f"### Stack {markdown_code(stack)}", "", _line(_HEADINGS), _line(["---"] * len(_HEADINGS)))
        yield from (_line(_cells(row)) for row in rows)
    if inventory.errors:
        yield from ("", "### Not analysed", "")
        yield from (f"* {markdown_code(each.path)}: {markdown_code(each.message)}" for each in inventory.errors)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cells(row: Row) -> tuple[str, ...]:
    pin = words.pin(row, markdown_code)
    return (
        _function(row),
        _image(row),
        words.INAPPLICABLE if pin is None else pin[1],
        words.architecture(row, markdown_code),
        words.platform(row, markdown_code),
        words.place(row, markdown_code),
        words.PULLERS[row.puller],
    )


def _image(row: Row) -> str:
    image, elsewhere = words.image(row, markdown_code), words.elsewhere(row, markdown_code)
    return image if elsewhere is None else f"{image}<br>in {elsewhere}"


def _function(row: Row) -> str:
    name = markdown_code(function_name(row.function))
    return name if row.when is None else f"{name}<br>when {markdown_code(row.when)}"
