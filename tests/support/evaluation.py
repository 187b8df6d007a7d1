"""Templates for the tests of evaluation, and values as their tables have them.

There `<Name>` stands for a hole, so that a literal `${Name}` cannot be mistaken for one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import imagelint
from imagelint.assembly.constructs import MetadataFiles
from imagelint.assembly.functions import functions_of
from imagelint.assembly.problems import Problems
from imagelint.assembly.stack import Stack
from imagelint.cloudformation.evaluation import Evaluation
from imagelint.cloudformation.loops import Written
from imagelint.cloudformation.scenario import NeedsAssumption, Scenario
from imagelint.cloudformation.scope import Expression, Scope
from imagelint.cloudformation.values import DIGITS, MAX_TEXT, REGION_CHARACTERS, Value
from imagelint.documents.files import Root
from imagelint.documents.pointer import spell
from imagelint.facts.draft import Facts
from imagelint.facts.facts import facts_of
from imagelint.facts.index import ResourceIndex
from imagelint.text.holes import Hole, Str, Text, parts_of
from support.builders import REGISTRY, write_templates

NO_VALUE = {"Ref": "AWS::NoValue"}
SSM = "the SSM parameter /app/tag"
AT = ("Resources", "Fn", "Properties", "Code")

TEMPLATE: dict[str, Any] = {
    "Parameters": {
        "Open": {"Type": "String"},
        "Tag": {"Type": "String", "Default": "1.4.2"},
        "Empty": {"Type": "String", "Default": ""},
        "Count": {"Type": "Number", "Default": 3},
        "Index": {"Type": "Number", "Default": "1"},
        "Truth": {"Type": "String", "Default": True},
        "OnlyOne": {"Type": "String", "AllowedValues": ["only"]},
        "OneOfTwo": {"Type": "String", "AllowedValues": ["dev", "prod"]},
        "Names": {"Type": "CommaDelimitedList", "Default": "api, worker ,web"},
        "Numbers": {"Type": "List<Number>", "Default": "1,2"},
        "OpenNames": {"Type": "CommaDelimitedList"},
        "FromSsm": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/app/tag"},
        "ListFromSsm": {"Type": "AWS::SSM::Parameter::Value<List<String>>", "Default": "/app/tags"},
        "Secret": {"Type": "String", "Default": "{{resolve:ssm:/app/tag:3}}"},
        "Untyped": {"Default": "x"},
        "NotAnObject": "x",
    },
    "Mappings": {
        "Tags": {
            "eu-west-1": {"fixed": "1.4.2", "floating": "latest", "list": ["a", "b"], "number": 7},
            "us-east-1": {"fixed": "1.4.2", "floating": "1.4.1"},
        },
        "Accounts": {"123456789012": {"stage": "prod"}, "210987654321": {"stage": "dev"}},
        "Macro": {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {}}},
        "Dynamic": {"a": {"b": "{{resolve:ssm:/x}}"}},
        "NotAMap": "fixed",
    },
    "Conditions": {
        "Yes": {"Fn::Equals": ["a", "a"]},
        "No": {"Fn::Equals": ["a", "b"]},
        "InIreland": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]},
    },
    "Resources": {
        "Repo": {"Type": "AWS::ECR::Repository"},
        "Named": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": "orders/api"}},
        "Joined": {
            "Type": "AWS::ECR::Repository",
            "Properties": {"RepositoryName": {"Fn::Join": ["-", ["orders", {"Ref": "Tag"}]]}},
        },
        "NamedByNothing": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": NO_VALUE}},
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"Path": "/app/", "RoleName": "runner"}},
        "PlainRole": {"Type": "AWS::IAM::Role"},
        "NamedRole": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "runner"}},
        "PathlessRole": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "runner", "Path": NO_VALUE}},
        "Function": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "api"}},
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "b"}},
        "Public": {"Type": "AWS::ECR::PublicRepository"},
        "Stack": {"Type": "AWS::CloudFormation::Stack"},
    },
}

Found = Mapping[tuple[Any, ...], Expression]


@dataclass(eq=False)
class Others:
    """The other stacks, by what they are asked for."""

    found: Found = field(default_factory=dict)

    def find_export(self, name: Str, importer: Scope) -> Expression | None:
        return self.found.get((name,))

    def find_output(
        self, stack_name: Str, output: str, region: Str, is_any_account: bool, reader: Scope
    ) -> Expression | None:
        return self.found.get((stack_name, output, region, is_any_account))

    def find_cross_region(self, name: str, importer: Scope) -> Expression | None:
        return self.found.get((name,))


def placed(written: Any, scope: Scope) -> Expression:
    return Expression(written, scope, AT)


def evaluate(written: Any, scope: Stack) -> Any:
    """What a value is where nothing is assumed, which records no problem."""
    value = Evaluation().value(placed(written, scope))
    assert scope.log.listed() == []
    return value


def scope_of(
    template: Mapping[str, Any] = TEMPLATE,
    name: str = "App",
    *,
    bound: bool = True,
    found: Found | None = None,
    parent: Stack | None = None,
) -> Stack:
    """A stack that no file has: in account 123456789012 and region eu-west-1, or in an environment that is open."""
    account: Str = Hole("AWS::AccountId", name, DIGITS, is_input=True)
    region: Str = Hole("AWS::Region", name, REGION_CHARACTERS, is_input=True)
    if bound:
        account, region = "123456789012", "eu-west-1"
    root = Root(".", ".")
    return Stack(
        name=name,
        account=account,
        region=region,
        stack_name="App-stack",
        lookup=Others(found or {}),
        parent=parent,
        file=name,
        root=root,
        log=Problems(),
        metadata=MetadataFiles(),
        loops=Written(),
        data=json.dumps(template).encode(),
    )


def shown(value: Value) -> Value:
    """A value with every text as one string, the holes in it as `<Name>`."""
    if isinstance(value, list):
        return [shown(each) for each in value]
    if isinstance(value, dict):
        return {key: shown(each) for key, each in value.items()}
    if isinstance(value, (Text, Hole)):
        return "".join(part if isinstance(part, str) else f"<{part.name}>" for part in parts_of(value))
    return value


def outcomes(written: Any, scope: Stack) -> list[Value]:
    """What a value is in every scenario, the likeliest first."""
    left, found, tried = [Scenario()], [], 0
    while left:
        tried += 1
        assert tried < 1_000, "scenarios without end"
        scenario = left.pop()
        try:
            found.append(shown(Evaluation(scenario).value(placed(written, scope))))
        except NeedsAssumption as needed:
            left.extend(reversed(needed.scenarios))
    assert scope.log.listed() == []
    return found


def case(written: Any, expected: Any, name: str) -> Any:
    return pytest.param(written, expected, id=name)


def ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def sub(*argument: Any) -> dict[str, Any]:
    return {"Fn::Sub": argument[0] if len(argument) == 1 else list(argument)}


def join(delimiter: Any, *items: Any) -> dict[str, Any]:
    return {"Fn::Join": [delimiter, list(items)]}


def select(index: Any, items: Any) -> dict[str, Any]:
    return {"Fn::Select": [index, items]}


def split(delimiter: Any, source: Any) -> dict[str, Any]:
    return {"Fn::Split": [delimiter, source]}


def either(condition: str, one: Any, other: Any) -> dict[str, Any]:
    return {"Fn::If": [condition, one, other]}


def find(*keys: Any, default: Any = None) -> dict[str, Any]:
    return {"Fn::FindInMap": [*keys, *([] if default is None else [{"DefaultValue": default}])]}


def att(resource: str, attribute: Any) -> dict[str, Any]:
    return {"Fn::GetAtt": [resource, attribute]}


def equals(one: Any, other: Any) -> dict[str, Any]:
    return {"Fn::Equals": [one, other]}


def imported(name: Any) -> dict[str, Any]:
    return {"Fn::ImportValue": name}


HERE = spell(AT)
TOO_LONG = f"evaluates to more than {MAX_TEXT:,} characters"
NO_NOPE = "refers to 'Nope', which is neither a parameter nor a resource of the template"

STRING = {"Type": "String"}
STAGES = {"Type": "String", "AllowedValues": ["dev", "test", "prod"]}
IS_PROD = {"IsProd": equals(ref("Stage"), "prod")}


def assembly_of(
    folder: Path, templates: Mapping[str, Any], environments: Mapping[str, str] | None = None, nested: str = ""
) -> imagelint.Assembly:
    """Load templates as the stacks of an assembly; those in `nested` are only named by others."""
    bound = {**dict.fromkeys(templates, "unknown-account/unknown-region"), **(environments or {})}
    return imagelint.load(write_templates(folder, templates, bound, nested=nested.split()))


def documents(assembly: imagelint.Assembly) -> list[Facts]:
    index = ResourceIndex(assembly, date(2026, 1, 1), "2.0.0", "x86_64")
    functions = [each for stack in assembly.stacks for each in functions_of(stack)]
    return [facts for each in functions for facts in facts_of(each, index)]


def uris(assembly: imagelint.Assembly) -> list[str]:
    """The image reference of every function in every scenario, as messages show it."""
    return [facts.show("image.uri") for facts in documents(assembly)]


BOUND = "123456789012/eu-west-1"
IMAGE = f"{REGISTRY}/app"
