"""The command line as a user runs it: in this process, which is quick, or in one of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from imagelint.cli.main import main

COMMAND = (sys.executable, "-m", "imagelint")


def run(*arguments: str, stdin: bytes | None = None) -> Result:
    """`imagelint` in the working directory, and in this process."""
    return CliRunner().invoke(main, arguments, input=stdin, catch_exceptions=False)


def report(*arguments: str) -> dict[str, Any]:
    """The JSON report of `imagelint check`."""
    document: dict[str, Any] = json.loads(run("check", *arguments, "--format", "json").stdout)
    return document


def found(*arguments: str) -> list[tuple[str, str, str]]:
    """The findings of `imagelint check`: severity, rule, function."""
    findings = report(*arguments)["findings"]
    return [(each["severity"], each["rule"], each["function"]["logical_id"]) for each in findings]


def start(
    folder: str | Path, *arguments: str, stdin: bytes = b"", environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """`imagelint` in a process of its own and in a folder; what it writes is read as UTF-8.

    `environment` are variables besides those of the tests.
    """
    done = subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder,
        env={**os.environ, **(environment or {})},
        input=stdin,
        capture_output=True,
        timeout=60,
        check=False,
    )
    # Decoded here: as text, a carriage return would be read as the end of a line.
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())
