"""The README's picture: what `make demo` writes on a terminal, as an SVG that follows the reader's light or dark theme.

Its own few lines instead of a package: what rich exports names the address of a web font and knows one theme, and it
changes with rich. Needs a system with pseudo-terminals.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
PICTURE: Final = ROOT / "docs" / "demo.svg"
COLUMNS: Final = 100
_SHOWN: Final = ("Orders/Invoices", "Orders/Worker/Resource")
"""The functions of the demo whose findings are shown; a line of dots stands for the others."""
_CELL: Final = 7.8
_LINE: Final = 17
_MARGIN: Final = 20
_STYLES: Final = {
    "1": "b",
    "2": "dim",
    "1;31": "b red",
    "1;33": "b yellow",
    "1;34": "b blue",
    "32": "green",
    "36": "cyan",
}
"""The parameters of the colours that the report uses -> the classes of the picture."""
_SHEET: Final = """\
text { font: 13px ui-monospace, SFMono-Regular, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; fill: #1f2328;
  white-space: pre }
rect { fill: #f6f8fa; stroke: #d1d9e0 }
.b { font-weight: 600 } .dim { fill: #59636e } .red { fill: #c21c2c } .yellow { fill: #8a5a00 } .blue { fill: #0969da }
.green { fill: #1a7f37 } .cyan { fill: #0b6e8a }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } rect { fill: #0d1117; stroke: #3d444d }
  .dim { fill: #9198a1 } .red { fill: #ff7b72 } .yellow { fill: #e3b341 } .blue { fill: #79c0ff }
  .green { fill: #56d364 } .cyan { fill: #76e3ea }
}"""


def demo() -> list[str]:
    """The arguments with which `make demo` runs imagelint."""
    (command,) = re.findall(r"^demo:.*\n\t@\$\(BIN\)/imagelint (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    return shlex.split(command)


def on_a_terminal(arguments: list[str]) -> str:
    """What imagelint writes on a terminal that knows colours and follows no links."""
    terminal, program = os.openpty()
    environment = {"PATH": os.environ["PATH"], "TERM": "xterm-256color", "COLUMNS": str(COLUMNS)}
    command = [sys.executable, "-m", "imagelint", *arguments]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=program) as process:
        os.close(program)
        written = read_terminal(terminal)
    if process.returncode:
        raise SystemExit(f"the demo ended with status {process.returncode}")
    return written.replace("\r\n", "\n")


def read_terminal(terminal: int) -> str:
    """What a program writes to the other side of a pseudo-terminal, until it has gone."""
    pieces = []
    try:
        while piece := os.read(terminal, 65536):
            pieces.append(piece)
    except OSError:  # how Linux says that the program has gone
        pass
    finally:
        os.close(terminal)
    return b"".join(pieces).decode()


def picture() -> str:
    """The picture as it should be now."""
    lines = ["$ make demo", *_shortened(on_a_terminal(demo()))]
    width, height = _MARGIN * 2 + round(COLUMNS * _CELL), _MARGIN * 2 + len(lines) * _LINE
    texts = "\n".join(_drawn(line, _MARGIN + (number + 0.75) * _LINE) for number, line in enumerate(lines) if line)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">\n'
        f"<title>imagelint on the terminal</title>\n<style>\n{_SHEET}\n</style>\n"
        f'<rect x=".5" y=".5" width="{width - 1}" height="{height - 1}" rx="8"/>\n{texts}\n</svg>\n'
    )


def _shortened(written: str) -> Iterator[str]:
    """The lines of the report, those about some functions left out."""
    is_shown = was_shown = True
    for line in written.rstrip("\n").split("\n"):
        plain = re.sub(r"\x1b\[[0-9;]*m", "", line)
        if re.match(r"  \S.* at ", plain):
            is_shown = plain.split()[0] in _SHOWN
            if was_shown and not is_shown:
                yield from ("  \x1b[2m...\x1b[0m", "")
        elif not plain.startswith("    ") and plain:
            is_shown = True
        if is_shown:
            yield line
        was_shown = is_shown


def _drawn(line: str, y: float) -> str:
    """A line as text elements, each piece at its column, whatever the font."""
    pieces, column, style = [], 0, ""
    for part in re.split(r"(\x1b\[[0-9;]*m)", line):
        if part.startswith("\x1b"):
            style = _STYLES.get(part[2:-1], "")
            continue
        text = part.strip(" ")
        if text:
            x = _MARGIN + (column + len(part) - len(part.lstrip(" "))) * _CELL
            named = f' class="{style}"' if style else ""
            pieces.append(
                f'<text x="{x:.1f}" y="{y:.2f}" textLength="{len(text) * _CELL:.1f}"{named}>{escape(text)}</text>'
            )
        column += len(part)
    return "".join(pieces)
