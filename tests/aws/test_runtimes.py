"""AWS's calendar of runtimes: what is deprecated on which day, and which base images support SnapStart."""

from __future__ import annotations

from datetime import date

import pytest

from imagelint.aws.runtimes import deprecated_on, is_snapstart_ready


@pytest.mark.parametrize(
    ("runtime", "today", "expected"),
    [
        ("python3.9", date(2025, 12, 14), None),
        ("python3.9", date(2025, 12, 15), "2025-12-15"),
        ("nodejs20.x", date(2026, 11, 1), "2026-04-30"),
        ("provided.al2023", date(2026, 11, 1), None),
        ("cobol85", date(2026, 11, 1), None),
    ],
)
def test_deprecation(runtime: str, today: date, expected: str | None) -> None:
    assert deprecated_on(runtime, today) == expected


@pytest.mark.parametrize(
    ("runtime", "expected"),
    [
        ("java8.al2", False),
        ("java11", True),
        ("java25", True),
        ("python3.9", False),
        ("python3.11", False),
        ("python3.12", True),
        ("python4.0", True),
        ("dotnet6", False),
        ("dotnet8", True),
        ("dotnet10", True),
        ("dotnetcore3.1", False),
        ("nodejs24.x", False),
        ("provided.al2023", False),
    ],
)
def test_snapstart(runtime: str, expected: bool) -> None:
    assert is_snapstart_ready(runtime) is expected
