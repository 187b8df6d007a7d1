"""Where reports go: several of one run, written whole or not at all, with paths that a CI service finds."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from imagelint.cli.signals import exit_on_signals, signals_wait
from imagelint.report.formats import RENDERERS
from support.paths import FIXTURES

pytestmark = pytest.mark.process

CHECK = [sys.executable, "-m", "imagelint", "check"]
IMAGELINT = f"'{sys.executable}' -m imagelint"
SHELL_CHECK = f"{IMAGELINT} check"


def run(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    inherited = {key: value for key, value in os.environ.items() if key not in ("GITHUB_ACTIONS", "CI")}
    return subprocess.run(
        [*CHECK, *arguments],
        cwd=folder,
        env={**inherited, **variables},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def shell(folder: Path, script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", "-c", script], cwd=folder, capture_output=True, encoding="utf-8", check=False)


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """The demo app's folder."""
    shutil.copytree(FIXTURES / "demo" / "cdk.out", tmp_path / "app" / "cdk.out")
    return tmp_path / "app"


def test_one_run_writes_every_format(app: Path) -> None:
    files = [f"{name}:report.{name}" for name in RENDERERS if name != "text"]
    done = run(app, "--format", "text", *(word for file in files for word in ("--format", file)))
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout == run(app, "--format", "text").stdout
    for name in RENDERERS.keys() - {"text"}:
        assert (app / f"report.{name}").read_text(encoding="utf-8") == run(app, "--format", name).stdout
    assert sorted(path.name for path in app.iterdir()) == sorted(["cdk.out", *(file.split(":")[1] for file in files)])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--format", "json:a", "--format", "sarif:a"], "cannot hold more than one report"),
        (["--format", "json:a", "--format", "sarif", "--output", "./a"], "cannot hold more than one report"),
        (["--format", "json", "--format", "sarif"], "--format sarif:FILE"),
        (["--format", "json:"], "names no file after the colon"),
        (["--format", "jsno"], "did you mean 'json'?"),
    ],
)
def test_wrong_usage(app: Path, arguments: list[str], message: str) -> None:
    done = run(app, *arguments)
    assert (done.returncode, done.stdout, message in done.stderr) == (2, "", True)
    assert [path.name for path in app.iterdir()] == ["cdk.out"]


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("missing/report.json", "No such file or directory"),
        ("cdk.out", "Is a directory"),
        ("cdk.out/manifest.json/report.json", "Not a directory"),
        ("/dev/full", "No space left on device"),
        ("a" * 300, "File name too long"),
        ("loop", "Too many levels of symbolic links"),
    ],
)
def test_an_output_that_cannot_be_written_is_told_in_one_line(app: Path, file: str, reason: str) -> None:
    (app / "loop").symlink_to("loop")
    done = run(app, "--format", f"json:{file}", "--format", "text", "--format", "sarif:report.sarif")
    assert done.returncode == 3
    assert done.stderr == f"imagelint: {file}: cannot be written: {reason}\n"
    assert done.stdout.endswith("unknown\n")
    assert json.loads((app / "report.sarif").read_text())["runs"]
    assert sorted(path.name for path in app.iterdir()) == ["cdk.out", "loop", "report.sarif"]


@pytest.mark.parametrize(
    ("redirection", "reason"),
    [(">/dev/full", "No space left on device"), (">&-", "Bad file descriptor"), ("| true", "Broken pipe")],
)
def test_a_standard_output_that_cannot_be_written_is_told_in_one_line(app: Path, redirection: str, reason: str) -> None:
    done = shell(app, f"(sleep 0.2; {SHELL_CHECK}; echo $? >status) {redirection}")
    assert done.stderr == f"imagelint: standard output: cannot be written: {reason}\n"
    assert (app / "status").read_text() == "3\n"


@pytest.mark.parametrize(
    "command", ["facts", "facts --schema", "rules", "explain E9721", "config show", "config schema"]
)
@pytest.mark.parametrize(
    ("redirection", "reason"),
    [(">/dev/full", "No space left on device"), (">&-", "Bad file descriptor"), ("| true", "Broken pipe")],
)
def test_no_command_passes_where_its_output_is_lost(app: Path, command: str, redirection: str, reason: str) -> None:
    done = shell(app, f"(sleep 0.2; {IMAGELINT} {command}; echo $? >status) {redirection}")
    assert done.stderr == f"imagelint: standard output: cannot be written: {reason}\n"
    assert (app / "status").read_text() == "3\n"


@pytest.mark.parametrize("command", ["--help", "check --help", "--version"])
@pytest.mark.parametrize(
    ("redirection", "reason"), [(">/dev/full", "No space left on device"), ("| true", "Broken pipe")]
)
def test_help_that_cannot_be_written_is_told_in_one_line(
    app: Path, command: str, redirection: str, reason: str
) -> None:
    done = shell(app, f"(sleep 0.2; {IMAGELINT} {command}; echo $? >status) {redirection}")
    told = f"imagelint: standard output or the working directory: cannot be used: {reason}\n"
    assert (done.stderr, (app / "status").read_text()) == (told, "3\n")


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ("check", 1),
        ("check nothing", 3),
        ("facts nothing", 3),
        ("check --synth 'echo no; exit 1'", 3),
        ("check --no", 2),
    ],
)
@pytest.mark.parametrize("redirection", ["2>/dev/full", "2>&-"])
def test_a_full_stderr_leaves_the_exit_status(app: Path, arguments: str, status: int, redirection: str) -> None:
    assert shell(app, f"{IMAGELINT} {arguments} {redirection}").returncode == status


@pytest.mark.parametrize("redirection", ["<&-", "0>written"])
def test_a_standard_input_that_cannot_be_read_is_told_in_one_line(app: Path, redirection: str) -> None:
    done = shell(app, f"{SHELL_CHECK} - {redirection}")
    assert (done.returncode, done.stderr) == (3, "imagelint: -: cannot be read: Bad file descriptor\n")
    assert done.stdout.endswith("1 input not analysed\n")


def test_a_working_directory_that_is_gone_is_told_in_one_line(app: Path) -> None:
    done = shell(app, f"mkdir gone && cd gone && rmdir ../gone && {SHELL_CHECK}")
    told = "imagelint: standard output or the working directory: cannot be used: No such file or directory\n"
    assert (done.returncode, done.stdout, done.stderr) == (3, "", told)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to an address space")
def test_a_template_that_memory_does_not_suffice_for_is_told_of_and_the_others_are_judged(app: Path) -> None:
    (app / "large.json").write_text(f'{{"Resources": {{"AWS::Lambda::Function": [{"[]," * 4_000_000}[]]}}}}')
    done = shell(app, f"ulimit -v 250000; {SHELL_CHECK} large.json cdk.out --concise")
    assert (done.returncode, done.stderr) == (3, "imagelint: large.json: takes more memory than there is\n")
    *findings, last = done.stdout.splitlines()
    assert findings == run(app, "--concise").stdout.splitlines()[:-1]
    assert last.endswith(", 1 input not analysed")


@pytest.mark.parametrize("variable", ["PYTHONUNBUFFERED=1", "PYTHONUNBUFFERED="])
def test_half_a_report_on_a_full_disk_does_not_pass(app: Path, variable: str) -> None:
    done = shell(app, f"(ulimit -f 1; {variable} {SHELL_CHECK} --fail-on never --format json >part; exit $?)")
    assert (done.returncode, done.stderr) == (3, "imagelint: standard output: cannot be written: File too large\n")
    assert 0 < (app / "part").stat().st_size <= 1024


def test_a_full_disk_leaves_the_old_report_whole(app: Path) -> None:
    (app / "report.json").write_text("old")
    done = shell(app, f"ulimit -f 1; {SHELL_CHECK} --format json:report.json")
    assert (done.returncode, done.stderr) == (3, "imagelint: report.json: cannot be written: File too large\n")
    assert (app / "report.json").read_text() == "old"
    assert sorted(path.name for path in app.iterdir()) == ["cdk.out", "report.json"]


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=lambda each: each)
def test_a_signal_leaves_whole_files_only(app: Path, number: signal.Signals, status: int) -> None:
    os.mkfifo(app / "nobody-reads")
    arguments = ["--format", "json:report.json", "--format", "text:nobody-reads", "--format", "sarif:report.sarif"]
    process = subprocess.Popen([*CHECK, *arguments], cwd=app, stderr=subprocess.PIPE, start_new_session=True)
    deadline = time.monotonic() + 30
    while not (app / "report.json").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(number)
    _, stderr = process.communicate(timeout=20)
    assert (process.returncode, stderr) == (status, b"")
    assert json.loads((app / "report.json").read_text())["findings"]
    assert sorted(path.name for path in app.iterdir()) == ["cdk.out", "nobody-reads", "report.json"]


@pytest.mark.parametrize("name", ["INT", "TERM", "HUP"])
def test_a_signal_that_the_caller_ignores_stays_ignored(app: Path, name: str) -> None:
    script = f"trap '' {name}; {SHELL_CHECK} --synth 'kill -{name} $PPID; cp -r cdk.out/. $CDK_OUTDIR'"
    assert shell(app, script).returncode == 1


def test_a_signal_while_something_is_started_ends_the_process_when_it_has_started() -> None:
    started = []

    def start() -> None:
        with exit_on_signals(), signals_wait():
            signal.raise_signal(signal.SIGTERM)
            started.append("the command")

    with pytest.raises(SystemExit, match="143"):
        start()
    assert started == ["the command"]


def test_a_file_keeps_its_mode_and_a_link_its_target(app: Path) -> None:
    (app / "real.json").write_text("old" * 100_000)
    (app / "real.json").chmod(0o640)
    (app / "link.json").symlink_to("real.json")
    old = os.umask(0o027)
    try:
        run(app, "--format", "json:link.json", "--format", "sarif:new.sarif")
    finally:
        os.umask(old)
    assert (app / "link.json").is_symlink()
    assert json.loads((app / "real.json").read_text())["findings"]
    assert [stat.S_IMODE((app / name).stat().st_mode) for name in ("real.json", "new.sarif")] == [0o640, 0o640]


@pytest.mark.parametrize("arguments", ["--format json:report.json", "--write-baseline report.json"])
@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("report.json", "../outside/kept"),
        ("report.json", "../outside/new"),
        ("report.json", ".git/hooks/post-checkout"),
        ("report.json", ".GIT/hooks/post-checkout"),
        ("report.json", "cloned/.git/hooks/post-checkout"),
        ("report.json", "/dev/null"),
        ("reports", "../outside"),
    ],
)
def test_a_link_that_a_pull_request_committed_replaces_nothing_elsewhere(
    app: Path, arguments: str, link: str, target: str
) -> None:
    for hooks in (".git/hooks", ".GIT/hooks", "cloned/.git/hooks"):
        (app / hooks).mkdir(parents=True, exist_ok=True)
    (app.parent / "outside").mkdir()
    (app.parent / "outside" / "kept").write_text("old")
    (app / link).symlink_to(target)
    file = "reports/kept" if link == "reports" else link
    done = shell(app, f"{SHELL_CHECK} {arguments.replace('report.json', file)}")
    reason = "leads into a folder of git's own" if "git" in target.lower() else "is a link out of the repository"
    assert (done.returncode, done.stderr) == (3, f"imagelint: {file}: cannot be written: {reason}\n")
    assert [path.name for path in (app.parent / "outside").iterdir()] == ["kept"]
    assert (app.parent / "outside" / "kept").read_text() == "old"
    assert [*app.glob("**/hooks/*")] == []


@pytest.mark.parametrize("file", ["../elsewhere/report.json", "{}/elsewhere/report.json", "link.json"])
def test_a_report_goes_where_the_command_line_says(app: Path, file: str) -> None:
    (app / ".git").mkdir()
    (app.parent / "elsewhere").mkdir()
    (app / "link.json").symlink_to("real.json")
    done = run(app, "--format", "json:" + file.format(app.parent))
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (f"{SHELL_CHECK} --format json:/dev/stdout | cat >a", "a"),
        (f"{SHELL_CHECK} --format json:/dev/stdout >a", "a"),
        (f"{SHELL_CHECK} --format json:/dev/fd/3 3>a", "a"),
        (f"{SHELL_CHECK} --format json:>(cat >a.new; mv a.new a); while [ ! -e a ]; do sleep 0.05; done", "a"),
    ],
)
def test_what_is_no_regular_file_is_written_to_as_it_is(app: Path, script: str, expected: str) -> None:
    assert shell(app, script).stderr == ""
    assert json.loads((app / expected).read_text())["findings"]


def paths_in(name: str, report: str) -> set[str]:
    """The paths that a CI service would look for, without those of machines."""
    if name == "github":
        return {line.split("file=")[1].split(",")[0] for line in report.splitlines() if line.startswith("::")}
    if name == "junit":
        return {suite.attrib["file"] for suite in ElementTree.fromstring(report).iter("testsuite")}
    issues = json.loads(report)
    if name == "gitlab":
        return {issue["location"]["path"] for issue in issues}
    return {uri(place) for result in issues["runs"][0]["results"] for place in result["locations"]}


def uri(location: dict[str, Any]) -> str:
    artifact: dict[str, str] = location["physicalLocation"]["artifactLocation"]
    return artifact["uri"] if artifact.get("uriBaseId") == "%SRCROOT%" else f"not in the repository: {artifact['uri']}"


@pytest.mark.parametrize("name", ["github", "gitlab", "sarif", "junit"])
@pytest.mark.parametrize(
    ("repository", "working", "expected"),
    [
        (".git", "app", "app/cdk.out/Orders.template.json"),
        (".git", ".", "app/cdk.out/Orders.template.json"),
        ("app/.git", "app", "cdk.out/Orders.template.json"),
        (None, "app", "cdk.out/Orders.template.json"),
    ],
)
def test_paths_are_those_of_the_repository(
    app: Path, name: str, repository: str | None, working: str, expected: str
) -> None:
    for metadata in app.joinpath("cdk.out").glob("*.metadata.json"):
        metadata.write_text("{}")  # no sources: the template is the place
    if repository:
        (app.parent / repository).mkdir()
    folder = app.parent / working
    done = run(folder, os.path.relpath(app / "cdk.out", folder), "--format", name)
    assert paths_in(name, done.stdout) == {expected}


def test_junit_shows_what_passed(app: Path) -> None:
    cases = list(ElementTree.fromstring(run(app, "--format", "junit").stdout).iter("testcase"))
    summary = json.loads(run(app, "--format", "json").stdout)["summary"]
    failed = [case for case in cases if case.find("failure") is not None]
    assert len({case.attrib["classname"] for case in cases}) == summary["functions"] == 5
    assert len(failed) == summary["errors"] + summary["warnings"]
    assert len(cases) > 2 * len(failed)
