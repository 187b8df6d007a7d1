"""The report for programs: the contract that report.schema.json describes, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from imagelint.model import Finding, FunctionRef, Location, Override, Problem, Report, Source, Suppressed, Unknown
from imagelint.report.escape import to_json
from imagelint.report.formats import Context
from imagelint.report.layout import function_name

VERSION = 1
"""Of the contract: it grows when a reader of the last version could be misled."""

Object = dict[str, object]


def render(report: Report, context: Context) -> str:
    """The report in the key order of the contract. Errors do not hide findings: both are always there."""
    return to_json(
        {
            "version": VERSION,
            "tool": {"name": "imagelint", "version": context.version},
            "summary": _summary(report),
            "findings": [_finding(finding) for finding in report.findings],
            "suppressed": [_suppressed(suppressed) for suppressed in report.suppressed],
            "unknown": [_unknown(unknown) for unknown in report.unknown],
            "errors": [_problem(problem) for problem in report.errors],
            "unread": [_problem(problem) for problem in report.unread],
            "overrides": [_override(override) for override in report.overrides],
        }
    )


def _summary(report: Report) -> Object:
    return {
        "templates": report.templates,
        "functions": report.functions,
        "errors": report.count("error"),
        "warnings": report.count("warning"),
        "infos": report.count("info"),
        "suppressed": len(report.suppressed),
        "unknown": len(report.unknown),
        "unread": len(report.unread),
    }


def _finding(finding: Finding) -> Object:
    source = (finding.cause and finding.cause.source) or finding.source
    return {
        "rule": finding.rule,
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
        "function": _function(finding.function),
        "location": _location(finding.cause.location if finding.cause else finding.location),
        "source": _source(source) if source else None,
        "related": list(_related(finding)),
        "when": finding.when,
        "fix": finding.fix,
        "help": finding.help,
        "fingerprint": finding.fingerprint,
    }


def _function(function: FunctionRef) -> Object:
    return {
        "logical_id": function.logical_id,
        "construct_path": function.construct_path,
        "stack": function.stack,
    }


def _location(location: Location) -> Object:
    return {
        "template": location.template,
        "pointer": location.pointer,
        "line": location.line,
        "column": location.column,
    }


def _source(source: Source) -> Object:
    return {"file": source.file, "line": source.line, "column": source.column}


def _related(finding: Finding) -> Iterator[Object]:
    """The function where the location is not in it, what the finding rests on, and the other functions."""
    if finding.cause:
        yield {**_location(finding.location), "message": "the function"}
    for related in finding.related:
        yield {**_location(related.location), "message": related.message}
    for use in finding.also:
        yield {**_location(use.location), "message": f"used by {function_name(use.function)}"}


def _suppressed(suppressed: Suppressed) -> Object:
    return {
        "rule": suppressed.rule,
        "function": _function(suppressed.function),
        "by": suppressed.by,
        "reason": suppressed.reason,
    }


def _unknown(unknown: Unknown) -> Object:
    return {"rule": unknown.rule, "function": _function(unknown.function), "facts": list(unknown.facts)}


def _override(override: Override) -> Object:
    return {
        "stack": override.stack,
        "by": override.by,
        "changed": [{"rule": rule, "fields": list(fields)} for rule, fields in override.changed],
        "ignored": list(override.ignored),
    }


def _problem(problem: Problem) -> Object:
    return {"path": problem.path, "message": problem.message}
