"""AWS partitions: which one a region lies in and what its domains end with.

Source: the partitions of botocore (`partitions.json`) and aws-cdk-lib's region-info.
"""

from __future__ import annotations

import re
from functools import lru_cache

_PARTITIONS = {
    **dict.fromkeys(("us", "eu", "ap", "sa", "ca", "me", "af", "il", "mx"), ("aws", "amazonaws.com")),
    "cn": ("aws-cn", "amazonaws.com.cn"),
    "us-gov": ("aws-us-gov", "amazonaws.com"),
    "us-iso": ("aws-iso", "c2s.ic.gov"),
    "us-isob": ("aws-iso-b", "sc2s.sgov.gov"),
    "eu-isoe": ("aws-iso-e", "cloud.adc-e.uk"),
    "us-isof": ("aws-iso-f", "csp.hci.ic.gov"),
    "eusc-de": ("aws-eusc", "amazonaws.eu"),
}
"""A region's name without its last two parts, `us` of `us-east-1` -> its partition, and what domains there end with."""

SUFFIXES = frozenset(suffix for _, suffix in _PARTITIONS.values())
"""Every domain suffix that a private ECR registry is known to have."""

_REGION = r"[a-z]{2,}(?:-[a-z]+)+-[0-9]+"


def is_region_name(text: str) -> bool:
    """Whether the text has the form of a region's name. An unknown region of the right form is one: new ones open."""
    return re.fullmatch(_REGION, text) is not None


def partition_of(region: str) -> str | None:
    """The partition a region lies in, or None for a region that no partition is known to have."""
    return _find(region)[0]


def suffix_of(region: str) -> str | None:
    """What the region's domains end with (`AWS::URLSuffix`), or None for a region of no known partition."""
    return _find(region)[1]


@lru_cache(maxsize=256)
def _find(region: str) -> tuple[str, str] | tuple[None, None]:
    known = _PARTITIONS.get(region.rsplit("-", 2)[0]) if is_region_name(region) else None
    return known or (None, None)
