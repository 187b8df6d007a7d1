"""What CDK's validation report says of imagelint."""

from __future__ import annotations

from typing import Any

Found = tuple[str, str, list[str]]
"""What imagelint told CDK: rule, severity, the paths of the constructs; an empty path where it is about none."""


def of_imagelint(result: dict[str, Any]) -> list[dict[str, Any]]:
    """What CDK reports of each plugin of imagelint in one scenario; the report is another in each version."""
    return [
        {"metadata": each.get("summary", {}).get("metadata"), **each}
        for each in (result["report"]["pluginReports"] if result["report"] else [])
        if each.get("pluginName", each.get("summary", {}).get("pluginName")) == "imagelint"
    ]


def violations(result: dict[str, Any]) -> list[dict[str, Any]]:
    """What imagelint told CDK in one scenario."""
    return [each for plugin in of_imagelint(result) for each in plugin.get("violations", [])]


def found(violations: list[dict[str, Any]]) -> list[Found]:
    """Violations in the words of the tests' tables."""
    return [
        (
            each["ruleName"],
            each["severity"],
            [construct.get("constructPath", "") for construct in each["violatingConstructs"]],
        )
        for each in violations
    ]
