"""The metadata files of an assembly: few are held, and none is read for ever."""

from __future__ import annotations

from pathlib import Path

import pytest

from imagelint.assembly.constructs import MAX_LAST, MAX_READS, NO_CONSTRUCTS, Constructs, MetadataFiles
from imagelint.documents.files import Root
from imagelint.model import Source
from support.files import opened

OTHERS = [str(number) for number in range(MAX_LAST)]


@pytest.mark.parametrize(
    ("asked", "reads"),
    [
        (["a", "a"], 1),
        (["a", *OTHERS[1:], "a"], 1),
        (["a", *OTHERS, "a"], 2),
        (["a", *OTHERS] * (MAX_READS + 5), MAX_READS),
    ],
    ids=["asked twice", "few others between", "many others between", "over and over"],
)
def test_how_often_a_file_is_read(
    asked: list[str], reads: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file in {*asked}:
        (tmp_path / file).write_text(f'{{"/App/{file}": [{{"type": "aws:cdk:logicalId", "data": "Fn"}}]}}')
    root, metadata, read = Root(str(tmp_path), ""), MetadataFiles(), opened(monkeypatch)
    found = [metadata.read(root, file, NO_CONSTRUCTS, "").path_of("Fn") for file in asked]
    assert found == [f"App/{file}" for file in asked]
    assert read.count("a") == reads


FRAMES: dict[str, tuple[str, Source | None]] = {
    "of Node.js": ("at new Api (/app/lib/api.ts:4:9)", Source("/app/lib/api.ts", 4, 9)),
    "without a name": ("at /app/lib/api.ts:4:9", Source("/app/lib/api.ts", 4, 9)),
    "without a column": ("/app/lib/api.py:4", Source("/app/lib/api.py", 4, 1)),
    "of Windows": (r"at new Api (C:\app\api.ts:4:9)", Source(r"C:\app\api.ts", 4, 9)),
    "of Windows, without a name": (r"C:\app\api.ts:4", Source(r"C:\app\api.ts", 4, 1)),
    "of a file with a blank": ("at f (/my app/api.ts:4:9)", Source("/my app/api.ts", 4, 9)),
    "of a module": ("at node:internal/main:4:9", None),
    "of a library": ("at f (/app/node_modules/x/y.js:4:9)", None),
    "without a place": ("at f (native)", None),
    "without a file": ("at f (:4:9)", None),
    "behind a parenthesis": ("at f (a)b.ts:4:9", None),
}


@pytest.mark.parametrize(("frame", "source"), FRAMES.values(), ids=FRAMES)
def test_the_place_of_a_frame(frame: str, source: Source | None) -> None:
    constructs = Constructs.read({"/App/Fn": [{"type": "aws:cdk:creationStack", "data": [frame]}]})
    assert constructs.source_of("App/Fn") == source


@pytest.mark.parametrize(
    "frame", [" " * 1999, " " * 1990 + "):1:1)", "(" * 1990 + ":1:1)"], ids=["blank", "end", "open"]
)
def test_a_frame_is_read_in_linear_time(frame: str) -> None:
    """Else this takes half a minute."""
    constructs = Constructs.read({"/App/Fn": [{"type": "aws:cdk:creationStack", "data": [frame] * 500}]})
    assert constructs.source_of("App/Fn") is None
