"""The baseline: what is recorded is suppressed, what is new is not, what is fixed is named; what changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fixtures.expect import FIXTURES
from support.builders import image, write_assembly
from support.cli import found, report, run

BASELINE = "imagelint-baseline.json"
DEMO = str(FIXTURES / "demo" / "cdk.out")
Template = dict[str, Any]


@pytest.fixture(autouse=True)
def _app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    write_assembly("cdk.out", {"One": ONE, "Two": {"Fn": image(path="Two/Fn/Resource")}})


ONE = {
    "FnAB12CD34": image(path="One/Fn/Resource"),
    "JobAB12CD34": image(":prod", path="One/Job/Resource"),
}
"""Logical IDs end in the hash that CDK gives them."""


def rewrite(change: Callable[[Template], Template]) -> None:
    template = Path("cdk.out/One.template.json")
    template.write_text(json.dumps(change(json.loads(template.read_text()))))


def test_what_is_recorded_is_held_back() -> None:
    assert run("check").exit_code == 1
    written = run("check", "--write-baseline", BASELINE)
    assert (written.exit_code, written.stderr) == (
        0,
        f"imagelint: {BASELINE}: written with 3 findings, 0 fixed ones left out\n",
    )
    assert "no findings; 3 suppressed" in written.stdout
    held = run("check", "--baseline", BASELINE)
    assert (held.exit_code, held.stderr) == (0, "")
    assert {(each["by"], each["reason"]) for each in report("--baseline", BASELINE)["suppressed"]} == {("baseline", "")}


def test_file_is_for_people() -> None:
    run("check", "--write-baseline", BASELINE)
    content = json.loads(Path(BASELINE).read_text())
    assert content["version"] == 1
    assert [(each["rule"], each["stack"], each["function"]) for each in content["findings"]] == [
        ("image-tag-latest", "One", "One/Fn/Resource"),
        ("image-tag-mutable", "One", "One/Job/Resource"),
        ("image-tag-latest", "Two", "Two/Fn/Resource"),
    ]
    assert Path(BASELINE).read_text().endswith("\n")


def renamed(template: Template) -> Template:
    return {"Resources": {f"{key[:-8]}99999999": value for key, value in template["Resources"].items()}}


def moved(template: Template) -> Template:
    topics = {f"Topic{number}": {"Type": "AWS::SNS::Topic"} for number in range(9)}
    return {"Description": "More lines", "Resources": {**topics, **dict(reversed(template["Resources"].items()))}}


def retagged(template: Template) -> Template:
    return json.loads(json.dumps(template).replace(":prod", ":staging"))  # type: ignore[no-any-return]


@pytest.mark.parametrize("change", [renamed, moved, retagged])
def test_what_does_not_make_a_finding_another(change: Callable[[Template], Template]) -> None:
    run("check", "--write-baseline", BASELINE)
    rewrite(change)
    held = run("check", "--baseline", BASELINE)
    assert (held.exit_code, held.stderr) == (0, "")


def test_order_of_stacks_and_place_of_the_assembly_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    run("check", "--write-baseline", BASELINE)
    before = Path(BASELINE).read_text()
    write_assembly("elsewhere", {"Two": {"Fn": image(path="Two/Fn/Resource")}, "One": dict(reversed(ONE.items()))})
    assert run("check", "elsewhere", "--baseline", BASELINE).exit_code == 0
    run("check", "elsewhere", "--write-baseline", "other.json")
    assert Path("other.json").read_text() == before


def test_templates_of_one_name_are_told_apart_by_their_folders() -> None:
    for folder in ("apps/b", "apps/c"):
        Path(folder).mkdir(parents=True)
        Path(folder, "template.json").write_text(json.dumps({"Resources": {"Fn": image()}}))
    run("check", "apps", "--write-baseline", BASELINE)
    Path("apps/a").mkdir()
    Path("apps/a/template.json").write_text(json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}))
    for path in ("apps", "./apps/", str(Path("apps").resolve())):
        held = run("check", path, "--baseline", BASELINE)
        assert (held.exit_code, held.stderr) == (0, "")


def test_logical_id_stands_in_where_there_is_no_construct_path() -> None:
    write_assembly("plain", {"App": {"Fn": image()}})
    run("check", "plain", "--write-baseline", BASELINE)
    assert json.loads(Path(BASELINE).read_text())["findings"][0]["function"] == "Fn"
    assert run("check", "plain", "--baseline", BASELINE).exit_code == 0


@pytest.mark.parametrize(
    ("function", "new"),
    [
        pytest.param({"New": image(path="One/New/Resource")}, "image-tag-latest", id="another-function"),
        pytest.param({"FnAB12CD34": image(":prod", path="One/Fn/Resource")}, "image-tag-mutable", id="another-rule"),
    ],
)
def test_what_is_new_closes_the_gate(function: Template, new: str) -> None:
    run("check", "--write-baseline", BASELINE)
    rewrite(lambda template: {"Resources": {**template["Resources"], **function}})
    assert run("check", "--baseline", BASELINE, "--fail-on", "warning").exit_code == 1
    assert [each[1] for each in found("--baseline", BASELINE)] == [new]


FIXED = (
    f"imagelint: {BASELINE}: fixed: image-tag-latest of One/Fn/Resource, which the baseline need not hold any more\n"
)


def test_what_is_mended_is_told_and_dropped() -> None:
    run("check", "--write-baseline", BASELINE)
    rewrite(lambda template: {"Resources": {**template["Resources"], "FnAB12CD34": image(":1")}})
    held = run("check", "--baseline", BASELINE)
    assert (held.exit_code, held.stderr) == (0, FIXED)
    again = run("check", "--baseline", BASELINE, "--write-baseline", BASELINE)
    said = f"imagelint: {BASELINE}: written with 2 findings, 1 fixed ones left out\n"
    assert (again.exit_code, again.stderr) == (0, FIXED + said)
    assert run("check", "--baseline", BASELINE).stderr == ""


def test_mended_finding_that_comes_back_is_new_once_it_is_dropped() -> None:
    run("check", "--write-baseline", BASELINE)
    original = Path("cdk.out/One.template.json").read_text()
    rewrite(lambda template: {"Resources": {**template["Resources"], "FnAB12CD34": image(":1")}})
    run("check", "--baseline", BASELINE, "--write-baseline", BASELINE)
    Path("cdk.out/One.template.json").write_text(original)
    assert found("--baseline", BASELINE) == [("error", "image-tag-latest", "FnAB12CD34")]


def test_what_is_not_judged_is_neither_called_fixed_nor_dropped() -> None:
    run("check", "--write-baseline", BASELINE)
    before = Path(BASELINE).read_text()
    assert run("check", "--baseline", BASELINE, "--ignore", "image-tag-latest").stderr == ""
    run("check", "--baseline", BASELINE, "--ignore", "image-tag-latest", "--write-baseline", BASELINE)
    assert Path(BASELINE).read_text() == before


def test_what_another_suppression_holds_back_is_not_called_fixed() -> None:
    run("check", "--write-baseline", BASELINE)
    Path(".imagelint.yaml").write_text("suppress: [{rule: E9721, path: One/Fn, reason: r}]")
    assert run("check", "--baseline", BASELINE).stderr == ""


def test_unknown_in_the_baseline_does_not_hide_what_is_known_later() -> None:
    resources = {
        "Fn": {**image(path="App/Fn"), "Properties": {"PackageType": "Image", "Code": {"ImageUri": {"Ref": "I"}}}}
    }
    write_assembly("open", {"App": resources})
    template = Path("open/App.template.json")
    template.write_text(json.dumps({"Parameters": {"I": {"Type": "String"}}, "Resources": resources}))
    run("check", "open", "--strict", "--write-baseline", BASELINE)
    assert run("check", "open", "--strict", "--baseline", BASELINE).exit_code == 0
    assert run("check", "open", "--baseline", BASELINE).stderr == ""
    template.write_text(json.dumps({"Resources": {"Fn": image(path="App/Fn")}}))
    assert found("open", "--baseline", BASELINE) == [("error", "image-tag-latest", "Fn")]


def test_one_finding_of_an_assembly_stays_one_when_functions_come_and_go() -> None:
    Path(".imagelint.yaml").write_text('select: [cdk-version-outdated]\noptions: {minimum_cdk_version: "2.277.0"}')
    clean = str(FIXTURES / "clean-app" / "cdk.out")
    run("check", clean, "--write-baseline", BASELINE)
    content = json.loads(Path(BASELINE).read_text())
    assert len(content["findings"]) == 1
    assert run("check", clean, "--baseline", BASELINE).exit_code == 0


def test_nothing_is_written_when_something_was_not_read() -> None:
    Path("cdk.out/Two.template.json").write_text("{")
    done = run("check", "--write-baseline", BASELINE)
    assert done.exit_code == 3
    assert f"{BASELINE}: not written, since not everything could be read" in done.stderr
    assert not Path(BASELINE).exists()


def test_place_that_cannot_be_written_to() -> None:
    done = run("check", "--write-baseline", "nowhere/baseline.json")
    assert done.exit_code == 3
    assert "nowhere/baseline.json: cannot be written: No such file or directory" in done.stderr


def test_demo_in_a_baseline() -> None:
    assert run("check", DEMO, "--write-baseline", BASELINE).exit_code == 0
    assert run("check", DEMO, "--baseline", BASELINE).exit_code == 0
    assert run("check", DEMO).exit_code == 1


# -- files that are no baseline -----------------------------------------------------------------------------------

ENTRY = '{"fingerprint": "f", "rule": "r", "stack": "s", "function": "f"}'
CONFLICT = '{"version": 1,\n "findings": [\n<<<<<<< HEAD\n=======\n>>>>>>> theirs\n]}'


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(CONFLICT, ":3: holds the markers of a merge conflict; keep the entries of both", id="conflict"),
        pytest.param('{"version": 1, "findings": [', ":1:29: is not JSON", id="cut-off"),
        pytest.param("", ": is empty", id="empty"),
        pytest.param("[]", ":1: is not a baseline: it has no version and findings", id="a-list"),
        pytest.param("{}", ":1: is not a baseline: it has no version and findings", id="an-empty-object"),
        pytest.param(
            '{"version": 2,\n"findings": []}', ":1: version: is 2; this imagelint reads 1: write", id="version"
        ),
        pytest.param('{"version": "1", "findings": []}', ':1: version: is "1"; this imagelint reads 1', id="text"),
        pytest.param('{"version": true, "findings": []}', ":1: version: is true; this imagelint reads 1", id="truth"),
        pytest.param('{"version": 1, "findings": {}}', ":1: findings: must be a list", id="no-list"),
        pytest.param('{"version": 1, "findings": [\n5]}', ":2: findings[0]: must be an object, not 5", id="a-number"),
        pytest.param(
            '{"version": 1, "findings": [\n{}]}', ":2: findings[0]: lacks the key 'fingerprint'", id="no-keys"
        ),
        pytest.param(
            f'{{"version": 1, "findings": [{ENTRY},\n{ENTRY.replace(":1", "")[:-4]}5}}]}}',
            ":2: findings[1].function: must be text, not 5",
            id="no-text",
        ),
        pytest.param(
            '{"version": 1, "version": 1, "findings": []}', ":1:16: has the key 'version' twice", id="a-key-twice"
        ),
    ],
)
def test_file_that_is_no_baseline(content: str, said: str) -> None:
    Path(BASELINE).write_text(content)
    done = run("check", "--baseline", BASELINE)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(f"Error: {BASELINE}{said}")
    assert done.stderr.count("\n") == 1


def test_file_that_is_not_there() -> None:
    done = run("check", "--baseline", BASELINE)
    assert done.exit_code == 2
    assert "cannot be read: No such file or directory; --write-baseline writes a baseline" in done.stderr
