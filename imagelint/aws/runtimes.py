"""AWS's calendar of Lambda runtimes: which base image carries which runtime, and what AWS says of that runtime.

Knows the names and tags of AWS's base images, and nothing of Dockerfiles or templates.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import date

_RUNTIMES_OF_IMAGES: Final = (
    ("dotnet", r"core\d+\.\d+|5\.0|\d+", "dotnet{}"),
    ("go", r"1", "go{}.x"),
    ("java", r"8\.al2|\d+", "java{}"),
    ("nodejs", r"\d+", "nodejs{}.x"),
    ("provided", r"al2023|al2", "provided.{}"),
    ("provided", r"alami", "provided"),
    ("python", r"\d+\.\d+", "python{}"),
    ("ruby", r"\d+\.\d+", "ruby{}"),
)
"""AWS's base images (gallery.ecr.aws/lambda), how their tags begin, and the runtime identifier that this means."""

_DEPRECATION_DATES: Final[Mapping[str, str]] = {
    "dotnetcore2.1": "2022-01-05",
    "dotnetcore3.1": "2023-04-03",
    "dotnet5.0": "2022-05-10",
    "dotnet6": "2024-12-20",
    "dotnet7": "2024-05-14",
    "dotnet8": "2026-11-10",
    "dotnet9": "2026-11-10",
    "dotnet10": "2028-11-14",
    "go1.x": "2024-01-08",
    "java8": "2024-01-08",
    "java8.al2": "2027-06-30",
    "java11": "2027-06-30",
    "java17": "2027-06-30",
    "java21": "2029-06-30",
    "java25": "2029-06-30",
    "nodejs10.x": "2021-07-30",
    "nodejs12.x": "2023-03-31",
    "nodejs14.x": "2023-12-04",
    "nodejs16.x": "2024-06-12",
    "nodejs18.x": "2025-09-01",
    "nodejs20.x": "2026-04-30",
    "nodejs22.x": "2027-04-30",
    "nodejs24.x": "2028-04-30",
    "provided": "2024-01-08",
    "provided.al2": "2026-07-31",
    "provided.al2023": "2029-06-30",
    "python2.7": "2021-07-15",
    "python3.6": "2022-07-18",
    "python3.7": "2023-12-04",
    "python3.8": "2024-10-14",
    "python3.9": "2025-12-15",
    "python3.10": "2026-10-31",
    "python3.11": "2027-06-30",
    "python3.12": "2028-10-31",
    "python3.13": "2029-06-30",
    "python3.14": "2029-06-30",
    "ruby2.5": "2021-07-30",
    "ruby2.7": "2023-12-07",
    "ruby3.2": "2026-03-31",
    "ruby3.3": "2027-03-31",
    "ruby3.4": "2028-03-31",
    "ruby4.0": "2029-03-31",
}
"""The day on which AWS deprecated a runtime, or plans to; as of October 2026.

Source: Lambda guide, "Lambda runtimes" (docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html), tables of supported
and of deprecated runtimes, as cfn-lint 1.58.0 holds them; .NET 5 and 7, which were for images only, from
endoflife.date/aws-lambda.
"""


ONE_ARCHITECTURE: Final[Mapping[str, str]] = {
    "dotnetcore2.1": "x86_64",
    "go1.x": "x86_64",
    "java8": "x86_64",
    "nodejs10.x": "x86_64",
    "provided": "x86_64",
    "python2.7": "x86_64",
    "python3.6": "x86_64",
    "python3.7": "x86_64",
    "ruby2.5": "x86_64",
}
"""The runtimes whose base image exists for one architecture only: those on Amazon Linux 1, and Node.js 10.

Source: Lambda guide, "Lambda runtimes", column Architectures, as of October 2021, the month after arm64 came; none of
them was built for arm64 later.
"""


def runtime_of(name: str, tag: str) -> str | None:
    """The runtime identifier (`python3.12`) that AWS's base image `name` has under this tag; None where it tells none.

    Behind the version a tag may have more: a date (`3.12.2026.01.01.12`), an architecture (`3.12-arm64`).
    """
    for image, pattern, runtime in _RUNTIMES_OF_IMAGES:
        match = re.match(rf"({pattern})(?![^.-])", tag) if image == name else None
        if match is not None:
            return runtime.format(match[1])
    return None


def deprecated_on(runtime: str, today: date) -> str | None:
    """The day (ISO 8601) on which AWS deprecated the runtime; None before it, and for a runtime not in the table."""
    deprecated = _DEPRECATION_DATES.get(runtime)
    return deprecated if deprecated and deprecated <= today.isoformat() else None


def is_snapstart_ready(runtime: str) -> bool:
    """Whether AWS's base image of the runtime supports SnapStart by itself: Java 11+, Python 3.12+, .NET 8+.

    Every other image needs the label `com.amazonaws.lambda.feature.snapstart` or runtime hooks, or publishing a version
    fails (Lambda guide, snapstart-runtime-hooks-custom).
    """
    match = re.match(r"(java|python|dotnet)(\d+)(?:\.(\d+))?", runtime)
    if match is None:
        return False
    least = {"java": (11, 0), "python": (3, 12), "dotnet": (8, 0)}[match[1]]
    return (int(match[2]), int(match[3] or 0)) >= least
