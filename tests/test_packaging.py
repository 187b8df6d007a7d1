"""What a wheel holds, and that it works installed, away from the source tree."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def build_wheel(folder: Path) -> Path:
    """Build as `pip install .` does, with the hatchling that is installed here instead of one from the network."""
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check", "--quiet"]
    command = [sys.executable, "-m", "pip", "wheel", str(ROOT), *options, "--wheel-dir", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = folder.glob("imagelint-*.whl")
    return wheel


@pytest.mark.external
def test_what_a_wheel_holds(tmp_path: Path) -> None:
    with zipfile.ZipFile(build_wheel(tmp_path)) as wheel:
        held = {name for name in wheel.namelist() if ".dist-info/" not in name}
        described = {name.split("/", 1)[1] for name in wheel.namelist() if ".dist-info/" in name}
    package = ROOT / "imagelint"
    modules = {f"imagelint/{file.relative_to(package).as_posix()}" for file in package.rglob("*.py")}
    schemas = {f"imagelint/{file.relative_to(package).as_posix()}" for file in package.rglob("*.schema.json")}
    rules = {f"imagelint/rules/builtin/{file.name}" for file in (ROOT / "rules").iterdir()}
    assert {"imagelint/facts/facts.schema.json", "imagelint/report/report.schema.json"} <= schemas
    assert "imagelint/rules/builtin/image-tag-latest.yaml" in rules
    assert held == modules | schemas | rules | {"imagelint/py.typed"}
    assert {"METADATA", "entry_points.txt", "licenses/LICENSE"} <= described


@pytest.mark.external
def test_an_installed_wheel_works_in_another_folder(tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path)
    home = tmp_path / "venv"
    venv.create(home, symlinks=sys.platform != "win32")
    paths = {key: Path(path) for key, path in sysconfig.get_paths("venv", vars={"base": str(home)}).items()}
    python = paths["scripts"] / "python"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "--python", str(python)]
    subprocess.run([*pip, "install", "--no-deps", "--no-index", str(wheel)], check=True)
    # The dependencies are those of this environment: a path in a .pth file, whose own .pth files are not followed.
    (paths["purelib"] / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=elsewhere, capture_output=True, text=True, check=False)

    found = run(str(python), "-c", "import imagelint; print(imagelint.__file__)")
    assert Path(found.stdout.strip()).is_relative_to(home), found

    imagelint = str(paths["scripts"] / "imagelint")
    rules = run(imagelint, "rules")
    assert (rules.returncode, rules.stderr) == (0, "")
    assert len(rules.stdout.splitlines()) == len(list((ROOT / "rules").glob("*.yaml")))

    assembly = ROOT / "tests" / "fixtures" / "demo" / "cdk.out"
    checked = run(imagelint, "check", str(assembly), "--format", "json", "--select", "image-tag-latest")
    assert (checked.returncode, checked.stderr) == (1, "")
    assert [finding["rule"] for finding in json.loads(checked.stdout)["findings"]] == ["image-tag-latest"]
