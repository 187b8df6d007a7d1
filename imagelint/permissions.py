"""Who may pull a function's image: the repository's policy, the registry's, and what the execution role holds.

Sources: Lambda Developer Guide, "Create a Lambda function using a container image" (Amazon ECR permissions, and
cross-account permissions); Amazon ECR User Guide, "Private registry permissions". Knows nothing of rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from imagelint.functions import Function
from imagelint.intrinsics import ABSENT, NAME_CHARACTERS, Evaluation, Value, as_text
from imagelint.policy import Answer, AwsPrincipal, Decision, Request, Service, StatementRef, decide
from imagelint.resources import MAYBE, Maybe, Resource, Surroundings
from imagelint.scope import TemplateError
from imagelint.text import Hole, Str, concat, render, split

PULL: Final = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
"""What a principal must be allowed to do to pull an image."""
_PUSH: Final = ("ecr:PutImage", "ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload")
_SOURCE_KEYS: Final = frozenset({"aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths"})
_LAMBDA: Final = Service("lambda.amazonaws.com")

_PULLING_POLICIES: Final = frozenset(
    (
        "AdministratorAccess",
        "PowerUserAccess",
        "AmazonEC2ContainerRegistryFullAccess",
        "AmazonEC2ContainerRegistryPowerUser",
        "AmazonEC2ContainerRegistryPullOnly",
        "AmazonEC2ContainerRegistryReadOnly",
        "AmazonElasticContainerRegistryPublicFullAccess",
        "service-role/AmazonEC2ContainerServiceforEC2Role",
        "service-role/AmazonECSTaskExecutionRolePolicy",
    )
) - {"AmazonElasticContainerRegistryPublicFullAccess"}
"""AWS managed policies that allow the pull from every private repository."""
_OTHER_POLICIES: Final = frozenset(
    (
        "AmazonDynamoDBFullAccess",
        "AmazonDynamoDBReadOnlyAccess",
        "AmazonKinesisFullAccess",
        "AmazonS3FullAccess",
        "AmazonS3ReadOnlyAccess",
        "AmazonSNSFullAccess",
        "AmazonSQSFullAccess",
        "AmazonSSMReadOnlyAccess",
        "AWSXRayDaemonWriteAccess",
        "AWSXrayWriteOnlyAccess",
        "CloudWatchLambdaApplicationSignalsExecutionRolePolicy",
        "CloudWatchLambdaInsightsExecutionRolePolicy",
        "SecretsManagerReadWrite",
        "service-role/AWSLambdaBasicExecutionRole",
        "service-role/AWSLambdaDynamoDBExecutionRole",
        "service-role/AWSLambdaENIManagementAccess",
        "service-role/AWSLambdaKinesisExecutionRole",
        "service-role/AWSLambdaMSKExecutionRole",
        "service-role/AWSLambdaRole",
        "service-role/AWSLambdaSQSQueueExecutionRole",
        "service-role/AWSLambdaVPCAccessExecutionRole",
    )
)
"""AWS managed policies that are often on execution roles and hold no action of ECR. Any other may or may not."""

_ALLOW_ALL: Final = {"Statement": [{"Effect": "Allow", "Action": list(PULL), "Resource": "*"}]}


@dataclass(frozen=True)
class Pull:
    """What is known of the pull of one image by one function; None stands for "cannot be known"."""

    service: Answer
    """Whether Lambda's service principal may."""
    account: Answer
    """Whether the repository's policy lets the function's account."""
    role: Answer
    """Whether the execution role's own policies let it."""
    denied: Answer
    """Whether a Deny statement stands in the way."""
    denied_by: str
    """The denying statement, in words."""
    excluded: str
    """The statements whose conditions exclude this function, in words; empty where there are none."""
    may_push: Answer
    """Whether the repository's policy also lets Lambda's service principal push."""
    unconditioned: str | None
    """A statement that lets the service in without a condition on who it acts for; None where there is none."""


@dataclass(frozen=True)
class Puller:
    """The function as the policies see it."""

    function: Function
    evaluation: Evaluation
    surroundings: Surroundings

    @property
    def account(self) -> Str:
        """The function's account."""
        return self._pseudo("AWS::AccountId")

    @property
    def arn(self) -> Str:
        """The function's ARN, which is aws:SourceArn when Lambda pulls for it."""
        written = self.function.properties.get("FunctionName")
        name: Str | None = None
        if written is not None:
            name = as_text(self._value(written[0], written[1]))
        if not name:
            name = Hole(self.function.logical_id, self.function.stack.name, NAME_CHARACTERS)
        pieces = ["arn:", self._pseudo("AWS::Partition"), ":lambda:", self._pseudo("AWS::Region"), ":", self.account]
        return concat([*pieces, ":function:", name])

    def role(self) -> Resource | Maybe | None:
        """The execution role, where the assembly has it."""
        written = self.function.properties.get("Role")
        arn = None if written is None else as_text(self._value(written[0], written[1]))
        pieces = None if arn is None else split(":", arn)
        path = None if pieces is None or len(pieces) != 6 else split("/", pieces[5])
        if pieces is None or not path:
            return MAYBE
        return self.surroundings.find("AWS::IAM::Role", path[-1], pieces[4], None)

    def _pseudo(self, name: str) -> Str:
        value = as_text(self.evaluation.pseudo(name, self.function.stack.scope))
        return "" if value is None else value

    def _value(self, written: Any, at: Any) -> Value:
        try:
            return self.evaluation.value(written, self.function.stack.scope, at)
        except TemplateError:  # reported where the property's own fact is stated
            return Hole("an error", self.function.stack.name)


def pull_of(puller: Puller, repository: Resource, is_cross_account: bool) -> Pull:
    """Who may pull from a repository of the assembly for a function."""
    arn = as_text(puller.evaluation.value(*_get_arn(repository)))
    context: Mapping[str, Str | None] = {"aws:sourcearn": puller.arn, "aws:sourceaccount": puller.account}
    own = [] if (document := _document(puller, repository, "RepositoryPolicyText")) is ABSENT else [document]
    registry = _registry_policies(puller, repository)
    service = _decide(own, registry, arn, Request(PULL, _LAMBDA, None, context))
    pushing = _decide(own, registry, arn, Request(_PUSH, _LAMBDA, None, context))
    partition = as_text(puller.evaluation.pseudo("AWS::Partition", puller.function.stack.scope)) or ""
    caller = AwsPrincipal(puller.account, partition)
    account = _decide(
        own, registry, arn, Request(PULL, caller, None, {"aws:sourcearn": None, "aws:sourceaccount": None})
    )
    role = Decision(allow=False, deny=False) if is_cross_account else _role_decision(puller, arn)
    denied = _denied(service, account, role, is_cross_account)
    by = service.denying or account.denying or role.denying
    return Pull(
        service.allowed,
        account.allowed,
        role.allowed,
        denied,
        by[0].name if by else "",
        _excluded_in_words(service.excluded),
        pushing.allowed,
        next((each.name for each in service.granting if not _SOURCE_KEYS.intersection(each.condition_keys)), None),
    )


def _get_arn(repository: Resource) -> tuple[Any, Any, Any]:
    return {"Fn::GetAtt": [repository.logical_id, "Arn"]}, repository.stack.scope, repository.pointer


def _denied(service: Decision, account: Decision, role: Decision, is_cross_account: bool) -> Answer:
    """Whether Deny statements leave no way: across accounts both the service and the account are needed."""
    if is_cross_account:
        return _either(service.deny, account.deny)
    if service.deny and role.allowed is not False:
        return None if role.allowed is None else False
    return service.deny


def _either(one: Answer, other: Answer) -> Answer:
    if one or other:
        return True
    return None if None in (one, other) else False


def _excluded_in_words(statements: Sequence[StatementRef]) -> str:
    if not statements:
        return ""
    told = [f"{each.name} excludes it by {' and '.join(each.condition_keys)}" for each in statements]
    return f" ({'; '.join(told)})"


def _decide(own: Sequence[object], registry: Sequence[object], arn: Str | None, request: Request) -> Decision:
    """What a repository's policy and the policy of its registry say together; only the latter names resources."""
    first = decide(own, request)
    if not registry:
        return first
    second = decide(registry, Request(request.actions, request.principal, arn, request.context))
    return Decision(
        _either(first.allow, second.allow),
        _either(first.deny, second.deny),
        tuple(action for action in first.missing if action in second.missing),
        first.granting + second.granting,
        first.denying + second.denying,
        first.excluded + second.excluded,
        first.unknown + second.unknown,
    )


def _document(puller: Puller, resource: Resource, name: str) -> Value:
    """An evaluated policy document; a hole where CloudFormation would refuse it, which is reported."""
    written, at = resource.entry(name)
    if written is None:
        return ABSENT
    return _evaluated(puller, resource, written, at)


def _evaluated(puller: Puller, resource: Resource, written: Any, at: Any) -> Value:
    try:
        return puller.evaluation.value(written, resource.stack.scope, at)
    except TemplateError as error:
        puller.surroundings.assembly.by_name[error.scope.name].note_at(error.pointer, error.message)
        return Hole("an error", resource.stack.name)


def _exists(puller: Puller, resource: Resource) -> bool | None:
    """Whether a resource is there in this scenario."""
    condition = resource.written.get("Condition")
    if not isinstance(condition, str):
        return True
    return puller.evaluation.condition(condition, resource.stack.scope, (*resource.pointer, "Condition"))


def _registry_policies(puller: Puller, repository: Resource) -> list[object]:
    found = []
    for resource in puller.surroundings.of_kind("AWS::ECR::RegistryPolicy"):
        home, other = repository.stack.scope, resource.stack.scope
        if home.account == other.account and home.region == other.region and _exists(puller, resource):
            found.append(_document(puller, resource, "PolicyText"))
    return found


# -- the execution role -------------------------------------------------------------------------------------------


def _role_decision(puller: Puller, arn: Str | None) -> Decision:
    """What the execution role's identity policies say of the pull."""
    documents = list(_role_documents(puller))
    decision = decide(documents, Request(PULL, None, arn, {}))
    role = puller.role()
    bounded = isinstance(role, Resource) and role.entry("PermissionsBoundary")[0] is not None
    return Decision(None, None) if bounded and decision.allow is not False else decision


def _role_documents(puller: Puller) -> Iterator[object]:
    """The policy documents that the role holds; a hole for each that cannot be seen."""
    if puller.function.is_serverless and "Role" not in puller.function.properties:
        yield from _generated_role_documents(puller)
        return
    role = puller.role()
    if not isinstance(role, Resource):
        yield Hole("the execution role's policies", puller.function.stack.name)
        return
    yield from _inline(puller, role)
    arns = _document(puller, role, "ManagedPolicyArns")
    if arns is not ABSENT:
        for each in arns if isinstance(arns, list) else [arns]:
            yield _managed(as_text(each))
    name = puller.evaluation.physical_name(role.logical_id, role.stack.scope)
    for policy, is_certain in puller.surroundings.policies_of(name):
        exists = _exists(puller, policy)
        if exists and is_certain:
            yield _document(puller, policy, "PolicyDocument")
        elif exists is not False:
            yield Hole(policy.logical_id, policy.stack.name)


def _inline(puller: Puller, role: Resource) -> Iterator[object]:
    policies = _document(puller, role, "Policies")
    if policies is ABSENT:
        return
    for policy in policies if isinstance(policies, list) else [policies]:
        yield policy.get("PolicyDocument") if isinstance(policy, dict) else policy


def _managed(arn: Str | None) -> object:
    """The document that an AWS managed policy comes down to for the pull; a hole for one that is not known."""
    tail = "" if arn is None else render(arn).rpartition(":policy/")[2]
    if arn is not None and ":iam::aws:policy/" in render(arn):
        if tail in _PULLING_POLICIES:
            return _ALLOW_ALL
        if tail in _OTHER_POLICIES:
            return {"Statement": [{"Effect": "Allow", "Action": "logs:CreateLogGroup", "Resource": "*"}]}
    return Hole(tail or "a managed policy")


def _generated_role_documents(puller: Puller) -> Iterator[object]:
    """The role that SAM makes: basic execution, and what Policies say (sam-translator, `_construct_role`)."""
    written = puller.function.properties.get("Policies")
    if written is None:
        return
    value = puller._value(*written)
    for policy in value if isinstance(value, list) else [value]:
        text = as_text(policy)
        if text is not None:
            shown = render(text)
            yield _managed(text if ":" in shown else concat(["arn:aws:iam::aws:policy/", text]))
        elif isinstance(policy, dict) and "Statement" in policy:
            yield policy
        # else one of SAM's policy templates, none of which holds an action of ECR
