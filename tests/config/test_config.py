"""`.imagelint.yaml`: where it is found, what it changes, who has the last word, and what is said of a mistake in it."""

from __future__ import annotations

import json
import re
import time
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

import imagelint
from fixtures.expect import FIXTURES
from imagelint.config.model import StackOverride
from imagelint.documents.schema import schema
from support.builders import REPOSITORY, function, image, write_assembly
from support.cli import found, report, run

CONFIG = ".imagelint.yaml"
LATEST, MOVING = ("error", "image-tag-latest", "Latest"), ("warning", "image-tag-mutable", "Moving")


@pytest.fixture(autouse=True)
def _app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    functions = {"Latest": image(":latest"), "Moving": image(":prod"), "Version": image(":1.4.2")}
    write_assembly("cdk.out", {"App": functions})


def configure(text: str, file: str = CONFIG) -> None:
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    Path(file).write_text(text)


# -- what it changes ----------------------------------------------------------------------------------------------

PINNED = "image-not-pinned"


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        pytest.param("", [LATEST, MOVING], id="empty"),
        pytest.param("# nothing yet\n\n", [LATEST, MOVING], id="only-comments"),
        pytest.param("select: [error]", [LATEST], id="select-a-severity"),
        pytest.param("select: [9722]", [MOVING], id="select-a-number"),
        pytest.param("select: [E9722]", [MOVING], id="select-a-code-of-another-severity"),
        pytest.param("ignore: [image-tag-latest]", [MOVING], id="ignore"),
        pytest.param("rules: {image-tag-latest: {severity: info}}", [MOVING], id="severity-info-is-not-selected"),
        pytest.param("rules: {W9722: {severity: error}}", [LATEST, ("error", *MOVING[1:])], id="severity-by-code"),
        pytest.param(
            "rules: {image-tag-latest: {assert: {image.tag: {not: {enum: [latest, 1.4.2]}}}}}".replace(
                "1.4.2", '"1.4.2"'
            ),
            [LATEST, MOVING, ("error", "image-tag-latest", "Version")],
            id="assert-replaces-a-keyword-whole",
        ),
        pytest.param(
            "rules: {image-tag-latest: {when: {function.runtime_set: {const: true}}}}", [MOVING], id="when-is-added-to"
        ),
        pytest.param(
            "rules: {image-tag-mutable: {when: {image.pinned_by: null}}}", [LATEST, MOVING], id="null-takes-a-fact-away"
        ),
        pytest.param(
            "overrides: [{stacks: App, rules: {image-tag-latest: {severity: warning}}}]",
            [("warning", *LATEST[1:]), MOVING],
            id="severity-of-a-stack",
        ),
        pytest.param("overrides: [{stacks: [B, A*], ignore: [warning]}]", [LATEST], id="ignored-in-a-stack"),
        pytest.param("overrides: [{stacks: Other, ignore: [all]}]", [LATEST, MOVING], id="another-stack"),
        pytest.param(
            "overrides: [{stacks: A*, rules: {image-tag-latest: {severity: info}}},"
            " {stacks: '*', rules: {image-tag-latest: {severity: error}}}]",
            [LATEST, MOVING],
            id="the-later-override-has-the-last-word",
        ),
    ],
)
def test_what_a_configuration_changes(text: str, findings: list[tuple[str, str, str]]) -> None:
    configure(text)
    assert sorted(found()) == sorted(findings)


def test_message_can_be_changed() -> None:
    configure('rules: {image-tag-latest: {message: "no {image.tag} here"}}')
    messages = {each["rule"]: each["message"] for each in report()["findings"]}
    assert messages["image-tag-latest"] == "no latest here"


def test_changed_rule_is_explained_and_listed_as_changed() -> None:
    configure("rules: {image-tag-latest: {severity: warning, summary: Ours.}}")
    assert run("explain", "E9721").output.startswith("W9721 image-tag-latest (warning)\n\nOurs.")
    assert "W9721  warning  image-tag-latest" in run("rules").output


@pytest.mark.parametrize(
    ("text", "status"),
    [("", 1), ("fail_on: error", 1), ("fail_on: error\nignore: [error]", 0), ("fail_on: never", 0)],
)
def test_fail_on(text: str, status: int) -> None:
    configure(text)
    assert run("check").exit_code == status


def test_severity_by_environment_on_cdk_stages(monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(FIXTURES / "suppressed" / "cdk.out")
    configure('overrides: [{stacks: "*Dev*", rules: {image-tag-latest: {severity: warning}}}]')
    severities = {each["function"]["stack"]: each["severity"] for each in report(path)["findings"]}
    assert severities == {"Constructs": "error", "Dev/Orders": "warning"}


def test_override_of_a_stack_covers_the_stacks_nested_in_it() -> None:
    path = str(FIXTURES / "latest-everywhere" / "cdk.out")
    configure("overrides: [{stacks: Nesting, ignore: [all]}]")
    stacks = {each["function"]["stack"] for each in report(path)["findings"]}
    assert stacks
    assert not any(stack.startswith("Nesting") for stack in stacks)


@pytest.mark.parametrize(
    ("stacks", "names", "covers"),
    [
        (("*Dev*",), ("Dev/Orders", "dev-orders"), True),
        (("dev-*",), ("Dev/Orders", "dev-orders"), True),
        (("Prod/*",), ("Dev/Orders",), False),
        (("prod/*",), ("Prod/Orders",), False),
        (("Orders",), ("Dev/Orders",), False),
        (("Orders", "*/Orders"), ("Dev/Orders",), True),
    ],
)
def test_which_stacks_an_override_covers(stacks: tuple[str, ...], names: tuple[str, ...], covers: bool) -> None:
    assert StackOverride(stacks=stacks).covers(names) is covers


def test_an_override_that_only_ignores_changes_no_rule() -> None:
    override = StackOverride(stacks=("*",), ignore=("image-tag-latest",))
    chosen = imagelint.Config(overrides=(override,), today=date(2026, 7, 1))
    assembly = imagelint.load(FIXTURES / "demo" / "cdk.out")
    everywhere, there = (
        imagelint.lint(assembly, config=each) for each in (imagelint.Config(today=chosen.today), chosen)
    )
    assert override.rules == {}
    assert there.findings == tuple(each for each in everywhere.findings if each.rule != "image-tag-latest")
    assert len(there.findings) < len(everywhere.findings)


def test_options_reach_the_rules() -> None:
    configure('select: [cdk-version-outdated]\noptions: {minimum_cdk_version: "2.277.0"}')
    path = str(FIXTURES / "clean-app" / "cdk.out")
    assert [each[1] for each in found(path)] == ["cdk-version-outdated"]


# -- where it is found --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "is_found"),
    [
        pytest.param("infra/app/.imagelint.yaml", True, id="here"),
        pytest.param("infra/.imagelint.yaml", True, id="above"),
        pytest.param(".imagelint.yaml", True, id="at-the-repository-s-root"),
        pytest.param("../.imagelint.yaml", False, id="outside-of-the-repository"),
    ],
)
def test_where_it_is_found(file: str, is_found: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    (tmp_path / "repository" / "infra" / "app").mkdir(parents=True)
    configure("ignore: [error]", str(tmp_path / "repository" / file))
    monkeypatch.chdir(tmp_path / "repository" / "infra" / "app")
    assert [each[1] for each in found(str(tmp_path / "cdk.out"))] == ["image-tag-mutable"] if is_found else LATEST[1]


def test_the_nearest_one_to_the_linted_path_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    configure("ignore: [error]")
    configure("ignore: [warning]", "infra/.imagelint.yaml")
    monkeypatch.chdir("infra")
    assert found("../cdk.out") == [MOVING]
    Path("../cdk.out").rename("cdk.out")
    assert found("cdk.out") == [LATEST]
    monkeypatch.chdir("..")
    for path in ("infra/cdk.out", "infra/cdk.out/manifest.json", "infra/cdk.out/App.template.json", "infra"):
        assert found(path) == [LATEST], path
    assert "ignore: [warning]  # infra/.imagelint.yaml:1\n" in run("config", "show", "infra/cdk.out").output
    assert run("check", "-", stdin=Path("infra/cdk.out/App.template.json").read_bytes()).exit_code == 0


def test_the_working_directory_is_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """pre-commit runs at the root, and the assembly may lie outside of the repository."""
    configure("ignore: [error]", "repository/.imagelint.yaml")
    monkeypatch.chdir("repository")
    assert found("../cdk.out") == [MOVING]


def test_an_assembly_cannot_bring_its_own() -> None:
    configure("ignore: [all]", "cdk.out/.imagelint.yaml")
    assert found() == found("cdk.out/App.template.json") == [LATEST, MOVING]


def test_two_paths_with_two_configurations() -> None:
    for folder in ("one", "two"):
        configure("ignore: [error]", f"{folder}/.imagelint.yaml")
        write_assembly(f"{folder}/cdk.out", {"App": {"Moving": image(":prod")}})
    done = run("check", "one/cdk.out", "two/cdk.out")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.endswith(
        "Error: the paths have two configurations, one/.imagelint.yaml and two/.imagelint.yaml: lint them apart,"
        " or name a --config\n"
    )
    assert found("one/cdk.out", "two/cdk.out", "--config", "one/.imagelint.yaml") == [MOVING, MOVING]
    Path("two/.imagelint.yaml").unlink()
    assert found("one/cdk.out", "two/cdk.out") == [MOVING, MOVING]


def test_outside_of_a_repository_it_is_not_looked_for_above(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").rmdir()
    configure("ignore: [error]")
    assert found() == [MOVING]
    (tmp_path / "below").mkdir()
    Path("cdk.out").rename("below/cdk.out")
    assert found("below/cdk.out") == [MOVING], "the working directory's"
    monkeypatch.chdir("below")
    assert found("cdk.out") == [LATEST, MOVING]


@pytest.mark.parametrize(
    ("stacks", "warned"),
    [("App", None), ("[App, Shop]", "'Shop'"), ('"*Dev*"', "'*Dev*'"), ("A*", None), ("Ap", "'Ap'")],
)
def test_an_override_that_matches_no_stack_is_a_warning(stacks: str, warned: str | None) -> None:
    configure(f"select: [info]\noverrides:\n  - ignore: [error]\n    stacks: {stacks}\n")
    done = run("check")
    said = f".imagelint.yaml:4: overrides[0].stacks: {warned} matches no stack; correct or remove it"
    assert done.stderr == ("" if warned is None else f"imagelint: warning: {said}\n")
    assert done.exit_code == 0
    assert run("check", "--strict", "--fail-on", "error").exit_code == (0 if warned is None else 1)
    assert run("check", "nowhere").stderr.count("\n") == 1, "what was not read is not known to be unused"


@pytest.mark.parametrize("name", [".imagelint.yml", "imagelint.yaml"])
def test_file_of_a_similar_name_is_not_passed_over(name: str) -> None:
    configure("", name)
    done = run("check")
    assert done.exit_code == 2
    assert f"{name}: would not be read; rename it to .imagelint.yaml" in done.stderr


def test_folders_of_rules_are_beside_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    configure("rules_dir: policies")
    configure(yaml.safe_dump(own_rule()), "policies/own.yaml")
    Path("infra").mkdir()
    monkeypatch.chdir("infra")
    assert ("error", "own", "Latest") in found("../cdk.out")


# -- the command line has the last word ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "findings"),
    [
        (["--select", "warning"], [MOVING]),
        (["--ignore", "warning"], [LATEST]),
        (["--config", "other.yaml"], [MOVING]),
        (["--config", "other.yaml", "--ignore", "warning"], [LATEST]),
    ],
)
def test_command_line_beats_the_file(arguments: list[str], findings: list[Any]) -> None:
    configure("select: [error]\nignore: [warning]" if "--config" not in arguments else "select: [all]")
    configure("ignore: [error]", "other.yaml")
    if arguments[0] == "--select":
        arguments = [*arguments, "--ignore", "error"]
    assert found(*arguments) == findings


@pytest.mark.parametrize(
    ("text", "arguments", "status"),
    [
        ("fail_on: error\nignore: [error]", [], 0),
        ("fail_on: error\nignore: [error]", ["--fail-on", "warning"], 1),
        ("fail_on: never", ["--fail-on", "error"], 1),
    ],
)
def test_command_line_beats_fail_on(text: str, arguments: list[str], status: int) -> None:
    configure(text)
    assert run("check", *arguments).exit_code == status


@pytest.mark.parametrize(("arguments", "count"), [([], 1), (["--no-strict"], 0), (["--strict"], 1)])
def test_strict_can_be_undone(arguments: list[str], count: int) -> None:
    write_assembly("open", {"App": {"Fn": {**image(), "Properties": {"Code": {"ImageUri": {"Ref": "AWS::NoSuch"}}}}}})
    write_assembly("parameter", {"App": {"Fn": image(":${AWS::StackName}")}})
    configure("strict: true\nselect: [image-tag-latest]")
    parameter = Path("parameter/App.template.json")
    parameter.write_text(
        parameter.read_text().replace(f'"{REPOSITORY}:${{AWS::StackName}}"', '{"Ref": "AWS::StackId"}')
    )
    assert len(found("parameter", *arguments)) == count


@pytest.mark.parametrize(
    ("strict", "expected"),
    [
        ("[image-tag-latest]", ["image-tag-latest"]),
        ("[9722]", ["image-tag-mutable"]),
        ("[error]", ["image-tag-latest"]),
        ("[warning, E9721]", ["image-tag-latest", "image-tag-mutable"]),
        ("[]", []),
    ],
)
def test_strict_may_be_for_some_rules(strict: str, expected: list[str]) -> None:
    """What is unknown by design of the pipeline stays unknown."""
    write_assembly("open", {"App": {"Fn": function({"Fn::Sub": f"{REPOSITORY}:${{AWS::StackId}}"})}})
    suppression = "suppress: [{rule: 9721, path: Nowhere, reason: x}]"
    configure(f"strict: {strict}\nselect: [image-tag-latest, image-tag-mutable]\n{suppression}")
    judged = json.loads(run("check", "open", "--format", "json").stdout)
    assert sorted(finding["rule"] for finding in judged["findings"]) == expected
    assert judged["summary"]["unknown"] == 2
    quoted = re.sub(r"(E?97\d\d)", r'"\1"', strict)
    assert f"strict: {quoted}  # .imagelint.yaml:1\n" in run("config", "show").output
    assert run("check", "open", "--no-strict").exit_code == 0
    write_assembly("clean", {"App": {}})
    done = run("check", "clean")
    assert ("suppresses nothing" in done.stderr, done.exit_code) == (True, 0), (
        "warnings of the run close the gate with true only"
    )


# -- what holds ---------------------------------------------------------------------------------------------------

FULL = """\
select: [error, W9722]
ignore: [9735]
strict: true
rules:
  image-tag-latest: {severity: warning}
options:
  minimum_cdk_version: "2.1.0"
overrides:
  - stacks: "*Dev*"
    rules: {9722: {severity: info}}
suppress:
  - rule: E9721
    path: /App/Fn
    reason: "until: the move"
    expires: 2999-12-31
"""


def test_what_holds_is_shown_with_its_place() -> None:
    configure(FULL)
    shown = run("config", "show", "--fail-on", "error", "--ignore", "info").output
    assert shown == (
        'select: [error, "W9722"]  # .imagelint.yaml:1\n'
        "ignore: [info]  # the command line\n"
        "fail_on: error  # the command line\n"
        "strict: true  # .imagelint.yaml:3\n"
        "build_host: auto  # default\n"
        "inline_suppressions: true  # default\n"
        "on_error: fail  # default\n"
        "rules_dir: []  # default\n"
        "rules:\n"
        "  image-tag-latest: {severity: warning}  # .imagelint.yaml:5\n"
        "overrides:\n"
        '  - {stacks: ["*Dev*"], rules: {"9722": {severity: info}}}  # .imagelint.yaml:9\n'
        "suppress:\n"
        '  - {rule: image-tag-latest, path: "App/Fn", reason: "until: the move", expires: "2999-12-31"}'
        "  # .imagelint.yaml:12\n"
        "options:\n"
        '  minimum_cdk_version: "2.1.0"  # .imagelint.yaml:7\n'
    )


@pytest.mark.parametrize("text", ["", FULL])
def test_what_is_shown_is_a_configuration_that_says_the_same(text: str) -> None:
    configure(text)
    shown = run("config", "show").output
    configure(shown, "shown.yaml")

    def values(output: str) -> list[str]:
        return [line.split("  #")[0] for line in output.splitlines()]

    assert values(run("config", "show", "--config", "shown.yaml").output) == values(shown)


def test_schema_is_printed_and_is_one() -> None:
    printed = json.loads(run("config", "schema").output)
    assert printed == schema("config/config")
    jsonschema.Draft202012Validator.check_schema(printed)
    jsonschema.validate(yaml.load(FULL, yaml.BaseLoader) | {"strict": True}, printed)


def test_every_field_of_a_rule_but_its_names_can_be_changed() -> None:
    changes = schema("config/config")["$defs"]["changes"]["additionalProperties"]["properties"]
    assert {*changes, "id", "code", "snippets"} == set(schema("rules/rule")["properties"])


# -- mistakes -----------------------------------------------------------------------------------------------------

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [*{old}, *{old}, *{old}, *{old}, *{old}, *{old}, *{old}, *{old}, *{old}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
SUPPRESS = "suppress: [{{rule: image-tag-latest, path: App, reason: r, expires: {}}}]"


def judged_by(pattern: str) -> str:
    return f"rules:\n  image-tag-latest:\n    assert:\n      image.tag: {{pattern: {json.dumps(pattern)}}}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("select: [error", "2:1: is not YAML: did not find expected", id="not-yaml"),
        pytest.param("- select", "1: must be an object, not a list", id="a-list"),
        pytest.param("error", '1: must be an object, not "error"', id="a-word"),
        pytest.param("select: [error]\nselect: [info]", "2:1: has the key 'select' twice", id="a-key-twice"),
        pytest.param(BOMB, "values", id="alias-bomb"),
        pytest.param("ignore: &a [*a]", "anchor 'a' before it is defined", id="alias-to-itself"),
        pytest.param("ignore: [" + "x, " * 60_000 + "x]", "more than 50,000 values", id="too-many-values"),
        pytest.param("# " + "x" * 2**20 + "\nstrict: true", "is larger than 1 MiB", id="too-large"),
        pytest.param("ignore: !Sub x", "1: ignore: must be a list, not an object", id="a-tag"),
        pytest.param("strict: true\nselekt: []", "2: selekt: is not a key here; did you mean 'select'?", id="key"),
        pytest.param("xyz: 1", "1: xyz: is not a key here; the keys are select, ignore,", id="key-near-none"),
        pytest.param(
            "suppress: [{rule: E9721, path: App, reason: ...}]",
            "1: suppress[0].reason: gives no reason; say why, for whoever reads it next",
            id="reason",
        ),
        pytest.param(
            "strict: [image-tag-latst]",
            "1: strict[0]: no rule, code or severity is called 'image-tag-latst'",
            id="strict",
        ),
        pytest.param("strict: maybe", '1: strict: "maybe" does not fit: true, false, or the list of rules', id="type"),
        pytest.param(
            "fail_on: errors",
            "1: fail_on: \"errors\" is not one of error, warning, info, never; did you mean 'error'?",
            id="enum",
        ),
        pytest.param("select: []", "1: select: must not be empty", id="nothing-selected"),
        pytest.param(
            "select:\n  - error\n  - image-tag-lates",
            "3: select[1]: no rule, code or severity is called 'image-tag-lates'; did you mean 'image",
            id="select",
        ),
        pytest.param("ignore: [E9999]", "1: ignore[0]: no rule, code or severity is called 'E9999'", id="ignore"),
        pytest.param(
            "rules: {image-tag-lates: {severity: info}}",
            "rules.image-tag-lates: there is no rule 'image-tag-lates'; did",
            id="rule",
        ),
        pytest.param(
            "rules:\n  image-tag-latest:\n    severty: info",
            "3: rules.image-tag-latest.severty: is not a key here; did you mean 'severity'?",
            id="field",
        ),
        pytest.param("rules: {image-tag-latest: {id: x}}", "rules.image-tag-latest.id: is not a key here", id="id"),
        pytest.param("rules: {image-tag-latest: {severity: high}}", 'severity: "high" is not one of', id="severity"),
        pytest.param("rules: {image-tag-latest: {}}", "rules.image-tag-latest: must not be empty", id="no-change"),
        pytest.param(
            "rules: {image-tag-latest: {severity: info}, E9721: {severity: error}}",
            "rules.E9721: is the same rule as image-tag-latest",
            id="twice",
        ),
        pytest.param(
            "rules:\n  image-tag-latest:\n    assert:\n      image.tagg: {const: x}",
            "4: rules.image-tag-latest.assert.image.tagg: there is no fact 'image.tagg'; did you mean 'image.tag'?",
            id="fact",
        ),
        pytest.param(
            "rules: {image-tag-latest: {assert: {image.tag: {cons: x}}}}",
            "assert.image.tag.cons: is not a key here; did you mean 'const'?",
            id="keyword",
        ),
        pytest.param(
            "rules: {image-tag-latest: {assert: {image.tag: {const: 5}}}}",
            "assert.image.tag.const: image.tag can never be 5; it is string or null",
            id="const-of-another-type",
        ),
        pytest.param(
            "rules: {image-tag-latest: {assert: {image.registry: {enum: [ecr, docker]}}}}",
            'image.registry can never be "docker"; it is ecr or',
            id="enum-that-never-is",
        ),
        pytest.param(
            "rules: {image-tag-latest: {assert: {image.tag: null}}}",
            "rules.image-tag-latest.assert: must not be empty",
            id="nothing-asserted",
        ),
        pytest.param(
            'rules: {image-tag-latest: {message: "{image.tga}"}}',
            "message: there is no fact 'image.tga'; did you mean",
            id="placeholder",
        ),
        pytest.param(
            "rules: {image-tag-latest: {message: {image.uri: x}}}",
            "message: has no text for image.tag, which is asserted",
            id="message-of-no-fact",
        ),
        pytest.param(
            judged_by("dev"),
            '4: rules.image-tag-latest.assert.image.tag.pattern: "dev" does not fit: A regular expression of',
            id="unanchored",
        ),
        pytest.param(judged_by("^[a-$"), 'pattern: "^[a-$"', id="no-regular-expression"),
        pytest.param(judged_by("^(?=a)b$"), "linear time", id="lookahead"),
        pytest.param(judged_by("^(a{1000}){1000}$"), "bounded memory", id="a-huge-automaton"),
        pytest.param("rules_dir: nowhere", "nowhere: is not a folder", id="no-folder"),
        pytest.param(
            "options: {minimum_cdk: '2'}",
            "options.minimum_cdk: is not a key here; did you mean 'minimum_cdk_version'?",
            id="option",
        ),
        pytest.param(
            "options: {minimum_cdk_version: 2.18}",
            "options.minimum_cdk_version: must be text, not 2.18; put it in quotes",
            id="number",
        ),
        pytest.param(
            "options: {minimum_cdk_version: 2.180}",  # which YAML would make 2.18, and is kept as it is spelled
            'options.minimum_cdk_version: "2.180" does not fit: The oldest aws-cdk-lib that may have made an assembly, '
            "three numbers such as 2.180.0.",
            id="number-in-another-spelling",
        ),
        pytest.param(
            "options: {minimum_cdk_version: 2.x.0}", 'options.minimum_cdk_version: "2.x.0" does not fit', id="version"
        ),
        pytest.param("overrides: [{rules: {}}]", "overrides[0]: lacks the key 'stacks'", id="no-stacks"),
        pytest.param(
            "overrides:\n- stacks: A\n  rules:\n    image-tag-latst: {severity: info}",
            "4: overrides[0].rules.image-tag-latst: there is no rule",
            id="rule-of-a-stack",
        ),
        pytest.param(
            "overrides: [{stacks: A, ignore: [nonsense]}]",
            "overrides[0].ignore[0]: no rule, code or severity",
            id="ignored-of-a-stack",
        ),
        pytest.param(
            "suppress: [{rule: image-tag-latest, path: App}]", "suppress[0]: lacks the key 'reason'", id="no-reason"
        ),
        pytest.param(
            "suppress: [{rule: image-tag-latest, path: App, reason: ' '}]",
            "suppress[0].reason: must not be empty",
            id="blank-reason",
        ),
        pytest.param(
            "suppress: [{rule: image-tag-latst, path: App, reason: r}]",
            "suppress[0].rule: there is no rule 'image-tag-latst'; did you mean",
            id="no-such-rule",
        ),
        pytest.param(
            "suppress: [{rule: error, path: App, reason: r}]",
            "suppress[0].rule: there is no rule 'error'",
            id="a-severity",
        ),
        pytest.param(
            SUPPRESS.format("2027-02-30"), "suppress[0].expires: 2027-02-30 is no day of the calendar", id="no-day"
        ),
        pytest.param(
            SUPPRESS.format("tomorrow"), 'suppress[0].expires: "tomorrow" does not fit: The last day', id="no-date"
        ),
        pytest.param(SUPPRESS.format("2027"), "suppress[0].expires: must be text, not 2027", id="a-year"),
    ],
)
def test_mistake_is_told_before_anything_is_linted(text: str, said: str) -> None:
    configure(text)
    began = time.process_time()
    done = run("check")
    assert time.process_time() - began < 10
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("Error: ")
    assert said in done.stderr
    assert f"{CONFIG}:" in done.stderr or "nowhere" in text


def test_link_to_nowhere_is_not_taken_for_no_configuration() -> None:
    Path(CONFIG).symlink_to("nowhere")
    assert run("check").exit_code == 2


def test_a_link_out_of_the_repository_is_not_read_or_quoted(tmp_path: Path) -> None:
    secret = tmp_path.with_suffix(".secret")
    secret.write_text("password: hunter2")
    Path(CONFIG).symlink_to(secret)
    refused = run("check")
    told = f"{CONFIG}: is a link out of the repository; name a --config instead\n"
    assert (refused.exit_code, told in refused.stderr, "hunter2" in refused.output) == (2, True, False)
    secret.write_text("fail_on: never")
    assert run("config", "show", "--config", CONFIG).stdout.count("fail_on: never") == 1


@pytest.mark.no_cover
def test_cost_of_many_entries_is_bounded() -> None:
    entry = "- {rule: image-tag-mutable, path: App/Fn%d, reason: until it has moved}"
    configure("suppress:\n" + "\n".join(entry % number for number in range(2_000)))
    began = time.process_time()
    assert run("check").exit_code == 1
    assert time.process_time() - began < 20


@pytest.mark.parametrize("command", [["config", "show"], ["rules"], ["explain", "E9721"], ["facts"]])
def test_mistake_stops_every_command(command: list[str]) -> None:
    configure("selekt: []")
    done = run(*command)
    assert (done.exit_code, done.stdout) == (2, "")
    assert ".imagelint.yaml:1: selekt: is not a key here" in done.stderr


def test_file_that_is_named_must_be_there() -> None:
    done = run("check", "--config", "none.yaml")
    assert (done.exit_code, done.stderr) == (2, "Error: none.yaml: cannot be read: No such file or directory\n")


def test_message_cannot_forge_a_command_of_a_ci_service() -> None:
    configure('select: ["::error::all is well"]')
    assert "\n::error::" not in run("check").stderr
    assert "::error::all" not in run("check").stderr.replace("\\x3a", "").replace("'::error", "")


@pytest.mark.parametrize("length", [10, 20_000])
def test_time_of_a_catastrophic_expression_is_bounded(length: int) -> None:
    """`(a+)+$` takes a backtracking engine 2^n steps to refuse n letters and one more."""
    write_assembly("long", {"App": {"Fn": image(":" + "a" * 127 + "!")}})
    configure("select: [image-tag-latest]\n" + judged_by("^(" + "(a+)+" * (length // 5) + ")$"))
    began = time.process_time()
    run("check", "long")
    assert time.process_time() - began < 10


@pytest.mark.parametrize(
    "pattern", ["^" + "(" * 5_000 + ")" * 5_000 + "$", "^" + "(a|b)" * 5_000 + "|$", "^" + "\\" * 9_999]
)
def test_time_to_refuse_an_expression_is_bounded(pattern: str) -> None:
    configure(judged_by(pattern))
    began = time.process_time()
    assert run("check").exit_code == 2
    assert time.process_time() - began < 10


# -- from Python --------------------------------------------------------------------------------------------------


def test_python_api_takes_the_same_changes() -> None:
    config = imagelint.Config(
        rules={"image-tag-latest": {"severity": "warning"}},
        overrides=(StackOverride(stacks=("App",), rules={"W9722": {"severity": "error"}}),),
    )
    findings = imagelint.lint(imagelint.load("cdk.out"), config=config).findings
    assert [(each.severity, each.rule) for each in findings] == [
        ("warning", "image-tag-latest"),
        ("error", "image-tag-mutable"),
    ]


def test_python_api_names_the_key_of_a_mistake() -> None:
    config = imagelint.Config(rules={"image-tag-latest": {"severity": "high"}})
    with pytest.raises(Exception, match=r"rules\.image-tag-latest\.severity: \"high\" is not one of"):
        imagelint.lint(imagelint.load("cdk.out"), config=config)


def own_rule(**changes: Any) -> dict[str, Any]:
    return {
        "id": "own",
        "code": 9801,
        "severity": "error",
        "summary": "Tagged latest.",
        "why": "We said so.",
        "fix": "Do not.",
        "assert": {"image.tag": {"not": {"const": "latest"}}},
        "message": "tagged {image.tag}",
        "examples": {"bad": {"image.tag": "latest"}, "good": {"image.tag": "1"}, "unknown": {}},
        **changes,
    }
