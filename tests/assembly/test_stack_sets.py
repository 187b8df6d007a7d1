"""Stack sets: the template that one deploys is judged, and nothing is taken for known of where it goes.

Source: CloudFormation template reference, AWS::CloudFormation::StackSet: accounts, regions and values of parameters
are those of its StackInstancesGroup, several as a rule.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.builders import REGISTRY, REPOSITORY, function, write_templates
from support.cli import run

BUCKET = "cdk-hnb659fds-assets-123456789012-eu-west-1"
LATEST = {"Resources": {"Fn": function(f"{REPOSITORY}:latest")}}
HERE = {"Fn::Sub": "${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/app:1.4.2"}
YAML = f"""
Resources:
  Fn:
    Type: AWS::Lambda::Function
    Properties:
      PackageType: Image
      Code: {{ImageUri: !Sub "{REGISTRY}/app:latest"}}
"""
OTHER_REGION = f"{REPOSITORY}:1.4.2".replace("eu-west-1", "us-east-1")
NOT_HERE = "the template of the stack set Set is not here, so the functions that it deploys are unknown"


def stack_set(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::CloudFormation::StackSet", "Properties": {"StackSetName": "set", **properties}}


def bodied(template: Any) -> dict[str, Any]:
    return {"Resources": {"Set": stack_set(TemplateBody=json.dumps(template))}}


def check(folder: Path, templates: dict[str, Any], *arguments: str, nested: tuple[str, ...] = ()) -> Any:
    write_templates(folder / "cdk.out", templates, nested=nested, bucket=BUCKET)
    done = run("check", str(folder / "cdk.out"), "--format", "json", *arguments)
    return done.exit_code, json.loads(done.stdout), done.stderr


def rules(report: dict[str, Any], kind: str = "findings") -> set[str]:
    return {each["rule"] for each in report[kind]}


BODIES: dict[str, dict[str, Any]] = {
    "JSON as a text": stack_set(TemplateBody=json.dumps(LATEST)),
    "YAML as a text": stack_set(TemplateBody=YAML),
    "an object": stack_set(TemplateBody=LATEST),
    "a text that a function joins": stack_set(
        TemplateBody={"Fn::Join": ["", [json.dumps(LATEST)[:9], json.dumps(LATEST)[9:]]]}
    ),
    "a text that a function writes": stack_set(TemplateBody={"Fn::ToJsonString": LATEST}),
    "a file that the assembly uploads": stack_set(
        TemplateURL=f"https://{BUCKET}.s3.eu-west-1.amazonaws.com/Inner.template.json"
    ),
}


@pytest.mark.parametrize("resource", BODIES.values(), ids=BODIES)
def test_what_a_stack_set_deploys_is_judged(tmp_path: Path, resource: dict[str, Any]) -> None:
    template = {"Transform": "AWS::LanguageExtensions", "Resources": {"Set": resource}}
    status, report, said = check(tmp_path, {"App": template, "Inner": LATEST}, nested=("Inner",))
    (finding,) = [each for each in report["findings"] if each["rule"] == "image-tag-latest"]
    assert (status, report["errors"], said, report["summary"]["functions"]) == (1, [], "", 1)
    assert finding["function"] == {"logical_id": "Fn", "construct_path": None, "stack": "App/Set"}


def test_a_finding_in_a_text_stands_where_the_text_does(tmp_path: Path) -> None:
    _, report, _ = check(tmp_path, {"App": bodied(LATEST)})
    (location,) = [each["location"] for each in report["findings"] if each["rule"] == "image-tag-latest"]
    assert location["template"] == f"{tmp_path}/cdk.out/App.template.json"
    assert location["pointer"] == "/Resources/Set/Properties/TemplateBody"
    line = (tmp_path / "cdk.out/App.template.json").read_text().splitlines()[location["line"] - 1]
    assert line.strip().startswith('"TemplateBody":')


def test_cdk_is_told_of_the_stack_set_whose_body_has_the_finding(tmp_path: Path) -> None:
    """The template around it may have another resource with the function's logical ID."""
    write_templates(tmp_path / "cdk.out", {"App": bodied(LATEST)})
    document = json.loads(run("check", str(tmp_path / "cdk.out"), "--format=cdk", "--select=image-tag-latest").stdout)
    ((resource,),) = [each["violatingResources"] for each in document["violations"]]
    assert (resource["resourceLogicalId"], resource["locations"]) == ("Set", ["Properties.TemplateBody"])


def test_a_finding_in_a_file_stands_there(tmp_path: Path) -> None:
    templates = {"App": {"Resources": {"Set": BODIES["a file that the assembly uploads"]}}, "Inner": LATEST}
    _, report, _ = check(tmp_path, templates, nested=("Inner",))
    (location,) = [each["location"] for each in report["findings"] if each["rule"] == "image-tag-latest"]
    assert location["template"] == f"{tmp_path}/cdk.out/Inner.template.json"
    assert location["pointer"] == "/Resources/Fn/Properties/Code/ImageUri"


INSTANCES = [{"DeploymentTargets": {"Accounts": ["123456789012"]}, "Regions": ["eu-west-1"]}]
UNKNOWN: dict[str, tuple[dict[str, Any], str]] = {
    "whether the region is the image's": ({"Resources": {"Fn": function(OTHER_REGION)}}, "image-region-mismatch"),
    "a parameter, whatever its Default": (
        {
            "Parameters": {"Tag": {"Type": "String", "Default": "latest"}},
            "Resources": {"Fn": function({"Fn::Sub": REGISTRY + "/app:${Tag}"})},
        },
        "image-tag-latest",
    ),
    "an export of the same name": (
        {"Resources": {"Fn": function({"Fn::ImportValue": "uri"})}},
        "image-tag-latest",
    ),
    "whether the repository is the other stack's": (
        {"Resources": {"Fn": function(HERE)}},
        "pull-permission-missing",
    ),
}


@pytest.mark.parametrize(("template", "rule"), UNKNOWN.values(), ids=UNKNOWN)
def test_what_hangs_on_where_it_goes_is_unknown(tmp_path: Path, template: dict[str, Any], rule: str) -> None:
    exporter = {
        "Resources": {"Repo": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": "app"}}},
        "Outputs": {"Uri": {"Value": f"{REPOSITORY}:latest", "Export": {"Name": "uri"}}},
    }
    app = {"Resources": {"Set": stack_set(TemplateBody=json.dumps(template), StackInstancesGroup=INSTANCES)}}
    _, report, _ = check(tmp_path, {"App": app, "Other": exporter})
    assert rule not in rules(report)
    assert rule in rules(report, "unknown")
    _, report, _ = check(tmp_path / "plain", {"App": template, "Other": exporter})
    assert rule in rules(report) | rules(report, "unknown")


TAG_OF_SET = {"Parameters": {"Tag": {"Type": "Number"}}, "Resources": LATEST["Resources"]}


def test_values_given_for_parameters_are_not_those_of_stack_sets(tmp_path: Path) -> None:
    template = bodied(TAG_OF_SET) | {"Parameters": {"Tag": {"Type": "String"}}}
    _, report, _ = check(tmp_path, {"App": template}, "--parameter", "Tag=x")
    assert report["errors"] == []


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("--parameter=Tag=x", "--parameter Tag: no template has a parameter of this name"),
        (
            "--account=999999999999",
            "--account 999999999999: the manifest says where every stack is deployed, which is 123456789012",
        ),
    ],
    ids=["a value", "an account"],
)
def test_what_is_given_for_stack_sets_alone_has_no_use(tmp_path: Path, option: str, message: str) -> None:
    write_templates(tmp_path / "cdk.out", {"App": bodied(TAG_OF_SET)})
    done = run("check", str(tmp_path / "cdk.out"), option)
    assert (done.exit_code, done.stderr) == (2, f"Error: {message}\n")


def test_a_template_of_an_assembly_is_judged_with_those_that_its_stack_sets_deploy(tmp_path: Path) -> None:
    write_templates(
        tmp_path,
        {"App": {"Resources": {"Set": BODIES["a file that the assembly uploads"]}}, "Inner": LATEST},
        nested=("Inner",),
        bucket=BUCKET,
    )
    done = run("check", str(tmp_path / "App.template.json"), "--format", "json", "--select", "image-tag-latest")
    (finding,) = json.loads(done.stdout)["findings"]
    assert finding["location"]["template"] == f"{tmp_path}/Inner.template.json"


def test_a_stack_set_under_a_condition_that_never_holds_deploys_nothing(tmp_path: Path) -> None:
    template = {
        "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}},
        "Resources": {"Set": {**stack_set(TemplateBody=json.dumps(LATEST)), "Condition": "Never"}},
    }
    assert rules(check(tmp_path, {"App": template})[1]) == set()


NOT_READ: dict[str, dict[str, Any]] = {
    "a URL elsewhere": stack_set(TemplateURL="https://s3.amazonaws.com/acme/set.yaml"),
    "a text that only AWS knows": stack_set(TemplateBody={"Fn::ImportValue": "body"}),
    "nothing": stack_set(),
}


@pytest.mark.parametrize("resource", NOT_READ.values(), ids=NOT_READ)
def test_what_is_not_here_is_told_and_closes_a_strict_gate(tmp_path: Path, resource: dict[str, Any]) -> None:
    templates = {"App": {"Resources": {"Set": resource}}}
    status, report, said = check(tmp_path, templates)
    assert (status, report["summary"]["functions"]) == (0, 0)
    assert said == f"imagelint: warning: {tmp_path}/cdk.out/App.template.json: {NOT_HERE}\n"
    assert check(tmp_path, templates, "--strict")[0] == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [("{", "is not JSON"), ("5", "is not a template: it is a number, not an object")],
    ids=["no JSON", "a number"],
)
def test_a_text_that_is_no_template_is_a_problem_where_it_stands(tmp_path: Path, text: str, said: str) -> None:
    status, report, _ = check(tmp_path, {"App": {"Resources": {"Set": stack_set(TemplateBody=text)}}})
    ((path, message),) = [(each["path"], each["message"]) for each in report["errors"]]
    assert status == 3
    assert path.startswith(f"{tmp_path}/cdk.out/App.template.json:")
    assert message.startswith(f"the template of the stack set {said}")


def test_a_stack_set_that_deploys_its_own_template_ends(tmp_path: Path) -> None:
    url = f"https://{BUCKET}.s3.eu-west-1.amazonaws.com/App.template.json"
    status, report, _ = check(tmp_path, {"App": {"Resources": {"Set": stack_set(TemplateURL=url)}}})
    assert status == 3
    assert [each["message"] for each in report["errors"]] == [
        "deploys 'Set', which is itself or one of the stacks that nest it"
    ]
