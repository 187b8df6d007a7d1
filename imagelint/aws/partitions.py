"""AWS partitions: which one a region lies in and what its domains end with.

Source: the partitions of botocore (`partitions.json`) and aws-cdk-lib's region-info.
"""

from __future__ import annotations

import re
from functools import lru_cache

_PARTITIONS: tuple[tuple[str, str, str], ...] = (
    ("aws", r"(?:us|eu|ap|sa|ca|me|af|il|mx)-[a-z]+-[0-9]+", "amazonaws.com"),
    ("aws-cn", r"cn-[a-z]+-[0-9]+", "amazonaws.com.cn"),
    ("aws-us-gov", r"us-gov-[a-z]+-[0-9]+", "amazonaws.com"),
    ("aws-iso", r"us-iso-[a-z]+-[0-9]+", "c2s.ic.gov"),
    ("aws-iso-b", r"us-isob-[a-z]+-[0-9]+", "sc2s.sgov.gov"),
    ("aws-iso-e", r"eu-isoe-[a-z]+-[0-9]+", "cloud.adc-e.uk"),
    ("aws-iso-f", r"us-isof-[a-z]+-[0-9]+", "csp.hci.ic.gov"),
    ("aws-eusc", r"eusc-de-[a-z]+-[0-9]+", "amazonaws.eu"),
)

SUFFIXES = frozenset(suffix for _, _, suffix in _PARTITIONS)
"""Every domain suffix that a private ECR registry is known to have."""

_REGION = r"[a-z]{2,}(?:-[a-z]+)+-[0-9]+"


def is_region_name(text: str) -> bool:
    """Whether the text has the form of a region's name. An unknown region of the right form is one: new ones open."""
    return re.fullmatch(_REGION, text) is not None


def partition_of(region: str) -> str | None:
    """The partition a region lies in, or None for a region that no partition is known to have."""
    return _find(region, 0)


def suffix_of(region: str) -> str | None:
    """What the region's domains end with (`AWS::URLSuffix`), or None for a region of no known partition."""
    return _find(region, 2)


@lru_cache(maxsize=256)
def _find(region: str, column: int) -> str | None:
    for row in _PARTITIONS:
        if re.fullmatch(row[1], region):
            return row[column]
    return None
