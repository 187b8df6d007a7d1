"""The build hook: what a wheel holds besides the sources.

The content of the rule files as one JSON text, which is read far faster. A checkout, which is what an editable install
is, reads the rule files themselves, so that nothing there can be stale.

With IMAGELINT_COMPILED=1 in the environment also the modules compiled by mypyc, for one Python on one kind of machine;
the sources are there as well. docs/decisions/11-compiled-wheels.md says why.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any, Final

import yaml
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOMS: Final = ("assembly", "aws", "cloudformation", "documents", "facts", "judge", "rules", "text")
"""The rooms that are compiled: where a run on many functions or many templates spends its time."""


class WheelHook(BuildHookInterface[Any]):
    """Adds the catalogue that `imagelint.rules.rule.load_rules` looks for and, if asked for, the compiled modules."""

    def dependencies(self) -> list[str]:
        """What compiling needs to be installed."""
        return ["mypy>=2.4", "setuptools"] if self.is_compiled() else []

    def is_compiled(self) -> bool:
        """Whether a compiled wheel is asked for."""
        return self.target_name == "wheel" and os.environ.get("IMAGELINT_COMPILED") == "1"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add to a wheel; `version` is "editable" where the wheel is one of links to the checkout."""
        if version == "editable":
            return
        self.folder = tempfile.TemporaryDirectory()
        rules = [yaml.safe_load(file.read_bytes()) for file in sorted(Path(self.root, "rules").glob("*.yaml"))]
        catalogue = Path(self.folder.name, "catalogue.json")
        catalogue.write_text(json.dumps(rules), encoding="ascii")
        build_data["force_include"][str(catalogue)] = "imagelint/rules/builtin/catalogue.json"
        if self.is_compiled():
            built = compiled(Path(self.root), Path(self.folder.name))
            build_data["force_include"] |= {str(file): file.relative_to(built).as_posix() for file in modules_in(built)}
            build_data |= {"pure_python": False, "infer_tag": True}

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what `initialize` wrote."""
        if version != "editable":
            self.folder.cleanup()


def sources(root: Path) -> list[str]:
    """The modules that are compiled, as paths relative to the checkout."""
    inside = (file for room in ROOMS for file in Path(root, "imagelint", room).rglob("*.py"))
    files = sorted([*inside, Path(root, "imagelint", "memo.py")])
    return [str(file.relative_to(root)) for file in files if file.name != "__init__.py"]


def compiled(root: Path, folder: Path) -> Path:
    """Compile below a temporary folder, which has to be done in `root`; returns the folder that holds the modules."""
    from mypyc.build import mypycify
    from setuptools import Distribution

    # `make lint` checks the types; here they only say what to compile to, and nothing but mypy is installed.
    options = ["--config-file=", f"--cache-dir={folder / 'cache'}", "--ignore-missing-imports"]
    untyped = ["--disable-error-code=import-untyped"]
    modules = mypycify(
        [*options, *untyped, *sources(root)],
        opt_level=os.environ.get("IMAGELINT_OPT_LEVEL", "2"),
        debug_level="0",
        target_dir=str(folder / "c"),
        group_name="imagelint",
    )
    build = Distribution({"name": "imagelint", "ext_modules": modules}).get_command_obj("build_ext")
    build.build_lib, build.build_temp = str(folder / "lib"), str(folder / "temp")
    build.ensure_finalized()
    build.run()
    return folder / "lib"


def modules_in(folder: Path) -> list[Path]:
    """The modules that were compiled, and what they share."""
    return sorted([*folder.rglob("*.so"), *folder.rglob("*.pyd")])
