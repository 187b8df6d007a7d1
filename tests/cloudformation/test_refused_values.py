"""What CloudFormation would refuse: one message, at the place that is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from imagelint.cloudformation.evaluation import Evaluation
from imagelint.cloudformation.scope import TemplateError
from imagelint.cloudformation.values import ABSENT, MAX_TEXT, Value, as_text, kind_of
from imagelint.cloudformation.walk import MAX_DEPTH, MAX_STEPS
from imagelint.documents.pointer import spell
from imagelint.text.holes import Hole, Str
from support.evaluation import (
    AT,
    HERE,
    NO_NOPE,
    TOO_LONG,
    att,
    either,
    equals,
    evaluate,
    find,
    imported,
    join,
    outcomes,
    placed,
    ref,
    scope_of,
    select,
    shown,
    split,
    sub,
)

NO_NAME = "Ref takes the name of a parameter or of a resource"
BAD_TEMPLATE: dict[str, Any] = {
    "Parameters": {"P": {"Type": "String", "Default": "x"}},
    "Mappings": {"M": {"a": {"b": {"Fn::FindInMap": ["M", "a", "b"]}, "c": {"Ref": 1}}}},
    "Conditions": {
        "Yes": equals("a", "a"),
        "Itself": {"Condition": "Itself"},
        "One": {"Fn::Not": [{"Condition": "Two"}]},
        "Two": {"Fn::And": [{"Condition": "Three"}, {"Condition": "Yes"}]},
        "Three": {"Fn::Or": [{"Condition": "One"}]},
        "Literal": True,
        "TwoKeys": {"Fn::Not": [{"Condition": "Yes"}], "Fn::Or": []},
        "NoSuch": {"Fn::Not": [{"Condition": "Missing"}]},
        "EqualsOfOne": {"Fn::Equals": ["a"]},
        "NotOfTwo": {"Fn::Not": [{"Condition": "Yes"}, {"Condition": "Yes"}]},
        "AndOfNothing": {"Fn::And": []},
        "OrOfText": {"Fn::Or": ["Yes"]},
        "Strange": {"Ref": "P"},
        "BadFirst": equals({"Ref": 1}, "a"),
        "BadSecond": equals("a", {"Ref": 1}),
        "BadBesideAParameter": equals(ref("P"), {"Ref": 1}),
        "BadBeforeAParameter": equals({"Ref": 1}, ref("P")),
    },
    "Resources": {
        "A": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": ref("B")}},
        "B": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": sub("${A}-x")}},
        "C": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": ref("C")}},
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"Path": {"Ref": 1}}},
    },
}
TOO_DEEP = rf"^functions and references are nested more than {MAX_DEPTH} deep$"


def bad(written: Any, message: str, pointer: str, name: str) -> Any:
    return pytest.param(written, message, pointer, id=name)


@pytest.mark.parametrize(
    ("written", "message", "pointer"),
    [
        bad(
            ref("Nope"),
            NO_NOPE,
            f"{HERE}/Ref",
            "Ref to nothing",
        ),
        bad({"Ref": ["P"]}, "Ref takes the name of a parameter or of a resource", f"{HERE}/Ref", "Ref to a list"),
        bad({"a": [ref("Nope")]}, NO_NOPE, f"{HERE}/a/0/Ref", "Ref to nothing, deeper"),
        bad(att("Nope", "Arn"), NO_NOPE, f"{HERE}/Fn::GetAtt", "GetAtt of nothing"),
        bad(sub("${Nope.Arn}"), NO_NOPE, f"{HERE}/Fn::Sub", "an attribute of nothing in Sub"),
        bad(
            att("P", "Arn"),
            "refers to 'P', which is neither a parameter nor a resource of the template",
            f"{HERE}/Fn::GetAtt",
            "GetAtt of a parameter",
        ),
        bad(
            {"Fn::GetAtt": "A"},
            "Fn::GetAtt takes a resource's logical ID and an attribute",
            f"{HERE}/Fn::GetAtt",
            "GetAtt without attribute",
        ),
        bad(
            {"Fn::GetAtt": ["A", "Arn", "x"]},
            "Fn::GetAtt takes a resource's logical ID and an attribute",
            f"{HERE}/Fn::GetAtt",
            "GetAtt of three",
        ),
        bad(
            {"Fn::GetAtt": [ref("P"), "Arn"]},
            "Fn::GetAtt takes a resource's logical ID and an attribute",
            f"{HERE}/Fn::GetAtt",
            "GetAtt of a function",
        ),
        bad(sub("${Nope}"), NO_NOPE, f"{HERE}/Fn::Sub", "Sub of nothing"),
        bad(sub("${Nope}", {}), NO_NOPE, f"{HERE}/Fn::Sub/0", "Sub of nothing with variables"),
        bad(
            sub("${a b}"),
            "refers to 'a b', which is neither a parameter nor a resource of the template",
            f"{HERE}/Fn::Sub",
            "Sub of a name with a space",
        ),
        bad(
            {"Fn::Sub": 7},
            "Fn::Sub takes a string, or a string and a map of variables",
            f"{HERE}/Fn::Sub",
            "Sub of a number",
        ),
        bad({"Fn::Sub": ["a"]}, "Fn::Sub takes a string and a map of variables", f"{HERE}/Fn::Sub", "Sub of one"),
        bad(
            sub("a", []),
            "Fn::Sub takes a string, or a string and a map of variables",
            f"{HERE}/Fn::Sub",
            "Sub with a list of variables",
        ),
        bad(
            sub("${a}", {"a": ["b"]}),
            "must be a string, not a list",
            f"{HERE}/Fn::Sub/1/a",
            "Sub with a list as variable",
        ),
        bad({"Fn::Join": "a"}, "Fn::Join takes a delimiter and a list", f"{HERE}/Fn::Join", "Join of a string"),
        bad(
            {"Fn::Join": ["", "a"]},
            "Fn::Join takes a delimiter and a list, not a string",
            f"{HERE}/Fn::Join",
            "Join of no list",
        ),
        bad(join("", "a", ["b"]), "Fn::Join joins strings, not a list", f"{HERE}/Fn::Join/1/1", "Join of lists"),
        bad(join("", None), "Fn::Join joins strings, not null", f"{HERE}/Fn::Join/1/0", "Join of null"),
        bad(join({}, "a"), "must be a string, not an object", f"{HERE}/Fn::Join/0", "Join by an object"),
        bad({"Fn::Select": [0]}, "Fn::Select takes an index and a list", f"{HERE}/Fn::Select", "Select of one"),
        bad(select(-1, ["a"]), "Fn::Select takes an index from 0 on and a list", f"{HERE}/Fn::Select", "Select -1"),
        bad(
            select("x", ["a"]),
            "Fn::Select takes an index from 0 on and a list",
            f"{HERE}/Fn::Select",
            "Select by a word",
        ),
        bad(
            select(True, ["a", "b"]),
            "Fn::Select takes an index from 0 on and a list",
            f"{HERE}/Fn::Select",
            "Select by a truth value",
        ),
        bad(
            select(0, "a"), "Fn::Select takes an index from 0 on and a list", f"{HERE}/Fn::Select", "Select of a string"
        ),
        bad({"Fn::Split": ","}, "Fn::Split takes a delimiter and a string", f"{HERE}/Fn::Split", "Split of a string"),
        bad(split("", "a"), "Fn::Split takes a delimiter and a string", f"{HERE}/Fn::Split", "Split by nothing"),
        bad(split(",", ["a"]), "must be a string, not a list", f"{HERE}/Fn::Split/1", "Split of a list"),
        bad({"Fn::If": ["Yes", "a"]}, "Fn::If takes a condition's name and two values", f"{HERE}/Fn::If", "If of two"),
        bad(
            {"Fn::If": [equals(1, 1), "a", "b"]},
            "Fn::If takes a condition's name and two values",
            f"{HERE}/Fn::If",
            "If of a function",
        ),
        bad(
            either("Nope", "a", "b"),
            "names the condition 'Nope', which the template has not",
            f"{HERE}/Fn::If/0",
            "If of nothing",
        ),
        bad(
            {"Fn::FindInMap": ["M", "a"]},
            "Fn::FindInMap takes a map's name and two keys",
            f"{HERE}/Fn::FindInMap",
            "FindInMap of two",
        ),
        bad(
            find("N", "a", "b"),
            "Fn::FindInMap names the mapping 'N', which the template has not",
            f"{HERE}/Fn::FindInMap",
            "FindInMap of nothing",
        ),
        bad(find("M", ["a"], "b"), "must be a string, not a list", f"{HERE}/Fn::FindInMap/1", "FindInMap by a list"),
        bad(imported(["a"]), "must be a string, not a list", f"{HERE}/Fn::ImportValue", "ImportValue of a list"),
        bad(ref("A"), "refers to itself: A -> B -> A", "/Resources/A/Properties/RepositoryName", "names in a circle"),
        bad(ref("C"), "refers to itself: C -> C", "/Resources/C/Properties/RepositoryName", "a name of itself"),
        bad(
            either("Itself", 1, 2), "refers to itself: Itself -> Itself", "/Conditions/Itself", "a condition of itself"
        ),
        bad(
            either("One", 1, 2),
            "refers to itself: One -> Two -> Three -> One",
            "/Conditions/One",
            "conditions in a circle",
        ),
        bad(
            either("Literal", 1, 2),
            "a condition is one condition function, not a truth value",
            "/Conditions/Literal",
            "a condition that is a literal",
        ),
        bad(
            either("TwoKeys", 1, 2),
            "a condition is one condition function, not an object",
            "/Conditions/TwoKeys",
            "a condition with two keys",
        ),
        bad(
            either("NoSuch", 1, 2),
            "names the condition 'Missing', which the template has not",
            "/Conditions/NoSuch/Fn::Not/0/Condition",
            "a condition of nothing",
        ),
        bad(
            either("EqualsOfOne", 1, 2),
            "Fn::Equals takes two values",
            "/Conditions/EqualsOfOne/Fn::Equals",
            "Equals of one",
        ),
        bad(
            either("NotOfTwo", 1, 2), "Fn::Not takes a list of conditions", "/Conditions/NotOfTwo/Fn::Not", "Not of two"
        ),
        bad(
            either("AndOfNothing", 1, 2),
            "Fn::And takes a list of conditions",
            "/Conditions/AndOfNothing/Fn::And",
            "And of nothing",
        ),
        bad(
            either("OrOfText", 1, 2),
            "a condition is one condition function, not a string",
            "/Conditions/OrOfText/Fn::Or/0",
            "Or of a string",
        ),
        bad(
            either("Strange", 1, 2),
            "a condition is one condition function, not 'Ref'",
            "/Conditions/Strange/Ref",
            "a condition that is Ref",
        ),
        bad(
            {"Fn::ToJsonString": "x" * (MAX_TEXT + 1)},
            TOO_LONG,
            f"{HERE}/Fn::ToJsonString",
            "a JSON string that is too long",
        ),
        bad({"Fn::Join": ["", {"Ref": 1}]}, NO_NAME, f"{HERE}/Fn::Join/1/Ref", "a list to join that is malformed"),
        bad(select({"Ref": 1}, []), NO_NAME, f"{HERE}/Fn::Select/0/Ref", "an index that is malformed"),
        bad(att("A", {"Ref": 1}), NO_NAME, f"{HERE}/Fn::GetAtt/1/Ref", "an attribute that is malformed"),
        bad(find("M", "a", "c"), NO_NAME, "/Mappings/M/a/c/Ref", "a mapping's value that is malformed"),
        bad(
            find("M", "a", "z", default={"Ref": 1}),
            NO_NAME,
            f"{HERE}/Fn::FindInMap/3/DefaultValue/Ref",
            "a DefaultValue that is malformed",
        ),
        bad(att("Role", "Arn"), NO_NAME, "/Resources/Role/Properties/Path/Ref", "a role's Path that is malformed"),
        bad(
            {"Fn::GetStackOutput": {"StackName": "Lib"}},
            "Fn::GetStackOutput takes a StackName and an OutputName",
            f"{HERE}/Fn::GetStackOutput",
            "an output without a name",
        ),
        bad(
            {"Fn::GetStackOutput": ["Lib", "Uri"]},
            "Fn::GetStackOutput takes a StackName and an OutputName",
            f"{HERE}/Fn::GetStackOutput",
            "an output named in a list",
        ),
        *(
            bad(
                {"Fn::GetStackOutput": {"StackName": "Lib", "OutputName": "Uri", key: {"Ref": 1}}},
                NO_NAME,
                f"{HERE}/Fn::GetStackOutput/{key}/Ref",
                f"an output whose {key} is malformed",
            )
            for key in ("StackName", "OutputName", "Region")
        ),
        *(
            bad(either(name, 1, 2), NO_NAME, f"/Conditions/{name}/Fn::Equals/{place}/Ref", f"Equals: {name}")
            for name, place in (
                ("BadFirst", 0),
                ("BadSecond", 1),
                ("BadBesideAParameter", 1),
                ("BadBeforeAParameter", 0),
            )
        ),
        bad(join("", "x" * MAX_TEXT, "x"), TOO_LONG, f"{HERE}/Fn::Join", "a text that is too long"),
        bad(sub("${a}" * 11, {"a": "x" * 10_000}), TOO_LONG, f"{HERE}/Fn::Sub", "a substituted text that is too long"),
        bad(
            [[{}] * (MAX_STEPS // 2)] * 3,
            f"takes more than {MAX_STEPS:,} steps to evaluate",
            f"{HERE}/1/{MAX_STEPS // 2 - 2 * (MAX_STEPS // 16) - 3}",
            "too many steps",
        ),
        bad(
            ["x"] * (8 * MAX_STEPS),
            f"takes more than {MAX_STEPS:,} steps to evaluate",
            HERE,
            "too many texts in a list",
        ),
    ],
)
def test_error(written: Any, message: str, pointer: str) -> None:
    scope = scope_of(BAD_TEMPLATE)
    with pytest.raises(TemplateError) as caught:
        evaluate(written, scope)
    assert caught.value.message == message
    assert spell(caught.value.pointer) == pointer
    assert caught.value.scope is scope


def nested(levels: int) -> Any:
    value: Any = "a"
    for _ in range(levels):
        value = {"Fn::If": ["Yes", value, "b"]}
    return value


def test_depth_is_bounded() -> None:
    assert evaluate([], scope_of(BAD_TEMPLATE)) == []
    assert evaluate(nested(MAX_DEPTH - 5), scope_of(BAD_TEMPLATE)) == "a"
    scope = scope_of(BAD_TEMPLATE)
    with pytest.raises(TemplateError, match=TOO_DEEP) as caught:
        evaluate(nested(5_000), scope)
    assert caught.value.scope is scope
    assert caught.value.pointer[: len(AT)] == AT


def test_depth_is_bounded_beside_shallow_values() -> None:
    value: Any = [*[[]] * MAX_DEPTH, nested(MAX_DEPTH // 2)]
    for _ in range(MAX_DEPTH // 2):
        value = [value]
    with pytest.raises(TemplateError, match=TOO_DEEP):
        evaluate(value, scope_of(BAD_TEMPLATE))


def test_depth_of_a_condition_is_bounded() -> None:
    chain = {"Deep": "Deeper", "Deeper": "Deepest", "Deepest": "Yes"}
    conditions: dict[str, Any] = {name: {"Condition": following} for name, following in chain.items()}
    for _ in range(MAX_DEPTH // len(chain)):  # no file may be nested as deep as all three are
        conditions = {name: {"Fn::Not": [condition]} for name, condition in conditions.items()}
    scope = scope_of({**BAD_TEMPLATE, "Conditions": {"Yes": equals("a", "a"), **conditions}})
    with pytest.raises(TemplateError, match=TOO_DEEP) as caught:
        Evaluation().condition(placed("Deep", scope))
    assert caught.value.scope is scope
    assert caught.value.pointer[:2] == ("Conditions", "Deepest")


def test_a_mapping_of_itself_is_too_deep() -> None:
    with pytest.raises(TemplateError, match=TOO_DEEP):
        evaluate(find("M", "a", "b"), scope_of(BAD_TEMPLATE))


def test_an_error_leaves_the_evaluation_usable() -> None:
    evaluation, scope = Evaluation(), scope_of(BAD_TEMPLATE)
    for _ in range(3):
        with pytest.raises(TemplateError, match=r"^refers to itself: A -> B -> A$"):
            evaluation.value(placed(join("", "x", ref("A")), scope))
    assert evaluation.value(placed(join("-", ref("P"), "y"), scope)) == "x-y"


def test_undefined_names_are_open_where_a_macro_may_define_them() -> None:
    scope = scope_of({"Transform": "AWS::Serverless-2016-10-31", "Resources": {}})
    written = [ref("FnVersion"), att("FnRole", "Arn"), sub("${FnRole.Arn}"), find("M", "a", "b")]
    assert shown(evaluate(written, scope)) == [
        "<FnVersion>",
        "<FnRole>",
        "<FnRole>",
        f"<Fn::FindInMap at {HERE}/3/Fn::FindInMap>",
    ]
    assert evaluate(ref("FnVersion"), scope) == Hole("FnVersion", "App")
    assert outcomes(either("Made", "a", "b"), scope) == ["b", "a"]
    assert outcomes(join("", either("Made", "a", "b"), either("Too", "a", "b")), scope) == ["bb", "ba", "ab", "aa"]


@pytest.mark.parametrize(
    ("value", "text", "kind"),
    [
        pytest.param("a", "a", "a string", id="string"),
        pytest.param(1, "1", "a number", id="integer"),
        pytest.param(1.5, "1.5", "a number", id="float"),
        pytest.param(True, "true", "a truth value", id="true"),
        pytest.param(False, "false", "a truth value", id="false"),
        pytest.param(None, None, "null", id="null"),
        pytest.param(ABSENT, None, "AWS::NoValue", id="NoValue"),
        pytest.param([], None, "a list", id="list"),
        pytest.param({}, None, "an object", id="object"),
        pytest.param(Hole("P"), Hole("P"), "a string", id="hole"),
    ],
)
def test_text_and_kind_of_a_value(value: Value, text: Str | None, kind: str) -> None:
    assert as_text(value) == text
    assert kind_of(value) == kind


def test_spell_escapes() -> None:
    assert spell(("a/b", "c~d", 0)) == "/a~1b/c~0d/0"
    assert repr(ABSENT) == "ABSENT"
