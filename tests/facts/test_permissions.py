"""Who may pull, through the real command line: policies that are no policies, and assets, which are never flagged."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from fixtures import expect
from imagelint.facts.role_policies import MAX_POLICIES
from support.builders import REPOSITORY, function, write_assembly
from support.cli import report, start

PULL_RULES = {
    "cross-account-pull-permission-missing",
    "cross-account-pull-unverifiable",
    "pull-grant-too-wide",
    "pull-permission-denied",
    "pull-permission-missing",
    "pull-permission-unverifiable",
    "pull-through-cache-image",
}
ACTIONS = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
TRUST = {"Statement": {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}}
LOGS = {"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"}


def allow(**changes: Any) -> dict[str, Any]:
    """A statement that lets Lambda pull, with changes; None takes an element out."""
    statement = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": ACTIONS, **changes}
    return {key: value for key, value in statement.items() if value is not None}


def inline(**changes: Any) -> dict[str, Any]:
    """The properties of a role that has one policy, of a statement like `allow`'s."""
    statement = allow(Principal=None, **changes)
    return {"Policies": [{"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": statement}}]}


def check(
    tmp_path: Path,
    policy: Any,
    role: dict[str, Any] | None = None,
    *selected: str,
    more: Mapping[str, Any] | None = None,
) -> tuple[dict[str, Any], str]:
    """The JSON report and the diagnostics of a function with a repository of that policy and a role of its own, amid
    `more` resources."""
    repository = {"RepositoryName": "orders/api", "RepositoryPolicyText": policy}
    image = {"Fn::Sub": "${Images.RepositoryUri}:1.4.2"}
    template = {
        "Resources": {
            "Images": {
                "Type": "AWS::ECR::Repository",
                "Properties": {key: value for key, value in repository.items() if value is not None},
            },
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {"AssumeRolePolicyDocument": TRUST, "ManagedPolicyArns": [LOGS], **(role or {})},
            },
            "Api": function(image, {"Role": {"Fn::GetAtt": ["Role", "Arn"]}}),
            **(more or {}),
        }
    }
    (tmp_path / "app.template.json").write_text(json.dumps(template))
    chosen = ",".join(selected or sorted(PULL_RULES))
    done = start(tmp_path, "check", "app.template.json", "--select", chosen, "--format", "json")
    assert "Traceback" not in done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report, done.stderr


def rules(report: dict[str, Any], kind: str) -> list[str]:
    """The rules of a report's findings or unknowns."""
    return [each["rule"] for each in report[kind]]


MALFORMED = {
    "list": ([], "the document"),
    "number": (7, "the document"),
    "text that is no JSON": ('{"Statement": [', "the document"),
    "no statement": ({"Version": "2012-10-17"}, "the document"),
    "statement without Effect": ({"Statement": [allow(Effect=None)]}, "statement 1"),
    "unknown Effect": ({"Statement": [allow(Effect="allow")]}, "statement 1"),
    "Action and NotAction": ({"Statement": [allow(NotAction="s3:*")]}, "statement 1"),
    "neither": ({"Statement": [allow(Action=None)]}, "statement 1"),
}


@pytest.mark.parametrize(("policy", "named"), MALFORMED.values(), ids=MALFORMED)
def test_a_policy_that_is_none_is_unknown_with_a_diagnostic(tmp_path: Path, policy: Any, named: str) -> None:
    report, stderr = check(tmp_path, policy)
    assert report["findings"] == []
    assert "pull-permission-missing" in rules(report, "unknown")
    lines = stderr.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith(
        "imagelint: warning: app.template.json: the repository policy of Images is not understood:"
    )
    assert named in lines[0]


def test_policies_that_are_too_long_to_deploy_are_unknown_with_one_line_each(tmp_path: Path) -> None:
    many = {"Statement": [allow(Sid=f"S{n}") for n in range(10_000)]}
    report, stderr = check(tmp_path, many, inline(Action=["ecr:*"] * 10_000))
    assert report["findings"] == []
    assert "pull-permission-missing" in rules(report, "unknown")
    assert sorted(stderr.splitlines()) == [
        "imagelint: warning: app.template.json: a policy of the role Role is not understood: policy 1, the document "
        "has more than the 10,240 characters that AWS accepts",
        "imagelint: warning: app.template.json: the repository policy of Images is not understood: the document has "
        "more than the 10,240 characters that AWS accepts",
    ]


ROLE_MAY_PULL = {
    "Policies": [{"PolicyDocument": {"Statement": {"Effect": "Allow", "Action": ACTIONS, "Resource": "*"}}}]
}
THE_ROLE = {"AWS": {"Fn::GetAtt": ["Role", "Arn"]}}
THE_ACCOUNT = {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}

JUDGED: dict[str, tuple[Any, dict[str, Any], list[str]]] = {
    "no policy": (None, {}, ["pull-permission-missing"]),
    "both actions": (
        {"Statement": [allow(Condition={"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}})]},
        {},
        [],
    ),
    "JSON in a string": (json.dumps({"Statement": [allow()]}), {}, ["pull-grant-too-wide"]),
    "one action": (
        {"Statement": [allow(Action="ecr:BatchGetImage")]},
        {},
        ["pull-permission-missing", "pull-grant-too-wide"],
    ),
    "wildcards in other case": ({"Statement": allow(Action="ECR:*get*")}, {}, ["pull-grant-too-wide"]),
    "everything": ({"Statement": allow(Action="ecr:*")}, {}, ["pull-grant-too-wide"]),
    "another service": (
        {"Statement": [allow(Principal={"Service": "codebuild.amazonaws.com"})]},
        {},
        ["pull-permission-missing"],
    ),
    "denied": ({"Statement": [allow(), allow(Effect="Deny")]}, {}, ["pull-permission-denied", "pull-grant-too-wide"]),
    "denied, but not to the role": ({"Statement": [allow(Effect="Deny")]}, ROLE_MAY_PULL, []),
    "denied, but not to the role that it names": (
        {"Statement": [allow(Principal=THE_ROLE), allow(Effect="Deny")]},
        {},
        [],
    ),
    "denied to everybody": (
        {"Statement": [allow(Effect="Deny", Principal="*")]},
        ROLE_MAY_PULL,
        ["pull-permission-denied"],
    ),
    "denied to Lambda and the account": (
        {"Statement": [allow(Effect="Deny"), allow(Effect="Deny", Principal=THE_ACCOUNT)]},
        ROLE_MAY_PULL,
        ["pull-permission-denied"],
    ),
    "denied to Lambda, and to the role on a condition": (
        {
            "Statement": [
                allow(Effect="Deny"),
                allow(Effect="Deny", Principal="*", Condition={"Bool": {"aws:X": "true"}}),
            ]
        },
        ROLE_MAY_PULL,
        [],
    ),
    "denied to whoever is no service (a data perimeter)": (
        {
            "Statement": [
                allow(),
                allow(Effect="Deny", Principal="*", Condition={"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}),
            ]
        },
        {},
        ["pull-grant-too-wide"],
    ),
    "denied to services that act for another account (a data perimeter)": (
        {
            "Statement": [
                allow(),
                allow(
                    Effect="Deny",
                    Principal="*",
                    Condition={
                        "BoolIfExists": {"aws:PrincipalIsAWSService": "true"},
                        "StringNotEqualsIfExists": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}},
                    },
                ),
            ]
        },
        {},
        ["pull-grant-too-wide"],
    ),
    "the role's inline policy on region and account by one wildcard": (
        None,
        inline(Resource="arn:aws:ecr:*:repository/*"),
        [],
    ),
    "the role's inline policy that denies all but region and account by one wildcard": (
        {"Statement": [allow()]},
        inline(Effect="Deny", Resource=None, NotResource="arn:aws:ecr:*:repository/*"),
        ["pull-grant-too-wide"],
    ),
    "the role's inline policy": (
        None,
        {"Policies": [{"PolicyDocument": {"Statement": {"Effect": "Allow", "Action": ACTIONS, "Resource": "*"}}}]},
        [],
    ),
    "the role's inline policy on another repository": (
        None,
        {
            "Policies": [
                {
                    "PolicyDocument": {
                        "Statement": {
                            "Effect": "Allow",
                            "Action": ACTIONS,
                            "Resource": {
                                "Fn::Sub": "arn:${AWS::Partition}:ecr:${AWS::Region}:${AWS::AccountId}:repository/other"
                            },
                        }
                    }
                }
            ]
        },
        ["pull-permission-missing"],
    ),
    "AmazonEC2ContainerRegistryPullOnly": (
        None,
        {"ManagedPolicyArns": ["arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly"]},
        [],
    ),
    "AdministratorAccess": (None, {"ManagedPolicyArns": ["arn:aws:iam::aws:policy/AdministratorAccess"]}, []),
    "a managed policy that is not known": (
        None,
        {"ManagedPolicyArns": ["arn:aws:iam::123456789012:policy/platform-baseline"]},
        [],
    ),
}


@pytest.mark.parametrize("count", [20, MAX_POLICIES + 1])
def test_a_role_with_more_policies_than_aws_takes_is_not_judged(tmp_path: Path, count: int) -> None:
    """Each function of the role would go through all of them."""
    statement = allow(Principal=None, Resource={"Fn::Sub": "arn:aws:ecr:*:*:repository/${AWS::StackName}"})
    policy = {"PolicyName": "p", "Roles": [{"Ref": "Role"}], "PolicyDocument": {"Statement": statement}}
    policies = {f"Policy{n}": {"Type": "AWS::IAM::Policy", "Properties": policy} for n in range(count)}
    report, stderr = check(tmp_path, None, None, more=policies)
    told = (
        f"imagelint: warning: app.template.json: the role Role has {count} policies, more than AWS takes; none of them"
    )
    is_judged = count < MAX_POLICIES
    assert stderr == ("" if is_judged else f"{told} is judged\n")
    for kind, rule in (("findings", is_judged), ("unknown", not is_judged)):
        assert rules(report, kind) == (["pull-permission-missing"] if rule else [])


@pytest.mark.parametrize(("count", "kind"), [(1, "findings"), (21, "unknown")])
def test_a_registry_with_more_policies_than_one_is_not_judged(tmp_path: Path, count: int, kind: str) -> None:
    """Each function would go through all of them."""
    statement = allow(Resource={"Fn::Sub": "arn:aws:ecr:*:*:repository/${AWS::StackName}"})
    registry = {"Type": "AWS::ECR::RegistryPolicy", "Properties": {"PolicyText": {"Statement": statement}}}
    report, _ = check(tmp_path, None, more={f"Policy{n}": registry for n in range(count)})
    assert "pull-permission-missing" in rules(report, kind)


def test_a_trust_policy_that_is_too_long_to_deploy_is_told_of_and_unknown(tmp_path: Path) -> None:
    statement = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = {"Version": "2012-10-17", "Statement": [statement] * 1_000}
    report, stderr = check(tmp_path, None, {"AssumeRolePolicyDocument": trust}, "execution-role-not-assumable")
    assert stderr == (
        "imagelint: warning: app.template.json: the trust policy of the role Role is not understood: the document has "
        "more than the 10,240 characters that AWS accepts\n"
    )
    assert (rules(report, "findings"), rules(report, "unknown")) == ([], ["execution-role-not-assumable"])


@pytest.mark.parametrize(("policy", "role", "found"), JUDGED.values(), ids=JUDGED)
def test_who_may_pull(tmp_path: Path, policy: Any, role: dict[str, Any], found: list[str]) -> None:
    report, stderr = check(tmp_path, policy, role)
    assert (rules(report, "findings"), stderr) == (found, "")


def test_a_managed_policy_that_is_not_known_leaves_the_pull_unknown(tmp_path: Path) -> None:
    report, _ = check(tmp_path, None, JUDGED["a managed policy that is not known"][1])
    assert rules(report, "unknown") == ["pull-permission-missing"]


@pytest.mark.parametrize(
    "scenario",
    ["cdk-init", "cli-credentials", "custom-qualifier", "legacy-synthesizer", "pull-staging-stack"],
)
def test_assets_of_every_synthesizer_are_never_flagged_for_permissions(scenario: str) -> None:
    report = expect.check(scenario).document
    assert report["summary"]["functions"]
    assert [each for each in report["findings"] if each["rule"] in PULL_RULES] == []


def stack_with(role: Mapping[str, Any] | None, arn: Any) -> dict[str, Any]:
    """A function with a role by its ARN, and a role that is called deployer beside it, trusting as it is told."""
    made = {"Fn": function(f"{REPOSITORY}:1.4.2", {"Role": arn})}
    if role is not None:
        named = {"RoleName": "deployer", "AssumeRolePolicyDocument": role}
        made["Role"] = {"Type": "AWS::IAM::Role", "Properties": named}
    return made


@pytest.mark.parametrize(
    "order", [["Right", "Wrong", "Third"], ["Third", "Wrong", "Right"]], ids=["one way", "other way"]
)
def test_of_several_roles_of_one_name_a_stack_means_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, order: list[str]
) -> None:
    nobody = {"Statement": {**allow(), "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}}
    own = {"Fn::GetAtt": ["Role", "Arn"]}
    stacks = {
        "Right": stack_with(TRUST, own),
        "Wrong": stack_with(nobody, own),
        "Third": stack_with(None, "arn:aws:iam::123456789012:role/deployer"),
    }
    monkeypatch.chdir(tmp_path)
    write_assembly("cdk.out", {name: stacks[name] for name in order})
    found = report("--select", "execution-role-not-assumable")["findings"]
    assert [each["function"]["stack"] for each in found] == ["Wrong"]
