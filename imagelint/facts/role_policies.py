"""The policy resources of an assembly by the roles that they name. Knows nothing of what policies say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from imagelint.assembly.resource_types import POLICY_TYPES
from imagelint.assembly.resources import Resource
from imagelint.assembly.stack import Stack
from imagelint.cloudformation.evaluation import Evaluation
from imagelint.cloudformation.scenario import Scenario
from imagelint.cloudformation.scope import TemplateError
from imagelint.cloudformation.values import as_text
from imagelint.facts.index import ResourceIndex
from imagelint.memo import Memo
from imagelint.text.holes import Hole, Str

_UNKNOWN_ROLE: Final = Hole("a role")
MAX_POLICIES: Final = 250
"""Policy resources of one role, more than AWS takes: 20 managed ones, and inline ones of 10,240 characters in all, of
which each has some sixty (IAM User Guide, "IAM and AWS STS quotas")."""


class RolePolicies(Memo):
    """The policy resources by the roles that they name; those of one assembly."""

    def __init__(self, index: ResourceIndex) -> None:
        super().__init__()
        self._index = index
        self._at_home: dict[Stack, Mapping[Str, list[Resource]]] = {}
        self._of: dict[Str, list[tuple[Resource, bool]]] = {}

    def may_be_more(self, role: Resource) -> bool:
        """Whether something that is not written out in the templates may make a policy for a role.

        A role that no export tells of, and no name of its own, is known to the stacks it is deployed with only.
        """
        home = role.stack
        is_told_of = home.hints.exports != frozenset() or role.entry("RoleName").written is not None
        return any(is_told_of or stack.outermost is home.outermost for stack in self._index.adding(*POLICY_TYPES))

    def of(self, role: Str) -> Sequence[tuple[Resource, bool]]:
        """The policy resources that name a role, each with whether that is certain.

        A role whose name is generated is known to its own stack, and to those that reach out of theirs, only; for it
        the other templates need not be parsed.
        """
        if role not in self._of:
            self._of[role] = list(self._naming(role))
        return self._of[role]

    def _naming(self, role: Str) -> Iterator[tuple[Resource, bool]]:
        if isinstance(role, Hole) and self._index.is_resource(role):
            home = self._index.assembly.by_name[role.scope]
            found = list(self.once(RolePolicies._find_reaching_out).get(role, ()))
            if not _reaches_out(home):
                found += self._policies_at_home(home).get(role, ())
            yield from ((policy, True) for policy in sorted(found, key=self._order_of))
            return
        policies = self.once(RolePolicies._find_all)
        for policy in policies.get(role, ()):
            yield policy, True
        if isinstance(role, str):
            for policy in policies.get(_UNKNOWN_ROLE, ()):
                yield policy, False

    def _find_all(self) -> dict[Str, list[Resource]]:
        """The policy resources by the name of each role that they name; those of roles that cannot be known aside."""
        return self._by_role(self._index.of_kind(*POLICY_TYPES))

    def _find_reaching_out(self) -> dict[Str, list[Resource]]:
        return self._by_role(_policies_in(stack for stack in self._index.assembly.stacks if _reaches_out(stack)))

    def _policies_at_home(self, stack: Stack) -> Mapping[Str, list[Resource]]:
        if stack not in self._at_home:
            self._at_home[stack] = self._by_role(_policies_in([stack]))
        return self._at_home[stack]

    def _order_of(self, policy: Resource) -> tuple[int, int]:
        return [*POLICY_TYPES].index(policy.written["Type"]), self.once(RolePolicies._number_stacks)[policy.stack]

    def _number_stacks(self) -> Mapping[Stack, int]:
        return {stack: index for index, stack in enumerate(self._index.assembly.stacks)}

    def _by_role(self, policies: Iterable[Resource]) -> dict[Str, list[Resource]]:
        found: dict[Str, list[Resource]] = {}
        for policy in policies:
            written = policy.entry(POLICY_TYPES[policy.written["Type"]])
            try:
                value = Evaluation(Scenario(exhausted=True)).value(written)
            except TemplateError as error:
                error.report()
                continue
            for each in value if isinstance(value, list) else [value]:
                name = as_text(each)
                if name is not None:
                    known = isinstance(name, str) or self._index.is_resource(name)
                    found.setdefault(name if known else _UNKNOWN_ROLE, []).append(policy)
        return found


def _reaches_out(stack: Stack) -> bool:
    """Whether the template may know a resource of another stack by more than its name."""
    return stack.parent is not None or stack.hints.reaches_out


def _policies_in(stacks: Iterable[Stack]) -> Iterator[Resource]:
    for stack in stacks:
        for kind in POLICY_TYPES:
            for logical_id in stack.by_type.get(kind, ()) if stack.hints.may_hold(kind) else ():
                yield Resource(stack, logical_id)
