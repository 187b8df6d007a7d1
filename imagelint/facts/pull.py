"""Who may pull a function's image: by the repository's policy, the registry's, and the execution role's.

Sources: Lambda Developer Guide, "Create a Lambda function using a container image" (Amazon ECR permissions, and
cross-account permissions); Amazon ECR User Guide, "Private registry permissions". Knows nothing of rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from imagelint.assembly.resources import Resource
from imagelint.aws.managed_policies import PULL
from imagelint.aws.policy.decision import Decision, Policy, StatementRef, decide
from imagelint.aws.policy.request import AwsPrincipal, Request
from imagelint.cloudformation.scope import Expression, Json
from imagelint.cloudformation.values import ABSENT, as_text
from imagelint.facts.decisions import Policies
from imagelint.facts.execution_role import LAMBDA, role_decision
from imagelint.facts.index import ResourceIndex, Wanted
from imagelint.facts.subject import Subject
from imagelint.record import Record
from imagelint.text.holes import Hole, Str, render
from imagelint.text.logic import Answer, all_of, any_of, not_

_PUSH: Final = ("ecr:PutImage", "ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload")
_SOURCE_KEYS: Final = frozenset({"aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths"})
_NO_SOURCE: Final[Mapping[str, Str | None]] = {"aws:sourcearn": None, "aws:sourceaccount": None}
"""What AWS knows of the source where no service acts for somebody."""


class Pull(Record):
    """What is known of the pull of one image by one function; None stands for "cannot be known"."""

    is_cross_account: bool
    service: Answer
    """Whether Lambda's service principal may."""
    account: Answer
    """Whether the repository's policy lets the function's account."""
    role: Answer
    """Whether the execution role may; False across accounts, where it makes no difference."""
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
    malformed: tuple[str, ...]
    """Why AWS would refuse one of the policies, each in a sentence."""

    @property
    def permitted(self) -> Answer:
        """Whether Lambda gets the image. In one account the service or the role is enough; across accounts the
        repository's policy must let in both the service and the account."""
        return all_of((self.service, self.account)) if self.is_cross_account else any_of((self.service, self.role))

    def missing(self, subject: Subject) -> str:
        """Across accounts: whom the repository's policy surely does not let in, in words."""
        needed = {f"account {render(subject.account)}": self.account, "lambda.amazonaws.com": self.service}
        return " or ".join(name for name, answer in needed.items() if answer is False)


class _Policies(Record):
    """The policies that a pull from a repository meets."""

    own: Sequence[Policy]
    """The repository's own."""
    registry: Sequence[Policy]
    """Those of its registry."""
    arn: Str | None
    """The repository's ARN, which only the registry's policies name."""

    def decide(self, request: Request) -> Decision:
        """What they say together of a request for the repository."""
        first = decide(self.own, request)
        if not self.registry:
            return first
        second = decide(self.registry, request._replace(resource=self.arn))
        return Decision(
            allow=any_of((first.allow, second.allow)),
            deny=any_of((first.deny, second.deny)),
            granting=first.granting + second.granting,
            denying=first.denying + second.denying,
            excluded=first.excluded + second.excluded,
            malformed=first.malformed + second.malformed,
        )


def pull_of(subject: Subject, repository: Resource, is_cross_account: bool) -> Pull:
    """Who may pull from a repository of the assembly for a function."""
    pull = _pull(subject, _policies_of(repository, subject), is_cross_account)
    for reason in pull.malformed:
        message = f"the repository policy of {repository.logical_id} is not understood: {reason}"
        subject.index.assembly.log.warn(repository.stack.display_path, message)
    return pull


def pull_by(
    subject: Subject, own: Sequence[object], registry: Sequence[object], arn: str, *, is_cross_account: bool
) -> Pull:
    """Who may pull from a repository of which somebody else knows the policies, its own and its registry's."""
    policies_of = subject.index.once(Policies).of
    policies = _Policies([*map(policies_of, own)], [*map(policies_of, registry)], arn)
    return _pull(subject, policies, is_cross_account)


def _pull(subject: Subject, policies: _Policies, is_cross_account: bool) -> Pull:
    for_function: Mapping[str, Str | None] = {"aws:sourcearn": subject.arn, "aws:sourceaccount": subject.account}
    service = policies.decide(Request(PULL, LAMBDA, None, for_function))
    pushing = policies.decide(Request(_PUSH, LAMBDA, None, for_function))
    caller = AwsPrincipal(subject.account, subject.pseudo("AWS::Partition"))
    account = policies.decide(Request(PULL, caller, None, _NO_SOURCE))
    if is_cross_account:
        role = Decision(allow=False, deny=False)
        by_role: Answer = False
        denied = any_of((service.deny, account.deny))
    else:
        role = role_decision(subject, PULL, policies.arn)
        by_role = _way_of_role(subject, role, policies)
        denied = _all_ways_denied(service, by_role)
    denying = service.denying or account.denying or role.denying
    return Pull(
        is_cross_account=is_cross_account,
        service=service.allowed,
        account=account.allowed,
        role=by_role,
        denied=denied,
        denied_by=denying[0].name if denying else "",
        excluded=_excluded_in_words(service.excluded),
        may_push=pushing.allowed,
        unconditioned=next((each.name for each in service.granting if not _is_about_source(each)), None),
        malformed=service.malformed,
    )


def _policies_of(repository: Resource, subject: Subject) -> _Policies:
    get_arn: Json = {"Fn::GetAtt": [repository.logical_id, "Arn"]}
    arn = as_text(subject.evaluation.value(Expression(get_arn, repository.stack, repository.pointer)))
    own = subject.policy_of(repository, "RepositoryPolicyText")
    registry = list(_registry_policies(repository, subject))
    return _Policies([] if own is None else [own], registry, arn)


_MAX_REGISTRY_POLICIES: Final = 20
"""Of one registry, which has one: others may stand under conditions. Each function would go through all of them."""


def _registry_policies_by_place(index: ResourceIndex) -> Mapping[tuple[Str, Str], list[Resource]]:
    """The policies of registries by account and region."""
    found: dict[tuple[Str, Str], list[Resource]] = {}
    for resource in index.of_kind("AWS::ECR::RegistryPolicy"):
        found.setdefault((resource.stack.account, resource.stack.region), []).append(resource)
    return found


def _registry_policies(repository: Resource, subject: Subject) -> Iterator[Policy]:
    """The policies of the repository's registry, of which there is one in each account and region."""
    home = repository.stack
    policies = subject.index.once(_registry_policies_by_place).get((home.account, home.region), ())
    if len(policies) > _MAX_REGISTRY_POLICIES:
        yield Policy(Hole("the registry's policy", home.name))
        return
    for resource in policies:
        exists = subject.exists(resource)
        if exists is None:
            yield Policy(Hole(resource.logical_id, resource.stack.name))
        elif exists:
            yield subject.policy_of(resource, "PolicyText") or Policy(ABSENT)
    wanted = Wanted("AWS::ECR::RegistryPolicy", "", home.account, home.region)
    if subject.index.may_be_added(wanted, subject.evaluation.assumptions.known_as):
        yield Policy(Hole("the registry's policy", home.name))


def _way_of_role(subject: Subject, role: Decision, policies: _Policies) -> Answer:
    """Whether the execution role may pull: by its own policies, or since the repository's policy names it.

    A grant to the account is no such thing: it leaves the matter to the role's own policies. Hence the principal
    without account. A Deny of whomever the role belongs to stands in its way.
    """
    partition, arn = subject.pseudo("AWS::Partition"), subject.role_arn
    named: Answer = None if "Role" in subject.function.properties else False
    if arn is not None:
        named = policies.decide(Request(PULL, AwsPrincipal("", partition, arn), None, {})).allowed
    allowed = role.allowed if role.deny else any_of((role.allowed, named))
    denied = policies.decide(Request(PULL, AwsPrincipal(subject.account, partition, arn), None, _NO_SOURCE)).deny
    return all_of((not_(denied), allowed))


def _all_ways_denied(service: Decision, by_role: Answer) -> Answer:
    """Whether in one account a Deny leaves no way: it keeps the service out, and the role is no way either."""
    return all_of((service.deny, not_(by_role)))


def _excluded_in_words(statements: Sequence[StatementRef]) -> str:
    if not statements:
        return ""
    reasons = [f"{each.name} excludes it by {' and '.join(each.condition_keys)}" for each in statements]
    return f" ({'; '.join(reasons)})"


def _is_about_source(statement: StatementRef) -> bool:
    """Whether a statement has a condition on whom a service acts for."""
    return not _SOURCE_KEYS.isdisjoint(statement.condition_keys)
