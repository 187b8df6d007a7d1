"""What a terminal shows while a run takes long: one line, which is gone in the end."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios

import pytest

from fixtures.expect import FIXTURES

pytestmark = pytest.mark.process

COPY = 'cp -r cdk.out/. "$CDK_OUTDIR"'


def stderr_of(command: str, columns: int = 200, terminal_type: str = "xterm") -> tuple[int, str, str]:
    """Status, stdout, and what a terminal of that width was sent by `imagelint check --synth`."""
    terminal, stderr = pty.openpty()
    words = [sys.executable, "-m", "imagelint", "check", "--synth", command, "--format", "gitlab"]
    fcntl.ioctl(stderr, termios.TIOCSWINSZ, struct.pack("4H", 50, columns, 0, 0))
    done = subprocess.run(
        words,
        cwd=FIXTURES / "demo",
        env={**os.environ, "TERM": terminal_type},
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        check=False,
    )
    os.write(stderr, b"END")
    os.close(stderr)
    sent = ""
    while not sent.endswith("END"):
        sent += os.read(terminal, 1024).decode()
    os.close(terminal)
    return done.returncode, done.stdout, sent.removesuffix("END")


def lines_of(sent: str) -> list[str]:
    """What stood on the line one after the other, without the blanks that wiped out the rest of what stood before."""
    return [line.rstrip() for line in sent.split("\r")]


def test_a_command_that_takes_long_is_told_of_until_it_ends() -> None:
    status, stdout, sent = stderr_of(f"sleep 2.2; {COPY}")
    begin, *told, wiped, end = lines_of(sent)
    assert (status, begin, wiped, end) == (1, "", "", "")
    assert stdout.startswith("[\n")
    assert len(told) >= 2
    pattern = re.compile(r'imagelint: running sleep 2\.2; cp -r cdk\.out/\. "\$CDK_OUTDIR", \d+ s')
    assert [line for line in told if not pattern.fullmatch(line)] == []


def test_a_narrow_terminal_and_a_command_of_several_lines() -> None:
    _, _, sent = stderr_of(f"sleep 2\n{COPY}", columns=40)
    told = [line for line in lines_of(sent) if line]
    assert set(told) == {"imagelint: running sleep 2 cp -r cdk.ou"}


def test_a_terminal_that_says_it_has_no_columns() -> None:
    _, _, sent = stderr_of(f"sleep 2; {COPY}", columns=0)
    told = {re.sub(r"\d+ s$", "", line) for line in lines_of(sent) if line}
    assert told == {f"imagelint: running sleep 2; {COPY}, "}


def test_a_terminal_that_knows_no_control_sequences() -> None:
    assert stderr_of(f"sleep 2; {COPY}", terminal_type="dumb")[2] == ""


def test_nothing_is_told_where_nobody_looks() -> None:
    words = [sys.executable, "-m", "imagelint", "check", "--synth", f"sleep 1.5; {COPY}", "--format", "gitlab"]
    done = subprocess.run(words, cwd=FIXTURES / "demo", capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
