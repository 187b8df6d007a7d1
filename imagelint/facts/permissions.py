"""Who may pull a function's image: the repository's policy, the registry's, and what the execution role holds.

Sources: Lambda Developer Guide, "Create a Lambda function using a container image" (Amazon ECR permissions, and
cross-account permissions); Amazon ECR User Guide, "Private registry permissions". Knows nothing of rules.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final, NamedTuple

from imagelint.assembly.functions import Function
from imagelint.assembly.resources import MAYBE, Maybe, Resource
from imagelint.aws.policy.decision import Decision, StatementRef, decide
from imagelint.aws.policy.request import AwsPrincipal, Request, Service
from imagelint.cloudformation.evaluation import Evaluation
from imagelint.cloudformation.scope import Expression, TemplateError
from imagelint.cloudformation.values import ABSENT, NAME_CHARACTERS, Value, as_text
from imagelint.facts.index import Surroundings
from imagelint.text.holes import Hole, Str, concat, render, split
from imagelint.text.logic import Answer, any_of

PULL: Final = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
"""What a principal must be allowed to do to pull an image."""
_PUSH: Final = ("ecr:PutImage", "ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload")
_SOURCE_KEYS: Final = frozenset({"aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths"})
_LAMBDA: Final = Service("lambda.amazonaws.com")

_LOG: Final = ("logs:CreateLogStream", "logs:PutLogEvents")
"""What an execution role must hold for the function's output to be kept (Lambda guide, "Execution role")."""
_MANAGED_POLICIES: Final[dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(("AdministratorAccess", "PowerUserAccess"), (*PULL, *_LOG)),
    **dict.fromkeys(
        ("service-role/AmazonECSTaskExecutionRolePolicy", "service-role/AmazonEC2ContainerServiceforEC2Role"),
        (*PULL, *_LOG),
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
            "service-role/AWSLambdaBasicDurableExecutionRolePolicy",
            "service-role/AWSLambdaBasicExecutionRole",
            "service-role/AWSLambdaDynamoDBExecutionRole",
            "service-role/AWSLambdaKinesisExecutionRole",
            "service-role/AWSLambdaMSKExecutionRole",
            "service-role/AWSLambdaSQSQueueExecutionRole",
            "service-role/AWSLambdaVPCAccessExecutionRole",
        ),
        _LOG,
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
"""Which of the actions above an AWS managed policy allows on everything (AWS Managed Policy Reference). Of a policy
that is not listed nothing is known."""

_BASIC_EXECUTION: Final = "service-role/AWSLambdaBasicExecutionRole"


_NO_SOURCE: Final[Mapping[str, Str | None]] = {"aws:sourcearn": None, "aws:sourceaccount": None}
"""What AWS knows of the source where no service acts for somebody."""


class Pull(NamedTuple):
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
        return self.pseudo("AWS::AccountId")

    @cached_property
    def role_documents(self) -> Sequence[object]:
        """The policy documents that the execution role holds; a hole for each that cannot be seen."""
        return list(_role_documents(self))

    @cached_property
    def arn(self) -> Str:
        """The function's ARN, which is aws:SourceArn when Lambda pulls for it."""
        written = self.function.properties.get("FunctionName")
        name: Str | None = None
        if written is not None:
            name = as_text(self._value(written))
        if not name:
            name = Hole(self.function.logical_id, self.function.stack.name, NAME_CHARACTERS)
        pieces = ["arn:", self.pseudo("AWS::Partition"), ":lambda:", self.pseudo("AWS::Region"), ":", self.account]
        return concat([*pieces, ":function:", name])

    @cached_property
    def role(self) -> Resource | Maybe | None:
        """The execution role, where the assembly has it."""
        written = self.function.properties.get("Role")
        arn = None if written is None else as_text(self._value(written))
        pieces = None if arn is None else split(":", arn)
        path = None if pieces is None or len(pieces) != 6 else split("/", pieces[5])
        if pieces is None or not path:
            return MAYBE
        home, assumed = self.function.stack, self.evaluation.assumptions.known_as
        return self.surroundings.find("AWS::IAM::Role", path[-1], pieces[4], None, home, assumed)

    def pseudo(self, name: str) -> Str:
        """A pseudo parameter of the function's stack."""
        return self.evaluation.pseudo(name, self.function.stack)

    def _value(self, written: Expression) -> Value:
        try:
            return self.evaluation.value(written)
        except TemplateError:  # a name that is not there: cfn-lint says so, and here it is unknown
            return Hole("an error", self.function.stack.name)


def pull_of(puller: Puller, repository: Resource, is_cross_account: bool) -> Pull:
    """Who may pull from a repository of the assembly for a function."""
    arn = as_text(puller.evaluation.value(_get_arn(repository)))
    context: Mapping[str, Str | None] = {"aws:sourcearn": puller.arn, "aws:sourceaccount": puller.account}
    own = [] if (document := _document(puller, repository, "RepositoryPolicyText")) is ABSENT else [document]
    registry = _registry_policies(puller, repository)
    service = _decide(own, registry, arn, Request(PULL, _LAMBDA, None, context))
    for note in service.malformed:
        puller.surroundings.assembly.log.warn(
            repository.stack.display_path, f"the repository policy of {repository.logical_id} is not understood: {note}"
        )
    pushing = _decide(own, registry, arn, Request(_PUSH, _LAMBDA, None, context))
    partition = puller.pseudo("AWS::Partition")
    caller = AwsPrincipal(puller.account, partition)
    account = _decide(own, registry, arn, Request(PULL, caller, None, _NO_SOURCE))
    role = Decision(allow=False, deny=False) if is_cross_account else _role_decision(puller, PULL, arn)
    by_role = False if is_cross_account else _way_of_role(puller, role, own, registry, arn)
    denied = _denied(service, account, by_role, is_cross_account)
    by = service.denying or account.denying or role.denying
    return Pull(
        service.allowed,
        account.allowed,
        by_role,
        denied,
        by[0].name if by else "",
        _excluded_in_words(service.excluded),
        pushing.allowed,
        next((each.name for each in service.granting if not _SOURCE_KEYS.intersection(each.condition_keys)), None),
    )


def _get_arn(repository: Resource) -> Expression:
    return Expression({"Fn::GetAtt": [repository.logical_id, "Arn"]}, repository.stack, repository.pointer)


def _way_of_role(
    puller: Puller, role: Decision, own: Sequence[object], registry: Sequence[object], arn: Str | None
) -> Answer:
    """Whether the execution role may pull: by its own policies, or since the repository's policy names it.

    A grant to the account is no such thing: it leaves the matter to the role's own policies. Hence the principal
    without account. A Deny of whomever the role belongs to stands in its way.
    """
    partition = puller.pseudo("AWS::Partition")
    written = puller.function.properties.get("Role")
    name = None if written is None else as_text(puller._value(written))
    named: Answer = False if written is None else None
    if name is not None:
        named = _decide(own, registry, arn, Request(PULL, AwsPrincipal("", partition, name), None, {})).allowed
    caller = AwsPrincipal(puller.account, partition, name)
    denied = _decide(own, registry, arn, Request(PULL, caller, None, _NO_SOURCE)).deny
    allowed = role.allowed if role.deny else any_of((role.allowed, named))
    if denied or allowed is False:
        return False
    return None if denied is None else allowed


def _denied(service: Decision, account: Decision, role: Answer, is_cross_account: bool) -> Answer:
    """Whether Deny statements leave no way: across accounts both the service and the account are needed."""
    if is_cross_account:
        return any_of((service.deny, account.deny))
    if service.deny and role is not False:
        return None if role is None else False
    return service.deny


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
        allow=any_of((first.allow, second.allow)),
        deny=any_of((first.deny, second.deny)),
        granting=first.granting + second.granting,
        denying=first.denying + second.denying,
        excluded=first.excluded + second.excluded,
        malformed=first.malformed + second.malformed,
    )


def _document(puller: Puller, resource: Resource, name: str) -> Value:
    """An evaluated policy document; a hole where CloudFormation would refuse it, which is reported."""
    written = resource.entry(name)
    if written.written is None:
        return ABSENT
    try:
        return puller.evaluation.value(written)
    except TemplateError as error:
        error.note()
        return Hole("an error", resource.stack.name)


def _exists(puller: Puller, resource: Resource) -> bool | None:
    """Whether a resource is there in this scenario; None where that cannot be known."""
    condition = resource.condition
    try:
        return True if condition is None else puller.evaluation.condition(condition)
    except TemplateError as error:
        error.note()
        return None


def _registry_policies(puller: Puller, repository: Resource) -> list[object]:
    found: list[object] = []
    for resource in puller.surroundings.of_kind("AWS::ECR::RegistryPolicy"):
        home, other = repository.stack, resource.stack
        if home.account == other.account and home.region == other.region:
            exists = _exists(puller, resource)
            if exists is None:
                found.append(Hole(resource.logical_id, resource.stack.name))
            elif exists:
                found.append(_document(puller, resource, "PolicyText"))
    return found


# -- the execution role -------------------------------------------------------------------------------------------


def may_be_assumed(puller: Puller, role: Resource) -> Answer:
    """Whether the role's trust policy lets Lambda assume it (IAM guide, "Roles terms and concepts")."""
    document = _document(puller, role, "AssumeRolePolicyDocument")
    try:
        return _lets_lambda_in(json.dumps(document))
    except TypeError:  # it has holes, or is absent
        return decide([] if document is ABSENT else [document], _ASSUMING).allowed


_ASSUMING: Final = Request(("sts:AssumeRole",), _LAMBDA, None, {})


@lru_cache(maxsize=256)
def _lets_lambda_in(document: str) -> Answer:
    """Nearly all trust policies of an app are the same."""
    return decide([json.loads(document)], _ASSUMING).allowed


def may_log(puller: Puller) -> Answer:
    """Whether the execution role may write to the function's log group, or to any where its name is not known."""
    stack = puller.function.stack.name
    pieces = ["arn:", puller.pseudo("AWS::Partition"), ":logs:", puller.pseudo("AWS::Region"), ":", puller.account]
    stream = concat([*pieces, ":log-group:", Hole("the log group", stack), ":log-stream:", Hole("the stream", stack)])
    return _role_decision(puller, _LOG, stream).allowed


def _role_decision(puller: Puller, actions: tuple[str, ...], arn: Str | None) -> Decision:
    """What the execution role's identity policies say of some actions; a boundary may take any of them away."""
    decision = decide(puller.role_documents, Request(actions, None, arn, {}))
    role = puller.role
    if isinstance(role, Resource):
        for note in decision.malformed:
            puller.surroundings.assembly.log.warn(
                role.stack.display_path, f"a policy of the role {role.logical_id} is not understood: {note}"
            )
    bounded = isinstance(role, Resource) and role.entry("PermissionsBoundary").written is not None
    return Decision(None, None) if bounded and decision.allow is not False else decision


def _role_documents(puller: Puller) -> Iterator[object]:
    """The policy documents that the role holds; a hole for each that cannot be seen."""
    if puller.function.is_serverless and "Role" not in puller.function.properties:
        yield from _generated_role_documents(puller)
        return
    role = puller.role
    if not isinstance(role, Resource):
        yield Hole("the execution role's policies", puller.function.stack.name)
        return
    yield from _inline(puller, role)
    arns = _document(puller, role, "ManagedPolicyArns")
    if arns is not ABSENT:
        for each in arns if isinstance(arns, list) else [arns]:
            yield _managed(as_text(each))
    name = puller.evaluation.physical_name(role.logical_id, role.stack)
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
    """What an AWS managed policy comes down to here; a hole for a policy of which nothing is known."""
    shown = "" if arn is None else render(arn)
    name = shown.rpartition(":policy/")[2]
    if ":iam::aws:policy/" not in shown or name not in _MANAGED_POLICIES:
        return Hole(name or "a managed policy")
    return _allowing(_MANAGED_POLICIES[name])


def _allowing(actions: Sequence[str]) -> object:
    # A policy must have a statement; one on no action that is asked for changes no answer.
    return {"Statement": [{"Effect": "Allow", "Action": list(actions) or ["sts:GetCallerIdentity"], "Resource": "*"}]}


def _generated_role_documents(puller: Puller) -> Iterator[object]:
    """The role that SAM makes: basic execution, and what Policies say (sam-translator, `_construct_role`)."""
    yield _allowing(_MANAGED_POLICIES[_BASIC_EXECUTION])
    written = puller.function.properties.get("Policies")
    if written is None:
        return
    value = puller._value(written)
    for policy in value if isinstance(value, list) else [value]:
        text = as_text(policy)
        if text is not None:
            shown = render(text)
            yield _managed(text if ":" in shown else concat(["arn:aws:iam::aws:policy/", text]))
        elif isinstance(policy, dict) and "Statement" in policy:
            yield policy
        # else one of SAM's policy templates, none of which holds an action of ECR
