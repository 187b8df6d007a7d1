"""What is written from the rules and the program: the README's table and pictures. Run as a program, writes them.

The table is where a rule's code and severity are held: a rule that is in it keeps both, since people name them in their
configurations. Whoever means to change one does so in the README by hand.
"""

from __future__ import annotations

import re
from pathlib import Path

from imagelint.rules.rule import load_rules
from map_picture import MAP, map_picture
from screenshot import PICTURE, picture

README = Path(__file__).parent.parent / "README.md"
_ROW = re.compile(r"^\| ([EWI][0-9]{4}) \| \[([a-z0-9-]+)\]", re.MULTILINE)
_BLOCK = re.compile(r"(<!-- rules:.*?-->\n).*?(<!-- /rules -->)", re.DOTALL)


def with_table(readme: str) -> str:
    """The README with the table as the rule files have it now."""
    rows = [f"| {rule.code} | [{rule.id}](rules/{rule.id}.yaml) | {rule.summary} |" for rule in load_rules()]
    table = "\n".join(["| code | rule | finds |", "|---|---|---|", *rows])
    return _BLOCK.sub(lambda match: f"{match.group(1)}\n{table}\n\n{match.group(2)}", readme)


def broken_promises(readme: str) -> list[str]:
    """The rules of the README's table that the rule files have no more, or have under another code or severity."""
    codes = {rule.id: rule.code for rule in load_rules()}
    return [
        f"README.md has {slug} as {code}, rules/{slug}.yaml {'as ' + codes[slug] if slug in codes else 'is not there'}"
        for code, slug in _ROW.findall(readme)
        if codes.get(slug) != code
    ]


def main() -> None:
    """Write the pictures, and the table unless a rule that is in it would change its code or severity."""
    readme = README.read_text(encoding="utf-8")
    if broken := broken_promises(readme):
        raise SystemExit("\n".join(broken))
    README.write_text(with_table(readme), encoding="utf-8")
    PICTURE.write_text(picture(), encoding="utf-8")
    MAP.write_text(map_picture(), encoding="utf-8")


if __name__ == "__main__":
    main()
