"""Facts of the function itself: its package type, code, runtime, layers and image configuration."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from imagelint.assembly.functions import Function
from imagelint.aws.image_reference import parse
from imagelint.cloudformation.values import ABSENT, Value, as_text
from imagelint.documents.pointer import Pointer
from imagelint.facts.draft import Draft, RelatedResource, image_uri
from imagelint.text.holes import Hole, Str, split

_SENTINEL: Final = "FROM_IMAGE"
_ZIP_KEYS: Final = ("S3Bucket", "S3Key", "S3ObjectVersion", "ZipFile")
_SAM_ZIP_KEYS: Final = ("CodeUri", "InlineCode")
_LOCAL_ARCHIVE: Final = re.compile(r"(?:\.{0,2}/.*|.*\.(?:tar|tgz|tar\.gz))", re.DOTALL)
_HANDLER: Final = re.compile(r"[A-Za-z_][\w-]*(?:[./][A-Za-z_][\w-]*)*\.[A-Za-z_]\w*", re.ASCII)
_PROGRAM_SUFFIXES: Final = frozenset(
    ("sh", "bash", "py", "js", "mjs", "cjs", "ts", "rb", "pl", "php", "jar", "exe", "bin", "so", "lua", "go", "rs")
)
_LAYER_VENDORS: Final[dict[str, tuple[str, str]]] = {
    "464622532012": (
        "Datadog",
        "copy the extension in the Dockerfile: COPY --from=public.ecr.aws/datadog/lambda-extension",
    ),
    "451483290750": ("New Relic", "build FROM New Relic's image, or copy its layer's content into yours"),
    "114300393969": ("Lumigo", "install the lumigo tracer package in the image and set its handler or NODE_OPTIONS"),
    "580247275435": ("AWS Lambda Insights", "install the lambda-insights-extension package in the Dockerfile"),
}
"""Whose layers an account publishes (the vendors' own installation pages), and how each gets into an image."""


def state_function(draft: Draft) -> None:
    package_type, at = draft.property("PackageType")
    draft.string("function.package_type", package_type, at)
    if package_type is ABSENT:
        draft.shown["function.package_type"] = "absent, which means Zip"
    for fact, name in (("runtime", "Runtime"), ("handler", "Handler")):
        value, at = draft.property(name)
        draft.string(f"function.{fact}", value, at)
        text = as_text(value)
        if draft.may_be_absent(value, name):
            draft.unknown(f"function.{fact}_set", at)
        else:
            draft.set(f"function.{fact}_set", value is not ABSENT and (text is None or text != _SENTINEL), at)
    _state_code(draft)
    _state_purpose(draft)
    _state_layers(draft)
    _state_presence(draft, "function.code_signing", "CodeSigningConfigArn")
    _state_image_config(draft)
    _state_machine(draft)


def _state_machine(draft: Draft) -> None:
    """What the function runs on, and whether CloudFront runs it."""
    architecture = draft.function.architecture(draft.evaluation)
    written = draft.function.properties.get("Architectures")
    at = draft.function.pointer if written is None else written.pointer
    if architecture is None:
        draft.unknown("function.architecture", at)
    else:
        draft.set("function.architecture", architecture, at)
    snap_start, snap_at = draft.property("SnapStart")
    if snap_start is ABSENT or isinstance(snap_start, dict):
        apply_on = snap_start.get("ApplyOn", "None") if isinstance(snap_start, dict) else "None"
        if isinstance(apply_on, str):
            draft.set("function.snap_start", apply_on == "PublishedVersions", snap_at)
    distribution = draft.surroundings.at_the_edge.get((draft.function.stack.name, draft.function.logical_id))
    draft.set("function.on_edge", distribution is not None, draft.function.pointer)
    if distribution is not None:
        related = (RelatedResource(distribution, "the distribution"),)
        draft.related["function.is_image"] = draft.related["function.architecture"] = related


def _state_presence(draft: Draft, fact: str, name: str) -> None:
    value, at = draft.property(name)
    if not draft.may_be_absent(value, name):
        draft.set(fact, value is not ABSENT and value != "", at)


def _state_code(draft: Draft) -> None:
    """What the code is made of, and where the image reference stands."""
    serverless = draft.function.is_serverless
    if serverless:
        code: dict[str, tuple[Value, Pointer]] = {}
        for name in ("ImageUri", *_SAM_ZIP_KEYS):
            value, place = draft.property(name)
            if value is not ABSENT and (name == "ImageUri" or not draft.may_be_absent(value, name)):
                code[name] = (value, place)
        at = draft.function.pointer
        if isinstance(code.get("ImageUri", (None,))[0], Hole) and "ImageUri" not in draft.function.properties:
            draft.unknown("function.code", at)  # a macro writes the properties
            draft.set("function.build_pending", False, at)
            return
    else:
        written, at = draft.property("Code")
        if not isinstance(written, dict) and written is not ABSENT:  # a hole
            draft.unknown("function.code", at)
            draft.set("function.build_pending", False, at)
            return
        entries: Mapping[str, Value] = written if isinstance(written, dict) else {}
        code = {name: (value, (*at, name)) for name, value in entries.items()}
        if any(draft.may_vanish(entries.get(name)) for name in ("ImageUri", *_ZIP_KEYS)):
            draft.unknown("function.code", at)
            draft.set("function.build_pending", False, at)
            return
    uri, uri_at = code.get("ImageUri", (ABSENT, at))
    # SAM takes no notice of CodeUri beside ImageUri (sam-translator, SamFunction._construct_code_dict).
    sam_zip_keys = () if draft.values.get("function.package_type") == "Image" else _SAM_ZIP_KEYS
    zip_keys = [name for name in (sam_zip_keys if serverless else _ZIP_KEYS) if name in code]
    has_image = uri is not ABSENT and not (uri == "" and not _rests_on_default(draft))
    kind = "both" if has_image and zip_keys else "image" if has_image else "zip" if zip_keys else "none"
    draft.set("function.code", kind, uri_at)
    draft.set("function.code_in_words", _code_in_words(draft, kind, code, zip_keys), at)
    draft.set("function.build_pending", _is_build_pending(draft.function, uri), uri_at)
    if serverless:
        _state_presence(draft, "function.source_kms_key", "SourceKMSKeyArn")
    elif not draft.may_vanish(code.get("SourceKMSKeyArn", (None,))[0]):
        draft.set("function.source_kms_key", "SourceKMSKeyArn" in code, code.get("SourceKMSKeyArn", (None, at))[1])


def _rests_on_default(draft: Draft) -> bool:
    """Whether an empty image reference is only a parameter's empty Default, which somebody will set."""
    return bool(image_uri(draft)[1])


def _code_in_words(draft: Draft, kind: str, code: Mapping[str, Any], zip_keys: Sequence[str]) -> str:
    if kind == "both":
        return f"the code is both an image and a .zip file ({', '.join(zip_keys)})"
    if kind == "zip":
        return f"the code is a .zip file ({', '.join(zip_keys)})"
    if kind == "image":
        return "the code is an image"
    if "ImageUri" in code:
        return "ImageUri is an empty string"
    if not draft.function.is_serverless and "ImageUri" in draft.function.properties:
        return "ImageUri stands directly under Properties, where nothing reads it"
    return "there is no code"


def _is_build_pending(function: Function, uri: Value) -> bool:
    """Whether SAM's tools have still to put the image reference in (sam-cli: `sam build` and `sam package`)."""
    if uri is ABSENT:
        return function.is_built_by_sam
    if not isinstance(uri, str) or not (function.is_serverless or function.is_built_by_sam):
        return False
    if uri == "" or _LOCAL_ARCHIVE.fullmatch(uri):
        return True
    reference = parse(uri)
    if (
        function.is_built_by_sam and reference.malformed is None
    ):  # `sam build` keeps none but an ECR registry's (sam-cli, SamFunctionProvider)
        return reference.registry not in ("ecr", "ecr-dual-stack", "ecr-fips")
    name_alone = reference.malformed is not None and reference.malformed.part == "host" and "/" not in uri
    return (reference.registry == "docker-hub" and reference.host is None and "/" not in uri) or name_alone


def _state_purpose(draft: Draft) -> None:
    values = draft.values
    package_type, code = values.get("function.package_type", "unknown"), values.get("function.code")
    at = draft.pointers["function.package_type"]
    if package_type == "Image":
        draft.set("function.is_image", code != "zip", at)
    elif package_type is None and code is not None:
        says_zip = [values.get("function.runtime_set"), values.get("function.handler_set")]
        if code != "image" or True in says_zip or None not in says_zip:
            draft.set("function.is_image", code == "image" and True not in says_zip, at)
    elif package_type not in ("unknown", None):
        draft.set("function.is_image", False, at)
    elif code == "image":
        draft.set("function.is_image", True, at)


def _state_layers(draft: Draft) -> None:
    value, at = draft.property("Layers")
    if value is not ABSENT and not isinstance(value, list):
        draft.unknown("function.layers", at)
        draft.unknown("function.layer_vendor", at)
        return
    layers = value if isinstance(value, list) else []
    if any(draft.may_vanish(layer) for layer in layers):
        draft.unknown("function.layers", at)
    else:
        draft.set("function.layers", len(layers), at)
    vendors = [vendor for layer in layers if (vendor := _vendor_of(layer)) is not None]
    name, advice = vendors[0] if vendors else (None, None)
    draft.set("function.layer_vendor", name, at)
    draft.set("function.layer_vendor_advice", advice, at)


def _vendor_of(layer: Value) -> tuple[str, str] | None:
    """Whose layer it is, by the account in its ARN `arn:aws:lambda:<region>:<account>:layer:<name>:<version>`."""
    text = as_text(layer)
    pieces = None if text is None else split(":", text)
    account = pieces[4] if pieces is not None and len(pieces) > 6 else None
    return _LAYER_VENDORS.get(account) if isinstance(account, str) else None


def _state_image_config(draft: Draft) -> None:
    config, at = draft.property("ImageConfig")
    if config is not ABSENT and not isinstance(config, dict):
        draft.unknown("function.image_config", at)
        return
    entries: Mapping[str, Value] = config if isinstance(config, dict) else {}
    draft.set("function.image_config", bool(entries), at)
    draft.string("image_config.working_directory", entries.get("WorkingDirectory", ABSENT), (*at, "WorkingDirectory"))
    lists = {name: _strings(entries.get(name, ABSENT)) for name in ("EntryPoint", "Command")}
    if all(items is not None for items in lists.values()):
        draft.set("image_config.names_program", any(lists.values()), at)
    first_at = (*at, "EntryPoint", 0)
    entry_point = lists["EntryPoint"]
    if entry_point is not None:
        first = entry_point[0] if entry_point else None
        draft.set("image_config.entry_point_first", first, first_at)
        if first is None or isinstance(first, str):
            draft.set("image_config.entry_point_is_handler", _is_handler(first), first_at)
    empty = [(name, i) for name, items in lists.items() for i, item in enumerate(items or ()) if item == ""]
    if empty:
        name, index = empty[0]
        draft.set("image_config.empty_entry", f"{name}[{index}]", (*at, name, index))
    elif all(items is not None and all(isinstance(item, str) for item in items) for items in lists.values()):
        draft.set("image_config.empty_entry", None, at)


def _strings(value: Value) -> list[Str] | None:
    """A list of texts; None where it is not known to be one."""
    if value is ABSENT:
        return []
    texts = [as_text(item) for item in value] if isinstance(value, list) else [None]
    return None if None in texts else [text for text in texts if text is not None]


def _is_handler(text: str | None) -> bool:
    if text is None or not _HANDLER.fullmatch(text):
        return False
    return text.rpartition(".")[2].lower() not in _PROGRAM_SUFFIXES
