"""The function that facts are asked about, in one scenario, amid the resources of its assembly.

Knows how a template's values and resources are looked up; states no facts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from imagelint.assembly.functions import Function
from imagelint.assembly.resources import MAYBE, Maybe, Resource
from imagelint.aws.policy.decision import Policy
from imagelint.cloudformation.evaluation import Evaluation
from imagelint.cloudformation.scope import Expression, Json, TemplateError, calls_macro, mapping_of
from imagelint.cloudformation.values import ABSENT, NAME_CHARACTERS, Value, as_text, refused
from imagelint.documents.pointer import Pointer
from imagelint.facts.decisions import Policies
from imagelint.facts.index import ResourceIndex, Wanted
from imagelint.memo import Memo
from imagelint.text.holes import Hole, Str, concat, split
from imagelint.text.logic import Answer


class Subject(Memo):
    """A function, the scenario that it is looked at in, and what else the assembly holds."""

    def __init__(self, *, function: Function, evaluation: Evaluation, index: ResourceIndex) -> None:
        super().__init__()
        self.function = function
        self.evaluation = evaluation
        self.index = index
        self.problems: list[TemplateError] = []
        """What CloudFormation would refuse, so far."""
        self._traced: dict[Pointer, tuple[Value, Mapping[Hole, str]]] = {}

    def _note(self, error: TemplateError) -> None:
        """Keep a problem without the frames that it went through, which hold whatever was evaluated there."""
        self.problems.append(error.with_traceback(None))

    # -- values ---------------------------------------------------------------------------------------------------

    def property_at(self, name: str) -> tuple[Value, Pointer]:
        """A property of the function with its place: ABSENT where there is none, a Hole where CloudFormation would
        refuse it or a macro may write it."""
        function = self.function
        if name not in function.properties:
            return (Hole(name, function.stack.name) if function.is_open else ABSENT), function.pointer
        written = function.properties[name]
        return self.traced(written)[0], written.pointer

    def traced(self, written: Expression) -> tuple[Value, Mapping[Hole, str]]:
        """A value of the function's template, evaluated once, with the parameters' Defaults that it rests on.

        ABSENT for null; a Hole, and a problem, where CloudFormation would refuse it.
        """
        at, plain = written.pointer, written.written
        if isinstance(plain, str) and "{{resolve:" not in plain:
            return plain, {}
        if at not in self._traced:
            try:
                value, rests_on = self.evaluation.traced(written)
                self._traced[at] = (ABSENT if value is None else value), rests_on
            except TemplateError as error:
                self._note(error)
                self._traced[at] = refused(written), {}
        return self._traced[at]

    def image_uri(self, other: Evaluation | None = None) -> tuple[Value, Mapping[Hole, str]]:
        """The evaluated image reference, also in `other` scenarios, and the parameters' Defaults that it rests on."""
        written = self.function.properties["ImageUri" if self.function.is_serverless else "Code"]
        value, rests_on = self.traced(written) if other is None else other.traced(written)
        if self.function.is_serverless:
            return value, rests_on
        return (value.get("ImageUri", ABSENT) if isinstance(value, dict) else ABSENT), rests_on

    def may_be_absent(self, value: Value, name: str) -> bool:
        """Whether a property that cannot be evaluated may not be there at all: a macro or an open Fn::If decides."""
        return self.may_vanish(value) or (isinstance(value, Hole) and name not in self.function.properties)

    def may_vanish(self, value: Value) -> bool:
        """Whether a value may yet be AWS::NoValue: with the scenarios exhausted, a hole may be an Fn::If left open."""
        return isinstance(value, Hole) and self.evaluation.scenario.exhausted

    def value_of(self, resource: Resource, name: str) -> Value:
        """A property of another resource: ABSENT where there is none; a Hole, and a problem, where CloudFormation
        would refuse it."""
        written = resource.entry(name)
        literal = self.index.once(_Literals).of(written)
        return self._evaluated(written) if literal is None else literal

    def _evaluated(self, written: Expression) -> Value:
        if written.written is None:
            return ABSENT
        try:
            return self.evaluation.value(written)
        except TemplateError as error:
            self._note(error)
            return refused(written)

    def policy_of(self, resource: Resource, name: str) -> Policy | None:
        """The policy in a property of another resource; None where there is none."""
        written = resource.entry(name)
        policy = self.index.once(_Literals).policy(written)
        if policy is not None:
            return policy
        value = self._evaluated(written)
        return None if value is ABSENT else self.index.once(Policies).of(value)

    def policies_of(self, resource: Resource, name: str) -> list[Policy]:
        """The policies in a property of another resource, which has a list of such, each with its name."""
        value = self.value_of(resource, name)
        if value is ABSENT:
            return []
        listed, literals = resource.entry(name).items(), self.index.once(_Literals)
        if literals.of(resource.entry(name)) is not None and listed:
            written = [each.entry("PolicyDocument") for each in listed if "PolicyDocument" in mapping_of(each.written)]
            found = [policy for each in written if (policy := literals.policy(each)) is not None]
            if len(found) == len(listed):
                return found
        policies = value if isinstance(value, list) else [value]
        documents = [policy.get("PolicyDocument") if isinstance(policy, dict) else policy for policy in policies]
        return [self.index.once(Policies).of(document) for document in documents]

    def own_value(self, name: str) -> Value:
        """A property of the function whose mistakes other tools report: ABSENT where there is none, else a Hole where
        CloudFormation would refuse it."""
        written = self.function.properties.get(name)
        if written is None:
            return ABSENT
        try:
            return self.evaluation.value(written)
        except TemplateError:  # a name that is not there: cfn-lint says so, and here it is unknown
            return refused(written)

    def pseudo(self, name: str) -> Str:
        """A pseudo parameter of the function's stack."""
        return self.evaluation.pseudo(name, self.function.stack)

    # -- resources ------------------------------------------------------------------------------------------------

    def exists(self, resource: Resource) -> Answer:
        """Whether another resource is there in this scenario; None, and a problem, where its condition is refused."""
        return self.holds(resource.condition, if_refused=None)

    def holds(self, condition: Expression | None, *, if_refused: Answer) -> Answer:
        """Whether a condition holds that something is made under; True where it is made under none.

        `if_refused` is the answer, beside a problem, where CloudFormation would refuse the condition.
        """
        try:
            return True if condition is None else self.evaluation.condition(condition)
        except TemplateError as error:
            self._note(error)
            return if_refused

    def find(self, wanted: Wanted) -> Resource | Maybe | None:
        """The resource of the assembly that the function means; None: surely none, MAYBE: cannot be known."""
        return self.index.find(wanted, self.function.stack, self.evaluation.assumptions.known_as)

    # -- as AWS sees the function -----------------------------------------------------------------------------------

    @property
    def account(self) -> Str:
        """The function's account."""
        return self.pseudo("AWS::AccountId")

    @property
    def arn(self) -> Str:
        """The function's ARN."""
        return self.once(Subject._make_arn)

    def _make_arn(self) -> Str:
        name = as_text(self.own_value("FunctionName"))
        if not name:
            name = Hole(self.function.logical_id, self.function.stack.name, NAME_CHARACTERS)
        pieces = ["arn:", self.pseudo("AWS::Partition"), ":lambda:", self.pseudo("AWS::Region"), ":", self.account]
        return concat([*pieces, ":function:", name])

    @property
    def role_arn(self) -> Str | None:
        """The ARN of the execution role; None where there is none or it is no text."""
        return self.once(Subject._find_role_arn)

    def _find_role_arn(self) -> Str | None:
        return as_text(self.own_value("Role"))

    @property
    def role(self) -> Resource | Maybe | None:
        """The execution role, where the assembly has it."""
        return self.once(Subject._find_role)

    def _find_role(self) -> Resource | Maybe | None:
        pieces = None if self.role_arn is None else split(":", self.role_arn)
        path = None if pieces is None or len(pieces) != 6 else split("/", pieces[5])
        if pieces is None or not path:
            return MAYBE
        return self.find(Wanted("AWS::IAM::Role", path[-1], pieces[4], region=None))


class _Literals:
    """The lists and objects of an assembly that hold no function: each function is judged by the same ones, and a
    policy may be as long as its template."""

    def __init__(self, index: ResourceIndex) -> None:
        self._shared = index.once(Policies)
        self._known: dict[tuple[str, Pointer], Value | None] = {}
        self._policies: dict[tuple[str, Pointer], Policy | None] = {}

    def of(self, written: Expression) -> Value | None:
        """What a list or object evaluates to in every scenario, which is what is written; None for any other value."""
        if not isinstance(written.written, (dict, list)):
            return None
        key = (written.scope.name, written.pointer)
        if key not in self._known:
            self._known[key] = cast(Value, written.written) if _is_literal(written.written) else None
        return self._known[key]

    def policy(self, written: Expression) -> Policy | None:
        """The policy of a document that holds no function; None for any other."""
        key = (written.scope.name, written.pointer)
        if key not in self._policies:
            literal = self.of(written)
            self._policies[key] = None if literal is None else self._shared.shared(literal)
        return self._policies[key]


def _is_literal(written: dict[str, Json] | list[Json]) -> bool:
    """Whether nothing in a value is a function, a macro or a dynamic reference."""
    waiting: list[Json] = [written]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if "Ref" in value or calls_macro(value):
                return False
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, str) and "{{resolve:" in value:
            return False
    return True
