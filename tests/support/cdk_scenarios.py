"""A CDK app for each thing that may happen to the validation plugin; run as a program, synthesises some of them.

`python cdk_scenarios.py FOLDER NAME…`, in a process of its own with aws_cdk on its path: writes one assembly for each
name into the folder, and beside them, as results.json, what CDK raised and what its validation report says.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import aws_cdk
from aws_cdk import App, CfnParameter, CfnResource, Environment, NestedStack, Stack, Stage
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from imagelint.cdk import ImagelintPlugin

ENVIRONMENT = Environment(account="123456789012", region="eu-west-1")
URI = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/orders"


def app(folder: Path, *plugins: ImagelintPlugin) -> App:
    """An app that has plugins, in the way of its version of CDK, and asks old versions for a report as a file."""
    context = {"@aws-cdk/core:validationReportJson": True}
    if not hasattr(aws_cdk, "Validations"):
        return App(outdir=str(folder), context=context, policy_validation_beta1=list(plugins))
    made = App(outdir=str(folder), context=context)
    if plugins:
        aws_cdk.Validations.of(made).add_plugins(*plugins)
    return made


def stack(scope: Construct, tag: str | None = None, name: str = "Api") -> Stack:
    """A stack with a function whose image has a tag; without one it is `latest`, as CDK has it."""
    made = Stack(scope, name, env=ENVIRONMENT)
    function(made, tag)
    return made


def function(scope: Construct, tag: str | None = None) -> Construct:
    """A function, of an image in a repository that is there."""
    repository = ecr.Repository.from_repository_name(scope, "Repository", "orders")
    options = {} if tag is None else {"tag_or_digest": tag}
    return lambda_.DockerImageFunction(scope, "Fn", code=lambda_.DockerImageCode.from_ecr(repository, **options))


def good(folder: Path) -> App:
    made = app(folder, ImagelintPlugin())
    stack(made, "1.4.2")
    return made


def bad(folder: Path) -> App:
    made = app(folder, ImagelintPlugin())
    stack(made)
    return made


def warned(folder: Path) -> App:
    """With what is a warning, which closes no gate by itself."""
    made = app(folder, ImagelintPlugin())
    stack(made, "prod")
    return made


def failing_on_warnings(folder: Path) -> App:
    made = app(folder, ImagelintPlugin(fail_on="warning"))
    stack(made, "prod")
    return made


def ignored(folder: Path) -> App:
    made = app(folder, ImagelintPlugin(ignore=["image-tag-latest"]))
    stack(made)
    return made


def selected(folder: Path) -> App:
    made = app(folder, ImagelintPlugin(select=["image-tag-mutable"]))
    stack(made)
    return made


def configured(folder: Path) -> App:
    """By a file that is named."""
    file = folder.with_suffix(".yaml")
    file.write_text("ignore: [image-tag-latest]\n")
    made = app(folder, ImagelintPlugin(config=str(file)))
    stack(made)
    return made


def misconfigured(folder: Path) -> App:
    file = folder.with_suffix(".yaml")
    file.write_text("fail_on: error\nignored: []\n")
    made = app(folder, ImagelintPlugin(config=str(file)))
    stack(made)
    return made


def crashed(folder: Path) -> App:
    """By a defect of imagelint."""

    class Defective(ImagelintPlugin):
        def _judge(self, written: Sequence[str]) -> Any:
            return 1 / 0

    made = app(folder, Defective())
    stack(made)
    return made


def strict(folder: Path) -> App:
    made = app(folder, ImagelintPlugin(strict=True, select=["image-tag-latest"]))
    _open(made)
    return made


def unknown(folder: Path) -> App:
    made = app(folder, ImagelintPlugin())
    _open(made)
    return made


def _open(scope: Construct) -> None:
    made = Stack(scope, "Api", env=ENVIRONMENT)
    _raw(made, CfnParameter(made, "Uri").value_as_string)


def unread(folder: Path) -> App:
    """With a reference to what is not there."""
    made = app(folder, ImagelintPlugin())
    _raw(Stack(made, "Api", env=ENVIRONMENT), {"Ref": "Lost"})
    return made


def _raw(scope: Stack, uri: Any) -> None:
    properties = {"PackageType": "Image", "Role": "arn:aws:iam::123456789012:role/run", "Code": {"ImageUri": uri}}
    CfnResource(scope, "Fn", type="AWS::Lambda::Function", properties=properties)


def nested(folder: Path) -> App:
    made = app(folder, ImagelintPlugin())
    function(NestedStack(Stack(made, "Api", env=ENVIRONMENT), "Inner"))
    return made


def staged(folder: Path) -> App:
    made = app(folder, ImagelintPlugin())
    stack(Stage(made, "Prod"))
    return made


def staged_alone(folder: Path, *plugins: ImagelintPlugin) -> App:
    """A stage that has the plugin, in an app that has not."""
    made = app(folder, *plugins)
    if hasattr(aws_cdk, "Validations"):
        prod = Stage(made, "Prod")
        aws_cdk.Validations.of(prod).add_plugins(ImagelintPlugin())
    else:
        prod = Stage(made, "Prod", policy_validation_beta1=[ImagelintPlugin()])
    stack(prod)
    stack(made, name="Elsewhere")
    return made


def twice(folder: Path) -> App:
    made = app(folder, ImagelintPlugin(), ImagelintPlugin())
    stack(made)
    return made


def twice_in_part(folder: Path) -> App:
    """An app and one of its stages have the plugin."""
    return staged_alone(folder, ImagelintPlugin())


def sharing(folder: Path) -> App:
    """Two stacks whose functions rest on the repository of a third one."""
    made = app(folder, ImagelintPlugin(fail_on="info", select=["repository-tags-mutable"]))
    images = ecr.Repository(Stack(made, "Shared", env=ENVIRONMENT), "Images")
    for name in ("Api", "Jobs"):
        code = lambda_.DockerImageCode.from_ecr(images, tag_or_digest="1.4.2")
        lambda_.DockerImageFunction(Stack(made, name, env=ENVIRONMENT), "Fn", code=code)
    return made


def without_stacks(folder: Path) -> App:
    return app(folder, ImagelintPlugin())


def without_functions(folder: Path) -> App:
    made = app(folder, ImagelintPlugin())
    ecr.Repository(Stack(made, "Api", env=ENVIRONMENT), "Orders")
    return made


def acknowledged(folder: Path) -> App:
    made = app(folder, ImagelintPlugin())
    acknowledge(stack(made).node.find_child("Fn"))
    return made


def acknowledged_on_a_stage(folder: Path) -> App:
    made = app(folder, ImagelintPlugin())
    prod = Stage(made, "Prod")
    stack(prod)
    acknowledge(prod)
    return made


def acknowledged_without_a_gate(folder: Path) -> App:
    """One of two, where no finding closes the gate."""
    made = app(folder, ImagelintPlugin(fail_on="never"))
    prod = Stage(made, "Prod")
    stack(prod)
    stack(made, name="Other")
    acknowledge(prod)
    return made


def acknowledged_warning(folder: Path) -> App:
    """One of two that close the gate."""
    made = app(folder, ImagelintPlugin(fail_on="warning"))
    acknowledge(stack(made, "prod").node.find_child("Fn"), "image-tag-mutable")
    stack(made, "prod", "Other")
    return made


def acknowledge(scope: Construct, rule: str = "image-tag-latest") -> None:
    """As an app says that it lives with a finding."""
    aws_cdk.Validations.of(scope).acknowledge(aws_cdk.Acknowledgment(id=f"imagelint::{rule}", reason="a demo"))


SCENARIOS: dict[str, Callable[[Path], App]] = {
    each.__name__: each
    for each in (
        good,
        bad,
        warned,
        failing_on_warnings,
        ignored,
        selected,
        configured,
        misconfigured,
        crashed,
        strict,
        unknown,
        unread,
        nested,
        staged,
        staged_alone,
        twice,
        twice_in_part,
        sharing,
        without_stacks,
        without_functions,
        acknowledged,
        acknowledged_on_a_stage,
        acknowledged_without_a_gate,
        acknowledged_warning,
    )
}


def synthesise(name: str, folder: Path) -> dict[str, Any]:
    """What becomes of one scenario: whether its synthesis failed, and CDK's report where it wrote one."""
    error = None
    try:
        SCENARIOS[name](folder).synth()
    except RuntimeError as raised:  # of jsii, for whatever CDK throws
        error = str(raised)
    files = (folder / "validation-report.json", folder / "policy-validation-report.json")
    written = [json.loads(file.read_text()) for file in files if file.exists()]
    return {"error": error, "report": written[0] if written else None}


if __name__ == "__main__":
    root = Path(sys.argv[1])
    results = {name: synthesise(name, root / name) for name in sys.argv[2:]}
    (root / "results.json").write_text(json.dumps(results))
