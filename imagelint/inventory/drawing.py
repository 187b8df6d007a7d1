"""The map: which function pulls which image, from whose repository, and who may, as an SVG inside of HTML.

What a template says is text of elements only; every colour stands for a class of the page's style sheet, and whatever a
colour says a word or a sign says too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from imagelint.inventory import words
from imagelint.inventory.plan import NODE, PAD, Group, Node, Plan, is_wrong, plan
from imagelint.inventory.rows import Inventory, Puller, Row
from imagelint.model import FunctionRef
from imagelint.record import Record
from imagelint.report.escape import html
from imagelint.report.html.markup import element
from imagelint.report.layout import counted, function_name

_FUNCTION, _IMAGE, _GRANT, _REPOSITORY = (0, 310), (334, 230), (588, 182), (872, 330)
"""Where the columns begin, and how wide they are."""
_WIDTH: Final = _REPOSITORY[0] + _REPOSITORY[1] + PAD
_TITLES: Final = ((_FUNCTION, "Function"), (_IMAGE, "Image"), (_GRANT, "Who may pull"), (_REPOSITORY, "Repository"))
_TOP: Final = 30
"""The height of the titles."""
_INSET: Final = 12
"""Pixels between the edge of a box and its text."""
_CHARACTER: Final = 7.3
"""The width of a character, in pixels: all texts are of one width."""
_SIGNS: Final = {"ok": "\u2713", "bad": "\u2715", "open": "?"}
_SHORT_DIGEST: Final = len("sha256:") + 12
"""How much of a digest is shown, as docker shows it."""
_GRANTS: Final[Mapping[Puller, str]] = {"nobody": "bad", "not-visible": "open"}


class Mark(Record):
    """What has been found of a function: how bad it is, in which words, and where the page says more."""

    kind: str
    text: str
    link: str


def draw(inventory: Inventory, marks: Mapping[FunctionRef, Mark] | None = None) -> str:
    """The map as an HTML fragment; empty where there is nothing to draw."""
    if not inventory.rows:
        return ""
    known = marks or {}
    planned = plan(inventory, [row for row in inventory.rows if row.function in known])
    numbers = {row: index for index, row in enumerate(inventory.rows)}
    return "".join(_fragment(planned, known, numbers))


def row_id(index: int) -> str:
    """The name by which the map leads to a row of the table below it."""
    return f"image-{index}"


def _fragment(planned: Plan, marks: Mapping[FunctionRef, Mark], numbers: Mapping[Row, int]) -> Iterator[str]:
    if planned.left_out:
        drawn = f"Drawn are {len(planned.rows):,} images, those with something wrong first; "
        yield element("p", f"{drawn}{planned.left_out:,} more are in the table below.")
    inside = "".join(_inside(planned, marks, numbers))
    titles = "".join(_text("title", left, 16, title, 30) for (left, _), title in _TITLES)
    yield element(
        "div",
        element(
            "svg",
            titles,
            element("g", inside, transform=f"translate(0 {_TOP})"),
            viewbox=f"-1 0 {_WIDTH + 2} {round(planned.height) + _TOP + 2}",
            role="group",
            aria_label="Which function pulls which image",
        ),
        class_="map",
        tabindex=0,
        role="group",
        aria_label="Map of the images, which may be scrolled",
    )


def _inside(planned: Plan, marks: Mapping[FunctionRef, Mark], numbers: Mapping[Row, int]) -> Iterator[str]:
    """What stands behind comes first: stacks and accounts, then lines, then functions and repositories."""
    rows = planned.rows
    for stack in planned.stacks:
        yield _frame(stack, _FUNCTION, *_about_stack(rows[stack.nodes[0].rows[0]]))
    for account in planned.accounts:
        yield _frame(
            account, _REPOSITORY, *_about_account([rows[each] for node in account.nodes for each in node.rows])
        )
    repositories = {index: node for account in planned.accounts for node in account.nodes for index in node.rows}
    for index, row in enumerate(rows):
        yield _line(index, row, planned.levels[index], repositories[index])
    for stack in planned.stacks:
        yield from (_function(node, rows, marks, numbers) for node in stack.nodes)
    for account in planned.accounts:
        yield from (_repository(node, rows) for node in account.nodes)


def _text(kind: str, left: float, base: float, text: str, room: int, *, keeps_end: bool = False) -> str:
    """A text of at most so many characters; of a longer one the end says more, or the beginning."""
    if len(text) > room:
        text = f"\u2026{text[1 - room :]}" if keeps_end else f"{text[: room - 1]}\u2026"
    return element("text", html(text), class_=kind, x=float(left), y=float(base))


def _text_before(kind: str, right: float, base: float, text: str) -> str:
    """A text that ends at a place."""
    return element("text", html(text), class_=kind, text_anchor="end", x=float(right), y=float(base)) if text else ""


def _box(kind: str, column: tuple[int, int], top: float, height: float, radius: int = 6) -> str:
    left, width = column
    return element("rect", class_=kind.strip(), x=left, y=top, width=width, height=height, rx=radius)


def _room(column: tuple[int, int]) -> int:
    return int((column[1] - 2 * _INSET) / _CHARACTER)


def _as_is(text: str) -> str:
    return text


def _frame(group: Group, column: tuple[int, int], title: str, aside: str, kind: str = "") -> str:
    """A stack, or an account and region."""
    left, room = column[0] + _INSET, _room(column)
    return (
        element(
            "g",
            element("title", html(f"{title}: {aside}" if aside else title)),
            _box("", column, group.top, group.height, 8),
            _text("name", left, group.top + (21 if aside else 30), title, room, keeps_end=True),
            _text("aside", left, group.top + 39, aside, room) if aside else "",
            class_=f"frame {kind}".strip(),
        )
        + "\n"
    )


def _about_stack(row: Row) -> tuple[str, str]:
    return f"Stack {row.function.stack}", " / ".join(filter(None, (row.own_account, row.own_region)))


def _about_account(rows: Sequence[Row]) -> tuple[str, str, str]:
    """What the repositories of a group are called together, what is different about them, and how bad that is."""
    row = rows[0]
    if row.repository is None:
        return "Not known to be in Amazon ECR", "", ""
    where = " / ".join(filter(None, (row.account, row.region))) or "Account not known"
    if all(each.same_region is False for each in rows):
        return where, "another region", "bad"
    if all(each.same_account is False for each in rows):
        return where, "another account", "other"
    return where, "the functions' own" if all(each.same_account and each.same_region for each in rows) else "", ""


def _line(index: int, row: Row, level: float, repository: Node) -> str:
    """From the function to the image, from there to the grant, and by that to the repository."""
    grant = _GRANTS.get(row.puller, "ok")
    kind = "bad" if row.same_region is False else grant
    begin, until = _GRANT[0] + _GRANT[1], _REPOSITORY[0] + PAD
    bend = (until - begin) / 2
    ways = (
        f"M{_FUNCTION[1] - PAD} {level:g}H{_IMAGE[0]}",
        f"M{_IMAGE[0] + _IMAGE[1]} {level:g}H{_GRANT[0]}",
        f"M{begin} {level:g}C{begin + bend:g} {level:g} {until - bend:g} {repository.middle:g} {until} "
        f"{repository.middle:g}",
    )
    is_misbuilt = row.same_architecture is False
    return (
        element(
            "g",
            element("title", html(_sentence(row))),
            *(element("path", class_=f"edge {kind}", d=way) for way in ways),
            _labelled("bad" if is_misbuilt else "", _IMAGE, level, *_about_image(row), is_misbuilt),
            _labelled(grant, _GRANT, level, f"{_SIGNS[grant]} {words.PULLERS[row.puller]}", *_elsewhere(row)),
            class_="row",
            data_rows=str(index),
        )
        + "\n"
    )


def _labelled(kind: str, column: tuple[int, int], level: float, name: str, aside: str, is_bad: bool) -> str:
    """A box with a name in it, and below that what is to be said besides."""
    left, top = column[0] + _INSET, level - NODE / 2
    below = _text(f"aside{' bad' if is_bad else ''}", left, top + 35, aside, _room(column)) if aside else ""
    base = top + (18 if aside else 27)
    return _box(f"box {kind}", column, top, NODE) + _text("name", left, base, name, _room(column)) + below


def _about_image(row: Row) -> tuple[str, str]:
    """What selects the image, and what it is built for or when it is used."""
    pin = row.pin or ("(none)" if row.pinned_by == "none" else "(unknown)")
    if row.pinned_by == "digest":
        name = f"{pin[:_SHORT_DIGEST]}\u2026" if len(pin) > _SHORT_DIGEST else pin
    else:
        name = f"tag {pin}" if row.pinned_by else words.image(row, _as_is)
    built = row.asset_platform or ""
    asides = [f"{_SIGNS['bad']} built for {built}" if row.same_architecture is False else built]
    if row.when is not None:
        asides.append(f"when {row.when}")
    return name, ", ".join(filter(None, asides))


def _elsewhere(row: Row) -> tuple[str, bool]:
    parts = [what for what, same in (("region", row.same_region), ("account", row.same_account)) if same is False]
    return f"another {' and '.join(parts)}" if parts else "", row.same_region is False


def _sentence(row: Row) -> str:
    """The row in words, for a pointer that rests on it."""
    pin = words.pin(row, _as_is)
    parts = [
        f"{function_name(row.function)} ({words.architecture(row, _as_is)})",
        f"runs {words.image(row, _as_is)}{f', {pin[0]} {pin[1]}' if pin else ''}",
        f"built for {row.asset_platform}" if row.asset_platform else "",
        words.place(row, _as_is),
        words.elsewhere(row, _as_is) or "",
        f"who may pull: {words.PULLERS[row.puller]}",
        f"when {row.when}" if row.when is not None else "",
    ]
    return "; ".join(filter(None, parts))


def _function(node: Node, rows: Sequence[Row], marks: Mapping[FunctionRef, Mark], numbers: Mapping[Row, int]) -> str:
    """A function, which leads to what is found of it, or else to its row in the table."""
    row = rows[node.rows[0]]
    mark = marks.get(row.function)
    column = left, width = _FUNCTION[0] + PAD, _FUNCTION[1] - 2 * PAD
    kind = mark.kind if mark else "bad" if any(is_wrong(rows[index]) for index in node.rows) else ""
    name, said = function_name(row.function), words.architecture(row, _as_is)
    label = f"{name}, {said}{f', {mark.text}' if mark else ''}"
    return (
        element(
            "a",
            element("title", html(label)),
            _box(f"box {kind}", column, node.top, node.height),
            _text("name", left + _INSET, node.top + 18, name, _room(column), keeps_end=True),
            _text("aside", left + _INSET, node.top + 35, said, 20),
            _text_before(f"found {mark.kind}", left + width - _INSET, node.top + 35, mark.text) if mark else "",
            class_="node",
            href=f"#{mark.link if mark else row_id(numbers[row])}",
            data_rows=_listed(node),
        )
        + "\n"
    )


def _repository(node: Node, rows: Sequence[Row]) -> str:
    using = [rows[index] for index in node.rows]
    column = left, _ = _REPOSITORY[0] + PAD, _REPOSITORY[1] - 2 * PAD
    name, functions = words.image(using[0], _as_is), len({each.which_function for each in using})
    said = f"{counted(functions, 'function')}, {_maker(using[0])}"
    return (
        element(
            "g",
            element("title", html(f"{name}, {said}")),
            _box(f"box {'bad' if all(each.same_region is False for each in using) else ''}", column, node.top, NODE),
            _text("name", left + _INSET, node.top + 18, name, _room(column), keeps_end=True),
            _text("aside", left + _INSET, node.top + 35, said, _room(column)),
            class_="node",
            tabindex=0,
            role="button",
            aria_pressed="false",
            data_rows=_listed(node),
        )
        + "\n"
    )


def _maker(row: Row) -> str:
    """What makes a repository; the account is said around it."""
    if row.stack is not None and row.place not in ("asset", "this-stack"):
        return f"stack {row.stack}"
    return words.place(row, _as_is)


def _listed(node: Node) -> str:
    return " ".join(map(str, node.rows))
