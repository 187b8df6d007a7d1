"""The metadata files of an assembly: few are held, and none is read for ever."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from imagelint.assembly.constructs import MAX_LAST, MAX_READS, MetadataFiles
from imagelint.documents.files import Root


class Counting(Root):
    """A folder that knows which files were read."""

    def __init__(self, path: str, shown: str) -> None:
        super().__init__(path, shown)
        self.read_files: list[str] = []

    def read_json(self, relative: str, *, strict: bool = False) -> dict[str, Any]:
        self.read_files.append(relative)
        return super().read_json(relative, strict=strict)


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
def test_how_often_a_file_is_read(tmp_path: Path, asked: list[str], reads: int) -> None:
    for file in {*asked}:
        (tmp_path / file).write_text(f'{{"/App/{file}": [{{"type": "aws:cdk:logicalId", "data": "Fn"}}]}}')
    root = Counting(str(tmp_path), "")
    metadata = MetadataFiles(root)
    assert [metadata.read(file).path_of("Fn") for file in asked] == [f"App/{file}" for file in asked]
    assert root.read_files.count("a") == reads
