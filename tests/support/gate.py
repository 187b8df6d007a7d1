"""An assembly that breaks one rule of each severity, and what a report says of it."""

from __future__ import annotations

import json

from support.cli import run

LATEST, MUTABLE, NOT_PINNED = "image-tag-latest", "image-tag-mutable", "image-not-pinned"
THREE = {LATEST: "E9721", MUTABLE: "W9722", NOT_PINNED: "I9723"}
"""One rule of each severity, all of which the assembly `cdk.out` of the fixture `assemblies` breaks."""


def found(*arguments: str) -> set[str]:
    """Which of the three rules the report in JSON names."""
    report = json.loads(run("check", "--format", "json", *arguments).stdout)
    return {finding["rule"] for finding in report["findings"]} & set(THREE)
