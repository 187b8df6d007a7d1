"""What is asked of a policy: who wants to do what, on which resource, in which context."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from imagelint.text.holes import Str


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
