"""From facts documents to the rows of the inventory, one for each image that a function may run. Knows no format."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from imagelint.assembly.assembly import Assembly
from imagelint.assembly.functions import Function, functions_of
from imagelint.config.model import Config
from imagelint.facts.draft import Facts
from imagelint.facts.facts import facts_of
from imagelint.facts.index import ResourceIndex
from imagelint.facts.scenarios import when
from imagelint.model import FunctionRef, Problem

Certainty = Literal["known", "partial", "unknown", "not-built", "none"]
"""How much of an image reference is known: all, some, nothing; or that SAM has still to build the image, or that there
is no reference although the function is meant to be an image."""
PinnedBy = Literal["digest", "tag", "none"]
Place = Literal["asset", "this-stack", "another-stack", "another-account", "outside", "unknown"]
"""What makes the repository: CDK's bootstrap for an asset, a stack of the assembly, or nothing in it."""
Puller = Literal[
    "asset",
    "lambda-service",
    "execution-role",
    "service-and-role",
    "service-and-account",
    "nobody",
    "not-visible",
]
"""Who is known to be let in, by the policies of the assembly. Across accounts Lambda's service and the function's
account are both needed, and one of them alone is nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One image function in the scenarios in which it runs one image. Texts have `${…}` where a part is open."""

    function: FunctionRef
    template: str
    """The template's display path."""
    certainty: Certainty
    uri: str | None
    """The image reference as far as it is known."""
    account: str | None
    region: str | None
    repository: str | None
    """The repository's name; None where the reference is not known to be a sound one of Amazon ECR."""
    pinned_by: PinnedBy | None
    tag: str | None
    digest: str | None
    architecture: str | None
    asset_platform: str | None
    """The platform that the asset is built for; None where it names none, and for images that are no assets."""
    place: Place
    stack: str | None
    """The stack of the assembly that makes the repository."""
    same_account: bool | None
    """Whether the repository is in the function's account."""
    same_region: bool | None
    """Whether the repository is in the function's region."""
    puller: Puller
    own_account: str | None = None
    """The function's account."""
    own_region: str | None = None
    same_architecture: bool | None = None
    """Whether the platform that the asset is built for is the function's architecture; None where it names none."""
    when: str | None = None
    """The conditions under which the row holds, in words; None when it always does."""

    @property
    def image(self) -> str | None:
        """What people call the image: its repository, or the whole reference where that is not one of Amazon ECR."""
        return self.repository or self.uri

    @property
    def which_function(self) -> Hashable:
        """What makes it the same function."""
        return self.function, self.template

    @property
    def which_repository(self) -> Hashable:
        """What makes it the same repository; one whose name is open may be another in each stack."""
        owner: Hashable = self.stack
        if self.image is None:
            owner = self.which_function
        elif self.stack is None and self.place != "asset" and "${" in self.image:
            owner = self.function.stack, self.template
        return self.image, self.account, self.region, owner

    @property
    def pin(self) -> str | None:
        """The tag or the digest, whichever selects the image."""
        return self.digest if self.pinned_by == "digest" else self.tag


@dataclass(frozen=True, slots=True)
class Inventory:
    """The image functions of one or several assemblies, and what could not be read."""

    templates: int
    rows: tuple[Row, ...] = ()
    errors: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()

    @property
    def functions(self) -> int:
        """The number of functions, which may have several rows each."""
        return len({(row.template, row.function) for row in self.rows})


def take(assembly: Assembly, templates: Collection[str] | None = None) -> Inventory:
    """The inventory of an assembly, or of some of its templates alone, ordered by stack and construct path."""
    # No row depends on the day, the version of CDK or the machine that builds, which only facts for rules do.
    index = ResourceIndex(assembly, date.min, Config().minimum_cdk_version, Config().build_host)
    rows = Rows()
    for stack in assembly.stacks:
        if templates is None or stack.display_path in templates:
            for function in functions_of(stack):
                rows.add(function, list(facts_of(function, index)))
    return rows.inventory(assembly, templates)


class Rows:
    """The rows of the functions whose facts were seen so far."""

    def __init__(self) -> None:
        self._rows: list[tuple[_Order, list[Row]]] = []

    def add(self, function: Function, documents: Sequence[Facts]) -> None:
        """Take the rows of a function, whose facts are those of all its scenarios."""
        self._rows.append((_order(function), list(_rows(function, documents))))

    def inventory(self, assembly: Assembly, templates: Collection[str] | None = None) -> Inventory:
        """The inventory of the assembly that the functions are of, or of some of its templates alone."""
        stacks = [stack for stack in assembly.stacks if templates is None or stack.display_path in templates]
        rows = [row for _, rows in sorted(self._rows, key=lambda each: each[0]) for row in rows]
        chosen = tuple(row for row in rows if templates is None or row.template in templates)
        return Inventory(len(stacks), chosen, _sorted(assembly.problems), _sorted(assembly.warnings))


def merge(inventories: Iterable[Inventory]) -> Inventory:
    """Several inventories as one, in the order given; what is alike in two of them is listed once."""
    taken = list(inventories)
    return Inventory(
        sum(each.templates for each in taken),
        tuple(dict.fromkeys(row for each in taken for row in each.rows)),
        tuple(dict.fromkeys(problem for each in taken for problem in each.errors)),
        tuple(dict.fromkeys(problem for each in taken for problem in each.warnings)),
    )


def _sorted(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: (problem.path, problem.message)))


_Order = tuple[str, str, str, str]


def _order(function: Function) -> _Order:
    reference = function.reference
    return (reference.stack, function.stack.display_path, reference.construct_path or "", reference.logical_id)


def _rows(function: Function, documents: Sequence[Facts]) -> Iterator[Row]:
    """A row for each way that a function's scenarios differ in what the inventory tells; the likeliest first."""
    rows = [_row(function, facts) if _is_image(facts) else None for facts in documents]
    for row in dict.fromkeys(rows):
        if row is not None:
            yield replace(row, when=when(documents, [each == row for each in rows]))


def _is_image(facts: Facts) -> bool:
    """Whether the function is meant to be an image; where that is open, whether its code is one."""
    return bool(facts.values.get("function.is_image", facts.values.get("function.code") in ("image", "both")))


def _row(function: Function, facts: Facts) -> Row:
    values = facts.values
    is_sound = values.get("image.malformed") is None and values.get("image.unresolved") is None
    is_ecr = values.get("image.known_foreign") is False
    return Row(
        function=function.reference,
        template=function.stack.display_path,
        certainty=_certainty(facts),
        uri=facts.known("image.uri"),
        account=facts.known("image.account") if is_sound else None,
        region=facts.known("image.region") if is_sound else None,
        repository=facts.known("image.repository") if is_sound and is_ecr else None,
        pinned_by=values.get("image.pinned_by"),
        tag=facts.known("image.tag"),
        digest=facts.known("image.digest"),
        architecture=facts.known("function.architecture"),
        asset_platform=facts.known("asset.platform"),
        place=_place(facts, function),
        stack=values.get("repository.stack"),
        same_account=values.get("image.account_matches"),
        same_region=values.get("image.region_matches"),
        puller=_puller(facts),
        own_account=facts.known("stack.account"),
        own_region=facts.known("stack.region"),
        same_architecture=values.get("asset.platform_matches") if values.get("asset.platform") else None,
    )


def _certainty(facts: Facts) -> Certainty:
    if "image.uri" in facts.values:
        return "known"
    if "image.uri" in facts.shown:
        return "partial"
    if facts.values.get("function.build_pending"):
        return "not-built"
    return "none" if facts.values.get("function.code") in ("none", "zip") else "unknown"


def _place(facts: Facts, function: Function) -> Place:
    values = facts.values
    if values.get("image.is_asset"):
        return "asset"
    if stack := values.get("repository.stack"):
        return "this-stack" if stack == function.stack.name else "another-stack"
    if values.get("image.account_matches") is False:
        return "another-account"
    is_outside = values.get("repository.in_assembly") is False or values.get("image.known_foreign")
    return "outside" if is_outside else "unknown"


def _puller(facts: Facts) -> Puller:
    values = facts.values
    if values.get("image.is_asset"):
        return "asset"
    permitted = values.get("pull.permitted")
    if not permitted:
        return "not-visible" if permitted is None else "nobody"
    if values.get("image.account_matches") is False:
        return "service-and-account"
    if values.get("pull.lambda_service"):
        return "service-and-role" if values.get("pull.execution_role") else "lambda-service"
    return "execution-role"
