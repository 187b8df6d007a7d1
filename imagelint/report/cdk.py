"""The report as AWS CDK takes it from a validation plugin: a PolicyValidationPluginReport, in JSON.

CDK writes out what it is given, beside the construct and the line that made it; it looks for the construct by its path.
Read from aws-cdk-lib 2.71.0 to 2.276.0, core/lib/validation and core/lib/private/synthesis-validation.
"""

from __future__ import annotations

from imagelint.model import Finding, Report, Use
from imagelint.report.escape import one_line, to_json, visible
from imagelint.report.formats import Context
from imagelint.report.layout import place

Object = dict[str, object]

UNREAD = "input-unread"
"""The rule that CDK shows for what could not be analysed."""
NOT_RUN = "not-run"
"""The rule that CDK shows where nothing could be judged."""


def render(report: Report, context: Context) -> str:
    """The report in the names of CDK's TypeScript interface."""
    return to_json(plugin_report(report, context))


def plugin_report(report: Report, context: Context) -> Object:
    """The PolicyValidationPluginReport as an object.

    What could not be read is a violation too, of severity `fatal`, which no acknowledgement takes away.
    """
    unread = (*report.errors, *(report.warnings if context.is_strict else ()))
    return {
        "success": not unread and not any(report.count(severity) for severity in context.failing),
        "violations": [
            *(_violation(finding, context) for finding in report.findings),
            *(_nowhere(UNREAD, f"{problem.path}: {problem.message}") for problem in unread),
        ],
        "metadata": {
            "functions": str(report.functions),
            "suppressed": str(len(report.suppressed)),
            "unknown": str(len(report.unknown)),
        },
        "pluginVersion": context.version,
    }


def refusal(message: str, version: str) -> Object:
    """The PolicyValidationPluginReport of a plugin that judged nothing, for a reason.

    To raise that reason is no way to say it: the CLI of CDK takes a report without violations as a success, whatever
    it says (seen with 2.1148.1, loadUnifiedValidationReport in cloud-assembly-api).
    """
    return {"success": False, "violations": [_nowhere(NOT_RUN, message)], "pluginVersion": version}


def _violation(finding: Finding, context: Context) -> Object:
    """One finding, with all the functions that it is about.

    After an acknowledgement CDK decides by severity alone whether the synthesis fails: a mild finding that closes the
    gate is an error, and an error that does not is a warning.
    """
    return {
        "ruleName": finding.rule,
        "description": visible(_description(finding)),
        "fix": one_line(f"{finding.fix} More: {finding.help}" if finding.help else finding.fix),
        "severity": _severity(finding.severity, context),
        "ruleMetadata": {"code": finding.code, "severity": finding.severity},
        "violatingResources": [_resource(finding), *map(_resource, finding.also)],
    }


def _description(finding: Finding) -> str:
    """The message with what CDK has no place for: when it holds, in which Dockerfile, and what it rests on."""
    asides = [f"when {finding.when}"] if finding.when else []
    if finding.cause:
        asides.append(f"at {place(finding.cause.location)}")
    asides.extend(f"{each.message}: {place(each.source or each.location)}" for each in finding.related)
    message = f"{finding.code} {finding.message}"
    return f"{message} ({'; '.join(asides)})" if asides else message


def _resource(use: Finding | Use) -> Object:
    """A function as CDK looks for it: by the resource that the template has, which for one in the body of a stack set
    is the stack set. By the property's path, `Properties.Code.ImageUri`, it finds the line that set it."""
    function = use.function
    keys = use.location.keys
    found: Object = {
        "resourceLogicalId": keys[1] if keys[:1] == ["Resources"] else function.logical_id,
        "templatePath": use.location.template,
        "locations": [visible(".".join(keys[2:]))] if keys[2:] else [],
    }
    return found if function.construct_path is None else {**found, "constructPath": function.construct_path}


def _severity(severity: str, context: Context) -> str:
    if severity in context.failing:
        return "error"
    return "warning" if severity == "error" else severity


def _nowhere(rule: str, description: str) -> Object:
    """What is about no construct; CDK prints a violation for each of its resources, and so needs one."""
    nothing: Object = {"resourceLogicalId": "", "templatePath": "", "locations": []}
    return {
        "ruleName": rule,
        "description": visible(description),
        "severity": "fatal",
        "violatingResources": [nothing],
    }
