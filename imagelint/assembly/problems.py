"""What could not be read, and what was read but not understood: each is reported once, with its line if it has one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from imagelint.documents.files import UnreadableFileError
from imagelint.documents.pointer import Pointer, Position
from imagelint.model import Problem

MAX_SHOWN: Final = 100
"""Problems of one template that are reported one by one."""


class Template(Protocol):
    """A text in which places have lines."""

    @property
    def display_path(self) -> str:
        """Its path as messages name it."""

    def positions(self, pointers: Sequence[Pointer]) -> Mapping[Pointer, Position]:
        """Line and column of some places, as far as they can be told."""


class Problems:
    """The problems of one assembly, and its warnings."""

    def __init__(self) -> None:
        self._problems: dict[Problem, None] = {}
        self._unplaced: dict[Template, dict[tuple[Pointer, str], None]] = {}
        """Problems whose lines are looked up together, since each look reads the whole text."""
        self.warnings: dict[Problem, None] = {}
        """What was read but not understood, and what was left unread."""
        self.unread: list[Problem] = []
        """The templates that may be deployed and were not read, each by its path, or by where it is named."""

    def report(self, path: str, message: str) -> None:
        """Record a problem, once."""
        self._problems[Problem(path, message)] = None

    def report_unread(self, error: UnreadableFileError) -> None:
        """Record a file that cannot be read, once."""
        self.report(error.display_path, error.message)

    def report_at(self, template: Template, pointer: Pointer, message: str) -> None:
        """Record a problem at a place of a template, once."""
        self._unplaced.setdefault(template, {})[pointer, message] = None

    def warn(self, path: str, message: str) -> None:
        """Record something that was read but not understood, once."""
        self.warnings[Problem(path, message)] = None

    def warn_unread(self, path: str, message: str, files: Sequence[Problem] = ()) -> None:
        """Record that a template which may be deployed is not here, or not read; or several, which are listed then: a
        warning, and they are counted."""
        if Problem(path, message) not in self.warnings:
            self.unread += files or [Problem(path, message)]
        self.warn(path, message)

    def listed(self) -> list[Problem]:
        """What could not be read."""
        while self._unplaced:
            self._place(*self._unplaced.popitem())
        return list(self._problems)

    def _place(self, template: Template, unplaced: Mapping[tuple[Pointer, str], None]) -> None:
        noted = list(unplaced)[:MAX_SHOWN]
        if len(unplaced) > len(noted):
            self.report(
                template.display_path,
                f"has {len(unplaced) - len(noted):,} more problems than the {MAX_SHOWN} told here",
            )
        places = template.positions([pointer for pointer, _ in noted])
        for pointer, message in noted:
            line, column = places.get(pointer, (None, None))
            self.report(template.display_path if line is None else f"{template.display_path}:{line}:{column}", message)
