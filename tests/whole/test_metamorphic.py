"""What is rewritten without changing what is deployed gives the same report: all fixtures, in every rewriting."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path

import pytest

import imagelint
from fixtures.expect import DISTINCT, FIXTURES
from imagelint import Config, Finding, Report
from imagelint.rules.rule import load_rules
from support import metamorphic
from support.metamorphic import Documents, Rewriting, values

EVERYTHING = Config(select=("all",), today=date(2026, 6, 1))
RULES = load_rules()
pytestmark = pytest.mark.no_cover  # a thousand runs over lines that the tables cover

ONCE = {rule.id for rule in RULES if rule.about == "assembly"}
FIRST_DEPLOY = "repository-empty-on-first-deploy"

VALUES = [
    metamorphic.joined,
    metamorphic.substituted,
    metamorphic.substituted_by_name,
    metamorphic.selected,
    metamorphic.split,
    metamorphic.chosen,
    metamorphic.looked_up,
    metamorphic.missing_from_map,
    metamorphic.given_as_default,
    metamorphic.given_as_open_default,
    metamorphic.handed_through,
    metamorphic.imported,
]
ARRANGEMENTS = [
    metamorphic.compare_otherwise,
    metamorphic.export_otherwise,
    metamorphic.nest,
    metamorphic.rename,
    metamorphic.add_others,
    metamorphic.reverse,
    metamorphic.move_repositories,
    metamorphic.move_roles,
]
REWRITINGS: dict[str, Rewriting] = {
    **{each.__name__: values(each) for each in VALUES},
    **{each.__name__: each for each in ARRANGEMENTS},
}


@dataclass(frozen=True)
class Said:
    """One thing that a report says: which list it stands in, of which function, and all else but lines."""

    kind: str
    rule: str
    stack: str
    function: str
    construct_path: str | None
    message: str
    when: str | None = None
    pointer: str = ""
    template: str = ""
    related: tuple[Hashable, ...] = ()
    fingerprint: str = ""


def said(report: Report) -> Iterator[Said]:
    """What a report says."""
    for finding in report.findings:
        yield of_finding(finding)
        for use in finding.also:
            other = finding._replace(function=use.function, location=use.location, source=use.source)
            yield of_finding(other._replace(identity=use.identity))
    for held in report.suppressed:
        ref = held.function
        message = f"{held.by}: {held.reason}"
        yield Said("suppressed", held.rule, ref.stack, ref.logical_id, ref.construct_path, message)
    for unknown in report.unknown:
        ref = unknown.function
        yield Said("unknown", unknown.rule, ref.stack, ref.logical_id, ref.construct_path, ", ".join(unknown.facts))
    for kind, problems in (("error", report.errors), ("warning", report.warnings)):
        for problem in problems:
            path = re.sub(r":\d+:\d+$", "", problem.path)
            yield Said(kind, "", "", "", None, problem.message, template=path)


def of_finding(finding: Finding) -> Said:
    """A finding, with the construct's place in the app's source."""
    ref = finding.function
    return Said(
        "finding",
        finding.rule,
        ref.stack,
        ref.logical_id,
        ref.construct_path,
        finding.message,
        finding.when,
        finding.location.pointer,
        finding.location.template,
        (
            finding.source,
            *((each.location.template, each.location.pointer, each.message, each.source) for each in finding.related),
        ),
        finding.fingerprint,
    )


def lint(folder: Path) -> Report:
    """The report of all rules, with the folder shown as `cdk.out`."""
    return imagelint.lint(imagelint.load(folder, shown_as="cdk.out"), rules=RULES, config=EVERYTHING)


@lru_cache
def unchanged(scenario: str) -> Counter[Said]:
    """What is said of a fixture as it is."""
    return Counter(said(lint(FIXTURES / scenario / "cdk.out")))


# -- what a rewriting may change ----------------------------------------------------------------------------------

Forget = Callable[[Said], Said | None]
"""A statement without what a rewriting may change of it; None where it may come and go."""


def _forget_default(one: Said) -> Said:
    """Whoever deploys may give another value than the Default; the message says which parameter it hangs on."""
    words = r", the default of parameter \w+(?=,)| \(the default of parameter \w+\)"
    return replace(one, message=re.sub(words, "", one.message))


def _forget_nesting(one: Said) -> Said:
    """The function is in the nested stack now, which findings and fingerprints name."""
    return replace(one, stack=one.stack.replace("/Inner", "", 1), fingerprint="")


def _forget_names(one: Said) -> Said:
    """Names are back to what they were; fingerprints hold those of conditions, and of what has no construct path."""
    is_by_path = (one.construct_path or "").startswith(f"{one.stack}/")
    names = {name: metamorphic.original(getattr(one, name)) for name in ("function", "message", "pointer", "stack")}
    related = tuple(
        tuple(metamorphic.original(part) if isinstance(part, str) else part for part in each)
        if isinstance(each, tuple)
        else each
        for each in one.related
    )
    when = None if one.when is None else metamorphic.original(one.when)
    fingerprint = one.fingerprint if is_by_path and when is None else ""
    return replace(one, **names, related=related, when=when, fingerprint=fingerprint)


def _forget_first(one: Said) -> Said:
    """A rule that is told once is told of the first function."""
    if one.rule not in ONCE or one.kind != "finding":
        return one
    return Said(one.kind, one.rule, "", "", None, one.message)


def _forget_first_deploy(one: Said) -> Said | None:
    """A repository of another stack is there, and has its image, before the function's stack is deployed."""
    return None if one.rule == FIRST_DEPLOY else one


def _keep(one: Said) -> Said:
    return one


MAY_CHANGE: dict[str, Forget] = {
    "given_as_open_default": _forget_default,
    "nest": _forget_nesting,
    "rename": _forget_names,
    "reverse": _forget_first,
    "move_repositories": _forget_first_deploy,
}
"""By the name of the rewriting; every other one may change nothing."""

EXCEPTIONS: dict[tuple[str, str, str], str] = {
    ("given_as_open_default", "from-image-misuse", "ImageWithEmptyUri"): (
        "an empty Default is a blank that whoever deploys fills in; an empty literal is none"
    ),
    ("move_repositories", "pull-l1-no-policy", "NoPolicyByName"): (
        "two stacks without an environment, joined by nothing but a literal name, may be deployed to different accounts"
    ),
}
"""The functions of a rewritten fixture of which something else is said, each with why that is right."""


def told(found: Counter[Said], forget: Forget, documents: Documents) -> Counter[Said]:
    """What is said, without what may change; what was split off a template stands in it again."""
    back = {f"cdk.out/{added}": f"cdk.out/{file}" for added, file in documents.split_off.items()}
    kept: Counter[Said] = Counter()
    for one, times in found.items():
        related = tuple(
            (back.get(each[0], each[0]), *each[1:]) if isinstance(each, tuple) else each for each in one.related
        )
        one_kept = forget(replace(one, related=related))
        if one_kept is not None:
            kept[one_kept] += times
    return kept


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where copies of the fixtures are made, each for all rewritings: they all write the same files anew.

    What one adds stays behind, in no manifest.
    """
    return tmp_path_factory.mktemp("copies")


@pytest.mark.parametrize("scenario", DISTINCT)
@pytest.mark.parametrize("name", REWRITINGS)
def test_an_equivalent_assembly_gives_the_same_report(name: str, scenario: str, copies: Path) -> None:
    folder = copies / scenario
    if not folder.exists():
        shutil.copytree(FIXTURES / scenario / "cdk.out", folder, symlinks=True)
    documents = Documents.read(FIXTURES / scenario / "cdk.out")
    REWRITINGS[name](documents)
    documents.write(folder)
    forget = MAY_CHANGE.get(name, _keep)
    before = told(unchanged(scenario), forget, documents)
    after = told(Counter(said(lint(folder))), forget, documents)
    changed = {one.function for one in (before - after) + (after - before)}
    assert changed == {function for (*where, function) in EXCEPTIONS if where == [name, scenario]}, (
        before - after,
        after - before,
    )


LEAST = {"compare_otherwise": 5, "export_otherwise": 2, "move_repositories": 20, "move_roles": 40}
"""How many fixtures have what is rewritten, where not all have it; what needs what would stay behind is not moved."""


@pytest.mark.parametrize("name", REWRITINGS)
def test_a_rewriting_rewrites(name: str) -> None:
    """A rewriting that left the fixtures as they are would prove nothing."""
    rewritten = set()
    for scenario in DISTINCT:
        documents = Documents.read(FIXTURES / scenario / "cdk.out")
        before = repr(documents.files)
        REWRITINGS[name](documents)
        if repr(documents.files) != before:
            rewritten.add(scenario)
    assert len(rewritten) >= LEAST.get(name, len(DISTINCT)), sorted(set(DISTINCT) - rewritten)
