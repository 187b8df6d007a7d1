"""`imagelint audit` of deployed stacks: moto's CloudFormation on loopback, in two accounts and two regions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from werkzeug.wrappers import Response

from imagelint.audit.judging import Batch, judge, order_of
from imagelint.audit.run import list_sources
from imagelint.audit.stacks import session_of
from imagelint.config.discovery import load_settings
from support.audit import Here, rows
from support.aws_server import ACCOUNT, PLANTED, REGION, Aws, environment, in_other_account, refused_in_xml
from support.cli import run, start
from support.paths import ROOT

OWN_ROLE = f"arn:aws:iam::{ACCOUNT}:role/auditor"
OTHER, CLOSED, UNKNOWN = "210987654321", "333333333333", "444444444444"
FRANKFURT = "eu-central-1"
REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
SECRET = "planted-value-of-a-secret-parameter"


def template(image: Any, account: str = ACCOUNT, **sections: Any) -> dict[str, Any]:
    """A template with one image function."""
    role = f"arn:aws:iam::{account}:role/runner"
    properties = {"PackageType": "Image", "Role": role, "Code": {"ImageUri": image}}
    return {**sections, "Resources": {"Fn": {"Type": "AWS::Lambda::Function", "Properties": properties}}}


BY_PARAMETER = template(
    {"Fn::Sub": f"{REGISTRY}/orders/api:${{Tag}}"}, Parameters={"Tag": {"Type": "String", "Default": "1.0"}}
)
BY_SECRET = template(
    {"Fn::Sub": f"{REGISTRY}/orders/api:${{Tag}}"},
    Parameters={"Tag": {"Type": "String", "Default": "latest", "NoEcho": True}},
)
IMPORTING = template({"Fn::Join": ["", [{"Fn::ImportValue": "orders-repository"}, ":latest"]]})
EXPORTING = {
    "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}},
    "Outputs": {"Repository": {"Value": f"{REGISTRY}/orders/api", "Export": {"Name": "orders-repository"}}},
}
BY_REGION = template({"Fn::Sub": "${AWS::AccountId}.dkr.ecr.eu-west-1.amazonaws.com/orders/${AWS::StackName}:1.4"})
YAML = f"""\
# as somebody wrote it
Resources:
  Fn:
    Type: AWS::Lambda::Function
    Properties:
      PackageType: Image
      Role: arn:aws:iam::{ACCOUNT}:role/runner
      Code:
        ImageUri: !Sub "{REGISTRY}/orders/jobs:latest"
"""
NESTING = template(f"{REGISTRY}/shop:latest")
NESTING["Resources"]["Jobs"] = {
    "Type": "AWS::CloudFormation::Stack",
    "Properties": {"TemplateURL": "https://s3.eu-west-1.amazonaws.com/cdk-assets/jobs.json"},
}


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    """The accounts."""
    with pytest.MonkeyPatch.context() as patch:
        environment(patch)
        server = Aws()
        try:
            _deploy(server)
            yield server
        finally:
            server.close()


def _deploy(server: Aws) -> None:
    for client in (server.client("iam"), in_other_account(server, OTHER, "iam")):
        client.create_role(RoleName="runner", AssumeRolePolicyDocument="{}")
    here = server.client("cloudformation")
    create(here, "orders-repository", EXPORTING)
    create(here, "orders-api", BY_PARAMETER, Tag="latest")
    create(here, "orders-secret", BY_SECRET, Tag="Tag")  # moto 5.2.5 masks a value that is a secret parameter's name
    create(here, "orders-import", IMPORTING)
    create(here, "jobs", YAML)
    server.client("s3").create_bucket(Bucket="cdk-assets", CreateBucketConfiguration={"LocationConstraint": REGION})
    nested = json.dumps(template(f"{REGISTRY}/jobs:latest"), indent=1)
    server.client("s3").put_object(Bucket="cdk-assets", Key="jobs.json", Body=nested.encode())
    create(here, "shop", NESTING)
    create(here, "removed", {"Resources": EXPORTING["Resources"]})
    here.delete_stack(StackName="removed")
    there = boto3.client("cloudformation", region_name=FRANKFURT, endpoint_url=server.url)
    create(there, "orders-eu", BY_REGION)
    create(in_other_account(server, OTHER, "cloudformation"), "billing", template(f"{REGISTRY}/billing:latest", OTHER))


def create(client: Any, name: str, body: Mapping[str, Any] | str, **parameters: str) -> None:
    """Deploy a stack."""
    client.create_stack(
        StackName=name,
        TemplateBody=body if isinstance(body, str) else json.dumps(body, indent=1),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
    )


@pytest.fixture(autouse=True)
def _here(aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    aws.forget()
    session_of.cache_clear()
    environment(monkeypatch)
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)
    monkeypatch.chdir(tmp_path)


def audit(*arguments: str) -> Any:
    return start(".", "audit", *arguments, "--output", "audit", "--workers", "1")


def judged() -> dict[str, dict[str, Any]]:
    """What the rows say of each source: the status, the findings with their places, the images."""
    return {
        named(row["source"]).removeprefix("cloudformation://"): {
            "status": (row["status"], row["reason"], row["team"]),
            "findings": [
                (each["rule"], named(each["stack"]), named(each["template"]), each["line"])
                for each in rows("findings")
                if each["source"] == row["source"]
            ],
            "images": [each["uri"] for each in rows("functions") if each["source"] == row["source"]],
        }
        for row in rows("sources")
    }


def named(text: str) -> str:
    """A name without what CloudFormation appends to that of a nested stack."""
    return re.sub("(shop-Jobs)-[A-Z0-9]+", r"\1", text)


def expected(team: str | None, image: str | None, *findings: tuple[str, str, str, int]) -> dict[str, Any]:
    """The same of a source that was read."""
    images = [] if image is None else [f"{REGISTRY}/{image}"]
    return {"status": ("read", None, team), "findings": list(findings), "images": images}


def test_stacks_are_judged_as_they_are_deployed(aws: Aws) -> None:
    """In two regions and two accounts, with the values that they have; what may not be listed is told."""
    aws.closed.add("eu-south-1")
    aws.answers["sts:AssumeRole"] = lambda call: (
        refused_in_xml("AccessDenied", SECRET, 403) if CLOSED in call["RoleArn"] else None
    )
    roles = ("--role-arn", "arn:aws:iam::{account}:role/reader", "--role-arn", f"arn:aws:iam::{OTHER}:role/auditor")
    patterns = (f"cloudformation://{ACCOUNT}/eu-*", f"cloudformation://{OTHER}", f"cloudformation://{CLOSED}/*")
    done = audit(*patterns, *roles)
    assert done.returncode == 3
    assert done.stderr == (
        f"imagelint: {patterns[0]}: {ACCOUNT}/eu-south-1: cannot be listed: "
        f"cloudformation:ListStacks is not allowed in account {ACCOUNT}\n"
        f"imagelint: {patterns[2]}: {CLOSED}: its regions cannot be listed: "
        f"sts:AssumeRole is not allowed in account {ACCOUNT}\n"
    )
    assert {call["RoleArn"] for action, call in aws.calls if action == "sts:AssumeRole"} == {
        f"arn:aws:iam::{OTHER}:role/auditor",
        f"arn:aws:iam::{CLOSED}:role/reader",
    }
    assert judged() == {
        **{f"{ACCOUNT}/{REGION}/{name}": what for name, what in HERE.items()},
        f"{ACCOUNT}/{FRANKFURT}/orders-eu": expected(
            FRANKFURT, "orders/orders-eu:1.4", ("image-region-mismatch", "orders-eu", "orders-eu", 9)
        ),
        f"{OTHER}/{REGION}/billing": expected(
            REGION,
            "billing:latest",
            ("image-tag-latest", "billing", "billing", 9),
            ("cross-account-pull-unverifiable", "billing", "billing", 9),
        ),
    }
    nothing_secret(done)
    assert aws.actions == {"sts:GetCallerIdentity", "sts:AssumeRole", *documented()}  # the first needs no permission


def documented() -> set[str]:
    """The actions of the policy in the documentation."""
    text = (ROOT / "docs" / "audit.md").read_text(encoding="utf-8")
    (policy,) = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    return {action for statement in json.loads(policy)["Statement"] for action in statement["Action"]}


HERE = {
    "orders-repository": expected(REGION, None),
    "orders-api": expected(REGION, "orders/api:latest", ("image-tag-latest", "orders-api", "orders-api", 15)),
    "orders-secret": expected(REGION, "orders/api:${Tag}"),
    "orders-import": expected(REGION, "orders/api:latest", ("image-tag-latest", "orders-import", "orders-import", 9)),
    "jobs": expected(REGION, "orders/jobs:latest", ("image-tag-latest", "jobs", "jobs", 9)),
    "shop": expected(REGION, "shop:latest", ("image-tag-latest", "shop", "shop", 9)),
    "shop-Jobs": expected(REGION, "jobs:latest", ("image-tag-latest", "shop-Jobs", "shop-Jobs", 9)),
}
"""What is known of the stacks of one region: a nested one is a source of its own."""


def nothing_secret(done: Any) -> None:
    """Neither credentials nor what AWS says of a refusal is told."""
    told = json.dumps([*rows("sources"), *rows("findings"), *rows("functions")], default=str)
    for secret in (*PLANTED.values(), SECRET):
        assert secret not in done.stdout + done.stderr + told


def test_a_second_run_judges_what_was_updated(aws: Aws) -> None:
    here = aws.client("cloudformation")
    pattern = f"cloudformation:///{REGION}/again-*"
    for name in ("again-one", "again-two", "again-three"):
        create(here, name, BY_PARAMETER, Tag="latest")
    assert "Run 1: 3 judged, 0 unchanged" in audit(pattern).stdout
    tag = {"ParameterKey": "Tag", "ParameterValue": "1.4.2"}
    here.update_stack(StackName="again-one", UsePreviousTemplate=True, Parameters=[tag])
    here.delete_stack(StackName="again-two")
    aws.calls.clear()
    done = audit(pattern)
    here.delete_stack(StackName="again-one")
    here.delete_stack(StackName="again-three")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Run 2: 1 judged, 1 unchanged, 1 gone" in done.stdout
    assert "1 source judged anew: 0 new, 1 fixed.\n* new: none\n* fixed: image-tag-latest 1\n" in done.stdout
    assert [call["StackName"] for action, call in aws.calls if action == "cloudformation:GetTemplate"] == ["again-one"]


BY_STORE = template(
    {"Fn::Sub": f"{REGISTRY}/orders/api:${{Tag}}"},
    Parameters={"Tag": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/orders/tag"}},
)


@pytest.mark.parametrize(
    ("read", "image"),
    [("<ResolvedValue>1.4.2</ResolvedValue>", "1.4.2"), ("", "${the SSM parameter /orders/tag}")],
    ids=["told", "not told"],
)
def test_a_parameter_of_systems_manager_is_what_was_read_for_it(aws: Aws, read: str, image: str) -> None:
    aws.client("ssm").put_parameter(Name="/orders/tag", Value="said by no one", Type="String", Overwrite=True)
    here = aws.client("cloudformation")
    create(here, "by-store", BY_STORE)
    key = "<ParameterKey>Tag</ParameterKey><ParameterValue>/orders/tag</ParameterValue>"
    stack = f"<member><StackName>by-store</StackName><Parameters><member>{key}{read}</member></Parameters></member>"
    result = f"<R><DescribeStacksResult><Stacks>{stack}</Stacks></DescribeStacksResult></R>"  # moto tells no such value
    aws.answers["cloudformation:DescribeStacks"] = lambda call: Response(result, content_type="text/xml")
    done = audit(f"cloudformation:///{REGION}/by-store")
    here.delete_stack(StackName="by-store")
    assert (done.returncode, done.stderr) == (0, "")
    assert judged()[f"{ACCOUNT}/{REGION}/by-store"]["images"] == [f"{REGISTRY}/orders/api:{image}"]


def page(*names: str) -> Response:
    """A page of a listing, behind which there is another."""
    times = "<StackStatus>CREATE_COMPLETE</StackStatus><CreationTime>2026-01-02T03:04:05Z</CreationTime>"
    stacks = "".join(
        f"<member><StackName>{name}</StackName><StackId>{name}</StackId>{times}</member>" for name in names
    )
    result = f"<StackSummaries>{stacks}</StackSummaries><NextToken>more</NextToken>"
    return Response(f"<R><ListStacksResult>{result}</ListStacksResult></R>", content_type="text/xml")


def test_a_stack_that_cannot_be_read_costs_its_own_row(aws: Aws) -> None:
    """One that may not be read, one that was deleted meanwhile, and one for which the service has no time at first."""
    throttled = ["orders-repository"]

    def answer(call: Mapping[str, Any]) -> Response | None:
        if call["StackName"] in throttled:
            throttled.remove(call["StackName"])
            return refused_in_xml("Throttling", SECRET)
        return refused_in_xml("AccessDenied", SECRET, 403) if call["StackName"] == "closed" else None

    aws.answers["cloudformation:GetTemplate"] = answer
    aws.answers["cloudformation:ListStacks"] = lambda call: None if "NextToken" in call else page("closed", "deleted")
    nothing, unknown = f"cloudformation:///{REGION}/none-*", f"cloudformation://{UNKNOWN}"
    done = audit("cloudformation://", nothing, unknown, "--role-arn", OWN_ROLE)
    assert done.returncode == 3
    assert done.stderr == (
        f"imagelint: {nothing}: matches no deployed stack\n"
        f"imagelint: {unknown}: account {UNKNOWN} is not that of the credentials, "
        "and no --role-arn names a role there\n"
    )
    assert f"{len(HERE) + 1} sources ({len(HERE)} read, 1 unread)" in done.stdout
    assert f"Run 1: {len(HERE) + 1} judged, 0 unchanged, 1 gone" in done.stdout
    reason = f"cannot be fetched: cloudformation:GetTemplate is not allowed in account {ACCOUNT}"
    no_rows: dict[str, Any] = {"findings": [], "images": []}
    assert {key.removeprefix(f"{ACCOUNT}/{REGION}/"): what for key, what in judged().items()} == {
        "closed": {"status": ("unread", reason, ACCOUNT), **no_rows},
        "deleted": {"status": ("gone", "was deleted after it was listed", ACCOUNT), **no_rows},
        **{name: {**what, "status": ("read", None, ACCOUNT)} for name, what in HERE.items()},
    }
    assert [call["RoleArn"] for action, call in aws.calls if action == "sts:AssumeRole"][:1] == [OWN_ROLE]
    nothing_secret(done)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["cloudformation:"],
            "'cloudformation:' names no stacks, as cloudformation://123456789012/eu-west-1/orders-* ",
        ),
        (["cloudformation://1234"], "'cloudformation://1234' names no stacks, as cloudformation://123456789012/eu-"),
        (["cloudformation://*/*/*/*"], "'cloudformation://*/*/*/*' names no stacks, as cloudformation://123456789012"),
        (["s3://a", "--role-arn", OWN_ROLE], "--role-arn needs a pattern of deployed stacks, such as cloudformation:/"),
        (["cloudformation://", "--role-arn", "reader"], "'reader' is not a role's ARN such as arn:aws:iam::{account}:"),
    ],
)
def test_a_wrong_usage_is_one_line(arguments: list[str], said: str) -> None:
    done = run("audit", *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr


@pytest.mark.parametrize(
    ("lacking", "said"),
    [
        ("AWS_DEFAULT_REGION", "there is no region: set AWS_DEFAULT_REGION, or name one behind the account"),
        ("AWS_ACCESS_KEY_ID", "cannot be listed: there are no AWS credentials: set AWS_PROFILE, or AWS_ACCESS_KEY_ID "),
    ],
)
def test_what_an_environment_lacks_is_told(
    lacking: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(lacking)
    sources, (unlisted,) = list_sources(["cloudformation://"], Here(tmp_path))
    assert sources == []
    assert unlisted.reason.startswith(said)


HERE_API, HERE_EU = f"{ACCOUNT}/{REGION}/orders-api", f"{ACCOUNT}/{FRANKFURT}/orders-eu"
BILLING = f"{OTHER}/{REGION}/billing"
PATTERNS: dict[str, list[tuple[str, str | None]]] = {
    f"//{ACCOUNT}/{REGION}/orders-api": [(HERE_API, None)],
    f"//{ACCOUNT}/{FRANKFURT}/": [(HERE_EU, None)],
    f"///{FRANKFURT}": [(HERE_EU, ACCOUNT)],
    f"//{ACCOUNT}//orders-a*": [(HERE_API, REGION)],
    "///eu-*-1/orders-[ae]*": [(HERE_EU, ACCOUNT), (HERE_API, ACCOUNT)],
    f"//{OTHER}/{REGION}": [(BILLING, None)],
    "//*//billing": [(BILLING, OTHER)],
    "//2*": [(BILLING, OTHER)],
    "//9*": [],
    "///eu-west-9*": [],
}
"""The stacks that patterns name, and their teams, in the own account and in that of a role."""


def test_what_patterns_name(tmp_path: Path) -> None:
    engine, roles = Here(tmp_path), (f"arn:aws:iam::{OTHER}:role/auditor",)
    for pattern, expected_stacks in PATTERNS.items():
        sources, unlisted = list_sources([f"cloudformation:{pattern}"], engine, roles)
        names = [(source.url.removeprefix("cloudformation://"), source.team) for source in sources]
        assert (pattern, names) == (pattern, expected_stacks)
        assert [each.reason for each in unlisted] == ([] if names else ["matches no deployed stack"])


def test_a_batch_of_stacks_and_of_files_is_judged_together(aws: Aws, tmp_path: Path) -> None:
    """Here, where the network is asked once for what stacks of one place share."""
    Path("lone.yaml").write_text(YAML, encoding="utf-8")
    sources, _ = list_sources(["cloudformation:///eu-west-1/*s*", "lone.yaml"], Here(tmp_path))
    aws.calls.clear()
    found = {
        each.source.source.rpartition("/")[2]: each for each in judge(Batch(order_of(load_settings()), tuple(sources)))
    }
    lines = {name: [finding.line for finding in each.findings] for name, each in found.items()}
    assert {named(name): at for name, at in lines.items()} == {
        "jobs": [9],
        "lone.yaml": [9],
        "orders-api": [15],
        "orders-import": [9],
        "orders-repository": [],
        "orders-secret": [],
        "shop": [9],
        "shop-Jobs": [9],
    }
    actions = [action for action, _ in aws.calls]
    assert actions.count("cloudformation:ListExports") == 1
    assert actions.count("cloudformation:GetTemplate") == len(found) - 1
