"""What a run is asked to do: which rules, changed in what, and how strict. Values only; it reads no file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import Any, Final, Literal

from imagelint.documents.limits import MAX_OWN_VALUES
from imagelint.model import SEVERITIES, Severity
from imagelint.record import Record

FailOn = Severity | Literal["never"]
BuildHost = Literal["auto", "x86_64", "arm64", "any"]
Changes = Mapping[str, Mapping[str, Any]]
"""A rule's slug or code -> the fields of its rule file that are changed."""


_NONE: Final[Changes] = {}


def fits(name: str, glob: str) -> bool:
    """Whether a name fits a glob of the configuration; `*` stands for slashes too."""
    return _matcher(glob)(name) is not None


@lru_cache(maxsize=MAX_OWN_VALUES)
def _matcher(glob: str) -> Callable[[str], object]:
    """As fnmatch.fnmatchcase, which makes a glob's expression again where there are some hundred of them."""
    import re
    from fnmatch import translate  # most configurations have no globs

    return re.compile(translate(glob)).match


class StackOverride(Record):
    """What is different for the stacks with some names."""

    stacks: tuple[str, ...]
    """Globs of a stack's path in the assembly or its name in CloudFormation."""
    rules: Changes = _NONE
    """Rules that differ from their files there."""
    ignore: tuple[str, ...] = ()
    """Slugs, codes and severities of rules that are not judged there."""

    place: str = "the configuration"
    """Where it is written, file and line."""

    def covers(self, names: Iterable[str]) -> bool:
        """Whether a stack with these names is meant."""
        return any(fits(name, glob) for name in names for glob in self.stacks)

    def uses(self, names: Iterable[str]) -> Iterator[str]:
        """What is recorded as used where a stack has these names: `use` of each glob that matches one."""
        listed = tuple(names)
        yield from (self.use(glob) for glob in self.stacks if any(fits(name, glob) for name in listed))

    def use(self, glob: str) -> str:
        """What a glob is known by in `Report.used`."""
        return f"{self.place} {glob}"


class SuppressionEntry(Record):
    """A decision of the configuration to live with what a rule finds in some constructs."""

    rule: str
    """A slug or code."""
    path: str
    """A glob of construct paths; what it matches is meant with all that is below it."""
    reason: str
    expires: date | None = None
    """The last day on which it holds."""
    place: str = "the configuration"
    """Where it is written, file and line."""


class Config(Record):
    """The settings of one run, with the values they have when nobody sets them."""

    select: tuple[str, ...] = ("error", "warning")
    """Slugs, codes and severities of the rules that are judged; `all` stands for every rule."""
    ignore: tuple[str, ...] = ()
    """Slugs, codes and severities of rules that are not judged, even if selected."""
    strict: bool | tuple[str, ...] = False
    """Whether what cannot be known is a finding; or the slugs, codes and severities of the rules for which it is."""
    inline_suppressions: bool = True
    """Whether the app and its templates may suppress findings themselves: by acknowledgements and by Metadata."""
    fail_on: FailOn = "error"
    """The mildest severity that closes the gate."""
    on_error: Literal["fail", "warn"] = "fail"
    """What a CloudFormation Hook answers where it cannot read what is deployed."""
    minimum_cdk_version: str = "2.0.0"
    """The oldest aws-cdk-lib that may have made an assembly."""
    build_host: BuildHost = "auto"
    """The architecture of the machine that builds the image assets; `auto` is this one, `any` may be either."""
    live: bool = False
    """Whether the account was asked: without, no rule is judged that speaks of what only the account knows."""
    today: date | None = None
    """The day that deprecations and expiry dates are judged on; None for the day of the run."""
    rules: Changes = _NONE
    """Rules that differ from their files everywhere."""
    overrides: tuple[StackOverride, ...] = ()
    """Rules that differ for some stacks; a later entry has the last word."""
    suppress: tuple[SuppressionEntry, ...] = ()
    baseline: frozenset[str] = frozenset()
    """Fingerprints of findings that were there when a team began."""

    @property
    def failing(self) -> tuple[Severity, ...]:
        """The severities of the findings that close the gate."""
        return () if self.fail_on == "never" else SEVERITIES[: SEVERITIES.index(self.fail_on) + 1]
