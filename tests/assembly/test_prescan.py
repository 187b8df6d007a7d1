"""What is told of a template at a glance: never that it lacks what parsing finds."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelint.assembly.prescan import UNSCANNED, Hints, hints_of
from imagelint.assembly.resource_types import FUNCTION_TYPES
from imagelint.documents.decoding import UnreadableTextError
from imagelint.documents.parsing import glance, parse_either

FUNCTION = "AWS::Lambda::Function"
NONE: frozenset[str] = frozenset()


def of_policy(name: str, roles: Any, **resources: Any) -> dict[str, Any]:
    """A template with a policy, of which a property names roles, and with other resources."""
    kind = "AWS::IAM::RolePolicy" if name == "RoleName" else "AWS::IAM::Policy"
    return {"Resources": {"P": {"Type": kind, "Properties": {name: roles}}, **resources}}


def role(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::IAM::Role", "Properties": properties}


PLAIN: dict[str, tuple[Any, Hints]] = {
    "nothing": ({}, Hints(NONE, NONE, reaches_out=False)),
    "types": (
        {"Resources": {"F": {"Type": FUNCTION}, "B": {"Type": "AWS::S3::Bucket"}, "C": {"Type": [1]}, "D": 1}},
        Hints(frozenset({FUNCTION, "AWS::S3::Bucket"}), NONE, reaches_out=False),
    ),
    "a type of which the name is the beginning": (
        {"Parameters": {"P": {"Type": "AWS::SSM::Parameter::Value<String>"}}},
        Hints(NONE, NONE, reaches_out=False),
    ),
    "literal exports": (
        {"Outputs": {"A": {"Value": 1, "Export": {"Name": "a"}}, "B": {"Value": 2}}},
        Hints(NONE, frozenset({"a"}), reaches_out=False),
    ),
    "an export whose name is computed": (
        {"Outputs": {"A": {"Export": {"Name": {"Ref": "P"}}}}},
        Hints(NONE, None, reaches_out=False),
    ),
    "malformed sections": ({"Resources": [], "Outputs": 1}, Hints(NONE, NONE, reaches_out=False)),
    "a loop": ({"Resources": {"Fn::ForEach::L": []}}, UNSCANNED),
    "a macro": ({"Transform": "Mine", "Resources": {}}, UNSCANNED),
    "a macro of a resource": ({"Resources": {"B": {"Fn::Transform": {"Name": "Mine"}}}}, UNSCANNED),
    "the same in its short form": ({"Resources": {"B": {"Transform": {"Name": "Mine"}}}}, UNSCANNED),
    "a module": ({"Resources": {"M": {"Type": "My::Own::MODULE"}}}, UNSCANNED),
    "an include": ({"Fn::Transform": {}, "Resources": {}}, UNSCANNED),
    "a function in a text": ({"Description": FUNCTION}, UNSCANNED),
    "a list": ([], UNSCANNED),
}


@pytest.mark.parametrize(("template", "hints"), PLAIN.values(), ids=PLAIN)
def test_what_is_told_of_plain_json(template: Any, hints: Hints) -> None:
    assert hints_of(template, json.dumps(template).encode()) == hints


ROLES: dict[str, tuple[Any, bool]] = {
    "a literal name": (of_policy("Roles", ["app"]), False),
    "a role beside it": (of_policy("Roles", [{"Ref": "R"}], R=role()), False),
    "a role beside it, of a RolePolicy": (of_policy("RoleName", {"Ref": "R"}, R=role(RoleName="app")), False),
    "no role": ({"Resources": {"P": {"Type": "AWS::IAM::Policy"}}}, False),
    "an import in another resource": ({"Resources": {"B": {"Type": "X", "A": {"Fn::ImportValue": "x"}}}}, False),
    "an import": (of_policy("Roles", [{"Fn::ImportValue": "x"}]), True),
    "an import, of a RolePolicy": (of_policy("RoleName", {"Fn::ImportValue": "x"}), True),
    "one of two": (of_policy("Roles", [{"Ref": "R"}, {"Fn::ImportValue": "x"}], R=role()), True),
    "a role that is named by an import": (
        of_policy("Roles", [{"Ref": "R"}], R=role(RoleName={"Fn::ImportValue": "x"})),
        True,
    ),
    "a list that depends on a condition": (of_policy("Roles", {"Fn::If": ["C", [{"Ref": "R"}], []]}, R=role()), True),
    "a parameter": (of_policy("Roles", [{"Ref": "Parameter"}]), True),
    "what no name is": (of_policy("Roles", [{"Ref": ["R"]}, 1, None], R=role()), True),
}


@pytest.mark.parametrize(("template", "reaches_out"), ROLES.values(), ids=ROLES)
def test_whether_a_policy_may_name_a_role_of_another_stack(template: Any, reaches_out: bool) -> None:
    assert hints_of(template, json.dumps(template).encode()).reaches_out is reaches_out


def hints_in(text: bytes) -> Hints:
    return hints_of(glance(text), text)


TEMPLATE = '{"Resources": {"F": {"Type": "AWS::Lambda::Function"}}}'
OTHER_THAN_PLAIN: dict[str, bytes] = {
    "YAML in single quotes": TEMPLATE.replace('"', "'").encode(),
    "YAML without quotes": TEMPLATE.replace('"', "").encode(),
    "an escape of YAML": TEMPLATE.replace('"AWS', '"\\x41WS').encode(),
    "an escaped end of a line": TEMPLATE.replace("AWS::", "AWS::\\\n  ").encode(),
    "an escape of JSON": TEMPLATE.replace("AWS", "\\u0041WS").encode(),
    "an escape in the section's name": TEMPLATE.replace("Resources", "\\u0052esources").encode(),
    "an anchor": b'{"X": &x "AWS::Lambda::Function", "Resources": {"F": {"Type": *x }}}',
    "a byte-order mark": b"\xef\xbb\xbf" + TEMPLATE.encode(),
    "UTF-16": TEMPLATE.encode("utf-16"),
    "UTF-16 without a mark": TEMPLATE.encode("utf-16-le"),
    "UTF-32 without a mark": TEMPLATE.encode("utf-32-be"),
    "a section twice": b'{"Resources": {}, ' + TEMPLATE.encode()[1:],
    "a section twice, the last empty": TEMPLATE.encode()[:-1] + b', "Resources": {}}',
    "bytes that are no text": TEMPLATE.replace("F", "?").encode().replace(b"?", b"\xff"),
    "half of it": TEMPLATE.encode()[:-2],
    "two of it": TEMPLATE.encode() * 2,
    "NaN": TEMPLATE.encode()[:-1] + b', "a": NaN}',
    "nesting without end": b'{"Resources": ' + b"[" * 100_000,
    "rubbish": b"{\n rubbish\n}",
    "nothing": b"",
}


@pytest.mark.parametrize("text", OTHER_THAN_PLAIN.values(), ids=OTHER_THAN_PLAIN)
def test_of_other_texts_a_function_may_be_in_it(text: bytes) -> None:
    assert hints_in(text).may_hold(FUNCTION)


TYPES = st.sampled_from(
    [
        *FUNCTION_TYPES,
        "AWS::ECR::Repository",
        "AWS::S3::Bucket",
        "AWS::Lambda::FunctionX",
        "AWS::SSM::Parameter::Value<X>",
    ]
)
RESOURCES: st.SearchStrategy[dict[str, object]] = st.dictionaries(
    st.sampled_from(["A", "B", "Fn::ForEach::L", "Fn::Transform"]),
    st.fixed_dictionaries({"Type": TYPES | st.none(), "Properties": st.just({})}) | st.just(["AWS::Lambda::Function"]),
)
TEMPLATES = st.fixed_dictionaries(
    {"Resources": RESOURCES}, optional={"Description": TYPES, "Transform": st.just("X"), "Other": RESOURCES}
)


def escaped(text: str, start: str, pattern: str) -> str:
    """The text with the first letter of each type as an escape."""
    return text.replace(f"{start}AWS", start + pattern.format(ord("A")) + "WS")


STYLES: Mapping[str, Callable[[str], bytes]] = {
    "plain": str.encode,
    "indented": lambda text: json.dumps(json.loads(text), indent=1).encode(),
    "single quotes": lambda text: text.replace('"', "'").encode(),
    "escapes of JSON": lambda text: escaped(text, '"', "\\u{:04x}").encode(),
    "escapes of YAML": lambda text: escaped(text, '"', "\\x{:02x}").encode(),
    "long escapes of YAML": lambda text: escaped(text, '"', "\\U{:08x}").encode(),
    "folded": lambda text: text.replace("::", "::\\\n ").encode(),
    "bare": lambda text: text.replace('"AWS::Lambda::Function"', "AWS::Lambda::Function").encode(),
    "commented": lambda text: text.replace(",", ", # x\n").encode(),
    "UTF-16": lambda text: text.encode("utf-16"),
    "UTF-16, bare": lambda text: text.encode("utf-16-be"),
    "byte-order mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "doubled": lambda text: (text[:-1] + ", " + text[1:]).encode(),
    "cut": lambda text: text[: len(text) // 2].encode(),
}


@given(TEMPLATES, st.sampled_from(sorted(STYLES)), st.sampled_from(sorted(STYLES)))
def test_nothing_is_missed_that_parsing_finds(template: Any, style: str, other: str) -> None:
    """Nor where two ways of writing are mixed, as far as that leaves a text."""
    text = STYLES[style](json.dumps(template))
    if style != "indented" and other != "indented" and style not in ("UTF-16", "UTF-16, bare", "byte-order mark"):
        text = STYLES[other](text.decode())
    hints = hints_in(text)
    try:
        value = parse_either(text, expects_yaml=False).value
    except UnreadableTextError:
        assert hints.may_hold(*FUNCTION_TYPES), "refused, and not told"
        return
    resources = value.get("Resources") if isinstance(value, dict) else {}
    for resource in resources.values() if isinstance(resources, dict) else ():
        if isinstance(resource, dict) and isinstance(resource.get("Type"), str):
            assert hints.may_hold(resource["Type"])


@given(st.binary(max_size=80) | st.text("{}[]\",:&*!?-|> \n\tatrue1\\'#%", max_size=60).map(str.encode))
def test_what_is_refused_is_never_passed_over(text: bytes) -> None:
    try:
        parse_either(text, expects_yaml=False)
    except UnreadableTextError:
        assert hints_in(text) == UNSCANNED
