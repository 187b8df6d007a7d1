"""What is asked of a policy: who wants to do what, on which resource, in which context."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from imagelint.record import Record
from imagelint.text.holes import Str, identity, parts_of


class Service(Record):
    """An AWS service that acts for itself, by its service principal: `lambda.amazonaws.com`."""

    name: Str


class AwsPrincipal(Record):
    """The role or user that `arn` names; without an ARN, whomever the account's administrators let do it."""

    account: Str
    partition: Str
    arn: Str | None = None


class Request(Record):
    """Who wants to do what, on which resource, and what AWS will know of it."""

    actions: tuple[str, ...]
    """At least one; all of them are needed."""
    principal: Service | AwsPrincipal | None
    """None for identity policies, whose statements have no Principal: it is whoever holds them."""
    resource: Str | None
    """The resource's ARN; None for policies whose statements have no Resource, as an ECR repository's."""
    context: Mapping[str, Str | None] = MappingProxyType({})
    """The value of each condition key, by its lower-case name. None: surely absent; no entry: cannot be known."""

    @property
    def key(self) -> tuple[object, ...]:
        """What tells it from other requests, also from one of equal holes of which something else is known."""
        who = None if self.principal is None else tuple(map(identity, self.principal))
        context = tuple([(name, identity(value)) for name, value in self.context.items()])
        return (self.actions, type(self.principal), who, identity(self.resource), context)

    def with_principal_keys(self) -> Request:
        """The request with the condition keys that follow from the principal, where the context does not have them.

        aws:PrincipalIsAWSService tells whether a service principal makes the call itself, and there is an
        aws:PrincipalServiceName only then; aws:PrincipalAccount is the account that the principal belongs to (AWS
        global condition context keys). aws:PrincipalType is AssumedRole for a role (Variables, "Principal key values").
        Which account and type a service has AWS does not say.
        """
        keys: dict[str, Str | None] = {"aws:principalisawsservice": "false", "aws:principalservicename": None}
        if isinstance(self.principal, Service):
            keys = {"aws:principalisawsservice": "true", "aws:principalservicename": self.principal.name}
        elif self.principal is not None:
            if self.principal.account:
                keys["aws:principalaccount"] = self.principal.account
            if self.principal.arn is not None and _is_role(self.principal.arn):
                keys["aws:principaltype"] = "AssumedRole"
        return self._replace(context={**keys, **self.context})


def _is_role(arn: Str) -> bool:
    """Whether an ARN is surely a role's: it fits `arn:*:role/*` whatever its holes hold."""
    literal = "".join(part if isinstance(part, str) else "\0" for part in parts_of(arn))
    return literal.startswith("arn:") and ":role/" in literal[4:]
