"""What most tests of the command line find in their working directory."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.builders import REPOSITORY, app, function, write_assembly, write_templates


@pytest.fixture
def assemblies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`cdk.out`, which breaks a rule of each severity, and assemblies that are clean, open and broken."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NO_COLOR", raising=False)
    tags = {"Latest": "latest", "Moving": "prod", "Version": "1.4.2"}
    write_assembly("cdk.out", {"App": {name: function(f"{REPOSITORY}:{tag}") for name, tag in tags.items()}})
    write_assembly("clean", {"App": {"Topic": {"Type": "AWS::SNS::Topic"}}})
    write_templates("open", {"App": app({"Ref": "Image"}, Parameters={"Image": {"Type": "String"}})})
    write_assembly("broken", {"App": {"Latest": function(f"{REPOSITORY}:latest"), "Odd": 5}})
