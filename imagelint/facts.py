"""What is known of one Lambda function in one scenario of conditions: the facts that rules judge.

The vocabulary is `facts.schema.json`. A key that is missing means "cannot be known before deployment", None means
"known to be absent"; nothing is guessed. What compares two things is computed here, so that a rule only judges it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from imagelint.functions import Function
from imagelint.image_reference import ImageReference, describe, parse
from imagelint.intrinsics import ABSENT, Evaluation, Value, as_text
from imagelint.partitions import partition_of, suffix_of
from imagelint.permissions import PULL, Puller, pull_of
from imagelint.resources import Maybe, Resource, Surroundings
from imagelint.scope import Fork, Pointer, Scenario, TemplateError
from imagelint.text import Hole, Str, Text, equal, holes, render, split

MAX_SCENARIOS: Final = 64
"""Scenarios tried for one function; past that, a value that hangs on an open condition is unknown."""

_SENTINEL: Final = "FROM_IMAGE"
_ZIP_KEYS: Final = ("S3Bucket", "S3Key", "S3ObjectVersion", "ZipFile")
_SAM_ZIP_KEYS: Final = ("CodeUri", "InlineCode")
_LOCAL_ARCHIVE: Final = re.compile(r"(?:\.{0,2}/.*|.*\.(?:tar|tgz|tar\.gz))", re.DOTALL)
_HANDLER: Final = re.compile(r"[A-Za-z_][\w-]*(?:[./][A-Za-z_][\w-]*)*\.[A-Za-z_]\w*", re.ASCII)
_PROGRAM_SUFFIXES: Final = frozenset(
    ("sh", "bash", "py", "js", "mjs", "cjs", "ts", "rb", "pl", "php", "jar", "exe", "bin", "so", "lua", "go", "rs")
)
_MOVING_TAG: Final = re.compile(
    "dev|develop|test|qa|stage|staging|prod|production|main|master|trunk|stable|release|current|edge|nightly|snapshot"
    "|canary|v[0-9]{1,3}"
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


@dataclass(frozen=True)
class RelatedResource:
    """Another resource that a fact rests on, and what it is in a few words."""

    resource: Resource
    message: str


@dataclass(frozen=True)
class Facts:
    """The facts document of one function in one scenario."""

    values: Mapping[str, Any]
    shown: Mapping[str, str]
    """Each fact as messages show it, text with holes included."""
    pointers: Mapping[str, Pointer]
    related: Mapping[str, tuple[RelatedResource, ...]]
    conditions: Mapping[str, bool]
    """The named conditions that the document hangs on."""
    assumptions: Mapping[str, str]
    """The parameters and pseudo parameters that were assumed to have a value."""

    def show(self, name: str) -> str:
        """A fact as a message shows it."""
        if name in self.shown:
            return self.shown[name]
        value = self.values.get(name, "unknown")
        return "absent" if value is None else str(value)


@dataclass
class _Draft:
    """A facts document in the making."""

    function: Function
    evaluation: Evaluation
    surroundings: Surroundings
    problems: list[tuple[TemplateError, Function]] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)
    pointers: dict[str, Pointer] = field(default_factory=dict)
    related: dict[str, tuple[RelatedResource, ...]] = field(default_factory=dict)

    def set(self, name: str, value: Any, at: Pointer, shown: str | None = None) -> None:
        """State a fact; a value with holes is only shown, since it is not known."""
        if isinstance(value, (Text, Hole)):
            shown = render(value)
        else:
            self.values[name] = value
        if shown is not None:
            self.shown[name] = shown
        self.pointers[name] = at

    def unknown(self, name: str, at: Pointer) -> None:
        """Leave a fact out, but remember where it would stand."""
        self.pointers[name] = at

    def property(self, name: str) -> tuple[Value, Pointer]:
        """An evaluated property with its place: ABSENT where there is none, a Hole where it cannot be evaluated."""
        function = self.function
        if name not in function.properties:
            if any(key.startswith("Fn::") for key in function.properties):
                return Hole(name, function.stack.name), function.pointer
            return ABSENT, function.pointer
        written, at = function.properties[name]
        return self.evaluate(written, at), at

    def evaluate(self, written: Any, at: Pointer) -> Value:
        """A value of the function's template; a Hole, and a problem, where CloudFormation would refuse it."""
        try:
            value = self.evaluation.value(written, self.function.stack.scope, at)
        except TemplateError as error:
            self.problems.append((error, self.function))
            return Hole("an error", self.function.stack.name)
        return ABSENT if value is None else value

    def may_be_absent(self, value: Value, name: str) -> bool:
        """Whether a property that cannot be evaluated may not be there at all: a macro or an open Fn::If decides."""
        return isinstance(value, Hole) and (name not in self.function.properties or self.evaluation.scenario.exhausted)

    def string(self, fact: str, value: Value, at: Pointer) -> None:
        """State a fact that is a string, or null."""
        text = as_text(value)
        if value is ABSENT:
            self.set(fact, None, at)
        elif text is None:
            self.unknown(fact, at)
        else:
            self.set(fact, text, at)


def facts_of(function: Function, surroundings: Surroundings) -> Iterator[Facts]:
    """The facts of a function, one document a scenario in which it exists, the likeliest first.

    What CloudFormation would refuse becomes a problem of the assembly, and what hangs on it is unknown.
    """
    left, made = [Scenario()], 0
    while left:
        scenario = left.pop()
        if made + len(left) >= MAX_SCENARIOS:
            scenario = Scenario(scenario.bound, scenario.never, scenario.comparisons, exhausted=True)
        try:
            facts = _document(function, Evaluation(scenario), surroundings)
        except Fork as fork:
            left.extend(reversed(fork.scenarios))
            continue
        made += 1
        if facts is not None:
            yield facts


def _document(function: Function, evaluation: Evaluation, surroundings: Surroundings) -> Facts | None:
    """The facts in one scenario; None where the function does not exist in it."""
    draft = _Draft(function, evaluation, surroundings)
    if _exists(draft):
        _state_stack(draft)
        _state_function(draft)
        if draft.values.get("function.code") in ("image", "both") and not draft.values["function.build_pending"]:
            _state_image(draft)
    _note(draft.problems)
    if not draft.values:
        return None
    bound = evaluation.scenario.bound
    assumptions = {hole.name: value for hole, value in bound.items()}
    return Facts(draft.values, draft.shown, draft.pointers, draft.related, dict(evaluation.truths), assumptions)


def _exists(draft: _Draft) -> bool:
    condition = draft.function.resource.get("Condition")
    if not isinstance(condition, str):
        return True
    at = ("Resources", draft.function.logical_id, "Condition")
    try:
        return draft.evaluation.condition(condition, draft.function.stack.scope, at) is not False
    except TemplateError as error:
        draft.problems.append((error, draft.function))
        return True


def _note(problems: Sequence[tuple[TemplateError, Function]]) -> None:
    for error, function in problems:
        stack = function.stack
        owner = next((each for each in stack.assembly.stacks if each.name == error.scope.name), stack)
        owner.note_at(error.pointer, error.message)


def _state_stack(draft: _Draft) -> None:
    stack = draft.function.stack
    region = draft.evaluation.pseudo("AWS::Region", stack.scope)
    draft.set("stack.account", draft.evaluation.pseudo("AWS::AccountId", stack.scope), draft.function.pointer)
    draft.set("stack.region", region, draft.function.pointer)
    partition = partition_of(region) if isinstance(region, str) else None
    if partition is not None:
        draft.set("stack.partition", partition, draft.function.pointer)


# -- the function itself ------------------------------------------------------------------------------------------


def _state_function(draft: _Draft) -> None:
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


def _state_presence(draft: _Draft, fact: str, name: str) -> None:
    value, at = draft.property(name)
    if not draft.may_be_absent(value, name):
        draft.set(fact, value is not ABSENT and value != "", at)


def _state_code(draft: _Draft) -> None:
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
    uri, uri_at = code.get("ImageUri", (ABSENT, at))
    # SAM takes no notice of CodeUri beside ImageUri (sam-translator, SamFunction._construct_code_dict).
    sam_zip_keys = () if draft.values.get("function.package_type") == "Image" else _SAM_ZIP_KEYS
    zip_keys = [name for name in (sam_zip_keys if serverless else _ZIP_KEYS) if name in code]
    has_image = uri is not ABSENT and not (uri == "" and not _rests_on_default(draft, uri_at))
    kind = "both" if has_image and zip_keys else "image" if has_image else "zip" if zip_keys else "none"
    draft.set("function.code", kind, uri_at)
    draft.set("function.code_in_words", _code_in_words(draft, kind, code, zip_keys), at)
    draft.set("function.build_pending", serverless and _is_build_pending(draft.function, uri), uri_at)
    if serverless:
        _state_presence(draft, "function.source_kms_key", "SourceKMSKeyArn")
    else:
        draft.set("function.source_kms_key", "SourceKMSKeyArn" in code, code.get("SourceKMSKeyArn", (None, at))[1])


def _rests_on_default(draft: _Draft, at: Pointer) -> bool:
    """Whether an empty image reference is only a parameter's empty Default, which somebody will set."""
    return bool(_image_uri(draft, draft.evaluation, at)[1])


def _code_in_words(draft: _Draft, kind: str, code: Mapping[str, Any], zip_keys: Sequence[str]) -> str:
    if kind == "both":
        return f"the code is both an image and a .zip file ({', '.join(zip_keys)})"
    if kind == "zip":
        return f"the code is a .zip file ({', '.join(zip_keys)})"
    if "ImageUri" in code:
        return "ImageUri is an empty string"
    if not draft.function.is_serverless and "ImageUri" in draft.function.properties:
        return "ImageUri stands directly under Properties, where nothing reads it"
    return "there is no code"


def _is_build_pending(function: Function, uri: Value) -> bool:
    """Whether SAM's tools have still to put the image reference in (sam-cli: `sam build` and `sam package`)."""
    if uri is ABSENT:
        return function.is_built_by_sam
    if not isinstance(uri, str):
        return False
    if uri == "" or _LOCAL_ARCHIVE.fullmatch(uri):
        return True
    reference = parse(uri)
    name_alone = reference.malformed is not None and reference.malformed.part == "host" and "/" not in uri
    return (reference.registry == "docker-hub" and reference.host is None and "/" not in uri) or name_alone


def _state_purpose(draft: _Draft) -> None:
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


def _state_layers(draft: _Draft) -> None:
    value, at = draft.property("Layers")
    if value is not ABSENT and not isinstance(value, list):
        draft.unknown("function.layers", at)
        draft.unknown("function.layer_vendor", at)
        return
    layers = value if isinstance(value, list) else []
    draft.set("function.layers", len(layers), at)
    vendors = [vendor for layer in layers if (vendor := _vendor_of(layer)) is not None]
    draft.set("function.layer_vendor", vendors[0][0] if vendors else None, at)
    if vendors:
        draft.set("function.layer_vendor_advice", vendors[0][1], at)


def _vendor_of(layer: Value) -> tuple[str, str] | None:
    """Whose layer it is, by the account in its ARN `arn:aws:lambda:<region>:<account>:layer:<name>:<version>`."""
    text = as_text(layer)
    pieces = None if text is None else split(":", text)
    account = pieces[4] if pieces is not None and len(pieces) > 6 else None
    return _LAYER_VENDORS.get(account) if isinstance(account, str) else None


def _state_image_config(draft: _Draft) -> None:
    config, at = draft.property("ImageConfig")
    if config is not ABSENT and not isinstance(config, dict):
        draft.unknown("function.image_config", at)
        return
    entries: Mapping[str, Value] = config if isinstance(config, dict) else {}
    draft.set("function.image_config", bool(entries), at)
    draft.string("image_config.working_directory", entries.get("WorkingDirectory", ABSENT), (*at, "WorkingDirectory"))
    lists = {name: _strings(entries.get(name, ABSENT)) for name in ("EntryPoint", "Command")}
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


# -- the image ----------------------------------------------------------------------------------------------------


def _image_uri(draft: _Draft, evaluation: Evaluation, at: Pointer) -> tuple[Value, dict[Hole, str]]:
    """The evaluated image reference, and the parameters' Defaults that it rests on."""
    function = draft.function
    if function.is_serverless:
        written = function.properties["ImageUri"][0]
        return evaluation.traced(written, function.stack.scope, at)
    code, code_at = function.properties["Code"]
    value, rests_on = evaluation.traced(code, function.stack.scope, code_at)
    return (value.get("ImageUri", ABSENT) if isinstance(value, dict) else ABSENT), rests_on


def _state_image(draft: _Draft) -> None:
    at = draft.pointers["function.code"]
    value, rests_on = _image_uri(draft, draft.evaluation, at)
    uri = as_text(value)
    if uri is None or uri == "":
        return
    reference = parse(uri)
    draft.set("image.uri", uri, at)
    _state_form(draft, uri, reference, at)
    for name in ("account", "region", "suffix", "repository"):
        part = getattr(reference, name)
        if part is not None:
            draft.set(f"image.{name}", part, at)
    _state_selector(draft, reference, rests_on, at)
    _state_relations(draft, reference, at)


def _state_form(draft: _Draft, uri: Str, reference: ImageReference, at: Pointer) -> None:
    draft.set("image.unresolved", reference.unresolved, at)
    draft.set("image.known_foreign", reference.registry not in (None, "ecr", "ecr-dual-stack"), at)
    if reference.registry is not None:
        draft.set("image.registry", reference.registry, at)
        draft.set("image.read_as", describe(reference, render(uri)), at)
    if reference.malformed is not None:
        draft.set("image.malformed", reference.malformed.reason, at)
        draft.set("image.malformed_part", reference.malformed.part, at)
    elif reference.registry is not None and all(hole.alphabet is not None for hole in holes(uri)):
        draft.set("image.malformed", None, at)
        draft.set("image.malformed_part", None, at)


def _state_selector(draft: _Draft, reference: ImageReference, rests_on: Mapping[Hole, str], at: Pointer) -> None:
    if reference.pinned_by is None:
        return
    draft.set("image.pinned_by", reference.pinned_by, at)
    if reference.pinned_by != "digest":
        draft.set("image.digest", None, at)
    elif reference.digest is not None:
        draft.set("image.digest", reference.digest, at)
    if reference.pinned_by != "tag":
        draft.set("image.tag", None, at)
        draft.set("image.tag_moves", False, at)
    elif reference.tag is not None:
        draft.set("image.tag", reference.tag, at)
        if isinstance(reference.tag, str):
            draft.set("image.tag_moves", _MOVING_TAG.fullmatch(reference.tag) is not None, at)
    words = "has no tag" if reference.tag is None else f"is tagged {render(reference.tag)}"
    parameter = _parameter_behind_tag(draft, reference, rests_on, at)
    draft.set("image.tag_in_words", words + (f", the default of parameter {parameter}" if parameter else ""), at)


def _parameter_behind_tag(
    draft: _Draft, reference: ImageReference, rests_on: Mapping[Hole, str], at: Pointer
) -> str | None:
    """The parameter without whose Default the tag would not be what it is; found by leaving each Default out."""
    for hole, default in rests_on.items():
        scenario = draft.evaluation.scenario
        bound = {key: value for key, value in scenario.bound.items() if key != hole}
        without = Scenario(bound, scenario.never, scenario.comparisons, exhausted=True).excluding(hole, default)
        try:
            text = as_text(_image_uri(draft, Evaluation(without), at)[0])
        except TemplateError:  # another value leads to a branch that CloudFormation would refuse
            text = None
        other = None if text is None else parse(text)
        if other is None or (other.pinned_by, other.tag) != (reference.pinned_by, reference.tag):
            return hole.name
    return None


def _state_relations(draft: _Draft, reference: ImageReference, at: Pointer) -> None:
    evaluation, scope = draft.evaluation, draft.function.stack.scope
    region, stack_region = reference.region, evaluation.pseudo("AWS::Region", scope)
    if region is not None:
        matches = equal(region, stack_region)
        if matches is not None:
            draft.set("image.region_matches", matches, at)
        partitions = [partition_of(each) for each in (region, stack_region) if isinstance(each, str)]
        if matches:
            draft.set("image.partition_matches", True, at)
        elif len(partitions) == 2 and None not in partitions:
            draft.set("image.partition_matches", partitions[0] == partitions[1], at)
        if reference.suffix is not None:
            own = bool(matches) and reference.suffix == evaluation.pseudo("AWS::URLSuffix", scope)
            _state_suffix(draft, region, reference.suffix, own, at)
    account = (
        None if reference.account is None else equal(reference.account, evaluation.pseudo("AWS::AccountId", scope))
    )
    if account is not None:
        draft.set("image.account_matches", account, at)
    if reference.registry in ("ecr", "ecr-dual-stack"):
        _state_repository(draft, reference, account, at)


def _state_suffix(draft: _Draft, region: Str, suffix: Str, is_own: bool, at: Pointer) -> None:
    if is_own:
        draft.set("image.suffix_matches_region", True, at)
    elif isinstance(region, str) and isinstance(suffix, str) and (expected := suffix_of(region)) is not None:
        draft.set("image.suffix_matches_region", suffix == expected or suffix.startswith("on."), at)


# -- the repository -----------------------------------------------------------------------------------------------

_HASH: Final = re.compile(r"(?:.*[^0-9a-f])?[0-9a-f]{64}", re.DOTALL)
"""What the tags of CDK's assets end with: the hash of their source, behind an optional prefix (dockerTagPrefix)."""


def _state_repository(draft: _Draft, reference: ImageReference, is_same_account: bool | None, at: Pointer) -> None:
    found: Resource | Maybe | None = None
    if reference.repository is not None:
        found = draft.surroundings.find(
            "AWS::ECR::Repository", reference.repository, reference.account, reference.region
        )
        is_asset = _is_asset(draft, reference, isinstance(found, Resource))
        if is_asset is not None:
            draft.set("image.is_asset", is_asset, at)
    immutable = isinstance(found, Resource) and found.entry("ImageTagMutability")[0] == "IMMUTABLE"
    draft.set("repository.known_immutable", immutable, at)
    if reference.repository is None or isinstance(found, Maybe):
        return
    draft.set("repository.in_assembly", found is not None, at)
    if isinstance(found, Resource):
        draft.set("repository.in_words", _in_words(found), at)
        if is_same_account is not None and not draft.values.get("image.is_asset"):
            _state_pull(draft, found, is_same_account, at)
    elif is_same_account is False and isinstance(reference.account, str):
        draft.set("pull.statements_needed", _statements_needed(draft), at)
    _state_cache(draft, reference, at)


def _in_words(repository: Resource) -> str:
    name, _ = repository.entry("RepositoryName")
    return f"the repository {name if isinstance(name, str) else repository.construct_path or repository.logical_id}"


def _is_asset(draft: _Draft, reference: ImageReference, is_in_assembly: bool) -> bool | None:
    """Whether an asset manifest publishes this very repository and tag, by its destinations, never by a name."""
    if not isinstance(reference.tag, str) or reference.repository is None:
        return False if reference.pinned_by in ("digest", "none") else None
    stack = draft.function.stack
    for asset in stack.assembly.docker_assets(stack):
        if asset.tag == reference.tag:
            try:
                name = draft.evaluation.value({"Fn::Sub": asset.repository}, stack.scope, ())
            except TemplateError:  # a name that no deployment could resolve
                return None
            answer = equal(name, reference.repository)
            if answer is not False:
                return answer
    if stack.assembly.has_manifest or is_in_assembly or not _HASH.fullmatch(reference.tag):
        return False
    return None  # a template without its asset manifests


def _state_pull(draft: _Draft, repository: Resource, is_same_account: bool, at: Pointer) -> None:
    """Who may pull. In one account the service or the role is enough; across accounts the policy must let in both."""
    puller = Puller(draft.function, draft.evaluation, draft.surroundings)
    pull = pull_of(puller, repository, not is_same_account)
    relations = [RelatedResource(repository, "the repository")]
    role = puller.role()
    if isinstance(role, Resource) and is_same_account:
        relations.append(RelatedResource(role, "the execution role"))
    ways = [pull.service, pull.role if is_same_account else pull.account]
    if is_same_account:
        permitted = True if True in ways else None if None in ways else False
    else:
        permitted = False if False in ways else None if None in ways else True
        missing = [name for name, way in (("its account", ways[1]), ("lambda.amazonaws.com", ways[0])) if way is False]
        draft.set("pull.missing", " and ".join(missing), at)
    facts: dict[str, Any] = {
        "pull.permitted": permitted,
        "pull.denied": pull.denied,
        "pull.lambda_service": pull.service,
        "pull.lambda_may_push": pull.may_push,
    }
    for name, value in facts.items():
        if value is not None:
            draft.set(name, value, at)
        draft.related[name] = tuple(relations)
    draft.set("pull.denied_by", pull.denied_by, at)
    draft.set("pull.excluded", pull.excluded, at)
    draft.set("pull.unconditioned", pull.unconditioned, at)
    draft.related["pull.unconditioned"] = tuple(relations[:1])


def _statements_needed(draft: _Draft) -> str:
    """The two statements of another account's repository policy, as one line of JSON (Lambda guide, images-create)."""
    puller = Puller(draft.function, draft.evaluation, draft.surroundings)
    account = render(puller.account)
    partition = draft.values.get("stack.partition", "aws")
    scope = puller.function.stack.scope
    region = render(as_text(draft.evaluation.pseudo("AWS::Region", scope)) or "")
    source = f"arn:{partition}:lambda:{region}:{account}:function:*"
    action = list(PULL)
    root = {"AWS": f"arn:{partition}:iam::{account}:root"}
    service = {"Service": "lambda.amazonaws.com"}
    statements = [
        {"Effect": "Allow", "Principal": root, "Action": action},
        {
            "Effect": "Allow",
            "Principal": service,
            "Action": action,
            "Condition": {"ArnLike": {"aws:SourceArn": source}},
        },
    ]
    return json.dumps(statements)


def _state_cache(draft: _Draft, reference: ImageReference, at: Pointer) -> None:
    """The pull through cache rule that fills the repository. A rule for ROOT covers only what no other rule does."""
    name = reference.repository
    prefix: str | None = None
    for rule in draft.surroundings.of_kind("AWS::ECR::PullThroughCacheRule"):
        written, place = rule.entry("EcrRepositoryPrefix")
        given = as_text(draft.evaluation.value(written, rule.stack.scope, place))
        same = [
            equal(each, other)
            for each, other in (
                (reference.account or "", rule.stack.scope.account),
                (reference.region or "", rule.stack.scope.region),
            )
        ]
        if not isinstance(given, str) or given == "ROOT" or False in same:
            continue
        if isinstance(name, str) and not name.startswith(given + "/"):
            continue
        if not isinstance(name, str) or None in same:
            draft.unknown("repository.cache_prefix", at)
            return
        prefix = given
        draft.related["repository.cache_prefix"] = (RelatedResource(rule, "the pull through cache rule"),)
    draft.set("repository.cache_prefix", prefix, at)
