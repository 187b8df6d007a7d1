"""The inventory in words, for the formats that people read. What a template says is quoted as the format asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from imagelint.inventory.rows import Certainty, Inventory, Puller, Row
from imagelint.report.layout import counted

Quote = Callable[[str], str]
"""Makes text of a template harmless in a format."""

PULLERS: Final[dict[Puller, str]] = {
    "asset": "asset",
    "lambda-service": "Lambda's service",
    "execution-role": "execution role",
    "service-and-role": "service and role",
    "service-and-account": "service and account",
    "nobody": "nobody",
    "not-visible": "not visible here",
}
_NONE: Final = "(none)"
_UNKNOWN: Final = "(unknown)"
_NO_IMAGE: Final[dict[Certainty, str]] = {"not-built": "(not built yet)", "none": _NONE}
INAPPLICABLE: Final = "-"


def _quoted(text: str, quote: Quote) -> str:
    """Text of a template that cannot pass for one of the remarks in parentheses."""
    return quote(rf"\x28{text[1:]}" if text.startswith("(") else text)


def image(row: Row, quote: Quote) -> str:
    """The repository's name, or what is known of the image reference."""
    return _NO_IMAGE.get(row.certainty, _UNKNOWN) if row.image is None else _quoted(row.image, quote)


def pin(row: Row, quote: Quote) -> tuple[str, str] | None:
    """What selects the image, and by which value; None where `image` says it already, or nothing is known of it."""
    if row.repository is None or row.pinned_by is None:
        return None
    if row.pinned_by == "none":
        return "tag", _NONE
    return row.pinned_by, _UNKNOWN if row.pin is None else _quoted(row.pin, quote)


def architecture(row: Row, quote: Quote) -> str:
    """The function's architecture."""
    return _UNKNOWN if row.architecture is None else _quoted(row.architecture, quote)


def platform(row: Row, quote: Quote) -> str:
    """The platform of the asset; a dash for what is no asset."""
    if row.asset_platform is not None:
        return _quoted(row.asset_platform, quote)
    return "(not set)" if row.place == "asset" else INAPPLICABLE


def place(row: Row, quote: Quote) -> str:
    """What makes the repository; a name of the template comes last, so that nothing can be added to it."""
    if row.stack is not None and row.place != "asset":
        if row.same_account is False:
            return f"another account, stack {quote(row.stack)}"
        return "this stack" if row.place == "this-stack" else f"another stack {quote(row.stack)}"
    return "outside the assembly" if row.place == "outside" else row.place.replace("-", " ")


def elsewhere(row: Row, quote: Quote) -> str | None:
    """The repository's account and region, those that are not known to be the function's; None where both are."""
    parts = []
    if row.account is not None and row.same_account is not True:
        parts.append(f"account {quote(row.account)}")
    if row.region is not None and row.same_region is not True:
        parts.append(f"region {quote(row.region)}")
    return ", ".join(parts) or None


def summary(inventory: Inventory) -> str:
    """One line: the functions, and where they were looked for."""
    functions = counted(inventory.functions, "image function") if inventory.functions else "No image function"
    aside = f"; {counted(len(inventory.errors), 'input')} not analysed" if inventory.errors else ""
    return f"{functions} in {counted(inventory.templates, 'template')}{aside}."
