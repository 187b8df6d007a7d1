"""What becomes of a source between its store and its rows, judged in this process by an engine that fails as asked."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest

from imagelint.audit.judging import Batch, Order, judge, order_of
from imagelint.audit.rows import Judged
from imagelint.audit.run import TRIES, judge_all, list_sources
from imagelint.audit.sources import Source
from imagelint.config.discovery import load_settings
from support.audit import Here, sequential, sorted_rows, told
from support.paths import FIXTURES

APPS = ("assets", "bad-references", "demo", "stages")


@pytest.fixture(autouse=True)
def store() -> Iterator[Any]:
    memory = fsspec.filesystem("memory")
    memory.store.clear()
    memory.pseudo_dirs[:] = [""]
    yield memory
    memory.store.clear()


@pytest.fixture
def order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Order:
    monkeypatch.chdir(tmp_path)
    return order_of(load_settings())


def found(*patterns: str, engine: Here) -> list[Source]:
    """The sources of patterns, of which all could be listed."""
    sources, unlisted = list_sources(patterns, engine)
    assert unlisted == []
    return sources


def put(store: Any, folder: str, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        store.pipe(f"/{folder}/{name}", content)


def files_of(app: str) -> dict[str, bytes]:
    folder = FIXTURES / app / "cdk.out"
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def zipped(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def template(tag: str) -> bytes:
    uri = f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/orders{tag}"
    properties = {"PackageType": "Image", "Code": {"ImageUri": uri}, "Role": "arn:aws:iam::123456789012:role/r"}
    return json.dumps({"Resources": {"Fn": {"Type": "AWS::Lambda::Function", "Properties": properties}}}).encode()


def status(judged: Judged) -> tuple[str, str | None]:
    return judged.source.status, judged.source.reason


def test_what_is_fetched_has_the_rows_of_what_is_read_in_place(store: Any, order: Order, tmp_path: Path) -> None:
    for app in APPS:
        put(store, f"apps/{app}/cdk.out", files_of(app))
        store.pipe(f"/apps/{app}.zip", zipped({f"cdk.out/{name}": data for name, data in files_of(app).items()}))
    engine = Here(tmp_path)
    sources = found("memory://apps/*/cdk.out", "memory://apps/*.zip", engine=engine)
    (tmp_path / "fetched").mkdir()
    rows = {judged.source.source: judged for judged in judge(Batch(order, tuple(sources)), str(tmp_path / "fetched"))}
    assert list((tmp_path / "fetched").iterdir()) == []
    for app in APPS:
        expected = sorted_rows(sequential(FIXTURES / app / "cdk.out"))
        for url in (f"memory:///apps/{app}/cdk.out", f"memory:///apps/{app}.zip"):
            judged = rows.pop(url)
            assert status(judged) == ("read", None)
            within = [told(finding._asdict()) for finding in judged.findings]
            for finding in within:
                finding["template"] = finding["template"].removeprefix("cdk.out/")
            assert sorted_rows(within) == expected != []
            assert judged.source.functions > 0
            assert judged.source.bytes > 0
            assert {function.source for function in judged.functions} == {url}
    assert rows == {}


def _deleted(store: Any, batch: Batch) -> None:
    store.rm_file("/apps/b/cdk.out/App.template.json")


def _refused(store: Any, batch: Batch) -> None:
    store.store["/apps/b/cdk.out/App.template.json"] = _Refusing()


class _Refusing(io.BytesIO):
    """A file of a store that lets nobody read."""

    def getbuffer(self) -> memoryview:
        raise PermissionError(13, "Access Denied")


@pytest.mark.parametrize(
    ("happens", "reason"),
    [
        pytest.param(
            _deleted,
            "App.template.json: cannot be read: No such file or directory",
            id="deleted between the listing and the fetching",
        ),
        pytest.param(
            _refused,
            "App.template.json: cannot be fetched: Access Denied",
            id="a file that may not be read",
        ),
    ],
)
def test_what_cannot_be_fetched_costs_its_own_row(
    happens: Callable[[Any, Batch], None], reason: str, store: Any, order: Order, tmp_path: Path
) -> None:
    artifact = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "App.template.json"}}
    manifest = json.dumps({"version": "36.0.0", "artifacts": {"App": artifact}}).encode()
    for app in ("a", "b", "c"):
        files = {"manifest.json": manifest, "cdk.out": b"{}", "App.template.json": template(":latest")}
        put(store, f"apps/{app}/cdk.out", files)
    engine = Here(tmp_path, lambda batch: happens(store, batch))
    judged = list(judge_all(found("memory://apps", engine=engine), order, engine, 60.0))
    assert [(each.source.source, *status(each), len(each.findings)) for each in judged] == [
        ("memory:///apps/a/cdk.out", "read", None, 1),
        ("memory:///apps/b/cdk.out", "unread", reason, 0),
        ("memory:///apps/c/cdk.out", "read", None, 1),
    ]


def test_a_lone_template_is_named_as_in_its_store(store: Any, order: Order, tmp_path: Path) -> None:
    store.pipe("/templates/api.json", template(":latest"))
    engine = Here(tmp_path)
    (judged,) = judge_all(found("memory://templates/*.json", engine=engine), order, engine, 60.0)
    assert status(judged) == ("read", None)
    assert [(finding.rule, finding.template, finding.line) for finding in judged.findings] == [
        ("image-tag-latest", "api.json", 1)
    ]
    assert [(function.uri, function.registry) for function in judged.functions] == [
        (
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/orders:latest",
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
        )
    ]


@pytest.mark.parametrize(
    ("error", "tries", "reason"),
    [
        pytest.param(RuntimeError("killed"), TRIES, "was not judged: RuntimeError: killed", id="a process that ends"),
        pytest.param(TimeoutError("Task timeout", 9), 1, "took more than 9 seconds", id="no second try when it hangs"),
        pytest.param(
            ImportError("no s3fs"),
            TRIES,
            "was not judged: no s3fs; install the package that reads this kind of store",
            id="a store without its package",
        ),
    ],
)
def test_a_batch_that_fails_is_taken_apart_until_one_source_is_given_up(
    error: Exception, tries: int, reason: str, store: Any, order: Order, tmp_path: Path
) -> None:
    for name in ("a", "b", "c"):
        store.pipe(f"/templates/{name}.json", template(":latest"))

    def fail(batch: Batch) -> None:
        if any(source.url.endswith("b.json") for source in batch.sources):
            raise error

    engine = Here(tmp_path, fail)
    judged = list(judge_all(found("memory://templates/*.json", engine=engine), order, engine, 9.0))
    assert sorted(engine.asked) == sorted(
        [["a.json", "b.json", "c.json"], ["a.json"], ["c.json"], *[["b.json"]] * tries]
    )
    assert sorted((each.source.source.rpartition("/")[2], *status(each)) for each in judged) == [
        ("a.json", "read", None),
        ("b.json", "unread", reason),
        ("c.json", "read", None),
    ]


def test_a_worker_of_another_version_judges_nothing(store: Any, order: Order, tmp_path: Path) -> None:
    store.pipe("/templates/a.json", template(":latest"))
    engine = Here(tmp_path)
    sources = found("memory://templates/a.json", engine=engine)
    (judged,) = judge_all(sources, order._replace(version="0.0.1"), engine, 9.0)
    assert judged.source.status == "unread"
    assert (judged.source.reason or "").startswith("was not judged: ValueError: the worker has imagelint ")
    assert (judged.source.reason or "").endswith(", and not 0.0.1")
