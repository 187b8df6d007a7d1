"""Docker's images of common languages: the version that a tag names, and the day on which that version's support ended.

Knows tags and a calendar, nothing of AWS: its own base images have their calendar in `aws/runtimes`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from imagelint.record import Record


class _Language(Record):
    title: str
    version: str
    """How a tag begins that names a version whose support has an end of its own."""
    ends: Mapping[str, str]


_JAVA: Final = _Language(
    "Java",
    r"\d+",
    {
        "16": "2021-09-30",
        "18": "2022-09-30",
        "19": "2023-03-31",
        "20": "2023-09-19",
        "22": "2024-09-17",
        "23": "2025-03-18",
        "24": "2025-09-16",
    },
)
_LANGUAGES: Final[Mapping[str, _Language]] = {
    "eclipse-temurin": _JAVA,
    "golang": _Language(
        "Go",
        r"\d+\.\d+",
        {
            "1.15": "2021-08-16",
            "1.16": "2022-03-15",
            "1.17": "2022-08-02",
            "1.18": "2023-02-01",
            "1.19": "2023-09-06",
            "1.20": "2024-02-06",
            "1.21": "2024-08-13",
            "1.22": "2025-02-11",
            "1.23": "2025-08-12",
            "1.24": "2026-02-11",
        },
    ),
    "node": _Language(
        "Node.js",
        r"\d+",
        {
            "8": "2019-12-31",
            "10": "2021-04-30",
            "12": "2022-04-30",
            "14": "2023-04-30",
            "15": "2021-06-01",
            "16": "2023-09-11",
            "17": "2022-06-01",
            "18": "2025-04-30",
            "19": "2023-06-01",
            "20": "2026-04-30",
            "21": "2024-06-01",
            "22": "2027-04-30",
            "23": "2025-06-01",
            "24": "2028-04-30",
        },
    ),
    "openjdk": _JAVA,
    "python": _Language(
        "Python",
        r"\d+\.\d+",
        {
            "2.7": "2020-01-01",
            "3.4": "2019-03-18",
            "3.5": "2020-09-13",
            "3.6": "2021-12-23",
            "3.7": "2023-06-27",
            "3.8": "2024-10-07",
            "3.9": "2025-10-31",
            "3.10": "2026-10-31",
            "3.11": "2027-10-31",
            "3.12": "2028-10-31",
            "3.13": "2029-10-31",
            "3.14": "2030-10-31",
        },
    ),
    "ruby": _Language(
        "Ruby",
        r"\d+\.\d+",
        {
            "2.4": "2020-03-31",
            "2.5": "2021-03-31",
            "2.6": "2022-03-31",
            "2.7": "2023-03-31",
            "3.0": "2024-04-23",
            "3.1": "2025-03-31",
            "3.2": "2026-03-31",
            "3.3": "2027-03-31",
            "3.4": "2028-03-31",
            "4.0": "2029-03-31",
        },
    ),
}
"""Docker's official images, as of November 2026; the last day with fixes, or the day that the project names as the end.

Sources: endoflife.date (nodejs, ruby, go, eclipse-temurin, python); for Node.js 22 and 24 the README of
github.com/nodejs/Release; for Python 3.10 to 3.14 release-cycle.json of github.com/python/devguide, which names a
month, of which the last day is taken. Java versions with long support are left out, as their end depends on whose
build it is, and versions whose end no day is known for: that of Go 1.25 is the day on which 1.27 comes out.
"""
_DOTNET: Final = _Language(
    ".NET",
    r"\d+\.\d+",
    {
        "2.1": "2021-08-21",
        "2.2": "2019-12-23",
        "3.0": "2020-03-03",
        "3.1": "2022-12-13",
        "5.0": "2022-05-10",
        "6.0": "2024-11-12",
        "7.0": "2024-05-14",
        "8.0": "2026-11-10",
        "9.0": "2026-11-10",
        "10.0": "2028-11-14",
    },
)
"""Microsoft's images (mcr.microsoft.com/dotnet/aspnet and others). Source: endoflife.date/dotnet."""

_MOVING: Final = frozenset(
    {"latest", "lts", "current", "stable", "mainline", "edge", "nightly"}
    | {"rolling", "main", "master", "dev", "slim", "alpine"}
)
"""The words of a tag that name no version: what they stand for moves on with its publisher."""
_SYSTEMS: Final = r"stretch|buster|bullseye|bookworm|trixie|alpine\d+(\.\d+)*"
"""The words that name a version of the operating system, and none of the language."""
_ARCHITECTURES: Final = frozenset({"amd64", "arm64", "arm64v8", "aarch64", "x86_64"})


class Support(Record):
    """A version of a language (`Python 3.9`) and the day (ISO 8601) on which its support ends."""

    version: str
    ends: str


def support_of(image: str, tag: str) -> Support | None:
    """The support of the version that the tag names; None where image, tag or version is not in the tables.

    `image` is the name of one of Docker's official images (`python`), or the path of one of Microsoft's
    (`dotnet/aspnet`). Behind the version a tag may have more (`3.9.18-slim`, `22_36-jre`).
    """
    language = _DOTNET if image.startswith("dotnet/") else _LANGUAGES.get(image)
    match = re.match(rf"({language.version})(?![^._-])", tag) if language else None
    ends = language.ends.get(match[1]) if language and match else None
    return Support(f"{language.title} {match[1]}", ends) if language and match and ends else None


def moves(image: str | None, tag: str) -> bool:
    """Whether a tag names no version, so that its publisher moves it on as `latest` is: `slim`, `lts-alpine`.

    `image` is the name of one of Docker's official images, None for another. Of a language `bookworm` names no version
    either, nor does `3` of Python, where 3.13 and 3.14 are the versions.
    """
    language = _LANGUAGES.get(image or "")
    words = [word for word in tag.split("-") if word not in _ARCHITECTURES]
    if language is not None:
        words = [word for word in words if not re.fullmatch(_SYSTEMS, word)]
        if words and words[0].isdecimal() and not re.fullmatch(language.version, words[0]):
            words = words[1:]
    return all(word in _MOVING for word in words)
