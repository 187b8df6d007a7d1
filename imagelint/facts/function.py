"""Facts of the function itself: its package type, code, runtime, layers and image configuration."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from imagelint.assembly.functions import Function
from imagelint.aws.image_reference import parse
from imagelint.cloudformation.values import ABSENT, Value, as_text
from imagelint.documents.pointer import Pointer
from imagelint.facts.draft import Draft, RelatedResource
from imagelint.facts.edge import edge_functions
from imagelint.facts.subject import Subject
from imagelint.text.holes import Hole, Str, parts_of, split
from imagelint.text.logic import all_of, any_of, not_

_PACKAGE_TYPES: Final = ("Image", "Zip")
"""The values that CloudFormation takes, in this case of letters (resource schema of AWS::Lambda::Function, enum)."""
_SENTINEL: Final = "FROM_IMAGE"
_ZIP_KEYS: Final = ("S3Bucket", "S3Key", "S3ObjectVersion", "ZipFile")
_SAM_ZIP_KEYS: Final = ("CodeUri", "InlineCode")
_KINDS: Final = {(True, True): "both", (True, False): "image", (False, True): "zip", (False, False): "none"}
"""What the code is, by whether it has an image and whether it has a .zip file."""
_LOCAL_ARCHIVE: Final = r"(?s)(?:\.{0,2}/.*|.*\.(?:tar|tgz|tar\.gz))"
_HANDLER: Final = r"(?a)[A-Za-z_][\w-]*(?:[./][A-Za-z_][\w-]*)*\.[A-Za-z_]\w*"
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
    """State what the function is made of and what it runs on."""
    subject = draft.subject
    package_type, at = subject.property_at("PackageType")
    draft.string("function.package_type", package_type, at)
    if package_type is ABSENT:
        draft.shown["function.package_type"] = "absent, which means Zip"
    if package_type is ABSENT or isinstance(package_type, str):
        draft.set("function.package_type_exists", package_type is ABSENT or package_type in _PACKAGE_TYPES, at)
    for fact, name in (("runtime", "Runtime"), ("handler", "Handler")):
        value, at = subject.property_at(name)
        draft.string(f"function.{fact}", value, at)
        is_set = value is not ABSENT and as_text(value) != _SENTINEL
        draft.answer(f"function.{fact}_set", None if subject.may_be_absent(value, name) else is_set, at)
    _state_code(draft)
    _state_purpose(draft)
    _state_layers(draft)
    _state_presence(draft, "function.code_signing", "CodeSigningConfigArn")
    _state_image_config(draft)
    _state_machine(draft)


def _state_machine(draft: Draft) -> None:
    """State what the function runs on, and whether CloudFront runs it."""
    function, subject = draft.function, draft.subject
    written = function.properties.get("Architectures")
    at = None if written is None else written.pointer
    architecture = function.architecture(subject.evaluation)
    if architecture is None:
        draft.unknown("function.architecture", at)
    else:
        draft.set("function.architecture", architecture, at)
    snap_start, at_snap_start = subject.property_at("SnapStart")
    if snap_start is ABSENT or isinstance(snap_start, dict):
        apply_on = snap_start.get("ApplyOn", "None") if isinstance(snap_start, dict) else "None"
        if isinstance(apply_on, str):
            draft.set("function.snap_start", apply_on == "PublishedVersions", at_snap_start)
    distribution = subject.index.once(edge_functions).get((function.stack.name, function.logical_id))
    if distribution is None and subject.index.adding("AWS::CloudFront::Distribution"):
        draft.unknown("function.on_edge")
        return
    draft.set("function.on_edge", distribution is not None)
    if distribution is not None:
        related = (RelatedResource(distribution, "the distribution"),)
        draft.related["function.is_image"] = draft.related["function.architecture"] = related


def _state_presence(draft: Draft, fact: str, name: str) -> None:
    value, at = draft.subject.property_at(name)
    if not draft.subject.may_be_absent(value, name):
        draft.set(fact, value is not ABSENT and value != "", at)


# -- the code -----------------------------------------------------------------------------------------------------


_Code = Mapping[str, tuple[Value, Pointer]]
"""The properties that say what the code is, by name, each with its place."""


def _state_code(draft: Draft) -> None:
    """State what the code is made of, at the place of the image reference."""
    is_serverless = draft.function.is_serverless
    draft = draft if is_serverless else draft.at(draft.subject.property_at("Code")[1])
    code = _serverless_code(draft.subject) if is_serverless else _lambda_code(draft.subject)
    if code is None:
        draft.unknown("function.code")
        draft.set("function.build_pending", False)
        return
    uri, at_uri = code.get("ImageUri", (ABSENT, draft.place))
    zip_keys = [name for name in _zip_keys(draft) if name in code]
    # An empty reference that rests on a parameter's empty Default is none yet: somebody will set it.
    has_image = uri is not ABSENT and (uri != "" or any(hole.is_input for hole in draft.subject.image_uri()[1]))
    kind = _KINDS[has_image, bool(zip_keys)]
    draft.set("function.code", kind, at_uri)
    draft.set("function.code_in_words", _code_in_words(draft, kind, code, zip_keys))
    draft.set("function.build_pending", _is_build_pending(draft.function, uri), at_uri)
    if is_serverless:
        _state_presence(draft, "function.source_kms_key", "SourceKMSKeyArn")
    else:
        key, at_key = code.get("SourceKMSKeyArn", (ABSENT, draft.place))
        if not draft.subject.may_vanish(key):
            draft.set("function.source_kms_key", "SourceKMSKeyArn" in code, at_key)


def _serverless_code(subject: Subject) -> _Code | None:
    """The code of SAM's resource type, whose entries are properties; None where a macro may write them."""
    found = {name: subject.property_at(name) for name in ("ImageUri", *_SAM_ZIP_KEYS)}
    if isinstance(found["ImageUri"][0], Hole) and "ImageUri" not in subject.function.properties:
        return None
    return {
        name: (value, at)
        for name, (value, at) in found.items()
        if value is not ABSENT and (name == "ImageUri" or not subject.may_be_absent(value, name))
    }


def _lambda_code(subject: Subject) -> _Code | None:
    """The entries of the property Code; None where it cannot be known which there are."""
    code, at = subject.property_at("Code")
    if code is ABSENT:
        return {}
    if not isinstance(code, dict) or any(subject.may_vanish(code.get(name)) for name in ("ImageUri", *_ZIP_KEYS)):
        return None
    return {name: (value, (*at, name)) for name, value in code.items()}


def _zip_keys(draft: Draft) -> Sequence[str]:
    """The names of the entries that say where a .zip file is."""
    if not draft.function.is_serverless:
        return _ZIP_KEYS
    # SAM takes no notice of CodeUri beside ImageUri (sam-translator, SamFunction._construct_code_dict).
    return () if draft.values.get("function.package_type") == "Image" else _SAM_ZIP_KEYS


def _code_in_words(draft: Draft, kind: str, code: _Code, zip_keys: Sequence[str]) -> str:
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
    """Whether SAM's tools have still to put the image reference in (sam-cli: `sam build`, and `sam package`, which
    uploads the image of either resource type: lib/package/packageable_resources.py)."""
    if uri is ABSENT:
        return function.is_built_by_sam
    if not isinstance(uri, str) or not (function.is_built_by_sam or function.is_packaged_by_sam):
        return False
    if uri == "" or re.fullmatch(_LOCAL_ARCHIVE, uri):
        return True
    reference = parse(uri)
    if function.is_built_by_sam and reference.malformed is None:
        # `sam build` keeps none but an ECR registry's (sam-cli, SamFunctionProvider).
        return reference.registry not in ("ecr", "ecr-dual-stack", "ecr-fips")
    if "/" in uri:
        return False
    is_local_name = reference.registry == "docker-hub" and reference.host is None
    return is_local_name or (reference.malformed is not None and reference.malformed.part == "host")


def _state_purpose(draft: Draft) -> None:
    """State whether the function is meant to be an image, by its package type or else by its code."""
    values = draft.values
    package_type, code = values.get("function.package_type", "unknown"), values.get("function.code")
    draft = draft.at(draft.pointers["function.package_type"])
    if isinstance(package_type, str) and package_type.lower() == "image":
        draft.set("function.is_image", code != "zip")
    elif package_type is None and code is not None:
        says_zip = any_of((values.get("function.runtime_set"), values.get("function.handler_set")))
        is_image = all_of((code == "image", not_(says_zip)))
        if is_image is not None:
            draft.set("function.is_image", is_image)
    elif package_type not in ("unknown", None):
        draft.set("function.is_image", False)
    elif code == "image":
        draft.set("function.is_image", True)


MAX_LAYERS: Final = 50
"""Layers of a function that are looked at; Lambda takes five (Lambda guide, "Lambda quotas")."""


def _state_layers(draft: Draft) -> None:
    value, at = draft.subject.property_at("Layers")
    draft = draft.at(at)
    if value is not ABSENT and not isinstance(value, list):
        draft.unknown("function.layers")
        draft.unknown("function.layer_vendor")
        return
    layers = value if isinstance(value, list) else []
    if any(draft.subject.may_vanish(layer) for layer in layers[:MAX_LAYERS]):
        draft.unknown("function.layers")
    else:
        draft.set("function.layers", len(layers))
    vendors = [vendor for layer in layers[:MAX_LAYERS] if (vendor := _vendor_of(layer)) is not None]
    name, advice = vendors[0] if vendors else (None, None)
    draft.set("function.layer_vendor", name)
    draft.set("function.layer_vendor_advice", advice)


def _vendor_of(layer: Value) -> tuple[str, str] | None:
    """Whose layer it is, by the account in its ARN `arn:aws:lambda:<region>:<account>:layer:<name>:<version>`."""
    text = as_text(layer)
    pieces = None if text is None else split(":", text)
    account = pieces[4] if pieces is not None and len(pieces) > 6 else None
    return _LAYER_VENDORS.get(account) if isinstance(account, str) else None


# -- the image configuration ----------------------------------------------------------------------------------------


def _state_image_config(draft: Draft) -> None:
    """State what ImageConfig puts in the place of the Dockerfile's ENTRYPOINT, CMD and WORKDIR."""
    config, at = draft.subject.property_at("ImageConfig")
    draft = draft.at(at)
    if config is not ABSENT and not isinstance(config, dict):
        draft.unknown("function.image_config")
        return
    entries: Mapping[str, Value] = config if isinstance(config, dict) else {}
    draft.set("function.image_config", bool(entries))
    directory = entries.get("WorkingDirectory", ABSENT)
    _state_directory(draft.at((*at, "WorkingDirectory")), directory)
    entry_point, command = (_strings(entries.get(name, ABSENT)) for name in ("EntryPoint", "Command"))
    if entry_point is not None and command is not None:
        draft.set("image_config.names_program", bool(entry_point or command))
    if entry_point is not None:
        _state_entry_point(draft.at((*at, "EntryPoint", 0)), entry_point[0] if entry_point else None)
    _state_empty_entry(draft, {"EntryPoint": entry_point, "Command": command})
    doubts = "; ".join(_doubts(draft))
    draft.shown["image_config.doubts"] = doubts or "none is known"
    if all(fact in draft.values for fact in _DOUBTED):
        draft.set("image_config.doubts", doubts or None)


def _state_directory(draft: Draft, directory: Value) -> None:
    """State the directory that the program starts in; whether it is absolute hangs on its first character alone."""
    draft.string("image_config.working_directory", directory)
    text = None if directory is ABSENT else as_text(directory)
    first = "/" if directory is ABSENT else next(iter(parts_of(text)), "") if text is not None else None
    draft.answer(
        "image_config.working_directory_is_absolute", first.startswith("/") if isinstance(first, str) else None
    )


_DOUBTED: Final = (
    "image_config.working_directory_is_absolute",
    "image_config.entry_point_is_handler",
    "image_config.empty_entry",
)


def _doubts(draft: Draft) -> Iterator[str]:
    """What cannot work as it is written, as far as it is known, each in words."""
    is_absolute, is_handler, empty = (draft.values.get(fact) for fact in _DOUBTED)
    if is_absolute is False:
        directory = "image_config.working_directory"
        yield f"WorkingDirectory {draft.values.get(directory, draft.shown.get(directory))} is not an absolute path"
    if is_handler:
        first = draft.values["image_config.entry_point_first"]
        yield f"EntryPoint[0] {first} reads like a handler, not like a program; a handler belongs in Command"
    if empty is not None:
        yield f"{empty} is an empty string"


def _state_entry_point(draft: Draft, first: Str | None) -> None:
    """State the program that the container runs, and whether it is a handler's name put there by mistake."""
    draft.set("image_config.entry_point_first", first)
    if first is None or isinstance(first, str):
        draft.set("image_config.entry_point_is_handler", _is_handler(first))


def _state_empty_entry(draft: Draft, lists: Mapping[str, Sequence[Str] | None]) -> None:
    """State the first empty string of the lists; that there is none only where all their strings are known."""
    for name, items in lists.items():
        if items is not None and "" in items:
            index = items.index("")
            draft.set("image_config.empty_entry", f"{name}[{index}]", (*draft.place, name, index))
            return
    if all(items is not None and all(isinstance(item, str) for item in items) for items in lists.values()):
        draft.set("image_config.empty_entry", None)


def _strings(value: Value) -> list[Str] | None:
    """A list of texts; None where it is not known to be one."""
    if value is ABSENT:
        return []
    texts = [as_text(item) for item in value] if isinstance(value, list) else [None]
    return None if None in texts else [text for text in texts if text is not None]


def _is_handler(text: str | None) -> bool:
    if text is None or not re.fullmatch(_HANDLER, text):
        return False
    return text.rpartition(".")[2].lower() not in _PROGRAM_SUFFIXES
