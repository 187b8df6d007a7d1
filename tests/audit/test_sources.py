"""Which sources a pattern names, and when one has changed: by the listing of a store, of which nothing is read."""

from __future__ import annotations

from collections.abc import Iterator

import fsspec
import pytest

from imagelint.audit.contents import contents_of
from imagelint.audit.sources import listed, refuse_pattern
from imagelint.model import UsageError

APP = ("manifest.json", "cdk.out", "App.template.json", "asset.1/Dockerfile")
STAGED = ("manifest.json", "cdk.out", "assembly-Prod/manifest.json", "assembly-Prod/Prod.template.json")
FILES = (
    *(f"builds/payments/orders/cdk.out/{name}" for name in APP),
    *(f"builds/payments/site/cdk.out/{name}" for name in STAGED),
    *(f"builds/search/cdk.out/{name}" for name in APP),
    "builds/search/web/manifest.json",  # a web app's
    "builds/search/web/index.html",
    "builds/search/templates/queue.yaml",
    "builds/search/templates/more/topic.json",
    "builds/search/build-7.zip",
    "builds/search/notes.txt",
)


@pytest.fixture(autouse=True)
def store() -> Iterator[fsspec.AbstractFileSystem]:
    memory = fsspec.filesystem("memory")
    memory.store.clear()
    memory.pseudo_dirs[:] = [""]
    for name in FILES:
        memory.pipe(f"/{name}", name.encode())
    yield memory
    memory.store.clear()


ORDERS, SITE, SEARCH = "payments/orders/cdk.out", "payments/site/cdk.out", "search/cdk.out"


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        pytest.param("**/cdk.out", [ORDERS, SITE, SEARCH], id="the folders of assemblies"),
        pytest.param("", [ORDERS, SITE, SEARCH], id="a folder stands for the assemblies below it"),
        pytest.param("payments", [ORDERS, SITE], id="one team's"),
        pytest.param("*", [ORDERS, SITE, SEARCH], id="every team's"),
        pytest.param(ORDERS, [ORDERS], id="an assembly by its name"),
        pytest.param(f"{ORDERS}/", [ORDERS], id="with a slash"),
        pytest.param("**/*.template.json", [ORDERS, SITE, SEARCH], id="a template stands for the outermost assembly"),
        pytest.param("**/manifest.json", [ORDERS, SITE, SEARCH, "search/web/manifest.json"], id="so does a manifest"),
        pytest.param("payments/site/**/assembly-*", [SITE], id="an assembly in an assembly is not judged apart"),
        pytest.param("search/*.zip", ["search/build-7.zip"], id="archives"),
        pytest.param("search/templates", ["search/templates"], id="a folder of templates"),
        pytest.param("search/templates/*", ["search/templates/more", "search/templates/queue.yaml"], id="both"),
        pytest.param("search/*/queue.yaml", ["search/templates/queue.yaml"], id="a lone template"),
        pytest.param("search/templates/queue.yaml", ["search/templates/queue.yaml"], id="by its name"),
        pytest.param("search/notes.*", [], id="no text"),
        pytest.param("search/w*b", ["search/web"], id="a manifest alone makes no assembly, but a folder of JSON"),
        pytest.param("nothing/**", [], id="nothing there"),
        pytest.param("nothing", [], id="nothing of that name"),
    ],
)
def test_a_pattern_names(pattern: str, expected: list[str]) -> None:
    sources = listed(f"memory://builds/{pattern}").sources
    assert [source.url.removeprefix("memory://").lstrip("/") for source in sources] == [f"builds/{x}" for x in expected]


@pytest.mark.parametrize(
    ("pattern", "teams"),
    [
        ("memory://builds/**/cdk.out", ["payments", "payments", "search"]),
        ("memory://builds/payments/*/cdk.out", ["orders", "site"]),
        ("memory://builds/search/templates/queue.yaml", [None]),
    ],
)
def test_a_team_is_the_first_segment_that_the_pattern_leaves_open(pattern: str, teams: list[str | None]) -> None:
    assert [source.team for source in listed(pattern).sources] == teams


@pytest.mark.parametrize(
    ("change", "changed"),
    [
        pytest.param(f"{ORDERS}/App.template.json", [ORDERS], id="a template is written anew"),
        pytest.param(f"{ORDERS}/New.template.json", [ORDERS], id="a file is added"),
        pytest.param(f"{SEARCH}/asset.1/app.py", [SEARCH], id="in an asset too"),
        pytest.param("search/notes.txt", [], id="what is in no source"),
    ],
)
def test_a_source_has_changed(store: fsspec.AbstractFileSystem, change: str, changed: list[str]) -> None:
    before = {source.url: source.content for source in listed("memory://builds/**/cdk.out").sources}
    store.pipe(f"/builds/{change}", b"other")
    after = {source.url: source.content for source in listed("memory://builds/**/cdk.out").sources}
    found = [url.partition("builds/")[2] for url in before if before[url] != after[url]]
    assert (found, list(after)) == (changed, list(before))


def test_only_what_is_needed_is_fetched() -> None:
    listing = (
        "cdk.out",
        "manifest.json",
        "tree.json",
        "App.template.json",
        "asset.9.zip",
        "asset.8.json",
        "node_modules/x.json",
    )
    assets = ("asset.1/Dockerfile", "asset.1/src/app.py", "asset.1/.git/HEAD", "stage/asset.2/Dockerfile", "asset.3/")
    contents = contents_of((name, 1) for name in (*listing, *assets))
    assert [name for name, _ in contents.files] == ["manifest.json", "tree.json", "App.template.json", "asset.8.json"]
    assert contents.folders == ("asset.1", "asset.1/.git", "stage/asset.2", "asset.3")


@pytest.mark.parametrize("pattern", ["zip://*.json::s3://bucket/a.zip", "", " ", "a\0b"])
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(UsageError):
        refuse_pattern(pattern)
