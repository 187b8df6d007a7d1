"""Whether a statement's Principal or NotPrincipal names whoever makes a request. (Principal) is its page."""

from __future__ import annotations

import re
from collections.abc import Mapping

from imagelint.aws.policy.request import AwsPrincipal, Service
from imagelint.aws.policy.statements import MalformedError, either, elements, texts
from imagelint.text.holes import Hole, Str, Text, concat, equal, render
from imagelint.text.logic import Answer, any_of, not_
from imagelint.text.matching import arn_parts, glob, is_wild, same


def covers_principal(statement: Mapping[str, object], principal: Service | AwsPrincipal) -> Answer:
    """Whether the statement is about the principal."""
    value, inverse = either(statement, "Principal")
    answer = _names_principal(value, principal)
    if not inverse:
        return answer
    # Of an account, a role and its session AWS "might" want each to be listed (NotPrincipal).
    partly = answer and isinstance(principal, AwsPrincipal) and value != "*"
    return None if partly else not_(answer)


def _names_principal(value: object, principal: Service | AwsPrincipal) -> Answer:
    """`*` is all principals (Principal), services too: AWS's examples exempt them from a Deny on `*` by
    aws:PrincipalIsAWSService (AWS global condition context keys)."""
    if value == "*":
        return True
    if isinstance(value, (Text, Hole)):
        return None
    kinds = elements(value, ("AWS", "Service", "Federated", "CanonicalUser"))
    if not kinds:
        raise MalformedError("has a Principal without any principal in it")
    return any_of([_names(kind, entry, principal) for kind, given in kinds.items() for entry in texts(given, kind)])


def _names(kind: str, entry: Str, principal: Service | AwsPrincipal) -> Answer:
    if kind == "AWS":
        # An account, an ARN, a unique ID such as AROA…, or everyone (Principal).
        if isinstance(entry, str) and not (entry == "*" or entry.startswith("arn:") or entry.isalnum()):
            raise MalformedError(f"has the AWS principal {entry}, which is none")
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
