"""What is told of a template at a glance: never that it lacks what parsing finds."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelint.assembly.prescan import UNSCANNED, Hints, hints_of
from imagelint.assembly.resource_types import FUNCTION_TYPES, LOOKED_FOR
from imagelint.documents.decoding import UnreadableTextError
from imagelint.documents.parsing import parse_either

FUNCTION = "AWS::Lambda::Function"
PLAIN: dict[str, tuple[Any, Hints]] = {
    "nothing": ({}, Hints(frozenset(), frozenset())),
    "a type that nobody looks for": (
        {"Resources": {"B": {"Type": "AWS::S3::Bucket"}}},
        Hints(frozenset(), frozenset()),
    ),
    "a function": ({"Resources": {"F": {"Type": FUNCTION}}}, Hints(frozenset({FUNCTION.encode()}), frozenset())),
    "a type of which the name is the beginning": (
        {"Parameters": {"P": {"Type": "AWS::SSM::Parameter::Value<String>"}}},
        Hints(frozenset(), frozenset()),
    ),
    "an import": (
        {"Resources": {"B": {"Type": "X", "Properties": {"A": {"Fn::ImportValue": "x"}}}}},
        Hints(frozenset({b"ImportValue"}), frozenset()),
    ),
    "literal exports": (
        {"Outputs": {"A": {"Value": 1, "Export": {"Name": "a"}}, "B": {"Value": 2}}},
        Hints(frozenset({b"Export"}), frozenset({"a"})),
    ),
    "an export whose name is computed": (
        {"Outputs": {"A": {"Export": {"Name": {"Ref": "P"}}}}},
        Hints(frozenset({b"Export"}), None),
    ),
    "malformed sections": ({"Resources": [], "Outputs": 1}, Hints(frozenset(), frozenset())),
    "a loop": ({"Resources": {"Fn::ForEach::L": []}}, UNSCANNED),
    "a macro": ({"Transform": "Mine", "Resources": {}}, UNSCANNED),
    "an include": ({"Fn::Transform": {}, "Resources": {}}, UNSCANNED),
    "a function in a text": ({"Description": FUNCTION}, UNSCANNED),
    "a list": ([], UNSCANNED),
}


@pytest.mark.parametrize(("template", "hints"), PLAIN.values(), ids=PLAIN)
def test_what_is_told_of_plain_json(template: Any, hints: Hints) -> None:
    assert hints_of(json.dumps(template).encode()) == hints


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
    assert hints_of(text).may_hold(FUNCTION)


TYPES = st.sampled_from([*LOOKED_FOR, "AWS::S3::Bucket", "AWS::Lambda::FunctionX", "AWS::SSM::Parameter::Value<X>"])
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
    hints = hints_of(text)
    try:
        value = parse_either(text, expects_yaml=False).value
    except UnreadableTextError:
        assert hints.may_hold(*FUNCTION_TYPES), "refused, and not told"
        return
    resources = value.get("Resources") if isinstance(value, dict) else {}
    for resource in resources.values() if isinstance(resources, dict) else ():
        if isinstance(resource, dict) and resource.get("Type") in LOOKED_FOR:
            assert hints.may_hold(resource["Type"])


@given(st.binary(max_size=80) | st.text("{}[]\",:&*!?-|> \n\tatrue1\\'#%", max_size=60).map(str.encode))
def test_what_is_refused_is_never_passed_over(text: bytes) -> None:
    try:
        parse_either(text, expects_yaml=False)
    except UnreadableTextError:
        assert hints_of(text) == UNSCANNED
