"""Error texts: the rules that `imagelint explain` finds by them, and what `check --synth` says of those of a synth."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from imagelint.rules.rule import load_rules
from support.cli import run

SEED = "Unsupported Lambda runtime for '${Token[TOKEN.832]}': FROM_IMAGE"
URI = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/orders:1.4.2"


def explained(*words: str) -> list[str]:
    """The slugs that `imagelint explain` answers with: of the one page, or of the lines of a choice."""
    result = run("explain", *words)
    assert (result.exit_code, result.stderr) == (0, ""), result.stderr
    page = re.match(r"[EWI]\d{4} ([a-z0-9-]+) \(", result.stdout)
    return [page[1]] if page else re.findall(r"^[EWI]\d{4}  \w+ +([a-z0-9-]+)  ", result.stdout, re.MULTILINE)


# -- explain ------------------------------------------------------------------------------------------------------


RULES_OF = {
    text: {rule.id for rule in load_rules() if text in [error["text"] for error in rule.errors]}
    for text in dict.fromkeys(error["text"] for rule in load_rules() for error in rule.errors)
}


def test_there_are_error_texts() -> None:
    assert "Source image … does not exist. Provide a valid source image." in RULES_OF


@pytest.mark.parametrize("text", RULES_OF)
def test_every_error_text_finds_its_rules(text: str) -> None:
    """As it is known, and as a log has it: coloured, with something in its gaps, in a longer line, broken over two."""
    filled = text.replace("…", f"<{URI}>").replace(" ", "\n    ")
    for each in (text, f'\x1b[31mFAILED\x1b[0m Resource handler returned message: "{filled}" (Service: Lambda)'):
        assert RULES_OF[text] <= set(explained(each))


PULL = [
    "pull-permission-missing",
    "cross-account-pull-permission-missing",
    "pull-permission-denied",
    "registry-pull-denied",
]
NOT_VALID = [
    "image-tag-latest",
    "image-registry-unsupported",
    "image-uri-malformed",
    "image-uri-unresolved",
    "image-region-mismatch",
    "image-partition-mismatch",
]
EXEC_FORMAT = [
    "architecture-mismatch",
    "platform-unpinned",
    "base-image-architecture-mismatch",
    "built-for-other-architecture",
    "platform-as-build-argument",
    "image-architecture-mismatch",
]


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        pytest.param(SEED, ["from-image-sentinel"], id="as CDK's issue has it"),
        pytest.param(f"panic: Error: {SEED}", ["from-image-sentinel"], id="as Go has it"),
        pytest.param("unsupported lambda runtime", ["from-image-sentinel"], id="a part"),
        pytest.param("FROM_IMAGE", ["from-image-sentinel", "layers-on-image"], id="a name in several texts"),
        pytest.param(f"{SEED[-30:]}", ["from-image-sentinel", "layers-on-image"], id="a part with half a token"),
        pytest.param(f"Source image {URI} is not valid. Provide a valid source image.", NOT_VALID, id="of many rules"),
        pytest.param("Source image ... is not valid", NOT_VALID, id="a part with a gap"),
        pytest.param(
            f"Source image {URI} does not exist",
            ["image-not-found", "pull-through-cache-image", "asset-not-published", "repository-empty-on-first-deploy"],
            id="cut short",
        ),
        pytest.param("Lambda does not have permission to access the ECR image.", PULL, id="without its end"),
        pytest.param("ImageAccessDenied", PULL, id="a state code"),
        pytest.param(
            f"The image manifest, config or layer media type for the source image {URI} is not supported.",
            ["image-media-type-unsupported", "build-options-unsupported"],
            id="an index instead of an image",
        ),
        pytest.param(
            f"The image index, manifest, config or layer type for the source image {URI} is not supported",
            ["image-media-type-unsupported", "build-options-unsupported"],
            id="in other words than are known",
        ),
        pytest.param(
            "Please don't provide Handler or Runtime or Layer when the intended function PackageType is Image.",
            ["from-image-sentinel", "runtime-on-image", "layers-on-image"],
            id="with an apostrophe",
        ),
        pytest.param("Error: fork/exec /lambda-entrypoint.sh: exec format error", EXEC_FORMAT, id="in a longer one"),
        pytest.param(
            '{"errorType": "Runtime.InvalidEntrypoint", "errorMessage": "Error: exec format error"}',
            [*EXEC_FORMAT, "image-config-doubtful"],
            id="two at once, the longer first",
        ),
    ],
)
def test_error_text_is_answered_with_the_rules_that_fit_best(text: str, rules: list[str]) -> None:
    assert explained(text) == rules
    assert explained(*text.split()) == rules  # without quotes around it


def test_several_rules_are_a_list_that_says_how_to_go_on() -> None:
    first, _, *lines, _, last = run("explain", "Source image … does not exist.").stdout.splitlines()
    assert first == "4 rules are about this error text:"
    assert [line.split()[2] for line in lines] == explained("Source image … does not exist.")
    summaries = {rule.id: rule.summary for rule in load_rules()}
    assert all(line.endswith(f"  {summaries[line.split()[2]]}") for line in lines)
    assert last.startswith("`imagelint explain image-not-found` explains the first of them")


def test_page_of_a_rule_has_its_error_texts_with_their_sources() -> None:
    assert (
        "\n\nError texts\n"
        "  Lambda does not have permission to access the ECR image. Check the ECR permissions.\n"
        "    Lambda, during deployment; aws-samples/bedrock-access-gateway#127.\n\n"
    ) in run("explain", "pull-permission-missing").stdout


def test_name_of_a_rule_comes_before_its_error_texts() -> None:
    assert explained("layers-on-image") == ["layers-on-image"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["image"], "there is no rule 'image'; did you mean 'image-on-edge'?"),
        (["latest"], "there is no rule 'latest'; did you mean 'image-tag-latest'?"),
        (["…"], "there is no rule '…'; `imagelint rules` lists them"),
        (["why is the sky blue"], "no rule knows the error text 'why is the sky blue'; `imagelint rules` lists them"),
        (["the", "sky"], "no rule knows the error text 'the sky'; `imagelint rules` lists them"),
        (["x" * 70], f"no rule knows the error text '{'x' * 64}...'; `imagelint rules` lists them"),
        (
            ["\u202e::error::\x1b[2J sky"],
            r"no rule knows the error text '\u202e::error::\x1b[2J sky'; `imagelint rules`",
        ),
    ],
)
def test_text_that_no_rule_knows(words: list[str], message: str) -> None:
    result = run("explain", *words)
    assert f"Error: {message}" in result.stderr
    assert (result.exit_code, result.stdout) == (2, "")


@pytest.mark.parametrize("text", ["a " * 60_000, "source image " * 9_000, "…" * 40_000, "exec format " * 10_000])
def test_time_is_linear_in_the_text(text: str) -> None:
    assert run("explain", text, "FROM_IMAGE").exit_code == 0  # a square of it would be minutes


# -- a synth that fails -------------------------------------------------------------------------------------------

JAVASCRIPT = """\
/app/app.js:7
      throw new Error(`Unsupported Lambda runtime for '${node.functionArn}': ${node.runtime.name}`);
      ^

Error: Unsupported Lambda runtime for '${Token[TOKEN.20]}': FROM_IMAGE
    at Instrument.visit (/app/lib/instrument.js:7:13)
    at recurse (/app/node_modules/aws-cdk-lib/core/lib/private/synthesis.js:1:6189)
    at App.synth (/app/node_modules/aws-cdk-lib/core/lib/app.js:1:5364)
    at Object.<anonymous> (/app/app.js:31:5)
    at Module._compile (node:internal/modules/cjs/loader:1521:14)

Node.js v20.20.2
"""
LIBRARY = JAVASCRIPT.replace("/app/lib/instrument.js:7:13", "/app/node_modules/tracing/index.js:1:99")
JSII_CALLBACK = """\
jsii.errors.JavaScriptError:
  @jsii/kernel.RuntimeError: Unsupported Lambda runtime for '${Token[TOKEN.27]}': FROM_IMAGE
      at KernelHost.callbackHandler (/tmp/tmpkvqfnw13/lib/program.js:1:233156)
      at Object.value (/tmp/tmpkvqfnw13/lib/program.js:1:67747)
      at recurse (/tmp/jsii-kernel-s1luzg/node_modules/aws-cdk-lib/core/lib/private/synthesis.js:1:6189)
      at App.synth (/tmp/jsii-kernel-s1luzg/node_modules/aws-cdk-lib/core/lib/app.js:1:5364)

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/app/app.py", line 20, in <module>
    app.synth()
  File "/app/.venv/lib/python3.12/site-packages/aws_cdk/__init__.py", line 33741, in synth
    return typing.cast("_cx_api_57db5121.CloudAssembly", jsii.invoke(self, "synth", [options]))
  File "/app/.venv/lib/python3.12/site-packages/jsii/_kernel/providers/process.py", line 359, in send
    raise RuntimeError(resp.error) from JavaScriptError(resp.stack)
RuntimeError: Unsupported Lambda runtime for '${Token[TOKEN.27]}': FROM_IMAGE
"""
PYTHON = """\
Traceback (most recent call last):
  File "/app/app.py", line 16, in <module>
    Instrument().visit(fn)
  File "/app/instrument.py", line 9, in visit
    raise ValueError(f"Unsupported Lambda runtime for '{node.function_arn}': {node.runtime.name}")
ValueError: Unsupported Lambda runtime for '${Token[TOKEN.22]}': FROM_IMAGE
"""
LAYER = """\
«IncompatibleLayerRuntime» This lambda function uses a runtime that is incompatible with this layer \
(FROM_IMAGE is not in [nodejs20.x])
    ...PropertyInjectable.<anonymous> in aws-cdk-lib...
    at <anonymous> (/app/app.js:17:25)
    ...node internals...
Relates to construct:
    <.> (aws-cdk-lib.App)
     └─ Orders (aws-cdk-lib.Stack)
         └─ Api (aws-cdk-lib.aws_lambda.DockerImageFunction)

Node.js v20.20.2
"""
JSII_CDK = """\
jsii.errors.JavaScriptError:
  «CodeGuruProfilingSupportedRuntime» CodeGuru profiling is not supported by runtime FROM_IMAGE
      ...aws-cdk-lib, jsii runtime...
      (no user code in 10 frames, use --stack-trace-limit to capture more)
  Relates to construct:
      <.> (aws-cdk-lib.App)
       └─ Orders (aws-cdk-lib.Stack)
           └─ G (aws-cdk-lib.aws_lambda.DockerImageFunction)

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/app/app.py", line 18, in <module>
    lambda_.DockerImageFunction(stack, "G", code=code, profiling=True)
  File "/app/.venv/lib/python3.12/site-packages/jsii/_runtime.py", line 135, in __call__
    inst = super(JSIIMeta, cast(JSIIMeta, cls)).__call__(*args, **kwargs)
RuntimeError: CodeGuru profiling is not supported by runtime FROM_IMAGE
"""
CALLED = "Code of the app that CDK calls back threw it, such as the visit of an aspect."


def untold(number: int) -> str:
    return f"Which function it is cannot be told: only the running app can resolve ${{Token[TOKEN.{number}]}};"


@pytest.mark.parametrize(
    ("said", "rule", "parts"),
    [
        pytest.param(
            JAVASCRIPT,
            "from-image-sentinel",
            [
                "runtime of every container-image function.",
                untold(20),
                "The trace leads to /app/lib/instrument.js:7:13.",
            ],
            id="JavaScript",
        ),
        pytest.param(
            LIBRARY,
            "from-image-sentinel",
            ["The trace leads to /app/node_modules/tracing/index.js:1:99."],
            id="a library",
        ),
        pytest.param(JSII_CALLBACK, "from-image-sentinel", [untold(27), CALLED], id="Python, in an aspect"),
        pytest.param(
            PYTHON,
            "from-image-sentinel",
            [untold(22), "The trace leads to /app/instrument.py:9."],
            id="Python, in a helper",
        ),
        pytest.param(f"{SEED}\n", "from-image-sentinel", [untold(832)], id="the text alone"),
        pytest.param(
            LAYER,
            "layers-on-image",
            ["Lambda takes no layers", "The construct is Orders/Api. The trace leads to /app/app.js:17:25."],
            id="CDK itself, which names the construct",
        ),
        pytest.param(
            JSII_CDK,
            "from-image-sentinel",
            ["The construct is Orders/G. The trace leads to /app/app.py:18."],
            id="CDK itself, in Python",
        ),
    ],
)
def test_synth_that_fails_with_an_error_text_of_a_rule_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, rule: str, parts: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("said").write_text(said, encoding="utf-8")
    result = run("check", "--synth", "cat said; exit 1", "--format", "json")
    *shown, known, last = result.stderr.splitlines()
    assert shown == [f"| {line}".rstrip() for line in said.splitlines() if line.strip()][-20:]
    assert known.startswith('imagelint: cdk.out: "')
    assert [part for part in parts if part not in known] == []
    assert known.endswith(f"`imagelint explain {rule}` has the code in five languages.")
    assert last == "imagelint: cdk.out: was not written: the command 'cat said; exit 1' failed with status 1"
    assert result.exit_code == 3
    assert [each["message"] for each in json.loads(result.stdout)["errors"]] == [
        line.removeprefix("imagelint: cdk.out: ") for line in (known, last)
    ]


@pytest.mark.parametrize(
    "said",
    [
        pytest.param("Error: something else", id="another error"),
        pytest.param("Unsupported runtime: FROM_IMAGE\nError: something else", id="what goes on is not why it failed"),
        pytest.param("if (runtime !== Runtime.FROM_IMAGE) throw new Error('x');\nError: x", id="a line of code"),
        pytest.param(f"{SEED}\n" + "later\n" * 300, id="long before the end"),
        pytest.param("x" * 400 + SEED, id="far behind in a line"),
    ],
)
def test_other_output_is_not_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.chdir(tmp_path)
    Path("said").write_text(said, encoding="utf-8")
    result = run("check", "--synth", "cat said; exit 1")
    assert [line for line in result.stderr.splitlines() if not line.startswith("| ")] == [
        "imagelint: cdk.out: was not written: the command 'cat said; exit 1' failed with status 1"
    ]


def test_output_of_others_forges_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    hostile = "\u202e\x1b[2J ##[error]forged"
    tree = f"Relates to construct:\n <.> (App)\n └─ ::error::{hostile} (Stack)\n"
    Path("said").write_text(f"::error::{hostile} {SEED}\n at x (/app/{hostile}:1:2)\n{tree}", encoding="utf-8")
    result = run("check", "--synth", "cat said; exit 1")
    assert result.exit_code == 3
    assert r"The construct is ::error::\u202e" in result.stderr
    assert "\u202e" not in result.stderr
    assert "\x1b" not in result.stderr
    assert re.findall(r"^\s*::.*|##[a-z]*\[", result.stderr, re.MULTILINE) == []


# -- own rules ----------------------------------------------------------------------------------------------------


def test_own_rule_is_found_by_its_error_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rule = {
        "id": "own",
        "code": 9801,
        "severity": "error",
        "summary": "The proxy is not ours.",
        "why": "We said so.",
        "fix": "Do not.",
        "assert": {"function.is_image": True},
        "message": "is not",
        "errors": [{"text": "proxy … said no", "source": "the proxy", "means": "It is the other proxy."}],
        "examples": {
            "bad": {"function.is_image": False},
            "good": {"function.is_image": True},
            "unknown": ["function.is_image"],
        },
    }
    Path("policies").mkdir()
    Path("policies/own.yaml").write_text(json.dumps(rule))
    page = run("explain", "the proxy of team B said no.", "--rules-dir", "policies").stdout
    assert "Error texts\n  proxy … said no\n    It is the other proxy.\n    the proxy\n" in page
    done = run("check", "--rules-dir", "policies", "--synth", "echo proxy 1 said no; exit 1")
    assert '"proxy 1 said no": It is the other proxy. `imagelint explain own`' in done.stderr
