"""What a cloud assembly says of its constructs: their paths, and where in the app's own source they were made.

Knows the metadata entries of `manifest.json` (inline, or in the `additionalMetadataFile` of later versions); sources:
aws-cdk's cloud-assembly-schema, "MetadataEntry" and "ArtifactManifest".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from imagelint.assembly.repeats import Repeats
from imagelint.documents.files import Root
from imagelint.memo import Memo
from imagelint.model import Source

_ENDINGS: Final = (r":([0-9]{1,9}):([0-9]{1,9})\)?$", r":([0-9]{1,9})()\)?$")
"""What a frame has behind the file, if it names one: line and column, or the line alone."""
_DRIVE: Final = r"(?:^|[( ])[A-Za-z]:$"
_NOT_THE_APP: Final = r"(?:^|[/\\])node_modules[/\\]|^node:|^internal/|jsii-kernel|[/\\]jsii[/\\]|program\.js$"
_TRACED: Final = ("aws:cdk:creationStack", "aws:cdk:logicalId")
"""Where a stack trace stands: as data since late 2025, before that as `trace` of any entry."""
_ASSIGNED: Final = "aws:cdk:propertyAssignment"
ACKNOWLEDGED: Final = "aws:cdk:acknowledged-rules"
ASSET: Final = "aws:cdk:asset"
LOOKED_FOR: Final = frozenset((ASSET, ACKNOWLEDGED))
"""The types of entries that are looked for in every stack that has functions."""


class Constructs(Memo):
    """The metadata of one stack's constructs, by construct path without the leading slash."""

    def __init__(self, entries: Mapping[str, list[Mapping[str, Any]]]) -> None:
        super().__init__()
        self.entries = entries
        self._sources: dict[str, Source | None] = {}
        self._assignments: dict[str, Mapping[str, Source]] = {}
        """By construct path and property. What is copied in a template has the path of many functions."""

    @staticmethod
    def read(metadata: Any) -> Constructs:
        """From the `metadata` of a manifest's artifact; what has another shape is left out."""
        entries: dict[str, list[Mapping[str, Any]]] = {}
        if isinstance(metadata, dict):
            for path, listed in metadata.items():
                if isinstance(listed, list):
                    entries[path.removeprefix("/")] = [entry for entry in listed if isinstance(entry, dict)]
        return Constructs(entries)

    def with_those(self, others: Constructs) -> Constructs:
        """These and others, which are right where both have a construct."""
        return Constructs({**self.entries, **others.entries}) if self.entries else others

    def path_of(self, logical_id: str) -> str | None:
        """The construct path of a resource, or None where none or several constructs have its logical ID."""
        found = self.once(Constructs._find_paths).get(logical_id, ())
        return found[0] if len(found) == 1 else None

    def _find_paths(self) -> Mapping[str, list[str]]:
        """The construct paths by the logical IDs that stand there."""
        found: dict[str, list[str]] = {}
        for path, data in self.of_type("aws:cdk:logicalId"):
            if isinstance(data, str):
                found.setdefault(data, []).append(path)
        return found

    def source_of(self, path: str) -> Source | None:
        """Where the app's own code made the construct; None where no frame of the trace is the app's."""
        if path not in self._sources:
            traced = (entry for entry in self.entries.get(path, ()) if entry.get("type") in _TRACED)
            self._sources[path] = next((source for entry in traced if (source := _source_in(entry))), None)
        return self._sources[path]

    def assignment_of(self, path: str, name: str) -> Source | None:
        """Where the app's own code last set a property of a construct; None where no trace says so.

        Source: aws-cdk-lib 2.276, `traceProperty`: setters of L1 constructs and `addPropertyOverride`, with CDK_DEBUG.
        """
        if path not in self._assignments:
            self._assignments[path] = dict(self._assigned_in(path))
        return self._assignments[path].get(name)

    def _assigned_in(self, path: str) -> Iterator[tuple[str, Source]]:
        """The properties of a construct that the app's own code set, in order, each with where."""
        for entry in self.entries.get(path, ()):
            data = entry.get("data")
            if entry.get("type") == _ASSIGNED and isinstance(data, dict):
                name, source = data.get("propertyName"), _source_in({"data": data.get("stackTrace")})
                if isinstance(name, str) and source is not None:
                    yield name, source

    def of_type(self, kind: str) -> Iterator[tuple[str, Any]]:
        """Every entry of a type: the construct's path and the entry's data."""
        for path, entries in self.entries.items():
            for entry in entries:
                if entry.get("type") == kind:
                    yield path, entry.get("data")

    def acknowledged(self) -> Iterator[tuple[str, Any, Source | None]]:
        """What the app acknowledges: on which construct, the rules with their reasons, and where the app does it.

        Source: aws-cdk-lib, `Validations.of(scope).acknowledge`; on a Stage or an App it writes nothing.
        """
        for path, entries in self.entries.items():
            for entry in entries:
                if entry.get("type") == ACKNOWLEDGED:
                    yield path, entry.get("data"), _source_in(entry)


NO_CONSTRUCTS: Final = Constructs({})


MAX_LAST: Final = 8
MAX_READS: Final = 3


class MetadataFiles:
    """The metadata files of one assembly. Only the last few are held, since reports go stack by stack: those of 1,000
    stacks would take 100 MiB. One that is asked for again and again is held, lest it be read more than thrice."""

    def __init__(self) -> None:
        self.named = Repeats()
        self._last: dict[tuple[str, str], Constructs] = {}
        self._held: dict[tuple[str, str], Constructs] = {}
        self._reads: Counter[tuple[str, str]] = Counter()

    def read(self, root: Root, file: str, own: Constructs, stack: str) -> Constructs:
        """The constructs of one, with those that the manifest has of a stack. Raises UnreadableFileError."""
        key = (file, stack if own.entries else "")
        found = self._last.get(key) or self._held.get(key)
        if found is None:
            found = own.with_those(Constructs.read(root.read_json(file)))
            self._reads[key] += 1
            if self._reads[key] == MAX_READS:
                self._held[key] = found
            else:
                self._last[key] = found
        if len(self._last) > MAX_LAST:
            del self._last[next(iter(self._last))]
        return found


def _source_in(entry: Mapping[str, Any]) -> Source | None:
    """The first frame of an entry's trace that is the app's."""
    for frame in _frames(entry):
        source = _source_of(frame)
        if source is not None and not re.search(_NOT_THE_APP, source.file):
            return source
    return None


def _source_of(frame: str) -> Source | None:
    """The place that a frame names, as `at f (FILE:LINE:COLUMN)`; no expression finds a file in linear time."""
    for ending in _ENDINGS:
        match = re.search(ending, frame)
        file = _file_at_end(frame[: match.start()]) if match else ""
        if match and file:
            return Source(file.strip().removeprefix("at "), int(match[1]), int(match[2] or 1))
    return None


def _file_at_end(text: str) -> str:
    """The file that a text ends with, behind a blank or a parenthesis if behind anything; empty where there is none."""
    begin = max(map(text.rfind, "():")) + 1
    if begin < len(text) and re.search(_DRIVE, text[max(begin - 3, 0) : begin]):
        return text[begin - 2 :]
    if begin == 0 or text[begin - 1] == "(":
        return text[begin:]
    return text[begin:].partition(" ")[2]


def _frames(entry: Mapping[str, Any]) -> Iterator[str]:
    for trace in (entry.get("data"), entry.get("trace")):
        if isinstance(trace, list):
            yield from (frame for frame in trace if isinstance(frame, str) and len(frame) < 2000)
