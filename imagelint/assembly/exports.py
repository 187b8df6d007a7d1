"""What the stacks of an assembly hand to one another: exports, outputs, and values that CDK sends to another region.

Sources: AWS CloudFormation User Guide, "Outputs" and "Fn::ImportValue"; aws-cdk-lib, crossRegionReferences.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from imagelint.assembly.resource_types import WRITER_TYPE
from imagelint.assembly.stack import Stack
from imagelint.cloudformation.evaluation import Evaluation
from imagelint.cloudformation.scenario import Scenario
from imagelint.cloudformation.scope import Expression, Scope, TemplateError, mapping_of
from imagelint.cloudformation.values import refused
from imagelint.memo import Memo
from imagelint.text.holes import Str, equal

MAX_ALIKE: Final = 500
"""Exports of one name, and stacks of one name, that are asked one by one whether they are meant: each has an account
and region of its own. Where there are more, which one it is stays unknown."""

_Exported = Mapping[Str, Sequence[Expression]]
"""Values by the names under which they are exported."""


class Exports(Memo):
    """What the stacks of one assembly hand to one another; each is the `Lookup` of all."""

    def __init__(self, stacks: Sequence[Stack]) -> None:
        """`stacks` may still grow, until the first question."""
        super().__init__()
        self._stacks = stacks
        self._exported: dict[Stack, _Exported] = {}
        self.deployed: dict[tuple[str, str], Mapping[str, str]] = {}
        """What is exported in an account and region now, by name, where that was asked for."""

    def find_export(self, name: Str, importer: Scope) -> Expression | None:
        """The output that exports a name to the importer: of a stack in the same account and region.

        Where several stacks export the name, as the same stack of two stages may, it is the one of the importer's own
        stage; None where that leaves a choice.
        """
        listed = list(islice(self._exported_as(name), MAX_ALIKE + 1))
        if len(listed) > MAX_ALIKE:
            return None
        found = [value for value in listed if _may_share_environment(value.scope, importer)]
        if importer.name in self.once(Exports._find_those_of_stack_sets):
            return None  # which stacks are where it is deployed, nobody knows
        if not found:
            return self._deployed_export(name, importer)
        folders = self.once(Exports._find_folders)
        own = [value for value in found if folders[value.scope.name] == folders[importer.name]] or found
        return own[0] if len(own) == 1 else None

    def _deployed_export(self, name: Str, importer: Scope) -> Expression | None:
        """What is exported by a name that no stack of the assembly exports."""
        account, region = importer.account, importer.region
        if not (isinstance(name, str) and isinstance(account, str) and isinstance(region, str)):
            return None
        value = self.deployed.get((account, region), {}).get(name)
        return None if value is None else Expression(value, importer, ())

    def find_output(
        self, stack_name: Str, output: str, region: Str, is_any_account: bool, reader: Scope
    ) -> Expression | None:
        """The output that Fn::GetStackOutput reads: by the deployed stack's name, in a region of the reader's account.

        None where no stack or several stacks of the assembly may be meant.
        """
        stacks = self.once(Exports._sort_by_stack_name).get(stack_name, ())
        found = [
            value
            for stack in (stacks if len(stacks) <= MAX_ALIKE else ())
            if equal(stack.region, region) is not False
            and (is_any_account or equal(stack.account, reader.account) is not False)
            and (value := _output(stack, output)) is not None
        ]
        return found[0] if len(found) == 1 else None

    def find_cross_region(self, name: str, importer: Scope) -> Expression | None:
        """What one of CDK's export writers sends, under a name, to the importer's region (crossRegionReferences)."""
        found = self.once(Exports._find_sent).get((importer.region, name), ())
        return found[0] if len(found) == 1 else None

    def _find_folders(self) -> Mapping[str, str]:
        """The folders of the stacks' manifests, which are those of their stages, by the stacks' names."""
        return {stack.name: stack.folder for stack in self._stacks}

    def _find_those_of_stack_sets(self) -> frozenset[str]:
        """The names of the stacks that stack sets deploy."""
        return frozenset(stack.name for stack in self._stacks if stack.made_by is not None)

    def _exported_as(self, name: Str) -> Iterator[Expression]:
        """What is exported by a name. A template whose export names are all literal is not parsed for others."""
        for stack in self.once(Exports._find_exporters).get(name, ()) if isinstance(name, str) else ():
            if stack not in self._exported:
                self._exported[stack] = _exports_of([stack])
            yield from self._exported[stack].get(name, ())
        yield from self.once(Exports._find_with_open_names).get(name, ())

    def _find_with_open_names(self) -> _Exported:
        """What is exported by the stacks of which not all export names are literal."""
        return _exports_of(self.once(Exports._find_exporters).get(None, ()))

    def _find_exporters(self) -> Mapping[str | None, Sequence[Stack]]:
        """The stacks by the literal names that they export; those with other names at None."""
        found: dict[str | None, list[Stack]] = {}
        for stack in self._stacks:
            if stack.made_by is not None:
                continue
            for name in [None] if stack.hints.exports is None else stack.hints.exports:
                found.setdefault(name, []).append(stack)
        return found

    def _sort_by_stack_name(self) -> Mapping[Str, Sequence[Stack]]:
        found: dict[Str, list[Stack]] = {}
        for stack in self._stacks:
            found.setdefault(stack.stack_name, []).append(stack)
        return found

    def _find_sent(self) -> Mapping[tuple[Str, str], Sequence[Expression]]:
        """What CDK's export writers send, by the region that it is sent to and its name."""
        found: dict[tuple[Str, str], list[Expression]] = {}
        for stack in self._stacks:
            for logical_id in stack.by_type.get(WRITER_TYPE, ()) if stack.hints.may_hold(WRITER_TYPE) else ():
                sent = stack.property_of(logical_id, "WriterProps")
                if sent is not None and {"region", "exports"} <= mapping_of(sent.written).keys():
                    region, exports = _name(sent.entry("region")), sent.entry("exports")
                    for name in mapping_of(exports.written):
                        found.setdefault((region, name), []).append(exports.entry(name))
        return found


def _exports_of(stacks: Iterable[Stack]) -> _Exported:
    """What some stacks export."""
    found: dict[Str, list[Expression]] = {}
    for stack in stacks:
        for output, written in stack.section("Outputs").items():
            export = mapping_of(mapping_of(written).get("Export"))
            value = _output(stack, output)
            if "Name" in export and value is not None:
                name = _name(Expression(export["Name"], stack, ("Outputs", output, "Export", "Name")))
                found.setdefault(name, []).append(value)
    return found


def _output(stack: Stack, output: str) -> Expression | None:
    """The value of an output; None where the stack has no such output, or makes it in no scenario."""
    written = mapping_of(stack.section("Outputs").get(output))
    if isinstance(written.get("Condition"), str):
        named = Expression(written["Condition"], stack, ("Outputs", output, "Condition"))
        if _steady().condition(named) is False:
            return None
    return Expression(written["Value"], stack, ("Outputs", output, "Value")) if "Value" in written else None


def _name(expression: Expression) -> Str:
    """A name that is the same in every scenario; a hole where it is not, or cannot be evaluated.

    It cannot rest on exports, which are found by their names.
    """
    try:
        return _steady().text(expression)
    except TemplateError as error:
        error.report()
        return refused(expression)


def _steady() -> Evaluation:
    """What is the same in every scenario."""
    return Evaluation(Scenario(exhausted=True), follows_exports=False)


def _may_share_environment(one: Scope, other: Scope) -> bool:
    """Whether two stacks may be in one account and region: nothing that is known of them differs."""
    return equal(one.account, other.account) is not False and equal(one.region, other.region) is not False
