"""Which file a stack is deployed from: what is uploaded to the URL that the deployment uses, whatever is shown beside.

Follows what the CDK CLI and CloudFormation follow. Sources: aws-cdk's toolkit-lib, `makeBodyParameter` (the template is
`stackTemplateAssetObjectUrl` where there is one, else `templateFile`); CloudFormation template reference,
AWS::CloudFormation::Stack, TemplateURL; AWS CLI, `cloudformation package` and SAM developer guide,
AWS::Serverless::Application, Location (a path is relative to the template that names it).
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, Final

from imagelint.assembly.assets import Assets, resolved
from imagelint.assembly.resource_types import APPLICATION_TYPE, NESTED_TYPES
from imagelint.assembly.stack import MANIFEST, Stack
from imagelint.assembly.template import checked
from imagelint.cloudformation.evaluation import Evaluation
from imagelint.cloudformation.scenario import Scenario
from imagelint.cloudformation.scope import Expression, TemplateError, mapping_of
from imagelint.cloudformation.values import as_text
from imagelint.documents.files import UnreadableFileError, parse_any
from imagelint.record import Record
from imagelint.text.holes import Str, holes, render


class _Url(Record):
    """Where a template is fetched from, as people read it."""

    shown: str
    is_known: bool
    """Whether it holds nothing open but the account, the region and what follows from them."""


def follow_manifest(stack: Stack, url: Any, assets: Assets) -> None:
    """Let a stack of the manifest have the template that it is deployed from; say so where that is not the one shown.

    Raises UnreadableFileError for a path out of the assembly.
    """
    if not isinstance(url, str) or not url:
        return
    shown_url = render(resolved(url, stack, _evaluation()))
    file = _uploaded(stack, shown_url, assets, stack.file)
    if file is None:
        stack.log.warn_unread(
            _manifest(stack),
            f"stack {stack.name!r} is deployed from {shown_url}, which no asset manifest says the content of; "
            f"{stack.file!r} is judged, which need not be it",
        )
        return
    if file != stack.file:
        stack.log.report(
            _manifest(stack),
            f"stack {stack.name!r} shows the template {stack.file!r}, but is deployed from {file!r}, which is judged: "
            f"that is what its asset manifest uploads to {shown_url}",
        )
        stack.file = file


def _manifest(stack: Stack) -> str:
    """The manifest that names the stack, as messages name it."""
    return stack.root.show(os.path.join(stack.folder, MANIFEST))


def nested_template(stack: Stack, logical_id: str, assets: Assets) -> str | None:
    """The file that a nested stack is deployed from, relative to the assembly; None, and a word, where it is not here.

    Raises UnreadableFileError for a path out of the assembly.
    """
    resource = stack.section("Resources")[logical_id]
    at_hand = mapping_of(resource.get("Metadata")).get("aws:asset:path")
    shown = None if at_hand is None else stack.root.inside(os.path.dirname(stack.file), at_hand, _WHAT)
    url = _url(stack, logical_id, resource)
    if url is not None:
        file = _uploaded(stack, url.shown, assets, shown)
        if file is not None:
            return _agreed(stack, logical_id, file, shown, assets)
        if url.is_known and _is_path(url.shown):
            file = stack.root.inside(os.path.dirname(stack.file), url.shown, _WHAT)
            return _agreed(stack, logical_id, file, shown, assets)
        if (file := assets.legacy_file(url.shown, stack)) is not None:
            return _agreed(stack, logical_id, file, shown, assets)
    if shown is not None and (url is None or not stack.is_of_manifest):
        return shown
    leave_unread(stack, logical_id, None if url is None else url.shown)
    return None


def stack_set_template(stack: Stack, logical_id: str, assets: Assets) -> tuple[str, bytes | None] | None:
    """The file that a stack set deploys, or the template that it stands in with the text that it deploys.

    None where neither is here, which is told. Raises UnreadableFileError for a path out of the assembly.
    Source: CloudFormation template reference, AWS::CloudFormation::StackSet, TemplateBody and TemplateURL.
    """
    url, body = (stack.property_of(logical_id, name) for name in ("TemplateURL", "TemplateBody"))
    try:
        if body is not None:
            value = _evaluation().value(body)
            text = json.dumps(body.written) if isinstance(value, dict) else as_text(value)
            if isinstance(text, str) and _is_template(stack, body, text):
                return stack.file, text.encode("utf-8", "surrogatepass")
            if isinstance(text, str):
                return None
        elif url is not None and (address := as_text(_evaluation().value(url))) is not None:
            file = _uploaded(stack, render(address), assets, None)
            if file is not None:
                return file, None
    except TemplateError as error:
        error.report()
        return None
    message = f"the template of the stack set {logical_id} is not here, so the functions that it deploys are unknown"
    stack.log.warn_unread(stack.display_path, message)
    return None


def _is_template(stack: Stack, body: Expression, text: str) -> bool:
    """Whether the text of a stack set can be read; else that is a problem of the template that holds it."""
    try:
        checked(parse_any(text.encode("utf-8", "surrogatepass"), stack.display_path).value, stack.display_path)
    except UnreadableFileError as error:
        stack.report(body.pointer, f"the template of the stack set {error.message}")
        return False
    return True


def leave_unread(stack: Stack, logical_id: str, named: str | None) -> None:
    """Say that the template of a nested stack is not here: what it holds is unknown."""
    stack.unread.append(logical_id)
    which = "" if named is None else f", {named},"
    stack.log.warn_unread(
        stack.display_path,
        f"the template of the nested stack {logical_id}{which} is not here, so its functions are unknown",
    )


_WHAT: Final = "nested stack's template"


def _url(stack: Stack, logical_id: str, resource: Mapping[str, Any]) -> _Url | None:
    """Where the resource says that the template is; None where it says nothing, or CloudFormation would refuse it."""
    expression = stack.property_of(logical_id, NESTED_TYPES[resource["Type"]])
    if expression is None:
        return None
    if resource["Type"] == APPLICATION_TYPE and "ApplicationId" in mapping_of(expression.written):
        return _Url("an application of the AWS Serverless Application Repository", is_known=False)
    try:
        text: Str | None = as_text(_evaluation().value(expression))
    except TemplateError as error:
        error.report()
        return None
    if text is None:
        return None
    return _Url(render(text), all(hole.name.startswith("AWS::") for hole in holes(text)))


def _agreed(stack: Stack, logical_id: str, file: str, shown: str | None, assets: Assets) -> str:
    """The file that is deployed: the one shown, where the content is the same, as CDK uploads one content once."""
    if shown is not None and shown != file:
        if assets.is_copy(shown, file):
            return shown
        stack.log.report(
            stack.display_path,
            f"nested stack {logical_id} shows the template {shown!r} in its Metadata, but is deployed from {file!r}, "
            "which is judged: that is where its TemplateURL leads",
        )
    return file


def _is_path(url: str) -> bool:
    return "://" not in url and "${" not in url


def _uploaded(stack: Stack, url: str, assets: Assets, shown: str | None) -> str | None:
    """The file that is uploaded to a URL; None where that is not known.

    Several of one content are as good as one, as of stacks that differ by their environment alone: of those it is the
    one that the stack shows. Where they differ, nobody can say which of them would be deployed: what is there already
    is not uploaded again (cdk-assets-lib, `FileAssetHandler`).
    """
    found = assets.uploads_to(url, stack)
    if found is None:
        return None
    if found.differing is not None:
        stack.log.report(
            _manifest(stack),
            f"{found.first!r} and {found.differing!r} are both uploaded to {url}; whichever comes first is deployed",
        )
    return shown if shown in found.files else found.by_folder.get(stack.folder, found.first)


def _evaluation() -> Evaluation:
    """For what is the same in every scenario, and cannot rest on exports, which are not known yet."""
    return Evaluation(Scenario(exhausted=True), follows_exports=False)
