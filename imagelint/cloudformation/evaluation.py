"""Partial evaluation of CloudFormation values: each becomes text with holes, a plain value, or a hole.

Knows the intrinsic functions and the attributes of a few resource types; knows nothing of files, of image references
or of rules. What cannot be known before deployment is a `Hole`, never a guess. Where a value hangs on an open
condition, `Fork` names the scenarios to try instead; within one scenario every answer is consistent with every other.

Source of the functions' semantics: AWS CloudFormation User Guide, "Intrinsic function reference", "Condition
functions" and "Pseudo parameters reference".
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import Any, Final

from imagelint.aws.partitions import is_region_name, partition_of, suffix_of
from imagelint.cloudformation.scope import Fork, Scenario, Scope, TemplateError
from imagelint.documents.pointer import Pointer, spell
from imagelint.text.holes import Hole, Str, Text, concat, equal, holes, parts_of, render, split

MAX_DEPTH: Final = 150
"""Values within values that one evaluation enters, references followed."""
MAX_STEPS: Final = 100_000
"""Values that one evaluation enters in all."""
MAX_TEXT: Final = 100_000
"""Characters of one evaluated text; CloudFormation's own limit on a whole template is 1 MB."""


class Absent:
    """The type of `ABSENT`."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent()
"""What `AWS::NoValue` evaluates to: the property is as good as not written."""

_Key = tuple[str, str, str]
"""What is being evaluated by name: its role, the stack's name and its own."""
Value = Any
"""An evaluated value: None, bool, int, float, `Str`, `ABSENT`, or a list or dict of such."""

DIGITS: Final = "0123456789"
REGION_CHARACTERS: Final = "abcdefghijklmnopqrstuvwxyz-" + DIGITS
STACK_CHARACTERS: Final = REGION_CHARACTERS + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
DOMAIN_CHARACTERS: Final = REGION_CHARACTERS + "."
REPOSITORY_CHARACTERS: Final = DOMAIN_CHARACTERS + "_/"
NAME_CHARACTERS: Final = DOMAIN_CHARACTERS + "ABCDEFGHIJKLMNOPQRSTUVWXYZ_+=,@"

_NAMES: Final[dict[str, tuple[str, str]]] = {
    "AWS::ECR::Repository": ("RepositoryName", REPOSITORY_CHARACTERS),
    "AWS::IAM::Role": ("RoleName", NAME_CHARACTERS),
    "AWS::Lambda::Function": ("FunctionName", NAME_CHARACTERS),
    "AWS::Serverless::Function": ("FunctionName", NAME_CHARACTERS),
}
"""What Ref gives: the property that names the resource, and what a generated name is made of."""

_NAME: Final = "Ref"
_ATTRIBUTES: Final[dict[tuple[str, str], str]] = {
    ("AWS::ECR::Repository", "Arn"): "arn:{AWS::Partition}:ecr:{AWS::Region}:{AWS::AccountId}:repository/{Ref}",
    ("AWS::ECR::Repository", "RepositoryUri"): "{AWS::AccountId}.dkr.ecr.{AWS::Region}.{AWS::URLSuffix}/{Ref}",
    ("AWS::Lambda::Function", "Arn"): "arn:{AWS::Partition}:lambda:{AWS::Region}:{AWS::AccountId}:function:{Ref}",
    ("AWS::Serverless::Function", "Arn"): "arn:{AWS::Partition}:lambda:{AWS::Region}:{AWS::AccountId}:function:{Ref}",
}
"""What Fn::GetAtt gives (the resource types' pages in the CloudFormation reference, "Return values")."""

_PLACEHOLDER = re.compile(r"\$\{!([^{}]*)\}|\$\{([^!{}][^{}]*)\}")
_ATTRIBUTE_PIECE = re.compile(r"\{([^{}]+)\}")
_DYNAMIC_REFERENCE = re.compile(r"(\{\{resolve:|\}\})")


class Evaluation:
    """Evaluates values in one scenario, and remembers what the answers rest on."""

    def __init__(self, scenario: Scenario | None = None) -> None:
        self.scenario = scenario or Scenario()
        self.truths: dict[tuple[str, str], bool] = {}
        """The conditions that were decided on the way, by their stack and name, in the order of their use."""
        self.defaults: dict[Hole, str] = {}
        """The parameters that were taken to have their Default."""
        self._declared: dict[Hole, Mapping[str, Any]] = {}
        """How the parameters that were met are declared."""
        self._same: dict[Hole, Str] = {}
        """Accounts and regions of other stacks, by what they are known as here."""
        self.steps = 0
        """The values that were entered so far."""
        self._active: list[tuple[_Key, Scope, Pointer]] = []
        self._memo: dict[_Key, tuple[Value, dict[Hole, str]]] = {}
        self._depth = 0

    # -- values ---------------------------------------------------------------------------------------------------

    def value(self, value: Any, scope: Scope, at: Pointer) -> Value:
        """What a value of the template evaluates to.

        Raises TemplateError for what CloudFormation would refuse, and Fork when an assumption is needed.
        """
        if isinstance(value, str):
            return _with_dynamic_references(value, scope) if "{{resolve:" in value else value
        if not isinstance(value, (dict, list)):
            return value
        self._enter(scope, at)
        try:
            if isinstance(value, list):
                return [item for _, item in self._entries(enumerate(value), scope, at)]
            if len(value) == 1:
                ((name, argument),) = value.items()
                if name == "Ref" or (isinstance(name, str) and name.startswith("Fn::")):
                    return self._call(name, argument, scope, (*at, name))
            for key in value:
                if isinstance(key, str) and key.startswith("Fn::"):
                    return _hole_at("a macro", scope, at)  # Fn::Transform and Fn::ForEach put entries beside others
            return dict(self._entries(value.items(), scope, at))
        finally:
            self._depth -= 1

    def _entries(self, pairs: Iterable[tuple[Any, Any]], scope: Scope, at: Pointer) -> Iterator[tuple[Any, Value]]:
        """The entries of a list or object with their keys, without those that AWS::NoValue takes away."""
        for key, written in pairs:
            if isinstance(written, str) and "{{resolve:" not in written:
                yield key, written  # as most are
            elif (entry := self.value(written, scope, (*at, key))) is not ABSENT:
                yield key, entry

    def text(self, value: Any, scope: Scope, at: Pointer) -> Str:
        """What a value evaluates to where CloudFormation asks for a string; numbers and truth values become text."""
        evaluated = self.value(value, scope, at)
        text = as_text(evaluated)
        if text is None:
            raise TemplateError(f"must be a string, not {kind_of(evaluated)}", scope, at)
        return text

    def traced(self, value: Any, scope: Scope, at: Pointer) -> tuple[Value, dict[Hole, str]]:
        """What a value evaluates to, and the parameters that were taken to have their Default for it."""
        outer, self.defaults = self.defaults, {}
        try:
            return self.value(value, scope, at), self.defaults
        finally:
            self.defaults = {**outer, **self.defaults}

    def pseudo(self, name: str, scope: Scope) -> Value:
        """The value of a pseudo parameter such as `AWS::Region`."""
        if name == "AWS::NoValue":
            return ABSENT
        if name == "AWS::AccountId":
            return self.assumed(scope.account)
        if name == "AWS::StackName":
            return scope.stack_name
        region = self.assumed(scope.region)
        if name == "AWS::Region":
            return region
        environment = region.scope if isinstance(region, Hole) else scope.name
        if name == "AWS::Partition":
            known = partition_of(region) if isinstance(region, str) else None
            return known or Hole(name, environment, REGION_CHARACTERS)
        if name == "AWS::URLSuffix":
            known = suffix_of(region) if isinstance(region, str) else None
            return known or Hole(name, environment, DOMAIN_CHARACTERS)
        return Hole(name, scope.name)

    # -- intrinsic functions --------------------------------------------------------------------------------------

    def _call(self, name: str, argument: Any, scope: Scope, at: Pointer) -> Value:
        function = _FUNCTIONS.get(name)
        return _hole_at(name, scope, at) if function is None else function(self, argument, scope, at)

    def _join(self, argument: Any, scope: Scope, at: Pointer) -> Value:
        delimiter, items = _two(argument, "Fn::Join", "a delimiter and a list", scope, at)
        between = self.text(delimiter, scope, (*at, 0))
        values = self.value(items, scope, (*at, 1))
        if isinstance(values, Hole):
            return Hole(
                f"Fn::Join {render(between)} {values.name}", "+".join(h.scope for h in (values, *holes(between)))
            )
        if not isinstance(values, list):
            raise TemplateError(f"Fn::Join takes a delimiter and a list, not {kind_of(values)}", scope, at)
        pieces: list[Str] = []
        for index, item in enumerate(values):
            text = as_text(item)
            if text is None:
                raise TemplateError(f"Fn::Join joins strings, not {kind_of(item)}", scope, (*at, 1, index))
            pieces += [between, text] if index else [text]
        return _joined(pieces, scope, at)

    def _sub(self, argument: Any, scope: Scope, at: Pointer) -> Value:
        template, template_at = argument, at
        variables: Any = {}
        if isinstance(argument, list):
            template, variables = _two(argument, "Fn::Sub", "a string and a map of variables", scope, at)
            template_at = (*at, 0)
        if not isinstance(template, str) or not isinstance(variables, dict):
            raise TemplateError("Fn::Sub takes a string, or a string and a map of variables", scope, at)
        pieces: list[Str] = []
        position = 0
        for match in _PLACEHOLDER.finditer(template):
            pieces.append(template[position : match.start()])
            position = match.end()
            escaped, name = match.groups()
            if name is None:
                pieces.append(f"${{{escaped}}}")
            elif name.strip() in variables:
                name = name.strip()
                pieces.append(self.text(variables[name], scope, (*at, 1, name)))
            else:
                pieces.append(self._substituted(name.strip(), scope, template_at))
        pieces.append(template[position:])
        return _joined(pieces, scope, at)

    def _substituted(self, name: str, scope: Scope, at: Pointer) -> Str:
        """What `${Name}` or `${Resource.Attribute}` stands for in Fn::Sub."""
        resource, dot, attribute = name.partition(".")
        text = as_text(self._attribute(resource, attribute, scope, at) if dot else self._ref(name, scope, at))
        return Hole(name, scope.name) if text is None else text

    def _select(self, argument: Any, scope: Scope, at: Pointer) -> Value:
        index, items = _two(argument, "Fn::Select", "an index and a list", scope, at)
        number = self.value(index, scope, (*at, 0))
        values = self.value(items, scope, (*at, 1))
        if isinstance(number, str) and number.isascii() and number.isdigit() and len(number) < 6:
            number = int(number)
        lost = isinstance(items, list) and isinstance(values, list) and len(values) < len(items)
        if isinstance(number, (Text, Hole)) or lost:  # whether AWS::NoValue counts is not documented
            return _hole_at("Fn::Select", scope, at)
        if isinstance(values, Hole):
            return Hole(f"Fn::Select {number} {values.name}", values.scope)
        if not isinstance(values, list) or not isinstance(number, int) or isinstance(number, bool) or number < 0:
            raise TemplateError("Fn::Select takes an index from 0 on and a list", scope, at)
        return values[number] if number < len(values) else _hole_at("Fn::Select", scope, at)

    def _split(self, argument: Any, scope: Scope, at: Pointer) -> Value:
        delimiter, source = _two(argument, "Fn::Split", "a delimiter and a string", scope, at)
        if not isinstance(delimiter, str) or not delimiter:
            raise TemplateError("Fn::Split takes a delimiter and a string", scope, at)
        text = self.text(source, scope, (*at, 1))
        pieces = split(delimiter, text)
        if pieces is None:
            return Hole(f"Fn::Split {delimiter} {render(text)}", "+".join(hole.scope for hole in holes(text)))
        return pieces

    def _if(self, argument: Any, scope: Scope, at: Pointer) -> Value:
        if not isinstance(argument, list) or len(argument) != 3 or not isinstance(argument[0], str):
            raise TemplateError("Fn::If takes a condition's name and two values", scope, at)
        truth = self.condition(argument[0], scope, (*at, 0))
        if truth is None:
            return _hole_at("Fn::If", scope, at)
        branch = 1 if truth else 2
        return self.value(argument[branch], scope, (*at, branch))

    def _find_in_map(self, argument: Any, scope: Scope, at: Pointer) -> Value:
        if not isinstance(argument, list) or len(argument) not in (3, 4):
            raise TemplateError("Fn::FindInMap takes a map's name and two keys", scope, at)
        keys = [self.text(key, scope, (*at, i)) for i, key in enumerate(argument[:3])]
        table: Any = scope.section("Mappings")
        if isinstance(keys[0], str) and keys[0] not in table and not scope.is_transformed() and len(argument) == 3:
            raise TemplateError(f"Fn::FindInMap names the mapping {keys[0]!r}, which the template has not", scope, at)
        fallback = argument[3] if len(argument) == 4 and isinstance(argument[3], dict) else {}
        for key in keys:
            entries = table if isinstance(table, dict) else {}
            if "Fn::Transform" in entries:
                return _hole_at("Fn::FindInMap", scope, at)
            is_none = isinstance(key, str) and key not in entries
            if isinstance(key, Hole) and key.is_input:
                is_none = not self._try_keys(key, entries, "DefaultValue" in fallback)
            if is_none and "DefaultValue" in fallback:
                return self.value(fallback["DefaultValue"], scope, (*at, 3, "DefaultValue"))
            if is_none or not isinstance(key, str):
                return _hole_at("Fn::FindInMap", scope, at)
            table = entries[key]
        return self.value(table, scope, ("Mappings", *(key for key in keys if isinstance(key, str))))

    def _try_keys(self, hole: Hole, entries: Mapping[str, Any], has_default: bool) -> bool:
        """Try each key that a parameter may be, and with a default also none of them; False where it can be none.

        True, untried, with the scenarios exhausted.
        """
        options = [key for key in entries if isinstance(key, str) and self._may_be(hole, key)]
        if not options or self.scenario.exhausted:
            return bool(options)
        scenarios = [self.scenario.binding(hole, option) for option in options]
        allowed = self._left(hole)
        if has_default and (not allowed or set(allowed) - set(options)):
            rest = self.scenario
            for option in options:
                rest = rest.excluding(hole, option)
            scenarios.append(rest)
        raise Fork(scenarios)

    def _get_att(self, argument: Any, scope: Scope, at: Pointer) -> Value:
        resource: Any = None
        attribute: Str = ""
        if isinstance(argument, str):
            resource, _, attribute = argument.partition(".")
        elif isinstance(argument, list) and len(argument) == 2:
            resource, attribute = argument[0], self.text(argument[1], scope, (*at, 1))
        if not isinstance(resource, str) or not attribute:
            raise TemplateError("Fn::GetAtt takes a resource's logical ID and an attribute", scope, at)
        if not isinstance(attribute, str):
            return Hole(f"{resource}.{render(attribute)}", scope.name)
        return self._attribute(resource, attribute, scope, at)

    def _import_value(self, argument: Any, scope: Scope, at: Pointer) -> Value:
        name = self.text(argument, scope, at)
        found = scope.find_export(name, scope)
        if found is None:
            return Hole(f"Fn::ImportValue {render(name)}", _owners(scope, name))
        exporter, pointer = found
        self._share_environment(exporter, scope)
        return self._elsewhere("export", exporter, pointer)

    def _get_stack_output(self, argument: Any, scope: Scope, at: Pointer) -> Value:
        """CDK's weak references across stacks: an output of a deployed stack, by that stack's name and region."""
        if not isinstance(argument, dict) or not {"StackName", "OutputName"} <= set(argument):
            raise TemplateError("Fn::GetStackOutput takes a StackName and an OutputName", scope, at)
        stack = self.text(argument["StackName"], scope, (*at, "StackName"))
        output = self.text(argument["OutputName"], scope, (*at, "OutputName"))
        region = self.text(argument.get("Region", {"Ref": "AWS::Region"}), scope, (*at, "Region"))
        is_elsewhere = "RoleArn" in argument
        found = None
        if isinstance(output, str):
            found = scope.find_output(stack, output, region, is_elsewhere, scope)
        if found is None:
            owner = f"{render(scope.account)}/{render(region)}"
            return Hole(f"Fn::GetStackOutput {render(stack)} {render(output)}", owner)
        exporter, pointer = found
        if not is_elsewhere and region == self.assumed(scope.region):
            self._share_environment(exporter, scope)
        return self._elsewhere("stack output", exporter, pointer)

    def _length(self, argument: Any, scope: Scope, at: Pointer) -> Value:
        values = self.value(argument, scope, at)
        return len(values) if isinstance(values, list) else _hole_at("Fn::Length", scope, at)

    def _to_json_string(self, argument: Any, scope: Scope, at: Pointer) -> Value:
        value = self.value(argument, scope, at)
        _check_size(value, scope, at)
        try:
            return json.dumps(value, separators=(",", ":"))
        except TypeError:  # a hole inside: its quoting cannot be known
            return _hole_at("Fn::ToJsonString", scope, at)

    # -- names ----------------------------------------------------------------------------------------------------

    def _ref(self, name: Any, scope: Scope, at: Pointer) -> Value:
        if not isinstance(name, str):
            raise TemplateError("Ref takes the name of a parameter or of a resource", scope, at)
        if name.startswith("AWS::"):
            return self.pseudo(name, scope)
        if name in scope.section("Parameters"):
            return self._parameter(name, scope)
        if name in scope.section("Resources"):
            return self.physical_name(name, scope)
        return _undefined(name, scope, at)

    def _parameter(self, name: str, scope: Scope) -> Value:
        """A parameter's value: given from outside, assumed, its Default, the one that is allowed, or a hole."""
        declared = _declaration(name, scope)
        kind = declared.get("Type")
        if isinstance(kind, str) and kind.startswith("AWS::SSM::Parameter::"):
            return Hole(name, scope.name)  # what is given is the name of a Systems Manager parameter, not its value
        if name in scope.parameters:
            value = scope.parameters[name]
            if scope.parent is not None:
                key = ("parameter", scope.name, name)
                value = self._once(key, value, scope.parent, (*scope.parameters_at, name))
            if value is not ABSENT:
                return _typed(value, kind)
        default = as_text(declared.get("Default"))
        if scope.parent is not None:  # nobody but the stack that nests this one could choose another
            if default is None or any(key.startswith("Fn::") for key in scope.parameters):
                return Hole(name, scope.name)
            return _typed(_with_dynamic_references(default, scope), kind)
        hole = Hole(name, scope.name, is_input=True)
        self._declared[hole] = declared
        excluded = self.scenario.excluded(hole)
        value = self.scenario.bound.get(hole)
        if value is None and isinstance(default, str) and default not in excluded:
            value = default
        if value is None:
            left = self._left(hole)
            value = left[0] if len(left) == 1 else None
        if value is None:
            return replace(hole, never=excluded)
        if isinstance(default, str) and value == default and _allowed_values(declared) != [default]:
            self.defaults[hole] = default  # which whoever deploys may replace
        return _typed(_with_dynamic_references(value, scope), kind)

    def physical_name(self, name: str, scope: Scope) -> Str:
        """What Ref gives for a resource of the template: its name, as far as that is known."""
        known = _NAMES.get(scope.resource_type(name))
        if known is None:
            return Hole(name, scope.name)
        key, alphabet = known
        properties = scope.section("Resources")[name].get("Properties")
        if isinstance(properties, dict) and key in properties:
            at = ("Resources", name, "Properties", key)
            given = as_text(self._once(("name", scope.name, name), properties[key], scope, at))
            if given:
                return given
        return Hole(name, scope.name, alphabet)

    def _attribute(self, name: str, attribute: str, scope: Scope, at: Pointer) -> Value:
        if name not in scope.section("Resources"):
            return _undefined(name, scope, at)
        if attribute.startswith("Outputs.") and name in scope.nested:
            return self._output(attribute.removeprefix("Outputs."), scope.nested[name], scope, at)
        kind = scope.resource_type(name)
        if kind == "Custom::CrossRegionExportReader":
            found = scope.find_cross_region(attribute, scope)
            return Hole(f"{name}.{attribute}", scope.name) if found is None else self._elsewhere("writer", *found)
        if kind == "AWS::IAM::Role" and attribute == "Arn":
            return self._role_arn(name, scope)
        pattern = _ATTRIBUTES.get((kind, attribute))
        if pattern is None:
            return Hole(f"{name}.{attribute}", scope.name)
        pieces: list[Str] = [*_pieces_of(pattern)]
        pieces[1::2] = [self._ref(name if piece == _NAME else piece, scope, at) for piece in pieces[1::2]]
        return concat(pieces)

    def _role_arn(self, name: str, scope: Scope) -> Str:
        properties = scope.section("Resources")[name].get("Properties")
        written = properties.get("Path", "/") if isinstance(properties, dict) else "/"
        path = as_text(self.value(written, scope, ("Resources", name, "Properties", "Path")))
        partition, account = self.pseudo("AWS::Partition", scope), self.pseudo("AWS::AccountId", scope)
        pieces = ["arn:", partition, ":iam::", account, ":role", "/" if path is None else path]
        return concat([*pieces, self.physical_name(name, scope)])

    def _output(self, output: str, nested: Scope, scope: Scope, at: Pointer) -> Value:
        written = nested.section("Outputs").get(output)
        if isinstance(written, dict) and "Value" in written:
            return self._elsewhere("output", nested, ("Outputs", output, "Value"))
        if nested.is_transformed() or not nested.template:
            return Hole(f"Outputs.{output}", nested.name)
        raise TemplateError(f"Fn::GetAtt names the output {output!r}, which the nested stack has not", scope, at)

    # -- conditions -----------------------------------------------------------------------------------------------

    def condition(self, name: str, scope: Scope, at: Pointer) -> bool | None:
        """Whether a named condition holds in this scenario; None when the scenarios are exhausted."""
        conditions = scope.section("Conditions")
        if name not in conditions:
            if scope.is_transformed():
                return self._open(Hole(name, scope.name), "true")
            raise TemplateError(f"names the condition {name!r}, which the template has not", scope, at)
        key = ("condition", scope.name, name)
        if key not in self._memo:
            here = ("Conditions", name)
            outer, self.defaults = self.defaults, {}  # what is compared is no part of the value that is chosen by it
            try:
                with self._entering(key, scope, here):
                    self._memo[key] = (self._truth(conditions[name], scope, here), {})
            finally:
                self.defaults = outer
        truth: bool | None = self._memo[key][0]
        if truth is not None:
            self.truths[scope.name, name] = truth
        return truth

    def _truth(self, value: Any, scope: Scope, at: Pointer) -> bool | None:
        if not isinstance(value, dict) or len(value) != 1:
            raise TemplateError(f"a condition is one condition function, not {kind_of(value)}", scope, at)
        ((name, argument),) = value.items()
        at = (*at, name)
        with self._deeper(scope, at):
            if name == "Condition" and isinstance(argument, str):
                return self.condition(argument, scope, at)
            if name == "Fn::Equals":
                return self._equals(argument, scope, at)
            if name in ("Fn::And", "Fn::Or", "Fn::Not"):
                return self._connective(name, argument, scope, at)
        if isinstance(name, str) and name.startswith("Fn::"):
            return self._open(_hole_at(name, scope, at), "true")
        raise TemplateError(f"a condition is one condition function, not {name!r}", scope, at)

    def _connective(self, name: str, argument: Any, scope: Scope, at: Pointer) -> bool | None:
        if not isinstance(argument, list) or not argument or (name == "Fn::Not" and len(argument) != 1):
            raise TemplateError(f"{name} takes a list of conditions", scope, at)
        if name == "Fn::Not":
            truth = self._truth(argument[0], scope, (*at, 0))
            return None if truth is None else not truth
        decisive, is_known = name == "Fn::Or", True
        for index, part in enumerate(argument):
            truth = self._truth(part, scope, (*at, index))
            if truth is decisive:  # what comes after it is not asked for: that would only make more scenarios
                return decisive
            is_known = is_known and truth is not None
        return not decisive if is_known else None

    def _equals(self, argument: Any, scope: Scope, at: Pointer) -> bool | None:
        one, other = _two(argument, "Fn::Equals", "two values", scope, at)
        for side, opposite, place in ((one, other, 1), (other, one, 0)):
            chosen = self._chosen(side, scope)
            if chosen is not None:
                literal = as_text(self.value(opposite, scope, (*at, place)))
                if isinstance(literal, str):
                    return self._is(chosen, literal)
        left, rests_on = self.traced(one, scope, (*at, 0))
        right, also = self.traced(other, scope, (*at, 1))
        rests_on |= also
        for hole, default in rests_on.items():
            if hole not in self.scenario.bound and not self.scenario.exhausted:
                raise Fork((self.scenario.binding(hole, default), self.scenario.excluding(hole, default)))
        first, second = as_text(left), as_text(right)
        if first is None or second is None:
            _check_size([left, right], scope, at)
            is_known = not _has_holes(left) and not _has_holes(right)
            return bool(left == right) if is_known else self._open(_hole_at("Fn::Equals", scope, at), "true")
        answer = equal(first, second)
        if answer is not None:
            return answer
        if isinstance(first, str):
            first, second = second, first
        if isinstance(second, str):
            first, second = _solved(first, second)
        if isinstance(first, Hole) and first.is_input and isinstance(second, str):
            return self._is(first, second)
        return self._open(first, second)

    def _chosen(self, value: Any, scope: Scope) -> Hole | None:
        """The parameter behind a plain Ref, followed out of nested stacks: whoever deploys chooses its value."""
        name = value.get("Ref") if isinstance(value, dict) and len(value) == 1 else None
        if not isinstance(name, str) or name not in scope.section("Parameters"):
            return None
        if scope.parent is not None:
            return self._chosen(scope.parameters.get(name), scope.parent)
        declared = _declaration(name, scope)
        if name in scope.parameters or declared.get("Type", "String") not in ("String", "Number"):
            return None
        hole = Hole(name, scope.name, is_input=True)
        self._declared[hole] = declared
        return hole

    def _left(self, hole: Hole) -> list[str]:
        """What is left of a parameter's AllowedValues; empty where it may have any value."""
        excluded = self.scenario.excluded(hole)
        return [value for value in _allowed_values(self._declared.get(hole, {})) if value not in excluded]

    def _may_be(self, hole: Hole, literal: str) -> bool:
        """Whether a parameter or pseudo parameter that is not bound may have a value."""
        if literal in self.scenario.excluded(hole) or equal(hole, literal) is False:
            return False
        if hole.name == "AWS::Region" and not is_region_name(literal):
            return False
        return not _allowed_values(self._declared.get(hole, {})) or literal in self._left(hole)

    def _is(self, hole: Hole, literal: str) -> bool | None:
        """Whether a parameter is the literal: settled by the scenario or by what is allowed, or tried both ways."""
        if hole in self.scenario.bound:
            return self.scenario.bound[hole] == literal
        if not self._may_be(hole, literal):
            return False
        if self._left(hole) == [literal]:
            return True
        if self.scenario.exhausted:
            return None
        settled = self.scenario.binding(hole, literal), self.scenario.excluding(hole, literal)
        default = self._declared.get(hole, {}).get("Default")
        raise Fork(settled if as_text(default) == literal else reversed(settled))

    def _open(self, one: Str, other: Str) -> bool | None:
        """A comparison that nothing settles: tried both ways, but a text is never two different texts."""
        for (left, right), answer in self.scenario.comparisons.items():
            if (left, right) in ((one, other), (other, one)):
                return answer
            if answer and left == one and equal(right, other) is False:
                return False
        if self.scenario.exhausted:
            return None
        raise Fork(self.scenario.comparing(one, other, answer) for answer in (False, True))

    # -- bounds ---------------------------------------------------------------------------------------------------

    def _share_environment(self, exporter: Scope, importer: Scope) -> None:
        """Take a stack for deployed where the importer is: exports reach only their own account and region."""
        for theirs, ours in ((exporter.account, importer.account), (exporter.region, importer.region)):
            known, here = self._known_as(theirs), self._known_as(ours)
            if isinstance(known, Hole) and known != here:
                self._same[known] = here

    def _known_as(self, text: Str) -> Str:
        """The account or region that another one was found to be."""
        while isinstance(text, Hole) and text in self._same:
            text = self._same[text]
        return text

    def assumed(self, text: Str) -> Str:
        """A stack's account or region, as it is known in this scenario."""
        text = self._known_as(text)
        return self.scenario.bound.get(text, text) if isinstance(text, Hole) else text

    def _elsewhere(self, role: str, scope: Scope, pointer: Pointer) -> Value:
        """The value at a place of another stack's template."""
        written: Any = scope.template
        for key in pointer:
            written = written[key]
        return self._once((role, scope.name, spell(pointer)), written, scope, pointer)

    def _once(self, key: _Key, value: Any, scope: Scope, at: Pointer) -> Value:
        """What a name stands for, evaluated once a scenario and never inside itself."""
        if key not in self._memo:
            with self._entering(key, scope, at):
                self._memo[key] = self.traced(value, scope, at)
                _check_size(self._memo[key][0], scope, at)
        evaluated, rests_on = self._memo[key]
        self.defaults |= rests_on
        return evaluated

    @contextmanager
    def _entering(self, key: _Key, scope: Scope, at: Pointer) -> Iterator[None]:
        active = [entered for entered, _, _ in self._active]
        if key in active:
            cycle = self._active[active.index(key) :]
            first = cycle.index(min(cycle, key=lambda entry: entry[0]))  # the same message wherever it is entered
            cycle = [*cycle[first:], *cycle[: first + 1]]
            names = " -> ".join(name for (_, _, name), _, _ in cycle)
            raise TemplateError(f"refers to itself: {names}", *cycle[0][1:])
        self._active.append((key, scope, at))
        try:
            with self._deeper(scope, at):  # a name costs as many frames of Python's stack as a function does
                yield
        finally:
            self._active.pop()

    @contextmanager
    def _deeper(self, scope: Scope, at: Pointer) -> Iterator[None]:
        self._enter(scope, at)
        try:
            yield
        finally:
            self._depth -= 1

    def _enter(self, scope: Scope, at: Pointer) -> None:
        """Go one value deeper; who does so comes back by lowering `_depth`."""
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise TemplateError(f"takes more than {MAX_STEPS:,} steps to evaluate", scope, at)
        if self._depth >= MAX_DEPTH:
            raise TemplateError(f"functions and references are nested more than {MAX_DEPTH} deep", scope, at)
        self._depth += 1


_FUNCTIONS: Final[dict[str, Callable[[Evaluation, Any, Scope, Pointer], Value]]] = {
    "Ref": Evaluation._ref,
    "Fn::Sub": Evaluation._sub,
    "Fn::Join": Evaluation._join,
    "Fn::Select": Evaluation._select,
    "Fn::Split": Evaluation._split,
    "Fn::If": Evaluation._if,
    "Fn::FindInMap": Evaluation._find_in_map,
    "Fn::GetAtt": Evaluation._get_att,
    "Fn::ImportValue": Evaluation._import_value,
    "Fn::GetStackOutput": Evaluation._get_stack_output,
    "Fn::Length": Evaluation._length,
    "Fn::ToJsonString": Evaluation._to_json_string,
}
"""Every other function gives a hole: what it returns is known only in AWS."""


def as_text(value: Value) -> Str | None:
    """An evaluated value as CloudFormation puts it into a string; None for what has no such form."""
    if isinstance(value, (str, Text, Hole)):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (int, float)) else None


def kind_of(value: Value) -> str:
    """What a value is, in words for a message."""
    if value is None:
        return "null"
    if value is ABSENT:
        return "AWS::NoValue"
    if isinstance(value, (bool, int, float)):
        return "a number or truth value"
    return "a list" if isinstance(value, list) else "an object" if isinstance(value, dict) else "a string"


def _solved(text: Str, literal: str) -> tuple[Str, str]:
    """What the only hole of a text has to be for the text to be a literal that it can be."""
    found, parts = holes(text), parts_of(text)
    if len(found) != 1:
        return text, literal
    before, after = (len(end) if isinstance(end, str) else 0 for end in (parts[0], parts[-1]))
    return found[0], literal[before : len(literal) - after]


def _has_holes(value: Value) -> bool:
    if isinstance(value, dict):
        return any(map(_has_holes, value.values()))
    return any(map(_has_holes, value)) if isinstance(value, list) else isinstance(value, (Text, Hole, Absent))


@cache
def _pieces_of(pattern: str) -> Sequence[str]:
    """An attribute's pattern as literals and, at odd places, names."""
    return _ATTRIBUTE_PIECE.split(pattern)


def _hole_at(name: str, scope: Scope, at: Pointer) -> Hole:
    return Hole(f"{name} at {spell(at)}", scope.name)


def _two(argument: Any, function: str, shape: str, scope: Scope, at: Pointer) -> tuple[Any, Any]:
    if isinstance(argument, list) and len(argument) == 2:
        return argument[0], argument[1]
    raise TemplateError(f"{function} takes {shape}", scope, at)


def _joined(pieces: list[Str], scope: Scope, at: Pointer) -> Str:
    """The pieces one after the other, measured before they are put together."""
    _check_size(pieces, scope, at)
    return _with_dynamic_references(concat(pieces), scope)


def _check_size(value: Value, scope: Scope, at: Pointer) -> None:
    """Refuse a value that is too large. Names share values, so that a small template can mean a giant one."""
    size, left = 0, [value]
    while left:
        each = left.pop()
        size += len(each) if isinstance(each, str) else 1
        if size > MAX_TEXT:
            raise TemplateError(f"evaluates to more than {MAX_TEXT:,} characters", scope, at)
        if isinstance(each, list):
            left += each
        elif isinstance(each, dict):
            left += each.values()
        elif isinstance(each, Text):
            left += each.parts


def _undefined(name: str, scope: Scope, at: Pointer) -> Hole:
    if scope.is_transformed():
        return Hole(name, scope.name)
    raise TemplateError(f"refers to {name!r}, which is neither a parameter nor a resource of the template", scope, at)


def _declaration(name: str, scope: Scope) -> Mapping[str, Any]:
    declared = scope.section("Parameters").get(name)
    return declared if isinstance(declared, dict) else {}


def _allowed_values(declared: Mapping[str, Any]) -> list[str]:
    listed = declared.get("AllowedValues")
    texts = [as_text(value) for value in listed] if isinstance(listed, list) else []
    return [text for text in texts if isinstance(text, str)]


def _typed(value: Value, kind: Any) -> Value:
    """A parameter's value: a list for the list types, whose values are written with commas."""
    if isinstance(kind, str) and (kind == "CommaDelimitedList" or kind.startswith("List<")):
        return [item.strip() for item in value.split(",")] if isinstance(value, str) else value
    return value


def _with_dynamic_references(text: Str, scope: Scope) -> Str:
    """The text with a hole for each `{{resolve:…}}`: AWS puts the value in when all functions are evaluated."""
    for part in parts_of(text):
        if isinstance(part, str) and "{{resolve:" in part:
            return _with_holes_for_references(text, scope)
    return text


def _with_holes_for_references(text: Str, scope: Scope) -> Str:
    outside: list[Str] = []
    reference: list[Str] = []
    for part in parts_of(text):
        for piece in _DYNAMIC_REFERENCE.split(part) if isinstance(part, str) else (part,):
            if not reference:
                (reference if piece == "{{resolve:" else outside).append(piece)
            elif piece == "}}":
                inner = concat(reference)
                outside.append(Hole(render(inner)[2:], _owners(scope, inner)))
                reference.clear()
            else:
                reference.append(piece)
    return concat([*outside, *reference])


def _owners(scope: Scope, text: Str) -> str:
    """Whose a value is that AWS looks up by a text: the environment's, and that of each hole in the text."""
    environment = [each.scope if isinstance(each, Hole) else render(each) for each in (scope.account, scope.region)]
    return "+".join(["/".join(environment), *(hole.scope for hole in holes(text))])
