"""`imagelint audit` of a bucket: moto's S3 on loopback, asked by s3fs as a user's would be."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from support.audit import findings, rows, sequential, sorted_rows, sources
from support.cli import start
from support.paths import FIXTURES

COMPARED = ("asset-builds", "demo", "legacy-synthesizer", "stages")
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "planted", "AWS_SECRET_ACCESS_KEY": "planted", "AWS_DEFAULT_REGION": "eu-west-1"}
DENIED = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"


class _Quiet(WSGIRequestHandler):
    """Logs nothing."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing of a request."""


class S3:
    """moto's server, with a bucket that nobody may read, and an object that nobody may."""

    def __init__(self) -> None:
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True, request_handler=_Quiet)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.read: list[str] = []
        """The objects that were read."""

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        request = Request(environ, populate_request=False)
        if request.path.startswith("/secret") or (request.method == "GET" and "/locked/App" in request.path):
            return Response(DENIED, status=403, content_type="application/xml")(environ, start)
        if request.method == "GET" and request.path.count("/") > 2:
            self.read.append(request.path)
        response: Iterable[bytes] = self._moto(environ, start)
        return response


@pytest.fixture(scope="module")
def s3() -> Iterator[S3]:
    server = S3()
    yield server
    server.close()


def test_rows_are_those_of_check_and_only_what_is_needed_is_read(
    s3: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    client: Any = boto3.client("s3", endpoint_url=s3.url)
    client.create_bucket(Bucket="builds", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    for name in COMPARED:
        for file in (FIXTURES / name / "cdk.out").rglob("*"):
            if file.is_file():
                client.upload_file(str(file), "builds", f"{name}/{file.relative_to(FIXTURES / name)}")
    client.put_object(Bucket="builds", Key="demo/cdk.out/asset.1/node_modules/left.js", Body=b"// not needed")
    client.put_object(Bucket="builds", Key="demo/cdk.out/asset.2.zip", Body=b"PK, not needed")
    for key in ("locked/manifest.json", "locked/cdk.out", "locked/App.template.json", "up/cdk.out", "up/manifest.json"):
        client.put_object(Bucket="builds", Key=key, Body=b'{"artifacts": {}}')
    client.put_object(Bucket="builds", Key="up//manifest.json", Body=b"{}")
    s3.read.clear()

    arguments = (
        "s3://builds/**/cdk.out",
        "s3://builds/locked",
        "s3://builds/up",
        "s3://secret-builds/",
        "s3://nobody/x",
    )
    environment = {"AWS_ENDPOINT_URL": s3.url, **CREDENTIALS}
    done = start(".", "audit", *arguments, "--output", "audit", "--workers", "1", environment=environment)

    assert done.returncode == 3
    assert done.stderr == (
        "imagelint: s3://secret-builds/: cannot be listed: Forbidden\n"
        "imagelint: s3://nobody/x: matches no cloud assembly, template or archive\n"
    )
    for name in COMPARED:
        expected = sorted_rows(sequential(FIXTURES / name / "cdk.out"))
        assert sorted_rows(findings(f"s3://builds/{name}/cdk.out")) == expected != []
    assert {key: value for key, value in sources().items() if key in ("locked", "up")} == {
        "locked": ("unread", "App.template.json: cannot be fetched: Access Denied"),
        "up": ("unread", "holds '/manifest.json', which is no path inside of it"),
    }
    assert len(rows("sources")) == len(COMPARED) + 2
    read = {path.removeprefix("/builds/") for path in s3.read}
    assert "demo/cdk.out/tree.json" in read  # a rule asks for the version of CDK
    assert not {path for path in read if "node_modules" in path or path.endswith(".zip")}

    s3.read.clear()
    arguments = ("s3://builds/demo/**", "--output", "audit", "--workers", "1")
    again = start(".", "audit", *arguments, environment=environment)
    assert (again.returncode, s3.read) == (0, [])
    start(".", "audit", *arguments, "--ignore", "cdk-version-outdated", environment=environment)
    assert "/builds/demo/cdk.out/manifest.json" in s3.read
    assert [path for path in s3.read if path.endswith("tree.json")] == []
