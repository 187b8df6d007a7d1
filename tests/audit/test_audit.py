"""`imagelint audit` on this machine: the rows are those of `imagelint check`, whatever happens to a worker."""

from __future__ import annotations

import glob
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest

from support.audit import findings, rows, sequential, sorted_rows, sources
from support.builders import image, write_assembly
from support.cli import COMMAND, run
from support.paths import FIXTURES

COMPARED = ("assets", "bad-references", "conditions", "demo", "stages", "legacy-synthesizer", "pull-nested-two-deep")
"""Scenarios with assets, stages, nested stacks, shared findings and findings under conditions."""


@pytest.fixture(autouse=True)
def _in_its_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def audit(*arguments: str) -> Any:
    return run("audit", "--output", "audit", "--workers", "1", *arguments)


def app(name: str, tag: str = ":latest") -> Path:
    """A small assembly with one function, which has one finding where its tag is `latest`."""
    folder = Path("apps", name, "cdk.out")
    write_assembly(folder, {"Api": {"Fn": image(tag)}})
    (folder / "cdk.out").write_text("{}")
    return folder


def packed(name: str, files: Mapping[str, bytes | str], **attributes: Any) -> None:
    """A zip archive of files; attributes are those of its members."""
    with zipfile.ZipFile(f"{name}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for file, content in files.items():
            info = zipfile.ZipInfo(file)
            info.compress_type = zipfile.ZIP_DEFLATED
            for key, value in attributes.items():
                setattr(info, key, value)
            archive.writestr(info, content)


def files_of(folder: Path) -> dict[str, bytes]:
    """The files of a folder by their names in it."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_rows_are_those_of_check_in_folders_and_in_archives() -> None:
    """In place, and out of an archive in which the assembly lies as its only folder."""
    for name in COMPARED:
        shutil.copytree(FIXTURES / name / "cdk.out", f"apps/{name}/cdk.out")
        packed(f"apps/{name}", files_of(Path(f"apps/{name}")))
    done = audit("apps/*/cdk.out", "apps/*.zip", "--workers", "2")
    assert (done.exit_code, done.stderr) == (0, "")
    for name in COMPARED:
        expected = sorted_rows(sequential(Path(f"apps/{name}/cdk.out")))
        assert sorted_rows(findings(f"{name}/cdk.out")) == expected != []
        unpacked = [{**row, "template": row["template"].removeprefix("cdk.out/")} for row in findings(f"{name}.zip")]
        assert sorted_rows(unpacked) == expected
    document = json.loads(run("inventory", "apps/demo/cdk.out", "--format", "json").stdout)
    images = [row for row in rows("functions") if row["source"].endswith("demo/cdk.out")]
    assert [(row["logical_id"], row["uri"], row["pull"]) for row in images] == [
        (each["function"]["logical_id"], each["image"]["uri"], each["pull"]) for each in document["functions"]
    ]
    assert {row["registry"] for row in images} == {"123456789012.dkr.ecr.eu-west-1.amazonaws.com", "ghcr.io"}


def test_a_lone_template_is_judged_as_check_does() -> None:
    shutil.copy(app("one") / "Api.template.json", "api.json")
    assert audit("api.json").exit_code == 0
    assert sorted_rows(findings("api.json")) == sorted_rows(sequential(Path("api.json"))) != []


def test_a_second_run_judges_what_has_changed_and_says_what_is_new_and_fixed() -> None:
    for name in ("one", "two", "three", "four"):
        app(name)
    assert "Run 1: 4 judged, 0 unchanged" in audit("apps/**/cdk.out").stdout
    app("one", ":1.4.2")
    app("two", ":prod")
    shutil.rmtree("apps/three")
    app("five")
    done = audit("apps/**/cdk.out")
    assert done.exit_code == 0
    assert "**4 sources (4 read, 0 unread); 4 functions; 2 errors, 1 warning, 0 infos; 0 suppressed, 8 unknown**" in (
        done.stdout
    )
    assert "Run 2: 3 judged, 1 unchanged, 1 gone" in done.stdout
    assert (
        "2 sources judged anew: 1 new, 2 fixed.\n* new: image-tag-mutable 1\n* fixed: image-tag-latest 2\n"
    ) in done.stdout
    judged = [(Path(row["source"]).parent.name, row["status"]) for row in rows("sources") if row["run"] == 2]
    assert judged == [("five", "read"), ("one", "read"), ("two", "read"), ("three", "gone")]
    assert "Run 3: 0 judged, 4 unchanged" in audit("apps/**/cdk.out").stdout
    assert "Run 3: 4 judged, 0 unchanged" in audit("apps/**/cdk.out", "--again").stdout
    assert "Run 4: 4 judged, 0 unchanged" in audit("apps/**/cdk.out", "--select", "all").stdout


DEEP = "[" * 100_000 + "]" * 100_000
POISONED: dict[str, tuple[dict[str, bytes | str], dict[str, Any], str]] = {
    "leads-up": ({"../out.json": "{}"}, {}, "holds '../out.json', which is no path inside of it"),
    "leads-up-later": ({"a/../../out.json": "{}"}, {}, "holds 'a/../../out.json', which is no path inside of it"),
    "absolute": ({"/out.json": "{}"}, {}, "holds '/out.json', which is no path inside of it"),
    "of-windows": ({"C:\\out.json": "{}"}, {}, "holds 'C:\\\\out.json', which is no path inside of it"),
    "link": (
        {"link.json": "/etc/passwd"},
        {"create_system": 3, "external_attr": (stat.S_IFLNK | 0o777) << 16},
        "holds 'link.json', which is a link",
    ),
    "bomb": (
        {f"{number}.json": b" " * (31 << 20) for number in range(9)},
        {},
        "has 292,552,704 bytes outside of asset folders, more than 256 MiB",
    ),
    "large": ({"large.json": b" " * (33 << 20)}, {}, "large.json: is larger than 32 MiB"),
    "deep": (
        {"deep.template.json": f'{{"Resources": {DEEP}, "x": "AWS::"}}'},
        {},
        "deep.template.json:1:134: is nested more than 120 deep",
    ),
    "empty": (
        {"notes.txt": "none"},
        {},
        ".: holds neither a manifest.json nor a template; write them with `npx cdk synth`",
    ),
    "file-and-folder": ({"a": "AWS::", "a/b": "AWS::"}, {}, "a/b: cannot be written: File exists"),
}


def test_a_poisoned_archive_costs_its_own_row() -> None:
    app("sound")
    for name, (files, attributes, _) in POISONED.items():
        packed(name, files, **attributes)
    Path("broken.zip").write_bytes(b"PK\x03\x04 and nothing more")
    done = audit("*.zip", "apps/**/cdk.out")
    assert (done.exit_code, done.stderr) == (3, "")
    assert sources() == {
        "cdk.out": ("read", None),
        "broken.zip": ("unread", "is not a zip archive that can be read: File is not a zip file"),
        **{f"{name}.zip": ("unread", reason) for name, (_, _, reason) in POISONED.items()},
    }
    assert len(rows("sources")) == len(POISONED) + 2
    assert [row["rule"] for row in rows("findings")] == ["image-tag-latest"]
    assert sorted(os.listdir()) == sorted([*(f"{name}.zip" for name in POISONED), "broken.zip", "apps", "audit"])


def test_what_hangs_meets_the_time_limit() -> None:
    app("one")
    app("two")
    os.mkfifo("apps/hangs.zip")  # opened, it waits for somebody who writes
    done = audit("apps/**", "--time-limit", "4")
    assert done.exit_code == 3
    assert sorted((Path(row["source"]).parts[-2:], row["status"], row["reason"]) for row in rows("sources")) == [
        (("apps", "hangs.zip"), "unread", "took more than 4 seconds"),
        (("one", "cdk.out"), "read", None),
        (("two", "cdk.out"), "read", None),
    ]
    assert len(rows("findings")) == 2


@pytest.mark.process
def test_a_worker_that_is_killed_costs_a_retry_and_nothing_else() -> None:
    for name in ("one", "two", "zero"):
        app(name)
    os.mkfifo("apps/held.zip")
    arguments = ("audit", "apps/**", "--output", "audit", "--workers", "1", "--time-limit", "30")
    with (
        tempfile.TemporaryDirectory() as temporary,  # whose path is short, as those of sockets have to be
        subprocess.Popen(
            [*COMMAND, *arguments], stdout=subprocess.PIPE, text=True, env={**os.environ, "TMPDIR": temporary}
        ) as process,
    ):
        seen: set[str] = set()
        end = time.monotonic() + 30
        while len(seen) < 4 and time.monotonic() < end:  # with the others, and three times alone
            if new := {*glob.glob(f"{temporary}/imagelint-*/*/*")} - seen:  # where the archive would be unpacked
                seen |= new
                os.kill(_worker_of(process.pid), signal.SIGKILL)
            time.sleep(0.05)
        output, _ = process.communicate(timeout=30)
        assert os.listdir(temporary) == []
    assert len(seen) == 4
    assert process.returncode == 3
    assert "4 sources (3 read, 1 unread)" in output
    found = sorted((Path(row["source"]).parts[-2], row["status"]) for row in rows("sources"))
    assert found == [("apps", "unread"), ("one", "read"), ("two", "read"), ("zero", "read")]
    for name in ("one", "two", "zero"):
        assert findings(f"{name}/cdk.out") == sequential(Path("apps", name, "cdk.out"))


def _worker_of(parent: int) -> int:
    """The process that a helper of another one has started."""
    helpers = psutil.Process(parent).children()
    (worker,) = [worker for helper in helpers for worker in helper.children()]
    return int(worker.pid)


def _another_audit_is_writing() -> None:
    run("audit", "apps", "--output", "audit")
    held = "lock = filelock.FileLock('audit/audit.lock'); lock.acquire(); print('held', flush=True)"
    script = f"import filelock; {held}; input()"
    HOLDERS.append(subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE))
    assert HOLDERS[-1].stdout is not None
    assert HOLDERS[-1].stdout.readline() == b"held\n"


HOLDERS: list[subprocess.Popen[bytes]] = []


def _older_rows() -> None:
    Path("audit").mkdir()
    Path("audit/audit.json").write_text('{"version": 0}')


def _folder_of_something_else() -> None:
    Path("audit").mkdir()
    Path("audit/notes.txt").write_text("mine")


def _not_understood() -> None:
    Path("audit").mkdir()
    Path("audit/audit.json").write_text("[]")


def _rows_of_something_else() -> None:
    Path("audit/sources").mkdir(parents=True)
    Path("audit/audit.json").write_text('{"version": 1}')
    Path("audit/sources/000001-000000.parquet").write_text("none")


def _link_out_of_the_repository() -> None:
    Path(".git").mkdir()
    Path("audit").symlink_to("/tmp")


@pytest.mark.parametrize(
    ("prepare", "said"),
    [
        (
            _another_audit_is_writing,
            "audit: another audit is writing to it; wait for its end, or name another --output",
        ),
        (_older_rows, "audit: has version 0 of the rows, and this imagelint writes 1; name another --output"),
        (_folder_of_something_else, "audit: is not the folder of an audit, which has an audit.json; name a new one"),
        (_not_understood, "audit/audit.json: cannot be understood; name another --output"),
        (_rows_of_something_else, "audit/sources: holds what is not a file of an audit: "),
        (_link_out_of_the_repository, "audit: is a link out of the repository"),
    ],
)
def test_a_folder_that_cannot_be_added_to_is_refused(prepare: Callable[[], None], said: str) -> None:
    app("one")
    try:
        prepare()
        done = run("audit", "apps", "--output", "audit", "--workers", "1")
    finally:
        while HOLDERS:
            with HOLDERS.pop() as holder:
                holder.kill()
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1].startswith(f"Error: {said}")


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["apps/*/none"], 3, "imagelint: apps/*/none: matches no cloud assembly, template or archive\n"),
        (["apps", "none"], 3, "imagelint: none: matches no cloud assembly, template or archive\n"),
        (
            ["nostore://apps"],
            3,
            "imagelint: nostore://apps: cannot be listed: ValueError: Protocol not known: nostore\n",
        ),
        (["dropbox://apps"], 3, "; install the package that reads this kind of store\n"),
        (["zip://a::b"], 2, "name the archive itself, such as s3://bucket/build.zip\n"),
        (["apps", "--select", "none"], 2, "no rule, code or severity is called 'none'"),
        ([], 2, "Missing argument 'PATTERN...'"),
    ],
)
def test_what_cannot_be_listed_is_one_line(arguments: list[str], status: int, said: str) -> None:
    app("one")
    done = audit(*arguments)
    assert done.exit_code == status
    assert said in done.stderr
    assert ("1 source (1 read, 0 unread)" in done.stdout) is (arguments[0:1] == ["apps"] and status == 3)


def test_a_folder_that_may_not_be_entered_is_told() -> None:
    app("one")
    app("two")
    os.chmod("apps/two", 0)
    try:
        if os.access("apps/two", os.R_OK):
            pytest.skip("whoever runs the tests may read everything")
        done = audit("apps/**/cdk.out")
    finally:
        os.chmod("apps/two", 0o755)
    assert done.exit_code == 3
    assert "apps/two: cannot be listed: Permission denied" in done.stderr
    assert "1 source (1 read, 0 unread)" in done.stdout


def test_what_a_broken_off_run_has_left_is_judged_anew() -> None:
    """A run that ended between the findings and the sources has said nothing; half a file is taken away."""
    app("one")
    audit("apps")
    (sources_file,) = Path("audit/sources").iterdir()
    sources_file.rename("audit/sources/000001-000000.parquet.part")
    done = audit("apps")
    assert "Run 2: 1 judged" in done.stdout
    assert "1 error, " in done.stdout
    assert os.listdir("audit/sources") == ["000002-000000.parquet"]


def test_text_of_a_template_is_data() -> None:
    """Lone surrogates are no UTF-8, and Markdown in names is none in the summary."""
    write_assembly("apps/|`x`|/cdk.out", {"Api": {"Fn": image(path="App/\ud800|<b>/Resource")}})
    Path("apps/|`x`|/cdk.out/cdk.out").write_text("{}")
    done = audit("apps/**/cdk.out")
    assert done.exit_code == 0
    assert [row["construct_path"] for row in rows("findings")] == [r"App/\ud800|<b>/Resource"]
    assert r"| `` \|`x`\| `` | 1 | 1 |" in done.stdout


def test_without_its_packages_a_run_says_what_to_install() -> None:
    program = "import sys; sys.modules['pebble'] = None; from imagelint.cli.main import main; main(sys.argv[1:])"
    done = subprocess.run([sys.executable, "-c", program, "audit", "apps"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1] == "Error: audit needs pebble: install imagelint[audit]"
