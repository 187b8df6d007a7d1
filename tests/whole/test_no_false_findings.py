"""Templates that real teams have and that are right: each once gave a finding or a problem, and must give none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import imagelint
from support.builders import REGISTRY, function

TRUST = {"Statement": {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}}
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {"AssumeRolePolicyDocument": TRUST, "ManagedPolicyArns": [BASIC]},
}


def owned(policy: Any = None) -> dict[str, Any]:
    """A repository of the template."""
    return {"Type": "AWS::ECR::Repository", "Properties": {} if policy is None else {"RepositoryPolicyText": policy}}


IMAGE = {"Fn::Sub": "${Images.RepositoryUri}:1.4.2"}
OF_ROLE = {
    "Effect": "Allow",
    "Principal": {"AWS": {"Fn::GetAtt": ["Role", "Arn"]}},
    "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
}
LOGS_BY_ONE_STAR = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": "arn:aws:logs:*:log-group:/aws/lambda/*",
    },
}
WITH_ROLE = {"Role": {"Fn::GetAtt": ["Role", "Arn"]}}

TEMPLATES: dict[str, tuple[dict[str, Any], set[str]]] = {
    "an image that `sam build` makes for a plain function": (
        {"Resources": {"Fn": function("orders:latest", Metadata={"Dockerfile": "Dockerfile", "DockerContext": "."})}},
        set(),
    ),
    "resources that AWS::Include adds": (
        {
            "Resources": {
                "Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "s3://acme/more.yaml"}},
                "Fn": function({"Fn::Sub": "${MoreImages}:1.4.2"}),
            }
        },
        set(),
    ),
    "a resource of a module": (
        {
            "Resources": {
                "Base": {"Type": "Acme::Images::Base::MODULE", "Properties": {}},
                "Fn": function({"Fn::Join": ["", [{"Ref": "BaseImages"}, ":1.4.2"]]}),
            }
        },
        set(),
    ),
    "a repository that lets in the execution role by name": (
        {
            "Resources": {
                "Images": owned({"Statement": [OF_ROLE]}),
                "Role": ROLE,
                "Fn": function(IMAGE, WITH_ROLE),
            }
        },
        {"repository-empty-on-first-deploy"},
    ),
    "a function that the first deployment leaves out": (
        {
            "Parameters": {"Deploy": {"Type": "String", "AllowedValues": ["yes", "no"]}},
            "Conditions": {"WithFunction": {"Fn::Equals": [{"Ref": "Deploy"}, "yes"]}},
            "Resources": {"Images": owned(), "Fn": function(IMAGE, Condition="WithFunction")},
        },
        set(),
    ),
    "a deployment that waits for a push": (
        {
            "Resources": {
                "Images": owned(),
                "Pushed": {"Type": "AWS::CloudFormation::WaitCondition", "Properties": {"Timeout": "600"}},
                "Fn": function(IMAGE),
            }
        },
        set(),
    ),
    "a region that stands in a mapping": (
        {
            "Mappings": {"Tags": {"eu-west-1": {"Api": "1.4.2"}, "us-east-1": {"Api": "1.4.1"}}},
            "Resources": {
                "Fn": function(
                    {
                        "Fn::Sub": [
                            "123456789012.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/orders:${Tag}",
                            {"Tag": {"Fn::FindInMap": ["Tags", {"Ref": "AWS::Region"}, "Api"]}},
                        ]
                    }
                )
            },
        },
        set(),
    ),
    "a custom resource that knows the repository by a name from the same mapping": (
        {
            "Mappings": {"Images": {"Orders": {"Name": "acme-orders-images"}}},
            "Resources": {
                "Images": {
                    "Type": "AWS::ECR::Repository",
                    "Properties": {"RepositoryName": {"Fn::FindInMap": ["Images", "Orders", "Name"]}},
                },
                "Copy": {
                    "Type": "Custom::Copy",
                    "Properties": {"ServiceToken": "arn:aws:lambda:eu-west-1:1:function:f", "To": "acme-orders-images"},
                },
                "Fn": function(IMAGE, DependsOn="Copy"),
            },
        },
        set(),
    ),
    "a role that may write logs in every region and account by one wildcard": (
        {
            "Resources": {
                "Role": {
                    "Type": "AWS::IAM::Role",
                    "Properties": {
                        "AssumeRolePolicyDocument": TRUST,
                        "Policies": [{"PolicyDocument": LOGS_BY_ONE_STAR}],
                    },
                },
                "Fn": function(REGISTRY + "/orders:1.4.2", WITH_ROLE),
            }
        },
        set(),
    ),
    "a tag from Systems Manager": (
        {
            "Parameters": {"Tag": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/orders/latest"}},
            "Resources": {"Fn": function({"Fn::Sub": REGISTRY + "/orders:${Tag}"})},
        },
        set(),
    ),
}


@pytest.mark.parametrize(("template", "found"), TEMPLATES.values(), ids=TEMPLATES)
def test_what_is_right_gives_no_finding(tmp_path: Path, template: dict[str, Any], found: set[str]) -> None:
    (tmp_path / "app.template.json").write_text(json.dumps(template))
    report = imagelint.lint(imagelint.load(tmp_path / "app.template.json"))
    assert {finding.rule for finding in report.findings} == found
    assert report.errors == ()
    assert report.functions == 1
