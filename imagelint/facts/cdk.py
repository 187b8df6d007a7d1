"""Facts of the aws-cdk-lib that made the assembly, as its construct tree says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from imagelint.documents.files import UnreadableFileError
from imagelint.facts.draft import Draft
from imagelint.facts.index import ResourceIndex

_VERSION: Final = rb'"fqn":\s*"aws-cdk-lib\.[^"]*",\s*"version":\s*"([0-9][0-9A-Za-z.-]{0,40})"'


def state_cdk(draft: Draft) -> None:
    """State which versions of aws-cdk-lib made the assembly; nothing where the tree does not say."""
    for name, value in draft.subject.index.once(_facts).items():
        draft.set(name, value)


def _facts(index: ResourceIndex) -> Mapping[str, object]:
    """What is stated of each function, which is the same for all."""
    versions = sorted(_versions(index), key=_numbers)
    if not versions:
        return {"cdk.is_known": False}
    return {
        "cdk.is_known": True,
        "cdk.version": versions[0],
        "cdk.minimum_version": index.minimum_cdk_version,
        "cdk.version_sufficient": _numbers(versions[0]) >= _numbers(index.minimum_cdk_version),
        "cdk.versions": len(versions),
        "cdk.versions_in_words": " and ".join(versions),
    }


def _versions(index: ResourceIndex) -> frozenset[str]:
    """The versions of aws-cdk-lib whose constructs are in the assembly's tree; none where that cannot be read.

    Only the library's own constructs count: each library writes its own version (aws-cdk-lib, ConstructInfo).
    """
    if not index.assembly.has_manifest:
        return frozenset()
    try:
        tree = index.assembly.root.read("tree.json")
    except UnreadableFileError:  # the tree is only for information: without it nothing is known
        return frozenset()
    return frozenset(version.decode() for version in re.findall(_VERSION, tree))


def _numbers(version: str) -> tuple[int, ...]:
    """A version as numbers, so that 2.9 comes before 2.10; a pre-release counts as its release."""
    release = version.partition("-")[0]
    return tuple(int(part) for part in release.split(".") if part.isascii() and part.isdigit() and len(part) < 9)
