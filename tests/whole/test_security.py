"""What a gate promises: no connection is ever made, and the same input gives the same bytes everywhere."""

from __future__ import annotations

import subprocess
import sys

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


@pytest.mark.parametrize("changes", PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("form", ["json", "text", "sarif"])
def test_the_same_input_gives_the_same_bytes(changes: dict[str, str], form: str) -> None:
    words = ["check", "cdk.out", "--select", "all", "--format", form]
    seeded = {"PYTHONHASHSEED": "0"}
    folder = FIXTURES / "latest-everywhere"
    outputs = {start(folder, *words, environment=each).stdout for each in (seeded, seeded | changes)}
    assert len(outputs) == 1
    assert outputs != {""}
