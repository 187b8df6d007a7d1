"""The resources of an assembly by type and by physical name, indexed when first asked for.

Knows how CloudFormation names resources; knows nothing of rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Final

from imagelint.assembly.assembly import Assembly
from imagelint.assembly.functions import functions_of
from imagelint.assembly.resources import MAYBE, Maybe, Resource
from imagelint.assembly.stack import Stack
from imagelint.cloudformation.evaluation import Evaluation
from imagelint.cloudformation.scenario import Scenario
from imagelint.cloudformation.scope import TemplateError
from imagelint.cloudformation.values import Value, as_text, refused
from imagelint.memo import Memo
from imagelint.record import Record
from imagelint.text.holes import Hole, Str, equal, render
from imagelint.text.logic import Answer, all_of

if TYPE_CHECKING:
    from imagelint.aws.account import Account

MAX_OPEN_NAMES: Final = 1_000
"""Resources of a type with names that are no literals, or with one name, of which each is asked whether it may be the
one that a name means; where there are more, one of them may be."""


class Wanted(Record):
    """A resource as something else names it."""

    kind: str
    """Its type."""
    name: Str
    """Its physical name."""
    account: Str | None
    """None where that is not known."""
    region: Str | None
    """None for names that are the same in all regions, or where that is not known."""

    def is_at(self, name: Str, account: Str, region: Str) -> Answer:
        """Whether it is the resource of a name in an account and a region."""
        return all_of(
            (
                equal(name, self.name),
                None if self.account is None else equal(account, self.account),
                True if self.region is None else equal(region, self.region),
            )
        )


class ResourceIndex(Memo):
    """The resources of an assembly, and with what facts are compared."""

    def __init__(
        self,
        assembly: Assembly,
        today: date,
        minimum_cdk_version: str,
        build_host: str,
        account: Account | None = None,
    ) -> None:
        super().__init__()
        self.assembly = assembly
        self.today = today
        """The day that deprecations are judged on."""
        self.minimum_cdk_version = minimum_cdk_version
        """The oldest aws-cdk-lib that may have made the assembly."""
        self.build_host = build_host
        """The architecture of the machine that builds the assets: `x86_64`, `arm64`, `any`, or `auto` for this one."""
        self.account = account
        """What the AWS account said, where it was asked (--live)."""
        self._by_kind: dict[str, list[Resource]] = {}
        self._adding: dict[tuple[str, ...], Sequence[Stack]] = {}
        self._named: dict[str, dict[Str, list[Resource]]] = {}
        """The resources of a type by the names that they are given."""
        self._open: dict[str, list[tuple[Resource, Str]]] = {}
        """Those of them that are no literals, with the names."""

    @property
    def functions(self) -> int:
        """How many functions the assembly has."""
        return self.once(ResourceIndex._count_functions)

    def _count_functions(self) -> int:
        return sum(1 for stack in self.assembly.stacks for _ in functions_of(stack))

    def find(self, wanted: Wanted, home: Stack, known_as: Callable[[Str], Str]) -> Resource | Maybe | None:
        """The resource that a stack, `home`, means by a physical name.

        A generated name identifies its resource by itself. Of several with one name, which cannot all be deployed, the
        stack means its own. `known_as` tells what a stack's account or region is known as, since stacks that import
        from one another share them. None: surely not in the assembly; MAYBE: cannot be known.
        """
        name = wanted.name
        if isinstance(name, Hole) and self.is_resource(name):
            found = Resource(self.assembly.by_name[name.scope], name.name)
            return found if found.written["Type"] == wanted.kind and found.is_well_formed else MAYBE
        matching: list[Resource] = []
        named = self._given(wanted.kind).get(name, ())
        may_be = not isinstance(name, str) or len(named) > MAX_OPEN_NAMES
        for resource in named if len(named) <= MAX_OPEN_NAMES else ():
            answer = wanted.is_at(name, known_as(resource.stack.account), known_as(resource.stack.region))
            if answer:
                matching.append(resource)
            may_be = may_be or answer is None
        others = self._open[wanted.kind]
        may_be = (
            may_be
            or self.may_be_added(wanted, known_as)
            or len(others) > MAX_OPEN_NAMES
            or any(
                wanted.is_at(given, known_as(resource.stack.account), known_as(resource.stack.region)) is None
                for resource, given in others
            )
        )
        matching = [resource for resource in matching if resource.stack is home] or matching
        if len(matching) == 1:
            return matching[0]
        return MAYBE if matching or may_be else None

    def may_be_added(self, wanted: Wanted, known_as: Callable[[Str], Str]) -> bool:
        """Whether something that is not written out in the templates may make a resource that is wanted."""
        return any(
            wanted.is_at(wanted.name, known_as(stack.account), known_as(stack.region)) is not False
            for stack in self.adding(wanted.kind)
        )

    def adding(self, *kinds: str) -> Sequence[Stack]:
        """The stacks in which something that is not written out may make resources of some types."""
        if kinds not in self._adding:
            self._adding[kinds] = [stack for stack in self.assembly.stacks if stack.may_add(*kinds)]
        return self._adding[kinds]

    def _given(self, kind: str) -> Mapping[Str, list[Resource]]:
        """The resources of a type by the names that they are given."""
        if kind not in self._named:
            named: dict[Str, list[Resource]] = {}
            for resource, name in self._names_of(kind):
                named.setdefault(name, []).append(resource)
            self._named[kind] = named
            self._open[kind] = [
                (each, name) for name, found in named.items() if not isinstance(name, str) for each in found
            ]
        return self._named[kind]

    def of_kind(self, *kinds: str) -> Iterator[Resource]:
        """Every resource of some types. Only the templates that may hold one are parsed for it."""
        for kind in kinds:
            if kind not in self._by_kind:
                stacks = (stack for stack in self.assembly.stacks if stack.hints.may_hold(kind))
                self._by_kind[kind] = [
                    Resource(stack, each) for stack in stacks for each in stack.by_type.get(kind, ())
                ]
            yield from self._by_kind[kind]

    def is_resource(self, name: Str) -> bool:
        """Whether a text is the generated name of a resource of the assembly."""
        owner = self.assembly.by_name.get(name.scope) if isinstance(name, Hole) else None
        return owner is not None and isinstance(name, Hole) and bool(owner.resource_type(name.name))

    def _names_of(self, kind: str) -> Iterator[tuple[Resource, Str]]:
        for resource in self.of_kind(kind):
            try:
                evaluation = Evaluation(Scenario(exhausted=True))
                name = evaluation.physical_name(resource.logical_id, resource.stack)
            except TemplateError as error:
                error.report()
                continue
            if name != Hole(resource.logical_id, resource.stack.name):
                yield resource, name


def settled(resource: Resource, name: str) -> Value:
    """What a property is in every scenario; a hole where CloudFormation would refuse it, None where it is absent."""
    written = resource.entry(name)
    try:
        return Evaluation(Scenario(exhausted=True)).value(written)
    except TemplateError:  # which whoever judges the property reports
        return refused(written)


def text_in(value: Value) -> str:
    """The texts in an evaluated value, as people read them, one a line."""
    if isinstance(value, (dict, list)):
        return "\n".join(text_in(each) for each in (value.values() if isinstance(value, dict) else value))
    text = as_text(value)
    return "" if text is None else render(text)
