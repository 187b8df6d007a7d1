"""What the execution role's policies say: who may assume it, and what it may do. Knows nothing of rules.

Sources: IAM User Guide, "Roles terms and concepts" and "Permissions boundaries"; sam-translator, `_construct_role`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from imagelint.assembly.resources import Resource
from imagelint.assembly.stack import Stack
from imagelint.aws.managed_policies import WRITE_LOGS, basic_execution, managed_policy
from imagelint.aws.policy.decision import Decision, Policy, decide
from imagelint.aws.policy.request import Request, Service
from imagelint.cloudformation.values import ABSENT, as_text
from imagelint.facts.decisions import Policies
from imagelint.facts.role_policies import MAX_POLICIES, RolePolicies
from imagelint.facts.subject import Subject
from imagelint.text.holes import Hole, Str, concat, render
from imagelint.text.logic import Answer

LAMBDA: Final = Service("lambda.amazonaws.com")
_ASSUMING: Final = Request(("sts:AssumeRole",), LAMBDA, None, {})


def may_be_assumed(subject: Subject, role: Resource) -> Answer:
    """Whether the role's trust policy lets Lambda assume it."""
    policy = subject.policy_of(role, "AssumeRolePolicyDocument")
    decision = decide([] if policy is None else [policy], _ASSUMING)
    _tell_of(decision, "the trust policy", role, subject)
    return decision.allowed


def may_log(subject: Subject) -> Answer:
    """Whether the execution role may write to the function's log group, or to any where its name is not known."""
    stack = subject.function.stack.name
    pieces = ["arn:", subject.pseudo("AWS::Partition"), ":logs:", subject.pseudo("AWS::Region"), ":", subject.account]
    stream = concat([*pieces, ":log-group:", Hole("the log group", stack), ":log-stream:", Hole("the stream", stack)])
    return role_decision(subject, WRITE_LOGS, stream).allowed


def role_decision(subject: Subject, actions: tuple[str, ...], arn: Str | None) -> Decision:
    """What the execution role's identity policies say of some actions; a boundary may take any of them away."""
    decision = decide(subject.once(_policies), Request(actions, None, arn))
    role = subject.role
    if not isinstance(role, Resource):
        return decision
    _tell_of(decision, "a policy", role, subject)
    is_bounded = role.entry("PermissionsBoundary").written is not None
    return Decision(None, None) if is_bounded and decision.allow is not False else decision


def _tell_of(decision: Decision, what: str, role: Resource, subject: Subject) -> None:
    """Say why a policy of a role is not understood."""
    for reason in decision.malformed:
        message = f"{what} of the role {role.logical_id} is not understood: {reason}"
        subject.index.assembly.log.warn(role.stack.display_path, message)


def _policies(subject: Subject) -> list[Policy]:
    """The policies that the role holds; one of a hole for each that cannot be seen."""
    role = subject.role
    if subject.function.is_serverless and "Role" not in subject.function.properties:
        return list(_generated_by_sam(subject))
    if not isinstance(role, Resource):
        return [_unseen("the execution role's policies", subject.function.stack)]
    return [*subject.policies_of(role, "Policies"), *_managed(subject, role), *_attached(subject, role)]


def _unseen(name: str, stack: Stack) -> Policy:
    return Policy(Hole(name, stack.name))


def _managed(subject: Subject, role: Resource) -> Iterator[Policy]:
    """The managed policies that the role names."""
    arns = subject.value_of(role, "ManagedPolicyArns")
    if arns is ABSENT:
        return
    for arn in arns if isinstance(arns, list) else [arns]:
        yield managed_policy(as_text(arn))


def _attached(subject: Subject, role: Resource) -> Iterator[Policy]:
    """The policies of the policy resources that name the role."""
    name = subject.evaluation.physical_name(role.logical_id, role.stack)
    policies = subject.index.once(RolePolicies).of(name)
    if len(policies) > MAX_POLICIES:
        message = (
            f"the role {role.logical_id} has {len(policies):,} policies, more than AWS takes; none of them is judged"
        )
        subject.index.assembly.log.warn(role.stack.display_path, message)
        yield _unseen("the execution role's policies", role.stack)
        return
    for policy, is_certain in policies:
        exists = subject.exists(policy)
        if exists and is_certain:
            yield subject.policy_of(policy, "PolicyDocument") or Policy(ABSENT)
        elif exists is not False:
            yield _unseen(policy.logical_id, policy.stack)
    if subject.index.once(RolePolicies).may_be_more(role):
        yield _unseen("the execution role's policies", role.stack)


def _generated_by_sam(subject: Subject) -> Iterator[Policy]:
    """The policies of the role that SAM makes: basic execution, and what the function's Policies say."""
    yield basic_execution()
    policies = subject.own_value("Policies")
    if policies is ABSENT:
        return
    for policy in policies if isinstance(policies, list) else [policies]:
        text = as_text(policy)
        if text is not None:
            is_arn = ":" in render(text)
            yield managed_policy(text if is_arn else concat(["arn:aws:iam::aws:policy/", text]))
        elif isinstance(policy, dict) and "Statement" in policy:
            yield subject.index.once(Policies).of(policy)
        # else one of SAM's policy templates, none of which holds an action of ECR
