"""The rules inside cfn-lint: real cfn-lint processes of the oldest supported version and the newest."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import lint, lint_by_config  # type: ignore[import-untyped]
from cfnlint.config import ManualArgs  # type: ignore[import-untyped]
from cfnlint.rules import Rules  # type: ignore[import-untyped]

import imagelint
from fixtures.expect import DISTINCT, FIXTURES
from imagelint import Config, Finding, load
from imagelint.cfnlint_plugin import LEFT_TO_CFN_LINT, UNREAD
from imagelint.model import Use
from imagelint.report.escape import visible
from imagelint.rules.rule import load_rules
from support.builders import file_asset, manifest

PLUGIN = "imagelint.cfnlint_plugin"
VERSIONS = {"newest": None, "1.40.0": Path(sys.prefix, "cfn-lint-1.40.0")}
"""Where cfn-lint is imported from if not from the environment; `make test` puts the oldest version there."""
CODES = {rule.id: rule.code for rule in load_rules()}
LEFT_OUT = {CODES[slug] for slug in LEFT_TO_CFN_LINT} | {rule.code for rule in load_rules() if rule.is_live}

Found = tuple[str, str, int, int, str]
"""Template, code, line, column and message."""


def cfn_lint(version: str, *arguments: str, cwd: Path, stdin: str = "") -> list[dict[str, Any]]:
    """What cfn-lint finds, as its JSON has it."""
    folder = VERSIONS[version]
    assert folder is None or folder.is_dir(), f"cfn-lint {version} is not there; `make test` installs it"
    environment = {**os.environ, "PYTHONPATH": str(folder)} if folder else dict(os.environ)
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--format", "json", *arguments]
    done = subprocess.run(
        command, cwd=cwd, env=environment, input=stdin, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert not done.stderr
    matches: list[dict[str, Any]] = json.loads(done.stdout)
    return matches


def ours(matches: list[dict[str, Any]]) -> list[Found]:
    """imagelint's findings among cfn-lint's, and cfn-lint's word that a rule of imagelint crashed."""
    return sorted(
        (match["Filename"], match["Rule"]["Id"], start["LineNumber"], start["ColumnNumber"], match["Message"])
        for match in matches
        if match["Rule"]["Id"][1:] in {code[1:] for code in CODES.values()} | {"0002"}
        for start in (match["Location"]["Start"],)
    )


# -- the command line's findings ----------------------------------------------------------------------------------

FEW = [
    "bad-references",
    "conditions",
    "cross-region",
    "from-image-misuse",
    "no-path-metadata",
    "pull-cross-stack",
    "pull-nested-two-deep",
    "stages",
    "suppressed",
]


@pytest.mark.external
@pytest.mark.parametrize(
    ("version", "scenarios"),
    [("newest", DISTINCT[::2]), ("newest", DISTINCT[1::2]), ("1.40.0", FEW)],
    ids=["newest, every other", "newest, the others", "oldest, a few"],
)
def test_the_findings_are_those_of_the_command_line(version: str, scenarios: list[str]) -> None:
    templates = [
        os.path.relpath(stack.display_path, FIXTURES)
        for scenario in scenarios
        for stack in load(FIXTURES / scenario / "cdk.out").stacks
    ]
    matches = cfn_lint(version, "-a", PLUGIN, "-c", "I", "-t", *dict.fromkeys(templates), cwd=FIXTURES)
    findings = command_line(scenarios)
    assert findings
    assert ours(matches) == findings


def command_line(scenarios: list[str]) -> list[Found]:
    """What `imagelint check` finds, but for what is left to cfn-lint, in the plugin's words and once a template."""
    found = []
    for scenario in scenarios:
        assembly = load(FIXTURES / scenario / "cdk.out", shown_as=f"{scenario}/cdk.out")
        for finding in imagelint.lint(assembly, config=Config(select=("all",))).findings:
            by_template = {use.location.template: use for use in reversed(users(finding))}
            for template, use in by_template.items():
                message = visible(in_words(finding, use))
                found.append((template, finding.code, use.location.line or 0, use.location.column or 0, message))
    return sorted(each for each in found if each[1] not in LEFT_OUT)


def users(finding: Finding) -> list[Use]:
    """The functions that a finding is about, the first of them first."""
    return [Use(finding.function, finding.location, finding.source, finding.identity), *finding.also]


def in_words(finding: Finding, use: Use) -> str:
    """The message with the functions and the conditions, as cfn-lint's text has no other place for them."""
    source, others, cause = use.source, len(finding.also), finding.cause
    name = use.function.construct_path or ""
    if name and source:
        name += f" at {source.file}:{source.line}:{source.column}"
    more = f"and {others} more function{'s' if others > 1 else ''}" if others else ""
    at = f"at {cause.location.template}:{cause.location.line}" if cause else ""
    asides = ", ".join(filter(None, (name, more, at, f"when {finding.when}" if finding.when else "")))
    return f"{finding.message} ({asides})" if asides else finding.message


# -- templates and settings ---------------------------------------------------------------------------------------

ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
NO_TAG = f"{ECR}/orders has no tag, so nothing says which build the function runs"


def image(uri: str, *, uses: str = "", metadata: str = "") -> str:
    """A function in YAML, on six lines; `uses` are more properties."""
    return f"""\
    Type: AWS::Lambda::Function
    Metadata: {{{metadata}}}
    Properties:
      {{PackageType: Image, Role: "arn:aws:iam::123456789012:role/run"{uses},
      Code: {{
        ImageUri: {uri}}}}}
"""


def artifact(name: str, account: str, region: str) -> dict[str, Any]:
    """A stack in a manifest."""
    properties = {"templateFile": f"{name}.template.yaml"}
    return {"type": "aws:cloudformation:stack", "environment": f"aws://{account}/{region}", "properties": properties}


def ignoring(slug: str) -> str:
    """cfn-lint's metadata, of a template or a resource."""
    return f"cfn-lint: {{config: {{ignore_checks: [{CODES[slug]}]}}}}"


ABROAD = f"Resources:\n  Fn:\n{image(f'{ECR}/orders:1.4.2')}"
HOSTILE = "\x1b[2JFn\n::error::x"
FILES = {
    ".cfnlintrc": f"""\
append_rules: [{PLUGIN}]
configure_rules:
  {CODES["image-tag-latest"]}: {{strict: true}}
  {CODES["cdk-version-outdated"]}: {{minimum_cdk_version: 2.200.0}}
""",
    "alone.yaml": f"""\
Parameters:
  Stage: {{Type: String, Default: dev}}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
Resources:
  Fn:
{image(f"!If [IsProd, {ECR}/orders:1.2.3, {ECR}/orders]")}""",
    "unknown.yaml": f"""\
Parameters:
  Uri: {{Type: String}}
Resources:
  Fn:
{image("!Ref Uri")}""",
    "ignored.yaml": f"""\
Metadata: {{{ignoring("image-tag-mutable")}}}
Resources:
  ByResource:
{image(f"{ECR}/orders", metadata=ignoring("image-tag-latest"))}
  ByTemplate:
{image(f"{ECR}/orders:prod")}
  Neither:
{image(f"{ECR}/orders:latest")}""",
    # SAM's transformation of 1.40.0 gives cfn-lint another template than the one that is written.
    "sam.yaml": f"""\
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Handler: FROM_IMAGE
Resources:
  One: {{Type: AWS::Serverless::Function, Properties: {{Runtime: python3.13, InlineCode: pass}}}}
  Two:
    Type: AWS::Serverless::Function
    Metadata: {{{ignoring("from-image-sentinel")}}}
    Properties: {{Runtime: python3.13, InlineCode: pass}}
  Three:
    Type: AWS::Serverless::Function
    Properties: {{PackageType: Image, ImageUri: "{ECR}/orders:latest"}}
    IgnoreGlobals: "*"
""",
    "left.yaml": f"""\
Resources:
  Fn:
{image(f"{ECR}/orders:1.4.2", uses=", Runtime: python3.13, Handler: app.main, Layers: []")}""",
    "hostile.json": json.dumps(
        {
            "Resources": {
                "Fn/~1": {
                    "Type": "AWS::Lambda::Function",
                    "Metadata": {"aws:cdk:path": HOSTILE},
                    "Properties": {
                        "PackageType": "Image",
                        "Role": "arn:aws:iam::123456789012:role/run",
                        "Code": {"ImageUri": f"{ECR}/orders"},
                    },
                }
            }
        },
        indent=1,
    ),
    "empty.yaml": "Resources: {}\n",
    "broken.yaml": "Resources: {\n",
    "list.yaml": "- Resources\n",
    # A manifest that is none of CDK's, and one that nobody can read.
    "web/manifest.json": '{"name": "shop", "icons": [], "artifacts": []}',
    "web/cut/manifest.json": '{"version": "48.0.0", ',
    "web/cut/abroad.yaml": ABROAD,
    # An assembly with a stage, whose functions use a repository of the whole; and a leftover of an earlier synthesis.
    "app/cdk.out/manifest.json": json.dumps(
        {
            "version": "48.0.0",
            "artifacts": {
                "Abroad": artifact("Abroad", "123456789012", "us-east-1"),
                "Images": artifact("Images", "123456789012", "eu-west-1"),
                "Prod": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-Prod"}},
                "Tree": {"type": "cdk:tree", "properties": {"file": "tree.json"}},
            },
        }
    ),
    "app/cdk.out/tree.json": json.dumps(
        {"version": "tree-0.1", "tree": {"constructInfo": {"fqn": "aws-cdk-lib.App", "version": "2.199.0"}}}
    ),
    "app/cdk.out/Abroad.template.yaml": ABROAD,
    "app/cdk.out/Old.template.yaml": ABROAD,
    "app/cdk.out/Images.template.yaml": """\
Resources:
  Orders: {Type: AWS::ECR::Repository, Properties: {RepositoryName: orders}}
""",
    "app/cdk.out/assembly-Prod/manifest.json": json.dumps(
        {"version": "48.0.0", "artifacts": {"Api": artifact("Api", "999999999999", "eu-west-1")}}
    ),
    "app/cdk.out/assembly-Prod/Api.template.yaml": ABROAD,
}
EXPECTED: list[Found] = [
    ("alone.yaml", "E9721", 12, 9, r"[^()]* \(when IsProd is false\)"),
    ("app/cdk.out/Abroad.template.yaml", "E9734", 8, 9, r"[^()]*"),
    ("app/cdk.out/Abroad.template.yaml", "W9791", 5, 5, r"[^()]*2\.199\.0[^()]*2\.200\.0"),
    ("app/cdk.out/assembly-Prod/Api.template.yaml", "E9742", 8, 9, r"[^()]*"),
    ("hostile.json", "E9721", 12, 6, r"[^()]* \(\\x1b\[2JFn\\n::error::x\)"),
    ("ignored.yaml", "E9721", 25, 9, r"[^()]*"),
    ("sam.yaml", "E9711", 4, 5, r"[^()]* \(One\)"),
    ("sam.yaml", "E9721", 13, 38, r"[^()]*"),
    ("unknown.yaml", "E9721", 7, 5, r"cannot be decided before deployment: [^()]*"),
]
"""With a pattern of the message."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, which holds the files."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.external
@pytest.mark.parametrize("version", VERSIONS)
def test_each_template_is_judged_with_what_its_surroundings_say(version: str, folder: Path) -> None:
    templates = [name for name in FILES if name.endswith((".yaml", "hostile.json"))]
    matches = cfn_lint(version, "-t", *templates, cwd=folder)
    found = ours(matches)
    assert [each[:4] for each in found] == [each[:4] for each in EXPECTED]
    for (*_, message), (*_, pattern) in zip(found, EXPECTED, strict=True):
        assert re.fullmatch(pattern, message)
    assert {match["Filename"] for match in matches if match["Rule"]["Id"] == "E0000"} == {"broken.yaml", "list.yaml"}


# -- within one process -------------------------------------------------------------------------------------------


def rules_found(**settings: Any) -> list[str]:
    """The ids of imagelint's findings, of cfn-lint's API with the plugin."""
    matches = lint_by_config(ManualArgs(append_rules=[PLUGIN], **settings))
    numbers = {code[1:] for code in CODES.values()} | {"0002"}
    return sorted(match.rule.id for match in matches if match.rule.id[1:] in numbers)


def test_every_rule_is_offered_but_what_cfn_lint_judges_itself() -> None:
    rules = Rules.create_from_module(PLUGIN)
    assert set(rules) == (set(CODES.values()) - LEFT_OUT) | {UNREAD}
    for rule in rules.values():
        assert rule.shortdesc
        assert rule.description
        assert rule.source_url.startswith("https://")
        assert not rule.experimental


@pytest.mark.parametrize(
    ("template", "found"),
    [("alone.yaml", [("E9721", 12, 9)]), ("unknown.yaml", []), ("sam.yaml", [])],
    ids=["known", "unknown", "already transformed"],
)
def test_a_text_without_a_file_is_judged(template: str, found: list[tuple[str, int, int]]) -> None:
    matches = lint(FILES[template], config=ManualArgs(append_rules=[PLUGIN]))
    places = [(match.rule.id, match.linenumber, match.columnnumber) for match in matches]
    assert [place for place in places if place[0].startswith("E97")] == found


def unread(*templates: str) -> list[str]:
    """What cfn-lint says of files that imagelint could not read."""
    matches = lint_by_config(ManualArgs(append_rules=[PLUGIN], templates=list(templates)))
    return [match.message for match in matches if match.rule.id == UNREAD]


LOST = "{Resources: {F: {Type: AWS::Lambda::Function, Properties: {Code: {ImageUri: !Ref Lost}}}}}"


def test_what_could_not_be_read_is_said(folder: Path) -> None:
    """Of the template itself, and of a file that says something of all templates; not of another template."""
    Path("lost.yaml").write_text(LOST, encoding="utf-8")
    assert unread("lost.yaml") == [
        "lost.yaml:1:67: refers to 'Lost', which is neither a parameter nor a resource of the template"
    ]
    abroad = str(Path("app", "cdk.out", "Abroad.template.yaml"))
    assert unread(abroad) == []
    file = Path("app", "cdk.out", "manifest.json")
    manifest = json.loads(file.read_text(encoding="utf-8"))
    manifest["artifacts"]["Odd"] = []
    file.write_text(json.dumps(manifest), encoding="utf-8")
    (said,) = unread(abroad)
    assert said.endswith("cdk.out/manifest.json: has an artifact 'Odd' that is not an object")


def test_a_template_that_is_shown_but_not_deployed_is_told_of(folder: Path) -> None:
    """cfn-lint is handed the template that the manifest shows; what the deployment takes is another."""
    stack = {"templateFile": "Orders.json", "stackTemplateAssetObjectUrl": "s3://bucket/key"}
    artifacts = {
        "Orders": {"type": "aws:cloudformation:stack", "properties": stack},
        "Assets": {"type": "cdk:asset-manifest", "properties": {"file": "assets.json"}},
    }
    files = {
        "manifest.json": manifest(artifacts),
        "assets.json": {"files": {"a": file_asset("Other.json", "bucket", "key")}},
        **{name: {"Resources": {}} for name in ("Orders.json", "Other.json")},
    }
    for name, content in files.items():
        Path(name).write_text(json.dumps(content), encoding="utf-8")
    (said,) = unread("Orders.json")
    assert "stack 'Orders' shows the template 'Orders.json', but is deployed from 'Other.json'" in said
    assert unread("Other.json") == [said]


def test_what_is_beside_a_broken_manifest_is_told_of_it(folder: Path) -> None:
    Path("manifest.json").write_text('{"artifacts": ', encoding="utf-8")
    Path("alone.json").write_text('{"Resources": {}}', encoding="utf-8")
    (said,) = unread("alone.json")
    assert said.endswith("manifest.json:1:15: is not JSON: Expecting value")


@pytest.mark.parametrize(
    "options",
    [{"W9791": {"minimum_cdk_version": "newest"}}, {"E9754": {"build_host": "mips"}}],
    ids=["minimum_cdk_version", "build_host"],
)
def test_an_option_that_cannot_be_used_is_said_once(options: dict[str, dict[str, str]], folder: Path) -> None:
    assert rules_found(templates=["alone.yaml"], configure_rules=options) == ["E0002", "E9721"]


@pytest.mark.parametrize(
    ("edited", "old", "new", "found"),
    [
        ("Abroad.template.yaml", ":1.4.2", ":staging", ["E9734", "W9722", "W9791"]),
        ("manifest.json", "us-east-1", "eu-west-1", ["W9791"]),
    ],
)
def test_an_edited_assembly_is_read_again(edited: str, old: str, new: str, found: list[str], folder: Path) -> None:
    assembly = Path("app", "cdk.out")
    template = [str(assembly / "Abroad.template.yaml")]
    assert rules_found(templates=template) == ["E9734", "W9791"]
    text = (assembly / edited).read_text(encoding="utf-8")
    (assembly / edited).write_text(text.replace(old, new), encoding="utf-8")
    assert rules_found(templates=template) == found


NEEDS = "imagelint.cfnlint_plugin needs cfn-lint 1.40 or later"


def test_cfn_lint_that_is_missing_is_named() -> None:
    """As in an environment that has imagelint without the extra: its other modules do not need cfn-lint."""
    code = f"import sys; sys.modules['cfnlint'] = None; import imagelint.cli, {PLUGIN}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == f"ImportError: {NEEDS}: pip install 'imagelint[cfn-lint]'"


@pytest.mark.parametrize(("version", "refused"), [("1.39.1", True), ("2.0.0", False)])
def test_a_cfn_lint_that_is_too_old_is_told_in_one_line(version: str, refused: bool, folder: Path) -> None:
    """The real command of cfn-lint, which takes itself for another version."""
    code = f"import sys, cfnlint.version as v; v.__version__ = {version!r}; from cfnlint.runner import main; main()"
    command = [sys.executable, "-c", code, "-a", PLUGIN, "--format", "json", "--", "alone.yaml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    told = f"{NEEDS}, and this is {version}: pip install --upgrade 'imagelint[cfn-lint]'\n" if refused else ""
    assert done.stderr == told
    assert (done.returncode, "E9721" in done.stdout) == ((1, False) if refused else (2, True))
