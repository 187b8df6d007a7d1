"""`--synth`: a command writes a cloud assembly into a temporary folder, which is linted and always goes away."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import pytest

from support.paths import FIXTURES

pytestmark = pytest.mark.process

COPY = 'cp -r cdk.out/. "$CDK_OUTDIR"'
AWAY = 'cd "$CDK_OUTDIR/.." && find . -type f -exec rm {} +'
"""Removes every file beside the assembly."""
CHECK = [sys.executable, "-m", "imagelint", "check"]


def environment(tmp_path: Path, **variables: str) -> dict[str, str]:
    """That of the tests, with temporary files where they can be counted."""
    (tmp_path / "temporary").mkdir(exist_ok=True)
    return {**os.environ, "TMPDIR": str(tmp_path / "temporary"), **variables}


def check(tmp_path: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """`imagelint check` in the folder of the demo app; leaves nothing behind, whatever happens."""
    done = subprocess.run(
        [*CHECK, *arguments],
        cwd=FIXTURES / "demo",
        env=environment(tmp_path, **variables),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert list((tmp_path / "temporary").iterdir()) == []
    return done


def report(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(done.stdout)
    return parsed


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(COPY, id="an app that is run directly reads CDK_OUTDIR"),
        pytest.param(COPY.replace("OUTDIR", "OUTPUT"), id="cdk synth reads CDK_OUTPUT"),
        pytest.param(f"echo told; echo more >&2; {COPY}", id="what it prints is no part of the report"),
        pytest.param(f"sleep 300 &\n{COPY}", id="a child that lives on is not waited for"),
        pytest.param(
            f"{COPY}; setsid sh -c 'sleep 0.3; echo {{}} >\"$CDK_OUTDIR/manifest.json\"' &",
            id="a child that left the session does not change what is read",
        ),
    ],
)
def test_what_the_command_writes_is_linted_as_cdk_out(tmp_path: Path, command: str) -> None:
    fresh = check(tmp_path, "--synth", command, "--format", "json")
    assert (fresh.returncode, fresh.stderr) == (1, "")
    assert report(fresh) == report(check(tmp_path, "cdk.out", "--format", "json"))


@pytest.mark.parametrize("arguments", [["cdk.out"], ["--synth", COPY]], ids=["what lies there", "what is synthesised"])
def test_markdown_ends_with_the_chart_of_the_inventory(tmp_path: Path, arguments: list[str]) -> None:
    done = check(tmp_path, *arguments, "--format", "markdown")
    chart = (FIXTURES / "demo/expected.inventory.mermaid").read_text()
    assert done.stdout.endswith(f"\n\n### Images\n\n```mermaid\n{chart}```\n")


@pytest.mark.parametrize(
    ("command", "told", "problem"),
    [
        ("echo said; echo again >&2; exit 4", ["| said", "| again"], "failed with status 4"),
        ("no-such-command-anywhere", ["not found"], "failed with status 127"),
        ("kill -9 $$", [], "was ended by signal 9"),
        ("echo done", ["| done"], "wrote no cloud assembly to $CDK_OUTDIR"),
        ("seq 100000; exit 1", [f"| {number}" for number in range(99_981, 100_001)], "failed with status 1"),
        (r"printf '\033[31mred\033[0m\n::error::forged\n\033]0;title\a\n'; exit 1", ["| red"], "failed"),
        (r"printf '\377\376\n'; exit 1", [r"\xff"], "failed with status 1"),
        (f"echo kept; {AWAY}; exit 1", ["| kept"], "failed with status 1"),
        (f"echo kept; {AWAY}; mkfifo log; exit 1", ["| kept"], "failed with status 1"),
        (f'{COPY}; cd "$CDK_OUTDIR"; rm manifest.json; mkfifo manifest.json', [], "wrote no cloud assembly"),
        ('rm -r "$CDK_OUTDIR"', [], "wrote no cloud assembly"),
        ("read answer || echo nobody answers; exit 1", ["| nobody answers"], "failed with status 1"),
    ],
)
def test_a_command_that_fails_is_an_input_that_cannot_be_read(
    tmp_path: Path, command: str, told: list[str], problem: str
) -> None:
    done = check(tmp_path, "--synth", command, "--format", "json")
    *lines, last = done.stderr.splitlines()
    assert done.returncode == 3
    assert all(any(expected in line for line in lines) for expected in told)
    assert len(lines) <= 20
    assert all(line.startswith("| ") for line in lines)
    assert last.startswith("imagelint: cdk.out: was not written: the command ")
    assert problem in last
    assert "\x1b" not in done.stderr
    assert "\n::" not in done.stderr
    (error,) = report(done)["errors"]
    assert (error["path"], problem in error["message"]) == ("cdk.out", True)


def test_what_a_command_that_fails_has_written_is_judged(tmp_path: Path) -> None:
    """As by a validation plugin of CDK, whose findings fail the synthesis."""
    done = check(tmp_path, "--synth", f"{COPY}; echo found; exit 1", "--format", "json")
    doubt = f"may be incomplete: the command {f'{COPY}; echo found; exit 1'!r} failed with status 1"
    assert (done.returncode, done.stderr) == (3, f"| found\nimagelint: cdk.out: {doubt}\n")
    expected = report(check(tmp_path, "cdk.out", "--format", "json"))
    assert report(done) == {**expected, "errors": [{"path": "cdk.out", "message": doubt}]}


@pytest.mark.parametrize("stubborn", ["", "trap '' TERM; "], ids=["polite", "deaf"])
def test_a_command_that_hangs_is_ended_with_its_children(tmp_path: Path, stubborn: str) -> None:
    pids = tmp_path / "pids"
    command = f"{stubborn}echo begun; sleep 300 & echo $! $$ > {shlex.quote(str(pids))}; wait; sleep 300"
    start = time.monotonic()
    done = check(tmp_path, "--synth", command, "--synth-timeout", "1")
    assert time.monotonic() - start < 20
    assert done.returncode == 3
    assert done.stderr.startswith("| begun\n")
    assert "did not end within 1 seconds (--synth-timeout)" in done.stderr
    assert [pid for pid in pids.read_text().split() if is_running(pid)] == []


def test_a_child_that_outlives_the_command_writes_no_more(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    writing = 'while mkdir -p "$CDK_OUTDIR/late"; do touch "$CDK_OUTDIR/late/$((++n))"; done'
    done = check(tmp_path, "--synth", f"({writing}) & echo $! > {shlex.quote(str(pids))}; {COPY}")
    assert (done.returncode, done.stderr) == (1, "")
    assert not is_running(pids.read_text().strip())


def is_running(pid: str) -> bool:
    """Whether a process is there and does more than wait to be noticed as ended."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in ("Z", "X")


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)], ids=lambda each: each
)
def test_a_signal_ends_everything(tmp_path: Path, number: signal.Signals, status: int) -> None:
    pids = tmp_path / "pids"
    command = f"echo $$ > {shlex.quote(str(pids))}; sleep 300"
    output = tmp_path / "report.sarif"
    process = subprocess.Popen(
        [*CHECK, "--synth", command, "--format", f"sarif:{output}"],
        env=environment(tmp_path),
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    deadline = time.monotonic() + 30
    while not (pids.exists() and pids.read_text().strip()) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(number)
    _, stderr = process.communicate(timeout=20)
    assert (process.returncode, stderr) == (status, b"")
    assert list((tmp_path / "temporary").iterdir()) == []
    assert not output.exists()
    assert not is_running(pids.read_text().strip())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--synth", COPY, "cdk.out"], "--synth lints what the command writes; it takes no path such as 'cdk.out'"),
        (["--synth", ""], "--synth needs a command"),
        (["--synth", COPY, "--synth-timeout", "0"], "0 is not in the range"),
        (["--synth-timeout", "5"], "--synth-timeout needs --synth"),
    ],
)
def test_wrong_usage(tmp_path: Path, arguments: list[str], message: str) -> None:
    done = check(tmp_path, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


@pytest.mark.parametrize(("hook", "place"), [({"PRE_COMMIT": "1"}, -1), ({}, 0)], ids=["in a hook", "elsewhere"])
def test_the_environment_of_a_hook_does_not_hide_that_of_the_app(
    tmp_path: Path, hook: dict[str, str], place: int
) -> None:
    own = str(Path(sys.executable).parent)
    others = [folder for folder in os.environ["PATH"].split(":") if folder != own]
    path = ":".join([own, *others])
    without = {key: value for key, value in os.environ.items() if key != "PRE_COMMIT"}
    done = subprocess.run(
        [*CHECK, "--synth", 'echo "$PATH"; exit 1'],
        env={**without, **hook, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr.splitlines()[0].removeprefix("| ").split(":")[place] == own


def node_packages() -> Path:
    """aws-cdk-lib, which `make test` installs; where there is no Node.js, skip and say so among the run's warnings."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        reason = "Node.js is not installed: no CDK app was synthesised afresh"
        warnings.warn(reason, stacklevel=2)
        pytest.skip(reason)
    packages = Path(sys.prefix, "fresh-synth", "node_modules")
    assert packages.is_dir(), "aws-cdk-lib is not there; `make test` installs it"
    return packages


@pytest.mark.external
def test_a_fresh_synth_gives_what_the_committed_assembly_gives(tmp_path: Path) -> None:
    fresh = subprocess.run(
        [*CHECK, "--synth", "node demo.js", "--format", "json"],
        cwd=FIXTURES / "apps",
        env=environment(tmp_path, NODE_PATH=str(node_packages()), HOME=str(tmp_path)),  # where CDK caches
        capture_output=True,
        text=True,
        check=False,
    )
    assert fresh.stderr == ""
    found = report(fresh)["findings"]
    committed = report(check(tmp_path, "../demo/cdk.out", "--format", "json"))["findings"]
    assert [summary(each) for each in found] == [summary(each) for each in committed]
    assert found
    assert all(str(tmp_path) not in json.dumps(each) for each in found)
    assert {each["source"]["file"] for each in found if each["source"]} == {"demo.js"}


def summary(finding: dict[str, Any]) -> tuple[Any, ...]:
    """What does not depend on where the app is."""
    pointer = finding["location"]["pointer"]  # the line follows the metadata, which `cdk synth` asks for
    return finding["rule"], finding["message"], finding["function"], pointer, finding["fingerprint"]


@pytest.mark.external
def test_error_of_a_real_app_is_explained(tmp_path: Path) -> None:
    """Thrown by an aspect that takes every function for one with a runtime, as instrumentation libraries do."""
    app = tmp_path / "app.js"
    app.write_text(
        """
const cdk = require('aws-cdk-lib');
const { aws_ecr: ecr, aws_lambda: lambda } = cdk;
const app = new cdk.App();
const stack = new cdk.Stack(app, 'Orders');
const code = lambda.DockerImageCode.fromEcr(ecr.Repository.fromRepositoryName(stack, 'Images', 'orders'));
new lambda.DockerImageFunction(stack, 'Api', { code });
cdk.Aspects.of(app).add({
  visit(node) {
    if (node instanceof lambda.Function && !node.runtime.name.startsWith('nodejs')) {
      throw new Error(`Unsupported Lambda runtime for '${node.functionArn}': ${node.runtime.name}`);
    }
  },
});
app.synth();
"""
    )
    done = subprocess.run(
        [*CHECK, "--synth", f"node {shlex.quote(str(app))}"],
        cwd=tmp_path,
        env=environment(tmp_path, NODE_PATH=str(node_packages()), HOME=str(tmp_path)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert f"The trace leads to {app}:11:13. `imagelint explain from-image-sentinel`" in done.stderr
