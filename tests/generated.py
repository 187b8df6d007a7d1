"""What is written from the rule files: the README's table and the catalogue; run as a program, writes both."""

from __future__ import annotations

import json
import re
import zlib
from pathlib import Path

import yaml

from imagelint.rules.ruleset import CATALOGUE, builtin_folder, load_rules

README = Path(__file__).parent.parent / "README.md"
_BLOCK = re.compile(r"(<!-- rules:.*?-->\n).*?(<!-- /rules -->)", re.DOTALL)


def with_table(readme: str) -> str:
    """The README with the table as the rule files have it now."""
    rows = [f"| {rule.code} | [{rule.id}](rules/{rule.id}.yaml) | {rule.summary} |" for rule in load_rules()]
    table = "\n".join(["| code | rule | finds |", "|---|---|---|", *rows])
    return _BLOCK.sub(lambda match: f"{match.group(1)}\n{table}\n\n{match.group(2)}", readme)


def catalogue() -> str:
    """The rule files as one JSON text, with the checksum by which a stale catalogue is known."""
    texts = [file.read_bytes() for file in sorted(Path(builtin_folder()).glob("*.yaml"))]
    checksum = 0
    for text in texts:
        checksum = zlib.crc32(text, checksum)
    rules = [yaml.safe_load(text) for text in texts]
    return json.dumps({"checksum": checksum, "rules": rules}, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")
    Path(builtin_folder(), CATALOGUE).write_text(catalogue(), encoding="utf-8")
