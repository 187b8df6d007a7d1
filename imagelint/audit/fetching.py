"""Fetching what is needed of sources, into a temporary folder and nowhere else.

All files of a batch are asked for at once: a store takes as long for one as for a hundred. Names and sizes are hostile.
"""

from __future__ import annotations

import os
import posixpath
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from fsspec.core import strip_protocol

from imagelint.audit.contents import ASSET, TREE, Contents, File, contents_of
from imagelint.audit.sources import Source
from imagelint.aws.dockerfile.stages import MAX_SIZE
from imagelint.cloudformation.scope import mapping_of
from imagelint.documents.files import Root, UnreadableFileError
from imagelint.documents.limits import MAX_BYTES

MAX_SOURCE_BYTES: Final = 256 * 1024 * 1024
"""Bytes of one source outside of its asset folders."""
MAX_FILES: Final = 20_000
"""Files of one source outside of its asset folders."""
MAX_MEMBERS: Final = 200_000
"""Files of one archive: asset folders may hold whole node_modules."""

Answer = bytes | Exception
Read = Callable[[Sequence[File]], Sequence[Answer]]
"""Gives the first bytes of files, so many as their sizes say, or why one cannot be had."""


class UnfetchedError(Exception):
    """A source that cannot be fetched, and why, in words that follow its name."""


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

    def dockerfiles(self) -> list[File]:
        """The Dockerfiles in asset folders that the asset manifests name."""
        root, found = Root(self.folder, "."), dict[str, None]()
        for name, _ in self.wanted:
            path = os.path.join(self.folder, name)
            if not name.endswith(".json") or not os.path.isfile(path) or not _speaks_of_images(path):
                continue
            try:
                images = mapping_of(root.read_json(name).get("dockerImages"))
            except UnreadableFileError:  # which is told when it is judged
                continue
            for image in images.values():
                source = mapping_of(mapping_of(image).get("source"))
                directory, file = source.get("directory"), source.get("dockerFile", "Dockerfile")
                if isinstance(directory, str) and isinstance(file, str):
                    found.update(dict.fromkeys(self._in_asset(posixpath.dirname(name), directory, file)))
        if len(found) > MAX_FILES:
            raise UnfetchedError(f"has {len(found):,} Dockerfiles, more than {MAX_FILES:,}")
        return [(name, MAX_SIZE + 1) for name in found]

    def _in_asset(self, *parts: str) -> Iterator[str]:
        """The path, if it leads into one of the asset folders that are there."""
        name = posixpath.normpath(posixpath.join(*parts))
        asset = next((each for each in _parents(name) if posixpath.basename(each).startswith(ASSET)), None)
        if asset is not None and "\0" not in name and os.path.isdir(os.path.join(self.folder, asset)):
            try:
                refuse_name(name)
            except UnfetchedError:  # which is told when it is judged
                return
            yield name


def fetch_folders(store: Any, sources: Mapping[Source, Fetching]) -> dict[Source, UnfetchedError]:
    """Fetch sources of one store together; those that cannot be fetched are returned. Raises what a driver raises."""
    failed: dict[Source, UnfetchedError] = {}

    def fetch(wanted: Callable[[Fetching], Sequence[File]]) -> None:
        files: dict[Source, Sequence[File]] = {}
        for source, fetching in sources.items():
            if source not in failed:
                try:
                    files[source] = wanted(fetching)
                except UnfetchedError as error:
                    failed[source] = error
        answers = iter(_read(store, [_located(source, file) for source in files for file in files[source]]))
        for source, own in files.items():
            got = [next(answers) for _ in own]
            try:
                sources[source].take(own, got)
            except UnfetchedError as error:
                failed[source] = error

    fetch(lambda fetching: fetching.wanted)
    fetch(Fetching.dockerfiles)
    return failed


def _located(source: Source, file: File) -> File:
    path = strip_protocol(source.url)
    return (path if source.kind == "template" else posixpath.join(path, file[0])), file[1]


def _read(store: Any, files: Sequence[File]) -> Sequence[Answer]:
    asked = [file for file in files if file[1]]  # of an empty file there is no range
    answers = iter(store.cat_ranges([name for name, _ in asked], 0, [size for _, size in asked]) if asked else ())
    return [next(answers) if size else b"" for _, size in files]


def fetch_archive(store: Any, source: Source, folder: str, *, with_tree: bool) -> Fetching:
    """Fetch what is needed of a zip archive, of which nothing else is read. Raises UnfetchedError."""
    try:
        with store.open(strip_protocol(source.url), "rb") as opened, zipfile.ZipFile(opened) as archive:
            members = _members(archive)
            contents = contents_of((name, member.file_size) for name, member in members.items())
            fetching = Fetching(contents, folder, with_tree=with_tree)
            for file in fetching.wanted:  # one at a time: only one is held in memory
                fetching.take([file], [_member(archive, file)])
            for file in fetching.dockerfiles():
                if file[0] in members:
                    fetching.take([file], [_member(archive, file)])
            return fetching
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


def _member(archive: zipfile.ZipFile, file: File) -> bytes:
    name, most = file
    with archive.open(name) as member:
        return member.read(most)


def refuse_name(name: str) -> None:
    """Raises UnfetchedError for a name that is no path inside of what holds it, on this system or another."""
    parts = name.replace("\\", "/").split("/")
    if {"", ".", ".."} & set(parts) or "\0" in name or re.match("[A-Za-z]:", name):
        raise UnfetchedError(f"holds {name!r}, which is no path inside of it")


def described(error: BaseException) -> str:
    """An error of a driver in words."""
    text = getattr(error, "strerror", None) or str(error)
    return text if isinstance(error, OSError) and text else f"{type(error).__name__}: {text}".rstrip(": ")


def _speaks_of_images(path: str) -> bool:
    with open(path, "rb") as file:
        return b'"dockerImages"' in file.read(MAX_BYTES)


def _parents(name: str) -> Iterator[str]:
    parts = name.split("/")
    return ("/".join(parts[:number]) for number in range(1, len(parts)))
