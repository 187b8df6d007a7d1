"""The contract of every rule file, and that each rule is seen to fire and to pass on a fixture."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import pytest
import yaml

import imagelint
from fixtures.expect import FIXTURES
from imagelint.assembly.functions import functions_of
from imagelint.facts.facts import facts_of
from imagelint.facts.index import ResourceIndex
from imagelint.model import Outcome
from imagelint.rules.check import check, facts_in, message_of
from imagelint.rules.keywords import Judgement
from imagelint.rules.own import examples_of
from imagelint.rules.rule import Rule, builtin_folder, load_rules

PACKAGE = Path(imagelint.__file__).parent
FILES = sorted(Path(builtin_folder()).glob("*.yaml"))
RULES = {rule.id: rule for rule in load_rules()}
RULE_SCHEMA = json.loads((PACKAGE / "rules/rule.schema.json").read_text(encoding="utf-8"))
VOCABULARY = json.loads((PACKAGE / "facts/facts.schema.json").read_text(encoding="utf-8"))

each_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
each_rule = pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)


def read(file: Path) -> dict[str, Any]:
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert isinstance(document, dict)
    return document


def schema_of(judgement: Judgement) -> dict[str, Any]:
    """A judgement as JSON Schema has it: a lone value is a `const`."""
    if not isinstance(judgement, Mapping):
        return {"const": judgement}
    schema = dict(judgement)
    if "not" in schema:
        schema["not"] = schema_of(schema["not"])
    for keyword in {"anyOf", "allOf"} & schema.keys():
        schema[keyword] = [schema_of(each) for each in schema[keyword]]
    return schema


def schemas_of(rule: Rule) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every fact that a rule judges, and by what."""
    for fact, judgement in (*rule.when.items(), *rule.asserts.items()):
        yield fact, schema_of(judgement)


def inside(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """A small schema and those inside it."""
    yield schema
    for inner in (schema.get("not"), *schema.get("anyOf", ()), *schema.get("allOf", ())):
        if inner is not None:
            yield from inside(inner)


def placeholders(text: str) -> list[str]:
    return re.findall(r"\{([^{}]*)\}", text)


# -- the schema of rule files -------------------------------------------------------------------------------------


def test_the_schema_of_rule_files_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(RULE_SCHEMA)


def described(schema: Any, path: str = "") -> Iterator[tuple[str, bool]]:
    """Every property that the schema defines, and whether an editor has words to show for it."""
    if isinstance(schema, dict):
        for name, inner in schema.get("properties", {}).items():
            yield f"{path}/{name}", bool(inner.get("description"))
            yield from described(inner, f"{path}/{name}")
        for name, inner in schema.get("$defs", {}).items():
            yield from described(inner, f"{path}/$defs/{name}")
        for inner in (*schema.get("oneOf", ()), *schema.get("anyOf", ())):
            yield from described(inner, path)


def test_every_property_of_a_rule_file_is_described() -> None:
    properties = dict(described(RULE_SCHEMA))
    assert "/severity" in properties
    assert "/$defs/judgement/pattern" in properties
    assert [name for name, has_words in properties.items() if not has_words] == []


def example_rule() -> dict[str, Any]:
    return read(Path(builtin_folder(), "image-tag-latest.yaml"))


def test_the_example_that_the_bad_files_are_made_of_is_allowed() -> None:
    jsonschema.validate(example_rule(), RULE_SCHEMA)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"descripton": "x"}, "descripton", id="a-misspelt-key"),
        pytest.param({"id": "Image_Tag"}, "Image_Tag", id="an-id-that-is-no-slug"),
        pytest.param({"id": "1-tag"}, "1-tag", id="an-id-that-begins-with-a-digit"),
        pytest.param({"code": 97}, "97", id="a-code-of-two-digits"),
        pytest.param({"code": 10000}, "10000", id="a-code-of-five-digits"),
        pytest.param({"code": "9721"}, "9721", id="a-code-in-quotes"),
        pytest.param({"severity": "fatal"}, "fatal", id="a-severity-that-is-none"),
        pytest.param({"summary": " "}, "does not match", id="an-empty-summary"),
        pytest.param({"assert": {}}, "'minProperties' in schema", id="no-assertion"),
        pytest.param({"when": {}}, "'minProperties' in schema", id="an-empty-when"),
        pytest.param({"assert": {"image.tag": {}}}, "'minProperties' in schema", id="an-assertion-of-nothing"),
        pytest.param({"assert": {"image": {"const": 1}}}, "image", id="a-fact-without-a-dot"),
        pytest.param({"assert": {"image.tag": {"contains": 1}}}, "contains", id="an-unknown-keyword"),
        pytest.param({"assert": {"image.tag": {"not": {"requird": []}}}}, "requird", id="an-unknown-keyword-inside"),
        pytest.param({"assert": {"image.tag": {"anyOf": [{"if": {}}]}}}, "if", id="an-unknown-keyword-in-anyOf"),
        pytest.param({"assert": {"image.tag": {"allOf": []}}}, "'minItems' in schema", id="no-alternatives"),
        pytest.param({"assert": {"image.tag": {"type": "object"}}}, "object", id="a-type-that-no-fact-has"),
        pytest.param({"assert": {"image.tag": {"const": {"a": 1}}}}, "is not of type", id="a-const-that-no-fact-is"),
        pytest.param({"assert": {"image.tag": {"pattern": "dev"}}}, "dev", id="a-pattern-that-is-a-search"),
        pytest.param({"assert": {"image.tag": {"pattern": "^dev"}}}, "dev", id="a-pattern-open-at-the-end"),
        pytest.param({"assert": {"image.tag": {"pattern": "^dev|qa$"}}}, "qa", id="a-pattern-open-by-alternatives"),
        pytest.param({"assert": {"image.tag": {"pattern": "^(dev)|(qa)$"}}}, "qa", id="alternatives-between-groups"),
        pytest.param({"assert": {"image.tag": {"pattern": "^dev\\$"}}}, "dev", id="a-pattern-that-ends-in-a-dollar"),
        pytest.param({"message": {}}, "'minProperties' in schema", id="no-message"),
        pytest.param({"message": ["x"]}, "not valid under any", id="a-list-of-messages"),
        pytest.param({"references": []}, "'minItems' in schema", id="no-reference"),
        pytest.param({"references": ["http://example.org/a"]}, "http:", id="a-reference-without-https"),
        pytest.param({"references": ["https://a.org/b"] * 2}, "non-unique", id="a-reference-twice"),
        pytest.param({"cdk": {}}, "'minProperties' in schema", id="no-language"),
        pytest.param({"errors": []}, "'minItems' in schema", id="no-error-text"),
        pytest.param({"errors": ["x"]}, "is not of type", id="an-error-text-without-its-source"),
        pytest.param({"errors": [{"text": "x"}]}, "source", id="an-error-without-its-source"),
        pytest.param({"errors": [{"text": "… …", "source": "x"}]}, "does not match", id="an-error-text-of-gaps"),
        pytest.param({"errors": [{"text": "x" * 401, "source": "x"}]}, "too long", id="an-error-text-as-long-as-a-log"),
        pytest.param({"cdk": {"rust": "x"}}, "rust", id="a-language-too-many"),
        pytest.param({"examples": {"bad": {}, "good": {}}}, "unknown", id="no-unknown-example"),
        pytest.param(
            {"examples": {"bad": {"image.tag": ["x"]}, "good": {}, "unknown": {}}}, "x", id="an-example-with-a-list"
        ),
        *[
            pytest.param({key: None}, key, id=f"without-{key}")
            for key in RULE_SCHEMA["required"]
            if key not in ("assert", "message", "references", "cdk", "examples")
        ],
    ],
)
def test_a_bad_rule_file_is_refused(changes: dict[str, Any], said: str) -> None:
    document = {key: value for key, value in {**example_rule(), **changes}.items() if value is not None}
    with pytest.raises(jsonschema.ValidationError, match=re.escape(said)):
        jsonschema.validate(document, RULE_SCHEMA)


@pytest.mark.parametrize("key", RULE_SCHEMA["required"])
def test_no_other_key_can_be_left_out(key: str) -> None:
    document = example_rule()
    del document[key]
    with pytest.raises(jsonschema.ValidationError, match=f"'{key}' is a required property"):
        jsonschema.validate(document, RULE_SCHEMA)


@pytest.mark.parametrize("key", ["when", "references", "errors"])
def test_a_key_that_can_be_left_out(key: str) -> None:
    document = example_rule()
    del document[key]
    jsonschema.validate(document, RULE_SCHEMA)


@pytest.mark.parametrize(
    "pattern", ["^$", "^/.*$", "^(dev|qa)$", "^(?:a(?:b|c))$", "^[|)]$", "^a\\|b$", "^([)])$", "^v[0-9]{1,3}$"]
)
def test_an_anchored_pattern_is_allowed(pattern: str) -> None:
    jsonschema.validate({**example_rule(), "assert": {"image.tag": {"pattern": pattern}}}, RULE_SCHEMA)


# -- the files ----------------------------------------------------------------------------------------------------


def test_there_are_rules() -> None:
    assert {"image-tag-latest", "image-uri-malformed", "from-image-sentinel"} <= RULES.keys()


@each_file
def test_rule_file_is_what_its_schema_allows(file: Path) -> None:
    jsonschema.Draft202012Validator(RULE_SCHEMA).validate(read(file))


@each_file
def test_rule_file_says_nothing_twice(file: Path) -> None:
    """YAML's loader takes the last of two equal keys without a word."""

    def keys(node: yaml.Node) -> Iterator[str]:
        if isinstance(node, yaml.MappingNode):
            names = [key.value for key, _ in node.value]
            yield from (name for name, count in Counter(names).items() if count > 1)
            for _, value in node.value:
                yield from keys(value)

    node = yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    assert node is not None
    assert list(keys(node)) == []


@each_file
def test_rule_file_is_named_by_its_id(file: Path) -> None:
    assert read(file)["id"] == file.stem


def test_no_two_rules_share_an_id_or_a_code() -> None:
    documents = [read(file) for file in FILES]
    for key in ("id", "code", "summary"):
        assert [value for value, count in Counter(each[key] for each in documents).items() if count > 1] == [], key


def test_the_loader_gives_every_file_in_the_order_of_the_codes() -> None:
    assert sorted(RULES) == [file.stem for file in FILES]
    assert [rule.number for rule in RULES.values()] == sorted(rule.number for rule in RULES.values())


@each_rule
def test_rule_speaks_only_of_facts_in_the_vocabulary(rule: Rule) -> None:
    named = {*facts_in(rule), *(fact for example in examples_of(rule).values() for fact in example)}
    assert named <= VOCABULARY["properties"].keys()


@each_rule
def test_rule_judges_facts_by_the_types_that_they_have(rule: Rule) -> None:
    """`const: "true"` for a truth value would never hold."""
    for fact, schema in schemas_of(rule):
        allowed = jsonschema.Draft202012Validator(VOCABULARY["properties"][fact])
        for inner in inside(schema):
            for value in ([inner["const"]] if "const" in inner else []) + list(inner.get("enum", ())):
                assert allowed.is_valid(value), (fact, value)


@each_rule
@pytest.mark.parametrize("example", ["bad", "good", "unknown"])
def test_example_is_a_facts_document(rule: Rule, example: str) -> None:
    jsonschema.Draft202012Validator(VOCABULARY).validate(examples_of(rule)[example])


@each_rule
def test_schemas_of_a_rule_compile_in_the_linear_time_engine(rule: Rule) -> None:
    options = jsonschema_rs.RegexOptions()
    for _, schema in schemas_of(rule):
        jsonschema_rs.meta.validate(schema)
        jsonschema_rs.Draft202012Validator(schema, pattern_options=options)


@each_rule
def test_examples_come_out_as_they_are_called(rule: Rule) -> None:
    outcomes = {name: check(rule, facts).outcome for name, facts in examples_of(rule).items()}
    assert outcomes == {"bad": Outcome.FAIL, "good": Outcome.PASS, "unknown": Outcome.UNKNOWN}


@each_rule
def test_without_any_facts_a_rule_knows_nothing(rule: Rule) -> None:
    assert check(rule, {}).outcome is Outcome.UNKNOWN


@each_rule
def test_leaving_a_fact_out_never_makes_a_finding(rule: Rule) -> None:
    good = examples_of(rule)["good"]
    for fact in good:
        rest = {name: value for name, value in good.items() if name != fact}
        assert check(rule, rest).outcome in (Outcome.PASS, Outcome.UNKNOWN), fact


@each_rule
def test_message_of_the_bad_example_is_complete(rule: Rule) -> None:
    bad = rule.examples["bad"]
    failing = check(rule, bad).failing
    assert failing is not None
    message = message_of(rule, failing, lambda fact: "absent" if bad.get(fact, "") is None else str(bad[fact]))
    assert not re.search(r"\b(unknown|None|True|False)\b", message)
    assert not any(fact in message for fact in VOCABULARY["properties"]), "a fact's name is left in it"
    assert 20 <= len(message) <= 600
    assert message == " ".join(message.split()), "white space"


@each_rule
def test_messages_hold_only_facts_in_braces(rule: Rule) -> None:
    texts = [rule.message] if isinstance(rule.message, str) else list(rule.message.values())
    assert {name for text in texts for name in placeholders(text)} <= VOCABULARY["properties"].keys()


@each_rule
def test_there_is_a_message_for_every_asserted_fact(rule: Rule) -> None:
    if not isinstance(rule.message, str):
        assert rule.message.keys() == rule.asserts.keys()


@each_rule
def test_prose_is_there_and_not_trivial(rule: Rule) -> None:
    assert 20 <= len(rule.summary) <= 120
    assert rule.summary.endswith(".")
    assert len(rule.why) >= 200
    assert all(len(text) >= 60 for text in rule.fixes.values())
    for text in (rule.summary, rule.why, *rule.fixes.values()):
        assert text[0].isupper() or text.split()[0] in VOCABULARY["properties"], text[:40]
        assert text == " ".join(text.split()), "white space"
        assert not re.search(r"\b(TODO|FIXME|XXX|TBD)\b", text)


SOURCE = re.compile(
    r"[Gg]uide|[Rr]eference\b|Blog\b|Docker documentation,|build checks,|AWS Fault|aws-cdk-lib [0-9]|[\w-]#[0-9]"
)
"""A document by its title, the code of a release, or an issue, as it stands in a `why`."""


@each_rule
def test_why_names_its_sources_in_parentheses_behind_what_they_say(rule: Rule) -> None:
    in_parentheses = re.findall(r"\([^()]*\)", rule.why)
    assert any(SOURCE.search(each) for each in in_parentheses)
    assert not re.search(r"\bSources?:|\blinked\b|\bissue [0-9]", rule.why)
    assert re.findall(r"\w#[0-9]", rule.why) == re.findall(r"\w#[0-9]", " ".join(in_parentheses))


@each_rule
def test_issue_that_a_why_names_is_among_the_references(rule: Rule) -> None:
    named = set(re.findall(r"([\w-]+)#([0-9]+)", rule.why))
    linked = {
        match.groups() for url in rule.references if (match := re.search(r"/([\w-]+)/(?:issues|pull)/(\d+)$", url))
    }
    assert named <= linked


@each_rule
def test_rule_has_references(rule: Rule) -> None:
    assert rule.references


@each_rule
def test_example_says_nothing_that_the_rule_does_not_ask(rule: Rule) -> None:
    """And `good` says what differs, and nothing twice."""
    bad, good = rule.examples["bad"], rule.examples["good"]
    assert {*bad, *good} <= {*facts_in(rule)}
    assert {fact: value for fact, value in good.items() if bad.get(fact, value) == value and fact in bad} == {}


IN_A_REFERENCE = (
    "image.registry", "image.read_as", "image.unresolved", "image.malformed", "image.pinned_by", "image.tag",
    "image.tag_moves", "image.account", "image.region", "image.suffix", "image.suffix_matches_region",
    "image.repository", "image.known_foreign",
)  # fmt: skip
"""Facts that follow from the image reference alone."""
SPEAKING_OF_A_REFERENCE = [rule for rule in RULES.values() if "image.uri" in rule.examples["bad"]]


@pytest.mark.parametrize("example", ["bad", "good"])
@pytest.mark.parametrize("rule", SPEAKING_OF_A_REFERENCE, ids=lambda rule: rule.id)
def test_facts_of_an_example_go_together(rule: Rule, example: str, tmp_path: Path) -> None:
    """Those of an image reference are what imagelint finds for a function that has it."""
    said = examples_of(rule)[example]
    properties = {"PackageType": "Image", "Code": {"ImageUri": said["image.uri"]}}
    function = {"Type": "AWS::Lambda::Function", "Properties": properties}
    (tmp_path / "app.json").write_text(json.dumps({"Resources": {"Fn": function}}), encoding="utf-8")
    assembly = imagelint.load(tmp_path / "app.json")
    (each,) = functions_of(assembly.stacks[0])
    (facts,) = facts_of(each, ResourceIndex(assembly, date(2026, 11, 23), "2.0.0", "x86_64"))
    names = [name for name in IN_A_REFERENCE if name in said]
    assert {name: said[name] for name in names} == {name: facts.values.get(name) for name in names}


# -- on the fixtures ----------------------------------------------------------------------------------------------


@cache
def seen() -> Mapping[str, Collection[Outcome]]:
    """What each rule says of the functions of the fixtures."""
    outcomes: dict[str, set[Outcome]] = {name: set() for name in RULES}
    for path in sorted([*FIXTURES.glob("*/cdk.out"), *(FIXTURES / "templates").glob("*")]):
        assembly = imagelint.load(path)
        index = ResourceIndex(assembly, date(2026, 11, 23), "2.100.0", "x86_64")
        for stack in assembly.stacks:
            for function in functions_of(stack):
                for facts in facts_of(function, index):
                    for name, rule in RULES.items():
                        outcomes[name].add(check(rule, facts.values).outcome)
    return outcomes


OFFLINE = [rule for rule in RULES.values() if not rule.is_live]
"""The rules that speak of what a template says; tests/live has the others fire, and be silent, on an account."""


@pytest.mark.parametrize("rule", OFFLINE, ids=lambda rule: rule.id)
def test_rule_fires_on_a_function_of_the_fixtures_and_is_silent_on_another(rule: Rule) -> None:
    assert {Outcome.FAIL, Outcome.PASS} <= set(seen()[rule.id])


@pytest.mark.parametrize("rule", OFFLINE, ids=lambda rule: rule.id)
def test_rule_that_needs_no_account_shows_no_fact_that_only_an_account_knows(rule: Rule) -> None:
    assert [fact for fact in facts_in(rule) if fact.startswith(("registry.", "deployed."))] == []
