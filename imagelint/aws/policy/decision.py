"""What policy documents decide about a request: whether they allow it, whether they deny it, by which statements."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from imagelint.aws.policy.conditions import Clause, clauses_of, with_variables
from imagelint.aws.policy.principals import covers_principal
from imagelint.aws.policy.request import Request
from imagelint.aws.policy.statements import (
    MalformedError,
    UnknownError,
    check_sizes,
    either,
    elements,
    read_document,
    sid,
    texts,
)
from imagelint.text.holes import Hole, Str, Text, equal, render
from imagelint.text.logic import Answer, all_of, any_of, not_
from imagelint.text.matching import glob, match_arn


class StatementRef(NamedTuple):
    """A statement that a decision rests on."""

    name: str
    """For people: `statement 2 (TheSid)`, after `policy 1, ` when there are several documents."""
    condition_keys: tuple[str, ...] = ()
    """In lower case: the keys whose values it compares, or, of an excluded statement, those that exclude."""


class Decision(NamedTuple):
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


class _Judged(NamedTuple):
    """What one statement says of a request."""

    name: str
    allows: tuple[Answer, ...]
    """For each action whether the statement allows it."""
    denies: tuple[Answer, ...]
    """For each action whether the statement denies it."""
    clauses: tuple[Clause, ...]
    would_allow: bool
    """Whether nothing but the Condition may keep it from allowing an action."""

    @property
    def covering(self) -> StatementRef:
        """The statement with the keys whose values it compares."""
        return self._with_keys(clause for clause in self.clauses if clause.compares)

    @property
    def excluded(self) -> StatementRef | None:
        """The statement with the keys that keep it from allowing an action; None where something else may."""
        failed = [clause for clause in self.clauses if clause.answer is False]
        return self._with_keys(failed) if failed and self.would_allow else None

    def _with_keys(self, clauses: Iterable[Clause]) -> StatementRef:
        return StatementRef(self.name, tuple(dict.fromkeys(clause.key for clause in clauses)))


def decide(documents: Sequence[object], request: Request) -> Decision:
    """What the documents that apply together say of a request: any Deny wins, then any Allow is enough.

    Never raises, whatever the documents hold. A malformed one makes the whole decision unknown, because AWS refuses
    such a document ("MalformedPolicyDocument"; ECR: "Invalid repository policy provided"). Of documents that are too
    long to be deployed nothing is read.
    """
    try:
        check_sizes(documents)
    except MalformedError as error:
        return Decision(None, None, malformed=(str(error),))
    request = request.with_principal_keys()
    judged: list[_Judged] = []
    malformed: list[str] = []
    is_open = False
    for policy, document in enumerate(documents):
        prefix = f"policy {policy + 1}, " if len(documents) > 1 else ""
        try:
            statements, has_variables = read_document(document)
        except MalformedError as error:
            malformed.append(f"{prefix}the document {error}")
            continue
        except UnknownError:
            is_open = True
            continue
        for index, statement in enumerate(statements):
            name = f"{prefix}statement {index + 1}{sid(statement)}"
            try:
                judged.append(_judge(name, statement, request, has_variables))
            except MalformedError as error:
                malformed.append(f"{name} {error}")
            except UnknownError:
                is_open = True
    is_read = not (malformed or is_open)
    columns = range(len(request.actions))
    return Decision(
        allow=all_of(any_of(one.allows[n] for one in judged) for n in columns) if is_read else None,
        deny=any_of(any_of(one.denies[n] for one in judged) for n in columns) if is_read else None,
        granting=tuple(one.covering for one in judged if True in one.allows),
        denying=tuple(one.covering for one in judged if True in one.denies),
        excluded=tuple(ref for one in judged if (ref := one.excluded)),
        malformed=tuple(malformed),
    )


def _judge(name: str, value: object, request: Request, has_variables: Answer) -> _Judged:
    if isinstance(value, Hole):
        unknown = (None,) * len(request.actions)
        return _Judged(name, unknown, unknown, (), would_allow=False)
    if isinstance(value, Text):
        raise UnknownError
    statement = elements(value, _KNOWN[request.principal is not None, request.resource is not None])
    about = all_of((_covers_principal(statement, request), _covers_resource(statement, request, has_variables)))
    clauses = tuple(clauses_of(statement, request.context, has_variables))
    is_allow, is_deny = _effect(statement)
    actions = _covered_actions(statement, request.actions)
    rest = all_of((about, *(clause.answer for clause in clauses)))
    return _Judged(
        name,
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
    value, inverse = either(statement, "Action")
    covered = _covered(tuple(texts(value, "Action")), actions)
    return tuple(map(not_, covered)) if inverse else covered


@lru_cache(maxsize=1024)
def _covered(patterns: tuple[Str, ...], actions: tuple[str, ...]) -> tuple[Answer, ...]:
    """Which actions some pattern names. The same lists are met at every function.

    Equal holes may differ in their alphabets, but of those nothing remains where case is ignored.
    """
    return tuple(any_of(glob(pattern, action, fold=True) for pattern in patterns) for action in actions)


def _covers_resource(statement: Mapping[str, object], request: Request, has_variables: Answer) -> Answer:
    if request.resource is None:
        return True
    value, inverse = either(statement, "Resource")
    patterns = [with_variables(text, has_variables) for text in texts(value, "Resource")]
    named = any_of([_names_resource(pattern, request.resource, request.principal is None) for pattern in patterns])
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
