"""What is fuzzed: functions of bytes that raise nothing, and AssertionError where imagelint breaks a promise.

Known by name to `explore.py`, which lets atheris choose the bytes, and to the tests, which replay those of `found/`.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch
from zlib import crc32

import yaml

import deployed
import imagelint
from imagelint.assembly.functions import functions_of
from imagelint.assembly.loading import load_text
from imagelint.assembly.prescan import UNSCANNED, hints_of
from imagelint.assembly.stack import Stack
from imagelint.aws import image_reference
from imagelint.aws.dockerfile import build
from imagelint.aws.dockerfile.base_image import BaseImage
from imagelint.aws.dockerfile.image import Image
from imagelint.aws.policy.decision import Policy, SharedPolicy, decide
from imagelint.aws.policy.request import AwsPrincipal, Request, Service
from imagelint.config import discovery
from imagelint.config.discovery import NAME, load_settings
from imagelint.documents import parsing
from imagelint.documents.decoding import UnreadableTextError
from imagelint.documents.pointer import Pointer
from imagelint.inventory.rows import take
from imagelint.judge.suppression import review
from imagelint.model import UsageError
from imagelint.report.formats import RENDERERS, Context
from imagelint.rules.rule import load_rules
from imagelint.text.holes import Hole, Str, concat, holes, parts_of, render

Target = Callable[[bytes], None]

FOLDER: Final = Path(__file__).parent
MAX_INPUT: Final = 4096
"""Bytes of one input: what needs more is found by the tests of limits."""


def _pointers(value: Any) -> list[Pointer]:
    """The places of all values within a value."""
    found: list[Pointer] = []
    left: list[tuple[Pointer, Any]] = [((), value)]
    while left and len(found) < 1000:
        pointer, each = left.pop()
        inside = each.items() if isinstance(each, dict) else enumerate(each) if isinstance(each, list) else ()
        below = [((*pointer, key), entry) for key, entry in inside]
        found += [place for place, _ in below]
        left += below
    return found


def json_template(data: bytes) -> None:
    """What is read is what json reads, and every place in it is where the text has it."""
    try:
        value = parsing.parse(data, is_yaml=False)
    except UnreadableTextError:
        return
    text = data.decode()
    assert value == json.loads(text), "another value than json's"
    lines = text.split("\n")
    for pointer, (line, column) in parsing.locate(data, _pointers(value), is_yaml=False).items():
        here = lines[line - 1][column - 1 :]
        if isinstance(pointer[-1], str):
            end = json.JSONDecoder().raw_decode(here)[0]
            assert end == pointer[-1], f"{pointer} is not at {line}:{column}"
    for pointer in _pointers(value)[:20]:
        by_value = parsing.locate(data, [pointer], is_yaml=False, value=value)
        assert by_value == parsing.locate(data, [pointer], is_yaml=False), f"{pointer} is elsewhere by its value"


def yaml_template(data: bytes) -> None:
    """What is read has the structure that PyYAML reads, and every place in it is a place of the text."""
    try:
        value = parsing.parse(data, is_yaml=True)
    except UnreadableTextError:
        return
    json.dumps(value)
    if b"!" not in data and b"<<" not in data:  # short tags become objects, merge keys are merged
        assert _structure(value) == _structure(_as_pyyaml_reads(data, value)), "another structure than PyYAML's"
    lines = len(data.decode().splitlines()) + 1
    for line, column in parsing.locate(data, _pointers(value), is_yaml=True).values():
        assert 1 <= line <= lines, "a line outside of the text"
        assert column >= 1, "a column outside of the text"


def _as_pyyaml_reads(data: bytes, otherwise: Any) -> Any:
    try:
        return yaml.load(data, Loader=yaml.CBaseLoader)
    except yaml.YAMLError:  # an anchor that is set twice, which YAML 1.2 allows
        return otherwise


def _structure(value: Any) -> Any:
    """A value without its scalars, which PyYAML types by other rules."""
    if isinstance(value, dict):
        return {key: _structure(entry) for key, entry in value.items()}
    return [_structure(entry) for entry in value] if isinstance(value, list) else None


_HOLES: Final = {
    "\x01": Hole("AWS::AccountId", "s", "0123456789", is_input=True),
    "\x02": Hole("AWS::Region", "s", "abcdefghijklmnopqrstuvwxyz-0123456789", is_input=True),
    "\x03": Hole("P", "s"),
}
"""Control characters, which no reference may hold, stand for holes."""


def _with_holes(text: str) -> Str:
    return concat(_HOLES.get(character, character) for character in text)


def reference(data: bytes) -> None:
    """A reference is read; its known parts stand in the text, and a text without holes has none in its parts."""
    text = _with_holes(data.decode(errors="replace"))
    shown = render(text)
    read = image_reference.parse(text)
    image_reference.describe(read, shown)
    for part in (read.account, read.region, read.suffix, read.repository, read.tag, read.digest):
        for piece in parts_of(part or ""):
            if isinstance(piece, str):
                assert piece in shown or "\ufffd" in piece, "a part that is not in the text"
            else:
                assert piece in holes(text) or read.unresolved, "a hole out of nowhere"
    assert read.malformed is None or read.malformed.reason, "malformed without a reason"


_REPOSITORY: Final = "arn:aws:ecr:eu-west-1:123456789012:repository/app"
_SOURCES: Final = {
    "aws:sourcearn": concat(["arn:aws:lambda:eu-west-1:", _HOLES["\x01"], ":function:", _HOLES["\x03"]]),
    "aws:sourceaccount": "123456789012",
    "aws:principalorgid": None,
}
_PULL: Final = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
_REQUESTS: Final = (
    Request(_PULL, Service("lambda.amazonaws.com"), None, _SOURCES),
    Request(_PULL, AwsPrincipal("123456789012", "aws"), None, _SOURCES),
    Request(_PULL, None, _REPOSITORY),
)
_DENY_ALL: Final = {"Effect": "Deny", "Action": "*"}


def policy(data: bytes) -> None:
    """Any document is judged; one more Deny of everything leaves nothing allowed, and no grant is lost by a copy."""
    text = data.decode(errors="replace")
    try:
        document = _punched(json.loads(text))
    except (ValueError, RecursionError):
        document = text
    judged, shared = Policy(document), SharedPolicy(document)
    for request in _REQUESTS:
        scope = {"Resource": "*"} if request.principal is None else {"Principal": "*"}
        deny_all = Policy({"Statement": {**_DENY_ALL, **scope}})
        once = decide([judged], request)
        assert decide([shared], request) == once, "another answer where the policy is shared"
        assert decide([judged, deny_all], request).allowed is not True, "allowed despite a Deny of everything"
        twice = decide([judged, judged], request)
        assert (twice.allow, twice.deny) == (once.allow, once.deny), "a second copy changes the decision"


def _punched(value: Any) -> Any:
    """The value with holes in its texts."""
    if isinstance(value, str):
        return _with_holes(value)
    if isinstance(value, list):
        return [_punched(each) for each in value]
    return {key: _punched(each) for key, each in value.items()} if isinstance(value, dict) else value


def docker_file(data: bytes) -> None:
    """Any Dockerfile is read, for any target; what it is built from has one of the answers for every question."""
    text = data.decode(errors="replace")
    for target in (None, "build", "0"):
        image = build.read(text, target, {"BASE": "node:22"}, ["context"], "linux/arm64" if target else None)
        if isinstance(image, Image):
            assert image.architecture != "", "an architecture without a name"
            assert image.has_command in (True, False, None), "no answer about the command"
            assert image.host_decides in (True, False, None), "no answer about the machine that builds"
            assert image.compiled_for != "", "an architecture without a name"
            assert 1 <= image.line <= text.count("\n") + 1, "a line outside of the text"
            if isinstance(image.base, BaseImage):
                assert image.base.runtime != "", "a runtime without a name"
                assert not (image.base.is_scratch and image.base.is_floating), "nothing has no version"


_RULES: Final = load_rules()
_FORMATS: Final = tuple(RENDERERS)


def lint(data: bytes) -> None:
    """Any template is judged, and a format tells of it; what CloudFormation would refuse becomes an error."""
    report = imagelint.lint(load_text(data), _RULES)
    name = _FORMATS[crc32(data) % len(_FORMATS)]  # all of them would take four times as long as the judging
    text = RENDERERS[name](report, Context("0", _RULES, functions=dict(report.judged)))
    text.encode()
    if name in ("json", "sarif", "gitlab"):
        json.loads(text)
    assert report.functions or not report.findings, "a finding without a function"


def value(data: bytes) -> None:
    """A value with intrinsic functions, as the image of a function with everything around that it may refer to."""
    try:
        written = json.loads(data)
    except (ValueError, RecursionError):
        return
    lint(json.dumps(_AROUND | {"Resources": _AROUND["Resources"] | {"Fn": _function(written)}}).encode())


def _function(uri: Any) -> dict[str, Any]:
    return {"Type": "AWS::Lambda::Function", "Properties": {"PackageType": "Image", "Code": {"ImageUri": uri}}}


_AROUND: Final[dict[str, Any]] = {
    "Parameters": {"P": {"Type": "String"}, "D": {"Type": "String", "Default": "a,b"}},
    "Conditions": {"C": {"Fn::Equals": [{"Ref": "P"}, "x"]}},
    "Mappings": {"M": {"eu-west-1": {"k": "v", "l": ["a", "b"]}}},
    "Resources": {"R": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": {"Ref": "D"}}}},
}


def configuration(data: bytes) -> None:
    """A configuration is used, or refused in a line that names the file; and used twice it does the same."""
    with tempfile.TemporaryDirectory() as folder, patch.object(discovery, "load_rules", return_value=_RULES):
        file = Path(folder, NAME)
        file.write_bytes(data)
        try:
            settings = load_settings(str(file))
        except UsageError as error:
            told = str(error)
            assert told.startswith((str(file), folder)), f"refused without a place: {told}"
            assert "\n" not in told, "more than one line"
            return
        assert load_settings(str(file)).config == settings.config, "another configuration the second time"
    report = imagelint.lint(load_text(_TEMPLATE), settings.rules, settings.config)
    assert report.functions == 1, "a function that is not judged"
    review(settings.config, report.used, settings.rules, date(2026, 1, 1))


_TEMPLATE: Final = json.dumps(
    {"Resources": {"Fn": _function("123456789012.dkr.ecr.eu-west-1.amazonaws.com/a")}}
).encode()


def prescan(data: bytes) -> None:
    """What the prescan leaves out is not there: no resource, no export."""
    try:
        value = parsing.parse_either(data, expects_yaml=False).value
    except UnreadableTextError:
        assert hints_of(parsing.glance(data), data) == UNSCANNED, "what cannot be read is passed over"
        return
    hints = hints_of(parsing.glance(data), data)
    template = value if isinstance(value, dict) else {}
    for resource in _entries(template, "Resources"):
        kind = resource.get("Type")
        assert not isinstance(kind, str) or hints.may_hold(kind), f"passes over a {kind}"
    for output in _entries(template, "Outputs"):
        export = output.get("Export")
        name = export.get("Name") if isinstance(export, dict) else None
        assert hints.exports is None or name in (None, "") or name in hints.exports, "passes over an export's name"
    stack = load_text(data).stacks[0]
    found = [function.logical_id for function in functions_of(stack)]
    stack.hints = UNSCANNED
    assert found == [function.logical_id for function in functions_of(stack)], "passes over a function"


def _entries(template: dict[str, Any], section: str) -> list[dict[str, Any]]:
    """The objects in a section of a template."""
    entries = template.get(section)
    return [each for each in entries.values() if isinstance(each, dict)] if isinstance(entries, dict) else []


def assembly(data: bytes) -> None:
    """The image functions of an assembly are those that the CDK CLI would deploy; what is not clear is said."""
    with tempfile.TemporaryDirectory() as folder:
        deployed.write(data, Path(folder))
        expected = deployed.read(Path(folder))
        loaded = imagelint.load(folder)
        if not loaded.has_manifest:  # it names no stack, so whatever lies beside it is judged
            return
        rows = take(loaded).rows
        places = {stack.name: _place_of(stack) for stack in loaded.stacks}
        found = {(places[row.function.stack], row.function.logical_id, row.uri) for row in rows if row.uri}
        told = bool(loaded.problems or loaded.unread)
    unclear = expected.unclear
    found = {each for each in found if not any(each[0][: len(at)] == at for at in unclear)}
    assert found == expected.images, f"other images than those deployed: {found ^ expected.images}"
    assert told or not any(unclear.values()), f"says nothing of what is not read: {unclear}"


def _place_of(stack: Stack) -> deployed.At:
    """A stack as the plain reader names it."""
    nested: list[str] = []
    outermost = stack.outermost
    while stack.parent is not None:
        nested.insert(0, stack.parent_id)
        stack = stack.parent
    return (outermost.folder, outermost.titles[1], *nested)


TARGETS: Final[dict[str, Target]] = {
    "json-template": json_template,
    "yaml-template": yaml_template,
    "reference": reference,
    "policy": policy,
    "dockerfile": docker_file,
    "lint": lint,
    "value": value,
    "configuration": configuration,
    "prescan": prescan,
    "assembly": assembly,
}


def inputs(name: str) -> list[Path]:
    """The inputs of a target that are kept: seeds, and what was found once."""
    return sorted(path for kind in ("seeds", "found") for path in (FOLDER / kind / name).glob("*"))
