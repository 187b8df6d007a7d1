"""imagelint: a linter for Lambda container images in synthesised CloudFormation templates.

The public API is `load`, `lint` and what they return:

    report = imagelint.lint(imagelint.load("cdk.out"))
"""

from imagelint.assembly.assembly import Assembly
from imagelint.assembly.loading import load
from imagelint.config.model import Config
from imagelint.judge.engine import lint
from imagelint.model import Finding, Report

__all__ = ["Assembly", "Config", "Finding", "Report", "lint", "load"]
