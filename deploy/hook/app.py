"""The CloudFormation Hooks that ask imagelint before anything is deployed, as a CDK app.

    npx cdk deploy                                                   here, with an image that is built here
    npx cdk synth -c registry=ACCOUNT -c repository=NAME -c tag=TAG  a template for a stack set

For a stack set the image lies in one account's repository, in every region that is deployed to (Amazon ECR replicates
it), and that repository's policy lets the accounts pull. `docs/hook.md` has both, step by step.
"""

from __future__ import annotations

import os
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecr_assets as assets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from imagelint.version import VERSION

DEPLOYING = ["CREATE", "UPDATE"]
FUNCTION = "AWS::Lambda::Function"
IMAGE = Path(__file__).parent / "image"


class HookStack(cdk.Stack):
    """The function, from a container image, and a Hook on whole templates and one on functions."""

    def __init__(self, scope: Construct, name: str, *, registry: str | None) -> None:
        synthesizer = cdk.BootstraplessSynthesizer() if registry else None  # a stack set brings no assets along
        super().__init__(scope, name, synthesizer=synthesizer, description="imagelint, asked before each deployment")
        mode = cdk.CfnParameter(
            self,
            "FailureMode",
            default="WARN",
            allowed_values=["WARN", "FAIL"],
            description="What a finding of severity error does: WARN says it, FAIL stops the deployment.",
        )
        function = lambda_.DockerImageFunction(
            self,
            "Function",
            code=self._published(registry) if registry else self._built(),
            architecture=lambda_.Architecture.ARM_64,
            memory_size=1024,
            timeout=cdk.Duration.seconds(25),  # a Hook waits for 30
            log_group=logs.LogGroup(self, "Log", retention=logs.RetentionDays.THREE_MONTHS),
        )
        role = iam.Role(
            self,
            "HookRole",
            assumed_by=iam.ServicePrincipal(
                "hooks.cloudformation.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": self.account}}
            ),
        )
        function.grant_invoke(role)
        for alias, operations, filters in (
            ("Templates", ["STACK", "CHANGE_SET"], {"Actions": DEPLOYING}),
            ("Functions", ["RESOURCE", "CLOUD_CONTROL"], {"Actions": DEPLOYING, "TargetNames": [FUNCTION]}),
        ):
            hook = cdk.CfnLambdaHook(
                self,
                alias,
                alias=f"Private::Imagelint::{alias}",
                execution_role=role.role_arn,
                failure_mode=mode.value_as_string,
                hook_status="ENABLED",
                lambda_function=function.function_arn,
                target_operations=operations,
            )
            hook.add_property_override("TargetFilters", filters)  # a form that CDK's class does not have
            hook.node.add_dependency(role)

    def _built(self) -> lambda_.DockerImageCode:
        return lambda_.DockerImageCode.from_image_asset(
            str(IMAGE), platform=assets.Platform.LINUX_ARM64, build_args={"VERSION": VERSION}
        )

    def _published(self, registry: str) -> lambda_.DockerImageCode:
        """The image of the organisation's repository, in the stack's own region, as Lambda wants it."""
        name, tag = (self.node.get_context(key) for key in ("repository", "tag"))
        arn = self.format_arn(service="ecr", account=registry, resource="repository", resource_name=name)
        repository = ecr.Repository.from_repository_attributes(
            self, "Repository", repository_arn=arn, repository_name=name
        )
        return lambda_.DockerImageCode.from_ecr(repository, tag_or_digest=tag)


app = cdk.App(outdir=os.environ.get("CDK_OUTDIR"))
HookStack(app, "ImagelintHook", registry=app.node.try_get_context("registry"))
app.synth()
