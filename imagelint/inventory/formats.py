"""The inventory: which images the functions of an assembly run, as a table in several formats. Judges nothing.

A renderer's module is imported when its format is asked for and not before.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from imagelint.inventory.rows import Inventory


class Renderer(Protocol):
    """Renders an inventory. The text ends in a newline, is encodable as UTF-8 and depends on the argument alone."""

    def __call__(self, inventory: Inventory) -> str: ...


def _renderer(module: str) -> Renderer:
    def render(inventory: Inventory) -> str:
        imported: Renderer = import_module(f"{__package__}.{module}").render
        return imported(inventory)

    return render


RENDERERS: dict[str, Renderer] = {
    name: _renderer(name) for name in ("text", "json", "csv", "markdown", "mermaid", "html")
}
"""Format name -> renderer; the names are also the command line's choice."""
