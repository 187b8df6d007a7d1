"""imagelint at the deployment: the Lambda function behind a CloudFormation Hook (AWS::CloudFormation::LambdaHook).

CloudFormation asks before it makes a stack, runs a change set or provisions a resource; Cloud Control before it
provisions one. What the events and answers look like, and their limits: CloudFormation Hooks User Guide, "Create Lambda
functions to evaluate resources for Lambda Hooks". `deploy/hook/` deploys it.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final

from imagelint import Assembly, Config, Report, lint
from imagelint.assembly.loading import load_text
from imagelint.config.discovery import Settings, load_settings
from imagelint.documents.files import UnreadableFileError, parse_any, parse_as
from imagelint.documents.limits import MAX_BYTES
from imagelint.model import Finding, Severity, UsageError
from imagelint.record import Record
from imagelint.report.escape import one_line, url
from imagelint.report.layout import function_name, summary
from imagelint.rules.rule import Rule

Event = Mapping[str, Any]

FUNCTION: Final = "AWS::Lambda::Function"

MAX_MESSAGE: Final = {"CloudFormation": 4096, "Cloud Control": 1024}
"""Characters of a message that each of the two keeps."""
MAX_TEXT: Final = 16_384
"""Characters of an annotation's text (CloudFormation API Reference, "Annotation")."""
MAX_ANNOTATIONS: Final = 100
"""Findings that are told one by one; an organisation that has more in one stack looks at the report of its app."""
FETCH_SECONDS: Final = 12.0
"""How long the templates may take to come, of the 30 seconds that a Hook waits."""

_SEVERITY: Final[Mapping[Severity, str]] = {"error": "HIGH", "warning": "MEDIUM", "info": "INFORMATIONAL"}
_OPEN: Final = "a parameter whose value the Hook is not told"
_STACK_ID: Final = re.compile(
    r"arn:[a-z-]+:cloudformation:(?P<region>[a-z0-9-]+):[0-9]{12}:stack/(?P<name>[A-Za-z][-A-Za-z0-9]*)/\S+"
)


def handler(event: Event, context: object = None) -> dict[str, Any]:
    """Answer one event of a Hook: SUCCESS or FAILED, with the findings as message and as annotations.

    What cannot be read fails, or, with `on_error: warn` in `.imagelint.yaml`, is let through and said in the message.
    The configuration is that of the function's own folder; a mistake in it fails every event. `context` is Lambda's.
    """
    answer: dict[str, Any] = {"clientRequestToken": _field(event, "clientRequestToken")}
    try:
        settings = _settings()
    except UsageError as error:
        answer |= _failed("InternalFailure", _cut(str(error), event))
    else:
        try:
            answer |= _judged(event, settings)
        except UnreadableFileError as error:
            answer |= _unread(f"{error.display_path}: {error.message}", event, settings.config)
    print(answer["message"])  # Lambda keeps it in the function's log
    return answer


@cache
def _settings() -> Settings:
    """The settings of the function, read once for all its events. Raises UsageError."""
    return load_settings()


def _judged(event: Event, settings: Settings) -> dict[str, Any]:
    """The answer to an event that can be read. Raises UnreadableFileError."""
    assembly = _assembly_of(event)
    if assembly is None:
        return {"hookStatus": "SUCCESS", "message": "imagelint: no Lambda function is deployed by this"}
    config = settings.config
    report = lint(assembly, settings.rules, config)
    if report.errors and not report.findings:
        return _unread("; ".join(f"{each.path}: {each.message}" for each in report.errors), event, config)
    is_closed = any(report.count(severity) for severity in config.failing) or (
        config.strict is True and bool(report.warnings)
    )
    answer = {"annotations": list(_annotations(report, settings.rules))} if report.findings else {}
    message = _message(report, event)
    if is_closed or (report.errors and config.on_error == "fail"):
        return {**_failed("NonCompliant" if is_closed else "InternalFailure", message), **answer}
    return {"hookStatus": "SUCCESS", "message": message, **answer}


def _failed(code: str, message: str) -> dict[str, Any]:
    return {"hookStatus": "FAILED", "errorCode": code, "message": message}


def _unread(why: str, event: Event, config: Config) -> dict[str, Any]:
    """The answer where nothing could be judged."""
    if config.on_error == "fail":
        return _failed("InternalFailure", _cut(f"imagelint could not judge this: {why}", event))
    return {"hookStatus": "SUCCESS", "message": _cut(f"warning: imagelint did not judge this: {why}", event)}


# -- what is deployed ---------------------------------------------------------------------------------------------


class _Target(Record):
    """What an event says of the place of a deployment."""

    account: str | None
    region: str | None
    stack: str
    """The stack's name; what is deployed without one is called after its logical ID."""


def _assembly_of(event: Event) -> Assembly | None:
    """What an event is about, as a template; None where it deploys no function. Raises UnreadableFileError."""
    request = _mapping(_field(event, "requestData"), "the event", "requestData")
    if _field(event, "actionInvocationPoint") == "DELETE_PRE_PROVISION":
        return None
    logical_id = str(_field(request, "targetLogicalId") or "the resource")
    target = _target(event, logical_id)
    if _field(request, "targetType") in ("STACK", "CHANGE_SET"):
        payload = _payload(str(_field(request, "payload") or ""))
        text = _field(payload, "template")
        if not isinstance(text, str) or not text.strip():
            raise UnreadableFileError(target.stack, "the event brings no template")
        return _loaded(text.encode(errors="surrogatepass"), target, _changed(payload))
    if _field(request, "targetName") != FUNCTION:
        return None
    model = _mapping(_field(request, "targetModel"), "the event", "targetModel")
    properties = _mapping(_field(model, "resourceProperties"), "the event", "resourceProperties")
    resource = {"Type": FUNCTION, "Properties": properties}
    return _loaded(json.dumps({"Resources": {logical_id: resource}}).encode(), target, {})


def _target(event: Event, logical_id: str) -> _Target:
    account = _field(event, "awsAccountId")
    is_account = isinstance(account, str) and re.fullmatch("[0-9]{12}", account)
    stack_id = _STACK_ID.fullmatch(str(_field(event, "stackId") or ""))
    region = stack_id["region"] if stack_id else os.environ.get("AWS_REGION")  # a Hook works in its own region
    return _Target(account if is_account else None, region, stack_id["name"] if stack_id else logical_id)


def _loaded(text: bytes, target: _Target, changed: Mapping[str, Any]) -> Assembly:
    """A template where it is deployed. No event brings the values of parameters, and a Default need not be one."""
    return load_text(
        text,
        name=target.stack,
        account=target.account,
        region=target.region,
        parameters=_parameters(text, target, changed) if changed else {},
        why_open=_OPEN,
    )


def _field(written: Mapping[str, Any], name: str) -> Any:
    """A field by its name, in any case: the guide writes `stackId` and `stackID`."""
    return next((value for key, value in written.items() if key.lower() == name.lower()), None)


def _mapping(value: Any, shown: str, name: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise UnreadableFileError(shown, f"its {name} is no object")
    return value


# -- what a change set knows ----------------------------------------------------------------------------------------


def _changed(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """The resources that a change set makes or changes: logical IDs, and the properties that they will have."""
    listed = _field(payload, "changedResources")
    found = {}
    for each in listed if isinstance(listed, list) else ():
        after = _field(each, "afterContext") if isinstance(each, dict) else None
        if isinstance(after, str):
            text = after.encode(errors="surrogatepass")
            context = _mapping(parse_as(text, _CHANGES, is_yaml=False), _CHANGES, "afterContext")
            found[str(_field(each, "logicalResourceId"))] = context.get("Properties")
    return found


_CHANGES: Final = "the change set"


def _parameters(text: bytes, target: _Target, changed: Mapping[str, Any]) -> dict[str, str]:
    """The values of parameters that a change set shows: of each that is all of a property, what the property will be.

    Not those of Systems Manager, whose value here is not the one that is given, and not those that are kept secret.
    """
    template = parse_any(text, target.stack).value
    sections = template if isinstance(template, dict) else {}
    declared, resources = (sections.get(name) for name in ("Parameters", "Resources"))
    if not isinstance(declared, dict) or not isinstance(resources, dict):
        return {}
    plain = {name for name, each in declared.items() if isinstance(each, dict) and _is_plain(each)}
    return {
        name: value
        for logical_id, properties in changed.items()
        if isinstance(resource := resources.get(logical_id), dict)
        for name, value in _references(resource.get("Properties"), properties)
        if name in plain and "{{" not in value
    }


def _is_plain(declaration: Mapping[str, Any]) -> bool:
    kind = declaration.get("Type")
    return isinstance(kind, str) and not kind.startswith("AWS::SSM::") and declaration.get("NoEcho") in (None, False)


def _references(written: Any, after: Any) -> Iterator[tuple[str, str]]:
    """The names that are all of a value, with the text that the deployment puts there."""
    pairs = [(written, after)]
    while pairs:
        one, other = pairs.pop()
        if isinstance(one, dict) and one.keys() == {"Ref"} and isinstance(one["Ref"], str):
            if isinstance(other, str):
                yield one["Ref"], other
        elif isinstance(one, dict) and isinstance(other, dict):
            pairs.extend((one[key], other[key]) for key in one.keys() & other.keys())
        elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
            pairs.extend(zip(one, other, strict=True))


# -- the templates, which the event names ---------------------------------------------------------------------------

_S3: Final = re.compile(
    r"https://([a-z0-9.-]+\.)?s3(\.dualstack)?([.-][a-z]{2}[a-z-]*-[0-9])?\.amazonaws\.com(\.cn)?(:443)?/\S+"
)
"""What S3's addresses look like (Amazon S3 User Guide, "Virtual hosting of general purpose buckets")."""


def _payload(address: str) -> Mapping[str, Any]:
    """The object with the templates that an event names by a presigned address of S3. Raises UnreadableFileError.

    Only S3 is asked, or what AWS_ENDPOINT_URL_S3 names instead, as for AWS's own programs; no redirect is followed.
    """
    shown = "the templates of the event"
    instead = os.environ.get("AWS_ENDPOINT_URL_S3", "").rstrip("/")
    if not (instead and address.startswith(f"{instead}/")) and not _S3.fullmatch(address):
        raise UnreadableFileError(shown, "are not in S3: their address is none of AWS")
    try:
        data = _fetched(address)
    except (OSError, ValueError) as error:
        raise UnreadableFileError(shown, f"cannot be fetched: {one_line(str(error))}") from None
    return _mapping(parse_as(data, shown, is_yaml=False), shown, "content")


def _fetched(address: str) -> bytes:
    """What an address answers. Raises OSError, and ValueError for an address that is none."""
    from http.client import HTTPConnection, HTTPException, HTTPSConnection
    from urllib.parse import urlsplit

    end = time.monotonic() + FETCH_SECONDS
    parts = urlsplit(address)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.netloc, timeout=FETCH_SECONDS)
    try:
        connection.request("GET", f"{parts.path}?{parts.query}")
        response = connection.getresponse()
        if response.status != 200:
            raise OSError(f"the answer is {response.status} {response.reason}")
        data = bytearray()
        while chunk := response.read1(1 << 16):
            data += chunk
            if len(data) > MAX_BYTES:
                raise OSError(f"more than {MAX_BYTES // (1024 * 1024)} MiB")
            if time.monotonic() > end:
                raise OSError(f"not there after {FETCH_SECONDS:g} seconds")
        return bytes(data)
    except HTTPException as error:
        raise OSError(f"{type(error).__name__} {error}".strip()) from None
    finally:
        connection.close()


# -- the answer -----------------------------------------------------------------------------------------------------


def _message(report: Report, event: Event) -> str:
    """The findings, the gravest first, as many as there is room for; how each is mended is in its annotation."""
    told = [f"imagelint: {summary(report)}", *(f"{each.path}: {each.message}" for each in report.errors)]
    told += [f"{each.code} {each.rule}: {function_name(each.function)}: {each.message}" for each in _sorted(report)]
    lines: list[str] = []
    for index, line in enumerate(map(one_line, told)):
        more = f"and {len(told) - index} more; {_EXPLAINED}"
        if len("\n".join([*lines, line, more])) > _room(event) and lines:
            return "\n".join([*lines, more])
        lines.append(line)
    return "\n".join([*lines, _EXPLAINED] if report.findings else lines)


_EXPLAINED: Final = "imagelint explain CODE says what AWS does and what to write instead"


def _sorted(report: Report) -> list[Finding]:
    return sorted(report.findings, key=lambda finding: list(_SEVERITY).index(finding.severity))


def _annotations(report: Report, rules: Sequence[Rule]) -> Iterator[dict[str, str]]:
    """The gravest findings, each with what to write instead and a page of AWS that says why."""
    links = {rule.id: {"remediationLink": link} for rule in rules for link in reversed(rule.references) if url(link)}
    for finding in _sorted(report)[:MAX_ANNOTATIONS]:
        when = f" (when {finding.when})" if finding.when else ""
        yield {
            "annotationName": f"{finding.code} {finding.rule}",
            "status": "FAILED",
            "statusMessage": one_line(f"{function_name(finding.function)}: {finding.message}{when}")[:MAX_TEXT],
            "remediationMessage": one_line(f"{finding.fix} More: {finding.help}")[:MAX_TEXT],
            "severityLevel": _SEVERITY[finding.severity],
            **links.get(finding.rule, {}),
        }


def _room(event: Event) -> int:
    """The characters that the caller keeps of a message. Cloud Control's is known by having no stack."""
    return MAX_MESSAGE["CloudFormation" if _field(event, "stackId") else "Cloud Control"]


def _cut(text: str, event: Event) -> str:
    text, room = one_line(text), _room(event)
    return text if len(text) <= room else f"{text[: room - 1]}…"
