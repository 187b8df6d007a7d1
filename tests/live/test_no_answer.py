"""What AWS does not answer, or answers badly: one clear line, unknown facts; never a finding, a crash, a secret."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from botocore.session import Session as Models
from click.testing import Result
from werkzeug.wrappers import Response

from imagelint.live import session as live_session
from imagelint.live.permissions import IMAGES, REGISTRIES
from imagelint.report.formats import RENDERERS
from support.aws_server import ACCOUNT, PLANTED, REGION, Aws, environment, refused, refused_in_xml, shaped
from support.builders import function, write_templates
from support.cli import COMMAND, run
from support.manifests import config, digest_of, oci

IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/app:1.0"
SECRET = PLANTED["AWS_SECRET_ACCESS_KEY"]
BLOB = config("amd64")
ECR = [*IMAGES, *REGISTRIES]


@pytest.fixture(scope="module")
def account(server: Aws) -> Aws:
    """An account with one image, and the function that runs it."""
    with pytest.MonkeyPatch.context() as patch:
        environment(patch)
        server.client("ecr").create_repository(repositoryName="app")
        server.push("app", "1.0", oci(BLOB), BLOB)
        server.client("iam").create_role(RoleName="runner", AssumeRolePolicyDocument="{}")
        template = json.dumps({"Resources": {"Fn": FUNCTION}})
        server.client("cloudformation").create_stack(StackName="App", TemplateBody=template)
    return server


FUNCTION = function(IMAGE, {"Role": f"arn:aws:iam::{ACCOUNT}:role/runner"})


@pytest.fixture(autouse=True)
def _app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, account: Aws, _environment: None) -> None:
    """The app in the working directory, and an account that forgot what the test before made it answer."""
    account.forget()
    monkeypatch.chdir(tmp_path)
    write_templates("cdk.out", {"App": {"Resources": {"Fn": FUNCTION}}})
    monkeypatch.setattr(time, "sleep", lambda seconds: None)  # between the attempts of a call


def check(aws: Aws, *options: str) -> Result:
    return run("check", "--live", "--endpoint-url", aws.url, "--select", "all", "--show-unknown", *options)


def said_on_stderr(result: Result) -> list[str]:
    return [line.removeprefix("imagelint: ") for line in result.stderr.splitlines()]


# -- nobody to ask ------------------------------------------------------------------------------------------------


def _without_credentials(patch: pytest.MonkeyPatch, aws: Aws) -> None:
    for name in PLANTED:
        patch.delenv(name)


def _sts(code: str, message: str = SECRET, status: int = 403) -> Callable[[pytest.MonkeyPatch, Aws], None]:
    def answer(patch: pytest.MonkeyPatch, aws: Aws) -> None:
        aws.answers["sts:GetCallerIdentity"] = lambda parameters: refused_in_xml(code, message, status)

    return answer


def _rubbish(patch: pytest.MonkeyPatch, aws: Aws) -> None:
    aws.answers["sts:GetCallerIdentity"] = lambda parameters: Response(f"<html>{SECRET}", content_type="text/html")


def _profile(patch: pytest.MonkeyPatch, aws: Aws) -> None:
    patch.setenv("AWS_PROFILE", "nobody")


UNASKED: dict[str, tuple[Callable[[pytest.MonkeyPatch, Aws], None], str]] = {
    "no credentials": (
        _without_credentials,
        "there are no AWS credentials: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a "
        "--profile",
    ),
    "a profile that is not there": (_profile, "there is no AWS profile 'nobody'"),
    "expired credentials": (_sts("ExpiredToken"), "the AWS credentials have expired: log in again"),
    "credentials of nobody": (_sts("InvalidClientTokenId"), "AWS does not accept the credentials"),
    "a wrong clock": (
        _sts("SignatureDoesNotMatch", f"Signature expired: {SECRET}"),
        "the clock of this machine is wrong: AWS does not accept signatures of its time",
    ),
    "a clock that is too far off": (
        _sts("RequestTimeTooSkewed"),
        "the clock of this machine is wrong: AWS does not accept signatures of its time",
    ),
    "throttling": (_sts("Throttling", status=400), "sts:GetCallerIdentity was throttled again and again"),
    "a failure at AWS": (_sts("InternalFailure", status=503), "sts:GetCallerIdentity failed at AWS with status 503"),
    "rubbish": (_rubbish, "sts:GetCallerIdentity answered what cannot be read"),
}


@pytest.mark.parametrize(("prepare", "reason"), UNASKED.values(), ids=UNASKED)
def test_a_run_that_cannot_ask_ends_with_status_3_and_says_why(
    prepare: Callable[[pytest.MonkeyPatch, Aws], None], reason: str, monkeypatch: pytest.MonkeyPatch, account: Aws
) -> None:
    prepare(monkeypatch, account)
    result = check(account)
    assert said_on_stderr(result) == [f"--live: the account cannot be asked: {reason}"]
    assert result.exit_code == 3
    assert "1 functions judged" in result.stdout.replace("1 function judged", "1 functions judged")
    assert account.actions <= {"sts:GetCallerIdentity"}


def test_a_run_judges_what_it_can_without_an_account(monkeypatch: pytest.MonkeyPatch, account: Aws) -> None:
    """The findings of the templates are there beside the error."""
    write_templates("cdk.out", {"App": {"Resources": {"Fn": function(f"{IMAGE.partition(':')[0]}:latest")}}})
    _without_credentials(monkeypatch, account)
    result = check(account)
    assert result.exit_code == 3
    assert "image-tag-latest" in result.stdout


def test_an_endpoint_that_is_not_there_is_told_of() -> None:
    result = run("check", "--live", "--endpoint-url", "http://127.0.0.1:9")
    assert said_on_stderr(result) == ["--live: the account cannot be asked: the endpoint of sts cannot be reached"]
    assert result.exit_code == 3


# -- answers that are none ----------------------------------------------------------------------------------------


def unknown(result: Result) -> dict[str, str]:
    """The live rules that are unknown, with the reasons."""
    lines = [line.strip() for line in result.stdout.splitlines()]
    return dict(line.split(": ", 1) for line in lines if line.startswith(("image-", "registry-", "deployed-")))


def test_everything_is_known_of_the_account(account: Aws) -> None:
    """Else the tests below would show nothing."""
    result = check(account)
    assert result.exit_code == 0
    assert said_on_stderr(result) == []
    assert unknown(result) == {
        "image-vulnerable": "not known: registry.critical_findings; ecr:DescribeImageScanFindings was refused with "
        "ScanNotFoundException",
        "registry-pull-denied": "not known: registry.pull_permitted; the repository's policy does not let Lambda pull, "
        "and whether the execution role may is not known",
    }


def test_a_permission_that_is_missing_is_told_once_and_makes_nothing_but_unknowns(account: Aws) -> None:
    for action in ECR:
        account.answers[action] = lambda parameters: refused("AccessDeniedException", SECRET)
    account.answers["cloudformation:DescribeStackResource"] = lambda parameters: refused_in_xml("AccessDenied", SECRET)
    result = check(account)
    assert result.exit_code == 0
    asked = ["cloudformation:DescribeStackResource", "ecr:BatchGetImage", "ecr:DescribeRepositories"]
    asked += ["ecr:GetLifecyclePolicy", "ecr:GetRegistryPolicy", "ecr:GetRepositoryPolicy"]
    assert sorted(said_on_stderr(result)) == [
        f"warning: --live: {action} is not allowed in account {ACCOUNT}, so what it would tell is unknown; "
        "`imagelint live-policy` prints what is needed"
        for action in asked
    ]
    because = f"ecr:BatchGetImage is not allowed in account {ACCOUNT}"
    assert unknown(result)["image-not-found"] == f"not known: registry.image_missing; {because}"
    assert "error" not in result.stdout.replace("0 errors", "")


def _says(action: str, answer: Callable[[Mapping[str, Any]], Response]) -> tuple[str, Any]:
    return action, answer


def _html(parameters: Mapping[str, Any]) -> Response:
    return Response(f"<html>{SECRET}", content_type="text/html")


def _image(manifest: str, media_type: str = oci(BLOB)["mediaType"]) -> Callable[[Mapping[str, Any]], Response]:
    image = {
        "imageId": {"imageDigest": digest_of(manifest.encode())},
        "imageManifest": manifest,
        "imageManifestMediaType": media_type,
    }
    return lambda parameters: shaped("ecr:BatchGetImage", {"images": [image], "failures": []})


def _url(url: str) -> Callable[[Mapping[str, Any]], Response]:
    return lambda parameters: shaped("ecr:GetDownloadUrlForLayer", {"downloadUrl": url, "layerDigest": "x"})


BAD_ANSWERS: dict[str, tuple[str, Callable[[Mapping[str, Any]], Response], str, str]] = {
    "throttling": (
        "ecr:BatchGetImage",
        lambda parameters: refused("ThrottlingException", SECRET),
        "image-not-found",
        "not known: registry.image_missing; ecr:BatchGetImage was throttled again and again",
    ),
    "a failure at AWS": (
        "ecr:BatchGetImage",
        lambda parameters: refused("ServerException", SECRET, 500),
        "image-not-found",
        "not known: registry.image_missing; ecr:BatchGetImage failed at AWS with status 500",
    ),
    "credentials that expire on the way": (
        "ecr:BatchGetImage",
        lambda parameters: refused("ExpiredTokenException", SECRET),
        "image-not-found",
        "not known: registry.image_missing; the AWS credentials have expired: log in again",
    ),
    "a page of a proxy": (
        "ecr:BatchGetImage",
        _html,
        "image-not-found",
        "not known: registry.image_missing; the answer cannot be read",
    ),
    "a failure of another kind": (
        "ecr:BatchGetImage",
        lambda parameters: shaped(
            "ecr:BatchGetImage", {"images": [], "failures": [{"failureCode": "ImageInaccessible"}]}
        ),
        "image-not-found",
        "not known: registry.image_missing; ecr:BatchGetImage failed with ImageInaccessible",
    ),
    "a failure of no kind": (
        "ecr:BatchGetImage",
        lambda parameters: Response(json.dumps({"images": [], "failures": [{"failureCode": [SECRET]}]})),
        "image-not-found",
        "not known: registry.image_missing; ecr:BatchGetImage failed",
    ),
    "a manifest that is rubbish": (
        "ecr:BatchGetImage",
        _image("\x00<html>"),
        "image-media-type-unsupported",
        "not known: registry.unsupported; the image's manifest is not JSON",
    ),
    "a manifest of 50 MB": (
        "ecr:BatchGetImage",
        _image(json.dumps({"layers": "x" * 50_000_000})),
        "image-media-type-unsupported",
        "not known: registry.unsupported; the image's manifest has more than 4,194,304 bytes, and is not read",
    ),
    "a manifest of another type": (
        "ecr:BatchGetImage",
        lambda parameters: Response(json.dumps({"images": [{"imageId": {"imageDigest": "x"}, "imageManifest": {}}]})),
        "image-not-found",
        "not known: registry.image_missing; the answer cannot be read",
    ),
    "a blob at another host": (
        "ecr:GetDownloadUrlForLayer",
        _url(f"https://evil.example/{SECRET}"),
        "image-architecture-mismatch",
        "not known: registry.architecture_matches; ecr:GetDownloadUrlForLayer leads to a host that is not AWS's, which "
        "is not followed",
    ),
    "a blob that is not there": (
        "ecr:GetDownloadUrlForLayer",
        lambda parameters: refused("LayersNotFoundException", SECRET),
        "image-architecture-mismatch",
        "not known: registry.architecture_matches; ecr:GetDownloadUrlForLayer was refused with LayersNotFoundException",
    ),
    "a stack that cannot be described": (
        "cloudformation:DescribeStackResource",
        _html,
        "deployed-function-failed",
        "not known: deployed.exists, deployed.failure; cloudformation:DescribeStackResource answered what cannot be "
        "read",
    ),
    "a function without a state": (
        "lambda:GetFunction",
        lambda parameters: shaped("lambda:GetFunction", {"Configuration": {}, "Code": {"Location": SECRET}}),
        "deployed-function-failed",
        "not known: deployed.exists, deployed.failure; the answer cannot be read",
    ),
    "a state that forges a line": (
        "lambda:GetFunction",
        lambda parameters: Response(json.dumps({"Configuration": {"State": "\x1b[31m\n::error::x"}, "Code": {}})),
        "deployed-function-failed",
        "not known: deployed.exists, deployed.failure; the answer cannot be read",
    ),
}
"""An action, what it is answered with, a rule, and why that is unknown then."""


@pytest.mark.parametrize(("action", "answer", "rule", "reason"), BAD_ANSWERS.values(), ids=BAD_ANSWERS)
def test_a_bad_answer_makes_an_unknown_that_says_why(
    action: str, answer: Callable[[Mapping[str, Any]], Response], rule: str, reason: str, account: Aws
) -> None:
    account.answers[action] = answer
    result = check(account)
    assert result.exit_code == 0
    assert unknown(result)[rule] == reason
    assert SECRET not in result.stdout + result.stderr
    assert "\x1b" not in result.stdout


def test_a_call_is_tried_four_times(account: Aws) -> None:
    account.answers["ecr:DescribeRepositories"] = lambda parameters: refused("ServerException", "", 500)
    check(account)
    assert [action for action, _ in account.calls].count("ecr:DescribeRepositories") == 4


def test_a_call_that_goes_well_at_the_second_time_is_answered(account: Aws) -> None:
    left = [refused("ThrottlingException")]
    account.answers["ecr:BatchGetImage"] = lambda parameters: left.pop() if left else None
    assert "image-not-found" not in unknown(check(account))


def test_a_service_that_is_not_there_is_not_asked_again(account: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    account.answers["ecr:DescribeRepositories"] = lambda parameters: refused("ExpiredTokenException")
    check(account)
    assert [action for action, _ in account.calls if action.startswith("ecr:")] == ["ecr:DescribeRepositories"]


def test_an_answer_that_takes_too_long_is_not_waited_for(account: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_session, "_READ", 0.05)
    is_over = Event()
    account.answers["ecr:DescribeImageScanFindings"] = lambda parameters: _after(is_over)
    result = check(account)
    is_over.set()
    assert unknown(result)["image-vulnerable"] == (
        "not known: registry.critical_findings; the endpoint of ecr does not answer in time"
    )


def test_a_run_that_is_told_to_end_waits_for_nobody(account: Aws) -> None:
    """Ctrl-C ends it with the status of the signal, whatever is still asked."""
    is_over = Event()
    account.answers["ecr:DescribeRepositories"] = lambda parameters: _after(is_over)
    command = [*COMMAND, "check", "--live", "--endpoint-url", account.url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        while "ecr:DescribeRepositories" not in account.actions:
            assert process.poll() is None
            is_over.wait(0.01)
        process.send_signal(signal.SIGINT)
        try:
            assert process.communicate(timeout=10) == (b"", b"")
        finally:
            is_over.set()
    assert process.returncode == 128 + signal.SIGINT


def _after(event: Event) -> None:
    event.wait(60)


def test_without_boto3_a_run_says_what_to_install() -> None:
    program = "import sys; sys.modules['boto3'] = None; from imagelint.cli.main import main; main(sys.argv[1:])"
    command = [sys.executable, "-c", program, "check", "--live"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1] == "Error: --live needs boto3: install imagelint[live]"


# -- blobs --------------------------------------------------------------------------------------------------------


REDIRECTS: dict[str, tuple[Callable[[str], str], str]] = {
    "to another host": (
        lambda url: "https://evil.example/x",
        "ecr:GetDownloadUrlForLayer leads to a host that is not AWS's, which is not followed",
    ),
    "to another port": (
        lambda url: "http://127.0.0.1:9/x",
        "ecr:GetDownloadUrlForLayer leads to a host that is not AWS's, which is not followed",
    ),
    "to a file": (
        lambda url: "file:///etc/passwd",
        "ecr:GetDownloadUrlForLayer leads to a host that is not AWS's, which is not followed",
    ),
    "in a circle": (
        lambda url: f"{url}/redirect",
        "ecr:GetDownloadUrlForLayer leads from one place to another without end",
    ),
    "to nothing": (
        lambda url: f"{url}/blobs/nothing",
        "what ecr:GetDownloadUrlForLayer leads to was refused with status 404",
    ),
    "to another blob": (lambda url: f"{url}/blobs/other", "the image's config is not what its digest says"),
    "to a blob that is too large": (
        lambda url: f"{url}/blobs/large",
        "the image's config has more than 4,194,304 bytes, and is not read",
    ),
}


@pytest.mark.parametrize(("target", "reason"), REDIRECTS.values(), ids=REDIRECTS)
def test_a_redirect_of_a_blob(target: Callable[[str], str], reason: str, account: Aws) -> None:
    account.blobs["other"] = b"{}"
    account.blobs["large"] = b" " * (4 * 1024 * 1024 + 1)
    account.redirect = target(account.url)
    account.answers["ecr:GetDownloadUrlForLayer"] = _url(f"{account.url}/redirect")
    assert (
        unknown(check(account))["image-architecture-mismatch"] == f"not known: registry.architecture_matches; {reason}"
    )


def test_a_redirect_within_the_endpoint_is_followed(account: Aws) -> None:
    account.redirect = f"/blobs/{digest_of(BLOB)}"
    account.answers["ecr:GetDownloadUrlForLayer"] = _url(f"{account.url}/redirect")
    assert "image-architecture-mismatch" not in unknown(check(account))


# -- secrets ------------------------------------------------------------------------------------------------------


def _filled(shape: Any, depth: int = 0) -> Any:
    """A value of a shape with a secret in every text."""
    if shape.type_name == "structure":
        return {name: _filled(member, depth + 1) for name, member in shape.members.items()} if depth < 6 else {}
    if shape.type_name == "list":
        return [_filled(shape.member, depth + 1)]
    if shape.type_name == "map":
        return {SECRET: _filled(shape.value, depth + 1)}
    return {"string": SECRET, "boolean": True}.get(shape.type_name, 1)


def _secrets(action: str) -> Callable[[Mapping[str, Any]], Response]:
    service, operation = action.split(":")
    shape = Models().get_service_model(service).operation_model(operation).output_shape
    return lambda parameters: Response(json.dumps(_filled(shape)), content_type="application/x-amz-json-1.1")


def _stack_of_secrets(parameters: Mapping[str, Any]) -> Response:
    detail = f"<PhysicalResourceId>{SECRET}</PhysicalResourceId><ResourceStatus>{SECRET}</ResourceStatus>"
    body = f"<StackResourceDetail>{detail}</StackResourceDetail>"
    for name in ("DescribeStackResourceResult", "DescribeStackResourceResponse"):
        body = f"<{name}>{body}</{name}>"
    return Response(body, content_type="text/xml")


@pytest.mark.parametrize("stack", [None, _stack_of_secrets], ids=["function", "stack"])
def test_no_secret_is_printed(stack: Callable[[Mapping[str, Any]], Response] | None, account: Aws) -> None:
    """Neither one of the credentials, nor one in any field of any answer, in any format."""
    for action in (*ECR, "lambda:GetFunction"):
        account.answers[action] = _secrets(action)
    if stack is not None:
        account.answers["cloudformation:DescribeStackResource"] = stack
    formats = [option for name in RENDERERS for option in ("--format", f"{name}:report.{name}")]
    result = check(account, "--strict", *formats)
    files = [file.read_text(encoding="utf-8") for file in Path().glob("report.*")]
    assert len(files) == len(RENDERERS)
    shown = "\n".join([result.stdout, result.stderr, *files])
    assert [each for each in PLANTED.values() if each in shown] == []
    assert account.actions >= {"ecr:BatchGetImage", "cloudformation:DescribeStackResource"}
