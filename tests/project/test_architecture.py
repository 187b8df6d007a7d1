"""Rooms import one way, as the table below has it, and what is slow to import is not imported without need."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import imagelint
from fixtures.expect import FIXTURES

PACKAGE = Path(imagelint.__file__).parent

MAY_IMPORT: dict[str, set[str]] = {
    # What all stand on. A record may be anywhere.
    "record": set(),
    "version": set(),
    "model": set(),
    "memo": set(),
    "text": set(),
    "documents": {"text", "memo", "model"},
    "aws": {"text"},
    "rules": {"documents", "text", "model"},
    "config": {"rules", "documents", "text", "model"},
    # Load, resolve, facts, judge, report. An export's name has to be resolved to load what imports it.
    "cloudformation": {"aws", "documents", "text", "memo"},
    "assembly": {"cloudformation", "documents", "text", "memo", "model"},
    "facts": {"assembly", "cloudformation", "aws", "documents", "text", "memo"},
    "judge": {"facts", "rules", "config", "assembly", "aws", "cloudformation", "documents", "text", "memo", "model"},
    "report": {"rules", "model"},
    "inventory": {"facts", "config", "assembly", "report", "model"},
    # What the account says, for `check --live` and audits of deployed stacks alone.
    "live": {"facts", "assembly", "cloudformation", "aws", "version"},
    # Who asks for it: from Python, inside CDK and cfn-lint, for an organisation, on the command line.
    "__init__": {"judge", "config", "assembly", "model"},
    "cdk": {"__init__", "judge", "report", "config", "rules", "assembly", "model", "version"},
    "cfnlint_plugin": {"__init__", "report", "rules", "assembly", "documents", "model"},
    "hook": {"__init__", "report", "config", "rules", "assembly", "documents", "model"},
    "audit": {
        "__init__",
        "report",
        "inventory",
        "live",
        "facts",
        "config",
        "rules",
        "assembly",
        "aws",
        "documents",
        "model",
        "version",
    },
    "cli": {
        "__init__",
        "audit",
        "judge",
        "report",
        "inventory",
        "live",
        "facts",
        "config",
        "rules",
        "assembly",
        "aws",
        "documents",
        "text",
        "model",
        "version",
    },
    "__main__": {"cli"},
}
"""The rooms of imagelint, and its modules outside of them, each with those that it may import besides itself."""

MAY_LOAD: dict[str, set[str]] = {
    "aws_cdk": {"cdk"},
    "boto3": {"live"},
    "botocore": {"live"},
    "cfnlint": {"cfnlint_plugin"},
    "click": {"cli"},
    "distributed": {"audit"},
    "filelock": {"audit"},
    "fsspec": {"audit"},
    "jsonschema": {"documents"},
    "jsonschema_rs": {"documents", "rules"},
    "pebble": {"audit"},
    "pyarrow": {"audit"},
    "yaml": {"documents", "rules"},
    "xml": {"report"},
}
"""What is slow to import, and the rooms that may; the runs below show when they do."""


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of the package by its dotted name below `imagelint`, parsed."""
    return {
        ".".join(file.relative_to(PACKAGE).with_suffix("").parts): ast.parse(file.read_text(encoding="utf-8"))
        for file in sorted(PACKAGE.rglob("*.py"))
    }


def imported(tree: ast.Module) -> set[str]:
    """The dotted names that a module imports, wherever in it: `a.b` for both `import a.b` and `from a import b`."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports are not used here"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def module_of(name: str) -> str:
    """The module of imagelint that `imagelint.facts.image.state` is in: `facts.image`; `__init__` for the package."""
    parts = name.split(".")[1:]
    while parts:
        path = PACKAGE.joinpath(*parts)
        if path.with_suffix(".py").is_file():
            return ".".join(parts)
        if path.is_dir():
            return ".".join([*parts, "__init__"])
        parts = parts[:-1]
    return "__init__"


@cache
def own_imports() -> dict[str, set[str]]:
    """Which modules of imagelint each module of imagelint imports."""
    return {
        module: {module_of(name) for name in imported(tree) if name.split(".")[0] == "imagelint"}
        for module, tree in modules().items()
    }


def room(module: str) -> str:
    """The entry of MAY_IMPORT that a module belongs to; of another package's module, the package."""
    return module.split(".")[0]


ROOMS = sorted({room(module) for module in modules() if "." in module})


def test_every_module_is_in_the_table() -> None:
    assert {room(module) for module in modules()} == MAY_IMPORT.keys()


@pytest.mark.parametrize("module", modules())
def test_a_room_imports_what_the_table_allows(module: str) -> None:
    assert {room(name) for name in own_imports()[module]} - {room(module), "record"} <= MAY_IMPORT[room(module)]


def test_rooms_import_one_way() -> None:
    """Raises CycleError, which names the rooms."""
    assert list(TopologicalSorter(MAY_IMPORT).static_order())


def test_no_module_imports_itself_in_a_roundabout_way() -> None:
    """Inside rooms too. Raises CycleError, which names the modules."""
    assert list(TopologicalSorter(own_imports()).static_order())


@pytest.mark.parametrize("name", ROOMS)
def test_a_room_says_what_it_is_for_and_what_it_must_not_know(name: str) -> None:
    """In two sentences and no code: whoever imports one module of a room does not pay for the others."""
    (only,) = modules()[f"{name}.__init__"].body
    assert isinstance(only, ast.Expr)
    purpose, limits = (ast.get_docstring(modules()[f"{name}.__init__"]) or "").split("\n\n")
    assert purpose.endswith(".")
    assert limits.startswith("It must not know ")


def private_names(module: str) -> Iterator[str]:
    """The names with an underscore that a module takes from another module of imagelint."""
    own: set[str] = set()
    for node in ast.walk(modules()[module]):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "imagelint":
            own |= {alias.asname or alias.name for alias in node.names}
            yield from (alias.name for alias in node.names if alias.name.startswith("_"))
    for node in ast.walk(modules()[module]):
        match node:
            case ast.Attribute(ast.Name(owner), attr) if owner in own and attr.startswith("_"):
                yield f"{owner}.{attr}"


@pytest.mark.parametrize("module", modules())
def test_private_names_stay_in_their_module(module: str) -> None:
    assert list(private_names(module)) == []


BY_KEYWORD = {"assembly", "cloudformation", "config"}
"""The rooms whose records are built by keyword, so that no two strings change places unseen."""


@cache
def records() -> set[str]:
    """The records and dataclasses with three or more fields of the rooms of BY_KEYWORD."""
    return {
        node.name
        for module, tree in modules().items()
        if room(module) in BY_KEYWORD
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        if "dataclass" in ast.dump(ast.List(node.decorator_list)) or "Record" in map(ast.unparse, node.bases)
        if sum(isinstance(each, ast.AnnAssign) for each in node.body) > 2
    }


@pytest.mark.parametrize("module", modules())
def test_records_are_built_by_keyword(module: str) -> None:
    calls = [node for node in ast.walk(modules()[module]) if isinstance(node, ast.Call)]
    assert [ast.unparse(call) for call in calls if ast.unparse(call.func) in records() and call.args] == []


COMPILED = {"memo", "text", "documents", "aws", "rules", "cloudformation", "assembly", "facts", "judge"}
"""What hatch_build.py compiles by mypyc, if it is asked to."""


@pytest.mark.parametrize("module", sorted(modules().keys() - {"record"}))
def test_a_named_tuple_is_a_record(module: str) -> None:
    """Which takes a seventh of the time to make."""
    assert not {"typing.NamedTuple", "collections.namedtuple"} & imported(modules()[module])


def test_no_property_is_cached_in_what_is_compiled() -> None:
    """mypyc takes it for a property, and it would be computed anew each time: `Memo.once` is for that."""
    cached = [module for module, tree in modules().items() if "functools.cached_property" in imported(tree)]
    assert COMPILED.isdisjoint(map(room, cached))


def test_the_records_are_seen() -> None:
    assert {"Scenario", "DockerAsset", "StackOverride", "SuppressionEntry"} <= records()


@pytest.mark.parametrize(
    ("module", "allowed"), [("rules.keywords", set()), ("rules.rule", {"model", "record", "rules.keywords"})]
)
def test_what_stands_alone(module: str, allowed: set[str]) -> None:
    assert own_imports()[module] <= allowed


@pytest.mark.parametrize(("library", "allowed"), MAY_LOAD.items())
def test_what_is_slow_to_import_has_its_room(library: str, allowed: set[str]) -> None:
    importers = {module for module, tree in modules().items() if library in set(map(room, imported(tree)))}
    assert set(map(room, importers)) == allowed


LIVE = {"boto3", "botocore", "imagelint.live.session", "imagelint.live.asking", "imagelint.aws.account"}
"""What only a run with --live needs."""
MAIN = "from imagelint.cli.main import main; main"
RUNS: dict[str, tuple[str, set[str]]] = {
    "import the API": (
        "from imagelint import *",
        {"cfnlint", "jsonschema", "jsonschema_rs", "click", "yaml", "xml", "importlib.metadata"},
    ),
    "check a clean assembly": (
        f"{MAIN}(['check', {str(FIXTURES / 'clean-app' / 'cdk.out')!r}])",
        {
            "cfnlint",
            "jsonschema",
            "jsonschema_rs",
            "xml",
            "difflib",
            "hashlib",
            "dataclasses",
            "imagelint.judge.baseline",
            "imagelint.cfnlint_plugin",
            "imagelint.assembly.folders",
            "imagelint.aws.dockerfile.patterns",
            "imagelint.cli.parameters",
            "imagelint.inventory.formats",
            "imagelint.documents.document",
            "imagelint.cli.explain",
            "imagelint.inventory.rows",
            "imagelint.aws.lifecycle",
            "imagelint.report.frames",
            "imagelint.report.html.report",
            "imagelint.report.json",
            "imagelint.cli.excerpts",
            "imagelint.judge.comparison",
            "imagelint.rules.own",
            "imagelint.rules.errors",
            "imagelint.rules.snippets",
            "imagelint.cli.diagnosis",
            "imagelint.cli.synth",
        },
    ),
    "check an assembly with findings": (
        f"{MAIN}(['check', {str(FIXTURES / 'demo' / 'cdk.out')!r}, '--fail-on=never'])",
        {
            "cfnlint",
            "jsonschema",
            "xml",
            "difflib",
            "hashlib",
            "dataclasses",
            "imagelint.cfnlint_plugin",
            "imagelint.judge.comparison",
            "imagelint.report.html.report",
            "imagelint.report.json",
            "textwrap",
        },
    ),
    "list the rules": (
        f"{MAIN}(['rules'])",
        {"cfnlint", "jsonschema", "jsonschema_rs", "imagelint.assembly.assembly"},
    ),
}


@pytest.mark.parametrize(("code", "unwanted"), RUNS.values(), ids=RUNS)
def test_a_run_imports_nothing_that_it_does_not_need(code: str, unwanted: set[str]) -> None:
    """Here, where the rule files are read; that a wheel's run does without yaml, test_packaging shows."""
    own = [name for name in unwanted | LIVE if name.startswith("imagelint.")]
    assert [name for name in own if module_of(name) != name.removeprefix("imagelint.")] == []  # else none could load it
    program = f"import sys\ntry:\n    {code}\nfinally:\n    print(*sorted(sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split())
    assert "imagelint.model" in loaded
    assert loaded & (unwanted | LIVE) == set()
