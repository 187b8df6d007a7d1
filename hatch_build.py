"""The build hook: puts the content of the rule files into the wheel as one JSON text, which is read far faster.

A checkout, which is what an editable install is, reads the rule files themselves, so that nothing there can be stale.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import yaml
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CatalogueHook(BuildHookInterface[Any]):
    """Writes the catalogue that `imagelint.rules.rule.load_rules` looks for."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the catalogue to a wheel; `version` is "editable" where the wheel is one of links to the checkout."""
        if version == "editable":
            return
        self.folder = tempfile.TemporaryDirectory()
        rules = [yaml.safe_load(file.read_bytes()) for file in sorted(Path(self.root, "rules").glob("*.yaml"))]
        catalogue = Path(self.folder.name, "catalogue.json")
        catalogue.write_text(json.dumps(rules, ensure_ascii=False), encoding="utf-8")
        build_data["force_include"][str(catalogue)] = "imagelint/rules/builtin/catalogue.json"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what `initialize` wrote."""
        if version != "editable":
            self.folder.cleanup()
