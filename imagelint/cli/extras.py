"""What some formats show besides the report: lines of files, and the images. Taken only where a format asks for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from imagelint.model import SEVERITIES, Excerpt, FunctionRef, Location, Report, Source
from imagelint.report.formats import Context

if TYPE_CHECKING:
    from imagelint.assembly.assembly import Assembly
    from imagelint.inventory.drawing import Mark
    from imagelint.inventory.rows import Inventory, Rows


class Extras:
    """Collects, assembly by assembly, what the formats of a run need."""

    def __init__(self, formats: Collection[str], is_concise: bool) -> None:
        self.shows_lines = "html" in formats or ("text" in formats and not is_concise)
        self.shows_map = "html" in formats
        self.shows_images = self.shows_map or "markdown" in formats
        self.excerpts: dict[Location | Source, Excerpt] = {}
        self._inventories: list[Inventory] = []

    def rows(self) -> Rows | None:
        """Where the images of an assembly are to be added as it is judged; None where no format shows them."""
        if not self.shows_images:
            return None
        from imagelint.inventory.rows import Rows

        return Rows()

    def take(self, assembly: Assembly, templates: Collection[str] | None, report: Report, rows: Rows | None) -> None:
        """Take what belongs to the report on an assembly, or on some of its templates."""
        if self.shows_lines and report.findings:
            from imagelint.cli.excerpts import excerpts_of

            self.excerpts.update(excerpts_of(report.findings, assembly))
        if rows is not None:
            self._inventories.append(rows.inventory(assembly, templates))

    def added_to(self, context: Context, report: Report) -> Context:
        """The context with what was taken."""
        context = context._replace(excerpts=self.excerpts)
        if not any(inventory.rows for inventory in self._inventories):
            return context
        from imagelint.inventory.formats import RENDERERS
        from imagelint.inventory.rows import merge

        inventory = merge(self._inventories)
        if not self.shows_map:
            return context._replace(chart=RENDERERS["mermaid"](inventory))
        from imagelint.inventory.images import images

        cards = {finding.function: f"function-{number}" for number, finding in enumerate(report.findings)}
        return context._replace(
            chart=RENDERERS["mermaid"](inventory),
            cards=cards,
            images=images(inventory, _marks(report, cards)),
            images_of=_images_of(inventory),
        )


def _marks(report: Report, cards: Mapping[FunctionRef, str]) -> dict[FunctionRef, Mark]:
    """How the map shows what was found of each function: the gravest severity, the numbers, and where it stands."""
    from imagelint.inventory.drawing import Mark
    from imagelint.report.layout import counted, grouped

    about = [
        (function, finding)
        for finding in report.findings
        for function in (finding.function, *(use.function for use in finding.also))
    ]
    marks = {}
    for function, pairs in grouped(about, lambda pair: pair[0]):
        severities = [finding.severity for _, finding in pairs]
        counts = [counted(severities.count(each), each) for each in SEVERITIES if each in severities]
        link = cards.get(function, cards[pairs[0][1].function])
        marks[function] = Mark(min(severities, key=SEVERITIES.index), ", ".join(counts), link)
    return marks


def _images_of(inventory: Inventory) -> dict[FunctionRef, list[str]]:
    """The image references of the functions, each once."""
    found: dict[FunctionRef, list[str]] = {}
    for row in inventory.rows:
        uris = found.setdefault(row.function, [])
        if row.uri is not None and row.uri not in uris:
            uris.append(row.uri)
    return found
