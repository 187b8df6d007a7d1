"""The inventory as a page of its own: the map, the table, and what could not be read."""

from __future__ import annotations

from imagelint.inventory import words
from imagelint.inventory.images import images
from imagelint.inventory.rows import Inventory
from imagelint.report.html.page import problems, render_page


def render(inventory: Inventory) -> str:
    """The whole page, with all that it needs in it."""
    return render_page(
        title="Lambda container images",
        summary=words.summary(inventory),
        body=problems("Not analysed", inventory.errors) + images(inventory),
    )
