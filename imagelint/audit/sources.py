"""Which sources a pattern names: one listing of the store says what is there, and whether it has changed.

A source is a cloud assembly, a folder of templates, a lone template or a zip archive, or else a deployed stack, of
which `stacks` knows. Nothing of it is read here.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import takewhile
from typing import Any, Final, Literal

import fsspec
from fsspec.implementations.local import LocalFileSystem
from fsspec.utils import glob_translate

from imagelint.assembly.candidates import has_ending
from imagelint.assembly.stack import MANIFEST
from imagelint.audit.contents import ASSET, MARK, TREE, Contents, File, contents_of
from imagelint.model import UsageError
from imagelint.record import Record

Kind = Literal["folder", "template", "archive", "stack"]

MAGIC: Final = re.compile(r"[*?\[]")
STACKS: Final = re.compile(r"cloudformation://([0-9]{12}|[^/]*[*?[][^/]*)?(?:/([^/]*))?(?:/([^/]*))?/?")
"""A pattern of deployed stacks: account, region, name. What is left out is that of the credentials, or all stacks."""
_OF_CDK: Final = {MARK, TREE}
"""What CDK writes beside each manifest.json of its own; web apps have files of that name too."""
_ENDINGS: Final = (".template.json", ".assets.json")
_TIMES: Final = ("mtime", "LastModified", "last_modified", "updated", "created")
"""What stores call the time of the last change."""


class Source(Record):
    """What is judged as a whole."""

    url: str
    kind: Kind
    pattern: str
    team: str | None
    """The first path segment behind what of the pattern has no wildcards."""
    content: str
    """The hash of the names in it, with their ETags or sizes and times."""
    contents: Contents = Contents()
    role: str | None = None
    """The ARN of the role that reads a deployed stack, with `{account}` in the account's place; None for our own."""


class Listed(Record):
    """What a pattern names."""

    sources: tuple[Source, ...]
    problems: tuple[str, ...] = ()
    """Folders that cannot be listed."""


def refuse_pattern(pattern: str) -> None:
    """Raises UsageError for what cannot be a pattern."""
    if "::" in pattern:
        raise UsageError(f"{pattern!r} is a chain of addresses; name the archive itself, such as s3://bucket/build.zip")
    if "\0" in pattern or not pattern.strip():
        raise UsageError(f"{pattern!r} names nothing")
    if is_of_stacks(pattern) and not STACKS.fullmatch(pattern):
        raise UsageError(f"{pattern!r} names no stacks, as cloudformation://123456789012/eu-west-1/orders-* does")


def is_of_stacks(pattern: str) -> bool:
    """Whether a pattern names deployed stacks."""
    return pattern.startswith("cloudformation:")


def listed(pattern: str) -> Listed:
    """The sources that a pattern names, by their URLs in order. Raises what the store's driver raises."""
    store, path = fsspec.url_to_fs(pattern)
    store.invalidate_cache()
    magic = MAGIC.search(path)
    if magic is None:
        try:
            about = store.info(path)
        except FileNotFoundError:
            return Listed(())
        if about["type"] != "directory":
            return Listed((_of_file(store, path, about, pattern, posixpath.dirname(path)),))
    base = path if magic is None else posixpath.dirname(path[: magic.start()])
    problems: list[str] = []

    def note(error: OSError) -> None:
        problems.append(f"{error.filename or base}: cannot be listed: {error.strerror or error}")

    more = {"on_error": note} if isinstance(store, LocalFileSystem) else {}  # others raise
    entries = store.find(base, withdirs=True, detail=True, **more)
    found = _Found(store, pattern, base, entries)
    if magic is None:
        return Listed(tuple(map(found.folder, found.below("") or [""])), tuple(problems))
    matches = re.compile(glob_translate(path)).fullmatch
    names = sorted(name for name in (*found.files, *found.folders) if name and matches(posixpath.join(base, name)))
    return Listed(tuple(found.matching(names)), tuple(problems))


def is_local(store: Any) -> bool:
    """Whether what a store has is judged where it lies."""
    return isinstance(store, LocalFileSystem)


def _of_file(store: Any, path: str, about: Mapping[str, Any], pattern: str, base: str) -> Source:
    name = posixpath.relpath(path, base or ".") if base else path
    return Source(
        url=store.unstrip_protocol(path),
        kind="archive" if path.lower().endswith(".zip") else "template",
        pattern=pattern,
        team=team_of(name),
        content=hash_of([(posixpath.basename(path), about)]),
        contents=Contents(((posixpath.basename(path), about.get("size")),)),
    )


def team_of(name: str) -> str | None:
    """The first segment of a path behind what its pattern has without wildcards; None of one that has no more."""
    first, slash, _ = name.partition("/")
    return first if slash else None


def hash_of(listed: Iterable[tuple[str, Mapping[str, Any]]]) -> str:
    """The hash of some names with what says that their content has changed."""
    digest = hashlib.sha256()
    for name, about in sorted(listed, key=lambda each: each[0]):
        tag = about.get("ETag") or about.get("etag")
        time = next((about[key] for key in _TIMES if about.get(key)), None)
        state = f"{tag}" if tag else f"{about.get('size')} {time}"
        digest.update(f"{name}\0{state}\0".encode(errors="surrogatepass"))
    return digest.hexdigest()[:32]


class _Found:
    """The listing of a folder, names relative to it."""

    def __init__(self, store: Any, pattern: str, base: str, entries: Mapping[str, Mapping[str, Any]]) -> None:
        self._store, self._pattern, self._base = store, pattern, base
        self.files: dict[str, Mapping[str, Any]] = {}
        self.folders: set[str] = {""}
        start = len(base) + 1 if base and not base.endswith("/") else len(base)
        for path, about in entries.items():
            name = path[start:].rstrip("/")
            if about["type"] == "directory" or path.endswith("/"):
                self._add_folder(name)
            else:
                self.files[name] = about
                self._add_folder(_parent(name))
        self._assemblies = self._find_assemblies()
        self._around: dict[str, str | None] = {"": "" if "" in self._assemblies else None}

    def _add_folder(self, folder: str) -> None:
        while folder not in self.folders:
            self.folders.add(folder)
            folder = _parent(folder)

    def _find_assemblies(self) -> set[str]:
        """The folders with a manifest.json and something else that CDK writes."""
        folders = {_parent(name) for name in self.files if posixpath.basename(name) == MANIFEST}
        marked = {
            folder
            for name in self.files
            if (folder := _parent(name)) in folders
            if posixpath.basename(name) in _OF_CDK or name.endswith(_ENDINGS)
        }
        return {each for each in marked if not any(part.startswith(ASSET) for part in each.split("/"))}

    def around(self, folder: str) -> str | None:
        """The outermost assembly that is or holds a folder; None where none does."""
        way = [folder]
        while way[-1] not in self._around:
            way.append(_parent(way[-1]))
        above = self._around[way.pop()]
        for each in reversed(way):
            above = self._around[each] = above if above is not None or each not in self._assemblies else each
        return above

    def matching(self, names: Sequence[str]) -> list[Source]:
        """The sources that names stand for: each once, and nothing that lies in another one."""
        chosen: dict[str, Source] = {}
        folders: set[str] = set()
        for name in sorted(names, key=lambda each: (each.count("/"), each)):
            if _is_below(name, folders):
                continue
            if name in self.files:
                within = self.around(_parent(name))
                if within is not None:
                    self._choose(chosen, [within])
                elif has_ending(name) or name.lower().endswith(".zip"):
                    chosen[name] = self._file(name)
            elif assemblies := self.below(name):
                self._choose(chosen, assemblies)
            elif name in self._with_templates:
                self._choose(chosen, [name])
                folders.add(name)
        return [chosen[name] for name in sorted(chosen)]

    def _choose(self, chosen: dict[str, Source], folders: Iterable[str]) -> None:
        for folder in folders:
            if folder not in chosen:
                chosen[folder] = self.folder(folder)

    @cached_property
    def _with_templates(self) -> set[str]:
        """The folders that hold a file named as templates are, at whatever depth."""
        found: set[str] = set()
        for name in filter(has_ending, self.files):
            folder = _parent(name)
            while folder not in found:
                found.add(folder)
                folder = _parent(folder)
        return found

    def below(self, folder: str) -> list[str]:
        """The assembly that holds a folder, or those below it."""
        around = self.around(folder)
        if around is not None:
            return [around]
        if not folder:
            return self._outermost
        start = bisect_left(self._outermost, f"{folder}/")
        return list(takewhile(lambda each: each.startswith(f"{folder}/"), self._outermost[start:]))

    @cached_property
    def _outermost(self) -> list[str]:
        """The assemblies that lie in no other one, in order."""
        return sorted({each for each in self._assemblies if self.around(each) == each})

    def folder(self, folder: str) -> Source:
        """A folder as a source."""
        start = len(folder) + 1 if folder else 0
        inside = [(name[start:], self.files[name]) for name in self._names_in(folder)]
        path = posixpath.join(self._base, folder) if folder else self._base
        files: list[File] = [(name, about.get("size")) for name, about in inside]
        return Source(
            url=self._store.unstrip_protocol(path),
            kind="folder",
            pattern=self._pattern,
            team=team_of(f"{folder}/") if folder else None,
            content=hash_of(inside),
            contents=Contents() if is_local(self._store) else contents_of(files),
        )

    def _file(self, name: str) -> Source:
        path = posixpath.join(self._base, name)
        return _of_file(self._store, path, self.files[name], self._pattern, self._base)

    def _names_in(self, folder: str) -> list[str]:
        """The names of the files below a folder: those of all assemblies are found in one pass."""
        if folder in self._assemblies:
            return self._inside[folder]
        return [name for name in self.files if name.startswith(f"{folder}/") or not folder]

    @cached_property
    def _inside(self) -> dict[str, list[str]]:
        """The names of the files in each of the outermost assemblies."""
        inside: dict[str, list[str]] = {}
        for name in self.files:
            within = self.around(_parent(name))
            if within is not None:
                inside.setdefault(within, []).append(name)
        return inside


def _is_below(name: str, folders: set[str]) -> bool:
    while name:
        if name in folders:
            return True
        name = _parent(name)
    return False


def _parent(name: str) -> str:
    """The folder of a relative name; of the top it is the top."""
    return name.rpartition("/")[0]
