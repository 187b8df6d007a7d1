"""The inventory for programs: the contract that inventory.schema.json describes, and nothing else."""

from __future__ import annotations

from typing import Final

from imagelint.inventory.rows import Inventory, Row
from imagelint.report.escape import to_json

VERSION: Final = 1
"""Of the contract: it grows when a reader of the last version could be misled."""


def render(inventory: Inventory) -> str:
    """The rows in the order of the inventory; every key is always there."""
    return to_json(
        {
            "version": VERSION,
            "functions": [_row(row) for row in inventory.rows],
            "errors": [{"path": problem.path, "message": problem.message} for problem in inventory.errors],
        }
    )


def _row(row: Row) -> dict[str, object]:
    function = row.function
    return {
        "function": {
            "logical_id": function.logical_id,
            "construct_path": function.construct_path,
            "stack": function.stack,
            "template": row.template,
        },
        "when": row.when,
        "architecture": row.architecture,
        "image": {
            "certainty": row.certainty,
            "uri": row.uri,
            "pinned_by": row.pinned_by,
            "tag": row.tag,
            "digest": row.digest,
            "asset_platform": row.asset_platform,
        },
        "repository": {
            "name": row.repository,
            "account": row.account,
            "region": row.region,
            "place": row.place,
            "stack": row.stack,
            "same_account": row.same_account,
        },
        "pull": row.puller,
    }
