"""The least that a Python linter of cloud assemblies does: import click and yaml, and json-load every template.

Run as a program with the folder of an assembly; what imagelint costs is told as a ratio to this.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import click
import yaml

_USED = (click.command, yaml.safe_load)


def main(folder: str) -> None:
    """Load the manifest, the templates that it names, and those nested in them."""
    artifacts = _load(folder, "manifest.json")["artifacts"].values()
    left = [each["properties"]["templateFile"] for each in artifacts if each["type"] == "aws:cloudformation:stack"]
    while left:
        resources = _load(folder, left.pop())["Resources"].values()
        stacks = (resource for resource in resources if resource["Type"] == "AWS::CloudFormation::Stack")
        left.extend(stack["Metadata"]["aws:asset:path"] for stack in stacks)


def _load(folder: str, name: str) -> Any:
    with open(os.path.join(folder, name), "rb") as file:
        return json.load(file)


if __name__ == "__main__":
    main(sys.argv[1])
