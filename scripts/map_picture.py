"""The documentation's picture of a map: images of the fixtures, as the HTML reports draw them, in a file of its own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import imagelint
from imagelint.inventory.drawing import draw
from imagelint.inventory.rows import Inventory, merge, take

ROOT: Final = Path(__file__).parent.parent
MAP: Final = ROOT / "docs" / "map.svg"
_SHOWN: Final = {
    "architectures": ("ContradictingArm", "GoodArm"),
    "pull-cross-account-right": ("ByCdk",),
    "pull-cross-account-cdk": ("AccountOnly", "Outside"),
    "cross-region": ("OtherRegion", "GoodReplica"),
}
"""The fixtures, and the constructs of each, that between them show all that a map may say."""


def map_picture() -> str:
    """The picture as it should be now, in the reader's light or dark theme."""
    drawn = draw(_inventory())
    drawing = drawn[drawn.index("<svg") : drawn.index("</svg>") + len("</svg>")]
    style = (Path(imagelint.__file__).parent / "report" / "html" / "style.css").read_text(encoding="utf-8")
    colours, *_ = style.split("/* The page */")
    shapes = style.split("/* The map */")[1].split("@media (max-width")[0]
    fonts = "svg text { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }"
    page = "svg.map { background: var(--ground); border: 0; padding: 0; margin: 0; }"
    sheet = f"<style>{colours}{shapes}{fonts}\n{page}</style>"
    ((width, height),) = re.findall(r'viewBox="\S+ \S+ (\S+) (\S+)"', drawing)
    root = f'<svg xmlns="http://www.w3.org/2000/svg" class="map" width="{width}" height="{height}"'
    return drawing.replace("<svg", root, 1).replace(">", f">{sheet}", 1) + "\n"


def _inventory() -> Inventory:
    """The rows of the fixtures that are shown."""
    found = []
    for scenario, constructs in _SHOWN.items():
        whole = take(imagelint.load(ROOT / "tests" / "fixtures" / scenario / "cdk.out"))
        rows = [row for row in whole.rows if (row.function.construct_path or "").split("/")[1] in constructs]
        found.append(Inventory(whole.templates, tuple(rows)))
    return merge(found)
