r"""What a Dockerfile builds for one target: base image, platform, entry point, command and labels.

Pure: text in, facts out; knows nothing of CDK, of files or of findings. Nothing here raises, whatever the text: what
cannot be known without building is an `Unknown` that says why.

The semantics are those of BuildKit's Dockerfile frontend (github.com/moby/buildkit, frontend/dockerfile: parser, shell
and dockerfile2llb/convert.go) and of the Dockerfile reference (docs.docker.com/reference/dockerfile). Where only
another builder accepts a text (Podman takes a stage's index as target), the one meaning that it can have is read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from datetime import date

MAX_SIZE: Final = 1 << 20
"""A longer text is not read. In characters."""
_MAX_VALUE: Final = 512
"""No image reference is longer (255 for the name, 128 for the tag, 71 for the digest); stops ARGs that double."""
_MAX_WORD: Final = 4096
"""Of a longer word no variables are replaced."""
_MAX_NESTING: Final = 16
"""Of substitutions and quotes in one another."""


class Unknown(NamedTuple):
    """Something that cannot be known without building the image, and why, in words for people."""

    reason: str


class NoSuchTarget(NamedTuple):
    """The Dockerfile was understood and has no such stage. `stages` are the names that it has."""

    target: str
    stages: tuple[str, ...]


class BaseImage(NamedTuple):
    """An image reference as Docker reads it, `docker.io` and `library/` filled in; `scratch` has no registry."""

    reference: str
    """As the Dockerfile says it, variables replaced."""
    registry: str
    repository: str
    tag: str | None
    digest: str | None

    @property
    def is_scratch(self) -> bool:
        """Whether the image starts from nothing."""
        return not self.registry

    @property
    def is_floating(self) -> bool:
        """Whether the reference is to whatever `latest` is on the day of the build."""
        return not self.is_scratch and self.digest is None and self.tag in (None, "latest")

    @property
    def lambda_name(self) -> str | None:
        """`python`, `nodejs`, `provided`…, when this is one of AWS's base images for Lambda.

        They are public.ecr.aws/lambda/<name> and, on Docker Hub, amazon/aws-lambda-<name> (Lambda guide,
        images-create). The images under public.ecr.aws/sam are for building, and a private mirror cannot be told from
        any other image.
        """
        for registry, prefix in (("public.ecr.aws", "lambda/"), ("docker.io", "amazon/aws-lambda-")):
            if self.registry == registry and self.repository.startswith(prefix):
                return self.repository.removeprefix(prefix)
        return None

    @property
    def runtime(self) -> str | Unknown | None:
        """The runtime identifier (`python3.12`) of one of AWS's base images; None when this is another image."""
        name = self.lambda_name
        if name is None:
            return None
        pattern, template = _RUNTIME_OF_TAG.get(name, (None, ""))
        match = re.match(rf"({pattern})(?![^.-])", self.tag) if pattern and self.tag else None
        if match is None:
            return Unknown(f"the tag of {self.reference} does not name a runtime version")
        return template.format(match[1]).replace("provided.alami", "provided")

    @property
    def architecture(self) -> str | None:
        """The CPU architecture that the reference itself names, in Lambda's words where Lambda has one; None for none.

        AWS's base images carry it as a suffix of the tag (`3.12-arm64`, `3.12-x86_64`), as others do too
        (`debian12-amd64`); Docker's official images as the namespace (`arm64v8/python`).
        """
        namespace = self.repository.partition("/")[0]
        if self.registry == "docker.io" and namespace in _HUB_ARCHITECTURES:
            return _HUB_ARCHITECTURES[namespace]
        suffix = re.search(r"-(arm64|arm64v8|aarch64|amd64|x86_64)$", self.tag or "")
        return _lambda_architecture(suffix[1]) if suffix else None

    @property
    def starts_no_runtime(self) -> bool:
        """Whether the image is known to start nothing that speaks to Lambda by itself.

        True of nothing at all, of Docker's official images (a shell or an interpreter) and of AWS's Linux and JDK.
        """
        namespace, _, name = self.repository.rpartition("/")
        official = self.registry == "docker.io" and (namespace == "library" or namespace in _HUB_ARCHITECTURES)
        aws = self.registry == "public.ecr.aws" and (
            namespace == "docker/library" or (namespace, name) == ("amazonlinux", "amazonlinux") or "corretto" in name
        )
        return self.is_scratch or official or aws


class Command(NamedTuple):
    """CMD or ENTRYPOINT of the built image: whose word it is, and the words where the Dockerfile gives them as JSON."""

    origin: Literal["dockerfile", "base image", "none"]
    """`base image`: whatever that sets, perhaps nothing; `none`: the image has none."""
    words: tuple[str, ...] | None = None
    """None for the shell form, and when the base image has the word."""
    line: int | None = None

    @property
    def is_given(self) -> bool:
        """Whether the Dockerfile sets it to something."""
        return self.origin == "dockerfile" and self.words != ()


class Image(NamedTuple):
    """What one target of a Dockerfile builds."""

    base: BaseImage | Unknown
    """What the chain of FROM comes down to."""
    platform: str | Unknown | None
    """The `--platform` of the FROM that names the base, None without one."""
    line: int
    """Of that FROM, counted from 1."""
    stages: tuple[str, ...]
    """The chain of stages from the target down to the base: the name, or the index of a stage that has none."""
    entrypoint: Command
    command: Command
    labels: Mapping[str, str | Unknown]
    other_labels: Unknown | None
    """Why there may be labels besides `labels`; None when there are no others of interest."""

    def label(self, name: str) -> str | Unknown | None:
        """The value of a label; None when the image has no such label."""
        return self.labels.get(name, self.other_labels)

    @property
    def architecture(self) -> str | Unknown | None:
        """The CPU architecture that the FROM names: `arm64`, `x86_64`, or one that Lambda has not; None for none.

        The reference counts more than `--platform`: an image for one architecture only is used whatever is asked for.
        """
        if isinstance(self.base, Unknown) or self.base.architecture is None:
            return _architecture_of_platform(self.platform)
        return self.base.architecture

    @property
    def has_command(self) -> bool | None:
        """Whether the container starts something; None when only the base image knows.

        AWS's base images have an entry point (`/lambda-entrypoint.sh`), which demands one argument, and no CMD.
        """
        if self.entrypoint.is_given or self.command.is_given:
            return True
        if "base image" not in (self.entrypoint.origin, self.command.origin):
            return False
        known = isinstance(self.base, BaseImage) and (self.base.lambda_name or self.base.starts_no_runtime)
        return False if known else None


def read(
    text: str,
    target: str | None = None,
    build_args: Mapping[str, str] | None = None,
    build_contexts: Collection[str] = (),
) -> Image | NoSuchTarget | Unknown:
    """What `docker build --target … --build-arg … --build-context …` makes of the Dockerfile.

    Without a target it is the last stage. An `Unknown` as a whole means that the text could not be understood.
    """
    return _read(text, target, tuple((build_args or {}).items()), tuple(build_contexts))


@lru_cache(maxsize=64)
def _read(
    text: str, target: str | None, build_args: tuple[tuple[str, str], ...], build_contexts: tuple[str, ...]
) -> Image | NoSuchTarget | Unknown:
    """The functions of one code base are often built by one Dockerfile, or by copies of it."""
    try:
        escape, arguments, stages = _scan(text)
    except _Unreadable as problem:
        return Unknown(f"the Dockerfile was not understood: {problem}")
    parents = _link(stages, _global_args(arguments, dict(build_args), escape), escape, build_contexts)
    index = _find_target(stages, target)
    if index is None:
        return NoSuchTarget(target or "", tuple(stage.name for stage in stages if stage.name))
    chain = [index]
    while (parent := parents[chain[-1]]) is not None:
        chain.append(parent)
    return _build([stages[index] for index in chain], escape)


# --- the stages ---


@dataclass(slots=True)
class _Stage:
    index: int
    name: str
    base: str | Unknown
    """The word after FROM; variables still in it until `_link`."""
    platform: str | Unknown | None
    line: int
    commands: list[_Instruction] = field(default_factory=list)


def _scan(text: str) -> tuple[str, list[str], list[_Stage]]:
    """The escape character, the words of the ARGs before the first FROM, and the stages."""
    if len(text) > MAX_SIZE:
        raise _Unreadable(f"the Dockerfile has more than {MAX_SIZE} characters")
    if "\0" in text:
        raise _Unreadable("the Dockerfile is not a text")
    lines = text.removeprefix("\ufeff").split("\n")
    escape = _escape_directive(lines)
    arguments: list[str] = []
    stages: list[_Stage] = []
    for instruction in _instructions(lines, escape):
        if instruction.name == "FROM":
            stages.append(_stage(instruction, len(stages), escape))
        elif stages:
            if instruction.name in ("CMD", "ENTRYPOINT", "LABEL", "ONBUILD"):
                stages[-1].commands.append(instruction)
        elif instruction.name == "ARG":
            arguments.extend(_words(instruction.rest, escape))
        else:
            raise _Unreadable(f"line {instruction.line}: {instruction.name} comes before the first FROM")
    if not stages:
        raise _Unreadable("the Dockerfile has no FROM")
    return escape, arguments, stages


def _stage(instruction: _Instruction, index: int, escape: str) -> _Stage:
    words = _words(instruction.rest, escape)
    platform = None
    while words and words[0].startswith("--"):
        flag, _, platform = words.pop(0).partition("=")
        if flag != "--platform":
            raise _Unreadable(f"line {instruction.line}: FROM has no option {flag[:40]}")
    if len(words) == 3 and words[1].upper() == "AS":
        name = words[2].lower()
        if not re.fullmatch(r"[a-z][a-z0-9_.-]*", name):
            raise _Unreadable(f"line {instruction.line}: {words[2][:40]} cannot be the name of a stage")
    elif len(words) == 1:
        name = ""
    else:
        raise _Unreadable(f"line {instruction.line}: FROM takes an image, or an image, AS and a name")
    return _Stage(index, name, words[0], platform, instruction.line)


def _global_args(arguments: list[str], build_args: Mapping[str, str], escape: str) -> dict[str, str | Unknown]:
    """The variables that FROM may use: the ARGs before the first FROM, and the platform's, which are always there."""
    values: dict[str, str | Unknown] = {
        name: build_args.get(name, Unknown(f"{name} depends on the machine that builds")) for name in _PLATFORM_ARGS
    }
    for argument in arguments:
        name, given, default = argument.partition("=")
        if name in build_args:
            values[name] = build_args[name]
        elif given:
            values[name] = _expand(default, values.get, escape)
    return values


def _link(
    stages: list[_Stage], values: Mapping[str, str | Unknown], escape: str, build_contexts: Collection[str]
) -> list[int | None]:
    """Replaces the variables of every FROM; the index of the stage that each stage is built on, None for an image."""
    replaced = {name.lower() for name in build_contexts}
    replaced_images = {_identity(name) for name in build_contexts} - {None}
    named: dict[str, int] = {}
    parents: list[int | None] = []
    for stage in stages:
        base = stage.base = _expand(str(stage.base), values.get, escape)
        if stage.platform is not None:
            stage.platform = _expand(str(stage.platform), values.get, escape)
        # BuildKit compares with case here, but then takes `Builder` for an image, and no image may be called that.
        parent = named.get(base.lower()) if isinstance(base, str) else None
        if stage.name in replaced:
            stage.commands, parent = [], None
            stage.base = Unknown(f"the stage {stage.name} is replaced by a build context")
        elif replaced_images and parent is None and isinstance(base, str) and _identity(base) in replaced_images:
            stage.base = Unknown(f"{base} is replaced by a build context")
        parents.append(parent)
        if stage.name:
            named[stage.name] = stage.index
    return parents


def _find_target(stages: list[_Stage], target: str | None) -> int | None:
    if not target:
        return len(stages) - 1
    for stage in reversed(stages):
        if stage.name == target.lower():
            return stage.index
    # Docker refuses an index, Podman takes it: if it builds at all, it is this stage.
    if re.fullmatch(r"[0-9]{1,6}", target) and int(target) < len(stages):
        return int(target)
    return None


def _build(chain: list[_Stage], escape: str) -> Image:
    """Follows the chain from the base up to the target, as the builder does."""
    root = chain[-1]
    base = root.base if isinstance(root.base, Unknown) else _image_reference(root.base)
    scratch = isinstance(base, BaseImage) and base.is_scratch
    entrypoint = command = Command("none" if scratch else "base image")
    labels: dict[str, str | Unknown] = {}
    other_labels = _labels_of_base(base)
    triggers: list[_Instruction] = []
    for stage in reversed(chain):
        command_is_set = False
        for instruction in triggers + stage.commands:
            if instruction.name == "CMD":
                command, command_is_set = _command(instruction), True
            elif instruction.name == "ENTRYPOINT":
                entrypoint = _command(instruction)
                # "If CMD is defined from the base image, setting ENTRYPOINT will reset CMD to an empty value"
                # (Dockerfile reference); a previous stage is a base image too (BuildKit, dispatchEntrypoint).
                command = command if command_is_set else Command("none")
            elif instruction.name == "LABEL":
                other_labels = _add_labels(labels, instruction, escape) or other_labels
        triggers = [_trigger(each) for each in stage.commands if each.name == "ONBUILD"]
    stages = tuple(stage.name or str(stage.index) for stage in chain)
    return Image(base, root.platform, root.line, stages, entrypoint, command, labels, other_labels)


def _command(instruction: _Instruction) -> Command:
    return Command("dockerfile", _json_words(instruction.rest), instruction.line)


def _labels_of_base(base: BaseImage | Unknown) -> Unknown | None:
    if isinstance(base, Unknown):
        return base
    known = base.lambda_name or base.starts_no_runtime
    return None if known else Unknown(f"{base.reference} may set labels of its own")


def _add_labels(labels: dict[str, str | Unknown], instruction: _Instruction, escape: str) -> Unknown | None:
    """Adds the labels of one LABEL; why not all of them are known, or None."""
    words = _words(instruction.rest, escape)
    if words and "=" not in words[0]:  # the old form: LABEL name the whole value
        pairs = [(words[0], instruction.rest.lstrip()[len(words[0]) :].strip())]
    else:
        pairs = [(key, value) for key, _, value in (word.partition("=") for word in words)]
    problem = None
    for key, value in pairs:
        name = _expand(key, _label_variable, escape)
        if isinstance(name, Unknown):
            problem = name
        else:
            labels[name] = _expand(value, _label_variable, escape)
    return problem


def _label_variable(name: str) -> Unknown:
    return Unknown(f"the label uses {name}, which ENV, ARG or the base image may set")


# --- instructions ---


class _Unreadable(Exception):
    """Text that a builder would refuse or that is not understood here; never leaves this module."""


class _Instruction(NamedTuple):
    name: str
    rest: str
    line: int


_NAMES: Final = re.compile(
    "ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|FROM|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|RUN|SHELL|STOPSIGNAL|USER|VOLUME|"
    "WORKDIR"
)
_PLATFORM_ARGS: Final = tuple(
    side + part for side in ("BUILD", "TARGET") for part in ("PLATFORM", "OS", "ARCH", "VARIANT")
)


def _escape_directive(lines: list[str]) -> str:
    """The escape character, from the directives that only the first comments can be."""
    seen: dict[str, str] = {}
    for line in lines:
        match = re.match(r"#\s*([A-Za-z][A-Za-z0-9]*)\s*=\s*(\S.*)", line.strip(), re.ASCII)
        key = match[1].lower() if match else ""
        if not match or key not in ("syntax", "escape", "check"):
            break
        if key in seen:
            raise _Unreadable(f"the directive {key} stands twice")
        seen[key] = match[2]
    # Another frontend may read another language altogether. A mirror of Docker's own is still Docker's.
    syntax = seen.get("syntax", "docker/dockerfile").partition(" ")[0]
    if not re.fullmatch(r"(?:[^/\s]+/)*docker/dockerfile(?:-upstream)?(?:[:@].*)?", syntax):
        raise _Unreadable(f"the Dockerfile is in the language of {syntax[:100]}")
    escape = seen.get("escape", "\\")
    if escape not in ("\\", "`"):
        raise _Unreadable("the directive escape takes \\ or `")
    return escape


def _instructions(lines: list[str], escape: str) -> Iterator[_Instruction]:
    following = iter(enumerate(lines, 1))
    for number, line in following:
        if _is_comment(line) or not line.strip():
            continue
        instruction = _instruction(_join(line, following, escape), number)
        for name, strip_tabs in _heredocs(instruction):
            _skip_heredoc(name, strip_tabs, following, number)
        yield instruction


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _join(line: str, following: Iterator[tuple[int, str]], escape: str) -> str:
    """The line with its continuation lines; comments and empty lines between them are left out, as the builder does."""
    pieces: list[str] = []
    while True:
        line = line.rstrip("\r")
        stripped = line.rstrip(" \t")
        if not stripped.endswith(escape) or stripped.endswith(escape * 2):
            return "".join([*pieces, line])
        pieces.append(stripped[:-1])
        line = next((each for _, each in following if each.strip() and not _is_comment(each)), "")


def _instruction(text: str, line: int) -> _Instruction:
    name, _, rest = re.sub(r"[\t\v\f\r ]+", " ", text.strip(), count=1).partition(" ")
    if not _NAMES.fullmatch(name.upper()):
        raise _Unreadable(f"line {line}: {name[:40]!r} is not an instruction")
    return _Instruction(name.upper(), rest.strip(), line)


def _trigger(onbuild: _Instruction) -> _Instruction:
    """The instruction that ONBUILD keeps for the stages and images that are built on this one."""
    trigger = _instruction(onbuild.rest, onbuild.line)
    if trigger.name in ("ONBUILD", "FROM", "MAINTAINER"):
        raise _Unreadable(f"line {onbuild.line}: {trigger.name} may not follow ONBUILD")
    return trigger


def _heredocs(instruction: _Instruction) -> list[tuple[str, bool]]:
    """The ends of the inline documents that follow an instruction, and whether tabs before them count for nothing."""
    if instruction.name == "ONBUILD":
        return _heredocs(_trigger(instruction))
    if instruction.name not in ("RUN", "COPY", "ADD") or "<<" not in instruction.rest:
        return []
    words = _words(re.sub(r"<<[ \t]+", "<<", instruction.rest), "\\")
    matches = (re.fullmatch(r"[0-9]*<<(-?)([^<]+)", word) for word in words)
    ends = [(re.sub(r"\\(.)|['\"]", r"\1", match[2]), bool(match[1])) for match in matches if match]
    return [end for end in ends if end[0]]


def _skip_heredoc(name: str, strip_tabs: bool, following: Iterator[tuple[int, str]], line: int) -> None:
    for _, each in following:
        content = each.rstrip("\r")
        if (content.lstrip("\t") if strip_tabs else content) == name:
            return
    raise _Unreadable(f"line {line}: the document that {name[:40]} should end does not end")


def _json_words(rest: str) -> tuple[str, ...] | None:
    """The words of the exec form; None for the shell form, which is what anything but a JSON list of strings is."""
    if not rest.startswith("["):
        return None
    try:
        words = json.loads(rest)
    except (ValueError, RecursionError):
        return None
    if not all(isinstance(word, str) for word in words):
        return None
    # Half a surrogate pair could not be printed; the builder replaces it too.
    return tuple(re.sub("[\ud800-\udfff]", "\ufffd", word) for word in words)


# --- words and variables ---


def _words(text: str, escape: str) -> list[str]:
    """The words between white space, quotes and escapes still in them."""
    token = re.escape(escape)
    return re.findall(rf"""(?:{token}.?|'[^']*'?|"(?:{token}.|[^"{token}]+)*"?|[^\s'"{token}]+)+""", text)


def _expand(word: str, lookup: Callable[[str], str | Unknown | None], escape: str) -> str | Unknown:
    """The word without quotes and escapes, its variables replaced; `lookup` gives None for one that is not set."""
    if len(word) > _MAX_WORD:
        return Unknown(f"a word of more than {_MAX_WORD} characters")
    if not re.search(r"""['"$\\`]""", word):
        return word
    try:
        return _Expansion(word, lookup, escape).until("", 0)
    except _Unreadable as problem:
        return Unknown(str(problem))


_NAME: Final = re.compile(r"\w+|[-@*#?$!]", re.ASCII)


class _Expansion:
    """One word on its way through BuildKit's rules for quotes, escapes and `${…}`."""

    def __init__(self, word: str, lookup: Callable[[str], str | Unknown | None], escape: str) -> None:
        self._word, self._lookup, self._escape = word, lookup, escape
        self._at = 0
        self._plain = re.compile(rf"""[^'"$}}{re.escape(escape)}]+""")

    def _next(self) -> str:
        """The next character, empty at the end."""
        self._at += 1
        return self._word[self._at - 1 : self._at]

    def until(self, stop: str, depth: int) -> str | Unknown:
        """Everything up to the character `stop`, or, when that is empty, to the end."""
        if depth > _MAX_NESTING:
            raise _Unreadable("substitutions are nested too deeply")
        pieces: list[str | Unknown] = []
        while True:
            if plain := self._plain.match(self._word, self._at):
                pieces.append(plain[0])
                self._at = plain.end()
            character = self._next()
            if character == stop:
                return _concat(pieces)
            if not character:
                raise _Unreadable(f"a {stop} is missing in {self._word[:100]}")
            pieces.append(self._special(character, stop, depth))

    def _special(self, character: str, stop: str, depth: int) -> str | Unknown:
        quoted = stop == '"'
        if character == "$":
            return self._variable(depth)
        if character == self._escape:
            follower = self._next()
            return follower if not quoted or follower in ('"', "$", self._escape) else character + follower
        if character == '"':
            return self.until('"', depth + 1)
        if character == "'" and not quoted:
            return self._single_quoted()
        return character

    def _single_quoted(self) -> str:
        end = self._word.find("'", self._at)
        if end < 0:
            raise _Unreadable(f"a ' is missing in {self._word[:100]}")
        start, self._at = self._at, end + 1
        return self._word[start:end]

    def _name(self) -> str:
        """The name of a variable, or of one of the shell's special parameters; empty when there is neither."""
        match = _NAME.match(self._word, self._at)
        name = match[0] if match else ""
        self._at += len(name)
        return name

    def _variable(self, depth: int) -> str | Unknown:
        if not self._word.startswith("{", self._at):
            name = self._name()
            return self._value(name) if name else "$"
        self._at += 1
        name = self._name()
        operator = self._next()
        if name and operator == "}":
            return self._value(name)
        if operator == ":":
            operator += self._next()
        if not name or operator not in (":-", "-", ":+", "+", ":?", "?"):
            raise _Unreadable(f"{self._word[:100]} uses a substitution that is not evaluated here")
        return self._substitute(name, operator, self.until("}", depth + 1))

    def _value(self, name: str) -> str | Unknown:
        value = self._lookup(name)
        return Unknown(f"{name} has no value") if value is None else value

    def _substitute(self, name: str, operator: str, word: str | Unknown) -> str | Unknown:
        value = self._lookup(name)
        if isinstance(value, Unknown):
            return value
        if value is None or (value == "" and operator.startswith(":")):
            return {"-": word, "+": "", "?": Unknown(f"{name} has no value and must have one")}[operator[-1]]
        return word if operator[-1] == "+" else value


def _concat(pieces: list[str | Unknown]) -> str | Unknown:
    known = [piece for piece in pieces if isinstance(piece, str)]
    if len(known) < len(pieces):
        return next(piece for piece in pieces if isinstance(piece, Unknown))
    if sum(map(len, known)) > _MAX_VALUE:
        return Unknown(f"a value of more than {_MAX_VALUE} characters")
    return "".join(known)


# --- image references ---

_HUB_ARCHITECTURES: Final[Mapping[str, str]] = {
    "amd64": "x86_64",
    "arm64v8": "arm64",
    "arm32v5": "arm",
    "arm32v6": "arm",
    "arm32v7": "arm",
    "i386": "386",
    "ppc64le": "ppc64le",
    "riscv64": "riscv64",
    "s390x": "s390x",
}
"""The namespaces of Docker's official images for one architecture (docker-library/official-images, README)."""

_RUNTIME_OF_TAG: Final[Mapping[str, tuple[str, str]]] = {
    "dotnet": (r"core\d+\.\d+|5\.0|\d+", "dotnet{}"),
    "go": (r"1", "go{}.x"),
    "java": (r"8\.al2|\d+", "java{}"),
    "nodejs": (r"\d+", "nodejs{}.x"),
    "provided": (r"al2023|al2|alami", "provided.{}"),
    "python": (r"\d+\.\d+", "python{}"),
    "ruby": (r"\d+\.\d+", "ruby{}"),
}
"""How the tags of AWS's base images begin (gallery.ecr.aws/lambda), and the runtime that this means."""


def _image_reference(text: str) -> BaseImage | Unknown:
    """Reads a reference by the grammar of github.com/distribution/reference."""
    if text == "scratch":
        return BaseImage(text, "", text, None, None)
    name, _, digest = text.partition("@")
    head, slash, last = name.rpartition("/")
    last, colon, tag = last.partition(":")
    registry, _, repository = f"{head}{slash}{last}".partition("/")
    if not repository or not (re.search(r"[.:A-Z]", registry) or registry == "localhost"):
        registry, repository = "docker.io", f"{head}{slash}{last}"
    if registry in ("docker.io", "index.docker.io"):
        registry, repository = "docker.io", repository if "/" in repository else f"library/{repository}"
    part = r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*"
    valid = (
        re.fullmatch(r"[A-Za-z0-9.-]+(?::[0-9]+)?", registry)
        and re.fullmatch(rf"{part}(?:/{part})*", repository)
        and (re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", tag) if colon else True)
        and (re.fullmatch(r"[a-z0-9+._-]+:[0-9a-fA-F]{32,}", digest) if "@" in text else True)
    )
    if not valid:
        return Unknown(f"{text[:100]!r} is not an image reference")
    return BaseImage(text, registry, repository, tag or None, digest or None)


def _identity(reference: str) -> tuple[str, str, str | None, str] | None:
    """What makes two references the same; None for what is no reference."""
    image = _image_reference(reference)
    if isinstance(image, Unknown):
        return None
    return image.registry, image.repository, image.digest, image.tag or "latest"


def _lambda_architecture(name: str) -> str:
    """An architecture in Lambda's words (`arm64`, `x86_64`); one that Lambda has not stays as it is."""
    aliases = {"amd64": "x86_64", "x86-64": "x86_64", "aarch64": "arm64", "arm64v8": "arm64"}
    return aliases.get(name, name)


def _architecture_of_platform(platform: str | Unknown | None) -> str | Unknown | None:
    """The architecture of `linux/arm64/v8` or, as containerd's platforms allow, of `arm64` alone."""
    if not isinstance(platform, str):
        return platform
    system, slash, rest = platform.lower().partition("/")
    name = rest.partition("/")[0] if slash else system
    if not re.fullmatch(r"[a-z0-9_-]+", name) or name in ("linux", "windows", "darwin", "local"):
        return Unknown(f"the platform {platform[:100]!r} names no architecture")
    return _lambda_architecture(name)


# --- Lambda runtimes ---

RUNTIMES_AS_OF: Final = "2026-10"
"""The month of the table below. Source: Lambda guide, "Lambda runtimes" (docs.aws.amazon.com/lambda/latest/dg/
lambda-runtimes.html), tables of supported and of deprecated runtimes, as cfn-lint 1.58.0 holds them; .NET 5 and 7,
which were for images only, from endoflife.date/aws-lambda. Future dates are AWS's plans."""

_DEPRECATION_DATES: Final[Mapping[str, str]] = {
    "dotnetcore2.1": "2022-01-05",
    "dotnetcore3.1": "2023-04-03",
    "dotnet5.0": "2022-05-10",
    "dotnet6": "2024-12-20",
    "dotnet7": "2024-05-14",
    "dotnet8": "2026-11-10",
    "dotnet9": "2026-11-10",
    "dotnet10": "2028-11-14",
    "go1.x": "2024-01-08",
    "java8": "2024-01-08",
    "java8.al2": "2027-06-30",
    "java11": "2027-06-30",
    "java17": "2027-06-30",
    "java21": "2029-06-30",
    "java25": "2029-06-30",
    "nodejs10.x": "2021-07-30",
    "nodejs12.x": "2023-03-31",
    "nodejs14.x": "2023-12-04",
    "nodejs16.x": "2024-06-12",
    "nodejs18.x": "2025-09-01",
    "nodejs20.x": "2026-04-30",
    "nodejs22.x": "2027-04-30",
    "nodejs24.x": "2028-04-30",
    "provided": "2024-01-08",
    "provided.al2": "2026-07-31",
    "provided.al2023": "2029-06-30",
    "python2.7": "2021-07-15",
    "python3.6": "2022-07-18",
    "python3.7": "2023-12-04",
    "python3.8": "2024-10-14",
    "python3.9": "2025-12-15",
    "python3.10": "2026-10-31",
    "python3.11": "2027-06-30",
    "python3.12": "2028-10-31",
    "python3.13": "2029-06-30",
    "python3.14": "2029-06-30",
    "ruby2.5": "2021-07-30",
    "ruby2.7": "2023-12-07",
    "ruby3.2": "2026-03-31",
    "ruby3.3": "2027-03-31",
    "ruby3.4": "2028-03-31",
    "ruby4.0": "2029-03-31",
}


def deprecated_on(runtime: str, today: date) -> str | None:
    """The day (ISO 8601) on which AWS deprecated the runtime; None before it, and for a runtime not in the table."""
    deprecated = _DEPRECATION_DATES.get(runtime)
    return deprecated if deprecated and deprecated <= today.isoformat() else None


def is_snapstart_ready(runtime: str) -> bool:
    """Whether AWS's base image of the runtime supports SnapStart by itself: Java 11+, Python 3.12+, .NET 8+.

    Every other image needs the label `com.amazonaws.lambda.feature.snapstart` or runtime hooks, or publishing a version
    fails (Lambda guide, snapstart-runtime-hooks-custom).
    """
    match = re.match(r"(java|python|dotnet)(\d+)(?:\.(\d+))?", runtime)
    if match is None:
        return False
    least = {"java": (11, 0), "python": (3, 12), "dotnet": (8, 0)}[match[1]]
    return (int(match[2]), int(match[3] or 0)) >= least
