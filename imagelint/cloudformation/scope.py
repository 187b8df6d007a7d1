"""A stack as the names in its template see it, and a value as the template has it.

Knows templates as plain data; knows nothing of files and evaluates nothing.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Final, NoReturn, Protocol, TypeAlias

from imagelint.documents.pointer import Pointer, spell
from imagelint.memo import Memo
from imagelint.text.holes import Hole, Str

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
"""A value as it is written in a template."""


UNKNOWN: Final[Json] = {"Fn::Transform": {}}
"""What is written where a macro may yet write something."""


class TemplateError(Exception):
    """A value that CloudFormation itself would refuse. `scope` and `pointer` say where it stands."""

    def __init__(self, message: str, scope: "Scope", pointer: Pointer) -> None:
        super().__init__(message)
        self.message, self.scope, self.pointer = message, scope, pointer

    def report(self) -> None:
        """Record it as a problem of the template that is wrong, which need not be the one that was asked about."""
        self.scope.report(self.pointer, self.message)


def mapping_of(value: Any) -> Mapping[str, Any]:
    """The value where it is an object; else an empty one, which has nothing in it either."""
    return value if isinstance(value, dict) else {}


def transforms_of(template: Mapping[str, Any]) -> list[Any]:
    """The names of the macros that a template declares for itself as a whole."""
    declared = _listed(template.get("Transform"))
    return [each.get("Name") if isinstance(each, dict) else each for each in declared]


def is_macro(key: str, written: Any) -> bool:
    """Whether an entry of an object is a call that puts others in its place: Fn::Transform, also in its short form in
    JSON, `Transform`, or a loop (CloudFormation Template Reference, "Fn::Transform")."""
    return key.startswith("Fn::") or (
        key == "Transform" and isinstance(written, dict) and isinstance(written.get("Name"), str)
    )


def calls_macro(written: Mapping[str, Any]) -> bool:
    """Whether a macro may add to an object."""
    keys = "\n".join(written)
    if "Fn::" not in keys and "Transform" not in keys:  # as in most objects, of which many are asked
        return False
    return any(is_macro(key, value) for key, value in written.items())


def is_rewritten(template: Mapping[str, Any]) -> bool:
    """Whether a macro of somebody's own gets the template, or all of its resources, and may change any of them.

    A macro gets what stands beside its call (CloudFormation User Guide, "Create a CloudFormation macro definition").
    Those of AWS leave what stands there as it is, but for SAM's own types.
    """
    names = transforms_of(template)
    for written in (template, mapping_of(template.get("Resources"))):
        calls = (
            written[key] for key in ("Fn::Transform", "Transform") if key in written and is_macro(key, written[key])
        )
        names += [mapping_of(call).get("Name") for each in calls for call in _listed(each)]
    return any(isinstance(name, str) and not name.startswith("AWS::") for name in names)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


class Expression:
    """A value as a template has it, with its stack and its place.

    Made for each list and object that is evaluated: a frozen dataclass takes four times as long to make, and of a
    NamedTuple what is in it takes three times as long to get.
    """

    __slots__ = ("pointer", "scope", "written")

    def __init__(self, written: Json, scope: "Scope", pointer: Pointer) -> None:
        self.written: Final = written
        self.scope: Final = scope
        self.pointer: Final = pointer

    def __reduce__(self) -> "tuple[type[Expression], tuple[object, ...]]":
        """How to make it again: pickle cannot look into what is compiled."""
        return Expression, (self.written, self.scope, self.pointer)

    def entry(self, key: str | int) -> "Expression":
        """What stands at a key or an index of it, which must be there."""
        inside: Any = self.written
        return Expression(inside[key], self.scope, (*self.pointer, key))

    def items(self) -> "list[Expression]":
        """The entries of a list; none of anything else."""
        return [self.entry(index) for index in range(len(self.written))] if isinstance(self.written, list) else []

    def pair(self, function: str, shape: str) -> "tuple[Expression, Expression]":
        """The two entries of it that a function takes; `shape` says in words what else is refused."""
        if not isinstance(self.written, list) or len(self.written) != 2:
            self.refuse(f"{function} takes {shape}")
        return self.entry(0), self.entry(1)

    def hole(self, function: str) -> Hole:
        """What a function that stands here gives, where that is known only in AWS."""
        return Hole(f"{function} at {spell(self.pointer)}", self.scope.name)

    def refuse(self, message: str) -> NoReturn:
        """Raise TemplateError: CloudFormation would refuse what stands here."""
        raise TemplateError(message, self.scope, self.pointer)


class Lookup(Protocol):
    """What the templates of the other stacks hold for one of them."""

    def find_export(self, name: Str, importer: "Scope") -> Expression | None:
        """The value that is exported to a stack by a name; None where none or several may be meant."""

    def find_output(
        self, stack_name: Str, output: str, region: Str, is_any_account: bool, reader: "Scope"
    ) -> Expression | None:
        """The output that a deployed stack's name, the output's name and a region mean, perhaps in another account."""

    def find_cross_region(self, name: str, importer: "Scope") -> Expression | None:
        """The same for what CDK's export writers send to another region."""


class Scope(Memo, ABC):
    """One template, its environment and the stacks it is connected with. A stack of an assembly is one."""

    def __init__(
        self,
        *,
        name: str,
        account: Str,
        region: Str,
        stack_name: Str,
        lookup: Lookup,
        parameters: Mapping[str, Any] | None = None,
        parent_id: str = "",
    ) -> None:
        super().__init__()
        self.name = name
        """The stack's path in the assembly, unique there."""
        self.account = account
        """The account: 12 digits, or a hole that is the environment's own."""
        self.region = region
        self.stack_name = stack_name
        """The name under which the stack is deployed."""
        self.lookup = lookup
        """The other stacks."""
        self.parameters = {} if parameters is None else parameters
        """Parameter values given from outside: literals of the manifest, or expressions in the parent's template."""
        self.read_parameters: Mapping[str, str] = {}
        """What CloudFormation read for parameters of Systems Manager's types, in a stack that is deployed."""
        self.parent_id = parent_id
        """The logical ID of the resource that nests this stack."""
        self.nested: dict[str, Scope] = {}
        """The nested stacks by the logical IDs of the resources that stand for them."""
        self.open: dict[str, bool] = {}
        """Whether a macro may add properties to the resources that were asked for so far."""
        self.allowed: dict[str, Mapping[str, None]] = {}
        """The AllowedValues of the parameters that were asked for so far, as texts."""
        self.allowed_numbers: dict[str, Mapping[float, list[str]]] = {}
        """…those of them that may be numbers."""

    @property
    @abstractmethod
    def parent(self) -> "Scope | None":
        """The stack that nests this one; it shares its environment, and `parameters` are evaluated there."""

    @property
    @abstractmethod
    def template(self) -> Mapping[str, Any]:
        """The parsed template."""

    @abstractmethod
    def report(self, pointer: Pointer, message: str) -> None:
        """Record a problem at a place of the template."""

    def section(self, name: str) -> Mapping[str, Any]:
        """A top-level section of the template; empty where it is absent or not a mapping."""
        return mapping_of(self.template.get(name))

    def resource(self, logical_id: str) -> Mapping[str, Any]:
        """A resource as the template has it; empty where there is none or it is no object."""
        return mapping_of(self.section("Resources").get(logical_id))

    def resource_type(self, logical_id: str) -> str:
        """The resource's Type; empty where there is no such resource or it has none."""
        kind = self.resource(logical_id).get("Type")
        return kind if isinstance(kind, str) else ""

    def property_of(self, logical_id: str, name: str) -> Expression | None:
        """A property of a resource of the template; None where the resource or the property is absent."""
        properties = mapping_of(self.resource(logical_id).get("Properties"))
        if name in properties or self.is_open(logical_id):
            return Expression(properties.get(name, UNKNOWN), self, ("Resources", logical_id, "Properties", name))
        return None

    def is_open(self, logical_id: str) -> bool:
        """Whether a macro may add properties to a resource of the template: one beside its Type, among them, or one
        that gets all resources."""
        known = self.open.get(logical_id)
        if known is None:
            resource = self.resource(logical_id)
            known = self.is_rewritten or calls_macro(resource) or calls_macro(mapping_of(resource.get("Properties")))
            self.open[logical_id] = known
        return known

    @property
    def is_rewritten(self) -> bool:
        """Whether a macro may change any of the resources: what they do not say is unknown."""
        return self.once(Scope._find_out_if_rewritten)

    def _find_out_if_rewritten(self) -> bool:
        return is_rewritten(self.template)

    def condition_of(self, logical_id: str) -> Expression | None:
        """The name of the condition under which a resource is made; None where it always is."""
        name = self.resource(logical_id).get("Condition")
        is_given = isinstance(name, str) or (isinstance(name, dict) and self.is_transformed())
        return Expression(name, self, ("Resources", logical_id, "Condition")) if is_given else None

    def declaration(self, parameter: str) -> Mapping[str, Any]:
        """How a parameter is declared."""
        return mapping_of(self.section("Parameters").get(parameter))

    def argument(self, parameter: str) -> Expression | None:
        """What the stack that nests this one gives for a parameter; None where it gives nothing or there is none."""
        if self.parent is None or parameter not in self.parameters:
            return None
        at = ("Resources", self.parent_id, "Properties", "Parameters", parameter)
        return Expression(self.parameters[parameter], self.parent, at)

    def is_transformed(self) -> bool:
        """Whether a macro rewrites the template before it is deployed, so that names may come into being there."""
        return self.once(Scope._find_out_if_transformed)

    def _find_out_if_transformed(self) -> bool:  # which takes a look at every resource
        if self.template.get("Transform") or "Fn::Transform" in self.template:
            return True
        sections = map(self.section, ("Resources", "Mappings", "Conditions", "Parameters"))
        if any(map(calls_macro, sections)):  # AWS::Include puts its entries beside it
            return True
        return any(self.resource_type(name).endswith("::MODULE") for name in self.section("Resources"))
