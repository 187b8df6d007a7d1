"""The inventory for spreadsheets: CSV (RFC 4180, but for lines that end in a line feed), every cell quoted."""

from __future__ import annotations

import csv
import io
from typing import Final

from imagelint.inventory.rows import Inventory, Row
from imagelint.report.escape import csv_cell

_HEADER: Final = (
    "stack",
    "construct_path",
    "logical_id",
    "template",
    "when",
    "architecture",
    "image_certainty",
    "image_uri",
    "pinned_by",
    "tag",
    "digest",
    "asset_platform",
    "repository",
    "repository_account",
    "repository_region",
    "repository_place",
    "repository_stack",
    "pull",
)


def render(inventory: Inventory) -> str:
    """A header, and a line a row; a cell is empty where the JSON has null."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(_HEADER)
    writer.writerows([csv_cell(cell or "") for cell in _cells(row)] for row in inventory.rows)
    return text.getvalue()


def _cells(row: Row) -> tuple[str | None, ...]:
    return (
        row.function.stack,
        row.function.construct_path,
        row.function.logical_id,
        row.template,
        row.when,
        row.architecture,
        row.certainty,
        row.uri,
        row.pinned_by,
        row.tag,
        row.digest,
        row.asset_platform,
        row.repository,
        row.account,
        row.region,
        row.place,
        row.stack,
        row.puller,
    )
