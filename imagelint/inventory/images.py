"""The images of an inventory as HTML: the map, and below it the same as a table, for whoever does not see the map."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from imagelint.inventory import words
from imagelint.inventory.drawing import Mark, draw, row_id
from imagelint.inventory.rows import Inventory, Row
from imagelint.model import FunctionRef
from imagelint.report.escape import html
from imagelint.report.html.markup import element, row, table
from imagelint.report.layout import counted, function_name

_HEADINGS: Final = ("Function", "Image", "Tag or digest", "Architecture", "Platform", "Repository", "Who may pull")
_HINT: Final = (
    "Point at a function or a repository, or move to it with Tab, to see what belongs to it. A function leads to "
)


def images(inventory: Inventory, marks: Mapping[FunctionRef, Mark] | None = None) -> str:
    """The section of a page; empty where no function runs an image. `marks` lead from the map to other parts of the
    page."""
    if not inventory.rows:
        return ""
    rows = "".join(_row(index, each) for index, each in enumerate(inventory.rows))
    title = f"The same as a table ({counted(len(inventory.rows), 'image')})"
    return element(
        "section",
        element("h2", "Images", id_="images-title"),
        element("p", _HINT, "its findings, or else to " if marks else "", "its row in the table.", class_="hint"),
        draw(inventory, marks),
        element("details", element("summary", title), table(_HEADINGS, rows, label="The images"), open_=marks is None),
        id_="images",
        aria_labelledby="images-title",
    )


def _row(index: int, each: Row) -> str:
    pin, elsewhere = words.pin(each, html), words.elsewhere(each, html)
    built, puller = words.platform(each, html), words.PULLERS[each.puller]
    return row(
        words.image(each, html) + _below(f"in {elsewhere}" if elsewhere else ""),
        words.INAPPLICABLE if pin is None else pin[1],
        words.architecture(each, html),
        element("b", built, class_="bad") if each.same_architecture is False else built,
        words.place(each, html),
        element("b", puller, class_="bad") if each.puller == "nobody" else puller,
        header=html(function_name(each.function))
        + _below(html(each.function.stack))
        + _below(f"when {html(each.when)}" if each.when is not None else ""),
        id_=row_id(index),
    )


def _below(text: str) -> str:
    return f"<br>{element('small', text)}" if text else ""
