"""The worst inputs that are known, each doubled four times: what they cost grows with their size, and not faster.

python benchmarks/worst.py [ROW ...]    measure some rows, by a part of their names, or all of them; writes nothing
"""

from __future__ import annotations

import json
import math
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import install
from install import Install
from measure import Cost, Program, measure

MAX_EXPONENT: Final = 1.1
MAX_MEMORY: Final = 60
"""Bytes held at the most for a byte of input, start-up not counted."""
_DOUBLINGS: Final = 4
_LEAST: Final = 0.08
"""Seconds of CPU more than for the smallest size, below which a run says nothing about growth."""
_REGISTRY: Final = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
_MANIFEST, _TEMPLATE = "manifest.json", "S.template.json"

Files = Mapping[str, str]
"""The files of an assembly with what they hold."""


@dataclass(frozen=True)
class Row:
    """A kind of input."""

    words: str
    before: str
    """What it cost before it was mended, or was found."""
    make: Callable[[int], Files]
    most: int
    """The largest size; what it counts the words say."""


@dataclass(frozen=True)
class Measured:
    """What a kind of input costs."""

    row: Row
    bytes: int
    """Of the largest."""
    cost: Cost
    """Of the largest."""
    exponent: float | None
    """Of the growth of CPU time with size; None where the largest costs hardly more than the smallest."""
    memory: float
    """Bytes more for each byte more."""

    @property
    def is_met(self) -> bool:
        """Whether it grows no faster than its size."""
        return (self.exponent is None or self.exponent <= MAX_EXPONENT) and self.memory <= MAX_MEMORY


def measured(installed: Install, folder: Path, rows: Sequence[Row]) -> Iterator[Measured]:
    """Measure `imagelint check` on each row."""
    program = Program("imagelint check", (installed.program("imagelint"), "check"), frozenset({0, 1, 3}))
    for number, row in enumerate(rows):
        print(f"... {row.words}", file=sys.stderr, flush=True)
        sizes = [row.most >> halvings for halvings in range(_DOUBLINGS, -1, -1)]
        made = [row.make(size) for size in sizes]
        costs = [_cost(program, folder / f"{number}-{size}", files) for size, files in zip(sizes, made, strict=True)]
        lengths = [sum(map(len, files.values())) for files in made]
        # What is the same at each size, as the start-up, is in none of these, and what is linear stays so.
        more = {size - sizes[0]: cost.cpu - costs[0].cpu for size, cost in zip(sizes, costs, strict=True)}
        grown = {size: seconds for size, seconds in more.items() if seconds >= _LEAST}
        slope = exponent(grown) if len(grown) > 2 else None
        memory = (costs[-1].peak - costs[0].peak) * 2**20 / (lengths[-1] - lengths[0])
        yield Measured(row, lengths[-1], costs[-1], slope, max(memory, 0))


def exponent(costs: Mapping[int, float]) -> float:
    """The exponent e of cost = c * size ** e that fits best: the slope of the logarithms, by least squares."""
    xs, ys = [math.log(count) for count in costs], [math.log(cost) for cost in costs.values()]
    slope, _ = statistics.linear_regression(xs, ys)
    return slope


def _cost(program: Program, folder: Path, files: Files) -> Cost:
    (folder / "cdk.out").mkdir(parents=True)
    for name, text in files.items():
        file = folder / "cdk.out" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    return measure([program], folder, 1)[program.name]


# -- what is made -------------------------------------------------------------------------------------------------


def _assembly(templates: Mapping[str, str]) -> Files:
    """An assembly of stacks, by the files of their templates."""
    stack = {"type": "aws:cloudformation:stack", "environment": "aws://123456789012/eu-west-1"}
    artifacts = {name.split(".")[0]: {**stack, "properties": {"templateFile": name}} for name in templates}
    return {_MANIFEST: json.dumps({"version": "36.0.0", "artifacts": artifacts}), **templates}


def _one(template: Mapping[str, Any] | str) -> Files:
    """An assembly of one stack."""
    return _assembly({_TEMPLATE: template if isinstance(template, str) else json.dumps(template)})


def _function(uri: Any = f"{_REGISTRY}/app:1.0.0", **properties: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {"PackageType": "Image", "Code": {"ImageUri": uri}, **properties},
    }


def _functions(count: int, uri: Any = f"{_REGISTRY}/app:1.0.0", **properties: Any) -> dict[str, Any]:
    return {f"Fn{number}": _function(uri, **properties) for number in range(count)}


def _doubled_key(keys: int) -> str:
    """Metadata with many keys of which one is doubled."""
    many = ", ".join(f'"k{number}": 1' for number in range(keys))
    return f'{{"Metadata": {{{many}, "k0": 1}}, "Resources": {json.dumps(_functions(1))}}}'


def _doubled_in_manifest(keys: int) -> Files:
    files = dict(_one({"Resources": _functions(1)}))
    many = ", ".join(f'"k{number}": 1' for number in range(keys))
    files[_MANIFEST] = f'{files[_MANIFEST][:-1]}, "more": {{{many}, "k0": 1}}}}'
    return files


def _repository(statement: Mapping[str, Any] | None = None, statements: int = 1) -> dict[str, Any]:
    """The functions' repository with a policy of many such statements."""
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
    }
    written = [{**allow, **(statement or {}), "Sid": f"S{number}"} for number in range(statements)]
    policy = {"Version": "2012-10-17", "Statement": written}
    return {
        "Repo": {
            "Type": "AWS::ECR::Repository",
            "Properties": {"RepositoryName": "app", "RepositoryPolicyText": policy},
        }
    }


def _with_policy(functions: int, statement: Mapping[str, Any] | None, statements: int = 1) -> Files:
    return _one({"Resources": {**_repository(statement, statements), **_functions(functions)}})


def _like(pattern: str) -> dict[str, Any]:
    return {"Condition": {"StringLike": {"aws:SourceArn": pattern}}}


def _by_key(functions: int, keys: int, **parameter: Any) -> Files:
    """Functions whose tag stands in a mapping at the key that an open parameter gives."""
    tag = {"Fn::FindInMap": ["Tags", {"Ref": "Key"}, "tag"]}
    return _one(
        {
            "Parameters": {"Key": {"Type": "String", **parameter}},
            "Mappings": {"Tags": {f"k{number}": {"tag": f"v{number}"} for number in range(keys)}},
            "Resources": _functions(functions, {"Fn::Join": [":", [f"{_REGISTRY}/app", tag]]}),
        }
    )


def _role(functions: int) -> Files:
    """Functions of one role that as many policies are for."""
    document = {"Statement": {"Effect": "Allow", "Action": "ecr:*", "Resource": {"Fn::Sub": "*${AWS::StackName}"}}}
    policy = {"PolicyName": "p", "Roles": [{"Ref": "Role"}], "PolicyDocument": document}
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}}
    policies = {f"P{number}": {"Type": "AWS::IAM::Policy", "Properties": policy} for number in range(functions)}
    uses = _functions(functions, Role={"Fn::GetAtt": ["Role", "Arn"]})
    return _one({"Resources": {**_repository(), "Role": role, **policies, **uses}})


def _allowed(values: int) -> Files:
    """A parameter with many AllowedValues, and functions under conditions on it."""
    names = [f"k{number}" for number in range(values)]
    functions = _functions(20)
    for number, function in enumerate(functions.values()):
        function["Condition"] = f"Is{number % 5}"
    return _one(
        {
            "Parameters": {"Key": {"Type": "String", "AllowedValues": names}},
            "Conditions": {f"Is{number}": {"Fn::Equals": [{"Ref": "Key"}, f"k{number}"]} for number in range(5)},
            "Resources": functions,
        }
    )


def _nested(leaf: int) -> Files:
    """Three of each on every one of twenty levels."""
    files: dict[str, str] = {}
    for level in range(20):
        file = f"L{level + 1}.json"
        nested = {
            "Type": "AWS::CloudFormation::Stack",
            "Metadata": {"aws:asset:path": file},
            "Properties": {"TemplateURL": file},
        }
        files[f"L{level}.json"] = json.dumps({"Resources": dict.fromkeys(("A", "B", "C"), nested)})
    files["L20.json"] = json.dumps({"Resources": _functions(leaf)})
    return {_MANIFEST: _assembly({"L0.json": ""})[_MANIFEST], **files}


def _shared_output(functions: int, pieces: int) -> Files:
    """Functions whose tag is an import of one long text."""
    joined = {"Fn::Join": ["", [{"Ref": "AWS::Region"}] * pieces]}
    exporter = {"Outputs": {"Tag": {"Value": joined, "Export": {"Name": "tag"}}}}
    importing = {"Fn::Join": [":", [f"{_REGISTRY}/app", {"Fn::ImportValue": "tag"}]]}
    templates = {"A.json": json.dumps(exporter), "B.json": json.dumps({"Resources": _functions(functions, importing)})}
    return _assembly(templates)


def _exports(count: int) -> Files:
    """A stack of exports, and as many functions of another one that each import one."""
    uris = {f"O{i}": {"Value": f"{_REGISTRY}/app:{i}", "Export": {"Name": f"e{i}"}} for i in range(count)}
    functions = {f"F{i}": _function({"Fn::ImportValue": f"e{i}"}) for i in range(count)}
    return _assembly({"A.json": json.dumps({"Outputs": uris}), "B.json": json.dumps({"Resources": functions})})


def _open_names(count: int) -> Files:
    """Repositories whose names are parameters, and as many functions that use others of theirs."""
    repositories = {
        f"Repo{number}": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": {"Ref": f"P{number}"}}}
        for number in range(count)
    }
    functions = {f"Fn{number}": _function({"Fn::Sub": f"{_REGISTRY}/${{Q{number}}}:1"}) for number in range(count)}
    names = [f"{letter}{number}" for letter in "PQ" for number in range(count)]
    return _one(
        {"Parameters": {name: {"Type": "String"} for name in names}, "Resources": {**repositories, **functions}}
    )


def _literal_names(count: int) -> Files:
    repositories = {
        f"Repo{number}": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": f"r{number}"}}
        for number in range(count)
    }
    functions = {f"Fn{number}": _function(f"{_REGISTRY}/r{number}:1") for number in range(count)}
    return _one({"Resources": {**repositories, **functions}})


def _looped(items: int, inside: Mapping[str, Any], **sections: Any) -> str:
    """A template with a function and a loop, which binds A."""
    resources = {"Fn::ForEach::Out": ["A", [f"I{number}" for number in range(items)], inside], "Fn": _function()}
    return json.dumps({"Transform": "AWS::LanguageExtensions", **sections, "Resources": resources})


def _loops(templates: int, items: int, resource: Mapping[str, Any]) -> Files:
    """Loops in loops in many templates, each with almost as much as it may write out."""
    inner = {"Fn::ForEach::In": ["B", [f"I{number}" for number in range(items)], {"P${A}${B}": resource}]}
    return _assembly({f"S{number}.json": _looped(items, inner) for number in range(templates)})


def _looked_up_in_loops(items: int) -> Files:
    """A loop within a loop that goes through what is looked up in a long text."""
    collection = [{"Fn::Select": [0, {"Fn::Split": [",", {"Ref": "Key"}]}]}]
    text = {"Type": "String", "Default": "a," * (10 * items)}
    return _one(_looped(items, {"Fn::ForEach::In": ["B", collection, {}]}, Parameters={"Key": text}))


def _pieces(count: int) -> Files:
    """Functions that look for a piece of a text as long as there are functions."""
    piece = {"Fn::Select": [0, {"Fn::Split": [",", {"Ref": "Key"}]}]}
    functions = _functions(count, {"Fn::Join": [":", [f"{_REGISTRY}/app", piece]]})
    parameters = {"Key": {"Type": "String", "Default": "a," * (20 * count)}}
    return _one({"Parameters": parameters, "Resources": functions})


def _yaml(text: str) -> Files:
    """What is in YAML, beside a function."""
    resources = f"{{Fn: {{Type: 'AWS::Lambda::Function', Properties: {json.dumps(_function()['Properties'])}}}}}"
    return _one(f"Resources: {resources}\nMetadata:\n{text}")


def _stacks(count: int) -> Files:
    template = json.dumps({"Resources": _functions(10)})
    return _assembly({f"S{number}.json": template for number in range(count)})


_TAG: Final = "1.0.0"


def _published(count: int, tag: Callable[[int], str], repository: str = "r{}-${{AWS::AccountId}}") -> Files:
    """Functions, and as many destinations of one image asset."""
    places = {f"d{i}": {"repositoryName": repository.format(i), "imageTag": tag(i)} for i in range(count)}
    image = {"source": {"directory": "asset.1"}, "destinations": places}
    return _with_assets(_functions(count, f"{_REGISTRY}/app:{_TAG}"), {"1": image})


def _with_assets(resources: Mapping[str, Any], images: Mapping[str, Any], dockerfile: str = "FROM scratch\n") -> Files:
    """An assembly of one stack, with an asset manifest and a Dockerfile."""
    files = dict(_one({"Resources": resources}))
    manifest = json.loads(files[_MANIFEST])
    manifest["artifacts"]["A"] = {"type": "cdk:asset-manifest", "properties": {"file": "A.json"}}
    return {
        **files,
        _MANIFEST: json.dumps(manifest),
        "A.json": json.dumps({"dockerImages": images}),
        "asset.1/Dockerfile": dockerfile,
    }


def _built(count: int, arguments: Callable[[int], Mapping[str, str]], lines: int) -> Files:
    """Functions, each with an asset of its own that one Dockerfile builds."""
    sources = [{"directory": "asset.1", "dockerBuildArgs": arguments(i)} for i in range(count)]
    images = {
        f"{i}": {"source": source, "destinations": {"d": {"repositoryName": "app", "imageTag": f"{i:064x}"}}}
        for i, source in enumerate(sources)
    }
    functions = {f"Fn{i}": _function(f"{_REGISTRY}/app:{i:064x}") for i in range(count)}
    return _with_assets(functions, images, "ARG A\nFROM scratch\n" + "ARG B=${A}\n" * lines)


def _arguments(count: int) -> Files:
    """Functions that use one asset, which has as many build arguments."""
    source = {"directory": "asset.1", "dockerBuildArgs": {f"A{i}": "v" for i in range(count)}}
    image = {"source": source, "destinations": {"d": {"repositoryName": "app", "imageTag": "0" * 64}}}
    return _with_assets(_functions(count, f"{_REGISTRY}/app:{'0' * 64}"), {"1": image})


def _traced(count: int, entry: Callable[[int], Mapping[str, Any]], path: str = "S/Fn") -> Files:
    """Functions of one construct path, or below one, and as many entries of metadata at it."""
    functions = {
        f"Fn{i}": {**_function(f"{_REGISTRY}/app:latest"), "Metadata": {"aws:cdk:path": path.format(i)}}
        for i in range(count)
    }
    files = dict(_one({"Resources": functions}))
    manifest = json.loads(files[_MANIFEST])
    manifest["artifacts"]["S"]["metadata"] = {f"/{path.partition('/{')[0]}": [entry(i) for i in range(count)]}
    return {**files, _MANIFEST: json.dumps(manifest)}


def _frame(data: str) -> Mapping[str, Any]:
    return {"type": "aws:cdk:creationStack", "data": [data]}


def _named_again(count: int, *, nested: bool) -> Files:
    """A template that grows, named by as many stacks."""
    leaf = json.dumps({"Metadata": {f"k{i}": "x" * 50 for i in range(4 * count)}, "Resources": _functions(1)})
    if nested:
        stack = {"Type": "AWS::CloudFormation::Stack", "Metadata": {"aws:asset:path": "L.json"}, "Properties": {}}
        return {**_one({"Resources": dict.fromkeys((f"N{i}" for i in range(count)), stack)}), "L.json": leaf}
    stack = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "L.json"}}
    return {
        _MANIFEST: json.dumps({"version": "36.0.0", "artifacts": {f"S{i}": stack for i in range(count)}}),
        "L.json": leaf,
    }


def _one_export(count: int) -> Files:
    """Stacks that all export one name, and import it."""
    exported = {"O": {"Value": f"{_REGISTRY}/app:1", "Export": {"Name": "e"}}}
    template = json.dumps({"Outputs": exported, "Resources": _functions(1, {"Fn::ImportValue": "e"})})
    return _assembly({f"S{i}.json": template for i in range(count)})


def _edges(count: int) -> Files:
    """A distribution whose functions are looked for by way of as many parameters."""
    resources: dict[str, Any] = {}
    for i in range(count):
        resources[f"P{i}"] = {"Type": "AWS::SSM::Parameter", "Properties": {"Name": f"p{i}", "Value": "x"}}
        reader = {"Type": "Custom::CrossRegionStringParameterReader", "Properties": {"ParameterName": f"q{i}"}}
        resources[f"R{i}"] = reader
    behaviour = [{"LambdaFunctionARN": {"Fn::GetAtt": [f"R{i}", "FunctionArn"]}} for i in range(count)]
    config = {"DistributionConfig": {"DefaultCacheBehavior": {"LambdaFunctionAssociations": behaviour}}}
    resources["D"] = {"Type": "AWS::CloudFront::Distribution", "Properties": config}
    return _one({"Resources": {**resources, **_functions(1)}})


def _with_lifecycle(count: int) -> Files:
    selection = {"tagStatus": "tagged", "tagPrefixList": ["p"], "countType": "imageCountMoreThan", "countNumber": 5}
    rules = [{"rulePriority": i + 1, "selection": selection, "action": {"type": "expire"}} for i in range(count)]
    policy = {"LifecyclePolicyText": {"rules": rules}}
    repository = {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": "app", "LifecyclePolicy": policy}}
    return _one({"Resources": {"R": repository, **_functions(count)}})


def _beside(count: int, resource: Callable[[int], Mapping[str, Any]]) -> Files:
    """Functions, and as many other resources."""
    return _one({"Resources": {**{f"R{i}": resource(i) for i in range(count)}, **_functions(count)}})


def _cache_rule(number: int) -> Mapping[str, Any]:
    return {"Type": "AWS::ECR::PullThroughCacheRule", "Properties": {"EcrRepositoryPrefix": f"p{number}"}}


def _default(count: int) -> Files:
    """Functions that use one parameter's Default."""
    parameters = {"P": {"Type": "String", "Default": f"{_REGISTRY}/{'x' * 90_000}"}}
    return _one({"Parameters": parameters, "Resources": _functions(count, {"Ref": "P"}, Description="d" * 100)})


ROWS: Final = (
    Row("keys of one object of which one is doubled", "90,000: over 60 s", lambda n: _one(_doubled_key(n)), 90_000),
    Row("the same in the manifest", "90,000: over 60 s", _doubled_in_manifest, 90_000),
    Row(
        "characters of a policy value of `${`",
        "100,000: 47 s",
        lambda n: _with_policy(1, _like("${" * (n // 2))),
        100_000,
    ),
    Row(
        "functions with a policy value of `${`, 10 kB",
        "400: over 60 s",
        lambda n: _with_policy(n, _like("${" * 4_900)),
        800,
    ),
    Row("functions with 1,000 policy statements", "200: over 60 s", lambda n: _with_policy(n, None, 1_000), 800),
    Row("functions with 50 policy statements", "", lambda n: _with_policy(n, None, 50), 800),
    Row("actions", "200,000: 38 s", lambda n: _with_policy(1, {"Action": ["ecr:*"] * n}), 200_000),
    Row(
        "principals",
        "200,000: 23 s",
        lambda n: _with_policy(1, {"Principal": {"AWS": ["123456789012"] * n}}),
        200_000,
    ),
    Row("functions with 20,000 actions", "", lambda n: _with_policy(n, {"Action": ["ecr:*"] * 20_000}), 800),
    Row("functions of a role with as many policies", "500 with 1,000: 8.1 s", _role, 1_600),
    Row("functions by an open parameter of 200 keys", "1,000: over 60 s", lambda n: _by_key(n, 200), 2_000),
    Row("functions by an open parameter of 50 keys", "250: 9 s", lambda n: _by_key(n, 50), 1_000),
    Row("AllowedValues", "10,000: over 60 s", _allowed, 80_000),
    Row("functions of a leaf below twenty levels of three", "500: over 60 s, 3.3 GB", _nested, 480),
    Row(
        "values in a template, `[],`",
        "four of 31 MB: 3.9 GB",
        lambda n: _one('{"Metadata": [' + "[]," * n + f'1], "Resources": {json.dumps(_functions(1))}}}'),
        1_900_000,
    ),
    Row("keys in YAML", "700,000: 23 s", lambda n: _yaml("".join(f" k{i}: 1\n" for i in range(n))), 100_000),
    Row("anchors in YAML", "700,000: 8 s", lambda n: _yaml("".join(f" - &a{i} x\n" for i in range(n))), 100_000),
    Row("commas in YAML", "700,000: 11 s", lambda n: _yaml(" [" + "a," * n + "b]"), 200_000),
    Row("functions that import a text of as many pieces, times 200", "", lambda n: _shared_output(n, 200 * n), 320),
    Row("exports, and functions that import them", "10,000: 6.7 s", _exports, 2_000),
    Row("repositories with open names, and functions", "3,000: 11.5 s", _open_names, 3_200),
    Row("repositories with literal names, and functions", "", _literal_names, 1_600),
    Row(
        "templates with loops",
        "16: 37 MiB",
        lambda n: _loops(n, 95, {"Type": "AWS::SNS::Topic", "Properties": {"N": "${A}${B}" + "x" * 30}}),
        64,
    ),
    Row("templates with loops of functions", "10: 13 s, 122 MiB", lambda n: _loops(n, 75, _function("${A}")), 64),
    Row(
        "items of a loop that makes a key of 10 kB for each",
        "20,000: 200 MiB",
        lambda n: _one(_looped(n, {"P${A}": {"Type": "AWS::SNS::Topic", "Properties": {"x" * 10_000 + "${A}": 1}}})),
        20_000,
    ),
    Row("items of a loop that go through a long text", "2,000: 14 s", _looked_up_in_loops, 4_000),
    Row("functions with a piece of a text of 40 times as many", "1,000: 7.5 s", _pieces, 2_000),
    Row("stacks of ten functions", "5,000: 29 s", _stacks, 320),
    Row(
        "stacks of one template, and its entries",
        "800: 537 MiB",
        lambda n: _named_again(n, nested=False),
        1_600,
    ),
    Row("the same, nested", "1,600: 2 GiB", lambda n: _named_again(n, nested=True), 1_600),
    Row("destinations of one tag, and functions", "1,600: 19 s", lambda n: _published(n, lambda i: _TAG), 1_600),
    Row("destinations of images, and functions", "1,600: 19 s", lambda n: _published(n, "{:064x}".format), 1_600),
    Row("arguments of one asset, and functions", "1,600: 5.2 s", _arguments, 1_600),
    Row(
        "assets of one Dockerfile, and its lines",
        "800, 3,200: 23 s",
        lambda n: _built(n, lambda i: {"A": f"{i}"}, 4 * n),
        1_600,
    ),
    Row("frames of 2,000 blanks", "200: 33 s", lambda n: _traced(n, lambda i: _frame(" " * 1_990)), 1_600),
    Row(
        "frames of a library, and functions of one path",
        "1,600: 27 s",
        lambda n: _traced(n, lambda i: _frame("at f (node_modules/x:1:1)")),
        1_600,
    ),
    Row(
        "acknowledgements of one construct, and functions",
        "6,400: 22 s",
        lambda n: _traced(
            n, lambda i: {"type": "aws:cdk:acknowledged-rules", "data": {"imagelint::image-tag-latest": f"{i}"}}, "S/{}"
        ),
        1_600,
    ),
    Row("stacks that export one name and import it", "1,600: 2.7 s", _one_export, 1_600),
    Row("parameters of functions at the edge", "800: 1.4 s", _edges, 3_200),
    Row("rules of a lifecycle policy, and functions", "1,600: 36 s", _with_lifecycle, 1_600),
    Row("pull through cache rules, and functions", "1,600: 5.7 s", lambda n: _beside(n, _cache_rule), 1_600),
    Row(
        "repositories of one name, and functions",
        "3,200: 6.6 s",
        lambda n: _beside(n, lambda i: _repository()["Repo"]),
        3_200,
    ),
    Row(
        "`#` in a tag",
        "50,000: 32 s",
        lambda n: _one({"Resources": _functions(1, f"{_REGISTRY}/app:" + "#" * n)}),
        90_000,
    ),
    Row("functions that use one Default of 90 kB", "2,000: 696 MiB", _default, 1_600),
)


HEADING: Final = "## The worst inputs"


def render(results: Sequence[Measured]) -> str:
    """The results as a chapter of Markdown."""
    lines = [
        HEADING,
        "",
        "What an attacker would write, each kind doubled four times and run once. *Before* is what it cost when it was "
        "found, with its size then. The exponent of CPU time, of what a size costs more than the smallest, is to be at "
        f"most {MAX_EXPONENT}, and memory at most {MAX_MEMORY} bytes more for each byte more; `little` stands for what "
        "hardly grows. Past a limit the cost stays where it is.",
        "",
        "| of what | before | the most | CPU s | exponent | bytes for a byte | met |",
        "|---|---|---|---|---|---|---|",
        *_rows(results),
        "",
    ]
    return "\n".join(lines)


def _rows(results: Sequence[Measured]) -> Iterator[str]:
    for each in results:
        slope = "little" if each.exponent is None else f"{each.exponent:.2f}"
        yield (
            f"| {each.row.words} | {each.row.before or 'not known'} | {each.row.most:,}, {_size(each.bytes)} | "
            f"{each.cost.cpu:.2f} | {slope} | {each.memory:.0f} | {'yes' if each.is_met else '**no**'} |"
        )


def _size(length: int) -> str:
    return f"{length / 1e6:.1f} MB" if length >= 1e6 else f"{length / 1e3:.0f} kB"


def main(names: Sequence[str]) -> None:
    """Measure the imagelint of this interpreter."""
    rows = [row for row in ROWS if not names or any(name in row.words for name in names)]
    with tempfile.TemporaryDirectory(prefix="imagelint-worst-") as folder:
        print(render([*measured(install.existing(Path(sys.executable)), Path(folder), rows)]))


if __name__ == "__main__":
    main(sys.argv[1:])
