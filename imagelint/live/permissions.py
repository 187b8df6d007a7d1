"""The least IAM policy of a run with --live. Knows the calls by their names; makes none.

Source: Service Authorization Reference, "Actions, resources, and condition keys" of ECR, Lambda, CloudFormation, STS:
the resource types of each action. sts:GetCallerIdentity needs no permission.
"""

from __future__ import annotations

from typing import Any, Final

IMAGES: Final = (
    "ecr:BatchGetImage",
    "ecr:DescribeImageScanFindings",
    "ecr:DescribeImages",
    "ecr:DescribeRepositories",
    "ecr:GetDownloadUrlForLayer",
    "ecr:GetLifecyclePolicy",
    "ecr:GetLifecyclePolicyPreview",
    "ecr:GetRepositoryPolicy",
)
REGISTRIES: Final = ("ecr:GetRegistryPolicy",)
STACKS: Final = ("cloudformation:DescribeStackResource",)
FUNCTIONS: Final = ("lambda:GetFunction",)
PARAMETERS: Final = ("cloudformation:DescribeStacks",)
EXPORTS: Final = ("cloudformation:ListExports",)
ROLES: Final = ("sts:AssumeRole",)


def least_policy(*, partition: str, role_arn: str | None, takes_deployed_parameters: bool) -> dict[str, Any]:
    """The policy that the run's credentials need, and the role in other accounts without its last statement."""
    stacks = (*STACKS, *(PARAMETERS if takes_deployed_parameters else ()))
    statements = [
        _statement("ReadImages", IMAGES, f"arn:{partition}:ecr:*:*:repository/*"),
        _statement("ReadRegistryPolicy", REGISTRIES, "*"),
        _statement("FindFunctions", stacks, f"arn:{partition}:cloudformation:*:*:stack/*"),
        _statement("ReadFunctions", FUNCTIONS, f"arn:{partition}:lambda:*:*:function:*"),
    ]
    if takes_deployed_parameters:
        statements.append(_statement("ReadExports", EXPORTS, "*"))
    if role_arn is not None:
        statements.append(_statement("AskOtherAccounts", ROLES, role_arn.replace("{account}", "*")))
    return {"Version": "2012-10-17", "Statement": statements}


def _statement(sid: str, actions: tuple[str, ...], resource: str) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": resource}
