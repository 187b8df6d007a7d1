"""One cause is one finding: what functions share (an asset, a repository, a parameter) is reported once for all."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from support.builders import REGISTRY, function, stack_of, write_templates
from support.cli import report, run

HASH = "0123456789abcdef" * 4
ASSETS = "cdk-hnb659fds-container-assets-123456789012-eu-west-1"
ASSET_URI = f"{REGISTRY}/{ASSETS}:{HASH}"
DOCKERFILE = f"cdk.out/asset.{HASH}/Dockerfile"
TEMPLATE = "cdk.out/App.template.json"
FLOATING = 'ARG A=1\nFROM public.ecr.aws/lambda/python:latest\nCMD ["app.handler"]\n'
RULE = "base-image-floating"
MESSAGE = (
    "the Dockerfile builds on public.ecr.aws/lambda/python:latest, which is whatever its publisher pushed last on the"
    " day of the build"
)


def named(uri: Any, path: str, properties: Mapping[str, Any] | None = None, **metadata: Any) -> dict[str, Any]:
    """A function with its construct path."""
    return function(uri, properties, Metadata={"aws:cdk:path": path, **metadata})


def two(*, uri: Any = ASSET_URI, **second: Any) -> dict[str, Any]:
    """Two functions of one image, the second with more metadata; the template has them in the other order."""
    return {"Two": named(uri, "App/Two", **second), "One": named(uri, "App/One")}


def write(
    folder: Path,
    stacks: Mapping[str, Mapping[str, Any]],
    *,
    dockerfile: str = FLOATING,
    platform: str | None = "linux/amd64",
    sections: Mapping[str, Any] | None = None,
) -> None:
    """Write cdk.out: stacks with their resources, all of which publish one image asset."""
    out = folder / "cdk.out"
    (out / f"asset.{HASH}").mkdir(parents=True, exist_ok=True)
    (out / f"asset.{HASH}" / "Dockerfile").write_text(dockerfile, encoding="utf-8")
    source = {"directory": f"asset.{HASH}", **({"platform": platform} if platform else {})}
    destination = {"repositoryName": ASSETS, "imageTag": HASH}
    images = {HASH: {"source": source, "destinations": {"here": destination}}}
    (out / "Assets.json").write_text(json.dumps({"version": "36.0.0", "dockerImages": images}), encoding="utf-8")
    artifacts: dict[str, Any] = {"Assets": {"type": "cdk:asset-manifest", "properties": {"file": "Assets.json"}}}
    for name, resources in stacks.items():
        template = {**(sections or {}), "Resources": resources}
        (out / f"{name}.template.json").write_text(json.dumps(template, indent=1), encoding="utf-8")
        environment = "aws://123456789012/eu-west-1"
        artifacts[name] = stack_of(f"{name}.template.json", environment=environment, dependencies=["Assets"])
    (out / "manifest.json").write_text(json.dumps({"version": "36.0.0", "artifacts": artifacts}), encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    return tmp_path


def findings(*arguments: str, rule: str = RULE) -> list[tuple[str, str, list[str]]]:
    """The findings of a rule: the first function, the message, and the related places in words."""
    return [
        (each["function"]["logical_id"], each["message"], [related["message"] for related in each["related"]])
        for each in report("--select", rule, *arguments)["findings"]
    ]


def suppressed(*arguments: str, rule: str = RULE) -> list[tuple[str, str]]:
    """What is suppressed: function, and by whom."""
    document = report("--select", rule, *arguments)
    return [(each["function"]["logical_id"], each["by"]) for each in document["suppressed"]]


# -- what is one finding ------------------------------------------------------------------------------------------


def test_what_a_dockerfile_says_is_one_finding_at_its_line(folder: Path) -> None:
    write(folder, {"App": two()})
    (finding,) = report("--select", RULE)["findings"]
    assert finding["function"] == {"logical_id": "One", "construct_path": "App/One", "stack": "App"}
    assert finding["message"] == MESSAGE
    assert finding["location"] == {"template": DOCKERFILE, "pointer": "", "line": 2, "column": None}
    places = [(each["template"], each["pointer"], each["line"], each["message"]) for each in finding["related"]]
    assert places == [
        (TEMPLATE, "/Resources/One/Properties/Code/ImageUri", 20, "the function"),
        (TEMPLATE, "/Resources/Two/Properties/Code/ImageUri", 8, "used by App/Two"),
    ]


def test_stacks_share_an_asset(folder: Path) -> None:
    write(folder, {"App": {"One": named(ASSET_URI, "App/One")}, "Bill": {"Two": named(ASSET_URI, "Bill/Two")}})
    assert findings() == [("One", MESSAGE, ["the function", "used by Bill/Two"])]


def test_functions_of_different_architectures_have_different_messages(folder: Path) -> None:
    arm = {name: named(ASSET_URI, f"App/{name}", {"Architectures": ["arm64"]}) for name in ("Arm1", "Arm2")}
    write(folder, {"App": {**arm, "X86": named(ASSET_URI, "App/X86")}}, platform="linux/amd64")
    words = "the image is built for linux/amd64, but the function runs on arm64; its first invocation fails with"
    assert findings(rule="architecture-mismatch") == [("Arm1", f"{words} 'exec format error'", ["used by App/Arm2"])]


def test_a_function_that_says_its_command_does_not_share_the_finding(folder: Path) -> None:
    resources = two()
    resources["Three"] = named(ASSET_URI, "App/Three", {"ImageConfig": {"Command": ["app.handler"]}})
    write(folder, {"App": resources}, dockerfile="FROM public.ecr.aws/lambda/python:3.13\n")
    ((first, _, related),) = findings(rule="container-command-missing")
    assert (first, related) == ("One", ["the function", "used by App/Two"])


def test_an_asset_that_nobody_publishes_is_one_finding(folder: Path) -> None:
    resources = two(uri=f"{REGISTRY}/{ASSETS}:1.4.2")
    write(folder, {"App": {**resources, "Other": named(f"{REGISTRY}/{ASSETS}:1.5.0", "App/Other")}})
    found = [(first, related) for first, _, related in findings(rule="asset-not-published")]
    assert found == [("One", ["used by App/Two"]), ("Other", [])]


REPOSITORY = {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": "orders"}}


def test_a_repository_is_one_finding_whatever_tags_are_used(folder: Path) -> None:
    one, other = named(f"{REGISTRY}/orders:1.0", "App/One"), named(f"{REGISTRY}/orders:1.1", "App/Two")
    write(folder, {"App": {"Repo": REPOSITORY, "One": one, "Two": other}})
    for rule in ("repository-tags-mutable", "repository-empty-on-first-deploy"):
        ((first, _, related),) = findings(rule=rule)
        assert (first, related) == ("One", ["the repository", "used by App/Two"])


def test_repositories_of_one_name_are_two_findings(folder: Path) -> None:
    stacks = {
        name: {"Repo": REPOSITORY, "Fn": named({"Fn::Sub": f"${{Repo.RepositoryUri}}:{name.lower()}"}, f"{name}/Fn")}
        for name in ("App", "Bill")
    }
    write(folder, stacks)
    assert [each[2] for each in findings(rule="repository-tags-mutable")] == [["the repository"], ["the repository"]]


TAG = {"Parameters": {"Tag": {"Type": "String", "Default": "latest"}}}


def test_a_default_is_one_finding_and_a_literal_tag_one_for_each(folder: Path) -> None:
    by_default = two(uri={"Fn::Sub": f"{REGISTRY}/orders:${{Tag}}"})
    literal = {name: named(f"{REGISTRY}/orders:latest", f"App/{name}") for name in ("Three", "Four")}
    write(folder, {"App": {**by_default, **literal}}, sections=TAG)
    assert [(first, related) for first, _, related in findings(rule="image-tag-latest")] == [
        ("Four", []),
        ("One", ["the function", "used by App/Two"]),
        ("Three", []),
    ]


ORDERS = f"{REGISTRY}/orders"
WITH_TAG = {"Fn::Sub": f"{ORDERS}:${{Tag}}"}
USE = ("/Resources/One/Properties/Code/ImageUri", 28, 6)
DEFAULT = ("/Parameters/Tag/Default", 5, 4)
DEFAULTS: dict[str, tuple[Any, str, str, list[str], tuple[str, int, int]]] = {
    "a tag": (WITH_TAG, "latest", "image-tag-latest", [], DEFAULT),
    "a tag that people move": (WITH_TAG, "staging", "image-tag-mutable", [], DEFAULT),
    "a whole reference": ({"Ref": "Tag"}, f"{ORDERS}:latest", "image-tag-latest", [], DEFAULT),
    "no reference": ({"Ref": "Tag"}, "PLACEHOLDER", "image-uri-malformed", [], DEFAULT),
    "a token": ({"Ref": "Tag"}, f"{ORDERS}:${{Token[TOKEN.7]}}", "image-uri-unresolved", [], DEFAULT),
    "what is around a tag": ({"Fn::Sub": f"{ORDERS}::${{Tag}}"}, "1", "image-uri-malformed", [], USE),
    "a value that is given": (WITH_TAG, "1.4.2", "image-tag-latest", ["--parameter", "Tag=latest"], USE),
}


@pytest.mark.parametrize(("uri", "default", "rule", "options", "place"), DEFAULTS.values(), ids=DEFAULTS)
def test_a_default_is_where_the_finding_stands(
    folder: Path, uri: Any, default: str, rule: str, options: list[str], place: tuple[str, int, int]
) -> None:
    """With the functions as related places; of a value from outside nothing stands in the template but its use."""
    write(folder, {"App": two(uri=uri)}, sections={"Parameters": {"Tag": {"Type": "String", "Default": default}}})
    findings = report("--select", rule, *options)["findings"]
    assert {each["location"]["template"] for each in findings} == {TEMPLATE}
    first = findings[0]["location"]
    assert (first["pointer"], first["line"], first["column"]) == place
    related = [(each["pointer"], each["message"]) for each in findings[0]["related"]]
    if place == DEFAULT:
        assert related == [(USE[0], "the function"), (USE[0].replace("One", "Two"), "used by App/Two")]
        assert len(findings) == 1
    else:
        assert (USE[0], "the function") not in related


@pytest.mark.parametrize(
    ("allowed", "pointer"),
    [
        pytest.param(["latest"], USE[0], id="the only one that it may have"),
        pytest.param(["latest", "1.4.2"], DEFAULT[0], id="one of two"),
        pytest.param(["1.4.2"], DEFAULT[0], id="one that it may not have"),
    ],
)
def test_a_default_that_nobody_may_replace_is_no_cause(folder: Path, allowed: list[str], pointer: str) -> None:
    parameter = {"Type": "String", "Default": "latest", "AllowedValues": allowed}
    write(folder, {"App": two(uri=WITH_TAG)}, sections={"Parameters": {"Tag": parameter}})
    findings = report("--select", "image-tag-latest")["findings"]
    assert findings[0]["location"]["pointer"] == pointer


def _nested() -> None:
    """Two nested stacks whose functions are tagged by the Default of their parent's parameter."""
    parameter = {"Tag": {"Type": "String", "Default": "latest"}}
    inner = {
        "Parameters": {"Inner": {"Type": "String"}},
        "Resources": {"Fn": function({"Fn::Sub": f"{ORDERS}:${{Inner}}"})},
    }
    stack = {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateURL": "Inner.template.json", "Parameters": {"Inner": {"Ref": "Tag"}}},
        "Metadata": {"aws:asset:path": "Inner.template.json"},
    }
    outer = {"Parameters": parameter, "Resources": {"One": stack, "Two": stack}}
    write_templates("nested", {"Outer": outer, "Inner": inner}, nested=["Inner"])


def test_a_default_of_the_parent_is_where_the_finding_of_nested_stacks_stands(folder: Path) -> None:
    _nested()
    (finding,) = report("nested", "--select", "image-tag-latest")["findings"]
    where = finding["location"]
    assert (where["template"], where["pointer"]) == ("nested/Outer.template.json", "/Parameters/Tag/Default")
    related = [(each["template"], each["pointer"]) for each in finding["related"]]
    assert related == [("nested/Inner.template.json", "/Resources/Fn/Properties/Code/ImageUri")] * 2


def test_the_line_of_the_app_that_made_the_parameter_is_shown(folder: Path) -> None:
    write(folder, {"App": two(uri={"Fn::Sub": f"{ORDERS}:${{Tag}}"})}, sections=TAG)
    manifest = json.loads((folder / "cdk.out" / "manifest.json").read_text())
    trace = {"type": "aws:cdk:logicalId", "data": "Tag", "trace": ["new App (lib/app.ts:7:5)"]}
    manifest["artifacts"]["App"]["metadata"] = {"/App/Tag": [trace]}
    (folder / "cdk.out" / "manifest.json").write_text(json.dumps(manifest))
    (finding,) = report("--select", "image-tag-latest")["findings"]
    assert finding["source"] == {"file": "lib/app.ts", "line": 7, "column": 5}
    assert "      default of parameter Tag: lib/app.ts:7:5\n" in run("check", "--select", "image-tag-latest").stdout


def test_a_default_is_suppressed_for_each_function_and_by_the_baseline(folder: Path) -> None:
    """As before it stood at the Default: a finding's identity is that of the function's property."""
    ignored = {"imagelint": {"ignore": [{"rule": "image-tag-latest", "reason": "r"}]}}
    resources = two(uri={"Fn::Sub": f"{ORDERS}:${{Tag}}"}, **ignored)
    write(folder, {"App": resources}, sections=TAG)
    document = report("--select", "image-tag-latest")
    assert [each["function"]["logical_id"] for each in document["findings"]] == ["One"]
    assert [each["function"]["logical_id"] for each in document["suppressed"]] == ["Two"]
    run("check", "--select", "image-tag-latest", "--write-baseline", "baseline.json")
    result = run("check", "--select", "image-tag-latest", "--baseline", "baseline.json")
    assert (result.exit_code, result.stderr) == (0, "")


@pytest.mark.parametrize("name", ["text", "sarif", "gitlab", "github", "markdown", "junit"])
def test_every_report_shows_the_default(folder: Path, name: str) -> None:
    write(folder, {"App": two(uri={"Fn::Sub": f"{ORDERS}:${{Tag}}"})}, sections=TAG)
    shown = run("check", "--select", "image-tag-latest", "--format", name).stdout
    at = {
        "sarif": '"startLine": 5',
        "gitlab": '"begin": 5',
        "github": f"file={TEMPLATE},line=5,col=4",
    }
    assert at.get(name, f"{TEMPLATE}:5:4") in shown


def test_what_holds_under_another_condition_is_another_finding(folder: Path) -> None:
    resources = two()
    resources["Two"]["Properties"]["ImageConfig"] = {
        "Fn::If": ["IsLive", {"Command": ["a.b"]}, {"Ref": "AWS::NoValue"}]
    }
    sections = {
        "Parameters": {"Stage": {"Type": "String"}},
        "Conditions": {"IsLive": {"Fn::Equals": [{"Ref": "Stage"}, "live"]}},
    }
    write(folder, {"App": resources}, dockerfile="FROM public.ecr.aws/lambda/python:3.13\n", sections=sections)
    document = report("--select", "container-command-missing")
    assert [(each["function"]["logical_id"], each["when"]) for each in document["findings"]] == [
        ("One", None),
        ("Two", "IsLive is false"),
    ]


def test_what_is_not_known_of_an_asset_is_one_finding_too(folder: Path) -> None:
    write(folder, {"App": two()}, dockerfile="FROM $BASE\n")
    document = report("--select", RULE, "--strict")
    assert [(each["function"]["logical_id"], len(each["related"])) for each in document["findings"]] == [("One", 1)]
    assert [each["function"]["logical_id"] for each in document["unknown"]] == ["One", "Two"]


# -- suppressions and the baseline --------------------------------------------------------------------------------

IGNORE = {"ignore": [{"rule": RULE, "reason": "until June"}]}


def test_who_suppresses_it_in_one_function_suppresses_it_there_only(folder: Path) -> None:
    write(folder, {"App": {**two(), "One": named(ASSET_URI, "App/One", imagelint=IGNORE)}})
    assert findings() == [("Two", MESSAGE, ["the function"])]
    assert suppressed() == [("One", "metadata")]


def test_what_all_suppress_is_suppressed(folder: Path) -> None:
    write(folder, {"App": {name: named(ASSET_URI, f"App/{name}", imagelint=IGNORE) for name in ("One", "Two")}})
    assert (findings(), suppressed()) == ([], [("One", "metadata"), ("Two", "metadata")])


def test_a_baseline_has_an_entry_for_each_function(folder: Path) -> None:
    write(folder, {"App": two()})
    done = run("check", "--select", RULE, "--write-baseline", "baseline.json")
    assert "written with 2 findings" in done.stderr
    assert (findings("--baseline", "baseline.json")) == []
    assert suppressed("--baseline", "baseline.json") == [("One", "baseline"), ("Two", "baseline")]


def test_a_function_that_begins_to_share_it_is_not_in_the_baseline(folder: Path) -> None:
    write(folder, {"App": {"One": named(ASSET_URI, "App/One")}})
    run("check", "--select", RULE, "--write-baseline", "baseline.json")
    write(folder, {"App": two()})
    assert findings("--baseline", "baseline.json") == [("Two", MESSAGE, ["the function"])]
    assert suppressed("--baseline", "baseline.json") == [("One", "baseline")]


def test_the_fingerprint_is_that_of_the_first_function_alone(folder: Path) -> None:
    write(folder, {"App": {"One": named(ASSET_URI, "App/One")}})
    (alone,) = report("--select", RULE)["findings"]
    write(folder, {"App": two()})
    (shared,) = report("--select", RULE)["findings"]
    assert shared["fingerprint"] == alone["fingerprint"]


# -- formats ------------------------------------------------------------------------------------------------------


def many(folder: Path) -> None:
    """Six functions of one asset."""
    write(folder, {"App": {f"Fn{number}": named(ASSET_URI, f"App/Fn{number}") for number in range(1, 7)}})


def rendered(name: str) -> str:
    """The report in a format."""
    return run("check", "--select", RULE, "--format", name).stdout


def lines_with(text: str, *words: str) -> Sequence[str]:
    return [line.strip() for line in text.splitlines() if any(word in line for word in words)]


def test_text_names_the_dockerfile_and_some_of_the_functions(folder: Path) -> None:
    many(folder)
    assert lines_with(rendered("text"), "Dockerfile:", "template:", "used by", "judged") == [
        f"Dockerfile: {DOCKERFILE}:2",
        f"template: {TEMPLATE}:8:6",
        f"used by App/Fn2: {TEMPLATE}:20:6",
        f"used by App/Fn3: {TEMPLATE}:32:6",
        f"used by App/Fn4: {TEMPLATE}:44:6",
        "used by 2 more functions",
        "6 functions judged: 1 warning; 0 suppressed, 0 unknown",
    ]


def test_markdown_names_the_dockerfile_and_some_of_the_functions(folder: Path) -> None:
    many(folder)
    (row,) = lines_with(rendered("markdown"), "| warning |")
    assert f"`App/Fn1`<br>`{DOCKERFILE}:2`<br>`{TEMPLATE}:8:6`" in row
    assert row.endswith(f"`used by App/Fn4: {TEMPLATE}:44:6`<br>`used by 2 more functions` |")


def test_github_annotates_the_dockerfile(folder: Path) -> None:
    many(folder)
    (command,) = lines_with(rendered("github"), "::warning")
    assert command.startswith(
        f"::warning file={DOCKERFILE},line=2,title=base-image-floating (W9763)::App/Fn1: {MESSAGE}"
    )
    assert re.findall("%0A(template|used by [^%:]*)", command) == [
        "template", "used by App/Fn2", "used by App/Fn3", "used by App/Fn4", "used by 2 more functions",
    ]  # fmt: skip


def test_gitlab_places_it_in_the_dockerfile(folder: Path) -> None:
    many(folder)
    (issue,) = json.loads(rendered("gitlab"))
    assert issue["location"] == {"path": DOCKERFILE, "lines": {"begin": 2}}
    assert issue["description"] == f"App/Fn1 and 5 more functions: {MESSAGE}"


def test_sarif_places_it_in_the_dockerfile_and_relates_every_function(folder: Path) -> None:
    many(folder)
    (result,) = json.loads(rendered("sarif"))["runs"][0]["results"]
    (location,) = result["locations"]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == DOCKERFILE
    assert location["physicalLocation"]["region"] == {"startLine": 2}
    assert location["logicalLocations"][0]["fullyQualifiedName"] == "App/Fn1"
    related = [each["message"]["text"] for each in result["relatedLocations"]]
    assert related == ["the template", *(f"used by App/Fn{number}" for number in range(2, 7))]


def test_junit_fails_the_first_function_and_skips_the_others(folder: Path) -> None:
    many(folder)
    text = rendered("junit")
    assert (text.count("<failure "), text.count("<skipped ")) == (1, 5)
    assert text.count(f'<skipped message="reported for App/Fn1: {MESSAGE}"') == 5
    assert f"Dockerfile: {DOCKERFILE}:2\n" in text


def test_a_source_of_the_app_comes_before_the_dockerfile(folder: Path) -> None:
    """Which is a copy in cdk.out that no reviewer sees."""
    many(folder)
    manifest = json.loads(Path("cdk.out/manifest.json").read_text(encoding="utf-8"))
    Path("lib").mkdir()
    Path("lib/app.ts").write_text("", encoding="utf-8")
    where = [{"type": "aws:cdk:creationStack", "data": [f"new Fn ({folder}/lib/app.ts:7:5)"]}]
    manifest["artifacts"]["App"]["metadata"] = {"/App/Fn1": where}
    Path("cdk.out/manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (issue,) = json.loads(rendered("gitlab"))
    assert issue["location"] == {"path": "lib/app.ts", "lines": {"begin": 7}}
    (result,) = json.loads(rendered("sarif"))["runs"][0]["results"]
    assert [each["message"]["text"] for each in result["relatedLocations"]][:2] == ["the Dockerfile", "the template"]
