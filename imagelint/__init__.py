"""imagelint: a linter for Lambda container images in synthesised CloudFormation templates.

The public API is `load`, `lint` and what they return:

    report = imagelint.lint(imagelint.load("cdk.out"))
"""

from typing import TYPE_CHECKING

__all__ = ["Assembly", "Config", "Finding", "Report", "lint", "load"]

if TYPE_CHECKING:
    from imagelint.assembly.assembly import Assembly
    from imagelint.assembly.loading import load
    from imagelint.config.model import Config
    from imagelint.judge.engine import lint
    from imagelint.model import Finding, Report
else:
    _HOMES = {
        "Assembly": "imagelint.assembly.assembly",
        "Config": "imagelint.config.model",
        "Finding": "imagelint.model",
        "Report": "imagelint.model",
        "lint": "imagelint.judge.engine",
        "load": "imagelint.assembly.loading",
    }

    def __getattr__(name):
        """Import a name of the API when it is first asked for: the command line needs few modules for `--version`, and
        sets the collection of garbage aside before it imports the others."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
