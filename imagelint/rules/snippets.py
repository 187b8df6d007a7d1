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
LANGUAGES: Final = {"typescript": "TypeScript", "python": "Python", "go": "Go", "java": "Java", "csharp": "C#"}
"""A language of CDK -> what people call it."""
SUFFIXES: Final = {"typescript": ".ts", "python": ".py", "go": ".go", "java": ".java", "csharp": ".cs"}
"""A language of CDK -> how the name of a snippet in it ends: `snippets/<name>.ts`."""


def snippets_of(rule: Rule) -> Mapping[str, str]:
    """The fix by language: what the rule file itself says, or else the file beside it. Raises UsageError."""
    files = snippet_files(rule)
    return {
        language: rule.cdk[language] if language in rule.cdk else _read(files[language])
        for language in SUFFIXES
        if language in rule.cdk or language in files
    }


def snippet_files(rule: Rule) -> Mapping[str, str]:
    """The files beside the rule file that show its fix, by language."""
    files = {name: os.path.join(rule.folder, FOLDER, rule.snippets + suffix) for name, suffix in SUFFIXES.items()}
    return {language: file for language, file in files.items() if os.path.lexists(file)}


def _read(file: str) -> str:
    try:
        return read(file, file).decode()
    except UnreadableFileError as error:
        raise UsageError(f"{error.display_path}: {error.message}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{file}: is not UTF-8") from None
