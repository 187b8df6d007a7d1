"""Elements of HTML and SVG. What an element holds is markup that imagelint made; attributes are text, and escaped."""

from __future__ import annotations

from imagelint.report.escape import html


def element(name: str, /, *inside: str, **attributes: str | float | bool | None) -> str:
    """An element. An attribute is named as Python can: `class_` is class, `aria_label` is aria-label; one that is
    False, None or an empty text is left out, and one that is True has no value."""
    written = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in ("path", "rect", "input"):  # which hold nothing
        return f"<{name}{written}{'' if name == 'input' else '/'}>"
    return f"<{name}{written}>{''.join(inside)}</{name}>"


def _attribute(key: str, value: str | float | bool | None) -> str:
    name = key.rstrip("_").replace("_", "-").replace("viewBox".lower(), "viewBox")
    if value is None or value is False or value == "":
        return ""
    if value is True:
        return f" {name}"
    return f' {name}="{f"{value:g}" if isinstance(value, float) else html(str(value))}"'


def table(headings: tuple[str, ...], rows: str, *, label: str) -> str:
    """A table that scrolls where it is too wide, by the keyboard too; `rows` are elements."""
    heads = "".join(element("th", html(heading), scope="col") for heading in headings)
    return element(
        "div",
        element("table", element("thead", element("tr", heads)), element("tbody", rows)),
        class_="scroll",
        tabindex=0,
        role="group",
        aria_label=label,
    )


def row(*cells: str, header: str = "", id_: str = "") -> str:
    """A row of a table, on a line of its own; `header` is the cell that names it."""
    first = element("th", header, scope="row") if header else ""
    return element("tr", first, *(element("td", cell) for cell in cells), id_=id_) + "\n"
