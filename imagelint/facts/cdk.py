"""Facts of the aws-cdk-lib that made the assembly, as its construct tree says."""

from __future__ import annotations

from imagelint.facts.draft import Draft


def state_cdk(draft: Draft) -> None:
    """State which versions of aws-cdk-lib made the assembly; nothing where the tree does not say."""
    at = draft.function.pointer
    versions = sorted(draft.surroundings.cdk_versions, key=_numbers)
    draft.set("cdk.is_known", bool(versions), at)
    if not versions:
        return
    draft.set("cdk.version", versions[0], at)
    draft.set("cdk.minimum_version", draft.surroundings.minimum_cdk_version, at)
    sufficient = _numbers(versions[0]) >= _numbers(draft.surroundings.minimum_cdk_version)
    draft.set("cdk.version_sufficient", sufficient, at)
    draft.set("cdk.versions", len(versions), at)
    draft.set("cdk.versions_in_words", " and ".join(versions), at)


def _numbers(version: str) -> tuple[int, ...]:
    """A version as numbers, so that 2.9 comes before 2.10; a pre-release counts as its release."""
    release = version.partition("-")[0]
    return tuple(int(part) for part in release.split(".") if part.isascii() and part.isdigit() and len(part) < 9)
