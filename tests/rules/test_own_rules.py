"""Folders of a team's own rules: that they are judged, that their mistakes are told, and what their authors can see."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from fixtures.expect import FIXTURES
from imagelint.documents.schema import schema
from support.builders import REPOSITORY, function, image, write_assembly, write_templates
from support.cli import found, run

DEMO = str(FIXTURES / "demo" / "cdk.out")
RULE: dict[str, Any] = {
    "id": "own",
    "code": 9801,
    "severity": "error",
    "summary": "Tagged latest.",
    "why": "We said so.",
    "fix": "Do not.",
    "when": {"function.is_image": {"const": True}},
    "assert": {"image.tag": {"not": {"const": "latest"}}},
    "message": "tagged {image.tag}",
    "examples": {
        "bad": {"function.is_image": True, "image.tag": "latest"},
        "good": {"function.is_image": True, "image.tag": "1"},
        "unknown": {"function.is_image": True},
    },
}


@pytest.fixture(autouse=True)
def _app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    (tmp_path / "policies").mkdir()
    write_assembly("cdk.out", {"App": {"Fn": image(path="App/Fn")}})


def write_rule(name: str = "own", folder: str = "policies", **changes: Any) -> None:
    rule = {key: value for key, value in {**RULE, **changes}.items() if value is not None}
    Path(folder, f"{name}.yaml").write_text(yaml.safe_dump(rule, sort_keys=False))


# -- that they are judged -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [["--rules-dir", "policies"], ["--rules-dir", "policies", "--select", "E9801"]])
def test_own_rule_is_judged(arguments: list[str]) -> None:
    write_rule()
    assert ("error", "own", "Fn") in found(*arguments)


def test_own_rule_can_do_what_a_built_in_one_can() -> None:
    write_rule()
    Path(".imagelint.yaml").write_text(
        "rules_dir: [policies]\nselect: [own]\nrules: {own: {severity: warning}}\n"
        "suppress: [{rule: own, path: Other, reason: r}]"
    )
    assert found() == [("warning", "own", "Fn")]
    assert run("explain", "own").output.startswith("W9801 own (warning)\n\nTagged latest.\n\nWhy\n  We said so.\n")
    assert "W9801  warning  own" in run("rules").output


HOSTILE = "::error::forged \u202eevil ##[error]forged ##vso[task.complete]"


@pytest.mark.parametrize("command", [["explain", "own"], ["rules"]], ids=" ".join)
def test_a_rule_of_others_commands_neither_terminal_nor_pipeline(command: list[str]) -> None:
    write_rule(summary=f"Tagged\n{HOSTILE}", why=HOSTILE, fix=HOSTILE, cdk={"typescript": f"a;\n{HOSTILE}\n"})
    shown = run(*command, "--rules-dir", "policies").stdout
    assert "forged" in shown
    assert "\u202e" not in shown
    assert re.findall(r"^\s*::.*|##[a-z]*\[", shown, re.MULTILINE) == []


def test_a_configuration_of_others_commands_neither_terminal_nor_pipeline() -> None:
    entry = {"rule": "image-tag-latest", "path": "App", "reason": HOSTILE}
    Path(".imagelint.yaml").write_text(json.dumps({"suppress": [entry]}))
    shown = run("config", "show").stdout
    assert "forged" in shown
    assert "\u202e" not in shown
    assert re.findall(r"^\s*::.*|##[a-z]*\[", shown, re.MULTILINE) == []


@pytest.mark.parametrize("format", ["text", "json", "sarif", "junit", "gitlab", "github", "markdown"])
def test_every_format_has_own_rules(format: str) -> None:
    write_rule()
    done = run("check", "--rules-dir", "policies", "--select", "own", "--format", format)
    assert done.exit_code == 1
    assert "tagged latest" in done.stdout


def test_folders_add_up() -> None:
    Path("more").mkdir()
    write_rule()
    write_rule("other", "more", id="other", code=9802)
    Path(".imagelint.yaml").write_text("rules_dir: policies\nselect: [own, other]")
    assert [each[1] for each in found("--rules-dir", "more")] == ["own", "other"]
    shown = run("config", "show", "--rules-dir", "more").output
    assert "rules_dir: [policies, more]  # .imagelint.yaml:1 and the command line" in shown


def write_snippet(name: str, text: str = "new Fn();\n") -> None:
    Path("policies", "snippets").mkdir(exist_ok=True)
    Path("policies", "snippets", name).write_text(text)


def test_fix_in_cdk_stands_beside_the_rule_or_in_it() -> None:
    write_rule(cdk={"python": "Fn()"})
    write_snippet("own.ts")
    write_snippet("own.go", "awslambda.NewFunction()\n")
    shown = run("explain", "own", "--rules-dir", "policies").output
    assert shown.endswith(
        "Fix\n  Do not.\n\nTypeScript\n  new Fn();\n\nPython\n  Fn()\n\nGo\n  awslambda.NewFunction()\n"
    )


def test_fix_in_cdk_may_be_that_of_another_rule() -> None:
    write_rule()
    write_snippet("own.ts")
    write_rule("other", "policies", id="other", code=9802, snippets="own")
    assert run("explain", "other", "--rules-dir", "policies").output.endswith("TypeScript\n  new Fn();\n")


def test_fix_of_another_rule_that_has_none_is_refused() -> None:
    write_rule(snippets="owm")
    write_snippet("own.ts")
    done = run("rules", "--check", "policies")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == "Error: policies/own.yaml:24: snippets: there is no file snippets/owm.* beside it\n"


def test_fix_in_the_configuration_comes_before_the_file() -> None:
    write_rule()
    write_snippet("own.ts")
    Path(".imagelint.yaml").write_text("rules_dir: policies\nrules: {own: {cdk: {typescript: here}}}")
    assert run("explain", "own").output.endswith("TypeScript\n  here\n")


def test_snippet_is_not_read_for_a_check() -> None:
    write_rule()
    Path("policies", "snippets").mkdir()
    Path("policies", "snippets", "own.ts").write_bytes(b"\xff")
    assert ("error", "own", "Fn") in found("--rules-dir", "policies")
    done = run("explain", "own", "--rules-dir", "policies")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == "Error: policies/snippets/own.ts: is not UTF-8\n"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("owm.ts", "policies/snippets/owm.ts: there is no rule 'owm' beside it; did you mean 'own'?"),
        ("own.rb", "policies/snippets/own.rb: is in no language of CDK; the names end in .ts, .py, .go, .java, .cs"),
    ],
)
def test_snippet_that_no_rule_would_show(name: str, said: str) -> None:
    write_rule()
    write_snippet(name)
    done = run("check", "--rules-dir", "policies")
    assert (done.exit_code, done.stdout, done.stderr) == (2, "", f"Error: {said}\n")


# -- how facts and examples may be written ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"when": {"function.is_image": True}}, id="a-lone-value"),
        pytest.param({"assert": {"image.tag": {"not": "latest"}}}, id="a-lone-value-inside"),
        pytest.param({"assert": {"image.tag": {"anyOf": [None, {"enum": ["1"]}]}}}, id="null-inside"),
        pytest.param({"assert": {"image.tag": "1"}}, id="a-lone-text"),
        pytest.param(
            {"assert": {"image.tag": None}, "examples": {**RULE["examples"], "good": {"image.tag": None}}}, id="null"
        ),
        pytest.param({"examples": {**RULE["examples"], "good": {"image.tag": "1"}}}, id="good-is-what-differs"),
        pytest.param({"examples": {**RULE["examples"], "unknown": ["image.tag"]}}, id="unknown-is-what-is-left-out"),
    ],
)
def test_other_way_to_write_a_rule(changes: dict[str, Any]) -> None:
    write_rule(**changes)
    assert run("rules", "--check", "policies").exit_code == 0
    assert ("error", "own", "Fn") in found("--rules-dir", "policies")


# -- --check ------------------------------------------------------------------------------------------------------


def test_folder_is_tried() -> None:
    write_rule()
    done = run("rules", "--check", "policies")
    assert (done.exit_code, done.stdout, done.stderr) == (
        0,
        "E9801  error    own  Tagged latest.\nAll are valid, and their examples come out as they are called.\n",
        "",
    )


def link_file() -> None:
    Path("policies").mkdir()
    Path("elsewhere.yaml").write_text("secret")
    write_rule()
    Path("policies/other.yaml").symlink_to("../elsewhere.yaml")


def link_snippet() -> None:
    Path("elsewhere.ts").write_text("secret")
    Path("policies/snippets").mkdir(parents=True)
    write_rule()
    Path("policies/snippets/own.ts").symlink_to("../../elsewhere.ts")


def link_folder() -> None:
    Path("../elsewhere").mkdir()
    write_rule(folder="../elsewhere")
    Path(".git").mkdir()
    Path("policies").symlink_to("../elsewhere")


LINKS = {
    "a rule": (link_file, "policies/other.yaml: is a link out of the folder of rules"),
    "a snippet": (link_snippet, "policies/snippets/own.ts: is a link out of the folder of rules"),
    "the folder": (
        link_folder,
        "policies: is a link out of the repository; name the folder with --rules-dir instead",
    ),
}


@pytest.mark.parametrize(("make", "said"), LINKS.values(), ids=LINKS)
def test_a_link_out_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[], None], said: str
) -> None:
    Path("app").mkdir()
    monkeypatch.chdir("app")
    make()
    Path(".imagelint.yaml").write_text("rules_dir: policies\n")
    result = run("check", DEMO)
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (2, f"Error: {said}")


def test_a_link_within_the_folder_is_followed() -> None:
    Path("policies/..data").mkdir()
    write_rule(folder="policies/..data")
    Path("policies/own.yaml").symlink_to("..data/own.yaml")
    assert "own" in {rule for _, rule, _ in found(DEMO, "--rules-dir", "policies")}


def test_a_folder_that_the_command_line_names_may_be_a_link() -> None:
    write_rule()
    Path("linked").symlink_to("policies")
    assert "own" in {rule for _, rule, _ in found(DEMO, "--rules-dir", "linked")}


def test_every_file_that_cannot_be_used_is_told() -> None:
    write_rule("one", id="one", severity="high")
    write_rule("two", id="two")
    write_rule("three", id="three", code=9802, message="{image.tagg}")
    done = run("rules", "--check", "policies")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 2
    assert 'policies/one.yaml:3: severity: "high" is not one of error, warning, info' in done.stderr
    assert "policies/three.yaml:14: message: there is no fact 'image.tagg'; did you mean 'image.tag'?" in done.stderr


EXAMPLES = RULE["examples"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"why": None}, "1: lacks the key 'why'", id="lacks-a-key"),
        pytest.param({"sumary": "x"}, "sumary: is not a key here; did you mean 'summary'?", id="key"),
        pytest.param({"code": "E9801"}, 'code: must be a whole number, not "E9801"', id="code-with-a-letter"),
        pytest.param({"code": 98010}, "code: 98010 is more than 9999", id="code-too-large"),
        pytest.param({"code": 9721}, "2: code: 9721 is the code of another rule too, in imagelint itself", id="code"),
        pytest.param(
            {"id": "image-tag-latest"},
            "1: id: is 'image-tag-latest', but the file is named own.yaml; the two must be the same",
            id="id-is-not-the-name",
        ),
        pytest.param({"id": "Own Rule"}, 'id: "Own Rule" does not fit: The rule\'s name, a slug', id="id-no-slug"),
        pytest.param({"when": {"image.regstry": {"const": "ecr"}}}, "did you mean 'image.registry'?", id="fact"),
        pytest.param({"when": {"registry": {"const": "ecr"}}}, "when.registry: is not a name that can", id="no-fact"),
        pytest.param({"assert": {"image.tag": {"pattern": "1.*"}}}, "^…$, alternatives in parenthe", id="unanchored"),
        pytest.param(
            {"assert": {"image.tag": {"anyOf": [{"const": "1"}, {"const": 2}]}}},
            "assert.image.tag.anyOf[1].const: image.tag can never be 2; it is string or null; quote it",
            id="const-inside",
        ),
        pytest.param(
            {"assert": {"image.tag": {"not": {"pattern": "^[z-a]$"}}}},
            'assert.image.tag.not.pattern: "^[z-a]$" is no regular expression',
            id="expression-inside",
        ),
        pytest.param(
            {"assert": {"image.tag": {"pattern": "^(a{1,1000}){1,1000}$"}}},
            "is no regular expression that can be matched in linear time and bounded memory",
            id="expression-too-large",
        ),
        pytest.param(
            {"message": {"image.tag": "x", "image.uri": "y"}}, "message.image.uri: is not asserted", id="text"
        ),
        pytest.param(
            {"assert": {"property.memorySize": {"maximum": 1024}}},
            "there is no fact 'property.memorySize'; did you mean 'property.MemorySize'?",
            id="property in the words of CDK",
        ),
        pytest.param(
            {"assert": {"property.Timeout": "30"}},
            'property.Timeout can never be "30"; it is integer or null',
            id="number as a text",
        ),
        pytest.param({"message": "{tag}"}, "message: there is no fact 'tag'", id="placeholder"),
        pytest.param({"references": ["http://a.org/b"]}, 'references[0]: "http://a.org/b" does not fit', id="no-https"),
        pytest.param({"cdk": {"rust": "x"}}, "cdk.rust: is not a key here; the keys are typescript, python", id="rust"),
        pytest.param({"examples": {**EXAMPLES, "bad": {"image.tag": 5}}}, "image.tag can never be 5", id="type"),
        pytest.param(
            {"examples": {**EXAMPLES, "good": {"image.tagg": "1"}}}, "good.image.tagg: there is no", id="name"
        ),
        pytest.param(
            {"examples": {**EXAMPLES, "bad": EXAMPLES["good"]}},
            "examples.bad: must be fail but is pass",
            id="bad-is-good",
        ),
        pytest.param(
            {"examples": {**EXAMPLES, "good": EXAMPLES["bad"]}},
            "examples.good: must be pass but is fail: image.tag does not hold",
            id="good-is-bad",
        ),
        pytest.param(
            {"examples": {**EXAMPLES, "good": {"function.is_image": False}}},
            "examples.good: must be pass but is not applicable: a `when` does not hold",
            id="good-is-passed-over",
        ),
        pytest.param(
            {"examples": {**EXAMPLES, "bad": EXAMPLES["unknown"]}},
            "examples.bad: must be fail but is unknown: image.tag is not among its facts",
            id="bad-is-unknown",
        ),
        pytest.param(
            {"examples": {**EXAMPLES, "unknown": EXAMPLES["good"]}},
            "examples.unknown: must be unknown but is pass",
            id="unknown-is-known",
        ),
    ],
)
@pytest.mark.parametrize("command", [["rules", "--check", "policies"], ["check", "--rules-dir", "policies"]])
def test_mistake_in_a_rule_is_told_before_anything_is_linted(
    command: list[str], changes: dict[str, Any], said: str
) -> None:
    write_rule(**changes)
    done = run(*command)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("Error: policies/own.yaml:")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_single_rule_file_is_tried() -> None:
    write_rule()
    write_rule("broken", code=9802)
    done = run("rules", "--check", "policies/own.yaml")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith("E9801  error    own  Tagged latest.\n")
    done = run("rules", "--check", "policies/broken.yaml")
    assert done.stderr.startswith("Error: policies/broken.yaml:1: id: is 'own', but the file is named broken.yaml")
    assert (done.exit_code, done.stdout) == (2, "")
    done = run("rules", "--check", "policies/nowhere.yaml")
    assert (done.exit_code, done.stderr) == (
        2,
        "Error: policies/nowhere.yaml: is not a folder\n",
    )


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("own.yaml", "id: [", "policies/own.yaml:2:1: is not YAML"),
        ("own.yaml", "id: a\nid: b", "policies/own.yaml:2:1: has the key 'id' twice"),
        ("own.yaml", "", "policies/own.yaml:1: lacks the key 'id'"),
        ("own.yml", "id: own", "policies/own.yml: would not be read; rename it to own.yaml"),
        ("README.md", "", "policies: holds no rule files (*.yaml)"),
    ],
)
def test_file_that_is_no_rule(name: str, text: str, said: str) -> None:
    Path("policies", name).write_text(text)
    done = run("check", "--rules-dir", "policies")
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"code": 9802}, "more/own.yaml:1: id: own is the id of another rule too, in policies/own.yaml"),
        ({"id": "other"}, "more/other.yaml:2: code: 9801 is the code of another rule too, in policies/own.yaml"),
    ],
)
def test_two_rules_with_one_id_or_code(changes: dict[str, Any], said: str) -> None:
    Path("more").mkdir()
    write_rule()
    write_rule(changes.get("id", "own"), "more", **changes)
    done = run("check", "--rules-dir", "policies", "--rules-dir", "more")
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr


# -- any other property of the function ---------------------------------------------------------------------------

AT_MOST_1024: dict[str, Any] = {
    "assert": {"property.MemorySize": {"type": ["integer", "null"], "maximum": 1024}},
    "message": "has {property.MemorySize} MB of {property.Description}",
    "examples": {"bad": {"property.MemorySize": 2048}, "good": {"property.MemorySize": 512}, "unknown": {}},
    "when": None,
}
DESCRIBED: dict[str, Any] = {
    "assert": {"property.Description": {"type": "string", "minLength": 1}},
    "message": "says {property.Description}",
    "examples": {"bad": {"property.Description": None}, "good": {"property.Description": "Sends mail."}, "unknown": {}},
    "when": None,
}
IF_BIG = {"Fn::If": ["IsBig", 2048, {"Ref": "AWS::NoValue"}]}
PROPERTIES: dict[str, tuple[dict[str, Any], dict[str, Any], list[str], list[str]]] = {
    "a number": (AT_MOST_1024, {"MemorySize": 2048}, ["has 2048 MB of absent"], []),
    "a number that a text spells": (AT_MOST_1024, {"MemorySize": "2048"}, ["has 2048 MB of absent"], []),
    "one that passes": (AT_MOST_1024, {"MemorySize": "512"}, [], []),
    "one that is absent": (AT_MOST_1024, {}, [], []),
    "one that a condition gives": (
        AT_MOST_1024,
        {"MemorySize": IF_BIG, "Description": "x"},
        ["has 2048 MB of x"],
        [],
    ),
    "one that is no number": (AT_MOST_1024, {"MemorySize": "much"}, [], ["property.MemorySize"]),
    "one that only AWS knows": (AT_MOST_1024, {"MemorySize": {"Fn::ImportValue": "x"}}, [], ["property.MemorySize"]),
    "a text": (DESCRIBED, {"Description": "Sends mail."}, [], []),
    "an empty text": (DESCRIBED, {"Description": ""}, ["says "], []),
    "a text that is absent": (DESCRIBED, {}, ["says absent"], []),
    "a text of which a part is known": (
        DESCRIBED,
        {"Description": {"Fn::Sub": "in ${AWS::Region}, ${Stage}"}},
        [],
        ["property.Description"],
    ),
    "an object": (DESCRIBED, {"Description": {"a": 1, "b": 2}}, [], ["property.Description"]),
    "a list": (DESCRIBED, {"Description": ["a"]}, [], ["property.Description"]),
    "what CloudFormation would refuse": (DESCRIBED, {"Description": {"Ref": "x"}}, [], ["property.Description"]),
    "what a macro may write": (DESCRIBED, {"Fn::Transform": {"Name": "Mine"}}, [], ["property.Description"]),
}


@pytest.mark.parametrize(("rule", "properties", "messages", "lacking"), PROPERTIES.values(), ids=PROPERTIES)
def test_a_rule_may_ask_for_any_property(
    rule: dict[str, Any], properties: dict[str, Any], messages: list[str], lacking: list[str]
) -> None:
    write_rule(**rule)
    template = {
        "Parameters": {"Stage": {"Type": "String"}},
        "Conditions": {"IsBig": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}},
        "Resources": {"Fn": function(f"{REPOSITORY}:1.4.2", properties)},
    }
    write_templates("cdk.out", {"App": template})
    done = run("check", "--rules-dir", "policies", "--select", "own", "--format", "json")
    report = json.loads(done.stdout)
    assert [each["message"] for each in report["findings"]] == messages
    assert [fact for each in report["unknown"] for fact in each["facts"]] == lacking
    assert report["errors"] == []


def test_a_finding_about_a_property_stands_where_it_is_written() -> None:
    write_rule(**AT_MOST_1024)
    write_templates("cdk.out", {"App": {"Resources": {"Fn": function(f"{REPOSITORY}:1", {"MemorySize": 2048})}}})
    (finding,) = json.loads(run("check", "--rules-dir", "policies", "--select", "own", "--format", "json").stdout)[
        "findings"
    ]
    assert finding["location"]["pointer"] == "/Resources/Fn/Properties/MemorySize"


def test_a_property_of_sams_globals_is_the_functions() -> None:
    write_rule(**AT_MOST_1024)
    template = {
        "Transform": "AWS::Serverless-2016-10-31",
        "Globals": {"Function": {"MemorySize": 2048}},
        "Resources": {"Fn": {"Type": "AWS::Serverless::Function", "Properties": {"PackageType": "Image"}}},
    }
    write_templates("cdk.out", {"App": template})
    done = run("check", "--rules-dir", "policies", "--select", "own", "--format", "json")
    assert [each["message"] for each in json.loads(done.stdout)["findings"]] == ["has 2048 MB of absent"]


# -- what authors can see -----------------------------------------------------------------------------------------


def test_facts_are_printed_as_the_vocabulary_has_them() -> None:
    done = run("facts", DEMO)
    documents = json.loads(done.stdout)
    assert [each["function"]["construct_path"] for each in documents] == [
        "Orders/Api/Resource",
        "Orders/Worker/Resource",
        "Orders/Mailer/Resource",
        "Orders/Report/Resource",
        "Orders/Invoices",
    ]
    for each in documents:
        jsonschema.validate(each["facts"], schema("facts/facts"))
        assert all(
            fact in schema("facts/facts")["properties"] or fact.startswith("property.") for fact in each["unknown"]
        )
        assert not each["unknown"].keys() & each["facts"].keys()
    assert documents[0]["facts"]["function.architecture"] == "arm64"
    assert documents[0]["facts"]["property.PackageType"] == "Image"
    assert documents[0]["unknown"]["property.Role"] == "arn:aws:iam::123456789012:role/${ApiServiceRole1BD550DA}"


def test_facts_of_scenarios_say_when() -> None:
    documents = json.loads(run("facts", str(FIXTURES / "conditions" / "cdk.out")).stdout)
    assert any(each["when"] for each in documents)


def test_what_is_partly_known_is_shown() -> None:
    documents = json.loads(run("facts", str(FIXTURES / "suppressed" / "cdk.out")).stdout)
    uri = documents[0]["unknown"]["image.uri"]
    assert uri == "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/orders/api:latest"


def test_vocabulary_is_printed() -> None:
    printed = json.loads(run("facts", "--schema").stdout)
    assert printed == schema("facts/facts")
    assert all(fact["description"] for fact in printed["properties"].values())


def test_facts_of_what_cannot_be_read() -> None:
    done = run("facts", "nowhere")
    assert (done.exit_code, json.loads(done.stdout)) == (3, [])
    assert "nowhere: is not there" in done.stderr
