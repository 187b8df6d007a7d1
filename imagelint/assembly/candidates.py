"""Which files of a folder that no manifest speaks of are templates, told from their names and what they hold.

CloudFormation takes JSON and YAML under any name. Where the bytes cannot say it, a file is parsed; where that does not
say it either, it may be a template, and is left to whoever reads the folder to tell of.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Any, Final

from imagelint.cloudformation.scope import mapping_of
from imagelint.documents.files import UnreadableFileError, parse_any

MAY_BE_TEMPLATE: Final = "may be a template; name the file, or its folder, to have it judged"
_ENDINGS: Final = (".json", ".yaml", ".yml", ".template", ".cfn")
_TOOLS: Final = frozenset(
    {"node_modules", "__pycache__", "venv", ".venv", ".git", ".hg", ".svn", ".tox", ".nox"}
    | {".mypy_cache", ".pytest_cache", ".ruff_cache"}
)
"""Folders of tools, which hold thousands of files and nothing that is deployed as a template."""
_WIDE: Final = rb"\xff\xfe|\xfe\xff|\0*[\t\n\r -~]\0"
"""How a text in UTF-16 or UTF-32 begins."""
_ESCAPED: Final = (
    rb"\\(?:x|u00|U000000)(?:[46][1-9A-Fa-f]|[57][0-9Aa]|3[Aa])|[A-Za-z:]\\(?:[\r\n]|\xc2\x85|\xe2\x80[\xa8\xa9])"
)
"""A letter or colon that JSON or YAML spells as an escape, and a YAML line that goes on in the midst of a word."""


def is_of_tools(folder: str) -> bool:
    """Whether a folder of that name holds what tools put there, where nobody looks for templates."""
    return folder in _TOOLS


def is_set_aside(folder: str) -> bool:
    """Whether templates in a folder of that name are most likely copies: hidden ones, and CDK's staged assets."""
    return folder.startswith((".", "asset."))


def has_ending(name: str) -> bool:
    """Whether a file is named as templates are."""
    return name.lower().endswith(_ENDINGS)


def is_candidate(name: str) -> bool:
    """Whether a file is named as templates are, or has no ending at all."""
    return has_ending(name) or not os.path.splitext(name)[1]


def is_template(name: str, data: bytes) -> bool | None:
    """Whether a file is a template; None where that cannot be told, since it may be one but cannot be parsed."""
    text = data.replace(b"\0", b"") if re.match(_WIDE, data) else data
    if b"\0" in text and not has_ending(name):
        return False  # a program, which holds such words too
    is_plain = b"Resources" in text and b"AWS::" in text
    if is_plain and has_ending(name):
        return True
    if not is_plain and not re.search(_ESCAPED, text):
        return False
    try:
        value = parse_any(data, name).value
    except UnreadableFileError:
        return None
    return _is_template(value)


def _is_template(value: Any) -> bool:
    resources = mapping_of(mapping_of(value).get("Resources"))
    types = [mapping_of(resource).get("Type") for resource in resources.values()]
    return any(isinstance(kind, str) and "::" in kind for kind in types)


def told(files: Sequence[str]) -> str:
    """The files that may be templates and are not read, in one sentence."""
    few = ", ".join(files[:3])
    what = "1 file that may be a template is" if len(files) == 1 else f"{len(files):,} files that may be templates are"
    rest = f" and {len(files) - 3:,} more (--verbose lists them)" if len(files) > 3 else ""
    return f"{what} not read: {few}{rest}; name a file, or its folder, to have it judged"
