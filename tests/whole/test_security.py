"""What a gate promises: no connection is ever made, and the same input gives the same bytes everywhere."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from fixtures.expect import FIXTURES
from support.cli import start

WITHOUT_NETWORK = """
import socket, sys

def refuse(*arguments, **keywords):
    raise AssertionError("a connection was asked for")

socket.socket = socket.create_connection = socket.getaddrinfo = refuse
sys.argv = ["imagelint", *sys.argv[1:]]
from imagelint.cli.main import main
main()
"""


@pytest.mark.parametrize("scenario", ["demo", "assets", "pull-cross-account-cdk", "bad-references"])
@pytest.mark.parametrize("command", ["check", "inventory"])
def test_no_connection_is_made(scenario: str, command: str) -> None:
    words = [sys.executable, "-c", WITHOUT_NETWORK, command, "cdk.out"]
    done = subprocess.run(words, cwd=FIXTURES / scenario, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.returncode == (1 if command == "check" else 0)


PLACES = {
    "another hash seed": {"PYTHONHASHSEED": "1"},
    "a third hash seed": {"PYTHONHASHSEED": "4711"},
    "another locale": {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"},
    "no locale": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "another time zone": {"TZ": "Pacific/Kiritimati"},
}


FORMS = ["json", "text", "sarif"]


def written(folder: Path, environment: dict[str, str]) -> dict[str, bytes]:
    """What one run writes in each format."""
    files = {form: folder / form for form in FORMS}
    words = [f"--format={form}:{file}" for form, file in files.items()]
    scenario = FIXTURES / "latest-everywhere"
    start(scenario, "check", "cdk.out", "--select", "all", *words, environment={"PYTHONHASHSEED": "0", **environment})
    return {form: file.read_bytes() for form, file in files.items()}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What is written in the place that the others are compared with."""
    return written(tmp_path_factory.mktemp("here"), {})


@pytest.mark.parametrize("changes", PLACES.values(), ids=PLACES)
def test_the_same_input_gives_the_same_bytes(changes: dict[str, str], here: dict[str, bytes], tmp_path: Path) -> None:
    assert written(tmp_path, changes) == here
    assert all(here.values())
