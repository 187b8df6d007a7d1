"""The inventory: whole tables as each format writes them, what a row says, and that no template can forge one.

The tables of fixtures are `expected.inventory.<format>` in their folders; each is a claim about the fixture, to be read
before it is committed. They are written by `imagelint inventory cdk.out --format <format> --output <file>` there.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import Result
from markdown_it import MarkdownIt

import imagelint
from fixtures.expect import FIXTURES
from imagelint.assembly.functions import Function
from imagelint.facts.draft import Facts
from imagelint.inventory.formats import RENDERERS
from imagelint.inventory.rows import Inventory, Row, Rows, take
from imagelint.model import FunctionRef, Problem
from imagelint.report.escape import column, csv_cell, mermaid_label
from imagelint.rules.rule import load_rules
from support import cli
from support.builders import REGISTRY, Template, app, function, write_assembly, write_templates

SCHEMA = json.loads((Path(imagelint.__file__).parent / "inventory/inventory.schema.json").read_text(encoding="utf-8"))
OTHER_REGISTRY = "210987654321.dkr.ecr.eu-west-1.amazonaws.com"
DIGEST = f"sha256:{'0123456789abcdef' * 4}"


def run(*arguments: str) -> Result:
    return cli.run("inventory", *arguments)


# -- whole tables -------------------------------------------------------------------------------------------------


TEXTS = [name for name in RENDERERS if name != "html"]
"""The formats that are a table and nothing else; test_map.py has the page."""


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("scenario", ["demo", "conditions", "pull-cross-account-cdk", "pull-owned"])
def test_the_table_of_a_fixture(scenario: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FIXTURES / scenario)
    result = run("--format", name)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == Path(f"expected.inventory.{name}").read_text(encoding="utf-8")


EMPTY: dict[str, str] = {
    "text": "No image function in 1 template.\n",
    "json": '{\n  "version": 1,\n  "functions": [],\n  "errors": []\n}\n',
    "csv": '"stack","construct_path","logical_id","template","when","architecture","image_certainty","image_uri",'
    '"pinned_by","tag","digest","asset_platform","repository","repository_account","repository_region",'
    '"repository_place","repository_stack","pull"\n',
    "markdown": "## Lambda container images\n\n**No image function in 1 template.**\n",
    "mermaid": 'flowchart LR\n  none["No image function"]\n',
}


@pytest.mark.parametrize("name", TEXTS)
def test_an_assembly_without_image_functions(name: str, tmp_path: Path) -> None:
    zipped = {"Type": "AWS::Lambda::Function", "Properties": {"Runtime": "python3.13", "Code": {"ZipFile": ""}}}
    result = run(write_assembly(tmp_path / "cdk.out", {"App": {"Zipped": zipped}}), "--format", name)
    assert (result.exit_code, result.stdout, result.stderr) == (0, EMPTY[name], "")


@pytest.mark.parametrize("scenario", sorted(path.parent.name for path in FIXTURES.glob("*/cdk.out")))
def test_the_json_of_every_fixture_keeps_its_contract(scenario: str) -> None:
    document = json.loads(RENDERERS["json"](take(imagelint.load(FIXTURES / scenario / "cdk.out"))))
    jsonschema.Draft202012Validator(SCHEMA).validate(document)


@pytest.mark.parametrize("scenario", ["conditions", "stages", "pull-nested-two-deep", "asset-builds"])
def test_the_facts_that_rules_are_asked_of_give_the_same_rows(scenario: str) -> None:
    """An audit and the pages of `check` take both from them."""
    load = partial(imagelint.load, FIXTURES / scenario / "cdk.out")
    seen, assembly = Rows(), load()
    imagelint.lint(assembly, on_facts=seen.add)
    assert seen.inventory(assembly) == take(load())
    assert seen.inventory(assembly).functions > 0


def test_what_an_own_rule_asks_for_splits_no_row(tmp_path: Path) -> None:
    properties = {"PackageType": "Image", "Timeout": {"Fn::If": ["Prod", 60, 3]}}
    code = {"ImageUri": {"Fn::If": ["Old", f"{REGISTRY}/orders:1", f"{REGISTRY}/orders:2"]}}
    template = {
        "Parameters": {name: {"Type": "String"} for name in ("IsProd", "IsOld")},
        "Conditions": {name: {"Fn::Equals": [{"Ref": f"Is{name}"}, "yes"]} for name in ("Prod", "Old")},
        "Resources": {"Fn": {"Type": "AWS::Lambda::Function", "Properties": {**properties, "Code": code}}},
    }
    folder = write_templates(tmp_path / "cdk.out", {"App": template})
    rule = load_rules()[0]
    (judgement,) = list(rule.asserts.values())[:1]
    own = rule._replace(id="own", when={}, asserts={"property.Timeout": judgement}, message="{property.Timeout}")
    seen, scenarios = Rows(), Counter[str]()

    def on_facts(function: Function, documents: Sequence[Facts]) -> None:
        seen.add(function, documents)
        scenarios[function.logical_id] += len(documents)

    assembly = imagelint.load(folder)
    imagelint.lint(assembly, [own], on_facts=on_facts)
    assert scenarios == {"Fn": 4}
    assert [row.when for row in seen.inventory(assembly).rows] == ["Old is false", "Old is true"]
    assert seen.inventory(assembly) == take(imagelint.load(folder))


# -- what a row says ----------------------------------------------------------------------------------------------


def repository(name: str, *principals: Any) -> Template:
    actions = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    statements = [{"Effect": "Allow", "Principal": principal, "Action": actions} for principal in principals]
    policy = {"RepositoryPolicyText": {"Version": "2012-10-17", "Statement": statements}} if statements else {}
    return {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": name, **policy}}


def role(*actions: str) -> Template:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    policies = [{"PolicyName": "own", "PolicyDocument": {"Statement": [statement]}}]
    return {"Type": "AWS::IAM::Role", "Properties": {"Policies": policies}}


SERVICE = {"Service": "lambda.amazonaws.com"}
ACCOUNT = {"AWS": "arn:aws:iam::123456789012:root"}
ROLE = {"Role": {"Fn::GetAtt": ["Role", "Arn"]}}
PULLING, IDLE = role("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"), role("s3:GetObject")
API = f"{REGISTRY}/api:1.4.2"

PULLERS: dict[str, tuple[dict[str, Template], str, str]] = {
    "the service": ({"Repo": repository("api", SERVICE), "Role": IDLE}, "this-stack", "lambda-service"),
    "the service, the role unseen": ({"Repo": repository("api", SERVICE)}, "this-stack", "lambda-service"),
    "the role": ({"Repo": repository("api"), "Role": PULLING}, "this-stack", "execution-role"),
    "both": ({"Repo": repository("api", SERVICE), "Role": PULLING}, "this-stack", "service-and-role"),
    "nobody": ({"Repo": repository("api"), "Role": IDLE}, "this-stack", "nobody"),
    "the role unseen": ({"Repo": repository("api")}, "this-stack", "not-visible"),
    "no repository": ({}, "outside", "not-visible"),
}


@pytest.mark.parametrize(("resources", "place", "puller"), PULLERS.values(), ids=PULLERS)
def test_who_may_pull(resources: dict[str, Template], place: str, puller: str, tmp_path: Path) -> None:
    made = function(API, ROLE if "Role" in resources else {"Role": {"Ref": "Elsewhere"}})
    template = {"Parameters": {"Elsewhere": {"Type": "String"}}, "Resources": {"Fn": made, **resources}}
    (row,) = take(imagelint.load(write_templates(tmp_path / "cdk.out", {"App": template}))).rows
    assert (row.place, row.puller) == (place, puller)


ACROSS: dict[str, tuple[str, str, list[Any], tuple[str, str | None, bool, str]]] = {
    "another stack": ("Images", REGISTRY, [SERVICE], ("another-stack", "Images", True, "lambda-service")),
    "another account's stack": (
        "Shared",
        OTHER_REGISTRY,
        [SERVICE, ACCOUNT],
        ("another-stack", "Shared", False, "service-and-account"),
    ),
    "half of what it takes": ("Shared", OTHER_REGISTRY, [SERVICE], ("another-stack", "Shared", False, "nobody")),
    "another account": ("Images", OTHER_REGISTRY, [SERVICE], ("another-account", None, False, "not-visible")),
}


@pytest.mark.parametrize(("stack", "registry", "principals", "expected"), ACROSS.values(), ids=ACROSS)
def test_a_repository_elsewhere(
    stack: str, registry: str, principals: list[Any], expected: tuple[Any, ...], tmp_path: Path
) -> None:
    templates = {
        "App": app(f"{registry}/api:1"),
        stack: {"Resources": {"Repo": repository("api", *principals)}},
    }
    folder = write_templates(tmp_path / "cdk.out", templates, {"Shared": "210987654321/eu-west-1"})
    (row,) = take(imagelint.load(folder)).rows
    assert (row.place, row.stack, row.same_account, row.puller) == expected


IMAGES: dict[str, tuple[Any, tuple[str | None, ...]]] = {
    "tag": (f"{REGISTRY}/api:1.4.2", ("known", "api", "tag", "1.4.2")),
    "digest": (f"{REGISTRY}/api@{DIGEST}", ("known", "api", "digest", DIGEST)),
    "neither": (f"{REGISTRY}/api", ("known", "api", "none", None)),
    "open tag": ({"Fn::Sub": f"{REGISTRY}/api:${{Open}}"}, ("partial", "api", "tag", "${Open}")),
    "open digest": (
        {"Fn::Sub": f"{REGISTRY}/api@sha256:${{Open}}"},
        ("partial", "api", "digest", "sha256:${Open}"),
    ),
    "open": ({"Ref": "Open"}, ("partial", "${Open}", None, None)),
    "list": (["no", "text"], ("unknown", None, None, None)),
    "empty": ("", ("none", None, None, None)),
    "none": (None, ("none", None, None, None)),
    "another registry": ("ghcr.io/acme/api:1.4.2", ("known", "ghcr.io/acme/api:1.4.2", None, None)),
    "malformed": (f"{REGISTRY}/API:1.4.2", ("known", f"{REGISTRY}/API:1.4.2", "tag", "1.4.2")),
    "unresolved": (
        f"{REGISTRY}/${{Token[TOKEN.1]}}:1.4.2",
        ("known", f"{REGISTRY}/${{Token[TOKEN.1]}}:1.4.2", "tag", "1.4.2"),
    ),
}


@pytest.mark.parametrize(("uri", "expected"), IMAGES.values(), ids=IMAGES)
def test_which_image(uri: Any, expected: tuple[str | None, ...], tmp_path: Path) -> None:
    made = function(uri, {"Code": {}} if uri is None else None)
    template = {"Parameters": {"Open": {"Type": "String"}}, "Resources": {"Fn": made}}
    (row,) = take(imagelint.load(write_templates(tmp_path / "cdk.out", {"App": template}))).rows
    assert (row.certainty, row.image, row.pinned_by, row.pin) == expected


OWNERS: dict[str, tuple[str, str | None]] = {
    "the function's": (REGISTRY, None),
    "another account": ("210987654321.dkr.ecr.eu-west-1.amazonaws.com", "account 210987654321"),
    "another region": ("123456789012.dkr.ecr.us-east-1.amazonaws.com", "region us-east-1"),
    "both": ("210987654321.dkr.ecr.us-east-1.amazonaws.com", "account 210987654321, region us-east-1"),
}


@pytest.mark.parametrize(("registry", "expected"), OWNERS.values(), ids=OWNERS)
def test_whose_repository_it_is_where_it_is_not_the_functions(
    registry: str, expected: str | None, tmp_path: Path
) -> None:
    folder = write_assembly(tmp_path / "cdk.out", {"App": {"Fn": function(f"{registry}/api:1")}})
    quoted = re.sub(r"(account|region) ([^,]*)", r"\1 `\2`", expected or "")
    said = {
        "text": rf"    in      {expected}\n",
        "markdown": rf"\| `api`<br>in {quoted} \|",
        "mermaid": rf'r1\[\("api<br/>{expected}<br/>',
    }
    for name, pattern in said.items():
        rendered = run(folder, "--format", name).stdout
        assert bool(re.search(pattern, rendered)) == (expected is not None)
        assert ("210987654321" in rendered, "us-east-1" in rendered) == tuple(
            part in (expected or "") for part in ("210987654321", "us-east-1")
        )


def test_a_function_that_sam_has_still_to_build(tmp_path: Path) -> None:
    built = {
        "Type": "AWS::Serverless::Function",
        "Metadata": {"Dockerfile": "Dockerfile", "DockerContext": "."},
        "Properties": {"PackageType": "Image"},
    }
    file = tmp_path / "template.json"
    file.write_text(json.dumps({"Transform": "AWS::Serverless-2016-10-31", "Resources": {"Fn": built}}))
    (row,) = take(imagelint.load(file)).rows
    assert (row.certainty, row.image, row.puller) == ("not-built", None, "not-visible")


BRANCHES: dict[str, tuple[Any, Any, list[tuple[str, str | None]]]] = {
    "two tags": ("1", "2", [("1", "Prod is true"), ("2", "Prod is false")]),
    "alike": ("1", "1", [("1", None)]),
}


@pytest.mark.parametrize(("then", "otherwise", "expected"), BRANCHES.values(), ids=BRANCHES)
def test_a_row_for_each_image_of_a_function(
    then: str, otherwise: str, expected: list[tuple[str, str | None]], tmp_path: Path
) -> None:
    uri = {"Fn::If": ["Prod", f"{REGISTRY}/api:{then}", f"{REGISTRY}/api:{otherwise}"]}
    template = {
        "Conditions": {"Prod": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}},
        "Parameters": {"Stage": {"Type": "String"}},
        "Resources": {"Fn": function(uri)},
    }
    taken = take(imagelint.load(write_templates(tmp_path / "cdk.out", {"App": template})))
    assert sorted((row.tag or "", row.when) for row in taken.rows) == expected
    assert taken.functions == 1


def test_paths_that_are_named_twice_are_told_once(tmp_path: Path) -> None:
    folder = write_assembly(tmp_path / "cdk.out", {"App": {"Fn": function(API)}})
    other = write_assembly(tmp_path / "other", {"App": {"Fn": function(API)}})
    documents = [json.loads(run(*paths, "--format", "json").stdout) for paths in ([folder] * 2, [folder, other])]
    assert [len(document["functions"]) for document in documents] == [1, 2]


# -- running ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", RENDERERS)
def test_what_cannot_be_read_is_said_and_the_rest_is_told(name: str, tmp_path: Path) -> None:
    templates = {"App": app(API), "Bad": {}}
    folder = write_templates(tmp_path / "cdk.out", templates)
    Path(folder, "Bad.template.json").write_text('{"Resources": {"AWS::Lambda::Function"')
    result = run(folder, "--format", name)
    assert result.exit_code == 3
    assert result.stderr.startswith(f"imagelint: {folder}/Bad.template.json:1:")
    assert "Fn" in result.stdout


@pytest.mark.parametrize("name", RENDERERS)
def test_no_assembly(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("--format", name)
    assert result.exit_code == 3
    assert result.stderr.startswith("imagelint: cdk.out: is not there")
    assert result.stdout


WRONG: dict[str, list[str]] = {"format": ["--format", "yaml"], "option": ["--fail-on", "error"]}


@pytest.mark.parametrize("arguments", WRONG.values(), ids=WRONG)
def test_wrong_usage(arguments: list[str]) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")


def test_the_table_goes_to_a_file(tmp_path: Path) -> None:
    folder = write_assembly(tmp_path / "cdk.out", {"App": {"Fn": function(API)}})
    file = tmp_path / "images.csv"
    result = run(folder, "--format", "csv", "--output", str(file))
    assert (result.exit_code, result.stdout) == (0, "")
    assert file.read_text(encoding="utf-8") == run(folder, "--format", "csv").stdout


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    folder = write_assembly(tmp_path / "cdk.out", {})
    result = run(folder, "--output", str(tmp_path / "none" / "images.txt"))
    assert result.exit_code == 3
    assert "cannot be written" in result.stderr


# -- nothing forged -----------------------------------------------------------------------------------------------

HOSTILE: dict[str, str] = {
    "formula": "=cmd|' /C calc'!A1",
    "other formulas": '+1;=1;\t=HYPERLINK(1);"@SUM(1)";\'-1',
    "fullwidth formula": "\uff1d1+1",
    "newline": "a\nStack Forged\r\n  App/Forged  x86_64",
    "line separators": "a\u2028b\u2029c\x85d\x0be",
    "columns": "App/Fn   arm64  -  this stack  Lambda's service",
    "blanks": " \u00a0\u3000 ",
    "escape": "\x1b[2J\x1b[32mNo image function\x1b[0m\x9b2J",
    "bidirectional": "\u202egnp.exe\u2066",
    "command": "\n::error::forged ##[error]forged",
    "table": "a | b |\n| --- | --- |\n| **forged** | <b>c</b> `d` [e](https://evil.example) @team #1 |",
    "code span": "`` ` ``` </code> `",
    "label": '"] --> f1["forged<br/>',
    "quoted": "#quot;]#35;#quot; &quot;] &#34;",
    "end of label": '")]\nend\nclick r1 "javascript:alert(1)"\nstyle f1:x#34;fill',
    "directive": '%%{init: {"securityLevel": "loose"}}%%',
    "Mermaid's Markdown": "`**forged**` fa:fa-bug $$x^2$$",
    "HTML": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "JSON": '","pull":"nobody","forged":"\\',
    "surrogate": "\ud83d\ufffe\x00",
    "remark": "(not built yet)",
    "empty": "",
}
UNSEEN = re.compile(r"[^\n -~\u00a0-\u00ac\u00ae-\uffff]|[\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
COMMAND = re.compile(r"\s*::|.*##[A-Za-z]*\[")
TEXT_LINE = re.compile(
    r"Stack .*|"
    r"  FUNCTION  .*|"
    r"  \S+(?: \S+)*(?:  +\S+(?: \S+)*){2}  +another account, stack .*  +service and role|"
    r"    (?:image|in|tag|when)   +\S.*|"
    r"1 image function in 1 template; 1 input not analysed\.|"
)
MERMAID_LABEL = r"(?:[A-Za-z0-9 ,./_@-]|#\d+;|<br/>)+"
MERMAID_LINE = re.compile(
    rf'flowchart LR|  subgraph s1\["{MERMAID_LABEL}"\]|    f1\["{MERMAID_LABEL}"\]|  end|  r1\[\("{MERMAID_LABEL}"\)\]|'
    rf'  f1 -->\|"{MERMAID_LABEL}"\| r1'
)


def hostile(text: str) -> Inventory:
    """One row with the text wherever a template could have put it."""
    row = Row(
        function=FunctionRef(text, text, text),
        template=text,
        certainty="known",
        uri=text,
        account=text,
        region=text,
        repository=text or None,
        pinned_by="tag",
        tag=text,
        digest=None,
        architecture=text,
        asset_platform=text,
        place="another-stack",
        stack=text,
        same_account=False,
        same_region=False,
        puller="service-and-role",
        when=text,
    )
    return Inventory(1, (row,), (Problem(text, text),))


@pytest.mark.parametrize("name", RENDERERS)
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_nothing_unseen_and_no_command_is_written(text: str, name: str) -> None:
    rendered = RENDERERS[name](hostile(text))
    assert not UNSEEN.search(rendered)
    assert not any(COMMAND.match(line) for line in rendered.split("\n"))
    assert rendered.endswith("\n")


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_the_text_keeps_its_lines_and_columns(text: str) -> None:
    lines = RENDERERS["text"](hostile(text)).splitlines()
    assert [line for line in lines if not TEXT_LINE.fullmatch(line)] == []
    assert [line.split()[0] for line in lines if line.startswith("    ")] == (
        ["image", "in", "tag", "when"] if text else ["image", "in", "when"]
    )
    (row,) = (line for line in lines if re.match(r"  (?!FUNCTION|  )", line))
    assert len(re.split(r"  +", row.strip())) == 5


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_the_json_keeps_its_shape_and_the_text(text: str) -> None:
    document = json.loads(RENDERERS["json"](hostile(text)))
    jsonschema.validate(document, SCHEMA)
    expected = re.sub("[\ud800-\udfff]", lambda match: rf"\u{ord(match.group()):04x}", text)
    (row,) = document["functions"]
    assert (row["function"]["stack"], row["image"]["tag"], row["pull"]) == (expected, expected, "service-and-role")


@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_no_cell_of_the_csv_is_a_formula(text: str, delimiter: str) -> None:
    rendered = RENDERERS["csv"](hostile(text))
    rows = list(csv.reader(io.StringIO(rendered), delimiter=delimiter))
    assert len(rows) == 2
    assert delimiter == ";" or [len(row) for row in rows] == [18, 18]
    assert not any(re.match(r"[\s\"]*[=+@\uff1d\uff0b\uff20-]", cell) for row in rows for cell in row)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_the_markdown_is_one_table_of_code_spans(text: str) -> None:
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(RENDERERS["markdown"](hostile(text)))
    assert [token.type for token in tokens].count("tr_open") == 2
    assert [token.type for token in tokens].count("td_open") == 7
    inline = {child.type for token in tokens for child in token.children or ()}
    assert inline <= {"text", "code_inline", "strong_open", "strong_close", "html_inline"}
    markup = {child.content for token in tokens for child in token.children or () if child.type == "html_inline"}
    assert markup <= {"<br>"}
    words = " ".join(child.content for token in tokens for child in token.children or () if child.type == "text")
    assert "orged" not in words
    assert "evil" not in words


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_the_mermaid_diagram_is_one_function_and_one_repository(text: str) -> None:
    lines = RENDERERS["mermaid"](hostile(text)).splitlines()
    assert [line for line in lines if not MERMAID_LINE.fullmatch(line)] == []
    assert len(lines) == 6


ESCAPED = [
    (column, "a b", "a b"),
    (column, "a  b ", r"a \x20b\x20"),
    (column, "", '""'),
    (column, " a\u3000b", r"\x20a\u3000b"),
    (csv_cell, "plain-text", "plain-text"),
    (csv_cell, "-1", "'-1"),
    (csv_cell, "a;=1", "a;'=1"),
    (csv_cell, "a,=1", "a,=1"),
    (mermaid_label, "App/Fn-1_x@2.0", "App/Fn-1_x@2.0"),
    (mermaid_label, '"é"', "#34;#233;#34;"),
    (mermaid_label, "", "#34;#34;"),
    (mermaid_label, "a\nb", "a#92;nb"),
]


@pytest.mark.parametrize(("escape", "text", "expected"), ESCAPED)
def test_escapes(escape: Any, text: str, expected: str) -> None:
    assert escape(text) == expected


def test_one_template_of_an_assembly_is_listed_with_what_the_assembly_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As check judges it: its environment, and a repository of another stack."""
    monkeypatch.chdir(tmp_path)
    repository = {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": "app"}}
    write_templates("cdk.out", {"App": app(f"{REGISTRY}/app:1"), "Images": {"Resources": {"Repository": repository}}})
    listed = json.loads(cli.run("inventory", "cdk.out/App.template.json", "--format", "json").stdout)
    assert [(row["function"]["stack"], row["repository"]["stack"]) for row in listed["functions"]] == [
        ("App", "Images")
    ]
