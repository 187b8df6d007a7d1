"""AWS's managed policies, as far as they let an execution role pull images and write logs. Knows no templates.

Source: AWS Managed Policy Reference, one page per policy.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from imagelint.aws.policy.decision import Policy, SharedPolicy
from imagelint.text.holes import Hole, Str, render

PULL: Final = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
"""What a principal must be allowed to do to pull an image."""
WRITE_LOGS: Final = ("logs:CreateLogStream", "logs:PutLogEvents")
"""What an execution role must hold for the function's output to be kept (Lambda guide, "Execution role")."""
_BASIC_EXECUTION: Final = "service-role/AWSLambdaBasicExecutionRole"

_ALLOWED: Final[dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(
        (
            "AdministratorAccess",
            "PowerUserAccess",
            "service-role/AmazonEC2ContainerServiceforEC2Role",
            "service-role/AmazonECSTaskExecutionRolePolicy",
        ),
        (*PULL, *WRITE_LOGS),
    ),
    **dict.fromkeys(
        (
            "AmazonEC2ContainerRegistryFullAccess",
            "AmazonEC2ContainerRegistryPowerUser",
            "AmazonEC2ContainerRegistryPullOnly",
            "AmazonEC2ContainerRegistryReadOnly",
        ),
        PULL,
    ),
    **dict.fromkeys(
        (
            "CloudWatchLambdaApplicationSignalsExecutionRolePolicy",
            "CloudWatchLambdaInsightsExecutionRolePolicy",
            "CloudWatchLogsFullAccess",
            _BASIC_EXECUTION,
            "service-role/AWSLambdaBasicDurableExecutionRolePolicy",
            "service-role/AWSLambdaDynamoDBExecutionRole",
            "service-role/AWSLambdaKinesisExecutionRole",
            "service-role/AWSLambdaMSKExecutionRole",
            "service-role/AWSLambdaSQSQueueExecutionRole",
            "service-role/AWSLambdaVPCAccessExecutionRole",
        ),
        WRITE_LOGS,
    ),
    **dict.fromkeys(
        (
            "AmazonS3FullAccess",
            "AmazonS3ReadOnlyAccess",
            "AmazonSQSFullAccess",
            "AWSXRayDaemonWriteAccess",
            "AWSXrayWriteOnlyAccess",
            "service-role/AWSLambdaENIManagementAccess",
            "service-role/AWSLambdaRole",
        ),
        (),
    ),
}
"""Which of the actions above a policy allows on everything. Of a policy that is not listed nothing is known."""


def managed_policy(arn: Str | None) -> Policy:
    """What the managed policy of an ARN, or of an unknown one, comes down to here.

    That of a hole where nothing is known.
    """
    shown = "" if arn is None else render(arn)
    name = shown.rpartition(":policy/")[2]
    if ":iam::aws:policy/" not in shown or name not in _ALLOWED:
        return Policy(Hole(name or "a managed policy"))
    return _allowing(_ALLOWED[name])


def basic_execution() -> Policy:
    """The policy AWSLambdaBasicExecutionRole."""
    return _allowing(_ALLOWED[_BASIC_EXECUTION])


@cache
def _allowing(actions: tuple[str, ...]) -> Policy:
    # A policy must have a statement; one on no action that is asked for changes no answer.
    allowed = list(actions) or ["sts:GetCallerIdentity"]
    return SharedPolicy({"Statement": [{"Effect": "Allow", "Action": allowed, "Resource": "*"}]})
