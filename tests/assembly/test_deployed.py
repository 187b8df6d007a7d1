"""Exit 0 means that every template that would be deployed was read and judged, or is counted as unread.

Each row is run by the command line, beside a template that is harmless. Source of what is deployed: aws-cdk's
toolkit-lib (`makeBodyParameter`), cdk-assets-lib (`AssetManifest`) and cloud-assembly-api (`CloudArtifact`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from imagelint.assembly.candidates import MAY_BE_TEMPLATE
from support.builders import REGISTRY, REPOSITORY, file_asset, function, manifest, stack_of
from support.cli import run
from support.files import opened

LATEST = {"Resources": {"Fn": function(f"{REPOSITORY}:latest")}}
CLEAN = {"Resources": {"Fn": function(f"{REPOSITORY}@sha256:{'1' * 64}")}}
HARMLESS = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}
BUCKET = "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"


class Outcome(NamedTuple):
    status: int
    latest: list[str]
    """The templates in which an image is tagged latest."""
    told: list[str]
    """What standard error says, without the program's name."""
    unknown: list[str]
    """The logical IDs of what the rule cannot be decided for: of nested stacks too whose templates are not here."""


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def check(*arguments: str) -> Outcome:
    done = run("check", "--format", "json", "--select", "image-tag-latest", *arguments)
    document = json.loads(done.stdout)
    return Outcome(
        done.exit_code,
        sorted(each["location"]["template"] for each in document["findings"]),
        [line.removeprefix("imagelint: ") for line in done.stderr.splitlines()],
        [each["function"]["logical_id"] for each in document["unknown"]],
    )


def write(files: Mapping[str, Any]) -> None:
    for name, content in files.items():
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, (bytes, str)) else json.dumps(content)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())


# -- a folder without a manifest ----------------------------------------------------------------------------------

LATEST_YAML = f"""Resources:
  Fn:
    Type: "AWS::Lambda::Function"
    Properties: {{PackageType: Image, Code: {{ImageUri: "{REPOSITORY}:latest"}}}}
"""

READ: dict[str, tuple[str, Any]] = {
    "a key with an escape in JSON": ("t.json", json.dumps(LATEST).replace("Resources", "\\u0052esources")),
    "a type with an escape in JSON": ("t.json", json.dumps(LATEST).replace("AWS::", "AWS\\u003a:")),
    "a type with an escape in YAML": (
        "t.yaml",
        LATEST_YAML.replace("AWS::Lambda", "\\x41WS::Lambda"),
    ),
    "a type that goes on in the next line": ("t.yml", LATEST_YAML.replace("AWS::Lambda", "A\\\n      WS::Lambda")),
    "an ending in capitals": ("t.YAML", LATEST_YAML),
    "JSON in capitals": ("t.JSON", LATEST),
    "the ending .cfn": ("t.cfn", LATEST_YAML),
    "no ending": ("template", LATEST_YAML),
}


@pytest.mark.parametrize(("name", "content"), READ.values(), ids=READ)
def test_what_surely_is_a_template_is_read(name: str, content: Any) -> None:
    write({"stacks/ok.json": HARMLESS, f"stacks/{name}": content})
    assert check("stacks") == Outcome(1, [f"stacks/{name}"], [], [])


@pytest.mark.parametrize(
    "names_nothing",
    [{}, {"name": "a web app"}, {"version": "36.0.0", "artifacts": {}}, {"artifacts": {"T": {"type": "cdk:tree"}}}],
    ids=["empty", "a web app's", "no artifacts", "only a tree"],
)
@pytest.mark.parametrize("folder", ["stacks", "stacks/below"])
def test_a_manifest_that_names_no_stack_hides_none(names_nothing: Any, folder: str) -> None:
    write({"stacks/ok.json": HARMLESS, f"{folder}/manifest.json": names_nothing, f"{folder}/t.json": LATEST})
    assert check("stacks") == Outcome(1, [f"{folder}/t.json"], [], [])


def test_an_app_without_stacks_is_no_mistake() -> None:
    write({"cdk.out/manifest.json": manifest({})})
    assert check() == Outcome(0, [], [], [])


def test_a_folder_with_another_manifest_alone_is_no_assembly() -> None:
    write({"cdk.out/manifest.json": {}})
    message = "cdk.out: holds neither a manifest.json nor a template; write them with `npx cdk synth`"
    assert check() == Outcome(3, [], [message], [])


def test_a_template_in_utf_16_is_told_of() -> None:
    write(
        {
            "stacks/ok.json": HARMLESS,
            "stacks/t.json": "\ufeff".encode("utf-16-le") + json.dumps(LATEST).encode("utf-16-le"),
        }
    )
    assert check("stacks") == Outcome(3, [], ["stacks/t.json: is UTF-16; write it as UTF-8"], [])


def link_out() -> None:
    write({"elsewhere/t.json": LATEST})
    Path("stacks/more").symlink_to("../elsewhere", target_is_directory=True)


UNREAD: dict[str, tuple[Callable[[], None], str]] = {
    "in a staged asset": (lambda: write({"stacks/asset.1a2b/t.json": LATEST}), "stacks/asset.1a2b/t.json"),
    "in a hidden folder": (
        lambda: write({"stacks/.aws-sam/build/t.yaml": LATEST_YAML}),
        "stacks/.aws-sam/build/t.yaml",
    ),
    "behind a link": (link_out, "stacks/more"),
    "under another name": (lambda: write({"stacks/t.json.bak": LATEST}), "stacks/t.json.bak"),
    "in YAML, under another name": (lambda: write({"stacks/t.txt": LATEST_YAML}), "stacks/t.txt"),
    "without an ending and broken": (lambda: write({"stacks/t": "Resources: {Fn: AWS::Lambda"}), "stacks/t"),
}


@pytest.mark.parametrize(("make", "file"), UNREAD.values(), ids=UNREAD)
def test_what_may_be_a_template_is_told_of_and_closes_a_strict_gate(make: Callable[[], None], file: str) -> None:
    write({"stacks/ok.json": HARMLESS})
    make()
    told = (
        f"warning: stacks: 1 file that may be a template is not read: {file}; "
        "name a file, or its folder, to have it judged"
    )
    assert check("stacks") == Outcome(0, [], [told], [])
    assert check("stacks", "--strict") == Outcome(1, [], [told], [])


def test_many_are_told_of_in_one_line() -> None:
    write({"stacks/ok.json": HARMLESS, **{f"stacks/.old/{i}.json": LATEST for i in range(5)}})
    told = (
        "warning: stacks: 5 files that may be templates are not read: stacks/.old/0.json, stacks/.old/1.json, "
        "stacks/.old/2.json and 2 more (--verbose lists them); name a file, or its folder, to have it judged"
    )
    assert check("stacks") == Outcome(0, [], [told], [])
    assert run("check", "stacks").stdout.endswith(
        "; 0 suppressed, 0 unknown, 5 templates unread (--verbose lists them)\n"
    )
    listed = [f"  stacks/.old/{i}.json: {MAY_BE_TEMPLATE}" for i in range(5)]
    assert run("check", "stacks", "--verbose").stdout.splitlines()[:8] == ["Not read", "", *listed, ""]


@pytest.mark.parametrize(
    ("make", "unread"),
    [
        (
            lambda: write({"cdk.out/ok.json": HARMLESS, **{f"cdk.out/.old/{i}.json": LATEST for i in range(2)}}),
            [(f"cdk.out/.old/{i}.json", MAY_BE_TEMPLATE) for i in range(2)],
        ),
        (
            lambda: write_stack(nesting("s3://elsewhere/t.json")),
            [
                (
                    "cdk.out/Orders.template.json",
                    "the template of the nested stack Jobs, s3://elsewhere/t.json, is not here, so its functions are "
                    "unknown",
                )
            ],
        ),
        (lambda: write_stack(LATEST), []),
    ],
    ids=["of a folder", "nested", "none"],
)
def test_the_report_lists_what_is_not_read(make: Callable[[], None], unread: list[tuple[str, str]]) -> None:
    make()
    document = json.loads(run("check", "--format", "json").stdout)
    assert [(each["path"], each["message"]) for each in document["unread"]] == unread
    assert document["summary"]["unread"] == len(unread)


@pytest.mark.parametrize(
    "other",
    [
        {"stacks/.git/t.json": LATEST},
        {"stacks/node_modules/x/t.json": LATEST},
        {"stacks/build.sh": "# AWS:: Resources"},
        {"stacks/bootstrap": b"\x7fELF\x02\x01\0\0Resources AWS::Lambda"},
        {"stacks/workflow.yaml": "run: |\n  docker build \\\n    .\n"},
        {"stacks/words.json": {"greeting": "gr\\u00fcn"}},
    ],
    ids=["a repository of Git", "packages", "another ending", "a program", "a shell's continued line", "an umlaut"],
)
def test_what_is_no_template_is_not_spoken_of(other: Mapping[str, Any]) -> None:
    write({"stacks/ok.json": HARMLESS, **other})
    assert check("stacks") == Outcome(0, [], [], [])


# -- a manifest that shows another template -----------------------------------------------------------------------


def write_stack(
    shown: Any,
    *,
    url: str | None = None,
    files: Mapping[str, Any] | None = None,
    home: str = "cdk.out",
    **others: Any,
) -> None:
    """An assembly of one stack that shows a template, with a URL that it is deployed from, and an asset manifest."""
    stack = stack_of("Orders.template.json", environment="aws://123456789012/eu-west-1", dependencies=["Orders.assets"])
    if url is not None:
        stack["properties"]["stackTemplateAssetObjectUrl"] = url
    assets = {"type": "cdk:asset-manifest", "properties": {"file": "Orders.assets.json"}}
    artifacts = {"Orders.assets": assets, "Orders": stack}
    write(
        {
            f"{home}/manifest.json": manifest(artifacts),
            f"{home}/Orders.template.json": shown,
            f"{home}/Orders.assets.json": {"version": "36.0.0", "files": files or {}},
            **{f"{home}/{name}.json": content for name, content in others.items()},
        }
    )


def test_a_stack_is_judged_by_what_is_uploaded() -> None:
    files = {"a": file_asset("Orders.template.json", BUCKET, "a.json"), "b": file_asset("Other.json", BUCKET, "b.json")}
    write_stack(CLEAN, url=f"s3://{BUCKET}/b.json", files=files, Other=LATEST)
    told = (
        "cdk.out/manifest.json: stack 'Orders' shows the template 'Orders.template.json', but is deployed from "
        "'Other.json', which is judged: that is what its asset manifest uploads to "
        "s3://cdk-hnb659fds-assets-123456789012-eu-west-1/b.json"
    )
    assert check() == Outcome(3, ["cdk.out/Other.json"], [told], [])


@pytest.mark.parametrize("literal", [True, False], ids=["account as number", "account as placeholder"])
def test_where_the_two_agree_nothing_is_said(literal: bool) -> None:
    bucket = BUCKET.replace("${AWS::AccountId}", "123456789012") if literal else BUCKET
    write_stack(LATEST, url=f"s3://{BUCKET}/a.json", files={"a": file_asset("Orders.template.json", bucket, "a.json")})
    assert check() == Outcome(1, ["cdk.out/Orders.template.json"], [], [])


def test_a_url_that_nothing_uploads_to_is_counted() -> None:
    files = {"a": file_asset("Orders.template.json", "another-bucket", "a.json")}
    write_stack(CLEAN, url=f"s3://{BUCKET}/a.json", files=files)
    told = (
        "warning: cdk.out/manifest.json: stack 'Orders' is deployed from "
        "s3://cdk-hnb659fds-assets-123456789012-eu-west-1/a.json, which no asset manifest says the content of; "
        "'Orders.template.json' is judged, which need not be it"
    )
    assert check() == Outcome(0, [], [told], [])
    assert check("--strict").status == 1


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (
            LATEST,
            Outcome(
                3,
                [],
                [
                    "cdk.out/manifest.json: 'Orders.template.json' and 'Other.json' are both uploaded to "
                    "s3://cdk-hnb659fds-assets-123456789012-eu-west-1/a.json; whichever comes first is deployed"
                ],
                [],
            ),
        ),
        (CLEAN, Outcome(0, [], [], [])),
    ],
    ids=["another template", "the same, as the stages of an app have it"],
)
def test_a_url_that_two_files_are_uploaded_to(other: Any, expected: Outcome) -> None:
    names = ("Orders.template.json", "Other.json")
    files = {name: file_asset(name, BUCKET, "a.json") for name in names}
    write_stack(CLEAN, url=f"s3://{BUCKET}/a.json", files=files, Other=other)
    assert check() == expected


def test_a_url_that_a_later_stage_uploads_another_template_to() -> None:
    write_stack(CLEAN, url=f"s3://{BUCKET}/a.json", files={"a": file_asset("Orders.template.json", BUCKET, "a.json")})
    document = json.loads(Path("cdk.out/manifest.json").read_text())
    document["artifacts"]["Stage"] = {"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-Stage"}}
    assets = {"type": "cdk:asset-manifest", "properties": {"file": "Stage.assets.json"}}
    write(
        {
            "cdk.out/manifest.json": document,
            "cdk.out/assembly-Stage/manifest.json": manifest({"Stage.assets": assets}),
            "cdk.out/assembly-Stage/Stage.assets.json": {"files": {"a": file_asset("t.json", BUCKET, "a.json")}},
            "cdk.out/assembly-Stage/t.json": LATEST,
        }
    )
    told = (
        "cdk.out/manifest.json: 'Orders.template.json' and 'assembly-Stage/t.json' are both uploaded to "
        "s3://cdk-hnb659fds-assets-123456789012-eu-west-1/a.json; whichever comes first is deployed"
    )
    assert check() == Outcome(3, [], [told], [])


def test_a_stack_with_the_content_of_another_is_judged_by_its_own_template() -> None:
    """Without construct paths in the templates, two stacks of one class are the same file of the bucket."""
    files = {name: file_asset(name, BUCKET, "a.json") for name in ("Another.json", "Orders.template.json")}
    write_stack(LATEST, url=f"s3://{BUCKET}/a.json", files=files, Another=LATEST)
    assert check() == Outcome(1, ["cdk.out/Orders.template.json"], [], [])


def test_stages_with_one_template_are_compared_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each more takes as many looks at files as the one before, not one at the template of each other stage."""
    looks, read = [0], opened(monkeypatch)
    for stages in (10, 20, 30):
        for number in range(stages):
            files = {"a": file_asset("Orders.template.json", BUCKET, "a.json")}
            write_stack(CLEAN, url=f"s3://{BUCKET}/a.json", files=files, home=f"{stages}/assembly-{number}")
        nested = [f"assembly-{number}" for number in range(stages)]
        artifacts = {name: {"type": "cdk:cloud-assembly", "properties": {"directoryName": name}} for name in nested}
        write({f"{stages}/manifest.json": manifest(artifacts)})
        read.clear()
        assert check(str(stages)) == Outcome(0, [], [], [])
        looks.append(len(read))
    assert looks[3] - looks[2] == looks[2] - looks[1] > 0


def test_a_template_that_a_command_makes_is_counted() -> None:
    asset = {**file_asset("x", BUCKET, "a.json"), "source": {"executable": ["./make-template"]}}
    write_stack(CLEAN, url=f"s3://{BUCKET}/a.json", files={"a": asset})
    assert run("check").stdout.endswith(
        " unknown (--show-unknown lists them), 1 template unread (--verbose lists them)\n"
    )


def nesting(url: Any = None, shown: str | None = None, kind: str = "AWS::CloudFormation::Stack") -> dict[str, Any]:
    """A template with a nested stack; `shown` is the template that its Metadata name."""
    where = "Location" if kind == "AWS::Serverless::Application" else "TemplateURL"
    resource: dict[str, Any] = {"Type": kind, "Properties": {} if url is None else {where: url}}
    if shown is not None:
        resource["Metadata"] = {"aws:asset:path": shown}
    return {"Transform": "AWS::Serverless-2016-10-31", "Resources": {"Jobs": resource}}


def s3_url(key: str) -> dict[str, Any]:
    """A TemplateURL as CDK writes it."""
    parts = ["https://s3.", {"Ref": "AWS::Region"}, ".", {"Ref": "AWS::URLSuffix"}, "/", {"Fn::Sub": BUCKET}, f"/{key}"]
    return {"Fn::Join": ["", parts]}


UPLOADED = {
    "clean": file_asset("Clean.json", BUCKET, "clean.json"),
    "latest": file_asset("Latest.json", BUCKET, "latest.json"),
    "elsewhere": file_asset("Latest.json", "another-bucket", "other.json"),
}
SHOWS_ANOTHER = (
    "cdk.out/Orders.template.json: nested stack Jobs shows the template 'Clean.json' in its Metadata, but is deployed "
    "from 'Latest.json', which is judged: that is where its TemplateURL leads"
)


def not_here(url: str) -> str:
    return (
        f"warning: cdk.out/Orders.template.json: the template of the nested stack Jobs, {url}, is not here, so its "
        "functions are unknown"
    )


NESTED: dict[str, tuple[dict[str, Any], Outcome]] = {
    "by its URL": (nesting(s3_url("latest.json")), Outcome(1, ["cdk.out/Latest.json"], [], [])),
    "by a URL of the bucket's own host": (
        nesting({"Fn::Sub": f"https://{BUCKET}.s3.${{AWS::Region}}.amazonaws.com/latest.json"}),
        Outcome(1, ["cdk.out/Latest.json"], [], []),
    ),
    "that the Metadata show too": (
        nesting(s3_url("latest.json"), "Latest.json"),
        Outcome(1, ["cdk.out/Latest.json"], [], []),
    ),
    "that the Metadata show a copy of": (
        nesting(s3_url("latest.json"), "Copy.json"),
        Outcome(1, ["cdk.out/Copy.json"], [], []),
    ),
    "that the Metadata show another for": (
        nesting(s3_url("latest.json"), "Clean.json"),
        Outcome(3, ["cdk.out/Latest.json"], [SHOWS_ANOTHER], []),
    ),
    "with the hash of another file before its own": (
        nesting(f"https://s3.eu-west-1.amazonaws.com/{'1' * 64}.json/clean.json", "Latest.json"),
        Outcome(0, [], [not_here(f"https://s3.eu-west-1.amazonaws.com/{'1' * 64}.json/clean.json")], ["Jobs"]),
    ),
    "that is uploaded to another bucket": (
        nesting(s3_url("other.json")),
        Outcome(
            0,
            [],
            [not_here("https://s3.eu-west-1.amazonaws.com/cdk-hnb659fds-assets-123456789012-eu-west-1/other.json")],
            ["Jobs"],
        ),
    ),
    "that a parameter names": (
        {**nesting({"Ref": "Url"}, "Clean.json"), "Parameters": {"Url": {"Type": "String"}}},
        Outcome(0, [], [not_here("${Url}")], ["Jobs"]),
    ),
    "of a path beside": (nesting("./Latest.json"), Outcome(1, ["cdk.out/Latest.json"], [], [])),
    "an application of SAM beside": (
        nesting("Latest.json", kind="AWS::Serverless::Application"),
        Outcome(1, ["cdk.out/Latest.json"], [], []),
    ),
    "an application of the repository": (
        nesting({"ApplicationId": "arn:x", "SemanticVersion": "1.0.0"}, kind="AWS::Serverless::Application"),
        Outcome(0, [], [not_here("an application of the AWS Serverless Application Repository")], ["Jobs"]),
    ),
    "of a path that is not there": (
        nesting("Gone.json"),
        Outcome(3, [], ["cdk.out/Gone.json: cannot be read: No such file or directory"], []),
    ),
}


@pytest.mark.parametrize(("template", "expected"), NESTED.values(), ids=NESTED)
def test_a_nested_stack(template: dict[str, Any], expected: Outcome) -> None:
    write_stack(template, files=UPLOADED, Clean=CLEAN, Latest=LATEST, Copy=LATEST)
    assert check() == expected


@pytest.mark.parametrize(
    ("parameter", "shown", "expected"),
    [
        ("KeyOfJobs", "Jobs.json", Outcome(1, ["cdk.out/Jobs.json"], [], [])),
        ("KeyOfJobs", "Copy.json", Outcome(1, ["cdk.out/Copy.json"], [], [])),
        ("KeyOfJobs", None, Outcome(1, ["cdk.out/Jobs.json"], [], [])),
        ("KeyOfAnother", "Jobs.json", Outcome(0, [], ["not here"], ["Jobs"])),
    ],
    ids=["its own", "a copy, of which one is uploaded", "no path in the template", "another file's"],
)
def test_a_nested_stack_of_the_legacy_synthesizer(parameter: str, shown: str | None, expected: Outcome) -> None:
    """Its template is the one whose key is passed on in a parameter that the TemplateURL is made of."""
    url = {"Fn::Sub": "https://s3.${AWS::Region}.${AWS::URLSuffix}/${Bucket}/${KeyOfJobs}"}
    names = ("Bucket", "KeyOfJobs", "KeyOfAnother")
    template = {**nesting(url, shown), "Parameters": {name: {"Type": "String"} for name in names}}
    asset = {"path": "Jobs.json", "packaging": "file", "s3BucketParameter": "Bucket", "s3KeyParameter": parameter}
    stack = stack_of("Orders.template.json", metadata={"/Orders": [{"type": "aws:cdk:asset", "data": asset}]})
    write(
        {
            "cdk.out/manifest.json": manifest({"Orders": stack}),
            "cdk.out/Orders.template.json": template,
            "cdk.out/Jobs.json": LATEST,
            "cdk.out/Copy.json": LATEST,
        }
    )
    address = "https://s3.${AWS::Region}.${AWS::URLSuffix}/${Bucket}/${KeyOfJobs}"
    assert check() == expected._replace(told=[not_here(address) for _ in expected.told])


@pytest.mark.parametrize("resource", [nesting("Gone.json"), nesting("Gone.json", "Gone.json")], ids=["URL", "Metadata"])
def test_a_lone_template_that_nests_what_is_not_there_is_judged(resource: dict[str, Any]) -> None:
    """A hook that is asked about one template has no other: what hangs on the other one is unknown."""
    hangs = function({"Fn::GetAtt": ["Jobs", "Outputs.Uri"]})
    write({"t.json": {**resource, "Resources": {**resource["Resources"], **LATEST["Resources"], "Open": hangs}}})
    told = (
        "warning: t.json: the template of the nested stack Jobs, Gone.json, is not here, so its functions are unknown"
    )
    assert check("t.json") == Outcome(1, ["t.json"], [told], ["Jobs", "Open"])


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ({}, "no type"),
        ({"type": "aws:cloudformation:stak"}, "the type 'aws:cloudformation:stak'"),
        ({"type": "cdk:hologram"}, "the type 'cdk:hologram'"),
        ({"type": None}, "no type"),
    ],
    ids=["missing", "misspelt", "unknown", "null"],
)
def test_an_artifact_with_a_template_that_is_no_stack(kind: dict[str, Any], said: str) -> None:
    artifacts = {"Odd": {"properties": {"templateFile": "t.json"}, **kind}, "Orders": stack_of("Orders.json")}
    write({"cdk.out/manifest.json": manifest(artifacts), "cdk.out/t.json": LATEST, "cdk.out/Orders.json": CLEAN})
    told = (
        f"warning: cdk.out/manifest.json: artifact 'Odd' has a template and {said}; only what is of the type "
        "'aws:cloudformation:stack' is deployed and judged"
    )
    assert check() == Outcome(0, [], [told], [])


def test_an_artifact_with_a_folder_that_is_no_nested_assembly() -> None:
    stage = {"type": "cdk:cloudassembly", "properties": {"directoryName": "assembly-Prod"}}
    artifacts = {"Prod": stage, "Orders": stack_of("Orders.json")}
    write({"cdk.out/manifest.json": manifest(artifacts), "cdk.out/Orders.json": CLEAN})
    told = (
        "warning: cdk.out/manifest.json: artifact 'Prod' has a nested assembly and the type 'cdk:cloudassembly'; only "
        "what is of the type 'cdk:cloud-assembly' is deployed and judged"
    )
    assert check() == Outcome(0, [], [told], [])
    assert check("--strict") == Outcome(1, [], [told], [])


def test_values_that_were_looked_up_in_vain() -> None:
    missing = [{"key": f"vpc-provider:{i}", "provider": "vpc-provider", "props": {}} for i in range(5)]
    content = {**manifest({"Orders": stack_of("Orders.json")}), "missing": missing}
    write({"cdk.out/manifest.json": content, "cdk.out/Orders.json": CLEAN})
    told = (
        "warning: cdk.out/manifest.json: the app lacked values that it looks up, and dummy values stand for them: "
        "vpc-provider:0, vpc-provider:1, vpc-provider:2 and 2 more; run `npx cdk synth` with credentials of the "
        "account, and commit cdk.context.json"
    )
    assert check() == Outcome(0, [], [told], [])


def test_a_text_that_is_not_json_is_told_of_once() -> None:
    write({"t.json": '{"Resources": '})
    assert check("t.json") == Outcome(3, [], ["t.json:1:15: is not JSON: Expecting value"], [])


# -- images that the assembly publishes ---------------------------------------------------------------------------

HASH = "4" * 64
ROLE = "arn:${AWS::Partition}:iam::%s:role/cdk-hnb659fds-image-publishing-role"


def image_asset(directory: str = "asset.1", **destination: str) -> dict[str, Any]:
    return {"source": {"directory": directory}, "destinations": {"current": destination}}


def publish(uri: str, *assets: dict[str, Any]) -> None:
    write_stack({"Resources": {"Fn": function(f"{REGISTRY}/{uri}")}})
    named = {str(number): asset for number, asset in enumerate(assets)}
    write({"cdk.out/Orders.assets.json": {"version": "36.0.0", "dockerImages": named}})


def is_asset() -> tuple[Any, Any]:
    """The facts image.is_asset and image.in_asset_repository."""
    (facts,) = [each["facts"] for each in json.loads(run("facts", "cdk.out").stdout)]
    return facts.get("image.is_asset"), facts.get("image.in_asset_repository")


PUBLISHED: dict[str, tuple[dict[str, str], tuple[bool, bool]]] = {
    "here": ({"repositoryName": "app", "imageTag": HASH}, (True, True)),
    "in this region and account": (
        {"repositoryName": "app", "imageTag": HASH, "region": "eu-west-1", "assumeRoleArn": ROLE % "123456789012"},
        (True, True),
    ),
    "by the placeholders": (
        {
            "repositoryName": "app",
            "imageTag": HASH,
            "region": "${AWS::Region}",
            "assumeRoleArn": ROLE % "${AWS::AccountId}",
        },
        (True, True),
    ),
    "in another region": ({"repositoryName": "app", "imageTag": HASH, "region": "us-east-1"}, (False, False)),
    "in another account": (
        {"repositoryName": "app", "imageTag": HASH, "assumeRoleArn": ROLE % "210987654321"},
        (False, False),
    ),
    "in another repository": ({"repositoryName": "other", "imageTag": HASH}, (False, False)),
    "under another tag": ({"repositoryName": "app", "imageTag": "5" * 64}, (False, True)),
}


@pytest.mark.parametrize(("destination", "expected"), PUBLISHED.values(), ids=PUBLISHED)
def test_an_image_is_an_asset_by_its_whole_destination(
    destination: dict[str, str], expected: tuple[bool, bool]
) -> None:
    publish(f"app:{HASH}", image_asset(**destination))
    assert is_asset() == expected


@pytest.mark.parametrize("elsewhere", [{}, {"region": "us-east-1"}, {"assumeRoleArn": ROLE % "210987654321"}])
def test_an_asset_named_latest_does_not_silence_the_rule(elsewhere: dict[str, str]) -> None:
    publish("orders:latest", image_asset(repositoryName="orders", imageTag="latest", **elsewhere))
    assert check() == Outcome(1, ["cdk.out/Orders.template.json"], [], [])


def test_an_assembly_without_staging_is_told_of_once() -> None:
    write_stack({"Resources": {f"Fn{i}": function(f"{REGISTRY}/app:{str(i) * 64}") for i in range(3)}})
    assets = {str(i): image_asset(f"/home/me/app{i}", repositoryName="app", imageTag=str(i) * 64) for i in range(3)}
    write({"cdk.out/Orders.assets.json": {"dockerImages": assets}})
    told = (
        "warning: cdk.out: was made without staging (--no-staging), so its assets lie outside of it and their "
        "Dockerfiles are not read; run `npx cdk synth` with staging to have them judged"
    )
    assert check() == Outcome(0, [], [told], [])


# -- who is who ---------------------------------------------------------------------------------------------------


def test_stacks_of_one_name_are_told_apart() -> None:
    """Each has a parameter Tag of its own, and one that takes a made-up name does not take the other's place."""
    tagged = {"Fn": function({"Fn::Sub": f"{REPOSITORY}${{Tag}}"})}
    tags = {"A": f"@sha256:{'1' * 64}", "B": ":latest", "C": f"@sha256:{'2' * 64}"}
    titles = {"A": "Orders", "B": "Orders", "C": "Orders (B)"}
    for name, tag in tags.items():
        parameters = {"Tag": {"Type": "String", "Default": tag}}
        write({f"cdk.out/{name}.json": {"Parameters": parameters, "Resources": tagged}})
    artifacts = {name: stack_of(f"{name}.json", displayName=titles[name]) for name in tags}
    write({"cdk.out/manifest.json": manifest(artifacts)})
    assert check() == Outcome(1, ["cdk.out/B.json"], [], [])
    report = json.loads(run("check", "--format", "json", "--select", "image-tag-latest").stdout)
    assert [each["function"]["stack"] for each in report["findings"]] == ["Orders (B)"]


def test_functions_of_one_construct_path_are_told_apart_in_a_baseline() -> None:
    path = {"aws:cdk:path": "Orders/Fn/Resource"}
    old = function(f"{REPOSITORY}:latest", Metadata=path)
    write_stack({"Resources": {"Old": old, "Other": function(f"{REPOSITORY}@sha256:{'1' * 64}", Metadata=path)}})
    assert run("check", "--write-baseline", "b.json").exit_code == 0
    assert check("--baseline", "b.json") == Outcome(0, [], [], [])
    write_stack({"Resources": {"Old": old, "New": old}})
    assert check("--baseline", "b.json") == Outcome(1, ["cdk.out/Orders.template.json"], [], [])


NAMES = ["prod-orders", "Prod/Orders", "OrdersProd1234", "*orders"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("key", ["overrides", "suppress"])
def test_a_configuration_matches_what_the_deployment_calls_the_stack(key: str, name: str) -> None:
    fn = function(f"{REPOSITORY}:latest", Metadata={"aws:cdk:path": "Orders/Fn/Resource"})
    stack = stack_of("t.json", displayName="Prod/Orders")
    stack["properties"]["stackName"] = "prod-orders"
    write({"cdk.out/manifest.json": manifest({"OrdersProd1234": stack}), "cdk.out/t.json": {"Resources": {"Fn": fn}}})
    entry = {
        "overrides": f'overrides: [{{stacks: ["{name}"], ignore: [image-tag-latest]}}]\n',
        "suppress": f'suppress: [{{rule: image-tag-latest, path: "{name}", reason: because}}]\n',
    }
    write({".imagelint.yaml": entry[key]})
    assert check() == Outcome(0, [], [], [])
    write({".imagelint.yaml": entry[key].replace(name, "other")})
    assert check().status == 1


def test_the_report_says_what_overrides_changed() -> None:
    fn = function(f"{REPOSITORY}:latest")
    names = ("Api", "Jobs", "Queues")
    stacks = {name: stack_of(f"{name}.json") for name in names}
    templates = {f"cdk.out/{name}.json": HARMLESS if name == "Queues" else {"Resources": {"Fn": fn}} for name in names}
    write({"cdk.out/manifest.json": manifest(stacks), **templates})
    entries = [
        "overrides:",
        '  - {stacks: "*", rules: {E9721: {severity: warning, fix: Do.}}}',
        "  - {stacks: Jobs, ignore: [image-tag-latest, info]}",
    ]
    write({".imagelint.yaml": "\n".join(entries)})
    changed = [{"rule": "image-tag-latest", "fields": ["fix", "severity"]}]
    everywhere = {"by": ".imagelint.yaml:2", "changed": changed, "ignored": []}
    document = json.loads(run("check", "--format", "json").stdout)
    *told, last = document["overrides"]
    assert told == [{"stack": "Api", **everywhere}, {"stack": "Jobs", **everywhere}]
    assert (last["stack"], last["by"], last["changed"]) == ("Jobs", ".imagelint.yaml:3", [])
    assert "image-tag-latest" in last["ignored"]
    assert [(each["function"]["stack"], each["severity"]) for each in document["findings"]] == [("Api", "warning")]
