"""The Lambda function behind a CloudFormation Hook: events as AWS documents them, through the real handler.

The events are those of the CloudFormation Hooks User Guide, "Create Lambda functions to evaluate resources for Lambda
Hooks", with image functions in place of its tables. S3 is a server on loopback.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from imagelint import hook
from support.cli import report
from support.paths import FIXTURES, ROOT

STACK_ID = "arn:aws:cloudformation:us-west-2:123456789012:stack/MyStack/1a2345b6-0000-00a0-a123-00abc0abc000"
CHANGE_SET = "arn:aws:cloudformation:us-west-2:123456789012:changeSet/SampleChangeSet/1a2345b6-0000-00a0"
REPOSITORY = "123456789012.dkr.ecr.us-west-2.amazonaws.com/orders"
TOKEN = "f8da6d11-b23f-48f4-814c-0fb6a667f50e"


class Store(BaseHTTPRequestHandler):
    """An S3 that has one object at each path."""

    objects: ClassVar[dict[str, tuple[int, bytes]]] = {}

    def do_GET(self) -> None:
        status, body = self.objects[self.path]
        self.send_response(status)
        if status == 302:
            self.send_header("Location", body.decode())
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Store)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def _in_its_own_folder(store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", store)
    hook._settings.cache_clear()


def event(kind: str, logical_id: str, point: str = "CREATE_PRE_PROVISION", **data: Any) -> dict[str, Any]:
    return {
        "clientRequestToken": TOKEN,
        "awsAccountId": "123456789012",
        "stackId": STACK_ID,
        "changeSetId": CHANGE_SET if kind == "CHANGE_SET" else None,
        "hookTypeName": "Private::Lambda::Imagelint",
        "hookTypeVersion": "00000008",
        "hookModel": {"LambdaFunction": "arn:aws:lambda:us-west-2:123456789012:function:MyFunction"},
        "actionInvocationPoint": point,
        "requestData": {"targetName": kind, "targetType": kind, "targetLogicalId": logical_id, **data},
        "requestContext": {"invocation": 1, "callbackContext": None},
    }


def of_stack(template: Any, **payload: Any) -> dict[str, Any]:
    kind = "CHANGE_SET" if "changedResources" in payload else "STACK"
    text = template if isinstance(template, str) else json.dumps(template)
    Store.objects["/template?X-Amz-Signature=1"] = 200, json.dumps({"template": text, **payload}).encode()
    return event(kind, "my-stack", payload=f"{os.environ['AWS_ENDPOINT_URL_S3']}/template?X-Amz-Signature=1")


def of_resource(properties: Any, kind: str = "AWS::Lambda::Function", **changed: Any) -> dict[str, Any]:
    return event(kind, "Api", targetModel={"resourceProperties": properties}) | changed


def function(uri: Any, **properties: Any) -> dict[str, Any]:
    return {
        "PackageType": "Image",
        "Code": {"ImageUri": uri},
        "Role": "arn:aws:iam::123456789012:role/api",
        **properties,
    }


def template(uri: Any, **sections: Any) -> dict[str, Any]:
    return {"Resources": {"Api": {"Type": "AWS::Lambda::Function", "Properties": function(uri)}}, **sections}


LATEST = f"Api: {REPOSITORY}:latest is tagged latest, so nothing says which build the function runs"
EXPLAINED = "imagelint explain CODE says what AWS does and what to write instead"
TAG = {"Tag": {"Type": "String", "Default": "latest"}}
WITH_TAG = {"Fn::Sub": f"{REPOSITORY}:${{Tag}}"}


def change(after: Any, **fields: Any) -> list[dict[str, Any]]:
    context = None if after is None else json.dumps({"Properties": after})
    entry = {"logicalResourceId": "Api", "resourceType": "AWS::Lambda::Function", "action": "UPDATE", "lineNumber": 2}
    return [{**entry, "beforeContext": None, "afterContext": context, **fields}]


WHOLE_URI = {"Uri": {"Type": "String", "Default": f"{REPOSITORY}:latest"}}
ANSWERS: dict[str, tuple[Any, str, list[str]]] = {
    "a resource whose image is latest": (
        lambda: of_resource(function(f"{REPOSITORY}:latest")),
        "FAILED NonCompliant",
        [
            "imagelint: 1 function judged: 1 error; 0 suppressed, 0 unknown",
            f"E9721 image-tag-latest: {LATEST}",
            EXPLAINED,
        ],
    ),
    "a resource that is in order": (
        lambda: of_resource(function(f"{REPOSITORY}:1.4.2")),
        "SUCCESS",
        ["imagelint: 1 function judged: no findings; 0 suppressed, 0 unknown"],
    ),
    "a resource of another region": (
        lambda: of_resource(function(f"{REPOSITORY}:1.4.2".replace("us-west-2", "eu-west-1"))),
        "FAILED NonCompliant",
        [
            "imagelint: 1 function judged: 1 error; 0 suppressed, 0 unknown",
            "E9734 image-region-mismatch: Api: the image is in eu-west-1, the function in us-west-2; Lambda "
            "pulls from its own region only",
            EXPLAINED,
        ],
    ),
    "a resource of Cloud Control, which has no stack": (
        lambda: of_resource(function(f"{REPOSITORY}:latest"), stackId=None),
        "FAILED NonCompliant",
        [
            "imagelint: 1 function judged: 1 error; 0 suppressed, 2 unknown",
            f"E9721 image-tag-latest: {LATEST}",
            EXPLAINED,
        ],
    ),
    "a resource of another type": (
        lambda: of_resource({"BillingMode": "PAY_PER_REQUEST"}, "AWS::DynamoDB::Table"),
        "SUCCESS",
        ["imagelint: no Lambda function is deployed by this"],
    ),
    "a resource that is deleted": (
        lambda: of_resource(None, actionInvocationPoint="DELETE_PRE_PROVISION"),
        "SUCCESS",
        ["imagelint: no Lambda function is deployed by this"],
    ),
    "a stack in JSON": (
        lambda: of_stack(template(f"{REPOSITORY}:latest")),
        "FAILED NonCompliant",
        [
            "imagelint: 1 function judged: 1 error; 0 suppressed, 0 unknown",
            f"E9721 image-tag-latest: {LATEST}",
            EXPLAINED,
        ],
    ),
    "a stack in YAML": (
        lambda: of_stack(
            "Resources:\n  Api:\n    Type: AWS::Lambda::Function\n    Properties:\n      PackageType: Image\n"
            "      Role: arn:aws:iam::123456789012:role/api\n"
            "      Code: {ImageUri: !Sub '${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/orders:latest'}\n"
        ),
        "FAILED NonCompliant",
        [
            "imagelint: 1 function judged: 1 error; 0 suppressed, 0 unknown",
            f"E9721 image-tag-latest: {LATEST}",
            EXPLAINED,
        ],
    ),
    "a stack whose Default is latest, and nobody says what the parameter is": (
        lambda: of_stack(template(WITH_TAG, Parameters=TAG)),
        "SUCCESS",
        ["imagelint: 1 function judged: no findings; 0 suppressed, 16 unknown"],
    ),
    "a change set that shows the parameter": (
        lambda: of_stack(
            template({"Ref": "Uri"}, Parameters=WHOLE_URI), changedResources=change(function(f"{REPOSITORY}:dev"))
        ),
        "SUCCESS",
        [
            "imagelint: 1 function judged: 1 warning; 0 suppressed, 0 unknown",
            f"W9722 image-tag-mutable: Api: {REPOSITORY}:dev is tagged dev, the value given for parameter Uri, a tag "
            "that is moved from image to image; the function keeps the image it was deployed with until its code is "
            "deployed again",
            EXPLAINED,
        ],
    ),
    "a change set that does not know it yet": (
        lambda: of_stack(
            template({"Ref": "Uri"}, Parameters=WHOLE_URI),
            changedResources=change(function("{{changeSet:KNOWN_AFTER_APPLY}}")),
        ),
        "SUCCESS",
        ["imagelint: 1 function judged: no findings; 0 suppressed, 26 unknown"],
    ),
    "a change set of a secret parameter": (
        lambda: of_stack(
            template({"Ref": "Uri"}, Parameters={"Uri": {"Type": "String", "NoEcho": True}}),
            changedResources=change(function("****")),
        ),
        "SUCCESS",
        ["imagelint: 1 function judged: no findings; 0 suppressed, 26 unknown"],
    ),
    "a change set that deletes the function": (
        lambda: of_stack({"Resources": {}}, changedResources=change(None, action="DELETE")),
        "SUCCESS",
        ["imagelint: 0 functions judged: no findings; 0 suppressed, 0 unknown"],
    ),
}


@pytest.mark.parametrize(("made", "status", "lines"), ANSWERS.values(), ids=ANSWERS)
def test_what_a_hook_answers(made: Any, status: str, lines: list[str]) -> None:
    answer = hook.handler(made())
    assert " ".join(filter(None, [answer["hookStatus"], answer.get("errorCode")])) == status
    assert answer["message"].splitlines() == lines
    assert answer["clientRequestToken"] == TOKEN


def test_the_annotations_of_a_finding() -> None:
    answer = hook.handler(of_resource(function(f"{REPOSITORY}:latest")))
    assert answer["annotations"] == [
        {
            "annotationName": "E9721 image-tag-latest",
            "status": "FAILED",
            "statusMessage": LATEST,
            "remediationMessage": "Name the release in Code.ImageUri (in SAM ImageUri), or in the parameter that it "
            "comes from: a tag that is never used twice (a version, a commit) or, best, the digest as "
            "REPOSITORY@sha256:.... More: imagelint explain image-tag-latest",
            "severityLevel": "HIGH",
            "remediationLink": "https://docs.aws.amazon.com/goto/WebAPI/lambda/UpdateFunctionCode",
        }
    ]


@pytest.mark.parametrize(("stack", "room"), [(STACK_ID, 4096), (None, 1024)])
def test_a_message_keeps_within_what_the_caller_takes_and_counts_the_rest(stack: str | None, room: int) -> None:
    resources = {f"F{number}": {"Type": "AWS::Lambda::Function"} for number in range(200)}
    for number, resource in enumerate(resources.values()):
        resource["Properties"] = function(f"{REPOSITORY}:{'dev' if number % 2 else 'latest'}")  # type: ignore[assignment]
    answer = hook.handler(of_stack({"Resources": resources}) | {"stackId": stack})
    lines = answer["message"].splitlines()
    assert room - 200 < len(answer["message"]) <= room
    assert {line[:5] for line in lines[1:-1]} == {"E9721"}  # errors come before warnings
    assert lines[-1] == f"and {200 - len(lines[1:-1])} more; {EXPLAINED}"
    assert len(answer["annotations"]) == 100


UNREAD: dict[str, tuple[Any, str]] = {
    "no template": (lambda: of_stack(""), "MyStack: the event brings no template"),
    "a template that is none": (
        lambda: of_stack("[]"),
        "MyStack: is not a template: it is a list, not an object",
    ),
    "an object that is gone": (
        lambda: (of_stack(""), Store.objects.update({"/template?X-Amz-Signature=1": (403, b"")}))[0],
        "the templates of the event: cannot be fetched: the answer is 403 Forbidden",
    ),
    "a redirect": (
        lambda: (of_stack(""), Store.objects.update({"/template?X-Amz-Signature=1": (302, b"https://example.com/")}))[
            0
        ],
        "the templates of the event: cannot be fetched: the answer is 302 Found",
    ),
    "an object that is no JSON": (
        lambda: (of_stack(""), Store.objects.update({"/template?X-Amz-Signature=1": (200, b"<html>")}))[0],
        "the templates of the event:1:1: is not JSON: Expecting value",
    ),
    "an address elsewhere": (
        lambda: event("STACK", "my-stack", payload="https://s3.amazonaws.com.example.com/template"),
        "the templates of the event: are not in S3: their address is none of AWS",
    ),
    "a file's address": (
        lambda: event("STACK", "my-stack", payload="file:///etc/passwd"),
        "the templates of the event: are not in S3: their address is none of AWS",
    ),
    "a resource without properties": (lambda: of_resource([]), "the event: its resourceProperties is no object"),
    "an event of something else": (lambda: {"Records": []}, "the event: its requestData is no object"),
}


@pytest.mark.parametrize(("made", "why"), UNREAD.values(), ids=UNREAD)
def test_what_cannot_be_read_fails_or_is_said(made: Any, why: str, tmp_path: Path) -> None:
    answer = hook.handler(made())
    assert (answer["hookStatus"], answer["errorCode"]) == ("FAILED", "InternalFailure")
    assert answer["message"] == f"imagelint could not judge this: {why}"
    (tmp_path / ".imagelint.yaml").write_text("on_error: warn\n")
    hook._settings.cache_clear()
    answer = hook.handler(made())
    assert (answer["hookStatus"], answer["message"]) == ("SUCCESS", f"warning: imagelint did not judge this: {why}")


def test_the_configuration_of_its_folder_holds(tmp_path: Path) -> None:
    (tmp_path / ".imagelint.yaml").write_text("fail_on: never\n")
    assert hook.handler(of_resource(function(f"{REPOSITORY}:latest")))["hookStatus"] == "SUCCESS"


def test_a_mistake_in_the_configuration_fails_every_event(tmp_path: Path) -> None:
    (tmp_path / ".imagelint.yaml").write_text("on_eror: warn\n")
    answer = hook.handler(of_resource(function(f"{REPOSITORY}:1.4.2")))
    assert (answer["hookStatus"], answer["errorCode"]) == ("FAILED", "InternalFailure")
    assert answer["message"] == ".imagelint.yaml:1: on_eror: is not a key here; did you mean 'on_error'?"


def test_a_message_forges_nothing() -> None:
    answer = hook.handler(of_resource(function(f"{REPOSITORY}:latest\n\x1b[2Jimagelint: 0 functions judged")))
    assert "\x1b" not in answer["message"]
    assert [line.split(":")[0] for line in answer["message"].splitlines()] == [
        "imagelint",
        "E9732 image-uri-malformed",
        EXPLAINED,
    ]


def test_a_cold_start_imports_nothing_that_it_does_not_use() -> None:
    code = (
        "import sys, json; from imagelint.hook import handler; handler(json.load(sys.stdin)); "
        "print(sorted({'boto3', 'cfnlint', 'click', 'jsonschema', 'ssl'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps(of_resource(function(f"{REPOSITORY}:1.4.2"))),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == "[]\n"


def test_the_templates_of_the_fixtures_are_judged_as_by_the_command_line() -> None:
    here = STACK_ID.replace("us-west-2", "eu-west-1")
    text = (FIXTURES / "demo/cdk.out/Orders.template.json").read_text()
    codes = [line.split()[0] for line in hook.handler(of_stack(text) | {"stackId": here})["message"].splitlines()[1:-1]]
    assert codes == ["E9731", "E9711", "E9713", "E9721", "W9722"]


@pytest.mark.external
@pytest.mark.skipif(shutil.which("node") is None, reason="AWS CDK needs Node.js")
@pytest.mark.parametrize(
    ("context", "selected"),
    [
        pytest.param({}, "all", id="with an image that is built"),
        pytest.param(
            {"registry": "111122223333", "repository": "imagelint-hook", "tag": "0.1.0"},
            "error,warning",
            id="for a stack set",
        ),
    ],
)
def test_the_app_that_deploys_it_is_clean(
    context: dict[str, str], selected: str, tmp_path: Path, run_folder: Path
) -> None:
    environment = {
        **os.environ,
        "CDK_CONTEXT_JSON": json.dumps(context),
        "CDK_OUTDIR": str(tmp_path / "cdk.out"),
        "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(run_folder / "caches" / "jsii"),
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(Path(sys.prefix) / "cdk-newest")]),
    }
    app = ROOT / "deploy" / "hook" / "app.py"
    subprocess.run([sys.executable, str(app)], env=environment, check=True, capture_output=True)
    found = report(str(tmp_path / "cdk.out"), "--select", selected)
    assert (found["findings"], found["errors"]) == ([], [])
    assert found["summary"]["functions"] == 1
    template = json.loads((tmp_path / "cdk.out" / "ImagelintHook.template.json").read_text())
    targets = [
        (each["Properties"]["TargetOperations"], each["Properties"]["TargetFilters"])
        for each in template["Resources"].values()
        if each["Type"] == "AWS::CloudFormation::LambdaHook"
    ]
    assert targets == [
        (["STACK", "CHANGE_SET"], {"Actions": ["CREATE", "UPDATE"]}),
        (["RESOURCE", "CLOUD_CONTROL"], {"Actions": ["CREATE", "UPDATE"], "TargetNames": ["AWS::Lambda::Function"]}),
    ]
    assert ("BootstrapVersion" in template["Parameters"]) is (not context)  # which no account of a stack set needs
