"""SARIF 2.1.0, for GitHub code scanning and everything else that reads the OASIS standard.

Sections named here are those of
https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os-complete.html; what GitHub makes of
them is in https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning.
"""

from __future__ import annotations

from imagelint.model import Finding, FunctionRef, Location, Problem, Related, Report, Severity, Source, Suppressed
from imagelint.report.escape import sarif_message, to_json, url, visible
from imagelint.report.formats import Context
from imagelint.report.layout import HOME, file_of, function_name
from imagelint.report.paths import file_uri, for_review, in_reach, in_repository
from imagelint.rules.rule import Rule

Object = dict[str, object]

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT = "%SRCROOT%"
"""The symbolic name of the repository's root (3.4.4). It gets no URI: that would be a path of the machine."""
LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}
"""3.27.10."""


def render(report: Report, context: Context) -> str:
    """One run. Problems are notifications of an execution that did not succeed (3.20.14), not results."""
    return to_json({"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(report, context)]})


def _run(report: Report, context: Context) -> Object:
    indices = {rule.id: index for index, rule in enumerate(context.rules)}
    results = [_result(finding, indices, context) for finding in report.findings]
    for suppressed in report.suppressed:
        results.extend(_suppressed_result(suppressed, indices, context))
    return {
        "tool": {"driver": _driver(context)},
        "invocations": [
            {
                "executionSuccessful": not report.errors,
                "toolExecutionNotifications": [_notification(problem) for problem in report.errors],
            }
        ],
        "originalUriBaseIds": {ROOT: {"description": {"text": "The root of the repository."}}},
        "columnKind": "unicodeCodePoints",
        "results": results,
        "properties": {"functions": report.functions, "unknown": len(report.unknown)},
    }


def _driver(context: Context) -> Object:
    return {
        "name": "imagelint",
        "version": visible(context.version),
        "informationUri": HOME,
        "rules": [_rule(rule) for rule in context.rules],
    }


def _rule(rule: Rule) -> Object:
    """A reportingDescriptor (3.49). The slug is the id, since it outlives a change of severity."""
    links = [link for reference in rule.references if (link := url(reference))]
    descriptor: Object = {
        "id": rule.id,
        "name": rule.code,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.why.strip()},
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "help": {
            "text": "\n\n".join(
                [rule.why.strip(), *(f"{title}: {text.strip()}" for title, text in rule.fixes.items())]
            ),
            "markdown": "\n\n".join(
                [
                    rule.why.strip(),
                    *(f"**{title}:** {text.strip()}" for title, text in rule.fixes.items()),
                    *(f"<{link}>" for link in links),
                ]
            ),
        },
        "properties": {"tags": ["aws-cdk", "aws-lambda", "container-image"]},
    }
    return {**descriptor, "helpUri": links[0]} if links else descriptor


def _result(finding: Finding, indices: dict[str, int], context: Context) -> Object:
    """A result (3.27). Its fingerprint has a name of our own: `primaryLocationLineHash` is computed by GitHub's upload
    action, which warns of every other value (github/codeql-action#4052)."""
    when = f" (when {finding.when})" if finding.when else ""
    where = for_review(finding, context)
    related = [
        (place.message, in_reach(place.source, context) or _at_hand(place, finding)) for place in finding.related
    ]
    if where != finding.location:
        related.insert(0, ("the template", finding.location))
    if finding.cause and where != finding.cause.location:
        related.insert(0, (finding.cause.message, finding.cause.location))
    related += [
        (f"used by {function_name(use.function)}", in_reach(use.source, context) or use.location)
        for use in finding.also
    ]
    return {
        **_ruling(finding.rule, indices),
        "level": LEVELS[finding.severity],
        "message": {"text": sarif_message(finding.message + when)},
        "locations": [_location(where, finding.function, context)],
        "relatedLocations": [
            {
                "id": number,
                "message": {"text": sarif_message(message)},
                "physicalLocation": _physical(where, context),
            }
            for number, (message, where) in enumerate(related, start=1)
        ],
        "partialFingerprints": {"imagelint/v1": finding.fingerprint},
    }


def _at_hand(place: Related, finding: Finding) -> Location:
    """Where a related place stands in the assembly: one in the app's own code stands for what the finding is about."""
    is_of_app = place.source is not None and place.location.template == place.source.file
    return finding.location if is_of_app else place.location


def _suppressed_result(suppressed: Suppressed, indices: dict[str, int], context: Context) -> list[Object]:
    """A result with its suppression (3.35); none where nobody knows in which file the function is: GitHub refuses a
    whole upload for one result without a physical location (microsoft/sarif-sdk#2770)."""
    where = context.functions.get(suppressed.function)
    if where is None or not context.suppressions:
        return []
    rule = context.rules[indices[suppressed.rule]] if suppressed.rule in indices else None
    suppression: Object = {"kind": "external" if suppressed.by in ("config", "baseline") else "inSource"}
    if suppressed.reason:
        suppression["justification"] = visible(suppressed.reason)
    return [
        {
            **_ruling(suppressed.rule, indices),
            "level": LEVELS[rule.severity] if rule else "warning",
            "message": {"text": sarif_message(rule.summary if rule else suppressed.rule)},
            "locations": [_location(where, suppressed.function, context)],
            "suppressions": [{**suppression, "properties": {"by": suppressed.by}}],
        }
    ]


def _ruling(rule: str, indices: dict[str, int]) -> Object:
    return {"ruleId": rule, "ruleIndex": indices[rule]} if rule in indices else {"ruleId": rule}


def _location(where: Location | Source, function: FunctionRef, context: Context) -> Object:
    """Both where it stands and which construct it is (3.28.4)."""
    return {
        "physicalLocation": _physical(where, context),
        "logicalLocations": [
            {
                "name": visible(function.logical_id),
                "fullyQualifiedName": visible(function_name(function)),
                "kind": "resource",
            }
        ],
    }


def _physical(where: Location | Source, context: Context) -> Object:
    """3.29. The first line stands for a whole file: the standard would leave the region out (3.29.4), but its checker
    asks every result for one (SARIF2017 of the SARIF Multitool)."""
    uri = file_uri(in_repository(file_of(where), context))
    artifact = {"uri": uri} if uri.startswith("file:") else {"uri": uri, "uriBaseId": ROOT}
    region = {"startLine": where.line or 1} | ({"startColumn": where.column} if where.column else {})
    return {"artifactLocation": artifact, "region": region}


def _notification(problem: Problem) -> Object:
    return {"level": "error", "message": {"text": sarif_message(f"{problem.path}: {problem.message}")}}
