"""What a cloud assembly says of its constructs: their paths, and where in the app's own source they were made.

Knows the metadata entries of `manifest.json` (inline, or in the `additionalMetadataFile` of later versions); sources:
aws-cdk's cloud-assembly-schema, "MetadataEntry" and "ArtifactManifest".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from imagelint.documents.files import Root
from imagelint.memo import Memo
from imagelint.model import Source

_FRAME: Final = r"(?:^|[( ])(?P<file>(?:[A-Za-z]:)?[^():]+):(?P<line>\d{1,9})(?::(?P<column>\d{1,9}))?\)?$"
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
        traced = (entry for entry in self.entries.get(path, ()) if entry.get("type") in _TRACED)
        return next((source for entry in traced if (source := _source_in(entry))), None)

    def assignment_of(self, path: str, name: str) -> Source | None:
        """Where the app's own code last set a property of a construct; None where no trace says so.

        Source: aws-cdk-lib 2.276, `traceProperty`: setters of L1 constructs and `addPropertyOverride`, with CDK_DEBUG.
        """
        found = None
        for entry in self.entries.get(path, ()):
            data = entry.get("data")
            if entry.get("type") == _ASSIGNED and isinstance(data, dict) and data.get("propertyName") == name:
                found = _source_in({"data": data.get("stackTrace")}) or found
        return found

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
        self._last: dict[str, Constructs] = {}
        self._held: dict[str, Constructs] = {}
        self._reads: Counter[str] = Counter()

    def read(self, root: Root, file: str) -> Constructs:
        """The constructs of one. Raises UnreadableFileError."""
        found = self._last.get(file) or self._held.get(file)
        if found is None:
            found = Constructs.read(root.read_json(file))
            self._reads[file] += 1
            if self._reads[file] == MAX_READS:
                self._held[file] = found
            else:
                self._last[file] = found
        if len(self._last) > MAX_LAST:
            del self._last[next(iter(self._last))]
        return found


def _source_in(entry: Mapping[str, Any]) -> Source | None:
    """The first frame of an entry's trace that is the app's."""
    for frame in _frames(entry):
        match = re.search(_FRAME, frame)
        if match and not re.search(_NOT_THE_APP, match.group("file")):
            return Source(match.group("file").strip(), int(match.group("line")), int(match.group("column") or 1))
    return None


def _frames(entry: Mapping[str, Any]) -> Iterator[str]:
    for trace in (entry.get("data"), entry.get("trace")):
        if isinstance(trace, list):
            yield from (frame for frame in trace if isinstance(frame, str) and len(frame) < 2000)
