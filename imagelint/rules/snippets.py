"""The fix of a rule in CDK's languages: short texts in files of their own, which only whoever shows them reads."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

from imagelint.documents.files import UnreadableFileError, read
from imagelint.model import UsageError
from imagelint.rules.rule import Rule

FOLDER: Final = "snippets"
"""The folder of the snippets, beside the rule files."""
SUFFIXES: Final = {"typescript": ".ts", "python": ".py", "go": ".go", "java": ".java", "csharp": ".cs"}
"""A language of CDK -> how the name of a snippet in it ends: `snippets/<id>.ts`."""


def snippets_of(rule: Rule) -> Mapping[str, str]:
    """The fix by language: what the rule file itself says, or else the file beside it. Raises UsageError."""
    snippets = {}
    for language, suffix in SUFFIXES.items():
        file = os.path.join(rule.folder, FOLDER, rule.id + suffix)
        if language in rule.cdk:
            snippets[language] = rule.cdk[language]
        elif os.path.lexists(file):
            snippets[language] = _read(file)
    return snippets


def _read(file: str) -> str:
    try:
        return read(file, file).decode()
    except UnreadableFileError as error:
        raise UsageError(f"{error.shown}: {error.message}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{file}: is not UTF-8") from None
