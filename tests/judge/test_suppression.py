"""Findings that somebody lives with: each of the five ways, by slug and by code; and what of it comes to nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import imagelint
from fixtures.expect import FIXTURES
from imagelint.config.model import SuppressionEntry
from support.builders import acknowledge, image, write_assembly
from support.cli import found, report, run

CONFIG = ".imagelint.yaml"
REASON = "the pipeline deploys right after it pushes"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()


def suppressed(*arguments: str) -> list[tuple[str, str, str, str]]:
    """What is suppressed: rule, function, by whom, why."""
    listed = report(*arguments)["suppressed"]
    return [
        (each["rule"], each["function"]["construct_path"] or each["function"]["logical_id"], each["by"], each["reason"])
        for each in listed
    ]


def warnings(*arguments: str) -> list[str]:
    lines = run("check", *arguments).stderr.splitlines()
    return [line.removeprefix("imagelint: warning: ") for line in lines if line.startswith("imagelint: warning: ")]


# -- suppressions that the input brings along ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "arguments"), [("", ["--no-inline-suppressions"]), ("inline_suppressions: false", [])]
)
def test_a_gate_may_decline_what_the_app_suppresses_itself(text: str, arguments: list[str]) -> None:
    Path(CONFIG).write_text(text)
    judged = report(JAVASCRIPT, "--inline-suppressions")
    declined = report(JAVASCRIPT, *arguments)
    assert declined["suppressed"] == []
    held = {(each["rule"], each["function"]["logical_id"]) for each in judged["suppressed"] + judged["findings"]}
    assert {(each["rule"], each["function"]["logical_id"]) for each in declined["findings"]} == held


def test_what_the_team_suppresses_holds_where_the_app_may_not() -> None:
    entry = "suppress: [{rule: image-tag-latest, path: Constructs, reason: until the move}]"
    Path(CONFIG).write_text(f"inline_suppressions: false\n{entry}\n")
    assert {by for _, _, by, _ in suppressed(JAVASCRIPT)} == {"config"}


def test_the_summary_counts_suppressions_by_kind() -> None:
    by_kind = "7 suppressed (5 by the app, 1 by Metadata, 1 by Metadata of cfn-lint)"
    assert by_kind in run("check", JAVASCRIPT).stdout.splitlines()[-1]


@pytest.mark.parametrize(
    ("reason", "holds"),
    [
        ("...", False),
        (" \u00a0\t", False),
        ("-", False),
        ("\u2026", False),
        ("?!", False),
        ("\u3164", False),
        ("#42", True),
        ("\u7406\u7531", True),
    ],
)
def test_a_reason_has_a_letter_or_a_digit(reason: str, holds: bool) -> None:
    fn = image(imagelint={"ignore": [{"rule": "image-tag-latest", "reason": reason}]})
    Path("t.json").write_text(json.dumps({"Resources": {"Fn": fn}}))
    assert [rule for rule, *_ in suppressed("t.json")] == (["image-tag-latest"] if holds else [])
    told = [] if holds else ["entry 1 of the Metadata imagelint.ignore gives no reason, so it suppresses nothing"]
    assert [each.partition(": ")[2] for each in warnings("t.json")] == told


# -- what CDK writes ----------------------------------------------------------------------------------------------

JAVASCRIPT, PYTHON = (str(FIXTURES / name / "cdk.out") for name in ("suppressed", "suppressed-python"))


def test_acknowledgements_and_metadata_of_an_app_in_javascript() -> None:
    held = {function: (by, reason) for _, function, by, reason in suppressed(JAVASCRIPT)}
    assert held == {
        "Acknowledged/ByAncestor/Resource": ("cdk-acknowledgement", REASON),
        "Constructs/ByConstruct/Resource": ("cdk-acknowledgement", REASON),
        "Constructs/ByResource/Resource": ("cdk-acknowledgement", REASON),
        "Constructs/ByCode/Resource": ("cdk-acknowledgement", REASON),
        "Constructs/Twice/Resource": ("cdk-acknowledgement", REASON),
        "Constructs/ByMetadata/Resource": ("metadata", REASON),
        "Constructs/ByCfnLintMetadata/Resource": ("cfn-lint-metadata", ""),
    }
    assert {each["function"]["construct_path"] for each in report(JAVASCRIPT)["findings"]} == {
        "Constructs/OtherRule/Resource",
        "Constructs/OtherTool/Resource",
        "Constructs/MetadataWithoutReason/Resource",
        "Constructs/NotSuppressed/Resource",
        "Dev/Orders/ByAncestor/Resource",  # acknowledged on its stage, where CDK writes nothing
    }


def test_acknowledgements_of_an_app_in_python() -> None:
    assert suppressed(PYTHON) == [
        ("image-tag-latest", "Acknowledged/ByAncestor/Resource", "cdk-acknowledgement", REASON),
        ("image-tag-latest", "Constructs/ByConstruct/Resource", "cdk-acknowledgement", REASON),
    ]


def test_what_came_to_nothing_in_the_app_is_told_with_its_place() -> None:
    told = warnings(JAVASCRIPT)
    assert told[:2] == [
        "/app/suppressed.js:16:76: the acknowledgement of imagelint::image-tag-mutable on Constructs/OtherRule"
        " suppresses nothing; remove it",
        "/app/suppressed.js:16:76: the acknowledgement of imagelint::platform-unpinned on Constructs/Twice suppresses"
        " nothing; remove it",
    ]
    assert told[2].endswith(
        "Constructs.template.json:675:7: entry 1 of the Metadata imagelint.ignore gives no reason,"
        " so it suppresses nothing"
    )


@pytest.mark.external
def test_cfn_lint_sees_the_same(tmp_path: Path) -> None:
    command = [str(Path(sys.executable).with_name("cfn-lint")), "-a", "imagelint.cfnlint_plugin", "--format", "json"]
    template = str(Path(JAVASCRIPT, "Constructs.template.json"))
    done = subprocess.run([*command, template], capture_output=True, text=True, cwd=tmp_path, check=False)
    functions = {
        match["Location"]["Path"][1].rstrip("0123456789ABCDEF")
        for match in json.loads(done.stdout)
        if match["Rule"]["Id"] == "E9721"
    }
    assert functions == {"OtherRule", "OtherTool", "MetadataWithoutReason", "NotSuppressed"}


# -- each way -----------------------------------------------------------------------------------------------------

IGNORED = [{"rule": "image-tag-latest", "reason": "r"}]


def cfn_lint(*checks: Any) -> dict[str, Any]:
    return {"cfn-lint": {"config": {"ignore_checks": list(checks)}}}


@pytest.mark.parametrize(
    ("function", "metadata", "by"),
    [
        pytest.param(image(), None, None, id="nobody"),
        pytest.param(
            image(path="App/Fn/Resource"),
            acknowledge("/App/Fn", image_tag_latest="r"),
            "cdk-acknowledgement",
            id="app-on-the-construct",
        ),
        pytest.param(
            image(path="App/Fn/Resource"), acknowledge("/App/Fn", E9721="r"), "cdk-acknowledgement", id="app-by-code"
        ),
        pytest.param(
            image(path="App/Fn/Resource"), acknowledge("/App", W9721="r"), "cdk-acknowledgement", id="app-on-the-stack"
        ),
        pytest.param(
            image(), acknowledge("/App", image_tag_latest="r"), "cdk-acknowledgement", id="app-without-construct-paths"
        ),
        pytest.param(
            image(path="App/Fn2/Resource"), acknowledge("/App/Fn", image_tag_latest="r"), None, id="app-on-a-namesake"
        ),
        pytest.param(
            image(path="App/Fn/Resource"),
            acknowledge("/App/Fn/Resource/Below", image_tag_latest="r"),
            None,
            id="app-on-a-child",
        ),
        pytest.param(
            image(path="App/Fn/Resource"), acknowledge("/App/Fn", image_tag_mutable="r"), None, id="app-another-rule"
        ),
        pytest.param(image(imagelint={"ignore": IGNORED}), None, "metadata", id="metadata"),
        pytest.param(
            image(imagelint={"ignore": [{"rule": "E9721", "reason": "r"}]}), None, "metadata", id="metadata-by-code"
        ),
        pytest.param(image(**cfn_lint("E9721")), None, "cfn-lint-metadata", id="cfn-lint"),
        pytest.param(image(**cfn_lint("E3012", "E9721")), None, "cfn-lint-metadata", id="cfn-lint-among-others"),
        pytest.param(image(**cfn_lint("image-tag-latest")), None, "cfn-lint-metadata", id="cfn-lint-by-slug"),
        pytest.param(image(**cfn_lint("E97")), None, None, id="cfn-lint-part-of-a-code"),
        pytest.param(image(**cfn_lint("E3012")), None, None, id="cfn-lint-another-rule"),
    ],
)
def test_template_and_app_hold_back(function: dict[str, Any], metadata: dict[str, Any] | None, by: str | None) -> None:
    write_assembly("cdk.out", {"App": {"Fn": function}}, metadata)
    assert [each[2] for each in suppressed()] == ([by] if by else [])
    assert len(found()) == (0 if by else 1)
    assert run("check").exit_code == (0 if by else 1)


_WORDS = json.dumps(acknowledge("/App/Fn", image_tag_latest="r"), indent=2)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(_WORDS, id="as CDK writes it"),
        pytest.param("".join(_WORDS.split()), id="on one line"),
        pytest.param(_WORDS.replace("aws:cdk:acknowledged-rules", r"aws:cdk:acknowledged-rule\u0073"), id="escaped"),
        pytest.param('{"/App/Fn": [],' + _WORDS[1:], id="a construct twice"),  # the last counts, as in JSON.parse
    ],
)
def test_acknowledgements_in_a_metadata_file(text: str) -> None:
    write_assembly("cdk.out", {"App": {"Fn": image(path="App/Fn/Resource")}})
    manifest = json.loads(Path("cdk.out/manifest.json").read_text())
    manifest["artifacts"]["App"]["additionalMetadataFile"] = "App.metadata.json"
    Path("cdk.out/manifest.json").write_text(json.dumps(manifest))
    Path("cdk.out/App.metadata.json").write_text(text)
    assert [each[2] for each in suppressed()] == ["cdk-acknowledgement"]


@pytest.mark.parametrize(
    ("rule", "path", "is_held"),
    [
        ("image-tag-latest", "App/Fn/Resource", True),
        ("E9721", "App/Fn/Resource", True),
        ("9721", "App/Fn/Resource", True),
        ("image-tag-mutable", "App/Fn/Resource", False),
        ("image-tag-latest", "App/Fn", True),
        ("image-tag-latest", "/App/Fn/", True),
        ("image-tag-latest", "App", True),
        ("image-tag-latest", "*", True),
        ("image-tag-latest", "*/Fn", True),
        ("image-tag-latest", "A?p/F*", True),
        ("image-tag-latest", "App/F", False),
        ("image-tag-latest", "app/fn", False),
        ("image-tag-latest", "Other/*", False),
        ("image-tag-latest", "Fn", False),
    ],
)
def test_configuration_holds_back(rule: str, path: str, is_held: bool) -> None:
    write_assembly("cdk.out", {"App": {"Fn": image(path="App/Fn/Resource")}})
    Path(CONFIG).write_text(f"suppress:\n  - rule: {rule}\n    path: '{path}'\n    reason: r")
    assert [each[2:] for each in suppressed()] == ([("config", "r")] if is_held else [])
    assert len(found()) == (0 if is_held else 1)


@pytest.mark.parametrize("path", ["template.json/Fn", "template.json", "*/Fn"])
def test_configuration_names_a_function_that_cdk_did_not_write(path: str) -> None:
    Path("template.json").write_text(json.dumps({"Resources": {"Fn": image()}}))
    Path(CONFIG).write_text(f"suppress: [{{rule: image-tag-latest, path: {path!r}, reason: r}}]")
    assert found("template.json") == []


@pytest.mark.parametrize(
    ("expires", "today", "is_held"),
    [
        (None, date(2031, 1, 1), True),
        (date(2030, 1, 31), date(2030, 1, 30), True),
        (date(2030, 1, 31), date(2030, 1, 31), True),
        (date(2030, 1, 31), date(2030, 2, 1), False),
    ],
)
def test_last_day_of_an_entry(expires: date | None, today: date, is_held: bool) -> None:
    write_assembly("cdk.out", {"App": {"Fn": image()}})
    config = imagelint.Config(
        suppress=(SuppressionEntry(rule="E9721", path="App", reason="r", expires=expires),), today=today
    )
    outcome = imagelint.lint(imagelint.load("cdk.out"), config=config)
    assert (len(outcome.findings), len(outcome.suppressed)) == ((0, 1) if is_held else (1, 0))


def test_who_is_nearest_is_told_of_several() -> None:
    function = image(path="App/Fn/Resource", imagelint={"ignore": IGNORED}, **cfn_lint("E9721"))
    write_assembly("cdk.out", {"App": {"Fn": function}}, acknowledge("/App", image_tag_latest="on the stack"))
    Path(CONFIG).write_text("suppress: [{rule: E9721, path: App, reason: r}]")
    assert suppressed() == [("image-tag-latest", "App/Fn/Resource", "cdk-acknowledgement", "on the stack")]
    assert warnings() == []


def test_suppression_by_the_code_of_the_file_holds_where_the_severity_is_changed() -> None:
    write_assembly("cdk.out", {"App": {"Fn": image(**cfn_lint("E9721"))}})
    Path(CONFIG).write_text("rules: {image-tag-latest: {severity: warning}}")
    assert found() == []


def test_what_is_held_back_is_listed_on_request() -> None:
    write_assembly("cdk.out", {"App": {"Fn": image(path="App/Fn", imagelint={"ignore": IGNORED})}})
    assert run("check", "--select", "image-tag-latest").output == (
        "No problems found but those suppressed.\n"
        "1 function judged: no findings; 1 suppressed (1 by Metadata), 0 unknown\n"
    )
    assert run("check", "--show-suppressed").output.startswith(
        "Suppressed\n\n  App/Fn\n    image-tag-latest by Metadata: r\n\n"
    )


# -- what comes to nothing ----------------------------------------------------------------------------------------

TEMPLATE = "cdk.out/App.template.json"


@pytest.mark.parametrize(
    ("function", "metadata", "told"),
    [
        pytest.param(
            image(":1", path="App/Fn"),
            acknowledge("/App/Fn", image_tag_latest="r"),
            ["cdk.out/manifest.json: the acknowledgement of imagelint::image-tag-latest on App/Fn suppresses nothing"],
            id="app-unused",
        ),
        pytest.param(
            image(path="App/Fn"),
            acknowledge("/App/Fn", image_tag_lates="r"),
            ["there is no rule 'image-tag-lates'; did you mean 'image-tag-latest'?"],
            id="app-misspelt",
        ),
        pytest.param(
            image(path="App/Fn"),
            acknowledge("/App/Fn", image_tag_latest=""),
            ["the acknowledgement of imagelint::image-tag-latest on App/Fn gives no reason, so it suppresses nothing"],
            id="app-without-reason",
        ),
        pytest.param(
            image(path="App/Fn"),
            acknowledge("/App/Fn", image_tag_latest=True),
            ["gives no reason, so it suppresses nothing"],
            id="app-with-a-reason-that-is-no-text",
        ),
        pytest.param(
            image(path="App/Fn"),
            {"/App/Fn": [{"type": "aws:cdk:acknowledged-rules", "data": ["imagelint::image-tag-latest"]}]},
            ["the acknowledgement on App/Fn is a list, not an object"],
            id="app-of-another-shape",
        ),
        pytest.param(
            image(path="App/Fn"),
            {"/App/Fn": [{"type": "aws:cdk:acknowledged-rules", "data": {"image-tag-latest": "r", "nag::S1": "r"}}]},
            ["the acknowledgement of image-tag-latest on App/Fn suppresses nothing: write imagelint::image-tag-latest"],
            id="app-without-the-prefix",
        ),
        pytest.param(
            image(path="App/Fn"),
            {"/App/Fn": [{"type": "aws:cdk:acknowledged-rules", "data": {"Imagelint:image-tag-latest": "r"}}]},
            ["suppresses nothing: write imagelint::RULE"],
            id="app-of-another-spelling",
        ),
        pytest.param(
            image(path="App/Fn"),
            {"/App/Fn": [{"type": "aws:cdk:acknowledged-rules", "data": {"CdkNag::image-tag-latest": "r"}}]},
            [],
            id="app-of-another-tool",
        ),
        pytest.param(
            image(":1", imagelint={"ignore": IGNORED}),
            None,
            [f"{TEMPLATE}:14:7: entry 1 of the Metadata imagelint.ignore, image-tag-latest, suppresses nothing"],
            id="metadata-unused",
        ),
        pytest.param(
            image(imagelint={"ignore": [{"rule": "image-tag-latest"}]}),
            None,
            [f"{TEMPLATE}:14:7: entry 1 of the Metadata imagelint.ignore gives no reason, so it suppresses nothing"],
            id="metadata-without-reason",
        ),
        pytest.param(
            image(imagelint={"ignore": [{"rule": "image-tag-latest", "reason": "\n"}]}),
            None,
            ["gives no reason, so it suppresses nothing"],
            id="metadata-with-a-blank-reason",
        ),
        pytest.param(
            image(imagelint={"ignore": [{"reason": "r"}]}), None, ["names no rule"], id="metadata-without-rule"
        ),
        pytest.param(
            image(imagelint={"ignore": [{"rule": "latest", "reason": "r"}]}),
            None,
            ["suppresses nothing: there is no rule 'latest'"],
            id="metadata-misspelt",
        ),
        pytest.param(
            image(imagelint={"ignore": [{**IGNORED[0], "expires": "2030-01-31"}]}),
            None,
            ["suppresses nothing: 'expires' is not a key here; the keys are rule, reason"],
            id="metadata-with-a-key-too-many",
        ),
        pytest.param(
            image(imagelint={"ignore": ["image-tag-latest"]}), None, ["it must be {rule: …, reason: …}"], id="a-string"
        ),
        pytest.param(image(imagelint={"ignore": {}}), None, ["{ignore: [{rule: …, reason: …}]}"], id="no-list"),
        pytest.param(image(imagelint=["image-tag-latest"]), None, ["{ignore: [{rule: …, reason: …}]}"], id="no-object"),
        pytest.param(
            image(imagelint={"ignored": IGNORED}), None, ["{ignore: [{rule: …, reason: …}]}"], id="misspelt-key"
        ),
        pytest.param(
            image(":1", **cfn_lint("E9721")),
            None,
            [f"{TEMPLATE}:15:8: E9721 in the Metadata cfn-lint.config.ignore_checks suppresses nothing; remove it"],
            id="cfn-lint-unused",
        ),
        pytest.param(image(":1", **cfn_lint("E3012", 5, None)), None, [], id="cfn-lint-not-ours"),
        pytest.param(image(":1", path=None, **{"cfn-lint": {"config": []}}), None, [], id="cfn-lint-of-another-shape"),
    ],
)
def test_what_comes_to_nothing_is_told(
    function: dict[str, Any], metadata: dict[str, Any] | None, told: list[str]
) -> None:
    write_assembly("cdk.out", {"App": {"Fn": function}}, metadata)
    is_latest = function["Properties"]["Code"]["ImageUri"].endswith(":latest")
    lines = warnings()
    assert len(lines) == len(told)
    for line, part in zip(lines, told, strict=True):
        assert part in line
    assert len(found()) == is_latest  # what is malformed never suppresses
    assert run("check", "--fail-on", "error").exit_code == (1 if is_latest else 0)
    strict = ("--strict", "--select", "image-tag-latest")
    assert run("check", *strict).exit_code == (1 if is_latest or told else 0)
    assert run("check", *strict, "--fail-on", "never").exit_code == 0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(
            "suppress:\n- rule: E9721\n  path: App/Gone\n  reason: r",
            [".imagelint.yaml:2: suppress[0]: image-tag-latest for App/Gone suppresses nothing; remove it"],
            id="unused",
        ),
        pytest.param(
            "suppress:\n- rule: E9721\n  path: App\n  reason: r\n  expires: 2020-01-31",
            [".imagelint.yaml:5: suppress[0].expires: image-tag-latest for App has expired, on 2020-01-31"],
            id="expired",
        ),
        pytest.param("suppress: [{rule: image-not-pinned, path: Gone, reason: r}]", [], id="not-judged"),
        pytest.param("suppress: [{rule: E9721, path: App, reason: r}]", [], id="used"),
    ],
)
def test_entry_that_comes_to_nothing_is_told(text: str, told: list[str]) -> None:
    write_assembly("cdk.out", {"App": {"Fn": image()}})
    Path(CONFIG).write_text(text)
    lines = warnings()
    assert len(lines) == len(told)
    assert all(part in line for part, line in zip(told, lines, strict=True))
    assert run("check", "--strict", "--select", "image-tag-latest").exit_code == (1 if found() or told else 0)


def test_entry_that_is_used_in_one_of_several_assemblies_is_not_told() -> None:
    write_assembly("one", {"One": {"Fn": image()}})
    write_assembly("two", {"Two": {"Fn": image()}})
    Path(CONFIG).write_text("suppress: [{rule: E9721, path: Two, reason: r}]")
    assert warnings("one", "two") == []
    assert len(warnings("one")) == 1


def test_entry_for_what_is_unknown_without_strict_is_not_called_unused() -> None:
    function = image(path="App/Fn", imagelint={"ignore": IGNORED})
    function["Properties"]["Code"]["ImageUri"] = {"Ref": "Image"}
    write_assembly("cdk.out", {"App": {"Fn": function}})
    template = Path(TEMPLATE)
    template.write_text(json.dumps({"Parameters": {"Image": {"Type": "String"}}, **json.loads(template.read_text())}))
    assert warnings() == []
    assert suppressed() == []
    assert suppressed("--strict", "--select", "image-tag-latest") == [("image-tag-latest", "App/Fn", "metadata", "r")]


def test_one_acknowledgement_serves_every_function_below_it() -> None:
    functions = {f"Fn{number}": image(path=f"App/Fn{number}/Resource") for number in range(3)}
    write_assembly("cdk.out", {"App": functions}, acknowledge("/App", image_tag_latest="r"))
    assert len(suppressed()) == 3
    assert warnings() == []


@pytest.mark.parametrize(("levels", "is_held"), [(100, True), (200_000, False)])
def test_a_construct_path_of_any_length_costs_no_more_than_its_length(levels: int, is_held: bool) -> None:
    """One of more levels than CDK writes has no ancestors, which would be longer than forty gigabytes together."""
    path = "App/" + "a/" * levels + "Resource"
    Path(CONFIG).write_text("suppress: [{rule: image-tag-latest, path: App/a, reason: until the move}]")
    write_assembly("cdk.out", {"App": {"Fn": image(path=path)}}, acknowledge("/App", image_tag_latest="r"))
    assert [rule for rule, *_ in suppressed()] == ["image-tag-latest"] * is_held


def test_the_nearest_name_is_looked_for_a_hundred_times() -> None:
    """Each look takes milliseconds, and a template may name thousands of rules that are none."""
    wrong = [{"rule": f"image-tag-lates{number}", "reason": "r"} for number in range(150)]
    Path("t.json").write_text(json.dumps({"Resources": {"Fn": image(imagelint={"ignore": wrong})}}))
    told = warnings("t.json")
    assert (len(told), sum("did you mean" in each for each in told)) == (150, 100)


def test_linting_twice_gives_the_same(tmp_path: Path) -> None:
    assembly = imagelint.load(JAVASCRIPT)
    assert imagelint.lint(assembly) == imagelint.lint(assembly)
