"""From a defect, whose place is a pointer, to the finding that reports show, with lines and columns. Judges nothing."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence

from imagelint.assembly.functions import Function
from imagelint.assembly.stack import Stack
from imagelint.documents.files import here
from imagelint.documents.pointer import Pointer, Position, spell
from imagelint.facts.draft import Cause, FilePlace, Parameter, RelatedResource
from imagelint.model import Finding, Location, Related, Source, Use
from imagelint.record import Record
from imagelint.rules.rule import Rule
from imagelint.text.words import shortened


class Defect(Record):
    """What a rule finds in one function, before its place in the text is known."""

    rule: Rule
    function: Function
    pointer: Pointer
    message: str
    when: str | None
    related: tuple[RelatedResource, ...] = ()
    lacking: tuple[str, ...] = ()
    """The facts without which the rule cannot be decided; a finding only with `strict`."""
    cause: Cause | None = None
    """What it is about besides the function, which other functions may use too."""
    file: FilePlace | None = None
    """The place in the asset's Dockerfile, of what stands there."""
    reason: str = ""
    """The same in words."""


def findings_of(defects: Sequence[Defect]) -> tuple[Finding, ...]:
    """The defects as findings, in the order of reports: one for all functions in which one cause has one message.

    Each template is read once more for their lines.
    """
    wanted: dict[Stack, list[Pointer]] = {}
    for defect in defects:
        wanted.setdefault(defect.function.stack, []).append(defect.pointer)
        for related in defect.related:
            wanted.setdefault(related.resource.stack, []).append(related.resource.pointer)
        if (parameter := _parameter_of(defect)) is not None:
            wanted.setdefault(parameter.stack, []).append(_default_of(parameter))
    places = {stack: stack.positions(pointers) for stack, pointers in wanted.items()}
    return tuple(_finding(first, others, places) for first, *others in _groups(defects))


def _groups(defects: Sequence[Defect]) -> list[list[Defect]]:
    """The defects that are one finding. Another message, severity or condition makes another finding."""
    groups: dict[Hashable, list[Defect]] = {}
    for number, defect in enumerate(sorted(defects, key=_order)):
        rule = defect.rule
        shared = (rule.id, rule.severity, _fix_of(defect), defect.message, defect.when, defect.cause, defect.file)
        groups.setdefault(number if defect.cause is None else shared, []).append(defect)
    return list(groups.values())


def _order(defect: Defect) -> tuple[str, str, str, int, str]:
    function = defect.function
    path = function.construct_path or ""
    return (function.stack.name, path, function.logical_id, defect.rule.number, defect.message)


def _finding(defect: Defect, others: Sequence[Defect], places: Mapping[Stack, Mapping[Pointer, Position]]) -> Finding:
    rule, function = defect.rule, defect.function
    return Finding(
        rule=rule.id,
        code=rule.code,
        severity=rule.severity,
        message=defect.message,
        function=function.reference,
        location=_location(function.stack, defect.pointer, places),
        source=_source(function.stack, function.construct_path),
        related=(*_assignment(defect), *(_related(related, places) for related in defect.related)),
        when=defect.when,
        fix=_fix_of(defect),
        help=f"imagelint explain {rule.id}",
        identity=identity_of(defect),
        cause=_cause(defect, places),
        also=tuple(_use(other, places) for other in others),
    )


def _cause(defect: Defect, places: Mapping[Stack, Mapping[Pointer, Position]]) -> Related | None:
    """Where the defect stands if not in the function."""
    if defect.file is not None:
        return Related(Location(defect.file.file, "", defect.file.line), "the Dockerfile")
    parameter = _parameter_of(defect)
    if parameter is None:
        return None
    stack, name = parameter.stack, parameter.name
    location = _location(stack, _default_of(parameter), places)
    return Related(
        location, f"the default of parameter {shortened(name)}", _source(stack, stack.constructs.path_of(name))
    )


def _parameter_of(defect: Defect) -> Parameter | None:
    """The parameter whose Default is the defect; None for any other."""
    cause = defect.cause
    return cause if isinstance(cause, Parameter) and cause.is_default and not defect.lacking else None


def _default_of(parameter: Parameter) -> Pointer:
    return ("Parameters", parameter.name, "Default")


def _fix_of(defect: Defect) -> str:
    """The fix in the words of the template that was read."""
    return " ".join(defect.rule.fix_for(defect.function.is_of_cdk).split())


def _use(defect: Defect, places: Mapping[Stack, Mapping[Pointer, Position]]) -> Use:
    function = defect.function
    return Use(
        function=function.reference,
        location=_location(function.stack, defect.pointer, places),
        source=_source(function.stack, function.construct_path),
        identity=identity_of(defect),
    )


def _location(stack: Stack, pointer: Pointer, places: Mapping[Stack, Mapping[Pointer, Position]]) -> Location:
    line, column = places[stack].get(pointer, (None, None))
    return Location(stack.display_path, spell(stack.written_at(pointer)), line, column)


def _related(related: RelatedResource, places: Mapping[Stack, Mapping[Pointer, Position]]) -> Related:
    resource = related.resource
    location = _location(resource.stack, resource.pointer, places)
    return Related(location, related.message, _source(resource.stack, resource.construct_path))


def _assignment(defect: Defect) -> Iterator[Related]:
    """Where the app sets the property elsewhere than where it makes the function, as an aspect or an override does."""
    function, name = defect.function, defect.pointer[3:4]
    path = function.construct_path
    if path is None or defect.pointer[:3] != ("Resources", function.logical_id, "Properties") or not name:
        return
    made, found = (
        function.stack.constructs.source_of(path),
        function.stack.constructs.assignment_of(path, str(name[0])),
    )
    if found is not None and found != made:
        source = Source(here(found.file), found.line, found.column)
        place = Location(source.file, "", source.line, source.column)
        yield Related(place, f"where {name[0]} is set", source)


def identity_of(defect: Defect) -> str:
    """What makes it the same defect: the rule, the construct, the property and the condition, not where they stand.

    It is the function's also where functions share the finding, so that who suppresses it in one decides for that one.
    """
    function = defect.function
    inside = defect.pointer[2:] if defect.pointer[:1] == ("Resources",) else defect.pointer
    parts = [defect.rule.id, function.stack.name, function.identity, spell(inside), defect.when or ""]
    if defect.lacking:
        parts.append("unknown")  # what is unknown today must not hide what is known tomorrow
    elif defect.rule.about == "assembly":
        parts = [defect.rule.id, defect.message]
    return "\0".join(parts)


def _source(stack: Stack, construct_path: str | None) -> Source | None:
    """Where the app made the construct; relative to the working directory where the file is below it."""
    source = None if construct_path is None else stack.constructs.source_of(construct_path)
    return source and Source(here(source.file), source.line, source.column)
