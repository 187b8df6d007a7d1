"""Imports go one way, as the list below has it, and what is slow to import is not imported without need."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import imagelint

PACKAGE = Path(imagelint.__file__).parent
FIXTURES = Path(__file__).parent / "fixtures"

ORDER = (
    # What flows, and values without a context.
    "version",
    "model",
    "text",
    "partitions",
    "image_reference",
    "patterns",
    "policy",
    "dockerfile",
    "lifecycle",
    # Templates and what their values come to.
    "scope",
    "intrinsics",
    "template",
    "files",
    # The assembly and what is in it.
    "glance",
    "constructs",
    "assembly",
    "loading",
    "workspace",
    "functions",
    "resources",
    "edge",
    "surroundings",
    "permissions",
    "facts",
    # Rules, and how a run is set.
    "ruleset",
    "documents",
    "rulefiles",
    "config",
    "configfile",
    "settings",
    "suppression",
    "factsheet",
    "baseline",
    "explain",
    # Judging, telling, and who asks for it.
    "engine",
    "report",
    "inventory",
    "output",
    "progress",
    "synth",
    "__init__",
    "cfnlint_plugin",
    "cli",
    "__main__",
)
"""Modules and subpackages of imagelint: each may import those above it, and none below."""


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


def unit(module: str) -> str:
    """The entry of ORDER that a module belongs to."""
    return module.split(".")[0]


def test_every_module_has_a_place_in_the_order() -> None:
    assert {unit(module) for module in modules()} == set(ORDER)
    assert len(ORDER) == len(set(ORDER))


@pytest.mark.parametrize("module", modules())
def test_imports_go_one_way(module: str) -> None:
    below = ORDER[ORDER.index(unit(module)) + 1 :]
    assert [name for name in own_imports()[module] if unit(name) in below] == []


def test_no_module_imports_itself_in_a_roundabout_way() -> None:
    """Inside subpackages too. Raises CycleError, which names the modules."""
    assert list(TopologicalSorter(own_imports()).static_order())


@pytest.mark.parametrize(("module", "allowed"), [("model", set()), ("text", set()), ("ruleset", {"model"})])
def test_what_stands_alone(module: str, allowed: set[str]) -> None:
    assert own_imports()[module] <= allowed


def test_only_the_plugin_imports_cfn_lint() -> None:
    importers = {module for module, tree in modules().items() if "cfnlint" in {unit(name) for name in imported(tree)}}
    assert importers <= {"cfnlint_plugin"}


RUNS: dict[str, tuple[str, set[str]]] = {
    "import imagelint": (
        "import imagelint",
        {"cfnlint", "jsonschema", "jsonschema_rs", "click", "yaml", "xml", "importlib.metadata"},
    ),
    "check a clean assembly": (
        f"from imagelint.cli.main import main; main(['check', {str(FIXTURES / 'clean-app' / 'cdk.out')!r}])",
        {
            "cfnlint",
            "jsonschema",
            "jsonschema_rs",
            "yaml",
            "xml",
            "difflib",
            "hashlib",
            "imagelint.judge.baseline",
            "imagelint.cfnlint_plugin",
            "imagelint.documents.document",
            "imagelint.cli.explain",
            "imagelint.inventory.rows",
            "imagelint.aws.lifecycle",
            "imagelint.report.json",
            "imagelint.rules.own",
            "imagelint.cli.synth",
        },
    ),
    "check an assembly with findings": (
        f"from imagelint.cli.main import main; main(['check', {str(FIXTURES / 'demo' / 'cdk.out')!r}, '--fail-on=never'])",
        {"cfnlint", "jsonschema", "xml", "difflib", "hashlib", "imagelint.cfnlint_plugin", "imagelint.report.json"},
    ),
    "list the rules": (
        "from imagelint.cli.main import main; main(['rules'])",
        {"cfnlint", "jsonschema", "jsonschema_rs"},
    ),
}


@pytest.mark.parametrize(("code", "unwanted"), RUNS.values(), ids=RUNS)
def test_a_run_imports_nothing_that_it_does_not_need(code: str, unwanted: set[str]) -> None:
    program = f"import sys\ntry:\n    {code}\nfinally:\n    print(*sorted(sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split())
    assert "imagelint.assembly.assembly" in loaded
    assert loaded & unwanted == set()
