"""Small cloud assemblies for tests that need more than CDK's, or less; and the command line as a user runs it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from imagelint.cli.main import main

FIXTURES = Path(__file__).parent / "fixtures"
REPOSITORY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/app"


def run(*arguments: str) -> Result:
    """`imagelint` in the working directory."""
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


def report(*arguments: str) -> dict[str, Any]:
    """The JSON report of `imagelint check`."""
    document: dict[str, Any] = json.loads(run("check", *arguments, "--format", "json").stdout)
    return document


def found(*arguments: str) -> list[tuple[str, str, str]]:
    """The findings of `imagelint check`: severity, rule, function."""
    findings = report(*arguments)["findings"]
    return [(each["severity"], each["rule"], each["function"]["logical_id"]) for each in findings]


def image(tag: str = ":latest", path: str | None = None, **metadata: Any) -> dict[str, Any]:
    """A function whose image has a tag or digest; `path` is its construct path."""
    function = {
        "Type": "AWS::Lambda::Function",
        "Properties": {"PackageType": "Image", "Code": {"ImageUri": f"{REPOSITORY}{tag}"}},
    }
    if path is not None:
        metadata["aws:cdk:path"] = path
    return {**function, "Metadata": metadata} if metadata else function


def write_assembly(
    folder: str, stacks: Mapping[str, Mapping[str, Any]], metadata: Mapping[str, Any] | None = None
) -> None:
    """Write a cloud assembly: stacks by their names, with their resources; the metadata are the first one's."""
    path = Path(folder)
    path.mkdir()
    artifacts: dict[str, Any] = {}
    for name, resources in stacks.items():
        artifacts[name] = {
            "type": "aws:cloudformation:stack",
            "environment": "aws://123456789012/eu-west-1",
            "properties": {"templateFile": f"{name}.template.json"},
            **({"metadata": metadata} if metadata and not artifacts else {}),
        }
        (path / f"{name}.template.json").write_text(json.dumps({"Resources": resources}, indent=1))
    (path / "manifest.json").write_text(json.dumps({"version": "36.0.0", "artifacts": artifacts}))


def acknowledge(path: str, **rules: Any) -> dict[str, Any]:
    """What CDK writes for `Validations.of(scope).acknowledge`; `image_tag_latest` stands for imagelint's rule."""
    data = {f"imagelint::{name.replace('_', '-')}": reason for name, reason in rules.items()}
    return {path: [{"type": "aws:cdk:acknowledged-rules", "data": data}]}
