"""A cloud assembly: its stacks, with what was met while reading it. Knows nothing of functions, images or rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from imagelint.assembly.assets import Assets
from imagelint.assembly.constructs import MetadataFiles
from imagelint.assembly.exports import Exports
from imagelint.assembly.problems import Problems
from imagelint.assembly.repeats import Repeats
from imagelint.assembly.stack import Stack
from imagelint.cloudformation.loops import Written
from imagelint.documents.files import Root
from imagelint.memo import Memo
from imagelint.model import Problem
from imagelint.text.words import shortened


class Assembly(Memo):
    """What was read from one path: stacks, and the problems met on the way."""

    def __init__(
        self,
        root: Root,
        parameters: Mapping[str, str] | None = None,
        account: str | None = None,
        region: str | None = None,
    ) -> None:
        super().__init__()
        self.root = root
        self.parameters = parameters or {}
        """The values that whoever deploys gives the parameters of stacks that no other one nests."""
        self.account, self.region = account, region
        """Where stacks are deployed that say nothing of it."""
        self.stacks: list[Stack] = []
        self.names: set[str] = set()
        """The names of the stacks."""
        self._alike: Counter[tuple[str, str]] = Counter()
        """How many stacks besides the first two were to have a name and key."""
        self.folders: set[str] = set()
        """The folders whose manifests were read, as real paths."""
        self.missing: set[str] = set()
        """The context that the app looked up in vain, by its keys."""
        self.log = Problems()
        self.metadata = MetadataFiles()
        self.templates = Repeats()
        self.assets = Assets(root, self.log)
        self.exports = Exports(self.stacks)
        self.loops = Written()
        self.has_manifest = False

    @property
    def problems(self) -> list[Problem]:
        """What could not be read."""
        return self.log.listed()

    @property
    def warnings(self) -> list[Problem]:
        """What was read but not understood."""
        return list(self.log.warnings)

    @property
    def unread(self) -> list[Problem]:
        """The templates that may be deployed and were not read, each by its path, or by where it is named."""
        return list(self.log.unread)

    def name_for(self, wanted: str, key: str) -> str:
        """A name that no other stack has, and has from now on: the wanted one, or one with the stack's key at its end.

        Stacks are told apart by their names, also where a manifest calls several of them the same.
        """
        wanted, key = shortened(wanted), shortened(key)
        name = wanted if wanted not in self.names else f"{wanted} ({key})"
        while name in self.names:
            self._alike[wanted, key] += 1
            name = f"{wanted} ({key}, {self._alike[wanted, key] + 1})"
        self.names.add(name)
        return name

    @property
    def by_name(self) -> Mapping[str, Stack]:
        """The stacks by their names."""
        return self.once(Assembly._sort_by_name)

    def _sort_by_name(self) -> Mapping[str, Stack]:
        return {stack.name: stack for stack in self.stacks}
