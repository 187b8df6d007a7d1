"""Fetching what is needed of sources, into a temporary folder and nowhere else.

All files of a batch are asked for at once: a store takes as long for one as for a hundred. Names and sizes are hostile.
"""

from __future__ import annotations

import contextlib
import os
import posixpath
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from fsspec.core import strip_protocol

from imagelint.assembly.assembly import Assembly
from imagelint.audit.contents import ASSET, TREE, Contents, File, contents_of
from imagelint.audit.sources import Source
from imagelint.aws.dockerfile.stages import MAX_SIZE
from imagelint.documents.limits import MAX_BYTES

MAX_SOURCE_BYTES: Final = 256 * 1024 * 1024
"""Bytes of one source outside of its asset folders."""
MAX_FILES: Final = 20_000
"""Files of one source outside of its asset folders."""
MAX_MEMBERS: Final = 200_000
"""Files of one archive: asset folders may hold whole node_modules."""

Answer = bytes | Exception
"""The first bytes of a file, so many as its size says, or why they cannot be had."""


class UnfetchedError(Exception):
    """A source that cannot be fetched, and why, in words that follow its name."""


class GoneError(UnfetchedError):
    """A source that is not there any more."""


class Fetching:
    """One source on its way into a folder."""

    def __init__(self, contents: Contents, folder: str, *, with_tree: bool) -> None:
        """Raises UnfetchedError for what is too large, or has names that lead out of the folder."""
        files = [file for file in contents.files if with_tree or posixpath.basename(file[0]) != TREE]
        if len(files) > MAX_FILES:
            raise UnfetchedError(f"has {len(files):,} files outside of asset folders, more than {MAX_FILES:,}")
        total = sum(min(size or 0, MAX_BYTES) for _, size in files)
        if total > MAX_SOURCE_BYTES:
            limit = MAX_SOURCE_BYTES // (1024 * 1024)
            raise UnfetchedError(f"has {total:,} bytes outside of asset folders, more than {limit} MiB")
        for name in (*(name for name, _ in files), *contents.folders):
            refuse_name(name)
        self.folder = folder
        self.bytes = 0
        self._has_assets = bool(contents.folders)
        self.wanted: list[File] = [
            (name, MAX_BYTES + 1 if size is None else size) for name, size in files if size is None or size <= MAX_BYTES
        ]
        """What is to be fetched first, with the most bytes that are taken of each."""
        for name in contents.folders:
            os.makedirs(os.path.join(folder, name), exist_ok=True)
        for name, size in files:
            if size is not None and size > MAX_BYTES:  # for the message that it is too large
                self._write(name, b"")
                os.truncate(os.path.join(folder, name), MAX_BYTES + 1)

    def take(self, files: Sequence[File], answers: Sequence[Answer]) -> None:
        """Write what was fetched. What is not there any more is not written. Raises UnfetchedError."""
        for (name, _), answer in zip(files, answers, strict=True):
            if isinstance(answer, FileNotFoundError):
                continue
            if isinstance(answer, Exception):
                raise UnfetchedError(f"{name}: cannot be fetched: {described(answer)}")
            self._write(name, answer)
            self.bytes += len(answer)

    def _write(self, name: str, data: bytes) -> None:
        path = os.path.join(self.folder, name)
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "xb") as file:
                file.write(data)
        except OSError as error:  # a name that is too long, or is a file and a folder
            raise UnfetchedError(f"{name}: cannot be written: {error.strerror}") from None

    def dockerfiles(self, assembly: Assembly) -> list[File]:
        """The Dockerfiles in asset folders that the assembly names. Raises UnfetchedError."""
        stacks = [stack for stack in assembly.stacks if stack.may_hold_functions]
        found: dict[str, None] = {}
        for image in assembly.assets.images(stacks) if stacks and self._has_assets else ():
            directory, name = image.source.get("directory"), image.source.get("dockerFile", "Dockerfile")
            if isinstance(directory, str) and isinstance(name, str):
                home = os.path.join(assembly.root.display_path, image.folder).replace(os.sep, "/")
                path = posixpath.normpath(posixpath.join(home, directory, name))
                if is_inside(path) and self._is_in_asset(path):
                    found[path] = None
        if len(found) > MAX_FILES:
            raise UnfetchedError(f"has {len(found):,} Dockerfiles, more than {MAX_FILES:,}")
        return [(name, MAX_SIZE + 1) for name in found]

    def _is_in_asset(self, name: str) -> bool:
        """Whether a path leads into one of the asset folders that are there."""
        return any(
            posixpath.basename(each).startswith(ASSET) and os.path.isdir(os.path.join(self.folder, each))
            for each in _parents(name)
        )


def fetch(store: Any, wanted: Mapping[Source, tuple[Fetching, Sequence[File]]]) -> dict[Source, UnfetchedError]:
    """Fetch files of sources of one store, all together; the sources that cannot be fetched are returned.

    Raises what the store's driver raises.
    """
    failed: dict[Source, UnfetchedError] = {}
    located = [_located(source, file) for source, (_, files) in wanted.items() for file in files]
    answers = iter(_read(store, located))
    for source, (fetching, files) in wanted.items():
        got = [next(answers) for _ in files]
        try:
            fetching.take(files, got)
        except UnfetchedError as error:
            failed[source] = error
    return failed


def _located(source: Source, file: File) -> File:
    path = strip_protocol(source.url)
    return (path if source.kind == "template" else posixpath.join(path, file[0])), file[1]


def _read(store: Any, files: Sequence[File]) -> Sequence[Answer]:
    asked = [file for file in files if file[1]]  # of an empty file there is no range
    answers = iter(store.cat_ranges([name for name, _ in asked], 0, [size for _, size in asked]) if asked else ())
    return [next(answers) if size else b"" for _, size in files]


class Archive:
    """A zip archive on its way into a folder: of it nothing is read but what is needed."""

    def __init__(self, store: Any, source: Source, folder: str, *, with_tree: bool) -> None:
        """Fetch what lies outside of asset folders. Raises UnfetchedError."""
        self._store, self._source = store, source
        with self._opened() as archive:
            self._members = _members(archive)
            contents = contents_of((name, member.file_size) for name, member in self._members.items())
            self.fetching = Fetching(contents, folder, with_tree=with_tree)
            self._take(archive, self.fetching.wanted)

    def fetch(self, files: Sequence[File]) -> None:
        """Fetch the members that are there of some files. Raises UnfetchedError."""
        there = [file for file in files if file[0] in self._members]
        if there:
            with self._opened() as archive:
                self._take(archive, there)

    def _take(self, archive: zipfile.ZipFile, files: Sequence[File]) -> None:
        for file in files:  # one at a time: only one is held in memory
            with archive.open(file[0]) as member:
                self.fetching.take([file], [member.read(file[1] or 0)])

    @contextlib.contextmanager
    def _opened(self) -> Iterator[zipfile.ZipFile]:
        try:
            with self._store.open(strip_protocol(self._source.url), "rb") as file, zipfile.ZipFile(file) as archive:
                yield archive
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
            raise UnfetchedError(f"is not a zip archive that can be read: {error}") from None
        except OSError as error:
            raise UnfetchedError(f"cannot be fetched: {described(error)}") from None


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The members of an archive by their names; those of folders end with a slash.

    Raises UnfetchedError for what leads out of it.
    """
    infos = archive.infolist()
    if len(infos) > MAX_MEMBERS:
        raise UnfetchedError(f"has {len(infos):,} members, more than {MAX_MEMBERS:,}")
    for info in infos:
        refuse_name(info.filename.removesuffix("/"))
        if stat.S_ISLNK(info.external_attr >> 16):
            raise UnfetchedError(f"holds {info.filename!r}, which is a link")
    return {info.filename: info for info in infos}


def refuse_name(name: str) -> None:
    """Raises UnfetchedError for a name that is no path inside of what holds it."""
    if not is_inside(name):
        raise UnfetchedError(f"holds {name!r}, which is no path inside of it")


def is_inside(name: str) -> bool:
    """Whether a name is a path inside of what holds it, on this system and on others."""
    parts = name.replace("\\", "/").split("/")
    return not ({"", ".", ".."} & set(parts) or "\0" in name or re.match("[A-Za-z]:", name))


def described(error: BaseException) -> str:
    """An error of a driver in words."""
    text = getattr(error, "strerror", None) or str(error)
    return text if isinstance(error, OSError) and text else f"{type(error).__name__}: {text}".rstrip(": ")


def _parents(name: str) -> Iterator[str]:
    parts = name.split("/")
    return ("/".join(parts[:number]) for number in range(1, len(parts)))
