"""Templates that are rewritten before they are deployed: loops are written out, what other macros write is unknown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from imagelint.cloudformation import loops
from imagelint.cloudformation.loops import MAX_EXPANDED
from support.builders import REGISTRY, function, write_templates
from support.cli import run

EXTENDED = "AWS::LanguageExtensions"
LATEST = {"Fn::Sub": REGISTRY + "/${Name}:latest"}
NO_VALUE = {"Ref": "AWS::NoValue"}
UNKNOWN_FUNCTION = "makes functions of which nothing is known: what it goes through is known only in AWS"


def loop(collection: Any, uri: Any = LATEST, key: str = "Fn${Name}", identifier: str = "Name") -> list[Any]:
    return [identifier, collection, {key: function(uri)}]


def looped(resources: dict[str, Any], **sections: Any) -> dict[str, Any]:
    return {"Transform": EXTENDED, "Resources": resources, **sections}


def parameter(default: Any, kind: str = "CommaDelimitedList") -> dict[str, Any]:
    return {"Parameters": {"Names": {"Type": kind, **({} if default is None else {"Default": default})}}}


def check(folder: Path, template: dict[str, Any], *arguments: str) -> tuple[int, dict[str, Any], str]:
    """The exit status, the JSON report and what is said beside it."""
    write_templates(folder / "cdk.out", {"App": template})
    result = run("check", str(folder / "cdk.out"), "--format", "json", *arguments)
    return result.exit_code, json.loads(result.stdout), result.stderr


def latest_in(report: dict[str, Any]) -> dict[str, str]:
    """The functions whose image is tagged latest, with the image's repository as the message has it."""
    found = [each for each in report["findings"] if each["rule"] == "image-tag-latest"]
    return {each["function"]["logical_id"]: each["message"].split(" ")[0].rpartition("/")[2] for each in found}


# -- loops that are written out -----------------------------------------------------------------------------------

BOTH = {"Fna": "a:latest", "Fnb": "b:latest"}
WRITTEN_OUT: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "a literal list": (looped({"Fn::ForEach::Each": loop(["a", "b"])}), BOTH),
    "a list of numbers": (looped({"Fn::ForEach::Each": loop([1, 2])}), {"Fn1": "1:latest", "Fn2": "2:latest"}),
    "an empty list": (looped({"Fn::ForEach::Each": loop([])}), {}),
    "the Default of a list": (looped({"Fn::ForEach::Each": loop({"Ref": "Names"})}, **parameter("a, b")), BOTH),
    "a mapping's list": (
        looped(
            {"Fn::ForEach::Each": loop({"Fn::FindInMap": ["Of", {"Ref": "AWS::Region"}, "names"]})},
            Mappings={"Of": {"eu-west-1": {"names": ["a", "b"]}, "us-east-1": {"names": ["c"]}}},
        ),
        BOTH,
    ),
    "a list with a value from elsewhere": (
        looped({"Fn::ForEach::Each": loop(["a", {"Ref": "Last"}])}, Parameters={"Last": {"Default": "b"}}),
        BOTH,
    ),
    "one among several transforms": (
        {
            "Transform": [EXTENDED, "AWS::Serverless-2016-10-31"],
            "Resources": {"Fn::ForEach::Each": loop(["a", "b"])},
        },
        BOTH,
    ),
    "Ref for the identifier": (
        looped({"Fn::ForEach::Each": loop(["a"], {"Fn::Join": ["/", [REGISTRY, {"Ref": "Name"}]]})}),
        {"Fna": "a"},
    ),
    "a placeholder in plain text": (
        looped({"Fn::ForEach::Each": loop(["a"], REGISTRY + "/${Name}:latest")}),
        {"Fna": "a:latest"},
    ),
    "the ampersand leaves out what is not alphanumeric": (
        looped({"Fn::ForEach::Each": loop(["team/a-1"], LATEST, "Fn&{Name}")}),
        {"Fnteama1": "a-1:latest"},
    ),
    "a loop in a loop": (
        looped(
            {
                "Fn::ForEach::Outer": [
                    "Team",
                    ["a", "b"],
                    {"Fn::ForEach::Inner": loop([1, 2], REGISTRY + "/${Team}${Name}:latest", "${Team}${Name}")},
                ]
            }
        ),
        {"a1": "a1:latest", "a2": "a2:latest", "b1": "b1:latest", "b2": "b2:latest"},
    ),
    "a loop through what the outer identifier chooses": (
        looped(
            {
                "Fn::ForEach::Outer": [
                    "Team",
                    ["a", "b"],
                    {
                        "Fn::ForEach::Inner": loop(
                            {"Fn::FindInMap": ["Of", {"Ref": "Team"}, "names"]}, LATEST, "${Team}${Name}"
                        )
                    },
                ]
            },
            Mappings={"Of": {"a": {"names": ["x"]}, "b": {"names": ["y", "z"]}}},
        ),
        {"ax": "x:latest", "by": "y:latest", "bz": "z:latest"},
    ),
    "a loop among the properties": (
        looped(
            {
                "Fn": {
                    "Type": "AWS::Lambda::Function",
                    "Properties": {
                        "PackageType": "Image",
                        "Fn::ForEach::Each": ["Name", ["Code"], {"${Name}": {"ImageUri": REGISTRY + "/a:latest"}}],
                    },
                }
            }
        ),
        {"Fn": "a:latest"},
    ),
    "a loop of repositories, each named by a function": (
        looped(
            {
                "Fn::ForEach::Each": [
                    "Name",
                    ["a", "b"],
                    {
                        "Repo${Name}": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": "x${Name}"}},
                        "Fn${Name}": function(
                            {"Fn::Join": ["/", [REGISTRY, {"Ref": {"Fn::Sub": "Repo${Name}"}}]]},
                        ),
                    },
                ]
            }
        ),
        {"Fna": "xa", "Fnb": "xb"},
    ),
    "a condition that a loop makes": (
        looped(
            {"Fn::ForEach::Each": ["Name", ["a", "b"], {"Fn${Name}": function(LATEST, Condition="Is${Name}")}]},
            Conditions={"Fn::ForEach::Is": ["Name", ["a", "b"], {"Is${Name}": {"Fn::Equals": [{"Ref": "Name"}, "a"]}}]},
        ),
        {"Fna": "a:latest"},
    ),
    "a condition whose name a mapping gives": (
        looped(
            {
                "Fn::ForEach::Each": [
                    "Name",
                    ["a", "b"],
                    {
                        "Fn${Name}": function(
                            LATEST,
                            Condition={
                                "Fn::FindInMap": [
                                    "Of",
                                    "If",
                                    {"Ref": "Name"},
                                    {"DefaultValue": {"Ref": "AWS::NoValue"}},
                                ]
                            },
                        )
                    },
                ]
            },
            Mappings={"Of": {"If": {"b": "Never"}}},
            Conditions={"Never": {"Fn::Equals": ["a", "b"]}},
        ),
        {"Fna": "a:latest"},
    ),
}


@pytest.mark.parametrize(("template", "latest"), WRITTEN_OUT.values(), ids=WRITTEN_OUT)
def test_a_loop_is_judged_as_what_it_makes(tmp_path: Path, template: dict[str, Any], latest: dict[str, str]) -> None:
    status, report, said = check(tmp_path, template)
    assert (latest_in(report), report["errors"], said) == (latest, [], "")
    assert status == (1 if report["findings"] else 0)


def test_a_finding_points_to_the_body_of_the_loop(tmp_path: Path) -> None:
    _, report, _ = check(tmp_path, looped({"Fn::ForEach::Each": loop(["a", "b"])}))
    text = (tmp_path / "cdk.out" / "App.template.json").read_text().splitlines()
    first, second = [each for each in report["findings"] if each["rule"] == "image-tag-latest"]
    assert first["location"]["pointer"] == "/Resources/Fn::ForEach::Each/2/Fn${Name}/Properties/Code/ImageUri"
    assert first["location"] == second["location"]
    assert text[first["location"]["line"] - 1].strip() == '"ImageUri": {'
    assert first["fingerprint"] != second["fingerprint"]


def test_an_export_that_a_loop_makes_is_found(tmp_path: Path) -> None:
    output = {"Value": REGISTRY + "/${Name}:latest", "Export": {"Name": "uri-${Name}"}}
    exporter = looped({}, Outputs={"Fn::ForEach::Each": ["Name", ["a", "b"], {"Out${Name}": output}]})
    importer = {"Resources": {"Fn": function({"Fn::ImportValue": "uri-b"})}}
    write_templates(tmp_path / "cdk.out", {"A": exporter, "B": importer})
    report = json.loads(run("check", str(tmp_path / "cdk.out"), "--format", "json").stdout)
    assert latest_in(report) == {"Fn": "b:latest"}


# -- loops that stay ----------------------------------------------------------------------------------------------

OPEN: dict[str, dict[str, Any]] = {
    "a parameter without Default": looped({"Fn::ForEach::Each": loop({"Ref": "Names"})}, **parameter(None)),
    "a parameter in Systems Manager": looped(
        {"Fn::ForEach::Each": loop({"Ref": "Names"})}, **parameter("/names", "AWS::SSM::Parameter::Value<List<String>>")
    ),
    "a value of another stack": looped({"Fn::ForEach::Each": loop({"Fn::Split": [",", {"Fn::ImportValue": "x"}]})}),
    "an item that is open": looped({"Fn::ForEach::Each": loop(["a", {"Fn::ImportValue": "x"}])}),
    "a macro that may read loops": {"Transform": "Loops", "Resources": {"Fn::ForEach::Each": loop(["a"])}},
}


@pytest.mark.parametrize("template", OPEN.values(), ids=OPEN)
def test_a_loop_through_what_is_open_is_one_unknown_function(tmp_path: Path, template: dict[str, Any]) -> None:
    status, report, said = check(tmp_path, template)
    assert (status, report["findings"], report["errors"]) == (0, [], [])
    assert report["summary"]["functions"] == 1
    assert report["summary"]["unknown"] > 0
    assert {each["function"]["logical_id"] for each in report["unknown"]} == {"Fn::ForEach::Each"}
    assert said.endswith(f"App.template.json: Fn::ForEach::Each {UNKNOWN_FUNCTION}\n")
    assert check(tmp_path, template, "--strict")[0] == 1


BROKEN: dict[str, tuple[Any, str]] = {
    "not a list": ({"a": 1}, "Fn::ForEach takes an identifier, a collection and an object"),
    "two entries": (["Name", ["a"]], "Fn::ForEach takes an identifier, a collection and an object"),
    "an identifier that is no text": ([1, ["a"], {}], "Fn::ForEach takes an identifier, a collection and an object"),
    "a body that is no object": (["Name", ["a"], "x"], "Fn::ForEach takes an identifier, a collection and an object"),
    "a collection that is not there": (
        ["Name", {"Fn::Select": ["x", []]}, {}],
        "Fn::Select takes an index from 0 on and a list",
    ),
}


@pytest.mark.parametrize(("written", "message"), BROKEN.values(), ids=BROKEN)
def test_a_loop_that_cloudformation_refuses(tmp_path: Path, written: Any, message: str) -> None:
    status, report, _ = check(tmp_path, looped({"Fn::ForEach::Each": written}))
    assert (status, [each["message"] for each in report["errors"]]) == (3, [message])


def test_a_loop_without_its_transform_is_no_resource(tmp_path: Path) -> None:
    status, report, _ = check(tmp_path, {"Resources": {"Fn::ForEach::Each": loop(["a"])}})
    assert (status, [each["message"] for each in report["errors"]]) == (3, ["the resource is not an object"])


PIECE = {"Fn::Select": [0, {"Fn::Split": [",", {"Ref": "Names"}]}]}
BODIES: dict[str, tuple[int, dict[str, Any]]] = {
    "many resources": (10, {"Fn${E}": {"Type": "AWS::SNS::Topic"}}),
    "an empty body": (10, {}),
    "loops in loops": (10, {"Fn::ForEach::Again": ["F", ["x"] * 1000, {"T${E}${F}": {}}]}),
    "long keys": (10_000, {"Fn": {"Type": "AWS::SNS::Topic", "Properties": {"x" * 10_000 + "${E}": 1}}}),
    "what is looked up in long texts": (1_000, {"Fn::ForEach::Again": ["F", [PIECE], {}]}),
}


@pytest.mark.no_cover
@pytest.mark.parametrize(("each", "body"), BODIES.values(), ids=BODIES)
def test_loops_write_out_no_more_than_a_template_may_hold(tmp_path: Path, each: int, body: dict[str, Any]) -> None:
    """`each`: characters that are written out for an item, at least."""
    items = [f"{number:09}" for number in range(MAX_EXPANDED // each + 1)]
    text = parameter(",".join(["a"] * 9_000), "String")
    status, report, _ = check(tmp_path, looped({"Fn::ForEach::Each": ["E", items, body]}, **text))
    message = f"the template's loops write out more than {MAX_EXPANDED:,} characters, the quota of a template"
    assert (status, {each["message"] for each in report["errors"]}) == (3, {message})


@pytest.mark.interpreted
def test_loops_of_all_templates_write_out_no_more_than_an_assembly_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loops, "MAX_EXPANDED_IN_ALL", 500)
    template = looped({"Fn::ForEach::Each": ["E", ["a", "b"], {"Fn${E}": function(f"{REGISTRY}/app:${{E}}")}]})
    for count, told in ((1, []), (3, ["the loops of all templates write out more than 500 characters"])):
        write_templates(tmp_path, {f"S{number}": template for number in range(count)})
        document = json.loads(run("check", str(tmp_path), "--format", "json").stdout)
        assert sorted({each["message"] for each in document["errors"]}) == told
        assert document["summary"]["functions"] >= 2


# -- other macros -------------------------------------------------------------------------------------------------

MACRO = {"Name": "Mine", "Parameters": {"A": "b"}}
INCLUDE = {"Name": "AWS::Include", "Parameters": {"Location": "s3://acme/more.yaml"}}
FN = function(REGISTRY + "/a:latest")
ADDS_RESOURCES = "a macro (Fn::Transform) adds resources, which are not judged"
ADDS_TO_TEMPLATE = "a macro (Fn::Transform) may add to the template; what it adds is not judged"
WRITES = "{} written by a macro when the template is deployed, and not judged: {}"
MACROS: dict[str, tuple[dict[str, Any], str]] = {
    "a module": (
        {"Resources": {"Fn": FN, "Other": {"Type": "Acme::Pull::Policy::MODULE"}}},
        "the module Acme::Pull::Policy::MODULE adds resources, which are not judged",
    ),
    "a resource that is only a macro": (
        {"Resources": {"Fn": FN, "Other": {"Fn::Transform": MACRO}}},
        WRITES.format("1 resource is", "Other"),
    ),
    "the same in the short form": (
        {"Resources": {"Fn": FN, "Other": {"Transform": MACRO}}},
        WRITES.format("1 resource is", "Other"),
    ),
    "a macro among the resources": ({"Resources": {"Fn": FN, "Fn::Transform": INCLUDE}}, ADDS_RESOURCES),
    "the same in its short form": ({"Resources": {"Fn": FN, "Transform": INCLUDE}}, ADDS_RESOURCES),
    "a macro beside the resources": ({"Resources": {"Fn": FN}, "Fn::Transform": INCLUDE}, ADDS_TO_TEMPLATE),
    "resources of a macro's own": (
        {"Transform": ["Mine"], "Resources": {"Fn": FN, **{f"R{n}": {"Kind": "queue"} for n in range(7)}}},
        WRITES.format("7 resources are", "R0, R1, R2, R3, R4, …"),
    ),
    "what is no object for a macro": (
        {"Transform": {"Name": "Mine"}, "Resources": {"Fn": FN, "List": ["x"]}},
        WRITES.format("1 resource is", "List"),
    ),
}


@pytest.mark.parametrize(("template", "message"), MACROS.values(), ids=MACROS)
def test_what_a_macro_writes_is_said_to_be_unjudged(tmp_path: Path, template: dict[str, Any], message: str) -> None:
    status, report, said = check(tmp_path, template)
    assert (status, latest_in(report), report["errors"]) == (1, {"Fn": "a:latest"}, [])
    assert said == f"imagelint: warning: {tmp_path}/cdk.out/App.template.json: {message}\n"


def test_a_template_that_is_only_a_macro_is_read(tmp_path: Path) -> None:
    (tmp_path / "app.json").write_text(json.dumps({"Fn::Transform": INCLUDE}))
    result = run("check", str(tmp_path / "app.json"), "--format", "json")
    assert (result.exit_code, json.loads(result.stdout)["errors"]) == (0, [])
    assert result.stderr == f"imagelint: warning: {tmp_path}/app.json: {ADDS_TO_TEMPLATE}\n"
    assert run("check", str(tmp_path / "app.json"), "--strict").exit_code == 1


def test_a_resource_without_type_is_none_where_only_aws_transforms(tmp_path: Path) -> None:
    template = {"Transform": "AWS::Serverless-2016-10-31", "Resources": {"Fn": FN, "Other": {"Kind": "queue"}}}
    status, report, _ = check(tmp_path, template)
    assert (status, [each["message"] for each in report["errors"]]) == (3, ["the resource has no Type"])


ROLE = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": []}}}
MAY_ADD: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "the image, beside the Type": (
        {"Fn": {"Type": "AWS::Lambda::Function", "Properties": {"PackageType": "Image"}, "Fn::Transform": MACRO}},
        {"Fn": {"Type": "AWS::Lambda::Function", "Properties": {"PackageType": "Image"}}},
        "image-uri-missing",
    ),
    "the image, among the Properties": (
        {"Fn": {"Type": "AWS::Lambda::Function", "Properties": {"PackageType": "Image", "Transform": MACRO}}},
        {"Fn": {"Type": "AWS::Lambda::Function", "Properties": {"PackageType": "Image"}}},
        "image-uri-missing",
    ),
    "the package type, beside the Type": (
        {"Fn": {"Type": "AWS::Lambda::Function", "Properties": {"Code": FN["Properties"]["Code"]}, "Transform": MACRO}},
        {"Fn": {"Type": "AWS::Lambda::Function", "Properties": {"Code": FN["Properties"]["Code"]}}},
        "package-type-not-image",
    ),
    "what the role may do": (
        {
            "Fn": function(REGISTRY + "/a:1.4.2", {"Role": {"Fn::GetAtt": ["Role", "Arn"]}}),
            "Role": {**ROLE, "Fn::Transform": MACRO},
        },
        {"Fn": function(REGISTRY + "/a:1.4.2", {"Role": {"Fn::GetAtt": ["Role", "Arn"]}}), "Role": ROLE},
        "execution-role-cannot-log",
    ),
}


@pytest.mark.parametrize(("written", "plain", "rule"), MAY_ADD.values(), ids=MAY_ADD)
def test_what_a_macro_may_add_is_unknown(
    tmp_path: Path, written: dict[str, Any], plain: dict[str, Any], rule: str
) -> None:
    _, report, _ = check(tmp_path, {"Resources": plain})
    assert rule in [each["rule"] for each in report["findings"]]
    _, report, _ = check(tmp_path, {"Resources": written})
    assert rule not in [each["rule"] for each in report["findings"]]
    assert rule in [each["rule"] for each in report["unknown"]]


# -- resources that are not written out ---------------------------------------------------------------------------

REPO = {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": "app"}}
PULLING = function(REGISTRY + "/app:1.4.2", {"Role": {"Fn::GetAtt": ["Role", "Arn"]}})
LOGGING = {"Fn": PULLING, "Role": ROLE}
PULLED = function(REGISTRY + "/app:1.4.2")
TRUST = {"Statement": {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}}
COUNTED = {
    **REPO,
    "Properties": {
        "RepositoryName": "app",
        "LifecyclePolicy": {
            "LifecyclePolicyText": json.dumps(
                {
                    "rules": [
                        {
                            "rulePriority": 1,
                            "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 9},
                            "action": {"type": "expire"},
                        }
                    ]
                }
            )
        },
    },
}


def open_loop(kind: Any) -> dict[str, Any]:
    """The sections of a template in which a loop makes resources of a type that nobody knows the number of."""
    made = {"Fn::ForEach::More": ["Name", {"Ref": "Names"}, {"More${Name}": {"Type": kind, "Properties": {}}}]}
    return {"Transform": EXTENDED, "Resources": made, **parameter(None)}


TOPIC = open_loop("AWS::SNS::Topic")
MORE: dict[str, tuple[dict[str, Any], str, list[dict[str, Any]]]] = {
    "a repository's policy": (
        {"Fn": PULLING, "Repo": REPO, "Role": {**ROLE, "Properties": {"AssumeRolePolicyDocument": TRUST}}},
        "pull-permission-missing",
        [
            {"Transform": "Mine"},
            {"Transform": {"Name": "Mine"}},
            {"Transform": ["AWS::LanguageExtensions", "Mine"]},
            {"Fn::Transform": MACRO},
            {"Resources": {"Fn::Transform": MACRO}},
            {"Resources": {"Fn::Transform": [INCLUDE, MACRO]}},
            {"Resources": {"Fn::Transform": INCLUDE}},  # a policy of the role
            {"Resources": {"More": {"Type": "Acme::Pull::Policy::MODULE"}}},
            open_loop("AWS::IAM::Policy"),
            open_loop("AWS::ECR::RegistryPolicy"),
            open_loop({"Fn::FindInMap": ["Of", "Type", {"Ref": "Name"}]}),
            open_loop("AWS::IAM::${Name}"),
            {"Resources": {"More": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "https://x"}}}},
        ],
    ),
    "a policy that lets the role log": (
        LOGGING,
        "execution-role-cannot-log",
        [{"Transform": "Mine"}, {"Resources": {"Fn::Transform": INCLUDE}}, open_loop("AWS::IAM::ManagedPolicy")],
    ),
    "something that pushes before the function is made": (
        {"Fn": PULLING, "Repo": REPO},
        "repository-empty-on-first-deploy",
        [{"Transform": "Mine"}, {"Resources": {"Fn::Transform": INCLUDE}}, open_loop("Custom::Push")],
    ),
    "functions that use other images of a repository": (
        {"Fn": PULLED, "Repo": COUNTED},
        "lifecycle-count-expires-image",
        [open_loop("AWS::Lambda::Function"), {"Resources": {"Fn::Transform": INCLUDE}}],
    ),
    "a trust policy": (
        {"Fn": PULLING, "Role": {"Type": "AWS::IAM::Role"}},
        "execution-role-not-assumable",
        [{"Transform": "Mine"}, {"Resources": {"Fn::Transform": MACRO}}],
    ),
    "a package type": (
        {"Fn": {"Type": "AWS::Lambda::Function", "Properties": {"Code": FN["Properties"]["Code"]}}},
        "package-type-not-image",
        [{"Transform": "Mine"}, {"Resources": {"Transform": MACRO}}],
    ),
}


def with_sections(resources: dict[str, Any], sections: dict[str, Any]) -> dict[str, Any]:
    return {**sections, "Resources": {**resources, **sections.get("Resources", {})}}


@pytest.mark.parametrize(
    ("resources", "rule", "sections"),
    [
        pytest.param(resources, rule, sections, id=f"{name} {number}")
        for name, (resources, rule, each) in MORE.items()
        for number, sections in enumerate(each)
    ],
)
def test_what_may_be_made_beside_the_template_is_unknown(
    tmp_path: Path, resources: dict[str, Any], rule: str, sections: dict[str, Any]
) -> None:
    _, report, _ = check(tmp_path, {"Resources": resources}, "--select", "all")
    assert rule in [each["rule"] for each in report["findings"]]
    _, report, _ = check(tmp_path, with_sections(resources, sections), "--select", "all")
    assert rule not in [each["rule"] for each in report["findings"]]
    assert rule in [each["rule"] for each in report["unknown"]]


KEPT: dict[str, tuple[str, dict[str, Any]]] = {
    "AWS's own transforms make no policy": ("pull-permission-missing", {"Transform": "AWS::Serverless-2016-10-31"}),
    "a loop of other resources makes none": ("pull-permission-missing", TOPIC),
    "a loop of other resources lets no role log": ("execution-role-cannot-log", TOPIC),
    "an included snippet changes no repository": (
        "pull-permission-missing",
        {"Resources": {"More": {"Type": "AWS::SNS::Topic", "Properties": {"Fn::Transform": INCLUDE}}}},
    ),
}


@pytest.mark.parametrize(("rule", "sections"), KEPT.values(), ids=KEPT)
def test_what_cannot_be_made_beside_the_template_leaves_a_finding(
    tmp_path: Path, rule: str, sections: dict[str, Any]
) -> None:
    _, report, _ = check(tmp_path, with_sections({**LOGGING, "Repo": REPO}, sections))
    assert rule in [each["rule"] for each in report["findings"]]


@pytest.mark.parametrize("other", [{"Transform": "Mine"}, open_loop("AWS::ECR::Repository")], ids=["macro", "loop"])
def test_a_repository_that_another_stack_may_make_is_unknown(tmp_path: Path, other: dict[str, Any]) -> None:
    facts = {}
    for environment in ("123456789012/eu-west-1", "210987654321/eu-west-1"):
        folder = tmp_path / environment[:12]
        write_templates(folder, {"App": {"Resources": {"Fn": PULLED}}, "Other": other}, {"Other": environment})
        facts[environment[:12]] = json.loads(run("facts", str(folder)).stdout)[0]["facts"]
    assert "repository.in_assembly" not in facts["123456789012"]
    assert facts["210987654321"]["repository.in_assembly"] is False
