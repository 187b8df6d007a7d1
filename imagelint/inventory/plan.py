"""Where everything of the map stands: functions by stack on the left, repositories by account and region on the right.

A row of the inventory is a line between the two. Knows lengths and no words.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Final

from imagelint.inventory.rows import Inventory, Row
from imagelint.report.layout import grouped

PITCH: Final = 52
"""Pixels from one row to the next."""
NODE: Final = 44
"""The height of what stands in a row."""
HEAD: Final = 50
"""The height of what a stack, or an account, is called."""
PAD: Final = 10
_GAP: Final = 18
MAX_DRAWN: Final = 200
"""Rows that are drawn: more of them are a page that nobody looks at, and a file that nobody wants."""


@dataclass(frozen=True, kw_only=True)
class Node:
    """A function, or a repository, with the rows that it is in."""

    top: float
    height: float
    rows: tuple[int, ...]

    @property
    def middle(self) -> float:
        """Where lines meet it."""
        return self.top + self.height / 2


@dataclass(frozen=True, kw_only=True)
class Group:
    """A stack with its functions, or an account and region with its repositories."""

    top: float
    height: float
    nodes: tuple[Node, ...]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The whole map. A row is known by its place in `rows`."""

    rows: tuple[Row, ...]
    levels: tuple[float, ...]
    """The middle of each row."""
    stacks: tuple[Group, ...]
    accounts: tuple[Group, ...]
    height: float
    left_out: int
    """How many rows of the inventory are not drawn."""


def plan(inventory: Inventory, first: Sequence[Row] = ()) -> Plan:
    """The map of an inventory. Where there are too many rows, those of `first` and those with something wrong are drawn
    before others."""
    rows = _chosen(inventory.rows, first)
    stacks, levels = _stacks(rows)
    end = stacks[-1].top + stacks[-1].height if stacks else 0
    accounts = _accounts(rows, levels, end)
    height = max(end, max((group.top + group.height for group in accounts), default=0))
    return Plan(
        rows=rows,
        levels=levels,
        stacks=stacks,
        accounts=accounts,
        height=height,
        left_out=len(inventory.rows) - len(rows),
    )


def is_wrong(row: Row) -> bool:
    """Whether a picture shows at once that something is not as it must be."""
    return row.puller == "nobody" or row.same_region is False or row.same_architecture is False


def _chosen(rows: Sequence[Row], first: Sequence[Row]) -> tuple[Row, ...]:
    preferred = set(first)
    ranked = sorted(
        range(len(rows)), key=lambda index: (rows[index] not in preferred, not is_wrong(rows[index]), index)
    )
    return tuple(rows[index] for index in sorted(ranked[:MAX_DRAWN]))


def _stacks(rows: Sequence[Row]) -> tuple[tuple[Group, ...], tuple[float, ...]]:
    """The stacks, one below the other, and the middle of each row."""
    levels = [0.0] * len(rows)
    groups: list[Group] = []
    top = 0.0
    for _, inside in grouped(range(len(rows)), lambda index: (rows[index].function.stack, rows[index].template)):
        at, nodes = top + HEAD, []
        for _, own in grouped(inside, lambda index: rows[index].which_function):
            nodes.append(Node(top=at, height=PITCH * len(own) - (PITCH - NODE), rows=tuple(own)))
            for index in own:
                levels[index] = at + NODE / 2
                at += PITCH
        groups.append(Group(top=top, height=at - top + PAD - (PITCH - NODE), nodes=tuple(nodes)))
        top = groups[-1].top + groups[-1].height + _GAP
    return tuple(groups), tuple(levels)


def _accounts(rows: Sequence[Row], levels: Sequence[float], end: float) -> tuple[Group, ...]:
    """The accounts and regions, each as near to the rows that lead to it as the others leave it."""

    def level(indexes: Sequence[int]) -> float:
        return sum(levels[index] for index in indexes) / len(indexes)

    def owner(index: int) -> Hashable:
        row = rows[index]
        return (row.account, row.region) if row.repository else None

    found = sorted((inside for _, inside in grouped(range(len(rows)), owner)), key=level)
    placed: list[tuple[float, int, list[list[int]]]] = []
    top = 0.0
    for inside in found:
        kept = sorted((own for _, own in grouped(inside, lambda index: rows[index].which_repository)), key=level)
        height = HEAD + PITCH * len(kept) + PAD - (PITCH - NODE)
        top = max(top, level(inside) - (height + HEAD - PAD) / 2)
        placed.append((top, height, kept))
        top += height + _GAP
    below = max(end, float(sum(height + _GAP for _, height, _ in placed) - _GAP))
    groups: list[Group] = []
    for wanted, height, kept in reversed(placed):  # what was pushed past the end comes up again
        top = max(min(wanted, below - height), 0.0)
        nodes = (Node(top=top + HEAD + PITCH * number, height=NODE, rows=tuple(own)) for number, own in enumerate(kept))
        groups.append(Group(top=top, height=height, nodes=tuple(nodes)))
        below = top - _GAP
    return tuple(reversed(groups))
