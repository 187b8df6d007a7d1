"""What policies say to a request that many functions make: judged once, and never taken for what looks alike."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import imagelint
import imagelint.facts.decisions
from imagelint.aws.policy.decision import Decision, decide
from imagelint.aws.policy.request import Request
from imagelint.config.model import Config
from imagelint.facts.decisions import decide_once
from imagelint.facts.index import ResourceIndex
from imagelint.text.holes import Hole
from support.builders import function

REQUEST = Request(("ecr:BatchGetImage",), None, "arn:aws:ecr:eu-west-1:111111111111:repository/orders")
TRUST = {"Statement": {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}}


def statement(**changes: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": "ecr:*", "Resource": "*", **changes}


ALIKE: list[Sequence[object]] = [
    [],
    [{"Statement": statement()}],
    [{"Statement": [statement()]}],
    [{"Statement": [statement(), statement(Effect="Deny")]}],
    [{"Statement": [statement()]}, {"Statement": [statement(Effect="Deny")]}],
    [{"Statement": [statement(Action=["ecr:*"])]}],
    [{"Statement": [statement(Action=["ecr:*", "Resource"])]}],
    [{"Statement": [statement(Action=Hole("Action", "App"))]}],
    [{"Statement": [statement(Action="Action")]}],
    [{"Statement": [statement(Action="true")]}],
    [{"Statement": [statement(Action=True)]}],
    [{"Statement": [statement(Action=1)]}],
    [{"Statement": {"Effect": "Deny", "Resource": "*", "Action": "ecr:*"}}],
    [json.dumps({"Statement": statement()})],
    [json.dumps({"Statement": statement(Effect="Deny")})],
]
"""Policies of a role that differ little; what they say differs."""


@pytest.fixture
def assembly(tmp_path: Path) -> imagelint.Assembly:
    """Three functions of one role and one repository, and a fourth with a role of its own."""
    policies = [{"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": statement()}}]
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST, "Policies": policies}}
    another = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST}}
    resources: dict[str, Any] = {
        "Images": {"Type": "AWS::ECR::Repository", "Properties": {}},
        "Role": role,
        "Another": another,
    }
    image = {"Fn::Sub": "${Images.RepositoryUri}:1.4.2"}
    for name, its_role in (("A", "Role"), ("B", "Role"), ("C", "Role"), ("D", "Another")):
        resources[name] = function(image, {"Role": {"Fn::GetAtt": [its_role, "Arn"]}})
    (tmp_path / "app.template.json").write_text(json.dumps({"Resources": resources}), encoding="utf-8")
    return imagelint.load(tmp_path / "app.template.json")


def test_documents_that_look_alike_are_decided_each_for_itself(assembly: imagelint.Assembly) -> None:
    index = ResourceIndex(assembly, date(2026, 7, 1), Config().minimum_cdk_version, "x86_64")
    for _ in range(2):
        assert [decide_once(index, each, REQUEST) for each in ALIKE] == [decide(each, REQUEST) for each in ALIKE]


@pytest.mark.interpreted
def test_functions_of_one_role_have_it_judged_once(
    assembly: imagelint.Assembly, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The role's policies for the pull and the logs, and who trusts it; D's role has the same trust policy."""
    asked: list[str] = []

    def counted(documents: Sequence[object], request: Request) -> Decision:
        asked.append(request.actions[0])
        return decide(documents, request)

    monkeypatch.setattr(imagelint.facts.decisions, "decide", counted)
    imagelint.lint(assembly)
    roles = [action for action in asked if action in ("sts:AssumeRole", "logs:CreateLogStream")]
    assert sorted(roles) == ["logs:CreateLogStream", "logs:CreateLogStream", "sts:AssumeRole"]
