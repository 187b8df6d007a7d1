"""The metadata files of an assembly: few are held, and none is read for ever."""

from __future__ import annotations

from pathlib import Path

import pytest

from imagelint.assembly.constructs import MAX_LAST, MAX_READS, NO_CONSTRUCTS, MetadataFiles
from imagelint.documents.files import Root
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
