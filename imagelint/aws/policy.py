"""Whether IAM policy documents let a principal do some actions in a context; knows nothing of CloudFormation.

Documents are plain values in which any string may be text with holes and any value a hole. Every answer is True, False
or None for "cannot be known", and learning what a hole holds never turns True into False or back. What is not evaluated
here (other operators, policy variables, parts of principals) is unknown, never guessed. Facts are cited by the page of
the IAM User Guide: (Principal) is "AWS JSON policy elements: Principal", (Operators) is "Condition operators".
"""

from __future__ import annotations

import enum
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from imagelint.text.holes import Hole, Str, Text, concat, equal, parts_of, render
from imagelint.text.logic import Answer, all_of, any_of, not_
from imagelint.text.matching import arn_parts, glob, is_wild, match_arn, same, same_fold


class Verdict(enum.Enum):
    """A decision in one word."""

    ALLOWED = "allowed"
    DENIED = "denied"
    """A Deny statement certainly covers one of the actions."""
    MISSING = "missing"
    """Certainly nothing denies, and nothing allows one of the actions."""
    UNKNOWN = "unknown"


class Service(NamedTuple):
    """An AWS service that acts for itself, by its service principal: `lambda.amazonaws.com`."""

    name: Str


class AwsPrincipal(NamedTuple):
    """The role or user that `arn` names; without an ARN, whomever the account's administrators let do it."""

    account: Str
    partition: Str
    arn: Str | None = None


class Request(NamedTuple):
    """Who wants to do what, on which resource, and what AWS will know of it."""

    actions: tuple[str, ...]
    """At least one; all of them are needed."""
    principal: Service | AwsPrincipal | None
    """None for identity policies, whose statements have no Principal: it is whoever holds them."""
    resource: Str | None
    """The resource's ARN; None for policies whose statements have no Resource, as an ECR repository's."""
    context: Mapping[str, Str | None] = MappingProxyType({})
    """The value of each condition key, by its lower-case name. None: surely absent; no entry: cannot be known."""


@dataclass(frozen=True, slots=True)
class StatementRef:
    """A statement that a decision rests on; `policy` and `index` count from 0."""

    policy: int
    index: int
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
    missing: tuple[str, ...] = ()
    """The actions that certainly no statement allows."""
    granting: tuple[StatementRef, ...] = ()
    """The Allow statements that certainly cover one of the actions."""
    denying: tuple[StatementRef, ...] = ()
    """The Deny statements that certainly cover one of the actions."""
    excluded: tuple[StatementRef, ...] = ()
    """The Allow statements that would cover one of the actions, but whose condition certainly does not hold."""
    unknown: tuple[str, ...] = ()
    """What could not be evaluated and why, each in a sentence; may be there beside a certain verdict."""
    malformed: tuple[str, ...] = ()
    """Those of them that AWS would refuse the document for."""

    @property
    def allowed(self) -> Answer:
        """Whether the documents let the principal do all the actions."""
        return all_of((self.allow, not_(self.deny)))

    @property
    def verdict(self) -> Verdict:
        """UNKNOWN with `allowed` False means: surely not allowed, perhaps even denied."""
        if self.deny:
            return Verdict.DENIED
        if self.deny is None or self.allow is None:
            return Verdict.UNKNOWN
        return Verdict.ALLOWED if self.allow else Verdict.MISSING


def decide(documents: Sequence[object], request: Request) -> Decision:
    """What the documents that apply together say of a request: any Deny wins, then any Allow is enough.

    Never raises, whatever the documents hold. A malformed one makes the whole decision unknown, because AWS refuses
    such a document ("MalformedPolicyDocument"; ECR: "Invalid repository policy provided").
    """
    judged: list[_Judged] = []
    broken: list[tuple[str, bool]] = []  # why, and whether AWS would refuse the document for it
    for policy, document in enumerate(documents):
        prefix = f"policy {policy + 1}, " if len(documents) > 1 else ""
        try:
            statements = _statements(document)
        except _UnreadableError as error:
            broken.append((f"{prefix}the document {error}", not isinstance(error, _OpenError)))
            continue
        for index, statement in enumerate(statements):
            ref = StatementRef(policy, index, f"{prefix}statement {index + 1}{_sid(statement)}")
            try:
                one = _judge(ref, statement, request)
            except _UnreadableError as error:
                broken.append((f"{ref.name} {error}", not isinstance(statement, (Hole, Text))))
                continue
            if any(answer is not False for answer in one.actions):  # else it says nothing of the request
                judged.append(one)
    return _conclude(judged, broken, request.actions)


class _Test(NamedTuple):
    """One thing that a statement asks of a request besides the action."""

    answer: Answer
    note: str
    key: str | None = None
    """The condition key it is about, in lower case."""
    compares: bool = True


class _Judged(NamedTuple):
    """What one statement says of a request: whether it allows, whether it denies, and what it covers."""

    ref: StatementRef
    effect: tuple[Answer, Answer]
    actions: tuple[Answer, ...]
    tests: list[_Test]

    def covered(self, deny: bool) -> list[Answer]:
        """For each action whether the statement allows it, or denies it."""
        rest = all_of((self.effect[deny], *(test.answer for test in self.tests)))
        return [all_of((rest, action)) for action in self.actions]

    def named(self, tests: Iterable[_Test]) -> StatementRef:
        keys = dict.fromkeys(test.key for test in tests if test.key is not None)
        return StatementRef(self.ref.policy, self.ref.index, self.ref.name, tuple(keys))


class _UnreadableError(Exception):
    """Why a document or a statement cannot be read: the end of a sentence that begins with its name."""


class _OpenError(_UnreadableError):
    """The same of a document that only deployment writes, which AWS may well take."""


def _conclude(judged: list[_Judged], broken: list[tuple[str, bool]], actions: tuple[str, ...]) -> Decision:
    rows = [(one, one.covered(False), one.covered(True)) for one in judged]
    allow = [any_of(allows[n] for _, allows, _ in rows) for n in range(len(actions))]
    deny = [any_of(denies[n] for _, _, denies in rows) for n in range(len(actions))]
    notes = [
        f"{one.ref.name}: {note}"
        for one, allows, denies in rows
        if None in (*allows, *denies)
        for note in _notes(one, actions)
    ]
    return Decision(
        allow=None if broken else all_of(allow),
        deny=None if broken else any_of(deny),
        missing=() if broken else tuple(actions[n] for n, answer in enumerate(allow) if answer is False),
        granting=tuple(one.named(test for test in one.tests if test.compares) for one, row, _ in rows if True in row),
        denying=tuple(one.named(test for test in one.tests if test.compares) for one, _, row in rows if True in row),
        excluded=tuple(one.named(failed) for one in judged if (failed := _excluding(one))),
        unknown=(*(note for note, _ in broken), *notes),
        malformed=tuple(note for note, is_refused in broken if is_refused),
    )


def _notes(one: _Judged, actions: tuple[str, ...]) -> Iterable[str]:
    yield from (test.note for test in one.tests if test.answer is None)
    if None in one.effect:
        yield "cannot tell what its Effect is"
    for action, answer in zip(actions, one.actions, strict=True):
        if answer is None:
            yield f"cannot tell whether its Action covers {action}"


def _excluding(one: _Judged) -> list[_Test]:
    """The condition's tests that fail, if they are all that keeps the statement from allowing an action."""
    fits = one.effect[0] and True in one.actions and all(test.answer for test in one.tests if test.key is None)
    return [test for test in one.tests if test.answer is False] if fits else []


# Reading documents


def _statements(document: object) -> list[object]:
    """The statements of a document, which may be a JSON text; Statement may be a single one (Grammar)."""
    if isinstance(document, str):
        try:
            document = json.loads(document, object_pairs_hook=_object)
        except (ValueError, RecursionError) as error:
            raise _UnreadableError("is not a JSON text that can be read") from error
    if isinstance(document, Text | Hole):
        raise _OpenError(f"is {render(document)}, which is not known")
    elements = _elements(document, ("Version", "Id", "Statement"))
    statements = elements.get("Statement")
    if isinstance(statements, Hole):
        raise _OpenError(f"has the Statement {render(statements)}, which is not known")
    if isinstance(statements, dict):
        return [statements]
    if not isinstance(statements, list) or not statements:
        raise _UnreadableError("has no statements")
    return statements


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len(value := dict(pairs)) < len(pairs):
        raise _UnreadableError("gives an element twice")
    return value


def _sid(statement: object) -> str:
    sid = statement.get("Sid") if isinstance(statement, dict) else None
    return f" ({render(sid)})" if sid and isinstance(sid, str | Text | Hole) else ""


def _elements(value: object, known: Iterable[str] = ()) -> dict[str, object]:
    """The value as an object with text for its names, all of them `known` if any are given."""
    if not isinstance(value, dict):
        raise _UnreadableError(f"has {_kind(value)} where an object belongs")
    for name in value:
        if not isinstance(name, str):
            raise _UnreadableError(f"has {_kind(name)} for an element's name")
        if known and name not in known:
            raise _UnreadableError(f"has the element {name}, which does not belong there")
    return value


def _kind(value: object) -> str:
    """What a value is, in words for a sentence."""
    if value is None:
        return "null"
    if isinstance(value, str | Text | Hole):
        return "text"
    if isinstance(value, bool):
        return "a truth value"
    return "an object" if isinstance(value, dict) else "a list" if isinstance(value, list) else "a number"


def _either(statement: Mapping[str, object], element: str) -> tuple[object, bool]:
    """The value of an element or of its Not form, and whether it is the Not form; a statement has one of the two."""
    inverse = f"Not{element}"
    if (element in statement) == (inverse in statement):
        raise _UnreadableError(f"has {'both' if element in statement else 'none'} of {element} and {inverse}")
    return (statement[inverse], True) if inverse in statement else (statement[element], False)


def _texts(value: object, element: str) -> list[Str]:
    texts: list[Str] = []
    for item in value if isinstance(value, list) else [value]:
        if not isinstance(item, str | Text | Hole):
            raise _UnreadableError(f"has {_kind(item)} in {element} where text belongs")
        texts.append(item)
    if not texts:
        raise _UnreadableError(f"has an empty list in {element}")
    return texts


# Judging a statement


def _judge(ref: StatementRef, value: object, request: Request) -> _Judged:
    if isinstance(value, Hole):
        unknown = _Test(None, f"it is {render(value)}, which is not known")
        return _Judged(ref, (None, None), (True,) * len(request.actions), [unknown])
    known = ["Sid", "Effect", "Action", "NotAction", "Condition"]
    known += ["Principal", "NotPrincipal"] if request.principal is not None else []
    # AWS refuses a Resource in the policy of an ECR repository (aws/aws-cdk#24314).
    known += ["Resource", "NotResource"] if request.resource is not None else []
    statement = _elements(value, known)
    tests = [*_principal(statement, request), *_resource(statement, request), *_condition(statement, request.context)]
    return _Judged(ref, _effect(statement), _actions(statement, request.actions), tests)


def _effect(statement: Mapping[str, object]) -> tuple[Answer, Answer]:
    """Whether it is Allow and whether it is Deny, in exactly this spelling (Effect)."""
    effect = statement.get("Effect")
    if not isinstance(effect, str | Text | Hole):
        raise _UnreadableError("has no Effect")
    answers = equal(effect, "Allow"), equal(effect, "Deny")
    if answers == (False, False):
        raise _UnreadableError(f"has the Effect {render(effect)}, which is neither Allow nor Deny")
    return answers


def _actions(statement: Mapping[str, object], actions: tuple[str, ...]) -> tuple[Answer, ...]:
    """Names of actions ignore case and take wildcards (Action)."""
    value, inverse = _either(statement, "Action")
    patterns = _texts(value, "Action")
    known = tuple(pattern for pattern in patterns if isinstance(pattern, str))
    covered = _covered(known, actions) if len(known) == len(patterns) else _covered.__wrapped__(patterns, actions)
    return tuple(map(not_, covered)) if inverse else covered


@lru_cache(maxsize=1024)
def _covered(patterns: Sequence[Str], actions: tuple[str, ...]) -> tuple[Answer, ...]:
    """Which actions some pattern names. The same lists of names are met at every function."""
    return tuple(any_of(glob(pattern, action, fold=True) for pattern in patterns) for action in actions)


def _resource(statement: Mapping[str, object], request: Request) -> Iterable[_Test]:
    if request.resource is None:
        return []
    value, inverse = _either(statement, "Resource")
    identity = request.principal is None
    named = any_of([_names_resource(pattern, request.resource, identity) for pattern in _texts(value, "Resource")])
    note = f"cannot tell whether its Resource covers {render(request.resource)}"
    return [_Test(not_(named) if inverse else named, note)]


def _names_resource(pattern: Str, resource: Str, identity: bool) -> Answer:
    """Wildcards are for the segments of an ARN; an identity policy's incomplete ARN is completed by `:*` (Resource)."""
    if pattern in ("*", resource):
        return True
    if identity and isinstance(pattern, str) and pattern.startswith("arn:"):
        pattern += ":*" * (5 - pattern.count(":"))
    return match_arn(_variables(pattern), resource)


# Principals


def _principal(statement: Mapping[str, object], request: Request) -> Iterable[_Test]:
    principal = request.principal
    if principal is None:
        return []
    value, inverse = _either(statement, "Principal")
    answer = _names_principal(value, principal)
    if inverse:
        # Of an account, a role and its session AWS "might" want each to be listed (NotPrincipal).
        partly = answer and isinstance(principal, AwsPrincipal) and value != "*"
        answer = None if partly else not_(answer)
    who = principal.name if isinstance(principal, Service) else principal.arn or principal.account
    return [_Test(answer, f"cannot tell whether its Principal covers {render(who)}")]


def _names_principal(value: object, principal: Service | AwsPrincipal) -> Answer:
    """`*` is all principals (Principal), services too: AWS's examples exempt them from a Deny on `*` by
    aws:PrincipalIsAWSService (AWS global condition context keys)."""
    if value == "*":
        return True
    if isinstance(value, Text | Hole):
        return None
    kinds = _elements(value, ("AWS", "Service", "Federated", "CanonicalUser"))
    if not kinds:
        raise _UnreadableError("has a Principal without any principal in it")
    return any_of([_names(kind, entry, principal) for kind, given in kinds.items() for entry in _texts(given, kind)])


def _names(kind: str, entry: Str, principal: Service | AwsPrincipal) -> Answer:
    if kind == "AWS":
        # An account, an ARN, a unique ID such as AROA…, or everyone (Principal).
        if isinstance(entry, str) and not (entry == "*" or entry.startswith("arn:") or entry.isalnum()):
            raise _UnreadableError(f"has the AWS principal {entry}, which is none")
        if isinstance(principal, AwsPrincipal):
            return _names_aws(entry, principal)
        # {"AWS": "*"} equals "*" "for anonymous users" (Principal); for services AWS does not say.
        return False if equal(entry, "*") is False else None
    if isinstance(principal, Service):
        return _names_service(entry, principal.name) if kind == "Service" else False
    return False if kind == "Service" else None


def _names_service(entry: Str, name: Str) -> Answer:
    """Services have regional and national names too, as `lambda.amazonaws.com.cn`: those are neither yes nor no."""
    named = same(entry, name)
    if named is not False:
        return named
    forms = concat((render(name).partition(".")[0], ".*"))
    return False if equal(entry, "*") is False and glob(forms, entry, fold=True) is False else None


def _names_aws(entry: Str, principal: AwsPrincipal) -> Answer:
    """The ID of an account and the ARN of its root stand for the whole account; a wildcard that is only a part of a
    principal and a unique ID stand for nothing that can be known here (Principal)."""
    root = concat(("arn:", principal.partition, ":iam::", principal.account, ":root"))
    own = ["*", principal.account, root, *([] if principal.arn is None else [principal.arn])]
    named = any_of(same(entry, text) for text in own)
    if named is not False:
        return named
    arn = arn_parts(entry)
    account = arn[4] if arn is not None else entry if re.fullmatch("[0-9]{12}", render(entry)) else "*"
    if not is_wild(account) and same(account, principal.account) is False:
        return False
    # Another role's or user's ARN never names ours; that of a session may be our role's.
    if arn is None or principal.arn is None or is_wild(arn[5]):
        return None
    return False if glob("role/*", arn[5]) or glob("user/*", arn[5]) else None


# Conditions


def _condition(statement: Mapping[str, object], context: Mapping[str, Str | None]) -> Iterable[_Test]:
    """All keys of all operators must hold, each for any of its values (Conditions with multiple keys)."""
    block = statement.get("Condition", {})
    if isinstance(block, Hole):
        yield _Test(None, f"its Condition is {render(block)}, which is not known", "", compares=False)
        return
    for operator, keys in _elements(block).items():
        if isinstance(keys, Hole):
            yield _Test(None, f"its {operator} is {render(keys)}, which is not known", "", compares=False)
            continue
        for key, given in _elements(keys).items():
            values = [_scalar(value) for value in given] if isinstance(given, list) else _scalar(given)
            yield _test(operator, key, [_variables(text) for text in _texts(values, key)], context)


def _scalar(value: object) -> object:
    """Numbers and booleans may stand for their text (Grammar)."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) and abs(value) < 10**18 else value


def _test(operator: str, key: str, values: list[Str], context: Mapping[str, Str | None]) -> _Test:
    """Names of keys ignore case (Condition); operators do not (IAM: "Invalid Condition type : stringEquals")."""
    quantifier, base, optional = _parse_operator(operator)
    name, compares = key.lower(), operator != "Null"
    if base not in _OPERATORS and compares:
        return _Test(None, f"the operator {operator} is not evaluated", name)
    if name not in context:
        return _Test(None, f"{operator} asks for {key}, which cannot be known", name, compares)
    actual = context[name]
    if not compares:
        answer = any_of(_is_null(value, actual) for value in values)
    elif actual is None:
        answer = _of_absent(quantifier, _OPERATORS[base][1], optional)
    else:
        match, negated = _OPERATORS[base]
        found = any_of(match(value, actual) for value in values)
        answer = _of_present(quantifier, not_(found) if negated else found, actual)
    shown = "no value" if actual is None else render(actual)
    return _Test(answer, f"cannot tell whether {operator} {key} holds for {shown}", name, compares)


def _parse_operator(operator: str) -> tuple[str, str, bool]:
    """The set operator or "", the operator proper, and whether it ends in IfExists."""
    quantifier, colon, base = operator.rpartition(":")
    if colon and quantifier not in ("ForAnyValue", "ForAllValues"):
        return "", "", False
    return quantifier, base.removesuffix("IfExists"), base.endswith("IfExists")


def _of_absent(quantifier: str, negated: bool, optional: bool) -> Answer:
    """An absent key matches nothing: only negated operators hold, and …IfExists (Operators). Of no values at all
    ForAllValues holds and ForAnyValue does not (Set operators for multivalued context keys)."""
    if quantifier == "ForAnyValue":
        return None if optional else False  # which of the two rules comes first AWS does not say
    return negated or optional or quantifier == "ForAllValues"


def _of_present(quantifier: str, holds: Answer, actual: Str) -> Answer:
    """The set operators see one value; an empty text they take for none at all (the same page)."""
    if quantifier == "ForAllValues":
        return any_of((holds, equal(actual, "")))
    return all_of((holds, not_(equal(actual, "")))) if quantifier else holds


def _is_null(expected: Str, actual: Str | None) -> Answer:
    return (expected == "true") == (actual is None) if expected in ("true", "false") else None


def _is_bool(expected: Str, actual: Str) -> Answer:
    return same(expected, actual) if expected in ("true", "false") else None


def _variables(text: Str) -> Str:
    """The text with its policy variables as holes: before Version 2012-10-17 they are plain text (Variables)."""
    if isinstance(text, str) and "$" not in text:
        return text
    pieces: list[Str] = []
    for part in parts_of(text):
        for piece in re.split(r"(\$\{[^}]*\})", part) if isinstance(part, str) else (part,):
            if isinstance(piece, str) and "${" in piece and piece.endswith("}"):
                pieces.append(Hole(piece[2:-1], "policy variable"))
            elif isinstance(piece, str) and ("${" in piece or piece.endswith("$")):
                return Hole(render(text), "policy variable")  # a hole may be a part of the variable
            else:
                pieces.append(piece)
    return concat(pieces)


_OPERATORS: Mapping[str, tuple[Callable[[Str, Str], Answer], bool]] = {
    "StringEquals": (same, False),
    "StringNotEquals": (same, True),
    "StringEqualsIgnoreCase": (same_fold, False),
    "StringNotEqualsIgnoreCase": (same_fold, True),
    "StringLike": (glob, False),
    "StringNotLike": (glob, True),
    "ArnEquals": (match_arn, False),
    "ArnLike": (match_arn, False),
    "ArnNotEquals": (match_arn, True),
    "ArnNotLike": (match_arn, True),
    "Bool": (_is_bool, False),
}
"""What each operator compares by, and whether it is negated. ArnEquals takes wildcards as ArnLike does (Operators)."""
