"""One stack of an assembly: its template, and what the assembly's other files say of it.

Knows where things are; knows nothing of functions, images or rules. What cannot be read is a `Problem`.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from imagelint.assembly.constructs import LOOKED_FOR, NO_CONSTRUCTS, Constructs, MetadataFiles
from imagelint.assembly.prescan import UNSCANNED, hints_of, words_in
from imagelint.assembly.problems import MAX_SHOWN, Problems
from imagelint.assembly.repeats import INSTEAD, TOO_OFTEN
from imagelint.assembly.resource_types import FUNCTION_TYPES, NESTED_TYPES, STACK_SET_TYPE
from imagelint.assembly.template import ANY_TYPE, added_in_aws, checked, malformed_resources, open_loops, written_in_aws
from imagelint.cloudformation.loops import Origins, Written, expand, may_loop, written_at
from imagelint.cloudformation.scope import Lookup, Scope, mapping_of
from imagelint.documents.files import NO_MEMORY, Root, UnreadableFileError, parse_any
from imagelint.documents.parsing import Parsed, glance, locate
from imagelint.documents.pointer import Pointer, Position
from imagelint.text.holes import Str

MANIFEST: Final = "manifest.json"


class Stack(Scope):
    """One stack of the assembly: a template in an environment.

    Its name is the display name; that of a nested stack is its construct path, or has its logical ID at the end. Where
    several stacks would have one name, the name says which it is.
    """

    def __init__(
        self,
        *,
        name: str,
        account: Str,
        region: Str,
        stack_name: Str,
        lookup: Lookup,
        parameters: Mapping[str, Any] | None = None,
        parent: Stack | None = None,
        parent_id: str = "",
        file: str,
        root: Root,
        log: Problems,
        metadata: MetadataFiles,
        loops: Written,
        artifact: Mapping[str, Any] | None = None,
        folder: str = "",
        data: bytes | None = None,
        made_by: tuple[Stack, str] | None = None,
        titles: tuple[str, ...] = (),
    ) -> None:
        super().__init__(
            name=name,
            account=account,
            region=region,
            stack_name=stack_name,
            lookup=lookup,
            parameters=parameters,
            parent_id=parent_id,
        )
        self._parent = parent
        self.file = file
        """The template, relative to the assembly's folder."""
        self.root = root
        self.log = log
        """The problems of the assembly."""
        self.metadata = metadata
        """The metadata files of the assembly."""
        self.loops = loops
        """What the loops of the assembly have written out."""
        self.artifact = {} if artifact is None else artifact
        """The entry of the manifest that names the stack or the outermost of those that it is nested in."""
        self.folder = folder
        """The folder of that manifest."""
        self.data = data
        """The template's text, for a template that has no file."""
        self.made_by = made_by
        """The stack and the logical ID of the stack set that deploys this one, to accounts and regions of its own."""
        self.titles = titles
        """What else the assembly calls it: its display name, and the name of its artifact."""
        self.unread: list[str] = []
        """The logical IDs of the nested stacks whose templates are not here."""
        self.hints = UNSCANNED
        """What the template may hold, known without parsing it."""
        self.resources_in_all = 0
        """The resources of an outermost stack and of those that it nests, as far as they were looked at."""
        self._origins: Origins = {}
        self._at_hand: tuple[bytes, Any] | None = None
        """The template's text and what `glance` gave for it, from the look at it until it is parsed."""
        self._template: Mapping[str, Any] | None = None

    @property
    def parent(self) -> Stack | None:
        """The stack that nests this one."""
        return self._parent

    @property
    def display_path(self) -> str:
        """The template's path as messages name it."""
        if self._host is not None:
            return self._host.display_path
        return self.file if self.data is not None else self.root.show(self.file)

    @property
    def names(self) -> tuple[str, ...]:
        """What people may call the stack: its path, its deployed name, its display name and the name of its artifact,
        and those of the stacks it is nested in."""
        own = (self.name, *([self.stack_name] if isinstance(self.stack_name, str) else ()), *self.titles)
        return own if self.parent is None else (*own, *self.parent.names)

    @property
    def outermost(self) -> Stack:
        """The stack that is deployed: itself, or the one that nests it, however deep."""
        return self if self.parent is None else self.parent.outermost

    @property
    def owner(self) -> tuple[Stack, str] | None:
        """The stack and the logical ID of the resource that this one is made by: that nests it, or deploys it."""
        return self.made_by if self.parent is None else (self.parent, self.parent_id)

    def with_owners(self) -> list[Stack]:
        """The stack, the one that makes it, and so on."""
        found = [self]
        while found[-1].owner is not None:
            found.append(found[-1].owner[0])
        return found

    @property
    def _host(self) -> Stack | None:
        """The stack in whose template this one's is written, as a text."""
        return None if self.made_by is None or self.data is None else self.made_by[0]

    @property
    def has_own_text(self) -> bool:
        """Whether its template is a text of its own, and not written in that of another stack."""
        return self._host is None

    @property
    def is_of_manifest(self) -> bool:
        """Whether a manifest names the stack, or the one that it is nested in."""
        return bool(self.artifact)

    # -- the template ---------------------------------------------------------------------------------------------

    def text(self) -> bytes:
        """The template's text, the same whenever it is asked for. Raises UnreadableFileError."""
        return self.root.read_again(self.file) if self.data is None else self.data

    def scan(self) -> None:
        """Look what the template may hold. One with functions or nested stacks is parsed from what was read for that;
        most hold neither, and nothing of them is kept. Raises UnreadableFileError."""
        data = self.text()
        glanced = glance(data)
        self.hints = hints_of(glanced, data)
        if self.may_hold_functions:
            self._at_hand = data, glanced

    @property
    def may_hold_functions(self) -> bool:
        """Whether the template may hold functions, or nest or deploy stacks that do."""
        return self.hints.may_hold(*FUNCTION_TYPES, *NESTED_TYPES, STACK_SET_TYPE)

    @property
    def _parsed(self) -> Parsed:
        return self.once(Stack._parse)

    def _parse(self) -> Parsed:
        data, glanced = self._at_hand or (self.text(), None)
        self._at_hand = None
        if self.data is None:
            self.root.keep(self.file, data)
        return parse_any(data, self.display_path, glanced)

    @property
    def template(self) -> Mapping[str, Any]:
        """The parsed template with its loops written out; empty, and a problem, where it cannot be read."""
        if self._template is None:
            self._template = self._read_template()
        return self._template

    def _read_template(self) -> Mapping[str, Any]:
        try:
            template: Mapping[str, Any] = checked(self._parsed.value, self.display_path)
        except UnreadableFileError as error:
            self.log.report_unread(error)
            return {}
        self._warn_of_doubled_keys()
        if may_loop(template):
            self._template = template  # for whoever asks while the loops' collections are looked up
            template, self._origins = expand(template, self, self.loops)
        for pointer, message in malformed_resources(template):
            self.report(pointer, message)
        if self.hints is UNSCANNED:  # in one that was scanned is nothing of the kind
            for message in written_in_aws(template):
                self.log.warn(self.display_path, message)
        return template

    def written_at(self, pointer: Pointer) -> Pointer:
        """Where that is written which stands at a place of the template: in the body of the loop that makes it, or of
        the stack set."""
        if self.made_by is not None and self._host is not None:
            return self._host.written_at(("Resources", self.made_by[1], "Properties", "TemplateBody"))
        return written_at(pointer, self._origins)

    def _warn_of_doubled_keys(self) -> None:
        """CloudFormation takes the last (go-to-k/cdk-real-drift#1074), which is hardly what somebody meant."""
        doubled = self._parsed.doubled
        for key, (line, column) in doubled[:MAX_SHOWN]:
            message = f"has the key {key!r} twice in one object; CloudFormation takes the last"
            self.log.warn(f"{self.display_path}:{line}:{column}", message)
        if len(doubled) > MAX_SHOWN:
            beyond = len(doubled) - MAX_SHOWN
            self.log.warn(self.display_path, f"has {beyond:,} more keys twice than the {MAX_SHOWN} told here")

    def report(self, pointer: Pointer, message: str) -> None:
        """Record a problem of the template, with the line where it stands."""
        self.log.report_at(self, pointer, message)

    def positions(self, pointers: Sequence[Pointer]) -> Mapping[Pointer, Position]:
        """Line and column of places in the template; none, and a problem, where it has to be read again and cannot be,
        or has changed."""
        if self._host is not None:
            found = self._host.positions([at := self.written_at(())])
            return dict.fromkeys(pointers, found[at]) if found else {}
        written = {pointer: self.written_at(pointer) for pointer in pointers}
        try:
            is_yaml, value = self._parsed.is_yaml, self._parsed.value
            places = locate(self.text(), written.values(), is_yaml=is_yaml, value=value)
        except UnreadableFileError as error:
            self.log.report_unread(error)
            return {}
        except MemoryError:
            self.log.report(self.display_path, NO_MEMORY)
            return {}
        return {pointer: places[at] for pointer, at in written.items()}

    @property
    def by_type(self) -> Mapping[str, list[str]]:
        """The logical IDs of the well-formed resources by their types, in order."""
        return self.once(Stack._sort_by_type)

    def _sort_by_type(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for logical_id, resource in self.resources():
            found.setdefault(resource["Type"], []).append(logical_id)
        return found

    @property
    def function_ids(self) -> Sequence[str]:
        """The logical IDs of the Lambda functions, in order."""
        return self.once(Stack._find_functions)

    def _find_functions(self) -> Sequence[str]:
        return self.of_types(*FUNCTION_TYPES)

    def of_types(self, *kinds: str) -> list[str]:
        """The logical IDs of the well-formed resources of some types, in order."""
        found = {logical_id for kind in kinds for logical_id in self.by_type.get(kind, ())}
        return [logical_id for logical_id in self.section("Resources") if logical_id in found] if found else []

    def resources(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The well-formed resources of the template with their logical IDs."""
        for logical_id, resource in self.section("Resources").items():
            if not isinstance(resource, dict) or not isinstance(resource.get("Type"), str):
                continue
            if isinstance(resource.get("Properties", {}), dict):
                yield logical_id, resource

    # -- what is not in it ----------------------------------------------------------------------------------------

    def may_add(self, *kinds: str) -> bool:
        """Whether the deployment may make resources of some types that the template does not show.

        A macro adds any, a loop that is not written out those of its body, and a nested stack whose template is not
        here any.
        """
        if self.unread:
            return True
        if self.hints is not UNSCANNED:  # which only a template without any of these is
            return False
        return self._is_added_to or any(kind in loop for loop in self._open_loops for kind in (*kinds, ANY_TYPE))

    @property
    def may_add_any(self) -> bool:
        """Whether the deployment may make any resource that the template does not show."""
        return bool(self.unread) or (self.hints is UNSCANNED and bool(self._is_added_to or self._open_loops))

    @property
    def _is_added_to(self) -> bool:
        """Whether a macro, or a module, may add resources of any type."""
        return self.once(Stack._find_out_if_added_to)

    def _find_out_if_added_to(self) -> bool:
        return self.is_rewritten or any(True for _ in added_in_aws(self.template))

    @property
    def _open_loops(self) -> list[str]:
        """The loops among the resources that are not written out, each as text."""
        return self.once(Stack._find_open_loops)

    def _find_open_loops(self) -> list[str]:
        return open_loops(self.template)

    # -- the constructs -------------------------------------------------------------------------------------------

    @property
    def constructs(self) -> Constructs:
        """The metadata of the stack's constructs; those of a nested stack stand with its outermost parent."""
        if self.parent is not None:
            return self.parent.constructs
        if self._metadata_file is None:
            return self._own_constructs
        try:
            return self.metadata.read(self.root, self._metadata_file, self._own_constructs, self.name)
        except UnreadableFileError as error:
            self.log.report_unread(error)
            return self._own_constructs

    @property
    def _own_constructs(self) -> Constructs:
        """Those that the manifest itself has."""
        return self.once(Stack._read_own_constructs)

    def _read_own_constructs(self) -> Constructs:
        return Constructs.read(self.artifact.get("metadata"))

    @property
    def _metadata_file(self) -> str | None:
        """The file that has the others; None, and perhaps a problem, where there is none in the assembly."""
        return self.once(Stack._find_metadata_file)

    def _find_metadata_file(self) -> str | None:
        named = self.artifact.get("additionalMetadataFile")
        if named is None:
            return None
        manifest = self.root.show(os.path.join(self.folder, MANIFEST))
        try:
            file = self.root.inside(self.folder, named, "metadata file")
        except UnreadableFileError as error:
            self.log.report(manifest, f"stack {self.name!r} {error.message}")
            return None
        if self.metadata.named.allow(self.root, file):
            return file
        message = f"stack {self.name!r} names the metadata file {named!r}, as others do, and {TOO_OFTEN}: {INSTEAD}"
        self.log.report(manifest, message)
        return None

    def constructs_with(self, entry_type: str) -> Constructs:
        """The metadata of the stack's constructs; none, and no file parsed, where it cannot hold an entry of a type of
        `LOOKED_FOR`."""
        return self.constructs if entry_type in self.outermost.once(Stack._find_entry_types) else NO_CONSTRUCTS

    def _find_entry_types(self) -> frozenset[str]:
        """The types of `LOOKED_FOR` that the metadata may have entries of."""
        if self.artifact.get("metadata"):
            return LOOKED_FOR
        if self._metadata_file is None:
            return frozenset()
        try:
            return words_in(self.root.read(self._metadata_file), LOOKED_FOR)
        except UnreadableFileError:  # which `constructs` reports
            return LOOKED_FOR

    def construct_path_of(self, logical_id: str) -> str | None:
        """The path of a resource's construct, or None in a template that no CDK app made."""
        metadata = mapping_of(self.section("Resources").get(logical_id)).get("Metadata")
        path = mapping_of(metadata).get("aws:cdk:path")
        return path if isinstance(path, str) else self.constructs.path_of(logical_id)

    @property
    def functions_by_path(self) -> Mapping[str | None, int]:
        """How many functions of the template have a construct path: of CDK's own, never more than one."""
        return self.once(Stack._count_by_path)

    def _count_by_path(self) -> Mapping[str | None, int]:
        return Counter(map(self.construct_path_of, self.function_ids))

    def __repr__(self) -> str:
        return f"<Stack {self.name}>"
