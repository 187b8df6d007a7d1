"""What is decided at the deployment: parameters, the account and the region."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.builders import REPOSITORY, app, write_assembly, write_templates
from support.cli import run
from support.gate import LATEST, found

pytestmark = pytest.mark.usefixtures("assemblies")

# -- parameters ---------------------------------------------------------------------------------------------------

IMAGE = f"{REPOSITORY}:1.4.2"
PARAMETERS: dict[str, tuple[list[str], str]] = {
    "nothing said": ([], LATEST),
    "the command line": (["--parameter", f"Image={IMAGE}"], ""),
    "twice, the later one": (["--parameter", "Image=x", "--parameter", f"Image={IMAGE}"], ""),
    "lines": (["--parameters", "lines"], ""),
    "JSON": (["--parameters", "json"], ""),
    "a file and the command line": (["--parameters", "json", "--parameter", f"Image={REPOSITORY}:latest"], LATEST),
    "two files, the later one": (["--parameters", "json", "--parameters", "other"], LATEST),
}


@pytest.fixture
def _parameters(assemblies: None) -> None:
    parameter = {"Type": "String", "Default": f"{REPOSITORY}:latest"}
    write_templates("given", {"App": app({"Ref": "Image"}, Parameters={"Image": parameter})})
    Path("lines").write_text(f"# of production\n\nImage={IMAGE}\n")
    Path("json").write_text(json.dumps([{"ParameterKey": "Image", "ParameterValue": IMAGE}]))
    Path("other").write_text(f"Image={REPOSITORY}:latest\n")


@pytest.mark.usefixtures("_parameters")
@pytest.mark.parametrize(("options", "rule"), PARAMETERS.values(), ids=PARAMETERS)
def test_a_parameter_is_given(options: list[str], rule: str) -> None:
    assert found("given", "--select", LATEST, *options) == ({rule} if rule else set())


def test_a_parameter_is_given_to_standard_input_and_to_an_assembly() -> None:
    template = app({"Ref": "Image"}, Parameters={"Image": {"Type": "String"}})
    write_assembly("assembly", {"App": template["Resources"]})
    Path("assembly/App.template.json").write_text(json.dumps(template))
    given = ("--parameter", f"Image={REPOSITORY}:latest", "--select", LATEST)
    assert run("check", "assembly", *given).exit_code == 1
    assert run("check", "-", *given, stdin=json.dumps(template).encode()).exit_code == 1


WRONG_PARAMETERS: dict[str, tuple[str, str]] = {
    "no value": ("Image", "parameters:1: 'Image' is not NAME=VALUE"),
    "no name": ("\n=x", "parameters:2: '' is not the name of a parameter, which is letters and digits"),
    "a stack's name": ("App:Image=x", "parameters:1: 'App:Image' is not the name of a parameter"),
    "not JSON": ("[", "parameters:1:2: "),
    "an object": ("{}", "parameters:1: must be a list of objects with ParameterKey and ParameterValue"),
    "a list of text": ('["Image=x"]', "parameters:1: [0]: must be an object with ParameterKey and ParameterValue"),
    "no key": ('[{"ParameterValue": "x"}]', "parameters:1: [0]: lacks the key 'ParameterKey'"),
    "the value of before": (
        '[{"ParameterKey": "Image", "UsePreviousValue": true}]',
        "parameters:1: [0]: lacks the key 'ParameterValue'",
    ),
    "a number": (
        '[\n{"ParameterKey": "Image", "ParameterValue": 2}]',
        "parameters:2: [0].ParameterValue: must be text, not 2; quote it",
    ),
    "a strange name": ('[{"ParameterKey": "a b", "ParameterValue": "x"}]', "'a b' is not the name of a parameter"),
}


@pytest.mark.parametrize(("text", "message"), WRONG_PARAMETERS.values(), ids=WRONG_PARAMETERS)
def test_a_file_of_parameters_that_cannot_be_used(text: str, message: str) -> None:
    Path("parameters").write_text(text)
    result = run("check", "--parameters", "parameters")
    assert result.stderr.startswith(f"Error: {message}") or message in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert (result.exit_code, result.stdout) == (2, "")


def test_a_file_of_parameters_that_is_not_there() -> None:
    result = run("check", "--parameters", "nowhere")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Error: nowhere: ")


def test_a_parameter_without_a_value() -> None:
    result = run("check", "--parameter", "Image")
    assert result.stderr.endswith("Error: Invalid value for '--parameter': 'Image' is not NAME=VALUE\n")
    assert (result.exit_code, result.stdout) == (2, "")


COMMANDS = ("check", "facts", "inventory")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.usefixtures("_parameters")
def test_what_no_template_has_a_use_for_is_refused(command: str) -> None:
    """A value that goes nowhere leaves the gate to judge something else than what is deployed."""
    result = run(command, "given", "--parameter", "Imgae=x", "--parameter", "Image=x", "--parameter", "Zone=x")
    assert result.stderr.endswith(
        "Error: --parameter Imgae: no template has a parameter of this name; did you mean 'Image'?\n"
        "--parameter Zone: no template has a parameter of this name\n"
    )
    assert (result.exit_code, result.stdout) == (2, "")


def test_a_parameter_of_one_path_is_enough() -> None:
    write_templates("other", {"App": app(f"{REPOSITORY}:1", Parameters={"Image": {"Type": "String"}})})
    assert run("check", "clean", "other", "--parameter", "Image=x").exit_code == 0


def test_a_parameter_of_a_nested_stack_is_given_by_its_parent() -> None:
    nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "Inner.template.json"}}
    inner = app({"Ref": "Image"}, Parameters={"Image": {"Type": "String", "Default": f"{REPOSITORY}:1"}})
    write_templates("nesting", {"Outer": {"Resources": {"Nested": nested}}, "Inner": inner}, nested=["Inner"])
    result = run("check", "nesting/Outer.template.json", "--parameter", "Image=x")
    assert (result.exit_code, "no template has a parameter" in result.stderr) == (2, True)


def test_a_parameter_may_be_one_of_what_could_not_be_read() -> None:
    Path("broken.json").write_text("{")
    result = run("check", "broken.json", "--parameter", "Image=x")
    assert (result.exit_code, result.stderr.count("\n")) == (3, 1)


FILES: dict[str, tuple[str, str]] = {
    "of some use": (f"Image={IMAGE}\nOther=x\n", ""),
    "of no use": ("Imgae=x\nOther=x\n", "imagelint: warning: values: no template has any of its parameters\n"),
    "empty": ("# nothing yet\n", ""),
}


@pytest.mark.parametrize(("text", "said"), FILES.values(), ids=FILES)
@pytest.mark.usefixtures("_parameters")
def test_a_file_of_parameters_may_be_for_several_templates(text: str, said: str) -> None:
    """Whoever keeps one file for all stacks of an environment is not told of it at each run."""
    Path("values").write_text(text)
    assert run("check", "given", "--parameters", "values").stderr == said


# -- account and region -------------------------------------------------------------------------------------------


@pytest.fixture
def _places(assemblies: None) -> None:
    """A lone template, and an assembly that says of one stack alone where it is deployed."""
    template = app(f"{REPOSITORY}:1")
    Path("bare.json").write_text(json.dumps(template))
    write_templates("both", {"Known": template, "Open": template}, {"Open": "unknown-account/unknown-region"})
    write_templates("known", {"Known": template})


ELSEWHERE = ("--account", "999999999999", "--region", "us-east-1")
AT: dict[str, tuple[str, set[tuple[str, str]]]] = {
    "a lone template": ("bare.json", {("bare.json", "999999999999/us-east-1")}),
    "an assembly": ("both", {("Known", "123456789012/eu-west-1"), ("Open", "999999999999/us-east-1")}),
    "a template of an assembly": ("both/Open.template.json", {("Open", "999999999999/us-east-1")}),
}


@pytest.mark.parametrize(("path", "places"), AT.values(), ids=AT)
@pytest.mark.usefixtures("_places")
def test_where_a_stack_is_deployed(path: str, places: set[tuple[str, str]]) -> None:
    """What the manifest says has the last word: that is where `cdk deploy` deploys."""
    documents = json.loads(run("facts", path, *ELSEWHERE).stdout)
    at = {each["function"]["stack"]: each["facts"] for each in documents}
    assert {(stack, f"{facts['stack.account']}/{facts['stack.region']}") for stack, facts in at.items()} == places


@pytest.mark.usefixtures("_places")
def test_the_gate_and_the_inventory_know_where_a_template_is_deployed() -> None:
    checked = run("check", "bare.json", "--region", "us-east-1", "--select", "image-region-mismatch")
    assert (checked.exit_code, "us-east-1" in checked.stdout) == (1, True)
    inventory = run("inventory", "bare.json", "--account", "999999999999", "--region", "eu-west-1")
    assert "    in      account 123456789012\n" in inventory.stdout


NOWHERE: dict[str, tuple[tuple[str, ...], str]] = {
    "every stack is elsewhere": (
        ("known", *ELSEWHERE),
        "Error: --account 999999999999: the manifest says where every stack is deployed, which is 123456789012\n"
        "--region us-east-1: the manifest says where every stack is deployed, which is eu-west-1\n",
    ),
    "no account": (("bare.json", "--account", "12345"), "'12345' is not an account, which is 12 digits\n"),
    "no digits of an account": (
        ("bare.json", "--account", "\N{ARABIC-INDIC DIGIT ONE}" * 12),
        "is not an account, which is 12 digits\n",
    ),
    "no region": (("bare.json", "--region", "Ireland"), "'Ireland' is not a region, such as eu-west-1\n"),
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("arguments", "said"), NOWHERE.values(), ids=NOWHERE)
@pytest.mark.usefixtures("_places")
def test_an_account_or_region_that_is_no_stacks(command: str, arguments: tuple[str, ...], said: str) -> None:
    result = run(command, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.endswith(said)


@pytest.mark.usefixtures("_places")
def test_the_account_and_region_that_the_manifest_says_may_be_said_again() -> None:
    assert run("check", "known", "--account", "123456789012", "--region", "eu-west-1").exit_code == 0
