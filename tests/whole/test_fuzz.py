"""What holds for every input, whatever it is: found out with inputs at random.

`IMAGELINT_EXAMPLES=20000 pytest tests/whole/test_fuzz.py` tries so many of each, other ones each time.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema_rs
import pytest
import yaml
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

import imagelint
import targets
from imagelint.report.formats import RENDERERS
from support import strategies
from support.builders import function, manifest, stack_of
from support.cli import run
from support.strategies import Data, Written

_ASKED = os.environ.get("IMAGELINT_EXAMPLES")


def examples(number: int) -> settings:
    """How many examples of a property: the same few in every run, or as many others as are asked for."""
    return settings(
        max_examples=int(_ASKED or number),
        derandomize=_ASKED is None,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


PACKAGE = Path(imagelint.__file__).parent
REPORT = jsonschema_rs.validator_for(json.loads((PACKAGE / "report/report.schema.json").read_text()))
INVENTORY = jsonschema_rs.validator_for(json.loads((PACKAGE / "inventory/inventory.schema.json").read_text()))

# A stack with known findings, of an account and region of its own, so that nothing at random has to do with it.
KNOWN_HOST = "999999999999.dkr.ecr.ap-south-1.amazonaws.com"
KNOWN = {
    "Resources": {
        "Latest": function(f"{KNOWN_HOST}/known:latest"),
        "Foreign": function("ghcr.io/acme/known:1.0.0"),
    }
}
KNOWN_FINDINGS = [
    ("image-registry-unsupported", "Foreign", "/Resources/Foreign/Properties/Code/ImageUri"),
    ("image-tag-latest", "Latest", "/Resources/Latest/Properties/Code/ImageUri"),
]
KNOWN_ARTIFACT = stack_of("Known.template.json", environment="aws://999999999999/ap-south-1")


@contextmanager
def folder_with(files: Mapping[str, Data]) -> Iterator[str]:
    """The working directory, with files in it: texts as they are, anything else as JSON."""
    before = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            text = content if isinstance(content, str) else json.dumps(content, indent=1)
            path.write_bytes(text.encode(errors="surrogatepass"))
        os.chdir(folder)
        try:
            yield folder
        finally:
            os.chdir(before)


def files_of(written: Written, artifacts: Mapping[str, Data] | None = None) -> dict[str, Data]:
    """The files of an assembly at random, with the known stack beside."""
    artifacts = {**(written.artifacts if artifacts is None else artifacts), "Known": KNOWN_ARTIFACT}
    files = {**written.files, "Known.template.json": KNOWN, "manifest.json": manifest(artifacts)}
    return {f"cdk.out/{name}": content for name, content in files.items()}


def one_template(template: Data) -> Written:
    artifact = stack_of("A.template.json", environment=f"aws://{strategies.ACCOUNT}/{strategies.REGION}")
    return Written({"A": artifact}, {"A.template.json": template})


def check(*arguments: str) -> tuple[int, dict[str, Any], str]:
    """`imagelint check`: the exit status, the report in JSON and what was said on stderr."""
    result = run("check", *arguments, "--format", "json")
    report: dict[str, Any] = json.loads(result.stdout)
    REPORT.validate(report)
    return result.exit_code, report, result.stderr


def found_in(report: Mapping[str, Any], *, known: bool) -> list[tuple[str, str, str]]:
    """Rule, function and place of the findings of the known stack, or of all others."""
    return [
        (each["rule"], each["function"]["logical_id"], each["location"]["pointer"])
        for each in report["findings"]
        if (each["location"]["template"] == "cdk.out/Known.template.json") is known
    ]


def is_consistent(status: int, report: Mapping[str, Any]) -> bool:
    """Whether the status is what the documentation promises for the report, with the default threshold."""
    summary = report["summary"]
    return status == (3 if report["errors"] else 1 if summary["errors"] + summary["warnings"] else 0)


def test_the_known_findings_are_those_of_the_stack_alone() -> None:
    with folder_with(files_of(Written({}, {}))):
        status, report, _ = check()
    assert (status, found_in(report, known=True), report["errors"]) == (1, KNOWN_FINDINGS, [])


# -- whole assemblies -----------------------------------------------------------------------------------------------


@examples(12)
@given(strategies.assemblies())
def test_a_defect_in_one_file_never_hides_the_findings_of_another(written: Written) -> None:
    with folder_with(files_of(written)):
        status, report, stderr = check()
    assert found_in(report, known=True) == KNOWN_FINDINGS
    assert is_consistent(status, report)
    assert all(f"{each['path']}: " in stderr for each in report["errors"] if each["path"].isascii())


READERS: dict[str, Callable[[str], object]] = {
    "json": lambda text: REPORT.validate(json.loads(text)),
    "sarif": lambda text: json.loads(text)["runs"][0]["results"],
    "junit": lambda text: list(ElementTree.fromstring(text).iter("testcase")),
    "gitlab": json.loads,
    "text": str.splitlines,
    "github": str.splitlines,
    "markdown": str.splitlines,
    "cdk": lambda text: json.loads(text)["violations"],
    "html": lambda text: HTMLParser().feed(text),
}


@examples(6)
@given(strategies.assemblies(), st.booleans())
def test_every_format_tells_of_every_report(written: Written, is_strict: bool) -> None:
    formats = [f"--format={name}:report.{name}" for name in RENDERERS]
    with folder_with(files_of(written)):
        result = run("check", *formats, "--select", "all", *(["--strict"] if is_strict else []))
        texts = {name: Path(f"report.{name}").read_text(encoding="utf-8") for name in RENDERERS}
    assert result.exit_code in (1, 3)
    assert texts.keys() == READERS.keys()
    for name, text in texts.items():
        READERS[name](text)
    assert all("known:latest" in text for text in texts.values())


@examples(6)
@given(strategies.assemblies())
def test_the_inventory_lists_the_known_images(written: Written) -> None:
    with folder_with(files_of(written)):
        result = run("inventory", "--format", "json")
    document = json.loads(result.stdout)
    INVENTORY.validate(document)
    assert result.exit_code == (3 if document["errors"] else 0)
    listed = [each["image"]["uri"] for each in document["functions"] if each["function"]["stack"] == "Known"]
    assert sorted(listed) == [f"{KNOWN_HOST}/known:latest", "ghcr.io/acme/known:1.0.0"]


@examples(6)
@given(strategies.assemblies())
def test_the_facts_of_every_function_are_told(written: Written) -> None:
    with folder_with(files_of(written)):
        result = run("facts", "cdk.out")
    assert result.exit_code in (0, 3)
    assert "known:latest" in result.stdout


@examples(8)
@given(strategies.broken(strategies.templates()) | strategies.ANYTHING, st.sampled_from(("json", "yaml", "template")))
def test_a_template_by_itself(template: Data, suffix: str) -> None:
    with folder_with({f"t.{suffix}": template, "Known.template.json": KNOWN}):
        status, report, _ = check(f"t.{suffix}")
        assert is_consistent(status, report)
        together, both, _ = check(f"t.{suffix}", "Known.template.json")
    assert is_consistent(together, both)
    assert [each for each in both["findings"] if each["location"]["template"] != "Known.template.json"] == report[
        "findings"
    ]


# -- order ----------------------------------------------------------------------------------------------------------


def shuffled(draw: st.DrawFn, value: Data) -> Data:
    return dict(draw(st.permutations(list(value.items())))) if isinstance(value, dict) else value


@st.composite
def two_orders(draw: st.DrawFn) -> tuple[dict[str, Data], dict[str, Data]]:
    """The files of an assembly, and the same with artifacts, resources and other named things in another order."""
    written = draw(strategies.assemblies())
    files = files_of(written)
    other: dict[str, Data] = {}
    for name, content in files.items():
        if name.endswith("manifest.json") and isinstance(content, dict):
            content = {**content, "artifacts": shuffled(draw, content.get("artifacts"))}
        elif "template" in name and isinstance(content, dict):
            content = shuffled(draw, {section: shuffled(draw, entries) for section, entries in content.items()})
        other[name] = content
    return files, other


def told(report: Mapping[str, Any]) -> dict[str, list[str]]:
    """What a report says, without lines, and in no order."""

    def without_lines(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: without_lines(entry) for key, entry in value.items() if key not in ("line", "column")}
        return [without_lines(entry) for entry in value] if isinstance(value, list) else value

    parts = ("findings", "suppressed", "unknown")
    return {part: sorted(json.dumps(without_lines(each)) for each in report[part]) for part in parts}


@examples(8)
@given(two_orders())
def test_the_order_of_artifacts_and_resources_means_nothing(orders: tuple[dict[str, Data], dict[str, Data]]) -> None:
    reports = []
    for files in orders:
        with folder_with(files):
            # Two stacks of one name are told apart by their order, in brackets.
            assume(not any(stack.name.endswith(")") for stack in imagelint.load("cdk.out").stacks))
            reports.append(check("--select", "all")[1])
    assert told(reports[0]) == told(reports[1])


@examples(6)
@given(strategies.assemblies())
def test_the_same_input_gives_the_same_bytes(written: Written) -> None:
    outputs = []
    for _ in range(2):
        with folder_with(files_of(written)):
            result = run("check", "--select", "all", "--format", "json")
            outputs.append((result.exit_code, result.stdout, result.stderr))
    assert outputs[0] == outputs[1]


# -- one template ---------------------------------------------------------------------------------------------------


def with_images(uris: Sequence[Data]) -> dict[str, Data]:
    return {"Resources": {f"Fn{index}": function(uri) for index, uri in enumerate(uris)}}


@examples(15)
@given(st.lists(strategies.IMAGE_REFERENCES, min_size=2, max_size=6, unique=True))
def test_functions_judged_together_are_judged_as_alone(uris: list[str]) -> None:
    with folder_with(files_of(one_template(with_images(uris)))):
        together = check()[1]["findings"]
    for index, uri in enumerate(uris):
        with folder_with(files_of(one_template(with_images([uri])))):
            alone = check()[1]["findings"]
        its = [(each["rule"], each["message"]) for each in together if each["function"]["logical_id"] == f"Fn{index}"]
        assert its == [(each["rule"], each["message"]) for each in alone if each["function"]["stack"] == "A"]


def with_policies(repository: Data, role: Data) -> dict[str, Data]:
    """A function, its repository and its role, with policies."""
    host = f"{strategies.HOST}/app:1.2.3"
    return {
        "Resources": {
            "Fn": function(host, {"Role": {"Fn::GetAtt": ["Role0", "Arn"]}}),
            "Repo0": {
                "Type": "AWS::ECR::Repository",
                "Properties": {"RepositoryName": "app", "RepositoryPolicyText": repository},
            },
            "Role0": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "AssumeRolePolicyDocument": role,
                    "Policies": [{"PolicyName": "p", "PolicyDocument": role}],
                },
            },
        }
    }


DENY = {"Effect": "Deny", "Principal": "*", "Action": "ecr:*"}
STATEMENT_LISTS = st.lists(strategies.STATEMENTS, min_size=1, max_size=4)


@examples(15)
@given(STATEMENT_LISTS, strategies.IDENTITY_POLICIES, st.data())
def test_the_order_of_statements_means_nothing(statements: list[Data], role: Data, data: st.DataObject) -> None:
    orders = [statements, data.draw(st.permutations(statements))]
    rules = []
    for order in orders:
        policy = {"Version": "2012-10-17", "Statement": order}
        with folder_with(files_of(one_template(with_policies(policy, role)))):
            report = check("--select", "all")[1]
        rules.append(sorted((each["rule"], each["location"]["pointer"]) for each in report["findings"]))
    assert rules[0] == rules[1]


@examples(15)
@given(STATEMENT_LISTS, strategies.IDENTITY_POLICIES)
def test_nothing_outweighs_a_deny(statements: list[Data], role: Data) -> None:
    policy = {"Version": "2012-10-17", "Statement": [*statements, DENY]}
    with folder_with(files_of(one_template(with_policies(policy, role)))):
        report = check("--select", "all")[1]
    judged = {
        each["rule"] for part in ("findings", "unknown") for each in report[part] if each["function"]["stack"] == "A"
    }
    assert "pull-permission-denied" in judged


ASSET_IMAGE = f"{strategies.HOST}/assets:{strategies.HASH}"


@examples(15)
@given(strategies.DOCKERFILES)
def test_a_dockerfile_of_an_asset(dockerfile: str) -> None:
    source = {"directory": "asset.1"}
    destinations = {"current": {"repositoryName": "assets", "imageTag": strategies.HASH}}
    manifest = {"dockerImages": {strategies.HASH: {"source": source, "destinations": destinations}}}
    one = one_template(with_images([ASSET_IMAGE]))
    artifacts = {**one.artifacts, "A.assets": {"type": "cdk:asset-manifest", "properties": {"file": "A.assets.json"}}}
    files = {**one.files, "A.assets.json": manifest, "asset.1/Dockerfile": dockerfile}
    with folder_with(files_of(Written(artifacts, files))):
        status, report, _ = check("--select", "all")
    assert found_in(report, known=True)[: len(KNOWN_FINDINGS)]
    assert (status, report["errors"]) == (1, [])


# -- configurations -------------------------------------------------------------------------------------------------


@examples(15)
@given(strategies.broken(strategies.CONFIGURATIONS) | strategies.ANYTHING)
def test_a_configuration_is_used_or_refused(configuration: Data) -> None:
    with folder_with({**files_of(Written({}, {})), ".imagelint.yaml": configuration}):
        result = run("check", "--format", "json")
    if result.exit_code == 2:
        assert result.stdout == ""
        assert "Error: .imagelint.yaml" in result.stderr or "Error: policies: is not a folder" in result.stderr
    else:
        assert result.exit_code in (0, 1)
        REPORT.validate(json.loads(result.stdout))


@examples(15)
@given(strategies.broken(strategies.CONFIGURATIONS) | strategies.ANYTHING)
def test_a_configuration_does_the_same_twice(configuration: Data) -> None:
    text = configuration if isinstance(configuration, str) else json.dumps(configuration)
    targets.configuration(text.encode(errors="surrogatepass"))


# -- what is read -------------------------------------------------------------------------------------------------


@examples(30)
@given(strategies.broken(strategies.templates()), st.booleans())
def test_the_prescan_passes_over_nothing(template: Data, as_yaml: bool) -> None:
    text = template if isinstance(template, str) else yaml.safe_dump(template) if as_yaml else json.dumps(template)
    targets.prescan(text.encode(errors="surrogatepass"))


@examples(40)
@given(st.binary(min_size=20, max_size=160))
def test_what_is_judged_is_what_would_be_deployed(choices: bytes) -> None:
    targets.assembly(choices)


# -- work -----------------------------------------------------------------------------------------------------------


def calls_for(written: Written) -> int:
    """How many functions Python calls to lint an assembly: the work, measured without a clock."""
    calls = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    with folder_with(files_of(written)):
        sys.setprofile(count)
        try:
            imagelint.lint(imagelint.load("cdk.out"))
        finally:
            sys.setprofile(None)
    return calls


def assert_linear(make: Callable[[int], Written], more: int = 10) -> None:
    """Some more are not much more work the second time than the first time."""
    calls_for(make(1))  # what is needed once is imported and compiled
    few, some, many = (calls_for(make(count)) for count in (2, 2 + more, 2 + 2 * more))
    assert many - some <= 1.1 * (some - few) + 200


def with_copies(template: Data, count: int) -> Written:
    """A template with its first function several times."""
    resources = template.get("Resources")
    if not isinstance(resources, dict) or "Fn0" not in resources:
        return one_template(template)
    return one_template({**template, "Resources": {**resources, **{f"Fn0{i}": resources["Fn0"] for i in range(count)}}})


NAMES_OF_NOTHING = with_images([{"Ref": "Nothing"}])  # once, each of these looked at every resource


@pytest.mark.no_cover
@examples(8)
@given(strategies.templates())
@example(NAMES_OF_NOTHING)
def test_work_grows_linearly_with_functions(template: Data) -> None:
    assert_linear(lambda count: with_copies(template, count))


def with_repositories(uri: str, role: str, count: int, **properties: str) -> Written:
    """Functions, each with a repository, a role and a policy of its own; % stands for its number."""
    made: dict[str, Data] = {}
    for index in range(count):
        named = {key: value.replace("%", str(index)) for key, value in properties.items()}
        image, arn = ({"Fn::Sub": text.replace("%", str(index))} for text in (uri, role))
        made[f"Fn{index}"] = function(image, {"Role": arn})
        made[f"Repo{index}"] = {"Type": "AWS::ECR::Repository", "Properties": {**named, "RepositoryPolicyText": {}}}
        made[f"Role{index}"] = {"Type": "AWS::IAM::Role", "Properties": {**named, "AssumeRolePolicyDocument": {}}}
        policy = {"Roles": [{"Ref": f"Role{index}"}], "PolicyDocument": {}}
        made[f"Policy{index}"] = {"Type": "AWS::IAM::Policy", "Properties": policy}
    return one_template({"Resources": made})


@pytest.mark.no_cover
def test_work_grows_linearly_with_repositories_by_reference() -> None:
    assert_linear(lambda count: with_repositories("${Repo%.RepositoryUri}:latest", "${Role%.Arn}", count), 100)


@pytest.mark.no_cover
def test_work_grows_linearly_with_repositories_by_name() -> None:
    role = f"arn:aws:iam::{strategies.ACCOUNT}:role/r%"
    names = {"RepositoryName": "r%", "RoleName": "r%"}
    assert_linear(lambda count: with_repositories(f"{strategies.HOST}/r%:latest", role, count, **names), 100)


def in_stacks(template: Data, count: int) -> Written:
    """A template several times, each in a stack of its own."""
    artifact = one_template(template).artifacts["A"]
    names = [f"S{index}" for index in range(count)]
    artifacts = {name: {**artifact, "properties": {"templateFile": f"{name}.template.json"}} for name in names}
    return Written(artifacts, {f"{name}.template.json": template for name in names})


@examples(4)
@given(strategies.templates())
def test_work_grows_linearly_with_stacks(template: Data) -> None:
    assert_linear(lambda count: in_stacks(template, count))


# -- what the fuzzers found -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", targets.TARGETS)
def test_what_was_found_once_stays_mended(name: str) -> None:
    kept = targets.inputs(name)
    assert kept
    for path in kept:
        targets.TARGETS[name](path.read_bytes())


def test_every_target_is_fuzzed_and_replayed() -> None:
    makefile = (targets.FOLDER.parent / "Makefile").read_text()
    assert f"\nFUZZ_TARGETS ?= {' '.join(targets.TARGETS)}\n" in makefile
    kept = {path.name for kind in ("seeds", "found") for path in (targets.FOLDER / kind).glob("*")}
    assert kept == targets.TARGETS.keys()
