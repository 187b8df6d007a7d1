"""What policy documents decide about a request: whether they allow it, whether they deny it, by which statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from imagelint.aws.policy.conditions import Clause, clauses_of, with_variables
from imagelint.aws.policy.principals import covers_principal
from imagelint.aws.policy.request import AwsPrincipal, Request
from imagelint.aws.policy.statements import (
    MAX_SIZE,
    MalformedError,
    UnknownError,
    check_sizes,
    either,
    elements,
    read_document,
    sid,
    size_of,
    texts,
    without_space,
)
from imagelint.record import Record
from imagelint.text.holes import Hole, Str, Text, equal, identity, render
from imagelint.text.logic import Answer, all_of, any_of, not_
from imagelint.text.matching import glob, match_arn


class StatementRef(Record):
    """A statement that a decision rests on."""

    name: str
    """For people: `statement 2 (TheSid)`, after `policy 1, ` when there are several documents."""
    condition_keys: tuple[str, ...] = ()
    """In lower case: the keys whose values it compares, or, of an excluded statement, those that exclude."""


class Decision(Record):
    """What the documents together say of all the actions of a request."""

    allow: Answer
    """Whether every action is allowed by some statement, Deny statements aside."""
    deny: Answer
    """Whether some action is denied by some statement."""
    granting: tuple[StatementRef, ...] = ()
    """The Allow statements that certainly cover one of the actions."""
    denying: tuple[StatementRef, ...] = ()
    """The Deny statements that certainly cover one of the actions."""
    excluded: tuple[StatementRef, ...] = ()
    """The Allow statements that would cover one of the actions, but whose condition certainly does not hold."""
    malformed: tuple[str, ...] = ()
    """Why AWS would refuse a document, each in a sentence."""

    @property
    def allowed(self) -> Answer:
        """Whether the documents let the principal do all the actions. False beside an unknown `deny`: surely not
        allowed, perhaps even denied."""
        return all_of((self.allow, not_(self.deny)))


class _Said(Record):
    """What one document says of a request, its statements named without their policy."""

    allows: tuple[Answer, ...] = ()
    """For each action whether a statement allows it."""
    denies: tuple[Answer, ...] = ()
    """For each action whether a statement denies it."""
    granting: tuple[StatementRef, ...] = ()
    denying: tuple[StatementRef, ...] = ()
    excluded: tuple[StatementRef, ...] = ()
    malformed: tuple[str, ...] = ()
    is_open: bool = False
    """Whether it cannot be read before it is deployed."""

    def named(self, prefix: str) -> _Said:
        """The same with something before the names of statements."""
        if not (self.granting or self.denying or self.excluded or self.malformed):
            return self
        granting, denying, excluded = (
            tuple([StatementRef(prefix + each.name, each.condition_keys) for each in statements])
            for statements in (self.granting, self.denying, self.excluded)
        )
        malformed = tuple([prefix + reason for reason in self.malformed])
        return _Said(self.allows, self.denies, granting, denying, excluded, malformed, self.is_open)


class Policy:
    """A policy document that requests are put to."""

    def __init__(self, document: object) -> None:
        self.document: Final = document
        self._size: int | None = None
        self._packed_size: int | None = None

    @property
    def size(self) -> int:
        """At least how many characters it has; more than MAX_SIZE for any more."""
        if self._size is None:
            self._size = size_of(self.document, len)
        return self._size

    @property
    def packed_size(self) -> int:
        """The same without white space, which AWS does not count."""
        if self._packed_size is None:
            self._packed_size = size_of(self.document, without_space)
        return self._packed_size

    def answer(self, request: Request) -> _Said:
        """What it says of a request. Never raises."""
        try:
            statements, has_variables = read_document(self.document)
        except MalformedError as error:
            return _Said(malformed=(f"the document {error}",))
        except UnknownError:
            return _Said(is_open=True)
        judged: list[tuple[str, _Judged]] = []
        malformed: list[str] = []
        is_open = False
        for index, statement in enumerate(statements):
            try:
                one = _judge(statement, request, has_variables)
            except MalformedError as error:
                malformed.append(f"statement {index + 1}{sid(statement)} {error}")
            except UnknownError:
                is_open = True
            else:
                if one is not None:
                    judged.append((f"statement {index + 1}{sid(statement)}", one))
        columns = range(len(request.actions))
        if not judged:
            nothing = (False,) * len(columns)
            return _Said(nothing, nothing, malformed=tuple(malformed), is_open=is_open)
        return _Said(
            allows=tuple(any_of([one.allows[n] for _, one in judged]) for n in columns),
            denies=tuple(any_of([one.denies[n] for _, one in judged]) for n in columns),
            granting=tuple(StatementRef(name, one.compared) for name, one in judged if True in one.allows),
            denying=tuple(StatementRef(name, one.compared) for name, one in judged if True in one.denies),
            excluded=tuple(StatementRef(name, keys) for name, one in judged if (keys := one.excluding)),
            malformed=tuple(malformed),
            is_open=is_open,
        )

    def alone(self, request: Request) -> Decision:
        """What it decides where no other policy applies."""
        return _decision([self.answer(request)], request)


class SharedPolicy(Policy):
    """A policy document that many ask, mostly the same: it remembers what it said to the first requests."""

    def __init__(self, document: object) -> None:
        super().__init__(document)
        self._said: dict[tuple[object, ...], _Said] = {}
        self._decided: dict[tuple[object, ...], Decision] = {}
        self._reads: _Reads | None = None

    def answer(self, request: Request) -> _Said:
        """What it says of a request. Never raises."""
        key = self._key_of(request)
        said = self._said.get(key)
        if said is None:
            said = super().answer(request)
            if len(self._said) < _MAX_REMEMBERED:
                self._said[key] = said
        return said

    def alone(self, request: Request) -> Decision:
        """What it decides where no other policy applies."""
        key = self._key_of(request)
        decision = self._decided.get(key)
        if decision is None:
            decision = super().alone(request)
            if len(self._decided) < _MAX_REMEMBERED:
                self._decided[key] = decision
        return decision

    def _key_of(self, request: Request) -> tuple[object, ...]:
        if self._reads is None:
            self._reads = _reads_of(self.document)
        return self._reads.key_of(request)


_MAX_REMEMBERED: Final = 8
"""Requests that a shared policy remembers; that of a repository gets five for each function, mostly the same."""


class _Reads(Record):
    """What a document looks at in a request; its answers are the same for whatever else is there."""

    account: bool
    """Who in AWS makes the request, which only statements on AWS principals name."""
    resource: bool
    """The resource, which `"Resource": "*"` does not."""
    context: bool
    """The condition keys, which only a Condition reads."""

    def key_of(self, request: Request) -> tuple[object, ...]:
        """What tells a request from others that are answered in another way."""
        principal, resource = request.principal, request.resource
        if self.context:  # which has keys that follow from the principal
            return request.key
        who = principal if self.account or not isinstance(principal, AwsPrincipal) else None
        return (
            request.actions,
            type(principal),
            None if who is None else tuple(map(identity, who)),
            identity(resource) if self.resource else resource is None,
        )


def _reads_of(document: object) -> _Reads:
    """What a document looks at; everything, where that cannot be told."""
    try:
        statements, _ = read_document(document)
    except (MalformedError, UnknownError):  # which is all that it says
        return _Reads(account=False, resource=False, context=False)
    objects = [each for each in statements if isinstance(each, dict)]  # the others are unknown or refused
    named = [each.get(element) for each in objects for element in ("Principal", "NotPrincipal")]
    return _Reads(
        account=any(isinstance(each, dict) and "AWS" in each for each in named),
        resource=any(each.get("Resource") != "*" for each in objects),
        context=any("Condition" in each for each in objects),
    )


def decide(policies: Sequence[Policy], request: Request) -> Decision:
    """What the policies that apply together say of a request: any Deny wins, then any Allow is enough.

    Never raises, whatever the documents hold. A malformed one makes the whole decision unknown, because AWS refuses
    such a document ("MalformedPolicyDocument"; ECR: "Invalid repository policy provided"). Of documents that are too
    long to be deployed nothing is read.
    """
    if len(policies) + sum([policy.size for policy in policies]) > MAX_SIZE:  # as hardly ever
        try:
            check_sizes([policy.packed_size for policy in policies])
        except MalformedError as error:
            return Decision(None, None, malformed=(str(error),))
    if len(policies) == 1:
        return policies[0].alone(request)
    said = [policy.answer(request).named(f"policy {number}, ") for number, policy in enumerate(policies, start=1)]
    return _decision(said, request)


def _decision(said: Sequence[_Said], request: Request) -> Decision:
    """What comes of all that was said."""
    malformed = tuple([reason for one in said for reason in one.malformed])
    is_read = not (malformed or any(one.is_open for one in said))
    columns = range(len(request.actions))
    return Decision(
        allow=all_of([any_of([one.allows[n] for one in said]) for n in columns]) if is_read else None,
        deny=any_of([any_of([one.denies[n] for one in said]) for n in columns]) if is_read else None,
        granting=tuple([ref for one in said for ref in one.granting]),
        denying=tuple([ref for one in said for ref in one.denying]),
        excluded=tuple([ref for one in said for ref in one.excluded]),
        malformed=malformed,
    )


class _Judged(Record):
    """What one statement says of a request."""

    allows: tuple[Answer, ...]
    """For each action whether the statement allows it."""
    denies: tuple[Answer, ...]
    """For each action whether the statement denies it."""
    clauses: tuple[Clause, ...] = ()
    would_allow: bool = False
    """Whether nothing but the Condition may keep it from allowing an action."""

    @property
    def compared(self) -> tuple[str, ...]:
        """The condition keys whose values it compares."""
        return tuple(dict.fromkeys(clause.key for clause in self.clauses if clause.compares))

    @property
    def excluding(self) -> tuple[str, ...]:
        """The condition keys that keep it from allowing an action; none where something else may."""
        failed = (clause.key for clause in self.clauses if clause.answer is False)
        return tuple(dict.fromkeys(failed)) if self.would_allow else ()


def _judge(value: object, request: Request, has_variables: Answer) -> _Judged | None:
    """None where the statement is about none of the actions."""
    if isinstance(value, Hole):
        unknown: tuple[Answer, ...] = (None,) * len(request.actions)
        return _Judged(unknown, unknown)
    if isinstance(value, Text):
        raise UnknownError
    statement = elements(value, _KNOWN[request.principal is not None, request.resource is not None])
    covers_principal = _covers_principal(statement, request)
    resources = None if request.resource is None else _patterns(statement, "Resource")
    clauses: tuple[Clause, ...] = ()
    if "Condition" in statement:
        clauses = tuple(clauses_of(statement, request.with_principal_keys().context, has_variables))
    is_allow, is_deny = _effect(statement)
    actions = _covered_actions(statement, request.actions)
    if not any(action is not False for action in actions):
        return None
    about = all_of((covers_principal, _covers_resource(resources, request, has_variables)))
    rest = all_of([about, *[clause.answer for clause in clauses]])
    return _Judged(
        tuple(all_of((is_allow, rest, action)) for action in actions),
        tuple(all_of((is_deny, rest, action)) for action in actions),
        clauses,
        would_allow=bool(is_allow and about and True in actions),
    )


_ALWAYS: Final = frozenset(("Sid", "Effect", "Action", "NotAction", "Condition"))
_KNOWN: Final = {
    # AWS refuses a Resource in the policy of an ECR repository (aws/aws-cdk#24314).
    (has_principal, has_resource): _ALWAYS
    | (frozenset(("Principal", "NotPrincipal")) if has_principal else frozenset())
    | (frozenset(("Resource", "NotResource")) if has_resource else frozenset())
    for has_principal in (False, True)
    for has_resource in (False, True)
}
"""The elements of a statement, by whether it has a Principal and a Resource."""


def _effect(statement: Mapping[str, object]) -> tuple[Answer, Answer]:
    """Whether it is Allow and whether it is Deny, in exactly this spelling (Effect)."""
    effect = statement.get("Effect")
    if not isinstance(effect, (str, Text, Hole)):
        raise MalformedError("has no Effect")
    answers = equal(effect, "Allow"), equal(effect, "Deny")
    if answers == (False, False):
        raise MalformedError(f"has the Effect {render(effect)}, which is neither Allow nor Deny")
    return answers


def _covers_principal(statement: Mapping[str, object], request: Request) -> Answer:
    return True if request.principal is None else covers_principal(statement, request.principal)


def _covered_actions(statement: Mapping[str, object], actions: tuple[str, ...]) -> tuple[Answer, ...]:
    """Names of actions ignore case and take wildcards (Action)."""
    patterns, inverse = _patterns(statement, "Action")
    covered = _covered(tuple(patterns), actions)
    return tuple(map(not_, covered)) if inverse else covered


def _patterns(statement: Mapping[str, object], element: str) -> tuple[list[Str], bool]:
    """The texts of an element or of its Not form, and whether it is the Not form."""
    value, inverse = either(statement, element)
    return texts(value, element), inverse


@lru_cache(maxsize=1024)
def _covered(patterns: tuple[Str, ...], actions: tuple[str, ...]) -> tuple[Answer, ...]:
    """Which actions some pattern names. The same lists are met at every function.

    Equal holes may differ in their alphabets, but of those nothing remains where case is ignored.
    """
    return tuple(any_of(glob(pattern, action, fold=True) for pattern in patterns) for action in actions)


def _covers_resource(named_by: tuple[list[Str], bool] | None, request: Request, has_variables: Answer) -> Answer:
    resource, identity = request.resource, request.principal is None
    if named_by is None or resource is None:
        return True
    patterns, inverse = named_by
    named = any_of([_names_resource(with_variables(text, has_variables), resource, identity) for text in patterns])
    return not_(named) if inverse else named


def _names_resource(pattern: Str, resource: Str, identity: bool) -> Answer:
    """An identity policy's incomplete ARN is completed by `:*`. A `*` at the end of a segment "can expand to match
    beyond the colon boundaries" (Resource); whether it does not all simulators agree on, so where that decides the
    answer is not known."""
    if pattern in ("*", resource):
        return True
    whole = pattern
    if identity and isinstance(pattern, str) and pattern.startswith("arn:"):
        whole = pattern + ":*" * (5 - pattern.count(":"))
    by_segments = match_arn(whole, resource)
    if by_segments is not False:
        return by_segments
    across = any_of(glob(one, resource) for one in {pattern, whole})
    return False if across is False else None
