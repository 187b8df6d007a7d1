"""moto's server on loopback, as an AWS account that `imagelint check --live` asks, with what moto lacks before it.

moto 5.2.5 answers 500 to GetDownloadUrlForLayer, has no GetLifecyclePolicyPreview, and its functions are always Active
and run a digest that it makes up. Those are answered here, in shapes that botocore's models of the services allow.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs

import boto3
import pytest
from botocore.session import Session
from botocore.validate import ParamValidator
from moto.core.base_backend import BackendDict
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

ACCOUNT, REGION = "123456789012", "eu-west-1"
PLANTED = {
    "AWS_ACCESS_KEY_ID": "AKIAPLANTEDPLANTED00",
    "AWS_SECRET_ACCESS_KEY": "planted/secret+key/of/nobody/0123456789ab",
    "AWS_SESSION_TOKEN": "planted-session-token-of-nobody",
}
"""Credentials that no report and no message may show."""

Answer = Callable[[Mapping[str, Any]], Response | None]
"""What a test answers to the parameters of a call; None leaves it to moto."""


def environment(patch: pytest.MonkeyPatch) -> None:
    """The environment of a run with planted credentials, and with nothing of whoever runs the tests."""
    for name in [each for each in os.environ if each.startswith("AWS_")]:
        patch.delenv(name)
    for name, value in PLANTED.items():
        patch.setenv(name, value)
    patch.setenv("AWS_CONFIG_FILE", os.devnull)
    patch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    patch.setenv("AWS_DEFAULT_REGION", REGION)


def shaped(action: str, document: dict[str, Any]) -> Response:
    """An answer of a JSON service, of which botocore's model is asked whether it may be one."""
    service, operation = action.split(":")
    model = Session().get_service_model(service).operation_model(operation)
    report = ParamValidator().validate(document, model.output_shape)
    assert not report.has_errors(), report.generate_report()
    return Response(json.dumps(document), content_type="application/x-amz-json-1.1")


def refused(code: str, message: str = "said by AWS", status: int = 400) -> Response:
    """An error as ECR and Lambda tell it."""
    body = json.dumps({"__type": code, "message": message})
    return Response(body, status=status, content_type="application/x-amz-json-1.1", headers={"x-amzn-errortype": code})


def refused_in_xml(code: str, message: str = "said by AWS", status: int = 400) -> Response:
    """An error as CloudFormation and STS tell it."""
    error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
    body = f"<ErrorResponse>{error}<RequestId>1</RequestId></ErrorResponse>"
    return Response(body, status=status, content_type="text/xml")


class _Quiet(WSGIRequestHandler):
    """Logs nothing."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing of a request."""


class Aws:
    """The server, and what a test changes of its answers."""

    def __init__(self) -> None:
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True, request_handler=_Quiet)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        BackendDict.reset()  # what is in moto's accounts is the process's, not the server's
        self._clients: dict[str, Any] = {}
        self.calls: list[tuple[str, Mapping[str, Any]]] = []
        """Every call with its parameters, in the order in which they came."""
        self.answers: dict[str, Answer] = {}
        """What is answered instead of moto, by action: `ecr:BatchGetImage`."""
        self.closed: set[str] = set()
        """The regions where nothing is allowed."""
        self.blobs: dict[str, bytes] = {}
        self.redirect = ""
        """Where /redirect leads."""
        self.running: dict[str, dict[str, Any]] = {}
        """What Lambda says besides of a function: fields of Configuration, and `digest`."""
        self.previews: dict[str, dict[str, Any]] = {}
        """The last preview of a repository's lifecycle policy."""
        self.pushed: dict[str, str] = {}
        """The digests of the images that were pushed."""
        self.scans: dict[str, dict[str, int]] = {}
        """What a scan found, by the image's digest: moto makes up one finding that is not critical."""
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()

    def close(self) -> None:
        """End it."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def forget(self) -> None:
        """Take back what a test changed."""
        self.calls.clear()
        self.answers.clear()
        self.closed.clear()

    @property
    def actions(self) -> set[str]:
        """What was called so far."""
        return {action for action, _ in self.calls}

    def client(self, service: str) -> Any:
        """A client of it, for what a test needs in the account; made once, which takes longer than what it is asked."""
        if service not in self._clients:
            self._clients[service] = boto3.client(service, region_name=REGION, endpoint_url=self.url)
        return self._clients[service]

    # -- images -------------------------------------------------------------------------------------------------------

    def push(
        self,
        repository: str,
        tag: str,
        manifest: Mapping[str, Any],
        config: bytes | None = None,
        client: Any = None,
    ) -> str:
        """Push a manifest, and the blob of its config, and return the manifest's digest."""
        if config is not None:
            self.blobs[f"sha256:{sha256(config).hexdigest()}"] = config
        text = json.dumps(manifest)
        digest = f"sha256:{sha256(text.encode()).hexdigest()}"
        (client or self.client("ecr")).put_image(
            repositoryName=repository,
            imageManifest=text,
            imageTag=tag,
            imageManifestMediaType=manifest["mediaType"],
            imageDigest=digest,
        )
        self.pushed[f"{repository}:{tag}"] = digest
        return digest

    # -- answers ------------------------------------------------------------------------------------------------------

    def _answer(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        with self._lock:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            data = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            environ["wsgi.input"] = BytesIO(data)
            request = Request(environ, populate_request=False)
            if request.path == "/redirect":
                return Response("", status=307, headers={"Location": self.redirect})(environ, start)
            if request.path.startswith("/blobs/"):
                return self._blob(request)(environ, start)
            action, parameters = _call_of(request, data)
            response = self._own(action, parameters) if action else None
            if self.closed & set(_scope_of(request)):
                response = refused_in_xml("AccessDenied", status=403)
            return (response or self._moto)(environ, start)
        finally:
            with self._lock:
                self._at_once -= 1

    def _own(self, action: str, parameters: Mapping[str, Any]) -> Response | None:
        with self._lock:
            self.calls.append((action, parameters))
        answer = self.answers.get(action)
        response = None if answer is None else answer(parameters)
        if response is None and action == "ecr:GetDownloadUrlForLayer":
            digest = parameters["layerDigest"]
            if digest not in self.blobs:
                return refused("LayersNotFoundException")
            return shaped(action, {"downloadUrl": f"{self.url}/blobs/{digest}", "layerDigest": digest})
        if response is None and action == "ecr:GetLifecyclePolicyPreview":
            preview = self.previews.get(parameters["repositoryName"])
            return refused("LifecyclePolicyPreviewNotFoundException") if preview is None else shaped(action, preview)
        if response is None and action == "ecr:DescribeImageScanFindings":
            counts = self.scans.get(parameters["imageId"]["imageDigest"])
            scan = {"imageScanStatus": {"status": "ACTIVE"}, "imageScanFindings": {"findingSeverityCounts": counts}}
            return None if counts is None else shaped(action, scan)
        if response is None and action == "lambda:GetFunction" and parameters["FunctionName"] in self.running:
            return self._function(parameters["FunctionName"])
        return response

    def _function(self, name: str) -> Response:
        changes = dict(self.running[name])
        digest = changes.pop("digest", None)
        uri = changes.pop("uri")
        code = {"RepositoryType": "ECR", "ImageUri": uri}
        if digest is not None:
            code["ResolvedImageUri"] = f"{uri.partition('@')[0].rpartition(':')[0]}@{digest}"
        secret = {"Variables": {"TOKEN": PLANTED["AWS_SECRET_ACCESS_KEY"]}}
        configuration = {
            "FunctionName": name,
            "PackageType": "Image",
            "State": "Active",
            "LastUpdateStatus": "Successful",
        }
        return shaped(
            "lambda:GetFunction",
            {"Configuration": {**configuration, "Environment": secret, **changes}, "Code": code},
        )

    def _blob(self, request: Request) -> Response:
        data = self.blobs.get(request.path.removeprefix("/blobs/"))
        return Response("", status=404) if data is None else Response(data, content_type="application/octet-stream")


def _call_of(request: Request, data: bytes) -> tuple[str, Mapping[str, Any]]:
    """The action of a request as IAM names it, with its parameters; empty for what is none of imagelint's."""
    target = request.headers.get("X-Amz-Target", "")
    if target.startswith("AmazonEC2ContainerRegistry"):
        return f"ecr:{target.rpartition('.')[2]}", json.loads(data or b"{}")
    if request.path.startswith("/2015-03-31/functions/") and request.method == "GET":
        return "lambda:GetFunction", {"FunctionName": request.path.split("/")[3]}
    form = {key: values[0] for key, values in parse_qs(data.decode("latin-1")).items()}
    return (f"{_scope_of(request)[-1]}:{form['Action']}", form) if "Action" in form else ("", {})


def _scope_of(request: Request) -> list[str]:
    """What a request is signed for: the region and the service are last."""
    return request.headers.get("Authorization", "").partition("/aws4_request")[0].split("/")


def in_other_account(aws: Aws, account: str, service: str = "ecr") -> Any:
    """A client with the credentials of another account's role, as `--role-arn` has it."""
    role = f"arn:aws:iam::{account}:role/reader"
    keys = aws.client("sts").assume_role(RoleArn=role, RoleSessionName="imagelint")["Credentials"]
    return boto3.client(
        service,
        region_name=REGION,
        endpoint_url=aws.url,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
