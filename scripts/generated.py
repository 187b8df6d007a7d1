"""What is written from the rule files: the README's table of them. Run as a program, writes it."""

from __future__ import annotations

import re
from pathlib import Path

from imagelint.rules.rule import load_rules

README = Path(__file__).parent.parent / "README.md"
_BLOCK = re.compile(r"(<!-- rules:.*?-->\n).*?(<!-- /rules -->)", re.DOTALL)


def with_table(readme: str) -> str:
    """The README with the table as the rule files have it now."""
    rows = [f"| {rule.code} | [{rule.id}](rules/{rule.id}.yaml) | {rule.summary} |" for rule in load_rules()]
    table = "\n".join(["| code | rule | finds |", "|---|---|---|", *rows])
    return _BLOCK.sub(lambda match: f"{match.group(1)}\n{table}\n\n{match.group(2)}", readme)


if __name__ == "__main__":
    README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")
