"""Template text: the values that JSON and YAML give, where pointers stand, and what is refused and where."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterator
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelint.documents.decoding import UnreadableTextError, decode
from imagelint.documents.limits import MAX_BYTES, MAX_NESTING, MAX_YAML_BYTES
from imagelint.documents.parsing import Parsed, locate, parse, parse_either
from imagelint.documents.pointer import Pointer


def refusal(data: bytes, *, is_yaml: bool) -> tuple[str, tuple[int, int] | None]:
    with pytest.raises(UnreadableTextError) as caught:
        parse(data, is_yaml=is_yaml)
    return caught.value.message, caught.value.position


# -- values -------------------------------------------------------------------------------------------------------

YAML_SCALARS: dict[str, tuple[str, Any]] = {
    "word": ("app", "app"),
    "integer": ("12", 12),
    "negative": ("-7", -7),
    "zero": ("0", 0),
    "float": ("1.5", 1.5),
    "float with exponent": ("1.5e+22", 1.5e22),
    "another spelling of a float": ("1.50", "1.50"),
    "a float spelled with another exponent": ("1.0e3", "1.0e3"),
    "another spelling of an integer": ("+1", "+1"),
    "another spelling of zero": ("-0", "-0"),
    "leading zero, an account": ("012345678901", "012345678901"),
    "octal of YAML 1.2": ("0o17", "0o17"),
    "hexadecimal": ("0x1F", "0x1F"),
    "underscores": ("1_000", "1_000"),
    "sexagesimal": ("1:30", "1:30"),
    "a date, as a template's version is": ("2010-09-09", "2010-09-09"),
    "twenty digits and more": ("9" * 23, "9" * 23),
    "yes": ("yes", True),
    "no": ("No", False),
    "on": ("ON", True),
    "off": ("off", False),
    "true": ("True", True),
    "false": ("FALSE", False),
    "y alone is text": ("y", "y"),
    "mixed case is text": ("tRuE", "tRuE"),
    "null": ("null", None),
    "tilde": ("~", None),
    "nothing": ("", None),
    "single quotes": ("'it''s'", "it's"),
    "quoted truth value": ('"yes"', "yes"),
    "quoted number": ("'12'", "12"),
    "quoted nothing": ('""', ""),
    "string by its tag": ("!!str 12", "12"),
    "escapes": (r'"\u00e4\t\x41"', "ä\tA"),
    "not ASCII": ("Größe-日本", "Größe-日本"),
    "a word that holds a colon": ("a:b", "a:b"),
    "literal block": ("|\n  12\n  yes\n", "12\nyes\n"),
    "folded block": (">-\n  one\n  two\n", "one two"),
    "a tag of Python's": ("!!python/object:os.system x", "x"),
}


@pytest.mark.parametrize(("text", "value"), YAML_SCALARS.values(), ids=YAML_SCALARS)
def test_a_yaml_scalar(text: str, value: Any) -> None:
    parsed = parse(f"key: {text}".encode(), is_yaml=True)["key"]
    assert (parsed, type(parsed)) == (value, type(value))


SHORT_TAGS: dict[str, tuple[str, Any]] = {
    "Ref": ("!Ref Repo", {"Ref": "Repo"}),
    "Ref of a number": ("!Ref 12", {"Ref": "12"}),
    "Condition": ("!Condition IsProd", {"Condition": "IsProd"}),
    "Sub": ("!Sub '${Repo}:v1'", {"Fn::Sub": "${Repo}:v1"}),
    "Sub with variables": ("!Sub ['${A}', {A: !Ref B}]", {"Fn::Sub": ["${A}", {"A": {"Ref": "B"}}]}),
    "Sub in a block": ("!Sub |-\n  ${A}\n", {"Fn::Sub": "${A}"}),
    "GetAtt with a dot": ("!GetAtt Repo.Arn", {"Fn::GetAtt": ["Repo", "Arn"]}),
    "GetAtt with two dots": ("!GetAtt Child.Outputs.Tag", {"Fn::GetAtt": ["Child", "Outputs.Tag"]}),
    "GetAtt without a dot": ("!GetAtt Repo", {"Fn::GetAtt": ["Repo", ""]}),
    "GetAtt with a list": ("!GetAtt [Repo, Arn]", {"Fn::GetAtt": ["Repo", "Arn"]}),
    "Join": ("!Join ['', [a, b]]", {"Fn::Join": ["", ["a", "b"]]}),
    "Join in block style": ("!Join\n  - ':'\n  - - a\n    - b\n", {"Fn::Join": [":", ["a", "b"]]}),
    "If": ("!If [A, 1, !Ref AWS::NoValue]", {"Fn::If": ["A", 1, {"Ref": "AWS::NoValue"}]}),
    "nested tags": (
        "!Join [':', [!Sub '${!Literal}', !Select [0, !Split [',', !ImportValue x]]]]",
        {
            "Fn::Join": [
                ":",
                [
                    {"Fn::Sub": "${!Literal}"},
                    {"Fn::Select": [0, {"Fn::Split": [",", {"Fn::ImportValue": "x"}]}]},
                ],
            ]
        },
    ),
    "long form around a short tag": ("{'Fn::Base64': !Sub x}", {"Fn::Base64": {"Fn::Sub": "x"}}),
    "a function nobody knows": ("!Frob [1]", {"Fn::Frob": [1]}),
    "a tag in brackets": ("!<!Sub> x", {"Fn::Sub": "x"}),
    "a tag on nothing": ("!Ref", {"Ref": ""}),
    "a tag on an alias' target": ("[&x !Ref A, *x]", [{"Ref": "A"}, {"Ref": "A"}]),
}


@pytest.mark.parametrize(("text", "value"), SHORT_TAGS.values(), ids=SHORT_TAGS)
def test_a_short_tag_is_its_long_function(text: str, value: Any) -> None:
    assert parse(f"key: {text}".encode(), is_yaml=True) == {"key": value}


YAML_DOCUMENTS: dict[str, tuple[str, Any]] = {
    "keys that are not words": ("1: a\ntrue: b\n1.5: c\n~: d", {"1": "a", "true": "b", "1.5": "c", "~": "d"}),
    "a key with a tag": ("!Ref a: b", {"a": "b"}),
    "an empty key": ('"": b', {"": "b"}),
    "CRLF": ("a: b\r\nc:\r\n  - d\r\n", {"a": "b", "c": ["d"]}),
    "JSON is YAML": ('{"a": [1, {"b": null}]}', {"a": [1, {"b": None}]}),
    "comments and a document mark": ("# x\n---\na: b # y\n...\n", {"a": "b"}),
    "an empty document": ("---\n", None),
    "a merge key": ("a: &x {b: 1, c: 2}\nd: {<<: *x, e: 3}", {"a": {"b": 1, "c": 2}, "d": {"b": 1, "c": 2, "e": 3}}),
    "an entry stands before a merged one": (
        "a: &x {b: 1}\nd: {b: 2, <<: *x}\ne: {<<: *x, b: 3}",
        {"a": {"b": 1}, "d": {"b": 2}, "e": {"b": 3}},
    ),
    "a list of objects to merge, the first stands before": (
        "<<: [{a: 1, b: 1}, {b: 2, c: 2}]",
        {"a": 1, "b": 1, "c": 2},
    ),
    "two merge keys, the later stands before": ("<<: {a: 1, b: 1}\n<<: {b: 2}", {"a": 1, "b": 2}),
    "a merge of what merges": (
        "a: &a {x: 1}\nb: &b {<<: *a, y: 2}\nc: {<<: *b}",
        {"a": {"x": 1}, "b": {"x": 1, "y": 2}, "c": {"x": 1, "y": 2}},
    ),
    "objects are merged, not what is in them": (
        "a: &a {x: {y: 1}}\nb: {<<: *a, x: {z: 2}}",
        {"a": {"x": {"y": 1}}, "b": {"x": {"z": 2}}},
    ),
    "a merge key in quotes is a key": ("'<<': {a: 1}", {"<<": {"a": 1}}),
    "a merge of nothing": ("<<: []\na: 1", {"a": 1}),
    "aliases": ("a: &x [1]\nb: *x\nc: {d: *x}", {"a": [1], "b": [1], "c": {"d": [1]}}),
    "an anchor that is given anew": ("[&x 1, *x, &x 2, *x]", [1, 1, 2, 2]),
}


@pytest.mark.parametrize(("text", "value"), YAML_DOCUMENTS.values(), ids=YAML_DOCUMENTS)
def test_a_yaml_document(text: str, value: Any) -> None:
    assert parse(text.encode(), is_yaml=True) == value


JSON_DOCUMENTS: dict[str, tuple[str, Any]] = {
    "words of YAML stay text": ('{"a": "yes", "b": "!Ref c"}', {"a": "yes", "b": "!Ref c"}),
    "lone surrogates": (r'{"\ud800": "\udfff"}', {"\ud800": "\udfff"}),
    "a number too large for a float": ("1e999", math.inf),
    "an integer of 4,300 digits": ("9" * 4300, 10**4300 - 1),
    "white space around": ("\r\n\t {} \n", {}),
    "equal keys of different objects": ('{"a": {"k": 1}, "b": {"k": 2}}', {"a": {"k": 1}, "b": {"k": 2}}),
    "keys that differ in case": ('{"a": 1, "A": 2}', {"a": 1, "A": 2}),
}


@pytest.mark.parametrize(("text", "value"), JSON_DOCUMENTS.values(), ids=JSON_DOCUMENTS)
def test_a_json_document(text: str, value: Any) -> None:
    assert parse(text.encode(), is_yaml=False) == value


EITHER: dict[str, tuple[bytes, Parsed]] = {
    "JSON": (b'{"a": 1}', Parsed({"a": 1}, False, [])),
    "JSON behind a byte-order mark": (b'\xef\xbb\xbf{"a": 1}', Parsed({"a": 1}, False, [])),
    "YAML": (b"a: 1", Parsed({"a": 1}, True, [])),
    "YAML behind a byte-order mark": (b"\xef\xbb\xbfa: 1", Parsed({"a": 1}, True, [])),
    "YAML that begins as JSON does": (b"{a: !Ref 'b'} # c", Parsed({"a": {"Ref": "b"}}, True, [])),
    "JSON with a comma too many is YAML": (b'{"a": 1,}', Parsed({"a": 1}, True, [])),
    "a text": (b'"a"', Parsed("a", True, [])),
    "doubled keys in JSON": (
        b'{"a": 1,\n "a": 2, "b": {"a": 1, "b": 2},\n "a": 3}',
        Parsed({"a": 3, "b": {"a": 1, "b": 2}}, False, [("a", (2, 2)), ("a", (3, 2))]),
    ),
    "doubled keys in YAML": (
        b"a: 1\nb: {a: 1, b: 2}\na: 3\na: 4",
        Parsed({"a": 4, "b": {"a": 1, "b": 2}}, True, [("a", (3, 1)), ("a", (4, 1))]),
    ),
}


@pytest.mark.parametrize("expects_yaml", [False, True])
@pytest.mark.parametrize(("data", "parsed"), EITHER.values(), ids=EITHER)
def test_json_and_yaml_are_known_by_what_they_hold(data: bytes, parsed: Parsed, expects_yaml: bool) -> None:
    assert parse_either(data, expects_yaml=expects_yaml) == parsed


NEITHER: dict[str, tuple[str, bool, str]] = {
    "cut off": ('{"a": ', False, "is not JSON: Expecting value"),
    "cut off where YAML is expected": ('{"a": ', True, "is not YAML: did not find expected node content"),
    "no JSON at all": ("a: b: c", False, "is not YAML: mapping values are not allowed in this context"),
    "NaN, whose letters YAML would take": ('{"a": NaN}', False, "is not JSON: NaN is no JSON number"),
    "deep": ("[" * 121 + "]" * 121, False, "is nested more than 120 deep"),
    "much YAML": ("a: " + "x" * MAX_YAML_BYTES, True, "is larger than 4 MiB, too much for YAML"),
    "much text that is neither": ("{" + "x" * MAX_YAML_BYTES, True, "is larger than 4 MiB, too much for YAML"),
}


@pytest.mark.parametrize(("text", "expects_yaml", "message"), NEITHER.values(), ids=NEITHER)
def test_of_what_is_neither_the_expected_is_told(text: str, expects_yaml: bool, message: str) -> None:
    with pytest.raises(UnreadableTextError) as caught:
        parse_either(text.encode(), expects_yaml=expects_yaml)
    assert caught.value.message == message


# -- refusals -----------------------------------------------------------------------------------------------------

UNREADABLE_BYTES: dict[str, tuple[bytes, str, tuple[int, int] | None]] = {
    "UTF-16, little-endian": ("{}".encode("utf-16-le").join([b"\xff\xfe", b""]), "is UTF-16; write it as UTF-8", None),
    "UTF-16, big-endian": (b"\xfe\xff" + "{}".encode("utf-16-be"), "is UTF-16; write it as UTF-8", None),
    "nothing behind a byte-order mark": (b"\xef\xbb\xbf \n", "is empty", None),
    "Latin-1": ('{"a": "x"}\n "ä"'.encode("latin-1"), "is not UTF-8", (2, 3)),
    "a surrogate in UTF-8": (b'{"a": "\xed\xa0\x80"}', "is not UTF-8", (1, 8)),
    "cut inside a character": (b"abc\xe2\x82", "is not UTF-8", (1, 4)),
    "empty": (b"", "is empty", None),
    "white space only": (b" \n\t\n", "is empty", None),
}


@pytest.mark.parametrize("is_yaml", [False, True], ids=["json", "yaml"])
@pytest.mark.parametrize(("data", "message", "position"), UNREADABLE_BYTES.values(), ids=UNREADABLE_BYTES)
def test_bytes_that_are_no_text(data: bytes, message: str, position: tuple[int, int] | None, is_yaml: bool) -> None:
    assert refusal(data, is_yaml=is_yaml) == (message, position)


def test_a_file_that_is_too_large() -> None:
    assert decode(b"x" * MAX_BYTES) == "x" * MAX_BYTES
    with pytest.raises(UnreadableTextError, match=r"^is larger than 32 MiB$"):
        decode(b"x" * (MAX_BYTES + 1))


NOT_JSON: dict[str, tuple[str, str, tuple[int, int]]] = {
    "cut in half": ('{"Resources": {\n', "is not JSON: Expecting property name enclosed in double quotes", (2, 1)),
    "cut inside a string": ('{\n "a": "b', "is not JSON: Unterminated string starting at", (2, 7)),
    "two values": ("{}\n{}", "is not JSON: Extra data", (2, 1)),
    "a comment": ('{"a": // b\n1}', "is not JSON: Expecting value", (1, 7)),
    "a control character": ('{"a": "\x01"}', "is not JSON: Invalid control character at", (1, 8)),
    "YAML": ("Resources:\n  A: b", "is not JSON: Expecting value", (1, 1)),
    "NaN": ('{"NaN": ["NaN",\n NaN]}', "is not JSON: NaN is no JSON number", (2, 2)),
    "Infinity": ('{"a": Infinity}', "is not JSON: Infinity is no JSON number", (1, 7)),
    "minus Infinity": ('{"a": -Infinity}', "is not JSON: -Infinity is no JSON number", (1, 7)),
    "a huge integer": (
        '{"a": "' + "9" * 5000 + '",\n"b": -' + "9" * 4301 + "}",
        "holds an integer of more than 4,300 digits",
        (2, 6),
    ),
    "a key twice": ('{"a": 1,\n  "a": 2}', "has the key 'a' twice in one object", (2, 3)),
    "a key twice, once in escapes": (r'{"a": 1, "\u0061": 2}', "has the key 'a' twice in one object", (1, 10)),
    "a key twice, further in": (
        '{"a": {"a": 1},\n "b": [{"c": "c", "a": 1,\n\t"a": 2}]}',
        "has the key 'a' twice in one object",
        (3, 2),
    ),
    "a key twice, with quotes in strings": (
        r'{"a\\": "\"", "b": "\u0022\\\"", "a\\": 2}',
        r"has the key 'a\\' twice in one object",
        (1, 34),
    ),
    "a key twice, with brackets in strings": (
        '{"[": "{", "x": "]\\"}",\n"[": 1}',
        "has the key '[' twice in one object",
        (2, 1),
    ),
}


@pytest.mark.parametrize(("text", "message", "position"), NOT_JSON.values(), ids=NOT_JSON)
def test_text_that_is_not_json(text: str, message: str, position: tuple[int, int]) -> None:
    assert refusal(text.encode(), is_yaml=False) == (message, position)


NOT_YAML: dict[str, tuple[str, str, tuple[int, int] | None]] = {
    "an open quote": ('a: b\nc: "d', "is not YAML: found unexpected end of stream", (2, 6)),
    "a tab as indentation": ("a:\n\t- b", "is not YAML: found character that cannot start any token", (2, 1)),
    "two colons": ("a: b: c", "is not YAML: mapping values are not allowed in this context", (1, 5)),
    "two tags on one value": ("a: !Base64 !Sub b", "is not YAML: did not find expected key", (1, 12)),
    "a surrogate": (r'a: "\ud800"', "is not YAML: found invalid Unicode character escape code", (1, 7)),
    "a control character": (
        "a: b\nc: \x07",
        "is not YAML: unacceptable character #x0007: control characters are not allowed",
        (2, 4),
    ),
    "a NUL": ("a: \x00", "is not YAML: unacceptable character #x0000: control characters are not allowed", (1, 4)),
    "comments only": ("# nothing\n", "is empty", None),
    "two documents": ("a: 1\n---\nb: 2", "holds more than one YAML document", (2, 1)),
    "a list as key": ("a: b\n? [c]\n: d", "has a key that is not a string", (2, 3)),
    "an object as key": ("{{a: b}: c}", "has a key that is not a string", (1, 2)),
    "an alias as key": ("a: &x b\n*x : c", "has a key that is not a string", (2, 1)),
    "an alias of nothing": ("a: *x", "refers to the anchor 'x' before it is defined", (1, 4)),
    "an alias inside its own anchor": ("a: &x [*x]", "refers to the anchor 'x' before it is defined", (1, 8)),
    "a key twice": ("a:\n  b: 1\n  b: 2", "has the key 'b' twice in one object", (3, 3)),
    "a key twice in flow style": ("{a: 1, b: {a: 1}, a: 2}", "has the key 'a' twice in one object", (1, 19)),
    "a merge of a text": ("a: 1\n<<: b", "merges by << what is no object and no list of objects", (2, 5)),
    "a merge of a list of texts": ("<<: [{a: 1}, b]", "merges by << what is no object and no list of objects", (1, 15)),
    "a number and its text as keys": ('1: a\n"1": b', "has the key '1' twice in one object", (2, 1)),
}


@pytest.mark.parametrize(("text", "message", "position"), NOT_YAML.values(), ids=NOT_YAML)
def test_text_that_is_not_yaml(text: str, message: str, position: tuple[int, int] | None) -> None:
    assert refusal(text.encode(), is_yaml=True) == (message, position)


TOO_DEEP = f"is nested more than {MAX_NESTING} deep"


@pytest.mark.parametrize("is_yaml", [False, True], ids=["json", "yaml"])
def test_the_limit_of_nesting(is_yaml: bool) -> None:
    assert parse(b"[" * MAX_NESTING + b"]" * MAX_NESTING, is_yaml=is_yaml)
    deeper = MAX_NESTING + 1
    assert refusal(b"[" * deeper + b"]" * deeper, is_yaml=is_yaml) == (TOO_DEEP, (1, deeper))


@pytest.mark.parametrize("is_yaml", [False, True], ids=["json", "yaml"])
@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":'], ids=["lists", "objects", "both"])
@pytest.mark.parametrize("depth", [5_000, 100_000])
def test_nesting_without_end(is_yaml: bool, opening: bytes, depth: int) -> None:
    assert refusal(opening * depth, is_yaml=is_yaml)[0] == TOO_DEEP


def test_brackets_in_strings_are_no_nesting() -> None:
    text = json.dumps({"a": "[" * 5000, "{" * 5000: '\\"['})
    assert parse(text.encode(), is_yaml=False) == json.loads(text)


def test_block_nesting_without_end() -> None:
    text = "".join(f"{' ' * level}k:\n" for level in range(1000))
    assert refusal(text.encode(), is_yaml=True) == (TOO_DEEP, (MAX_NESTING + 1, MAX_NESTING + 1))


@pytest.mark.no_cover
@pytest.mark.parametrize(
    ("before", "position"),
    [
        ("", (1, 121)),
        ("é: ", (1, 123)),
        ("a: !Sub ", (1, 128)),
        ("a:\n  - x\n  - ", (3, 123)),
        ("- [ # [[[\n", (2, 119)),
        ("x: {y: [1, '[[', \"]]\", ", (1, 141)),
        ("[" + "[]," * 400, (1, 1321)),
        ("a: |\n  [[[\nb: &b ", (3, 126)),
    ],
)
def test_where_yaml_becomes_too_deep(before: str, position: tuple[int, int]) -> None:
    """Whichever libyaml is there: 0.2.6 gives up at a thousand levels, before it gives the first of them."""
    assert refusal((before + "[" * 5_000).encode(), is_yaml=True) == (TOO_DEEP, position)


ALIAS_BOMBS: dict[str, tuple[str, str]] = {
    "a billion laughs": (
        "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 10)),
        "holds more than 2,000,000 values",
    ),
    "a list of aliases": ("- &a [" + "x," * 2000 + "]\n" + "- *a\n" * 1500, "holds more than 2,000,000 values"),
    "depth by aliases": (
        "- &a0 " + "[" * 100 + "]" * 100 + "\n- " + "[" * 100 + "*a0" + "]" * 100,
        TOO_DEEP,
    ),
    "depth by aliases of aliases": (
        "- &a0 [x]\n" + "".join(f"- &a{i} [*a{i - 1}]\n" for i in range(1, 300)),
        TOO_DEEP,
    ),
}


@pytest.mark.parametrize(("text", "message"), ALIAS_BOMBS.values(), ids=ALIAS_BOMBS)
def test_an_alias_bomb(text: str, message: str) -> None:
    assert refusal(text.encode(), is_yaml=True)[0] == message


@pytest.mark.no_cover
def test_anchors_within_anchors_cost_no_more_than_their_text() -> None:
    """Sizes are counted once, not once a level: at a second a level this test would not end."""
    items = 200_000
    text = "".join(f"[&a{level} " for level in range(100)) + "[" + "1," * items + "]" + "]" * 100
    value = parse(text.encode(), is_yaml=True)
    for _ in range(100):
        (value,) = value
    assert len(value) == items


def steps(text: str) -> int:
    """How many calls, of Python and of C, reading a text takes."""
    count = 0

    def note(*_: object) -> None:
        nonlocal count
        count += 1

    sys.setprofile(note)
    try:
        parse_either(text.encode(), expects_yaml=False)
    finally:
        sys.setprofile(None)
    return count


LARGE: dict[str, Callable[[int], str]] = {
    "an object with one key doubled": lambda size: json.dumps({f"k{i}": i for i in range(size)})[:-1] + ', "k0": 1}',
    "an object with each key doubled": lambda size: "{" + ", ".join(f'"k{i}": 1, "k{i}": 2' for i in range(size)) + "}",
    "YAML keys": lambda size: "".join(f"k{i}: 1\n" for i in range(size)),
    "YAML keys, each doubled": lambda size: "".join(f"k{i}: 1\n" for i in range(size)) * 2,
    "anchors": lambda size: "".join(f"- &a{i} x\n- *a{i}\n" for i in range(size)),
    "merge keys": lambda size: "a: &a {x: 1}\nb:\n" + "- {<<: *a}\n" * size,
    "merges of what merges": lambda size: (
        "- &a0 {x: 1}\n" + "".join(f"- &a{i + 1} {{<<: *a{i}}}\n" for i in range(size))
    ),
    "commas in flow style": lambda size: "[" + "a," * size + "'b']",
}


@pytest.mark.no_cover
@pytest.mark.parametrize("text", LARGE.values(), ids=LARGE)
def test_twice_the_text_takes_twice_the_steps(text: Callable[[int], str]) -> None:
    few, many = steps(text(500)), steps(text(1000))
    assert few > 500
    assert many < 2.1 * few


@pytest.mark.no_cover
def test_a_doubled_key_among_many_is_found() -> None:
    """Where keys are looked for in a list this takes more than a minute: no call of a function shows that."""
    text = LARGE["an object with one key doubled"](90_000)
    assert [key for key, _ in parse_either(text.encode(), expects_yaml=False).doubled] == ["k0"]


# -- places -------------------------------------------------------------------------------------------------------

JSON_PLACES = r"""{
  "Resources": {
    "Fn\u0031": {
      "Type": "AWS::Lambda::Function",
	"Properties": {"Code": {"ImageUri": {"Fn::Join": ["", ["a\"]{", {"Ref": "B"}, [3, 4]]]}}},
      "日本 😀": {"a/b": {"c~d": 1}, "": 2}
    }
  },
  "Last": [ 1, [ ], { }, null ]
}
"""

JSON_TABLE: dict[str, tuple[Pointer, tuple[int, int]]] = {
    "a key": (("Resources",), (2, 3)),
    "a key in escapes": (("Resources", "Fn1"), (3, 5)),
    "a key after a tab": (("Resources", "Fn1", "Properties"), (5, 2)),
    "a key further in a line": (("Resources", "Fn1", "Properties", "Code", "ImageUri"), (5, 26)),
    "a function": (("Resources", "Fn1", "Properties", "Code", "ImageUri", "Fn::Join"), (5, 39)),
    "a list's first item": (("Resources", "Fn1", "Properties", "Code", "ImageUri", "Fn::Join", 0), (5, 52)),
    "after a string with brackets": (
        ("Resources", "Fn1", "Properties", "Code", "ImageUri", "Fn::Join", 1, 1, "Ref"),
        (5, 67),
    ),
    "a list in a list": (("Resources", "Fn1", "Properties", "Code", "ImageUri", "Fn::Join", 1, 2, 1), (5, 84)),
    "a key that is not ASCII": (("Resources", "Fn1", "日本 😀"), (6, 7)),
    "after characters that are not ASCII": (("Resources", "Fn1", "日本 😀", "a/b"), (6, 16)),
    "a key with a tilde": (("Resources", "Fn1", "日本 😀", "a/b", "c~d"), (6, 24)),
    "an empty key": (("Resources", "Fn1", "日本 😀", ""), (6, 35)),
    "an empty list": (("Last", 1), (9, 16)),
    "an empty object": (("Last", 2), (9, 21)),
    "the last item": (("Last", 3), (9, 26)),
    "a key that is not there": (("Resources", "Fn1", "Nothing", "Below"), (3, 5)),
    "an item that is not there": (("Last", 4), (9, 3)),
    "nothing at all": (("Nowhere",), (1, 1)),
    "the whole": ((), (1, 1)),
}


@pytest.mark.parametrize("value", [None, json.loads(JSON_PLACES)], ids=["", "by its value"])
@pytest.mark.parametrize(("pointer", "position"), JSON_TABLE.values(), ids=JSON_TABLE)
def test_a_place_in_json(pointer: Pointer, position: tuple[int, int], value: Any) -> None:
    assert locate(JSON_PLACES.encode(), [pointer], is_yaml=False, value=value) == {pointer: position}


def test_all_places_at_once() -> None:
    assert locate(JSON_PLACES.encode(), (pointer for pointer, _ in JSON_TABLE.values()), is_yaml=False) == dict(
        JSON_TABLE.values()
    )


YAML_PLACES = dedent(
    """\
    # a comment
    Resources:
      "Fn\\x31":
        Type: AWS::Lambda::Function
        Properties:
          Code: {ImageUri: !Join ["", [a, !Ref B, !Sub ["${C}", {C: !Ref D}]]]}
          Environment:
            Fn::If:
              - A
              - !GetAtt Repo.Arn
              -
                - x
          Layers:
          - one
          - two
        日本 😀: {a/b: !If [X, Y, {12: z}]}
    Shared: &shared
      Tag: v1
    Again: *shared
    Merged:
      <<: *shared
      Other: x
    """
)

AT = ("Resources", "Fn1", "Properties")
YAML_TABLE: dict[str, tuple[Pointer, tuple[int, int]]] = {
    "a key": (("Resources",), (2, 1)),
    "a key in escapes": (("Resources", "Fn1"), (3, 3)),
    "a key in flow style": ((*AT, "Code", "ImageUri"), (6, 14)),
    "the function of a short tag": ((*AT, "Code", "ImageUri", "Fn::Join"), (6, 14)),
    "an item of a short tag": ((*AT, "Code", "ImageUri", "Fn::Join", 1, 0), (6, 36)),
    "a short tag in a list": ((*AT, "Code", "ImageUri", "Fn::Join", 1, 1), (6, 39)),
    "the name in a short tag in a list": ((*AT, "Code", "ImageUri", "Fn::Join", 1, 1, "Ref"), (6, 39)),
    "a variable of !Sub": ((*AT, "Code", "ImageUri", "Fn::Join", 1, 2, "Fn::Sub", 1, "C"), (6, 62)),
    "a long function": ((*AT, "Environment", "Fn::If"), (8, 9)),
    "an item in block style": ((*AT, "Environment", "Fn::If", 0), (9, 13)),
    "the attribute of !GetAtt": ((*AT, "Environment", "Fn::If", 1, "Fn::GetAtt", 1), (10, 13)),
    "a list in a list": ((*AT, "Environment", "Fn::If", 2, 0), (12, 15)),
    "a list without indentation": ((*AT, "Layers", 1), (15, 9)),
    "a key that is not ASCII": (("Resources", "Fn1", "日本 😀"), (16, 5)),
    "after characters that are not ASCII": (("Resources", "Fn1", "日本 😀", "a/b"), (16, 12)),
    "a key that is a number": (("Resources", "Fn1", "日本 😀", "a/b", "Fn::If", 2, "12"), (16, 29)),
    "below an anchor": (("Shared", "Tag"), (18, 3)),
    "below an alias": (("Again", "Tag"), (19, 1)),
    "what a merge key brings": (("Merged", "Tag"), (21, 7)),
    "beside a merge key": (("Merged", "Other"), (22, 3)),
    "a key that is not there": ((*AT, "Code", "S3Bucket"), (6, 7)),
    "nothing at all": (("Nowhere",), (1, 1)),
}


@pytest.mark.parametrize(("pointer", "position"), YAML_TABLE.values(), ids=YAML_TABLE)
def test_a_place_in_yaml(pointer: Pointer, position: tuple[int, int]) -> None:
    assert locate(YAML_PLACES.encode(), [pointer], is_yaml=True) == {pointer: position}


@pytest.mark.parametrize(
    ("text", "is_yaml"),
    [('{"a": [1,\n2],\n"a": [3,\n 4]}', False), ("a: [1,\n2]\na: [3,\n 4]", True)],
    ids=["json", "yaml"],
)
def test_places_are_those_of_the_last_of_doubled_keys(text: str, is_yaml: bool) -> None:
    found = locate(text.encode(), [("a",), ("a", 1)], is_yaml=is_yaml)
    assert found == {("a",): (3, 1), ("a", 1): (4, 2)}


@pytest.mark.parametrize("is_yaml", [False, True], ids=["json", "yaml"])
def test_places_in_a_text_with_crlf(is_yaml: bool) -> None:
    text = b'{\r\n  "a": {\r\n    "b": [1,\r\n 2]}}\r\n'
    assert locate(text, [("a", "b"), ("a", "b", 1)], is_yaml=is_yaml) == {("a", "b"): (3, 5), ("a", "b", 1): (4, 2)}


KEYS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | KEYS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


def entries(value: Any, at: Pointer = ()) -> Iterator[tuple[Pointer, str]]:
    """Every pointer of a value with what the text must have there: the key, or how the item begins."""
    if isinstance(value, dict):
        for key, entry in value.items():
            yield (*at, key), json.dumps(key)
            yield from entries(entry, (*at, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield (*at, index), json.dumps(item)[0]
            yield from entries(item, (*at, index))


@given(VALUES, st.sampled_from([None, 0, 1, 4]))
def test_any_json_value_is_read_and_every_place_is_found(value: Any, indent: int | None) -> None:
    text = json.dumps(value, indent=indent)
    assert parse(text.encode(), is_yaml=False) == value
    lines = text.split("\n")
    expected = dict(entries(value))
    for pointer, (line, column) in locate(text.encode(), expected, is_yaml=False).items():
        assert lines[line - 1][column - 1 :].startswith(expected[pointer]), pointer


NAMES = st.dictionaries(
    st.sampled_from(["a", "b", "a/"]), st.sampled_from(["a", '"a":', "\\", 1, None, {"a": {"b": 1}}])
)
WRITTEN: list[Callable[[Any], str]] = [
    json.dumps,
    lambda value: json.dumps(value, indent=1),
    lambda value: json.dumps(value, separators=("\n,", "\t: ")),
    lambda value: json.dumps(value).replace('"a"', '"\\u0061"', 1),
    lambda value: json.dumps(value).replace("/", "\\/"),
    lambda value: json.dumps(value)[:-1] + ', "a": ' + json.dumps(value) + "}",
]


@given(st.dictionaries(st.sampled_from(["a", "b", "c"]), NAMES, min_size=1), st.sampled_from(WRITTEN), st.data())
def test_a_few_places_are_the_same_by_the_value(written: Any, write: Callable[[Any], str], data: st.DataObject) -> None:
    text = write(written).encode()
    value = json.loads(text)
    pointers = [*dict(entries(value)), (), ("a", "c"), ("d", "a"), ("a", "a", "x")]
    few = data.draw(st.lists(st.sampled_from(pointers), min_size=1, max_size=6))
    assert locate(text, few, is_yaml=False, value=value) == locate(text, few, is_yaml=False)


@pytest.mark.parametrize("mentions", [0, 1, 98, 99, 100, 1000])
def test_the_place_of_an_entry_that_is_mentioned(mentions: int) -> None:
    value = {"Outputs": {"O": ["F"] * mentions}, "Resources": {"F": {"a": 1}}}
    text = json.dumps(value, indent=1).encode()
    found = locate(text, [("Resources", "F", "a")], is_yaml=False, value=value)
    assert found == {("Resources", "F", "a"): (text.count(b"\n", 0, text.index(b'"a"')) + 1, 4)}


@given(st.binary(max_size=60) | st.text("{}[]\",:&*!?-|> \n\tatrue1\\'#%", max_size=40).map(str.encode), st.booleans())
def test_any_bytes_are_a_value_or_unreadable(data: bytes, is_yaml: bool) -> None:
    try:
        value = parse(data, is_yaml=is_yaml)
    except UnreadableTextError as error:
        position = error.position or (1, 1)
    else:
        position = locate(data, [("a", 0)], is_yaml=is_yaml)[("a", 0)]
        json.dumps(value)
    assert min(position) >= 1
