"""Running a CDK app's synth command, with a temporary folder for the cloud assembly that it writes.

The only module that runs code other than imagelint's own: the command that the user gave. Knows nothing of what an
assembly holds.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from typing import BinaryIO, Final

from imagelint.cli.signals import signals_wait
from imagelint.record import Record

DEFAULT_TIMEOUT: Final = 600
"""Seconds that a synth command may take where nobody says otherwise."""
SHOWN: Final = "cdk.out"
"""What the temporary folder is called in reports: where the same assembly would be without `--synth`."""
_LAST_LINES: Final = 20
_LAST_BYTES: Final = 16 * 1024
_GRACE: Final = 2.0
"""Seconds between asking a command to end and making it."""
_PAUSE: Final = 0.01
"""Seconds between looking whether it has ended."""
_OUTPUT_VARIABLES: Final = ("CDK_OUTDIR", "CDK_OUTPUT")
"""What says where the assembly goes: the first to an app that is run directly (aws-cdk-lib, App), the second to
`cdk synth`, whose options may all be given as CDK_*, which ignores CDK_OUTDIR and sets it anew from its --output."""
_COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")


class Failure(Record):
    """What went wrong with a synth command."""

    message: str
    said: list[str]
    """The end of what it said, in lines without colours."""

    @property
    def last_lines(self) -> list[str]:
        """As much of the end as people are shown."""
        return self.said[-_LAST_LINES:]


class Synthesis(Record):
    """What a synth command did."""

    assembly: str | None
    """The folder of the cloud assembly that it wrote."""
    failure: Failure | None
    """A command may fail and have written an assembly: a validation plugin of CDK judges what is written."""


@contextlib.contextmanager
def synthesised(command: str, timeout: float) -> Iterator[Synthesis]:
    """Run a shell command that writes a cloud assembly, and give the assembly while it lasts.

    The folder is temporary and goes away with the context, however that is left; before it is read, the command's
    children that are still running are ended, and the assembly is moved, for a child that left its session (setsid)
    is not known. `timeout` is in seconds. Fails for a command that fails, takes longer or writes no assembly.
    """
    with (
        tempfile.TemporaryDirectory(prefix="imagelint-", ignore_cleanup_errors=True) as folder,
        tempfile.TemporaryFile() as log,  # without a name: the command cannot remove or replace it
    ):
        written, assembly = os.path.join(folder, SHOWN), os.path.join(folder, "assembly")
        os.mkdir(written)
        failure = _run(command, timeout, written, log)
        is_written = os.path.isfile(os.path.join(written, "manifest.json"))
        if is_written:
            try:
                os.rename(written, assembly)
            except OSError as error:
                is_written, failure = False, failure or f"succeeded, but it cannot be moved: {error.strerror}"
        elif failure is None:
            failure = "succeeded, but wrote no cloud assembly to $CDK_OUTDIR; does it name another folder (--output)?"
        yield Synthesis(
            assembly if is_written else None,
            None if failure is None else Failure(f"the command {command!r} {failure}", _end_of(log)),
        )


def _run(command: str, timeout: float, assembly: str, log: BinaryIO) -> str | None:
    """What went wrong, in words. The output goes to a file: a child that lives on would keep a pipe open."""
    with contextlib.ExitStack() as at_the_end:
        with signals_wait():
            process = subprocess.Popen(
                command,
                shell=True,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=_environment(os.environ, assembly),
                start_new_session=True,
            )
            at_the_end.callback(_end, process)
        try:
            status = process.wait(timeout)
        except subprocess.TimeoutExpired:
            return f"did not end within {timeout:g} seconds (--synth-timeout)"
    if status < 0:
        return f"was ended by signal {-status}"
    return f"failed with status {status}" if status else None


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a command, if it has not ended, and its children: one that lived on would write into a folder that is being
    read or taken away. First politely, then not."""
    if sys.platform == "win32":
        process.kill()
    else:
        for request in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS: only ended ones are left
                os.killpg(process.pid, request)
                deadline = time.monotonic() + _GRACE
                while time.monotonic() < deadline:
                    process.poll()
                    os.killpg(process.pid, 0)
                    time.sleep(_PAUSE)
    process.wait()


def _environment(inherited: Mapping[str, str], assembly: str) -> dict[str, str]:
    """The environment of a synth command.

    pre-commit puts its hook's own virtual environment first in PATH, where `python3 app.py` would find an interpreter
    without aws-cdk-lib. An environment that cannot run a CDK app therefore goes to the end.
    """
    environment = {**inherited, **dict.fromkeys(_OUTPUT_VARIABLES, assembly)}
    own = os.path.dirname(sys.executable)
    path = environment.get("PATH", "").split(os.pathsep)
    if "PRE_COMMIT" in environment and own in path and find_spec("aws_cdk") is None:
        environment["PATH"] = os.pathsep.join([*(folder for folder in path if folder != own), own])
        environment.pop("VIRTUAL_ENV", None)
    return environment


def _end_of(log: BinaryIO) -> list[str]:
    size = log.seek(0, os.SEEK_END)
    log.seek(max(0, size - _LAST_BYTES))
    text = log.read(_LAST_BYTES).decode(errors="backslashreplace")
    lines = [_COLOUR.sub("", line).rstrip() for line in text.splitlines()]
    return [line for line in lines if line]
