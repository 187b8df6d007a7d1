"""Where the account is asked: a deployed app of CDK, nested stacks, other accounts, values of deployed stacks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fixtures.expect import FIXTURES
from imagelint.live import asking
from support.aws_server import ACCOUNT, PLANTED, REGION, Aws, environment, in_other_account, refused_in_xml
from support.builders import app, function, image_properties, write_templates
from support.cli import report, run
from support.manifests import config, oci

REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
OTHER = "210987654321"
AMD64 = config("amd64")
ROLE_ARN = "arn:aws:iam::{account}:role/reader"
ROLE = {"Role": f"arn:aws:iam::{ACCOUNT}:role/runner"}
IMPORTED = FIXTURES / "pull-imported" / "cdk.out"


@pytest.fixture(scope="module")
def account(server: Aws) -> Aws:
    """An account with a role for functions and a repository with an image in two accounts."""
    with pytest.MonkeyPatch.context() as patch:
        environment(patch)
        server.client("iam").create_role(RoleName="runner", AssumeRolePolicyDocument="{}")
        server.client("ssm").put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Value="21", Type="String")
        server.client("ecr").create_repository(repositoryName="orders/api")
        server.push("orders/api", "1.4.2", oci(AMD64), AMD64)
        theirs = in_other_account(server, OTHER)
        theirs.create_repository(repositoryName="orders/api")
        server.push("orders/api", "1.4.2", oci(AMD64), AMD64, client=theirs)
    return server


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, account: Aws, _environment: None) -> None:
    account.forget()
    monkeypatch.chdir(tmp_path)


def live(aws: Aws, *options: str) -> tuple[str, ...]:
    return ("--live", "--endpoint-url", aws.url, *options)


def found(document: dict[str, Any], kind: str = "findings") -> set[tuple[str, str]]:
    return {(each["rule"], each["function"]["logical_id"]) for each in document[kind]}


# -- an app of CDK ------------------------------------------------------------------------------------------------


def test_an_app_of_cdk_that_is_deployed_is_known_by_its_stacks(account: Aws) -> None:
    """Its stacks are deployed as `cdk deploy` does: one without an environment, to the account of the credentials."""
    cloudformation = account.client("cloudformation")
    for name in ("Bound", "Agnostic"):
        template = (IMPORTED / f"{name}.template.json").read_text(encoding="utf-8")
        cloudformation.create_stack(StackName=name, TemplateBody=template)
        for each in cloudformation.list_stack_resources(StackName=name)["StackResourceSummaries"]:
            if each["ResourceType"] == "AWS::Lambda::Function":
                code = account.client("lambda").get_function(FunctionName=each["PhysicalResourceId"])["Code"]
                changes = {"State": "Inactive", "StateReasonCode": "ImageAccessDenied"} if name == "Bound" else {}
                account.running[each["PhysicalResourceId"]] = {"uri": code["ImageUri"], **changes}
    account.forget()
    document = report(str(IMPORTED), *live(account, "--role-arn", ROLE_ARN, "--select", "all"))
    failed = [each for each in document["findings"] if each["rule"] == "deployed-function-failed"]
    assert {each["function"]["stack"] for each in failed} == {"Bound"}
    denied = [each for each in document["findings"] if each["rule"] == "registry-pull-denied"]
    assert {each["function"]["construct_path"] for each in denied} == {
        "Agnostic/OtherAccount/Resource",
        "Bound/OtherAccount/Resource",
    }
    assert denied[0]["message"] == (
        f"Lambda may not pull {OTHER}.dkr.ecr.{REGION}.amazonaws.com/orders/api:1.4.2: its policy does not let in "
        f"account {ACCOUNT} or lambda.amazonaws.com"
    )
    assert "cross-account-pull-unverifiable" not in {rule for rule, _ in found(document)}
    assert len([action for action, _ in account.calls if action == "ecr:BatchGetImage"]) == 2


def test_an_image_and_a_repository_are_asked_for_once_for_all_functions(account: Aws) -> None:
    functions = {f"Fn{number}": function(f"{REGISTRY}/orders/api:1.4.2", ROLE) for number in range(30)}
    write_templates("cdk.out", {"App": {"Resources": functions}})
    assert run("check", *live(account)).exit_code == 0
    actions = [action for action, _ in account.calls]
    assert {action for action in actions if action.startswith("ecr:") and actions.count(action) > 1} == set()
    assert actions.count("cloudformation:DescribeStackResource") == 30
    assert 1 < account.most_at_once <= 10


def test_a_run_asks_for_so_many_images_and_no_more(account: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "MAX_ASKED", 2)
    functions = {f"Fn{number}": function(f"{REGISTRY}/orders/api:{number}", ROLE) for number in range(3)}
    write_templates("cdk.out", {"App": {"Resources": functions}})
    document = report(*live(account, "--select", "image-not-found"))
    assert found(document) == {("image-not-found", "Fn0"), ("image-not-found", "Fn1")}
    assert found(document, "unknown") == {("image-not-found", "Fn2")}


def test_a_repository_that_keeps_its_tags_makes_a_tag_as_good_as_a_digest(account: Aws) -> None:
    account.client("ecr").create_repository(repositoryName="kept", imageTagMutability="IMMUTABLE")
    account.push("kept", "1.0", oci(AMD64), AMD64)
    write_templates("cdk.out", {"App": app(f"{REGISTRY}/kept:1.0")})
    assert found(report("--select", "image-not-pinned")) == {("image-not-pinned", "Fn")}
    assert found(report(*live(account, "--select", "image-not-pinned"))) == set()


EXPIRY: dict[str, tuple[list[tuple[str, int]], list[str], str | None]] = {
    "the only tag is selected": ([("v", 30)], ["v1"], "lifecycle rule 1 is to expire it"),
    "no tag is selected": ([("x", 30)], ["v1"], None),
    "both tags are selected by one rule": ([("v", 30)], ["v1", "v2"], "lifecycle rule 1 is to expire it"),
    "the tags are selected by different rules": ([("v", 30), ("w", 60)], ["v1", "w1"], "unknown"),
    "one of the tags is not selected": ([("v", 30)], ["v1", "kept"], "unknown"),
}
"""Rules by the prefix of tags and the days, the image's tags, and what is said of it."""


@pytest.mark.parametrize(("rules", "tags", "expected"), EXPIRY.values(), ids=EXPIRY)
def test_a_lifecycle_policy_is_asked_about_each_of_the_tags(
    rules: list[tuple[str, int]], tags: list[str], expected: str | None, account: Aws
) -> None:
    ecr = account.client("ecr")
    name = f"aging{len(ecr.describe_repositories()['repositories'])}"
    ecr.create_repository(repositoryName=name)
    selections = [
        {"tagStatus": "tagged", "tagPrefixList": [prefix], "countType": "sinceImagePushed", "countUnit": "days"}
        | {"countNumber": days}
        for prefix, days in rules
    ]
    listed = [
        {"rulePriority": number, "selection": selection, "action": {"type": "expire"}}
        for number, selection in enumerate(selections, start=1)
    ]
    ecr.put_lifecycle_policy(repositoryName=name, lifecyclePolicyText=json.dumps({"rules": listed}))
    for tag in tags:
        account.push(name, tag, oci(AMD64), AMD64)
    write_templates("cdk.out", {"App": app(f"{REGISTRY}/{name}:{tags[0]}")})
    document = report(*live(account, "--select", "image-expiring"))
    said = [each["message"].partition(": ")[2] for each in document["findings"]] or [None]
    if document["unknown"]:
        said = ["unknown"]
    assert len(said) == 1
    assert said[0] == expected or (said[0] or "").startswith(f"{expected} on ")


def test_facts_has_what_the_account_says(account: Aws) -> None:
    write_templates("cdk.out", {"App": app(f"{REGISTRY}/orders/api:1.4.2")})
    (document,) = json.loads(run("facts", *live(account)).stdout)
    assert document["facts"]["registry.architecture"] == "x86_64"
    assert document["facts"]["registry.digest"] == account.pushed["orders/api:1.4.2"]
    assert "registry.critical_findings" in document["unknown"]
    assert run("facts", "--profile", "reader").exit_code == 2


def test_without_live_nobody_is_asked_and_nothing_is_different(account: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    write_templates("cdk.out", {"App": app(f"{REGISTRY}/orders/api:gone")})
    monkeypatch.setenv("AWS_ENDPOINT_URL", account.url)
    document = report("--select", "all")
    assert account.calls == []
    named = {each["rule"] for kind in ("findings", "unknown") for each in document[kind]}
    assert not named & {"image-not-found", "deployed-function-failed"}
    facts = json.loads(run("facts").stdout)[0]
    assert [name for name in (*facts["facts"], *facts["unknown"]) if name.startswith(("registry.", "deployed."))] == []


# -- what is deployed where ---------------------------------------------------------------------------------------


def test_a_function_of_a_nested_stack_is_found_through_the_stack_that_nests_it(account: Aws) -> None:
    inner = {"Resources": {"Fn": function(f"{REGISTRY}/orders/api:1.4.2", ROLE)}}
    outer = {
        "Resources": {
            "One": {
                "Type": "AWS::CloudFormation::Stack",
                "Metadata": {"aws:asset:path": "Inner.template.json"},
                "Properties": {"TemplateURL": "https://templates.s3.amazonaws.com/Inner.template.json"},
            }
        }
    }
    s3 = account.client("s3")
    s3.create_bucket(Bucket="templates", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="templates", Key="Inner.template.json", Body=json.dumps(inner))
    account.client("cloudformation").create_stack(StackName="Outer", TemplateBody=json.dumps(outer))
    write_templates("cdk.out", {"Outer": outer, "Inner": inner}, nested=["Inner"], bucket="templates")
    account.forget()
    document = report(*live(account, "--select", "deployed-function-failed"))
    assert document["unknown"] == []
    assert [action for action, _ in account.calls].count("cloudformation:DescribeStackResource") == 2
    assert "lambda:GetFunction" in account.actions


@pytest.mark.parametrize("stack", ["Nowhere", "App"])
def test_a_function_that_is_not_deployed_is_no_finding(stack: str, account: Aws) -> None:
    """Neither without a stack, nor in a stack that has no such resource yet."""
    account.client("cloudformation").create_stack(StackName=f"{stack}Old", TemplateBody=json.dumps({"Resources": {}}))
    write_templates("cdk.out", {f"{stack}Old": app(f"{REGISTRY}/orders/api:1.4.2"), stack: app("x")})
    document = report(*live(account, "--select", "deployed-function-failed,deployed-image-outdated"))
    assert (document["findings"], document["unknown"]) == ([], [])


def test_a_template_that_no_manifest_names_a_stack_for_is_not_looked_for(account: Aws) -> None:
    Path("app.json").write_text(json.dumps(app(f"{REGISTRY}/orders/api:1.4.2")), encoding="utf-8")
    document = report("app.json", *live(account, "--select", "deployed-function-failed"))
    assert [each["facts"] for each in document["unknown"]] == [["deployed.exists", "deployed.failure"]]
    assert "cloudformation:DescribeStackResource" not in account.actions


def test_a_repository_that_the_assembly_makes_is_not_missing(account: Aws) -> None:
    """It is not there before the first deployment; the rule of the first deployment speaks of that."""
    repository = {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": "new"}}
    write_templates(
        "cdk.out", {"App": {"Resources": {"Repo": repository, "Fn": function(f"{REGISTRY}/new:1.0", ROLE)}}}
    )
    document = report(*live(account, "--select", "image-not-found"))
    assert document["findings"] == []
    assert found(document, "unknown") == {("image-not-found", "Fn")}


# -- other accounts -----------------------------------------------------------------------------------------------


def test_a_stack_of_another_account_is_unknown_without_a_role_there(account: Aws) -> None:
    write_templates("cdk.out", {"App": app(f"{REGISTRY}/orders/api:1.4.2")}, {"App": f"{OTHER}/{REGION}"})
    result = run("check", *live(account, "--select", "deployed-function-failed", "--show-unknown"))
    assert f"account {OTHER} is not that of the credentials, and --role-arn names no role there" in result.stdout
    assert "cloudformation:DescribeStackResource" not in account.actions


def test_a_registry_of_another_account_may_hide_what_is_there(account: Aws) -> None:
    """ECR is asked with the credentials at hand, which its policies may let in; what it does not show may be there."""
    write_templates("cdk.out", {"App": app(f"{OTHER}.dkr.ecr.{REGION}.amazonaws.com/hidden:1.0")})
    document = report(*live(account, "--select", "image-not-found"))
    assert document["findings"] == []
    assert found(document, "unknown") == {("image-not-found", "Fn")}
    assert found(report(*live(account, "--select", "image-not-found", "--role-arn", ROLE_ARN))) == {
        ("image-not-found", "Fn")
    }


def test_a_role_is_taken_once_in_each_account(account: Aws) -> None:
    stacks = {name: app(f"{REGISTRY}/orders/api:1.4.2") for name in ("One", "Two")}
    write_templates("cdk.out", stacks, dict.fromkeys(stacks, f"{OTHER}/{REGION}"))
    assert report(*live(account, "--role-arn", ROLE_ARN))["errors"] == []
    assumed = [each["RoleArn"] for action, each in account.calls if action == "sts:AssumeRole"]
    assert assumed == [f"arn:aws:iam::{OTHER}:role/reader"]


def test_a_profile_has_the_credentials(account: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PLANTED:
        monkeypatch.delenv(name)
    keys = "\n".join(f"{name.lower()} = {value}" for name, value in PLANTED.items())
    Path("credentials").write_text(f"[reader]\n{keys}\n", encoding="utf-8")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "credentials")
    write_templates("cdk.out", {"App": app(f"{REGISTRY}/orders/api:gone")})
    assert run("check", *live(account)).exit_code == 3
    result = run("check", *live(account, "--profile", "reader", "--concise"))
    assert "image-not-found" in result.stdout
    assert [each for each in PLANTED.values() if each in result.output] == []


# -- values of deployed stacks ------------------------------------------------------------------------------------

TAGGED: dict[str, Any] = {
    "Parameters": {"Tag": {"Type": "String", "Default": "latest"}, "Key": {"Type": "String", "NoEcho": True}},
    "Resources": {
        "Fn": {
            "Type": "AWS::Lambda::Function",
            "Properties": image_properties({"Fn::Sub": f"{REGISTRY}/orders/api:${{Tag}}"}, **ROLE),
        }
    },
}
DEPLOYED = ("--parameters-from", "deployed")


@pytest.fixture
def tagged(account: Aws) -> str:
    """A stack whose pipeline gives its tag another value than the Default."""
    given = {"Tag": "1.4.2", "Key": PLANTED["AWS_SECRET_ACCESS_KEY"]}
    cloudformation = account.client("cloudformation")
    if "Tagged" not in {each["StackName"] for each in cloudformation.describe_stacks()["Stacks"]}:
        cloudformation.create_stack(
            StackName="Tagged",
            TemplateBody=json.dumps(TAGGED),
            Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()],
        )
    account.forget()
    return write_templates("cdk.out", {"Tagged": TAGGED})


def test_a_parameter_has_the_value_that_the_deployed_stack_has(account: Aws, tagged: str) -> None:
    assert ("image-tag-latest", "Fn") in found(report(*live(account)))
    assert ("image-tag-latest", "Fn") not in found(report(*live(account, *DEPLOYED)))


def test_a_value_of_the_command_line_has_the_last_word(account: Aws, tagged: str) -> None:
    document = report(*live(account, *DEPLOYED, "--parameter", "Tag=latest"))
    assert ("image-tag-latest", "Fn") in found(document)


def test_a_deployed_value_that_the_template_does_not_allow_any_more_is_left_out(account: Aws, tagged: str) -> None:
    template = {**TAGGED, "Parameters": {"Tag": {**TAGGED["Parameters"]["Tag"], "AllowedValues": ["latest", "2.0"]}}}
    write_templates("cdk.out", {"Tagged": template})
    assert ("image-tag-latest", "Fn") in found(report(*live(account, *DEPLOYED)))


def test_an_export_that_no_stack_of_the_assembly_has_is_taken_from_the_account(account: Aws) -> None:
    exporting = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {"Tag": {"Value": "latest", "Export": {"Name": "shared-tag"}}},
    }
    account.client("cloudformation").create_stack(StackName="Shared", TemplateBody=json.dumps(exporting))
    uri = {"Fn::Join": [":", [f"{REGISTRY}/orders/api", {"Fn::ImportValue": "shared-tag"}]]}
    write_templates("cdk.out", {"App": app(uri)})
    assert found(report(*live(account))) == set()
    assert ("image-tag-latest", "Fn") in found(report(*live(account, *DEPLOYED)))


def test_parameters_that_may_not_be_asked_for_are_warned_of(account: Aws, tagged: str) -> None:
    for action in ("cloudformation:DescribeStacks", "cloudformation:ListExports"):
        account.answers[action] = lambda parameters: refused_in_xml("AccessDenied")
    result = run("check", *live(account, *DEPLOYED))
    assert (
        "imagelint: warning: cdk.out/Tagged.template.json: the parameters of the deployed stack are not known: "
        f"cloudformation:DescribeStacks is not allowed in account {ACCOUNT}" in result.stderr
    )
    assert (
        f"imagelint: warning: cdk.out: the exports of {ACCOUNT} in {REGION} are not known: cloudformation:ListExports "
        f"is not allowed in account {ACCOUNT}" in result.stderr
    )


# -- the least policy ---------------------------------------------------------------------------------------------


def allowed(*options: str) -> set[str]:
    """The actions of `imagelint live-policy`."""
    document = json.loads(run("live-policy", *options).stdout)
    assert {each["Effect"] for each in document["Statement"]} == {"Allow"}
    return {action for each in document["Statement"] for action in each["Action"]}


def test_the_least_policy_has_what_a_run_asks_and_no_more(account: Aws, tagged: str) -> None:
    """sts:GetCallerIdentity needs no permission."""
    write_templates("cdk.out", {"Tagged": TAGGED})
    run("check", *live(account))
    assert account.actions - {"sts:GetCallerIdentity"} <= allowed()
    uri = f"{REGISTRY}/orders/api:1.4.2"
    write_templates("cdk.out", {"Tagged": TAGGED, "Other": app(uri)}, {"Other": f"{OTHER}/{REGION}"})
    options = ("--role-arn", ROLE_ARN, *DEPLOYED)
    account.forget()
    run("check", *live(account, *options))
    assert account.actions - {"sts:GetCallerIdentity"} == allowed(*options)
    assert allowed(*options) - allowed() == {
        "sts:AssumeRole",
        "cloudformation:DescribeStacks",
        "cloudformation:ListExports",
    }


def test_the_least_policy_changes_nothing() -> None:
    actions = allowed("--role-arn", ROLE_ARN, *DEPLOYED)
    reading = ("Get", "Describe", "List", "BatchGet")
    assert {action for action in actions if not action.split(":")[1].startswith(reading)} == {"sts:AssumeRole"}


def test_the_least_policy_names_the_role_in_every_account() -> None:
    document = json.loads(run("live-policy", "--role-arn", "arn:aws-cn:iam::{account}:role/reader").stdout)
    resources = [each["Resource"] for each in document["Statement"]]
    assert "arn:aws-cn:iam::*:role/reader" in resources
    assert "arn:aws-cn:ecr:*:*:repository/*" in resources


# -- wrong usage --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--profile", "reader"], "--profile needs --live"),
        (["--role-arn", ROLE_ARN], "--role-arn needs --live"),
        (["--endpoint-url", "http://localhost:5000"], "--endpoint-url needs --live"),
        (["--parameters-from", "deployed"], "--parameters-from needs --live"),
        (["--select", "error,E9737"], "--select E9737 needs --live: only the account can tell"),
        (["--live", "--role-arn", "reader"], "'reader' is not a role's ARN such as arn:aws:iam::{account}:role/reader"),
        (["--live", "--role-arn", "arn:aws:iam::{account}:role/{x}"], "is not a role's ARN"),
        (["--live", "--endpoint-url", "ftp://x"], "'ftp://x' is not a URL such as http://localhost:5000"),
    ],
)
def test_wrong_usage(options: list[str], message: str, account: Aws) -> None:
    write_templates("cdk.out", {"App": app(f"{REGISTRY}/orders/api:1.4.2")})
    result = run("check", *options)
    assert result.exit_code == 2
    assert message in result.stderr
    assert account.calls == []
