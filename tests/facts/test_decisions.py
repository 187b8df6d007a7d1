"""What many functions share is decided once, and nothing is taken for what only looks alike."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import imagelint
from imagelint.assembly.functions import functions_of
from imagelint.aws.policy import decision as decisions
from imagelint.aws.policy.request import Request
from imagelint.config.model import Config
from imagelint.facts.decisions import Policies
from imagelint.facts.facts import facts_of
from imagelint.facts.index import ResourceIndex
from imagelint.text.holes import Hole, concat
from support.builders import function, write_templates
from support.facts import judge

LAMBDA = {"Service": "lambda.amazonaws.com"}
ACTIONS = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
TRUST = {"Statement": {"Effect": "Allow", "Principal": LAMBDA, "Action": "sts:AssumeRole"}}


def statement(**changes: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": "ecr:*", "Resource": "*", **changes}


# -- one policy for one content -------------------------------------------------------------------------------------

KNOWN = Hole("Action", "App", never=frozenset({"ecr:PutImage"}))
ALIKE: list[object] = [
    {"Statement": statement()},
    {"Statement": [statement()]},
    {"Statement": [statement(), statement(Effect="Deny")]},
    {"Statement": [statement(Effect="Deny"), statement()]},
    {"Statement": [statement(Action=["ecr:*"])]},
    {"Statement": [statement(Action=["ecr:*", "Resource"])]},
    {"Statement": [statement(Action=[["ecr:*"], "Resource"])]},
    {"Statement": [statement(Action=Hole("Action", "App"))]},
    {"Statement": [statement(Action=Hole("Action", "Other"))]},
    {"Statement": [statement(Action=KNOWN)]},
    {"Statement": [statement(Action=concat(["ecr:", KNOWN]))]},
    {"Statement": [statement(Action=["ecr:", KNOWN])]},
    {"Statement": [statement(Action="Action")]},
    {"Statement": [statement(Action="true")]},
    {"Statement": [statement(Action=True)]},
    {"Statement": [statement(Action=1)]},
    {"Statement": [statement(Action=1.0)]},
    {"Statement": {"Effect": "Deny", "Resource": "*", "Action": "ecr:*"}},
    json.dumps({"Statement": statement()}),
    json.dumps({"Statement": statement(Effect="Deny")}),
    Hole("Policy", "App"),
    Hole("Policy", "Other"),
]
"""Documents that differ little."""


def test_documents_that_look_alike_are_policies_of_their_own(tmp_path: Path) -> None:
    write_templates(tmp_path, {"App": {"Resources": {}}})
    index = ResourceIndex(imagelint.load(tmp_path), date(2026, 7, 1), Config().minimum_cdk_version, "x86_64")
    policies = index.once(Policies)
    first, again = ([policies.shared(each) for each in documents] for documents in (ALIKE, json_copy(ALIKE)))
    assert len(set(first)) == len(ALIKE)
    assert [one is other for one, other in zip(first, again, strict=True)] == [True] * len(ALIKE)
    assert [policy.document for policy in first] == ALIKE


def json_copy(value: Any) -> Any:
    """The same value in other lists and objects."""
    if isinstance(value, list):
        return [json_copy(each) for each in value]
    return {name: json_copy(each) for name, each in value.items()} if isinstance(value, dict) else value


@pytest.mark.interpreted
def test_what_functions_share_is_judged_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten functions with roles and repositories of their own, and the same policies."""
    made = [resources(f"N{number}", {}, on_role({"Action": "logs:*"})) for number in range(10)]
    write_templates(tmp_path, {"App": {"Resources": {name: each for one in made for name, each in one.items()}}})
    asked: list[str] = []
    judge_one = decisions._judge

    def counted(value: object, request: Request, *more: Any) -> Any:
        asked.append(request.actions[0])
        return judge_one(value, request, *more)

    monkeypatch.setattr(decisions, "_judge", counted)
    assert judge(imagelint.load(tmp_path)).functions == 10
    per_function = [action for action in asked if asked.count(action) >= 10]
    assert per_function == []


# -- functions that differ little -----------------------------------------------------------------------------------


def resources(
    name: str,
    repository: Mapping[str, Any],
    role: Mapping[str, Any],
    properties: Mapping[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """A function with a repository and a role of its own, which hold the properties given, and `more` resources."""
    policy = {"Statement": [{"Effect": "Allow", "Principal": LAMBDA, "Action": ACTIONS}]}
    images = {"RepositoryPolicyText": policy, **repository}
    logs = {
        "Statement": [statement(Action="logs:*"), statement(Action="sqs:*", Resource={"Fn::GetAtt": [name, "Arn"]})]
    }
    held = {"AssumeRolePolicyDocument": TRUST, "Policies": [{"PolicyName": "own", "PolicyDocument": logs}], **role}
    own = {"FunctionName": f"fn-{name}", "Role": {"Fn::GetAtt": [f"{name}Role", "Arn"]}, **(properties or {})}
    return {
        f"{name}Images": {"Type": "AWS::ECR::Repository", "Properties": images},
        f"{name}Role": {"Type": "AWS::IAM::Role", "Properties": held},
        name: function({"Fn::Sub": f"${{{name}Images.RepositoryUri}}:1.4.2"}, own),
        **{f"{name}{suffix}": each for suffix, each in more.items()},
    }


def on_repository(*statements: Mapping[str, Any]) -> dict[str, Any]:
    """The policy of a repository that gives Lambda what it needs, but for what is said otherwise."""
    given = {"Effect": "Allow", "Principal": LAMBDA, "Action": ACTIONS}
    return {"RepositoryPolicyText": {"Statement": [{**given, **each} for each in statements]}}


def on_role(*statements: Mapping[str, Any]) -> dict[str, Any]:
    document = {"Statement": [statement(**each) for each in statements]}
    return {"Policies": [{"PolicyName": "own", "PolicyDocument": document}]}


def attached(name: str, *statements: Mapping[str, Any]) -> dict[str, Any]:
    document = {"Statement": [statement(**each) for each in statements]}
    properties = {"PolicyName": "more", "Roles": [{"Ref": f"{name}Role"}], "PolicyDocument": document}
    return {"Type": "AWS::IAM::Policy", "Properties": properties}


def source(arn: str, effect: str = "Allow") -> dict[str, Any]:
    return {"Effect": effect, "Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:lambda:*:*:function:{arn}"}}}


OTHER = "arn:aws:iam::999999999999"
AWS: dict[str, Any] = {"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}}
VARIANTS: dict[str, dict[str, Any]] = {
    "plain": resources("A", {}, {}),
    "the same again": resources("B", {}, {}),
    "one statement more": resources("C", on_repository({}, {"Effect": "Deny", "Principal": "*", "Action": "*"}), {}),
    "the same in another order": resources(
        "D", on_repository({"Effect": "Deny", "Principal": "*", "Action": "*"}, {}), {}
    ),
    "a Deny on another action": resources("E", on_repository({}, {"Effect": "Deny", "Action": "ecr:PutImage"}), {}),
    "one action less": resources("F", on_repository({"Action": ACTIONS[:1]}), on_role({"Action": "logs:*"})),
    "a condition on the function's name, its own": resources("G", on_repository(source("fn-G")), {}),
    "the same of another function": resources("H", on_repository(source("fn-G")), on_role({"Action": "logs:*"})),
    "a Deny of the other function": resources("I", on_repository({}, source("fn-G", "Deny")), {}),
    "a Deny of its own": resources("J", on_repository({}, source("fn-J", "Deny")), {}),
    "its own role named": resources(
        "K", on_repository({"Principal": {"AWS": {"Fn::GetAtt": ["KRole", "Arn"]}}}), on_role({"Action": "logs:*"})
    ),
    "the role of another named": resources(
        "L", on_repository({"Principal": {"AWS": {"Fn::GetAtt": ["KRole", "Arn"]}}}), on_role({"Action": "logs:*"})
    ),
    "the account named": resources("M", on_repository({"Principal": AWS}), on_role({"Action": "logs:*"})),
    "another account named": resources(
        "N", on_repository({"Principal": {"AWS": f"{OTHER}:root"}}), on_role({"Action": "logs:*"})
    ),
    "a role in another account": resources("O", on_repository({"Principal": AWS}), {}, {"Role": f"{OTHER}:role/fn"}),
    "the same role, and a Deny of it": resources(
        "P",
        on_repository({"Effect": "Deny", "Principal": {"AWS": f"{OTHER}:role/fn"}}),
        {},
        {"Role": f"{OTHER}:role/fn"},
    ),
    "no policy for logs": resources("Q", {}, {"Policies": []}),
    "logs of its own group": resources(
        "R", {}, on_role({"Action": "logs:*", "Resource": "arn:aws:logs:*:*:log-group:/aws/lambda/fn-R:*"})
    ),
    "logs of another account": resources(
        "S", {}, on_role({"Action": "logs:*", "Resource": "arn:aws:logs:*:999999999999:log-group:*"})
    ),
    "logs by an attached policy": resources("T", {}, {"Policies": []}, Policy=attached("T", {"Action": "logs:*"})),
    "a Deny of logs attached": resources("U", {}, {}, Policy=attached("U", {"Action": "logs:*", "Effect": "Deny"})),
    "one attached that is not understood": resources("V", {}, {}, Policy=attached("V", {"Action": "logs:*", "Xyz": 1})),
    "another service trusted": resources(
        "W",
        {},
        {
            "AssumeRolePolicyDocument": {
                "Statement": {**TRUST["Statement"], "Principal": {"Service": "ec2.amazonaws.com"}}
            }
        },
    ),
    "a boundary": resources("X", {}, {"PermissionsBoundary": "arn:aws:iam::123456789012:policy/edge"}),
    "a statement under a condition of the template": resources(
        "Y", on_repository({"Effect": {"Fn::If": ["IsProd", "Deny", "Allow"]}}), on_role({"Action": "logs:*"})
    ),
    "the same the other way round": resources(
        "Z", on_repository({"Effect": {"Fn::If": ["IsProd", "Allow", "Deny"]}}), on_role({"Action": "logs:*"})
    ),
    "an account that a parameter gives": resources(
        "Aa", on_repository({"Principal": {"AWS": {"Ref": "Ours"}}}), on_role({"Action": "logs:*"})
    ),
    "one that another parameter gives": resources(
        "Ab", on_repository({"Principal": {"AWS": {"Ref": "Theirs"}}}), on_role({"Action": "logs:*"})
    ),
}
ROLE_OF_K = VARIANTS["its own role named"]["KRole"]
SECTIONS = {
    "Parameters": {
        "Stage": {"Type": "String"},
        "Ours": {"Type": "String", "Default": "123456789012"},
        "Theirs": {"Type": "String", "Default": "999999999999"},
    },
    "Conditions": {"IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}},
}


def judged(folder: Path, variants: Iterable[Mapping[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """What is known of roles and pulls of the functions of some variants in one template, in each scenario."""
    made = {name: each for one in variants for name, each in one.items()}
    write_templates(folder, {"App": {**SECTIONS, "Resources": {"KRole": ROLE_OF_K, **made}}})
    assembly = imagelint.load(folder)
    index = ResourceIndex(assembly, date(2026, 7, 1), Config().minimum_cdk_version, "x86_64")
    found = {
        function.logical_id: [
            {name: value for name, value in facts.values.items() if name.startswith(("role.", "pull."))}
            for facts in facts_of(function, index)
        ]
        for function in functions_of(assembly.stacks[0])
    }
    assert [problem.message for problem in assembly.problems] == []
    return found


def test_functions_that_differ_little_are_judged_each_for_itself(tmp_path: Path) -> None:
    """Together, whichever comes first, as each would be alone."""
    alone: dict[str, list[dict[str, Any]]] = {}
    for number, variant in enumerate(VARIANTS.values()):
        alone |= judged(tmp_path / f"{number}", [variant])
    assert judged(tmp_path / "forwards", VARIANTS.values()) == alone
    assert judged(tmp_path / "backwards", reversed(VARIANTS.values())) == alone


ANSWERS = ("role.trusts_lambda", "role.may_log", "pull.permitted", "pull.denied")
EXPECTED: dict[str, list[tuple[bool | None, ...]]] = {
    "plain": [(True, True, True, False)],
    "one statement more": [(True, True, False, True)],
    "the same in another order": [(True, True, False, True)],
    "a Deny on another action": [(True, True, True, False)],
    "a condition on the function's name, its own": [(True, True, True, False)],
    "the same of another function": [(True, True, False, False)],
    "a Deny of the other function": [(True, True, True, False)],
    "a Deny of its own": [(True, True, False, True)],
    "its own role named": [(True, True, True, False)],
    "the role of another named": [(True, True, None, False)],
    "a role in another account": [(None, None, None, False)],
    "no policy for logs": [(True, False, True, False)],
    "logs by an attached policy": [(True, True, True, False)],
    "a Deny of logs attached": [(True, False, True, False)],
    "one attached that is not understood": [(True, None, True, False)],
    "another service trusted": [(False, True, True, False)],
    "a boundary": [(True, None, True, False)],
    "a statement under a condition of the template": [(True, True, True, False), (True, True, False, True)],
    "the same the other way round": [(True, True, False, True), (True, True, True, False)],
}


def test_what_is_known_of_them(tmp_path: Path) -> None:
    found = judged(tmp_path, VARIANTS.values())
    names = {words: list(variant)[2] for words, variant in VARIANTS.items()}
    assert {
        words: [tuple(facts.get(answer) for answer in ANSWERS) for facts in found[names[words]]] for words in EXPECTED
    } == EXPECTED


def test_one_template_nested_twice_with_other_parameters(tmp_path: Path) -> None:
    """Two functions with one logical ID, of which a parameter says whose pulls are denied."""
    denied = {"Effect": "Deny", "Principal": {"AWS": {"Ref": "Who"}}, "Action": "*"}
    own = resources("Fn", on_repository(denied), on_role({}))
    nested = {
        name: {
            "Type": "AWS::CloudFormation::Stack",
            "Metadata": {"aws:asset:path": "Nested.template.json"},
            "Properties": {"TemplateURL": "Nested.template.json", "Parameters": {"Who": account}},
        }
        for name, account in {"Ours": "123456789012", "Theirs": "999999999999", "Again": "123456789012"}.items()
    }
    template = {"Parameters": {"Who": {"Type": "String"}}, "Resources": own}
    write_templates(tmp_path, {"App": {"Resources": nested}, "Nested": template}, nested=["Nested"])
    assembly = imagelint.load(tmp_path)
    index = ResourceIndex(assembly, date(2026, 7, 1), Config().minimum_cdk_version, "x86_64")
    permitted = {
        stack.name: [
            facts.values["pull.permitted"] for function in functions_of(stack) for facts in facts_of(function, index)
        ]
        for stack in assembly.stacks
    }
    assert permitted == {"App": [], "App/Ours": [False], "App/Theirs": [True], "App/Again": [False]}
