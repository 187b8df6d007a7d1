"""Every rule that speaks of what only an account knows fires on an account, and is silent on one: the real command line
asks moto's server, into which the images were pushed and the stack was deployed.

What moto lacks is answered before it, in shapes that botocore's models allow (support/aws_server.py).
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from imagelint.rules.rule import load_rules
from support.aws_server import ACCOUNT, REGION, Aws, environment, in_other_account
from support.builders import function, write_templates
from support.cli import report
from support.manifests import GZIP, ZSTD, config, docker, index, oci

REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
OTHER = "210987654321"
SHARED = f"{OTHER}.dkr.ecr.{REGION}.amazonaws.com"
ROLE = {"Role": f"arn:aws:iam::{ACCOUNT}:role/runner"}
AMD64, ARM64 = config("amd64"), config("arm64")
SERVICE = {
    "Effect": "Allow",
    "Principal": {"Service": "lambda.amazonaws.com"},
    "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
    "Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:*"}},
}
TO_ACCOUNT = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": SERVICE["Action"]}
DENY = {"Sid": "Nobody", "Effect": "Deny", "Principal": "*", "Action": "ecr:*"}
BY_AGE = {
    "rules": [
        {
            "rulePriority": 1,
            "selection": {
                "tagStatus": "tagged",
                "tagPrefixList": ["old"],
                "countType": "sinceImagePushed",
                "countUnit": "days",
                "countNumber": 90,
            },
            "action": {"type": "expire"},
        }
    ]
}
LIVE_RULES = sorted(rule.id for rule in load_rules() if rule.is_live)


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


FUNCTIONS: dict[str, dict[str, Any]] = {
    "Good": function(f"{REGISTRY}/app:good", ROLE),
    "Docker": function(f"{REGISTRY}/app:docker", ROLE),
    "Gone": function(f"{REGISTRY}/app:gone", ROLE),
    "NoRepository": function(f"{REGISTRY}/nothing:1.0", ROLE),
    "Attested": function(f"{REGISTRY}/app:attested", ROLE),
    "Arm": function(f"{REGISTRY}/app:arm", ROLE),
    "ArmToo": function(f"{REGISTRY}/app:arm", {**ROLE, "Architectures": ["arm64"]}),
    "Large": function(f"{REGISTRY}/app:large", ROLE),
    "Zstd": function(f"{REGISTRY}/app:zstd", ROLE),
    "Old": function(f"{REGISTRY}/aging:old-1", ROLE),
    "Young": function(f"{REGISTRY}/aging:new-1", ROLE),
    "Previewed": function(f"{REGISTRY}/previewed:1.0", ROLE),
    "Vulnerable": function(f"{REGISTRY}/scanned:bad", ROLE),
    "Sound": function(f"{REGISTRY}/scanned:good", ROLE),
    "Denied": function(f"{REGISTRY}/denied:1.0", ROLE),
    "Shut": function(f"{SHARED}/shut:1.0", ROLE),
    "Open": function(f"{SHARED}/open:1.0", ROLE),
    "Moved": function(f"{REGISTRY}/app:moved", ROLE),
    "Inactive": function(f"{REGISTRY}/app:good", ROLE),
    "Idle": function(f"{REGISTRY}/app:good", ROLE),
    "Unmended": function(f"{REGISTRY}/app:good", ROLE),
}
NOT_DEPLOYED = {"Gone", "NoRepository", "Young"}
STATES: dict[str, dict[str, Any]] = {
    "Inactive": {"State": "Inactive", "StateReasonCode": "ImageAccessDenied"},
    "Idle": {"State": "Inactive", "StateReasonCode": "Idle"},
    "Unmended": {"LastUpdateStatus": "Failed", "LastUpdateStatusReasonCode": "InvalidImage"},
}
DIGEST = "sha256:" + "1" * 64
"""What runs of an image that was pushed over."""


@pytest.fixture(scope="module")
def account(server: Aws) -> Aws:
    """The account with images in its repositories, and with the stack deployed."""
    with pytest.MonkeyPatch.context() as patch:
        environment(patch)
        _push(server)
        _deploy(server)
    return server


def _push(aws: Aws) -> None:
    """Push the images."""
    ecr = aws.client("ecr")
    for name in ("app", "aging", "previewed", "scanned", "denied"):
        ecr.create_repository(repositoryName=name)
        ecr.set_repository_policy(
            repositoryName=name, policyText=policy(SERVICE, *([DENY] if name == "denied" else []))
        )
    for name in ("aging", "previewed"):
        ecr.put_lifecycle_policy(repositoryName=name, lifecyclePolicyText=json.dumps(BY_AGE))
    images: dict[str, tuple[dict[str, Any], bytes | None]] = {
        "app:good": (oci(AMD64), AMD64),
        "app:docker": (docker(AMD64), AMD64),
        "app:attested": (index(("amd64", oci(AMD64)), attested=True), None),
        "app:arm": (oci(ARM64), ARM64),
        "app:large": (oci(AMD64, (GZIP, 6 << 30), (GZIP, 5 << 30)), AMD64),
        "app:zstd": (oci(AMD64, (ZSTD, 1)), AMD64),
        "app:moved": (oci(AMD64, (GZIP, 2)), AMD64),
        "aging:old-1": (oci(AMD64), AMD64),
        "aging:new-1": (oci(AMD64, (GZIP, 3)), AMD64),
        "previewed:1.0": (oci(AMD64), AMD64),
        "scanned:bad": (oci(AMD64, (GZIP, 4)), AMD64),
        "scanned:good": (oci(AMD64, (GZIP, 5)), AMD64),
        "denied:1.0": (oci(AMD64), AMD64),
    }
    for name, (manifest, blob) in images.items():
        repository, _, tag = name.partition(":")
        aws.push(repository, tag, manifest, blob)
    ecr.start_image_scan(repositoryName="scanned", imageId={"imageTag": "good"})
    aws.previews["previewed"] = {
        "lifecyclePolicyText": json.dumps(BY_AGE, indent=1),
        "status": "COMPLETE",
        "previewResults": [
            {"imageDigest": aws.pushed["previewed:1.0"], "action": {"type": "EXPIRE"}, "appliedRulePriority": 1}
        ],
    }
    aws.scans[aws.pushed["scanned:bad"]] = {"CRITICAL": 2, "HIGH": 7, "UNDEFINED": 1}
    theirs = in_other_account(aws, OTHER)
    for name, statements in {"shut": [SERVICE], "open": [SERVICE, TO_ACCOUNT]}.items():
        theirs.create_repository(repositoryName=name)
        theirs.set_repository_policy(repositoryName=name, policyText=policy(*statements))
        aws.push(name, "1.0", oci(AMD64), AMD64, client=theirs)


def _deploy(aws: Aws) -> None:
    """Deploy the stack as it was before the images of this day were pushed."""
    aws.client("iam").create_role(RoleName="runner", AssumeRolePolicyDocument="{}")
    resources = {name: each for name, each in FUNCTIONS.items() if name not in NOT_DEPLOYED}
    cloudformation = aws.client("cloudformation")
    cloudformation.create_stack(StackName="App", TemplateBody=json.dumps({"Resources": resources}))
    for each in cloudformation.list_stack_resources(StackName="App")["StackResourceSummaries"]:
        name = each["LogicalResourceId"]
        uri = FUNCTIONS[name]["Properties"]["Code"]["ImageUri"]
        digest = DIGEST if name == "Moved" else aws.pushed[uri.partition("/")[2]]
        aws.running[each["PhysicalResourceId"]] = {"uri": uri, "digest": digest, **STATES.get(name, {})}


@pytest.fixture(scope="module")
def findings(account: Aws, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The report of one run on all functions."""
    account.forget()
    with pytest.MonkeyPatch.context() as patch:
        environment(patch)
        patch.chdir(tmp_path_factory.mktemp("app"))
        write_templates("cdk.out", {"App": {"Resources": FUNCTIONS}})
        return report(*LIVE, "--endpoint-url", account.url, "--select", ",".join(LIVE_RULES))


LIVE = ("--live", "--role-arn", "arn:aws:iam::{account}:role/reader")
IN_APP = f"of {ACCOUNT} in {REGION}"
EXPECTED: dict[str, dict[str, str]] = {
    "image-not-found": {
        "Gone": f"{REGISTRY}/app:gone: the repository app {IN_APP} has no image tagged gone; Lambda refuses a function "
        "whose image is not there",
        "NoRepository": f"{REGISTRY}/nothing:1.0: there is no repository nothing in account {ACCOUNT} in {REGION}; "
        "Lambda refuses a function whose image is not there",
    },
    "image-media-type-unsupported": {
        "Attested": f"{REGISTRY}/app:attested is an index of manifests for linux/amd64 with BuildKit's attestations, "
        "and Lambda takes a single image; build it with --provenance=false for one platform"
    },
    "image-architecture-mismatch": {
        "Arm": f"{REGISTRY}/app:arm is built for linux on arm64, and the function runs on x86_64"
    },
    "image-too-large": {
        "Large": f"the layers of {REGISTRY}/app:large have 11.0 GB compressed; Lambda takes 10 GB uncompressed"
    },
    "registry-pull-denied": {
        "Denied": f"Lambda may not pull {REGISTRY}/denied:1.0: statement 2 (Nobody) of its policy denies the pull",
        "Shut": f"Lambda may not pull {SHARED}/shut:1.0: its policy does not let in account {ACCOUNT}",
    },
    "deployed-image-outdated": {
        "Moved": "{Moved} runs "
        f"{DIGEST}, and {REGISTRY}/app:moved names {{app:moved}} now; this deployment changes nothing about that"
    },
    "deployed-function-failed": {
        "Inactive": "the deployed function {Inactive} is Inactive (ImageAccessDenied)",
        "Unmended": "the deployed function {Unmended} runs its former code, since its last update failed "
        "(InvalidImage)",
    },
    "image-expiring": {
        "Old": f"{REGISTRY}/aging:old-1: lifecycle rule 1 is to expire it on {{in 90 days}}, 90 days after its push; "
        "without its image the function fails",
        "Previewed": f"{REGISTRY}/previewed:1.0: the last preview of its lifecycle policy names it: rule 1 is to "
        "expire it; without its image the function fails",
    },
    "image-vulnerable": {
        "Vulnerable": f"the registry's scan of {REGISTRY}/scanned:bad found 2 critical, 7 high",
    },
}
"""By rule: the functions that it finds, and what it says of them. What is in braces is made up by moto or the day."""
SILENT = {
    "image-not-found": "Good",
    "image-media-type-unsupported": "Docker",
    "image-architecture-mismatch": "ArmToo",
    "image-too-large": "Good",
    "registry-pull-denied": "Open",
    "deployed-image-outdated": "Good",
    "deployed-function-failed": "Idle",
    "image-expiring": "Young",
    "image-vulnerable": "Sound",
}
"""By rule: a function of which it is known to say nothing."""


def test_every_rule_that_needs_an_account_is_proven_here() -> None:
    assert sorted(EXPECTED) == sorted(SILENT) == LIVE_RULES


@pytest.mark.parametrize("rule", LIVE_RULES)
def test_rule_fires_on_the_account_and_is_silent_on_it(rule: str, findings: dict[str, Any], account: Aws) -> None:
    found = {each["function"]["logical_id"]: each["message"] for each in findings["findings"] if each["rule"] == rule}
    assert found == {name: _filled(message, account) for name, message in EXPECTED[rule].items()}
    unknown = {each["function"]["logical_id"] for each in findings["unknown"] if each["rule"] == rule}
    assert SILENT[rule] not in unknown


def _filled(message: str, aws: Aws) -> str:
    for name in aws.running:
        message = message.replace(f"{{{name.split('-')[1]}}}", name)
    message = message.replace("{app:moved}", aws.pushed["app:moved"])
    return message.replace("{in 90 days}", str(datetime.now(timezone.utc).date() + timedelta(days=90)))


def test_a_finding_stands_where_the_reference_does(findings: dict[str, Any]) -> None:
    (found,) = [each for each in findings["findings"] if each["rule"] == "image-architecture-mismatch"]
    assert found["location"]["pointer"] == "/Resources/Arm/Properties/Code/ImageUri"
    assert (found["code"], found["severity"]) == ("E9757", "error")


def test_what_a_documentation_does_not_say_is_unknown(findings: dict[str, Any]) -> None:
    unknown = [each for each in findings["unknown"] if each["function"]["logical_id"] == "Zstd"]
    assert [(each["rule"], each["facts"]) for each in unknown] == [
        ("image-media-type-unsupported", ["registry.unsupported"]),
        ("image-vulnerable", ["registry.critical_findings"]),
    ]


def test_an_index_is_followed_to_its_image(findings: dict[str, Any]) -> None:
    """Its architecture is known by the config of the one image that it holds beside the attestation."""
    unknown = [each for each in findings["unknown"] if each["function"]["logical_id"] == "Attested"]
    assert [each["rule"] for each in unknown] == ["image-vulnerable"]
