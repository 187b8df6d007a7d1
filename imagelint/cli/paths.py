"""Which assemblies and templates a command reads when its command line is as it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from imagelint.cli.staleness import newer_source
from imagelint.cli.terminal import complain

DEFAULT: Final = "cdk.out"


def paths_to_read(paths: Sequence[str]) -> Sequence[str]:
    """The paths to read, cdk.out where none are given, with a warning for each that may be stale."""
    paths = paths or (DEFAULT,)
    for path in paths:
        if source := newer_source(path):
            complain(f"warning: {path} may be stale, {source} is newer: run `npx cdk synth`, or lint with --synth")
    return paths
