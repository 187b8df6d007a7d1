"""imagelint's rules as cfn-lint's: `cfn-lint -a imagelint.cfnlint_plugin`, or `append_rules` in .cfnlintrc.

The only module that imports cfnlint. Judges nothing itself: imagelint lints the template, with the cloud assembly that
names it where there is one, and each rule hands cfn-lint its own findings.

cfn-lint makes one object of every rule class that it finds among this module's names (cfnlint/helpers.py,
`create_rules`; a class without an id is passed over), and then asks each object about each template, whether the rule
is enabled or not. Checked with cfn-lint 1.40.0 to 1.58.0.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final
from weakref import WeakKeyDictionary

try:
    from cfnlint.rules import CloudFormationLintRule, RuleMatch  # type: ignore[import-untyped]
    from cfnlint.template import Template  # type: ignore[import-untyped]
    from cfnlint.version import __version__ as CFN_LINT_VERSION  # type: ignore[import-untyped]
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] != "cfnlint":
        raise  # cfn-lint is there, but not all that it needs
    raise ImportError(
        "imagelint.cfnlint_plugin needs cfn-lint 1.40 or later: pip install 'imagelint[cfn-lint]'", name=error.name
    ) from None

from imagelint import Assembly, Config, Finding, lint, load
from imagelint.assembly.around import assemblies_around
from imagelint.assembly.loading import load_text
from imagelint.assembly.stack import MANIFEST
from imagelint.documents.files import here
from imagelint.documents.schema import fit
from imagelint.model import Problem
from imagelint.report.escape import one_line, visible
from imagelint.report.layout import counted, function_name, place
from imagelint.rules.rule import Rule, load_rules

if tuple(map(int, CFN_LINT_VERSION.split(".")[:2])) < (1, 40):
    # Not an ImportError: the command line of cfn-lint answers that with a traceback (cfnlint/runner, `_get_rules`).
    raise SystemExit(
        f"imagelint.cfnlint_plugin needs cfn-lint 1.40 or later, and this is {CFN_LINT_VERSION}: "
        "pip install --upgrade 'imagelint[cfn-lint]'"
    )

LEFT_TO_CFN_LINT: Final = ("runtime-on-image", "layers-on-image")
"""Rules that are not offered: cfn-lint has E3685 for them since 1.45.0 (aws-cloudformation/cfn-lint#4372)."""
_SAM: Final = "AWS::Serverless-2016-10-31"
_DEFAULTS: Final = Config()
_STRICT: Final = {"strict": {"default": _DEFAULTS.strict, "type": "boolean"}}
_BUILD_HOST: Final = {"build_host": {"default": _DEFAULTS.build_host, "type": "string"}}
_MORE_OPTIONS: Final[Mapping[str, Mapping[str, Any]]] = {
    "built-for-other-architecture": _BUILD_HOST,
    "platform-unpinned": _BUILD_HOST,
    "cdk-version-outdated": {"minimum_cdk_version": {"default": _DEFAULTS.minimum_cdk_version, "type": "string"}},
}
"""What a rule takes from `configure_rules` besides `strict`; all are fields of Config."""

Path = list[str | int]
UNREAD: Final = "E9700"
"""The code of what could not be analysed, which the command line says on standard error."""
Options = tuple[tuple[str, Any], ...]
"""The fields of Config that differ from their defaults."""


# -- the rules ----------------------------------------------------------------------------------------------------


class _ImageRule(CloudFormationLintRule):  # type: ignore[misc]
    """What the generated classes share."""

    tags: Final = ["resources", "lambda", "ecr", "imagelint"]
    experimental = False
    slug = ""

    def __init__(self) -> None:
        super().__init__()
        self.config_definition = {**_STRICT, **_MORE_OPTIONS.get(self.slug, {})}

    def match(self, cfn: Template) -> list[RuleMatch]:
        """The rule's findings in a template."""
        options = ((name, value) for name, value in self.config.items() if value != getattr(_DEFAULTS, name))
        findings = _judged_by(cfn, tuple(sorted(options))).findings
        return [_rule_match(finding, cfn) for finding in findings if finding.rule == self.slug]


class InputUnread(CloudFormationLintRule):  # type: ignore[misc]
    """What could not be analysed, so that nothing is known of it: the command line ends with status 3 for it."""

    id = UNREAD
    shortdesc: Final = "imagelint could not analyse a file"
    description: Final = "What imagelint could not read has not been judged. The message names the file and the place."
    source_url: Final = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html"
    tags: Final = _ImageRule.tags
    experimental = False

    def match(self, cfn: Template) -> list[RuleMatch]:
        """What could not be read of a template, or of the files that say something of it."""
        problems = _judged_by(cfn, ()).problems
        return [RuleMatch([], visible(f"{problem.path}: {problem.message}")) for problem in problems]


def _class_of(rule: Rule) -> type[_ImageRule]:
    """A rule file as the class that cfn-lint asks for."""
    fixes = " ".join(f"{title}: {one_line(text)}" for title, text in rule.fixes.items())
    return type(
        rule.id.title().replace("-", ""),
        (_ImageRule,),
        {
            "__module__": __name__,
            "__doc__": rule.summary,
            "id": rule.code,
            "slug": rule.id,
            "shortdesc": one_line(rule.summary),
            "description": f"{one_line(rule.why)} {fixes} More: imagelint explain {rule.id}",
            "source_url": rule.references[0],
        },
    )


def _rule_match(finding: Finding, cfn: Template) -> RuleMatch:
    path = _path(finding, cfn.template)
    where = _location(finding, path, cfn)
    return RuleMatch(path, _message(finding), **({} if where is None else {"location": where}))


def _message(finding: Finding) -> str:
    """The finding in one sentence, with what cfn-lint's text does not show: which function it is, and when it holds."""
    function = finding.function
    named = function_name(function) if function.construct_path or not _is_inside(finding) else None
    source = f" at {place(finding.source)}" if named and finding.source else ""
    asides = [f"{named}{source}"] if named else []
    if finding.also:
        asides.append(f"and {counted(len(finding.also), 'more function')}")
    if finding.cause:
        asides.append(f"at {here(finding.cause.location.template)}:{finding.cause.location.line}")
    if finding.when:
        asides.append(f"when {finding.when}")
    return visible(f"{finding.message} ({', '.join(asides)})" if asides else finding.message)


def _path(finding: Finding, template: Any) -> Path:
    """Where the finding stands, as keys and indexes.

    Always below the function's resource, since it is there that cfn-lint looks for `ignore_checks`: what a function of
    SAM inherits from Globals is named by the function.
    """
    path: Path = []
    for key in finding.location.keys if _is_inside(finding) else _owner(finding):
        is_item = isinstance(template, list) and key.isdecimal() and int(key) < len(template)
        path.append(int(key) if is_item else key)
        template = template[path[-1]] if is_item else template.get(key) if isinstance(template, dict) else None
    return path


def _is_inside(finding: Finding) -> bool:
    """Whether the finding stands in the function's own resource."""
    return finding.location.keys[:2] == _owner(finding)


def _owner(finding: Finding) -> list[str]:
    return ["Resources", finding.function.logical_id]


def _location(finding: Finding, path: Path, cfn: Template) -> tuple[int, int, int, int] | None:
    """Where the finding begins and ends, from 0; None leaves it to cfn-lint.

    cfn-lint's own answer is taken for the end only: it looks in the template as SAM's transformation left it.
    """
    line, column = finding.location.line, finding.location.column
    if line is None or column is None:
        return None
    found: tuple[int, int, int, int] | None = cfn.get_location_yaml(cfn.template, path)
    if found and found[:2] == (line - 1, column - 1):
        return found
    return (line - 1, column - 1, line - 1, column)


# -- one run of imagelint for all rules ---------------------------------------------------------------------------


@dataclass(frozen=True)
class _Judgement:
    """What is found in one template, or in all of an assembly."""

    findings: tuple[Finding, ...] = ()
    problems: tuple[Problem, ...] = ()


_judged: Final[WeakKeyDictionary[Template, dict[Options, _Judgement]]] = WeakKeyDictionary()
"""What is found in the templates that cfn-lint holds at the moment; it makes one object per template and run."""


def _judged_by(cfn: Template, options: Options) -> _Judgement:
    """What all rules find in a template."""
    judged = _judged.setdefault(cfn, {})
    if options not in judged:
        judged[options] = _Judgement()  # a defect of imagelint is to be one E0002, not one from every rule
        judged[options] = _judge(cfn, options)
    return judged[options]


def _judge(cfn: Template, options: Options) -> _Judgement:
    if not isinstance(cfn.filename, str) or not os.path.isfile(cfn.filename):
        return _judge_text(cfn, options)
    file = os.path.realpath(cfn.filename)
    around: list[Problem] = []
    for folder in assemblies_around(file):
        found, problems = _judge_in(folder, file, options)
        if found is not None:
            return found
        around += problems
    alone = _lint(load(cfn.filename), options)
    return replace(alone, problems=(*around, *alone.problems))


def _judge_text(cfn: Template, options: Options) -> _Judgement:
    """Judge a template that cfn-lint was handed without a file, but not what SAM's transformation made of one."""
    if _SAM in cfn.transform_pre["Transform"]:
        return _Judgement()
    found = _lint(load_text(json.dumps(cfn.template, default=str).encode()), options)
    unplaced = (each._replace(location=each.location._replace(line=None, column=None)) for each in found.findings)
    return replace(found, findings=tuple(unplaced))


def _lint(assembly: Assembly, options: Options) -> _Judgement:
    """What is found in an assembly. Raises MisfitError, an E0002 of cfn-lint, for an option that cannot be used."""
    written = {name: value for name, value in options if name in _BUILD_HOST}
    written["options"] = {name: value for name, value in options if name not in (*_STRICT, *_BUILD_HOST)}
    fit(written, "config/config")
    report = lint(assembly, _RULES, Config(select=("all",), **dict(options)))
    return _Judgement(report.findings, report.errors)


@dataclass(frozen=True)
class _Judged:
    """One template of an assembly: the file's state when it was read, and what is found in it."""

    stamp: tuple[int, int]
    judgement: _Judgement


def _judge_in(folder: str, file: str, options: Options) -> tuple[_Judgement | None, Sequence[Problem]]:
    """What is found in one template of the assembly in a folder; None if it is none of those that are deployed, and
    what may be the reason, the problems that are of no template."""
    manifest = os.path.join(folder, MANIFEST)
    by_template, of_none = _judge_assembly(folder, _stamp(manifest), options)
    judged = by_template.get(file)
    if judged is not None and judged.stamp != _stamp(file):  # edited since, as in an editor that keeps cfn-lint running
        _judge_assembly.cache_clear()
        by_template, of_none = _judge_assembly(folder, _stamp(manifest), options)
        judged = by_template.get(file)
    return None if judged is None else judged.judgement, of_none


@lru_cache(maxsize=8)
def _judge_assembly(
    folder: str, manifest: tuple[int, int], options: Options
) -> tuple[Mapping[str, _Judged], Sequence[Problem]]:
    """What is found in a whole assembly by the real paths of its templates, and the problems that are of none of them;
    kept while its manifest stays the same.

    A problem of a template is told of that one, any other of them all: of what it hides nothing is known.
    """
    assembly = load(folder)
    real = {stack.display_path: os.path.realpath(stack.display_path) for stack in assembly.stacks}
    stamps = {file: _stamp(file) for file in real.values()}
    found: dict[str, list[Finding]] = {file: [] for file in stamps}
    everything = _lint(assembly, options)
    for finding in everything.findings:
        for each in _by_template(finding):
            found[real[each.location.template]].append(each)
    owned = {problem: _template_of(problem, real) for problem in everything.problems}
    by_template = {
        file: _Judged(
            stamps[file],
            _Judgement(tuple(findings), tuple(each for each, owner in owned.items() if owner in (None, file))),
        )
        for file, findings in found.items()
    }
    return by_template, [each for each, owner in owned.items() if owner is None]


def _template_of(problem: Problem, templates: Mapping[str, str]) -> str | None:
    """The template that a problem is of, by its path, behind which line and column may stand; None for another file."""
    path = problem.path
    for _ in range(3):
        if path in templates:
            return templates[path]
        path = path.rpartition(":")[0]
    return None


def _by_template(finding: Finding) -> Iterator[Finding]:
    """The finding for each template that has a function which it is about: cfn-lint shows one template at a time."""
    named = {finding.location.template}
    yield finding
    for use in finding.also:
        if use.location.template not in named:
            named.add(use.location.template)
            yield finding._replace(function=use.function, location=use.location, source=use.source)


def _stamp(file: str) -> tuple[int, int]:
    """What changes when a file is rewritten; zeros once it is gone."""
    try:
        status = os.stat(file)
    except OSError:
        return (0, 0)
    return (status.st_mtime_ns, status.st_size)


# -- what cfn-lint finds ------------------------------------------------------------------------------------------


_RULES: Final = tuple(rule for rule in load_rules() if rule.id not in LEFT_TO_CFN_LINT and not rule.is_live)
_CLASSES: Final = {each.__name__: each for each in map(_class_of, _RULES)}

globals().update(_CLASSES)
