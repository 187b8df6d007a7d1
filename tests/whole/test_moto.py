"""imagelint's evaluator against an independent one: moto's CloudFormation deploys, and its Lambda says what it got.

Only what image references are made of is deployed: functions with their code, repositories by name, nested stacks.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

import imagelint
from fixtures.expect import FIXTURES
from imagelint.assembly.functions import functions_of
from imagelint.assembly.stack import Stack
from imagelint.cloudformation.evaluation import Evaluation
from imagelint.cloudformation.scenario import Scenario
from imagelint.facts.facts import facts_of
from imagelint.facts.index import ResourceIndex
from imagelint.text.holes import Hole
from support.builders import function, write_templates

ACCOUNT, REGION = "123456789012", "eu-west-1"
ROLE = "runner"
BUCKET = "templates"
GIVEN = "given-by-hand"
"""What parameters without Default are given."""

Uris = dict[str, str]
"""The image reference of every function that exists, by `stack/logical ID`."""


@pytest.fixture(autouse=True)
def _aws(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("MOTO_LAMBDA_STUB_ECR", "TRUE")
    monkeypatch.setenv("MOTO_ACCOUNT_ID", ACCOUNT)


# -- what both are given ------------------------------------------------------------------------------------------


def _reduced(name: str, template: Mapping[str, Any]) -> dict[str, Any]:
    """The template without what moto cannot deploy and what image references are not made of."""
    resources = {}
    for logical_id, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Lambda::Function" and "ImageUri" in json.dumps(properties["Code"]):
            kept = {"PackageType": "Image", "Role": f"arn:aws:iam::{ACCOUNT}:role/{ROLE}", "Code": properties["Code"]}
        elif resource["Type"] == "AWS::ECR::Repository":
            kept = {"RepositoryName": properties.get("RepositoryName", f"{name}/{logical_id}".lower())}
        elif resource["Type"] == "AWS::CloudFormation::Stack":
            file = resource["Metadata"]["aws:asset:path"]
            kept = {"TemplateURL": f"https://{BUCKET}.s3.amazonaws.com/{file}"}
            kept |= {key: value for key, value in properties.items() if key == "Parameters"}
        else:
            continue
        others = {key: resource[key] for key in ("Type", "Condition", "Metadata") if key in resource}
        resources[logical_id] = {**others, "Properties": kept}
    parameters = {
        name: declared
        for name, declared in template.get("Parameters", {}).items()
        if not declared["Type"].startswith("AWS::SSM::")
    }
    sections = {name: template[name] for name in ("Mappings", "Conditions", "Outputs") if name in template}
    return {"Parameters": parameters, **sections, "Resources": resources}


def _write_assembly(folder: Path, templates: Mapping[str, Any], stacks: list[str]) -> imagelint.Assembly:
    """The reduced templates as an assembly bound to moto's account and region; `stacks` are the outermost, in order."""
    reduced = {name: _reduced(name, templates[name]) for name in dict.fromkeys([*stacks, *templates])}
    bound = dict.fromkeys(stacks, f"{ACCOUNT}/{REGION}")
    return imagelint.load(write_templates(folder, reduced, bound, nested=reduced.keys() - set(stacks), bucket=BUCKET))


# -- what each makes of it ----------------------------------------------------------------------------------------


def _given(stack: Stack, values: Mapping[str, str]) -> dict[str, str]:
    """The parameters of a stack with their values: a given one, the Default, or else any."""
    declared = stack.template.get("Parameters", {})
    return {name: values.get(name, str(entry.get("Default", GIVEN))) for name, entry in declared.items()}


def _evaluate(assembly: imagelint.Assembly, values: Mapping[str, str]) -> Uris:
    """What imagelint says where the parameters of the outermost stacks are known."""
    outermost = [stack for stack in assembly.stacks if stack.parent is None]
    bound = {Hole(name, stack.name): value for stack in outermost for name, value in _given(stack, values).items()}
    evaluation = Evaluation(Scenario(bound=bound))
    found: Uris = {}
    for stack in assembly.stacks:
        for each in functions_of(stack):
            condition = stack.condition_of(each.logical_id)
            if condition is not None and not evaluation.condition(condition):
                continue
            code = evaluation.value(each.properties["Code"])
            assert isinstance(code, dict)
            uri = code["ImageUri"]
            assert isinstance(uri, str), f"{each.logical_id} is left open: {uri}"
            found[f"{stack.name}/{each.logical_id}"] = uri
    assert assembly.problems == []
    return found


@cache
def _client(service: str) -> Any:
    """A client of moto's, made once: that takes longer than what it is asked for."""
    return boto3.client(service, REGION)


@mock_aws
def _deploy(assembly: imagelint.Assembly, folder: Path, values: Mapping[str, str]) -> Uris:
    """What moto says, after it deployed the same files."""
    s3, iam, cloudformation = _client("s3"), _client("iam"), _client("cloudformation")
    iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument="{}")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    for file in folder.glob("*.template.json"):
        s3.put_object(Bucket=BUCKET, Key=file.name, Body=file.read_bytes())
    found: Uris = {}
    for stack in assembly.stacks:
        if stack.parent is None:
            parameters = _given(stack, values).items()
            cloudformation.create_stack(
                StackName=stack.name,
                TemplateBody=(folder / stack.file).read_text(),
                Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters],
            )
            found |= _deployed(stack.name, stack, assembly)
    return found


def _deployed(name: str, stack: Stack, assembly: imagelint.Assembly) -> Uris:
    found: Uris = {}
    nested = {each.parent_id: each for each in assembly.stacks if each.parent is stack}
    for resource in _client("cloudformation").list_stack_resources(StackName=name)["StackResourceSummaries"]:
        logical_id, physical_id = resource["LogicalResourceId"], resource["PhysicalResourceId"]
        if resource["ResourceType"] == "AWS::Lambda::Function":
            code = _client("lambda").get_function(FunctionName=physical_id)["Code"]
            found[f"{stack.name}/{logical_id}"] = code["ImageUri"]
        elif resource["ResourceType"] == "AWS::CloudFormation::Stack":
            found |= _deployed(physical_id, nested[logical_id], assembly)
    return found


# -- fixtures from CDK --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fixture", "folder", "count"),
    [
        pytest.param(fixture, folder, count, id=f"{fixture}/{folder}".rstrip("/"))
        for fixture, folder, count in (
            ("asset-versions-2.1.0", "", 8),
            ("asset-versions-2.60.0", "", 8),
            ("asset-versions-2.276.0", "", 8),
            ("assets", "", 17),
            ("bad-references", "", 48),
            ("conditions", "", 9),
            ("custom-qualifier", "", 2),
            ("latest-everywhere", "", 25),
            ("legacy-synthesizer", "", 4),
            ("pull-conditions", "", 12),
            ("pull-cross-stack", "", 3),
            ("pull-cross-stack", "assembly-Prod", 3),
            ("pull-imported", "", 6),
            ("pull-owned", "", 2),
            ("python-app", "", 6),
            ("stages", "assembly-Dev", 2),
        )
    ],
)
def test_fixture(tmp_path: Path, fixture: str, folder: str, count: int) -> None:
    source = FIXTURES / fixture / "cdk.out" / folder
    artifacts = json.loads((source / "manifest.json").read_text())["artifacts"].values()
    stacks = [each["properties"]["templateFile"] for each in artifacts if each["type"] == "aws:cloudformation:stack"]
    assembly = _write_assembly(
        tmp_path,
        {_stem(file.name): json.loads(file.read_text()) for file in source.glob("*.template.json")},
        [_stem(file) for file in stacks],
    )
    deployed = _deploy(assembly, tmp_path, {})
    assert _evaluate(assembly, {}) == deployed
    assert len(deployed) == count


def _stem(file: str) -> str:
    return file.removesuffix(".template.json")


# -- templates by hand --------------------------------------------------------------------------------------------

IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/app"


def _is(name: str, value: str) -> dict[str, Any]:
    return {"Fn::Equals": [{"Ref": name}, value]}


STAGE = {"Type": "String", "Default": "test", "AllowedValues": ["dev", "test", "prod"]}
DEBUG = {"Type": "String", "AllowedValues": ["true", "false"]}
CONDITIONS = {
    "IsProd": _is("Stage", "prod"),
    "IsDev": _is("Stage", "dev"),
    "NotProd": {"Fn::Not": [{"Condition": "IsProd"}]},
    "Debug": _is("Debug", "true"),
    "Both": {"Fn::And": [{"Condition": "NotProd"}, {"Condition": "Debug"}]},
    "Either": {"Fn::Or": [{"Condition": "IsDev"}, {"Condition": "Debug"}]},
    "Joined": {"Fn::Equals": [{"Fn::Join": ["-", [{"Ref": "Stage"}, {"Ref": "Debug"}]]}, "dev-false"]},
    "Here": {"Fn::Equals": [{"Ref": "AWS::Region"}, REGION]},
}
MAPPINGS = {
    "Tags": {"dev": {"floating": "latest"}, "test": {"floating": "1.4.1"}, "prod": {"floating": "1.4.2"}},
    "Regions": {REGION: {"name": "ireland"}, "us-east-1": {"name": "virginia"}},
}
FLAGS = {"Fn::Join": ["", [{"Fn::If": [name, name[0].lower(), "-"]} for name in CONDITIONS]]}
HAND_WRITTEN = {
    "Stack": {
        "Parameters": {
            "Stage": STAGE,
            "Debug": DEBUG,
            "Names": {"Type": "CommaDelimitedList", "Default": "api,worker,web"},
        },
        "Conditions": CONDITIONS,
        "Mappings": MAPPINGS,
        "Resources": {
            "Repo": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": "orders/api"}},
            "Flags": function({"Fn::Sub": [IMAGE + ":${f}", {"f": FLAGS}]}),
            "Mapped": function(
                {"Fn::Sub": [IMAGE + ":${t}", {"t": {"Fn::FindInMap": ["Tags", {"Ref": "Stage"}, "floating"]}}]}
            ),
            "ByRegion": function(
                {"Fn::Join": [":", [IMAGE, {"Fn::FindInMap": ["Regions", {"Ref": "AWS::Region"}, "name"]}]]}
            ),
            "Sub": function({"Fn::Sub": "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/a:${Stage}"}),
            "Escaped": function({"Fn::Sub": IMAGE + ":${!Stage}-${Stage}"}),
            "Attribute": function({"Fn::Sub": "${Repo.RepositoryUri}:${Repo}"}),
            "FromArn": function(
                {
                    "Fn::Join": [
                        "|",
                        [
                            {"Fn::Select": [index, {"Fn::Split": [":", {"Fn::GetAtt": ["Repo", "Arn"]}]}]}
                            for index in range(6)
                        ],
                    ]
                }
            ),
            "Selected": function({"Fn::Select": ["1", {"Fn::Split": ["|", f"x|{IMAGE}:{1}|y"]}]}),
            "SplitByTwo": function({"Fn::Select": [1, {"Fn::Split": ["--", f"x--{IMAGE}-y--z"]}]}),
            "ListParameter": function({"Fn::Join": ["/", {"Ref": "Names"}]}),
            "OfListParameter": function({"Fn::Select": [2, {"Ref": "Names"}]}),
            "ListByCondition": function({"Fn::Join": ["/", {"Fn::If": ["IsProd", ["p", "q"], ["r"]]}]}),
            "IfInIf": function(
                {"Fn::If": ["IsProd", "a", {"Fn::If": ["IsDev", "b", {"Fn::If": ["Debug", "c", "d"]}]}]}
            ),
            "OnlyProd": function(f"{IMAGE}:prod", Condition="IsProd"),
            "OnlyBoth": function(f"{IMAGE}:both", Condition="Both"),
            "CodeByCondition": {
                "Type": "AWS::Lambda::Function",
                "Properties": {"Code": {"Fn::If": ["NotProd", {"ImageUri": f"{IMAGE}:1"}, {"ImageUri": f"{IMAGE}:2"}]}},
            },
        },
    }
}
ON_BOTH = ({"Stage": "dev", "Debug": "true"}, {"Stage": "test", "Debug": "true"})
CHOICES = [{"Stage": stage, "Debug": debug} for stage in STAGE["AllowedValues"] for debug in DEBUG["AllowedValues"]]


def test_the_scenarios_are_the_deployments_that_there_can_be(tmp_path: Path) -> None:
    """Each deployment is as evaluated, and the AllowedValues lead to not one scenario fewer and not one more."""
    possible: dict[str, set[str]] = {}
    for number, values in enumerate(CHOICES):
        folder = tmp_path / str(number)
        folder.mkdir()
        assembly = _write_assembly(folder, HAND_WRITTEN, ["Stack"])
        deployed = _deploy(assembly, folder, values)
        assert _evaluate(assembly, values) == deployed
        assert len(deployed) == 14 + (values["Stage"] == "prod") + (values in ON_BOTH)
        for name, uri in deployed.items():
            possible.setdefault(name, set()).add(uri)
    assert len(possible) == 16
    assembly = _write_assembly(tmp_path, HAND_WRITTEN, ["Stack"])
    judged = {
        f"{stack.name}/{function.logical_id}": {
            facts.show("image.uri")
            for facts in facts_of(function, ResourceIndex(assembly, date(2026, 1, 1), "2.0.0", "x86_64"))
        }
        for stack in assembly.stacks
        for function in functions_of(stack)
    }
    one_default = {name for name, uris in judged.items() if name in ("Stack/Mapped", "Stack/Sub", "Stack/Escaped")}
    assert len(one_default) == 3
    assert {name: uris for name, uris in judged.items() if name not in one_default} == {
        name: uris for name, uris in possible.items() if name not in one_default
    }
    assert sum(len(uris) for uris in judged.values()) == 26


NESTED = {
    "Outer": {
        "Parameters": {"Stage": STAGE},
        "Conditions": {"IsProd": _is("Stage", "prod")},
        "Resources": {
            "Repo": {"Type": "AWS::ECR::Repository"},
            "One": {
                "Type": "AWS::CloudFormation::Stack",
                "Metadata": {"aws:asset:path": "Inner.template.json"},
                "Properties": {
                    "Parameters": {
                        "Uri": {"Fn::GetAtt": ["Repo", "RepositoryUri"]},
                        "Tag": {"Fn::If": ["IsProd", "1.4.2", "latest"]},
                        "Stage": {"Ref": "Stage"},
                    }
                },
            },
            "Two": {
                "Type": "AWS::CloudFormation::Stack",
                "Metadata": {"aws:asset:path": "Inner.template.json"},
                "Condition": "IsProd",
                "Properties": {"Parameters": {"Uri": IMAGE, "Stage": {"Fn::If": ["IsProd", "dev", "prod"]}}},
            },
        },
    },
    "Inner": {
        "Parameters": {
            "Uri": {"Type": "String"},
            "Tag": {"Type": "String", "Default": "by-default"},
            "Stage": {"Type": "String"},
        },
        "Conditions": {"IsProd": _is("Stage", "prod")},
        "Resources": {
            "Tagged": function({"Fn::Sub": "${Uri}:${Tag}"}),
            "Chosen": function({"Fn::Join": [":", [{"Ref": "Uri"}, {"Fn::If": ["IsProd", "yes", "no"]}]]}),
        },
    },
}


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        pytest.param("dev", {"One/Tagged": "latest", "One/Chosen": "no"}, id="dev"),
        pytest.param(
            "prod",
            {"One/Tagged": "1.4.2", "One/Chosen": "yes", "Two/Tagged": "by-default", "Two/Chosen": "no"},
            id="prod",
        ),
    ],
)
def test_nested_stacks(tmp_path: Path, stage: str, expected: dict[str, str]) -> None:
    assembly = _write_assembly(tmp_path, NESTED, ["Outer"])
    deployed = _deploy(assembly, tmp_path, {"Stage": stage})
    evaluated = _evaluate(assembly, {"Stage": stage})
    assert {name: evaluated[name] for name in deployed} == deployed
    assert {name.removeprefix("Outer/"): uri.rpartition(":")[2] for name, uri in deployed.items()} == expected


EXPORTS = {
    "Base": {
        "Resources": {"Repo": {"Type": "AWS::ECR::Repository"}},
        "Outputs": {
            "Uri": {
                "Value": {"Fn::GetAtt": ["Repo", "RepositoryUri"]},
                "Export": {"Name": {"Fn::Sub": "${AWS::StackName}-uri"}},
            },
            "Arn": {
                "Value": {"Fn::GetAtt": ["Repo", "Arn"]},
                "Export": {"Name": {"Fn::Join": ["-", [{"Ref": "AWS::StackName"}, "arn"]]}},
            },
        },
    },
    "Middle": {
        "Parameters": {"Tag": {"Type": "String", "Default": "1.4.2"}},
        "Resources": {"Other": {"Type": "AWS::ECR::Repository"}},
        "Outputs": {
            "Image": {
                "Value": {"Fn::Sub": ["${uri}:${Tag}", {"uri": {"Fn::ImportValue": "Base-uri"}}]},
                "Export": {"Name": "image"},
            }
        },
    },
    "Top": {
        "Parameters": {"From": {"Type": "String", "Default": "Base"}, "Tag": {"Type": "String", "Default": "own"}},
        "Resources": {
            "Direct": function({"Fn::ImportValue": "image"}),
            "ByName": function(
                {"Fn::Sub": ["${uri}:${Tag}", {"uri": {"Fn::ImportValue": {"Fn::Sub": "${From}-uri"}}}]}
            ),
            "Taken": function({"Fn::Select": [5, {"Fn::Split": [":", {"Fn::ImportValue": "Base-arn"}]}]}),
        },
    },
}


def test_exports(tmp_path: Path) -> None:
    assembly = _write_assembly(tmp_path, EXPORTS, ["Base", "Middle", "Top"])
    deployed = _deploy(assembly, tmp_path, {})
    uri = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/base/repo"
    assert deployed == {
        "Top/Direct": f"{uri}:1.4.2",
        "Top/ByName": f"{uri}:own",
        "Top/Taken": "repository/base/repo",
    }
    assert _evaluate(assembly, {}) == deployed
