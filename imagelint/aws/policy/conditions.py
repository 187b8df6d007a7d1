"""What a statement's Condition asks of the context of a request. (Operators) is "Condition operators"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from imagelint.aws.policy.statements import elements, texts
from imagelint.record import Record
from imagelint.text.holes import Hole, Str, concat, equal, parts_of, render
from imagelint.text.logic import Answer, all_of, any_of, not_
from imagelint.text.matching import glob, match_arn, same, same_fold


class Clause(Record):
    """One comparison of a Condition; all of them must hold."""

    answer: Answer
    key: str = ""
    """The condition key that it is about, in lower case; empty where that is not known."""
    compares: bool = True
    """Whether it compares the key's value, rather than asking whether there is one."""


def clauses_of(
    statement: Mapping[str, object], context: Mapping[str, Str | None], has_variables: Answer
) -> Iterator[Clause]:
    """All keys of all operators must hold, each for any of its values (Conditions with multiple keys).

    `has_variables`: whether `${…}` is a policy variable in the document.
    """
    block = statement.get("Condition", {})
    if isinstance(block, Hole):
        yield Clause(None)
        return
    for operator, keys in elements(block).items():
        if isinstance(keys, Hole):
            yield Clause(None)
            continue
        for key, given in elements(keys).items():
            values = [_scalar(value) for value in given] if isinstance(given, list) else _scalar(given)
            yield _clause(operator, key, texts(values, key), context, has_variables)


def _scalar(value: object) -> object:
    """Numbers and booleans may stand for their text (Grammar)."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) and abs(value) < 10**18 else value


def _clause(
    operator: str, key: str, values: list[Str], context: Mapping[str, Str | None], has_variables: Answer
) -> Clause:
    """Names of keys ignore case (Condition); operators do not (IAM: "Invalid Condition type : stringEquals")."""
    quantifier, base, optional = _parse_operator(operator)
    name, compares = key.lower(), operator != "Null"
    if name not in context or (compares and base not in _OPERATORS):
        return Clause(None, name, compares)
    actual = context[name]
    if not compares:
        answer = any_of(_is_null(value, actual) for value in values)
    elif actual is None:
        answer = _of_absent(quantifier, _OPERATORS[base][1], optional)
    else:
        match, negated = _OPERATORS[base]
        found = any_of(match(with_variables(value, has_variables, context), actual) for value in values)
        answer = _of_present(quantifier, not_(found) if negated else found, actual)
    return Clause(answer, name, compares)


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


def with_variables(text: Str, has_variables: Answer, context: Mapping[str, Str | None] = MappingProxyType({})) -> Str:
    """The text with the values of its policy variables, or with holes for those that cannot be known.

    They are named after condition keys; `${$}` is a dollar (Variables). What AWS makes of a key that is absent, of a
    default value, and of `${*}` and `${?}` as parts of a pattern is not evaluated.
    """
    if has_variables is False or (isinstance(text, str) and "$" not in text):
        return text
    pieces: list[Str] = []
    for part in parts_of(text):
        for piece in re.split(_VARIABLE, part) if isinstance(part, str) else (part,):
            if isinstance(piece, str) and re.fullmatch(_VARIABLE, piece):
                known = ("$" if piece == "${$}" else context.get(piece[2:-1].lower())) if has_variables else None
                pieces.append(Hole(piece[2:-1], "policy variable") if known is None else known)
            elif isinstance(piece, str) and ("${" in piece or piece.endswith("$")):
                return Hole(render(text), "policy variable")  # a hole may be a part of the variable
            else:
                pieces.append(piece)
    return concat(pieces)


_VARIABLE: Final = r"(\$\{[^{}]*\})"
"""Ends at a further brace, so that many that are opened and not closed are each looked at once."""
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
