"""Fuzz one target with atheris, for some seconds: `explore.py TARGET SECONDS`. Exit status 0 where nothing was found.

An input that breaks something is written to `found/TARGET/`, where the tests replay it: mend it and commit both.
"""

from __future__ import annotations

import os
import sys
import tempfile

import atheris

with atheris.instrument_imports(include=["imagelint"]):
    from targets import FOLDER, MAX_INPUT, TARGETS, inputs

_IN_MEMORY = "/dev/shm"


def main(name: str, seconds: str) -> None:
    """Run until the time is over or something is found."""
    target, found, seeds = TARGETS[name], FOLDER / "found" / name, FOLDER / "seeds" / name
    found.mkdir(parents=True, exist_ok=True)
    limits = [f"-max_total_time={seconds}", f"-max_len={MAX_INPUT}", "-timeout=10", "-rss_limit_mb=1024"]
    options = [*limits, f"-dict={FOLDER / 'words.dict'}", f"-artifact_prefix={found}/"]
    if os.path.isdir(_IN_MEMORY):  # a folder for each input takes longer than the input does
        tempfile.tempdir = _IN_MEMORY
    with atheris.instrument_imports(include=["imagelint"]):
        for each in inputs(name):  # which import what is imported when it is first needed
            target(each.read_bytes())
    with tempfile.TemporaryDirectory() as grown:  # the first folder is the one that libFuzzer writes to
        atheris.Setup([sys.argv[0], *options, grown, str(found), str(seeds)], target)
        atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
