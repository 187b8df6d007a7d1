"""imagelint inside the synthesis of a Python app: a validation plugin of AWS CDK.

    from imagelint.cdk import ImagelintPlugin

    Validations.of(app).add_plugins(ImagelintPlugin())

The only module that imports aws_cdk. It judges the cloud assembly that the synthesis has just written, as
`imagelint check cdk.out` would, and hands the report to CDK. Checked with aws-cdk-lib 2.71.0 to 2.275.0.
"""

from __future__ import annotations

import atexit
import os
import re
import sys
import traceback
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import version
from inspect import signature
from typing import Any, Final

try:
    import aws_cdk
    import jsii
except ModuleNotFoundError as error:
    if error.name not in {"aws_cdk", "jsii"}:
        raise
    raise ImportError("imagelint.cdk needs aws-cdk-lib: pip install 'imagelint[cdk]'", name=error.name) from None

from imagelint import Assembly, lint, load
from imagelint.assembly.around import assemblies_around, deployed_with
from imagelint.assembly.stack import MANIFEST
from imagelint.config.discovery import load_settings
from imagelint.config.model import FailOn
from imagelint.config.selection import rules_anywhere
from imagelint.judge.engine import restricted, with_unused_entries
from imagelint.model import UsageError
from imagelint.report.cdk import plugin_report, refusal
from imagelint.report.escape import visible
from imagelint.report.formats import Context as ReportContext
from imagelint.rules.rule import load_rules
from imagelint.version import VERSION

_IS_STABLE: Final = hasattr(aws_cdk, "PolicyValidationPluginReport")
"""Whether CDK has the interface without `Beta1` in its names."""
_RAISES: Final = not (2, 73) <= tuple(map(int, version("aws-cdk-lib").split(".")[:2])) < (2, 262)
"""Whether CDK raises for a report that fails. In between it set the exit status of its own process, Node.js, so that a
Python app ended with 0 (aws/aws-cdk#24872, #26844)."""


_NOTHING_FOUND: Final[Mapping[str, Any]] = {"success": True, "violations": []}


def _of_cdk(name: str) -> Any:
    """One of CDK's classes, whose name ended in `Beta1` before."""
    return getattr(aws_cdk, name if _IS_STABLE else f"{name}Beta1")


@jsii.implements(_of_cdk("IPolicyValidationPlugin"))
class ImagelintPlugin:
    """Judges the image functions of an app, or of a stage, at the end of `cdk synth`.

    For `Validations.of(app).add_plugins(…)`, and for `policy_validation_beta1=[…]` of App and Stage before that.
    """

    def __init__(
        self,
        *,
        fail_on: FailOn | None = None,
        strict: bool | None = None,
        config: str | None = None,
        select: Sequence[str] | None = None,
        ignore: Sequence[str] | None = None,
    ) -> None:
        """Each of these has the last word over the configuration, which is found as by the command line.

        `fail_on` is the mildest severity that fails the synthesis, `config` the file to read instead of the
        `.imagelint.yaml` that is found; `select` and `ignore` are slugs, codes and severities of rules.
        """
        self._config = config
        given = {
            "fail_on": fail_on,
            "strict": strict,
            "select": None if select is None else tuple(select),
            "ignore": None if ignore is None else tuple(ignore),
        }
        self._given = {name: value for name, value in given.items() if value is not None}

    @property
    def name(self) -> str:
        """What CDK calls the plugin: acknowledgements begin with it, `imagelint::image-tag-latest`."""
        return "imagelint"

    @property
    def version(self) -> str:
        """imagelint's own."""
        return VERSION

    @property
    def rule_ids(self) -> list[str]:
        """The slugs of the built-in rules, which CDK asks for once a stack and notes in its template for analytics."""
        return list(_slugs())

    def validate(self, context: Any) -> Any:
        """CDK's call, when the whole assembly is written. Raises nothing: CDK's CLI takes that as a success."""
        try:
            answer = self._judge(list(context.template_paths))
        except (UsageError, OSError) as error:
            answer = refusal(str(error), VERSION)
        except Exception as error:
            traceback.print_exc()
            answer = refusal(f"imagelint crashed: {type(error).__name__}: {error}", VERSION)
        if not answer["success"] and not _RAISES:
            atexit.register(_end_with_failure)
        return _as_struct(answer)

    def _judge(self, written: Sequence[str]) -> Mapping[str, Any]:
        """The report of some templates, which CDK asks about together."""
        if not written:  # an app without stacks: older versions ask about it too (seen with 2.71 and 2.251)
            return _NOTHING_FOUND
        assembly = _assembly_of(written[0])
        if assembly is None:
            raise UsageError(f"{written[0]}: no cloud assembly names this template")
        templates = _left_to(self, assembly, written)
        if len(templates) < len(written):
            _warn("the plugin is registered twice; each template is judged once")
        if not templates:
            return _NOTHING_FOUND
        settings = load_settings(self._config, (), self._given, (assembly.root.path,))
        config = settings.config
        report = restricted(lint(assembly, settings.rules, config), deployed_with(assembly, templates))
        report = with_unused_entries(report, config, rules_anywhere(settings.rules, config))
        for warning in report.warnings:
            _warn(f"{warning.path}: {warning.message}")
        return plugin_report(report, ReportContext(VERSION, failing=config.failing, is_strict=config.strict is True))


@cache
def _slugs() -> tuple[str, ...]:
    return tuple(rule.id for rule in load_rules())


def _assembly_of(template: str) -> Assembly | None:
    """The outermost assembly that deploys a template, read."""
    for folder in assemblies_around(template):
        assembly = load(folder)
        if deployed_with(assembly, [template]):
            return assembly
    return None


_judged: Final[dict[tuple[str, int], dict[str, ImagelintPlugin]]] = {}
"""Which plugin has judged which templates, by the assembly and the moment at which it was written."""


def _left_to(plugin: ImagelintPlugin, assembly: Assembly, templates: Sequence[str]) -> list[str]:
    """The templates that no other plugin of this class has judged in the same synthesis."""
    folder = os.path.realpath(assembly.root.path)
    written = os.stat(os.path.join(folder, MANIFEST)).st_mtime_ns
    judges = _judged.setdefault((folder, written), {})
    return [template for template in templates if judges.setdefault(template, plugin) is plugin]


def _end_with_failure() -> None:
    """End the app with the status that CDK meant."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(1)


def _warn(message: str) -> None:
    print(f"imagelint: warning: {visible(message)}", file=sys.stderr)


# -- what CDK takes -----------------------------------------------------------------------------------------------


def _as_struct(report: Mapping[str, Any]) -> Any:
    """A plugin's report in the classes that jsii has made of CDK's TypeScript."""
    violations = [
        _made("PolicyViolation", each, violatingResources=[_made("PolicyViolatingResource", one) for one in resources])
        for each in report["violations"]
        for resources in (each["violatingResources"],)
    ]
    return _made("PolicyValidationPluginReport", report, violations=violations)


def _made(name: str, fields: Mapping[str, Any], **changed: Any) -> Any:
    """One object of CDK's class, without the fields that an older CDK does not have."""
    kind = _of_cdk(name)
    known = signature(kind).parameters
    values = {_snake_case(field): value for field, value in {**fields, **changed}.items()}
    return kind(**{field: value for field, value in values.items() if field in known})


def _snake_case(name: str) -> str:
    return re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", name)
