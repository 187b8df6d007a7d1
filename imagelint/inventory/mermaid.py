"""The inventory as a Mermaid flowchart: functions, by stack, point to the repositories of their images.

Ids are numbers in the order of the rows; what a template says stands in quoted labels only.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Final

from imagelint.inventory import words
from imagelint.inventory.rows import Inventory, Row
from imagelint.report.escape import mermaid_label
from imagelint.report.layout import function_name, grouped

_BREAK: Final = "<br/>"
_SHORT_DIGEST: Final = len("sha256:") + 12
"""How much of a digest is shown, as docker shows it: in a picture the whole would push everything else aside."""


def render(inventory: Inventory) -> str:
    """The diagram alone, for a file or for a fence of the language `mermaid`."""
    return "".join(f"{line}\n" for line in _lines(inventory.rows))


def _lines(rows: Sequence[Row]) -> Iterator[str]:
    yield "flowchart LR"
    if not rows:
        yield '  none["No image function"]'
    functions = _numbered("f", (row.which_function for row in rows))
    repositories = _numbered("r", (row.which_repository for row in rows))
    stacks = grouped(rows, lambda row: (row.function.stack, row.template))
    for number, ((stack, _), inside) in enumerate(stacks, start=1):
        yield f'  subgraph s{number}["Stack {mermaid_label(stack)}"]'
        for function, own in grouped(inside, lambda row: row.which_function):
            yield f'    {functions[function]}["{_joined(_about_function(own))}"]'
        yield "  end"
    for repository, using in grouped(rows, lambda row: row.which_repository):
        yield f'  {repositories[repository]}[("{_joined(_about_repository(using))}")]'
    for row in rows:
        label = _joined(_about_use(row))
        arrow = f'-->|"{label}"|' if label else "-->"
        yield f"  {functions[row.which_function]} {arrow} {repositories[row.which_repository]}"


def _numbered(letter: str, keys: Iterable[Hashable]) -> dict[Hashable, str]:
    return {key: f"{letter}{number}" for number, key in enumerate(dict.fromkeys(keys), start=1)}


def _joined(lines: Iterable[str]) -> str:
    return _BREAK.join(dict.fromkeys(lines))


def _about_function(rows: Sequence[Row]) -> Iterator[str]:
    yield mermaid_label(function_name(rows[0].function))
    yield from (words.architecture(row, mermaid_label) for row in rows)


def _about_repository(rows: Sequence[Row]) -> Iterator[str]:
    yield words.image(rows[0], mermaid_label)
    for row in rows:
        if (elsewhere := words.elsewhere(row, mermaid_label)) is not None:
            yield elsewhere
        named = f"stack {mermaid_label(row.stack)}" if row.stack is not None else None
        yield words.place(row, mermaid_label) if named is None or row.place == "asset" else named


def _about_use(row: Row) -> Iterator[str]:
    """What selects the image and who may pull it; for an asset, whose tag is a hash of its source, neither."""
    if row.place != "asset":
        if (pin := words.pin(row, _short)) is not None:
            yield " ".join(pin)
        yield words.PULLERS[row.puller]
    if row.when is not None:
        yield f"when {mermaid_label(row.when)}"


def _short(pin: str) -> str:
    shown = f"{pin[:_SHORT_DIGEST]}..." if pin.startswith("sha256:") and len(pin) > _SHORT_DIGEST else pin
    return mermaid_label(shown)
