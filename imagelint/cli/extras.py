"""What some formats show besides the report: lines of files, and the images. Taken only where a format asks for it."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from imagelint.inventory.formats import RENDERERS
from imagelint.model import Excerpt, Location, Report, Source

if TYPE_CHECKING:
    from imagelint.assembly.assembly import Assembly
    from imagelint.inventory.rows import Inventory


class Extras:
    """Collects, assembly by assembly, what the formats of a run need."""

    def __init__(self, formats: Collection[str], is_concise: bool) -> None:
        self.shows_lines = "text" in formats and not is_concise
        self.shows_images = "markdown" in formats
        self.excerpts: dict[Location | Source, Excerpt] = {}
        self._inventories: list[Inventory] = []

    def take(self, assembly: Assembly, templates: Collection[str] | None, report: Report) -> None:
        """Take what belongs to the report on an assembly, or on some of its templates."""
        if self.shows_lines and report.findings:
            from imagelint.cli.excerpts import excerpts_of

            self.excerpts.update(excerpts_of(report.findings, assembly))
        if self.shows_images:
            from imagelint.inventory.rows import take

            self._inventories.append(take(assembly, templates))

    def chart(self) -> str:
        """The functions and the repositories of their images, as a Mermaid flowchart; empty where there are none."""
        if not any(inventory.rows for inventory in self._inventories):
            return ""
        from imagelint.inventory.rows import merge

        return RENDERERS["mermaid"](merge(self._inventories))
