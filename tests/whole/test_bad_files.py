"""Files and paths that cannot be read: one clear line that names the file, and exit status 3."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from imagelint import lint, load
from imagelint.documents.files import Root, UnreadableFileError
from imagelint.documents.limits import MAX_KEPT
from imagelint.model import Problem
from support.bad_input import HEALTHY, YAML_TEMPLATE, check, check_in_a_process, spelled, write, write_assembly
from support.builders import app, stack_of
from support.cli import COMMAND, run


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


# -- files -------------------------------------------------------------------------------------------------------------


def make_fifo(path: Path) -> None:
    os.mkfifo(path)


def make_sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2**40)


def make_link(target: str) -> Callable[[Path], None]:
    return lambda path: path.symlink_to(target)


OUTSIDE: dict[str, tuple[Any, str]] = {
    "above": ("../outside.json", "names the template '../outside.json', which is outside of the assembly"),
    "above, in a roundabout way": (
        "a/../../outside.json",
        "names the template 'a/../../outside.json', which is outside of the assembly",
    ),
    "absolute": ("/etc/passwd", "names the template '/etc/passwd', which is outside of the assembly"),
    "no text": (5, "names no template"),
    "null": (None, "names no template"),
    "empty": ("", "names no template"),
    "with a NUL": ("a\0b", "names no template"),
}


@pytest.mark.parametrize(("named", "message"), OUTSIDE.values(), ids=OUTSIDE)
def test_a_manifest_that_names_a_file_outside(named: Any, message: str) -> None:
    write(Path(), {"outside.json": HEALTHY})
    write_assembly(Path(), {"Bad": stack_of(named)})
    run = check_in_a_process()
    assert run.stderr == f"imagelint: cdk.out/manifest.json: artifact 'Bad' {message}\n"
    assert (run.status, run.stacks) == (3, ["Healthy"])


def test_an_absolute_path_is_refused_even_into_the_assembly(tmp_path: Path) -> None:
    inside = str(tmp_path / "cdk.out" / "Healthy.template.json")
    write_assembly(Path(), {"Bad": stack_of(inside)})
    run = check()
    assert run.stderr == (
        f"imagelint: cdk.out/manifest.json: artifact 'Bad' names the template {inside!r}, "
        "which is outside of the assembly\n"
    )
    assert (run.status, run.stacks) == (3, ["Healthy"])


UNUSABLE: dict[str, tuple[Callable[[Path], None], str]] = {
    "a link out of the assembly": (
        make_link("../outside.json"),
        "cdk.out/manifest.json: artifact 'Bad' names the template 'Bad.json', a link out of the assembly",
    ),
    "a link to a device": (
        make_link("/dev/zero"),
        "cdk.out/manifest.json: artifact 'Bad' names the template 'Bad.json', a link out of the assembly",
    ),
    "a link to itself": (make_link("Bad.json"), "cdk.out/Bad.json: cannot be read: Too many levels of symbolic links"),
    "a link to nothing": (make_link("nothing.json"), "cdk.out/Bad.json: cannot be read: No such file or directory"),
    "a named pipe": (make_fifo, "cdk.out/Bad.json: is not a regular file"),
    "a sparse file of a terabyte": (make_sparse, "cdk.out/Bad.json: is larger than 32 MiB"),
    "a folder": (Path.mkdir, "cdk.out/Bad.json: cannot be read: Is a directory"),
    "no file": (lambda path: None, "cdk.out/Bad.json: cannot be read: No such file or directory"),
}


@pytest.mark.parametrize(("make", "line"), UNUSABLE.values(), ids=UNUSABLE)
def test_a_template_that_is_no_ordinary_file(make: Callable[[Path], None], line: str) -> None:
    write(Path(), {"outside.json": HEALTHY})
    write_assembly(Path(), {"Bad": stack_of("Bad.json")})
    make(Path("cdk.out/Bad.json"))
    run = check_in_a_process()
    assert run.stderr == f"imagelint: {line}\n"
    assert (run.status, run.stacks) == (3, ["Healthy"])


@pytest.mark.skipif(os.geteuid() == 0, reason="everything is readable to root")
def test_a_template_without_permission() -> None:
    write_assembly(Path(), {"Bad": stack_of("Bad.json")}, {"Bad.json": HEALTHY})
    Path("cdk.out/Bad.json").chmod(0)
    run = check()
    assert run.stderr == "imagelint: cdk.out/Bad.json: cannot be read: Permission denied\n"
    assert (run.status, run.stacks) == (3, ["Healthy"])


def test_a_link_inside_the_assembly_is_followed() -> None:
    write_assembly(Path(), {"Linked": stack_of("Linked.json")})
    Path("cdk.out/Linked.json").symlink_to("Healthy.template.json")
    run = check()
    assert (run.status, run.stderr, sorted(run.stacks)) == (1, "", ["Healthy", "Linked"])


@pytest.mark.parametrize("name", ["manifest.json", "tree.json"])
def test_no_file_of_cdk_itself_is_followed_out_of_the_assembly(name: str) -> None:
    write_assembly(Path(), {})
    tree = {"constructInfo": {"fqn": "aws-cdk-lib.Stack", "version": "2.1.7-secret"}}
    Path("cdk.out/tree.json").write_text(json.dumps(tree))
    assert "2.1.7-secret" in facts()
    Path("cdk.out", name).rename(name)
    Path("cdk.out", name).symlink_to(Path(name).resolve())
    assert "2.1.7-secret" not in facts()


def facts() -> str:
    return run("facts", "cdk.out").stdout


def test_a_link_that_the_command_line_names_is_followed() -> None:
    write(Path(), {"elsewhere/template.json": HEALTHY})
    Path("here").mkdir()
    Path("here/template.json").symlink_to("../elsewhere/template.json")
    done = run("check", "here/template.json", "--format", "json")
    assert (done.exit_code, done.stderr) == (1, "")
    assert json.loads(done.stdout)["findings"][0]["location"]["template"] == "here/template.json"


@pytest.mark.parametrize("name", ["a.json", os.path.join("stage", "a.json")], ids=["in the folder", "below it"])
def test_a_file_that_was_replaced_after_it_was_looked_at_is_not_read(name: str, tmp_path: Path) -> None:
    """The way of an attacker: the path is that of a harmless file when it is checked, and leads elsewhere when it is
    opened, or the other way round."""
    root, file = Root(str(tmp_path / "cdk.out"), "cdk.out"), tmp_path / "cdk.out" / name
    file.parent.mkdir(parents=True)
    (tmp_path / "secret").write_text("secret")
    file.write_text("{}")
    root.inside("", name, "template")
    file.unlink()
    file.symlink_to(tmp_path / "secret")
    with pytest.raises(UnreadableFileError, match="is a link out of the assembly"):
        root.read(name)

    opened_by = os.open

    def put_back(path: str, flags: int) -> int:
        opened = opened_by(path, flags)
        file.unlink()
        file.write_text("{}")
        return opened

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.open", put_back)
        with pytest.raises(UnreadableFileError, match="was replaced while it was read"):
            root.read(name)


def test_a_folder_that_was_replaced_after_it_was_looked_at_is_not_entered(tmp_path: Path) -> None:
    root, stage = Root(str(tmp_path / "cdk.out"), "cdk.out"), tmp_path / "cdk.out" / "stage"
    write(tmp_path, {"cdk.out/stage/a.json": {}, "outside/a.json": {}})
    file = root.inside("stage", "a.json", "template")
    stage.rename(tmp_path / "before")
    stage.symlink_to(tmp_path / "outside")
    with pytest.raises(UnreadableFileError, match="is a link out of the assembly"):
        root.read(file)


def test_a_file_that_the_system_gives_in_parts(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("in three parts")
    in_full = os.read
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.read", lambda file, size: in_full(file, min(size, 5)))
        assert Root(str(tmp_path), "").read("a.json") == b"in three parts"


@pytest.mark.parametrize("is_kept", [True, False], ids=["kept", "past the bound"])
def test_a_template_that_changes_while_it_is_judged(is_kept: bool) -> None:
    """The line is that of the text that was judged, or there is none, and an error."""
    write(Path(), {"template.json": HEALTHY if is_kept else {**HEALTHY, "Description": "x" * MAX_KEPT}})
    assembly = load("template.json")
    Path("template.json").write_text("\n{")
    report = lint(assembly)
    changed = Problem("template.json", "has changed since it was read; run imagelint again")
    assert [finding.location.line for finding in report.findings] == [8 if is_kept else None]
    assert report.errors == (() if is_kept else (changed,))


def test_a_linked_assembly_is_read() -> None:
    write_assembly(Path("elsewhere"), {})
    Path("cdk.out").symlink_to("elsewhere/cdk.out")
    run = check()
    assert (run.status, run.stderr, run.stacks) == (1, "", ["Healthy"])


# -- paths -------------------------------------------------------------------------------------------------------------

NO_INPUT: dict[str, tuple[Callable[[], object], str, str]] = {
    "a path that is not there": (
        lambda: None,
        "nowhere/cdk.out",
        "nowhere/cdk.out: is not there; write a cloud assembly with `npx cdk synth`, or name another path",
    ),
    "an empty path": (
        lambda: None,
        "",
        "'': is not there; write a cloud assembly with `npx cdk synth`, or name another path",
    ),
    "a link to nothing": (
        lambda: Path("link").symlink_to("nothing"),
        "link",
        "link: is not there; write a cloud assembly with `npx cdk synth`, or name another path",
    ),
    "an empty folder": (
        lambda: Path("empty").mkdir(),
        "empty",
        "empty: holds neither a manifest.json nor a template; write them with `npx cdk synth`",
    ),
    "a folder with nothing to judge": (
        lambda: write(Path("src"), {"package.json": {"name": "x"}, "node_modules/a/t.json": HEALTHY, "b.txt": "x"}),
        "src",
        "src: holds neither a manifest.json nor a template; write them with `npx cdk synth`",
    ),
    "a device": (lambda: None, "/dev/zero", "/dev/zero: is not a regular file"),
    "a named pipe": (lambda: os.mkfifo("pipe.json"), "pipe.json", "pipe.json: is not a regular file"),
    "a template cut in half": (
        lambda: write(Path(), {"t.yaml": "Resources: {"}),
        "t.yaml",
        "t.yaml:2:1: is not YAML: did not find expected node content",
    ),
    "a template that is a word": (
        lambda: write(Path(), {"t.template": "hello"}),
        "./t.template",
        "t.template: is not a template: it is a string, not an object",
    ),
}


@pytest.mark.parametrize(("make", "path", "line"), NO_INPUT.values(), ids=NO_INPUT)
def test_a_path_with_nothing_to_read(make: Callable[[], object], path: str, line: str) -> None:
    make()
    write_assembly(Path("other"), {})
    run = check_in_a_process(path, "other/cdk.out")
    assert run.stderr == f"imagelint: {line}\n"
    assert (run.status, run.stacks) == (3, ["Healthy"])


STDIN: dict[str, tuple[bytes, int]] = {
    "JSON": (spelled(HEALTHY), 8),
    "JSON after white space": (b"\n\n " + spelled(HEALTHY), 10),
    "YAML": (YAML_TEMPLATE.encode(), 7),
    "JSON behind a byte-order mark": (b"\xef\xbb\xbf" + spelled(HEALTHY), 8),
    "YAML behind a byte-order mark": (b"\xef\xbb\xbf" + YAML_TEMPLATE.encode(), 7),
}


@pytest.mark.parametrize(("text", "line"), STDIN.values(), ids=STDIN)
def test_a_template_on_standard_input(text: bytes, line: int) -> None:
    run = check_in_a_process("-", stdin=text)
    assert (run.status, run.stderr) == (1, "")
    (finding,) = [each for each in json.loads(run.stdout)["findings"] if each["rule"] == "image-tag-latest"]
    assert (finding["location"]["template"], finding["location"]["line"]) == ("-", line)


BAD_STDIN: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "-: is empty"),
    "JSON cut in half": (b'{"a":\n', "-:2:1: is not JSON: Expecting value"),
    "a list": (b"[]", "-: is not a template: it is a list, not an object"),
    "forty megabytes": (b"[" + b" " * 40_000_000 + b"]", "-: is larger than 32 MiB"),
}


@pytest.mark.parametrize(("text", "line"), BAD_STDIN.values(), ids=BAD_STDIN)
def test_broken_text_on_standard_input(text: bytes, line: str) -> None:
    write_assembly(Path(), {})
    run = check("-", "cdk.out", stdin=text)
    assert run.stderr == f"imagelint: {line}\n"
    assert (run.status, run.stacks) == (3, ["Healthy"])


def test_standard_input_without_end() -> None:
    command = [*COMMAND, "check", "-"]
    with Path("/dev/zero").open("rb") as endless:
        done = subprocess.run(command, stdin=endless, capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (3, b"imagelint: -: is larger than 32 MiB\n")


def test_a_folder_without_a_manifest() -> None:
    """Templates are told from other files by what they hold; one that is broken does not hide the others."""
    write(
        Path("templates"),
        {
            "api/template.json": HEALTHY,
            "jobs/template.yaml": YAML_TEMPLATE,
            "jobs/other.template": YAML_TEMPLATE,
            "tsconfig.json": "{ // not JSON, nor a template\n}",
            "asset.abc/template.json": HEALTHY,
            "node_modules/x/template.json": HEALTHY,
            ".git/template.json": HEALTHY,
            "broken.json": '{"Resources": {"Fn": "AWS::Lambda::Function"',
        },
    )
    run = check("templates")
    assert run.stderr.splitlines() == [
        "imagelint: templates/broken.json:1:45: is not JSON: Expecting ',' delimiter",
        "imagelint: warning: templates: 1 file that may be a template is not read: templates/asset.abc/template.json; "
        "name a file, or its folder, to have it judged",
    ]
    assert run.status == 3
    templates = [
        each["location"]["template"]
        for each in json.loads(run.stdout)["findings"]
        if each["rule"] == "image-tag-latest"
    ]
    assert sorted(templates) == [
        "templates/api/template.json",
        "templates/jobs/other.template",
        "templates/jobs/template.yaml",
    ]


def test_a_problem_is_told_of_the_right_one_of_two_templates_with_one_name() -> None:
    write(Path("templates"), {"a/template.json": HEALTHY, "b/template.json": app({"Ref": "Nothing"})})
    run = check("templates")
    assert run.stderr.startswith("imagelint: templates/b/template.json:")
    assert len(run.stderr.splitlines()) == 1
    assert len(run.stacks) == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.json", HEALTHY),
        ("t.yaml", YAML_TEMPLATE),
        ("t.yml", YAML_TEMPLATE),
        ("t.template", HEALTHY),
        ("t", YAML_TEMPLATE),
    ],
    ids=["json", "yaml", "yml", "template in JSON", "no suffix"],
)
def test_a_single_template(name: str, content: Any) -> None:
    write(Path("sub"), {name: content})
    run = check(f"sub/{name}")
    assert (run.status, run.stderr) == (1, "")
    assert {each["location"]["template"] for each in json.loads(run.stdout)["findings"]} == {f"sub/{name}"}


@pytest.mark.parametrize("folder", ["services", "./services/", "services/orders/..", "{here}/services"])
def test_an_assembly_in_a_folder_below_is_read_by_its_manifest(folder: str) -> None:
    """However the folder is named: templates that the manifest does not name are stale, and nobody deploys them."""
    write_assembly(Path("services/orders"), {}, {"Stale.template.json": HEALTHY})
    run = check(folder.format(here=Path.cwd()))
    assert (run.status, run.stderr, run.stacks) == (1, "", ["Healthy"])
