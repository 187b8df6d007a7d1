"""What a wheel holds, and that it works installed, away from the source tree."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest
import yaml

from imagelint.version import VERSION
from support.paths import ROOT

pytestmark = pytest.mark.external

LINK = re.compile(r"\]\(([^)]+)\)")


def build_wheel(folder: Path, source: Path = ROOT) -> Path:
    """Build as `pip install .` does, with the hatchling that is installed here instead of one from the network."""
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check", "--quiet"]
    command = [sys.executable, "-m", "pip", "wheel", str(source), *options, "--wheel-dir", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = folder.glob("imagelint-*.whl")
    return wheel


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


def test_what_a_wheel_holds(built: Path) -> None:
    with zipfile.ZipFile(built) as wheel:
        held = {name for name in wheel.namelist() if ".dist-info/" not in name}
        described = {name.split("/", 1)[1] for name in wheel.namelist() if ".dist-info/" in name}
    package = ROOT / "imagelint"
    modules = {f"imagelint/{file.relative_to(package).as_posix()}" for file in package.rglob("*.py")}
    schemas = {f"imagelint/{file.relative_to(package).as_posix()}" for file in package.rglob("*.schema.json")}
    rules = {file.relative_to(ROOT / "rules").as_posix() for file in (ROOT / "rules").rglob("*.*")}
    builtin = {f"imagelint/rules/builtin/{name}" for name in (*rules, "catalogue.json")}
    assert {"imagelint/facts/facts.schema.json", "imagelint/report/report.schema.json"} <= schemas
    assert {"image-tag-latest.yaml", "snippets/image-tag-latest.ts"} <= rules
    page = {f"imagelint/report/html/{name}" for name in ("page.html", "script.js", "style.css")}
    assert held == modules | schemas | builtin | page | {"imagelint/py.typed"}
    assert {"METADATA", "entry_points.txt", "licenses/LICENSE"} <= described


def test_catalogue_of_a_wheel_is_the_rule_files(built: Path) -> None:
    with zipfile.ZipFile(built) as wheel:
        catalogue = json.loads(wheel.read("imagelint/rules/builtin/catalogue.json"))
    assert catalogue == [yaml.safe_load(file.read_bytes()) for file in sorted((ROOT / "rules").glob("*.yaml"))]


def test_the_page_in_a_package_index_leads_into_the_repository_at_its_tag(built: Path) -> None:
    """An index shows the README without the files that it links to."""
    with zipfile.ZipFile(built) as wheel:
        (metadata,) = [name for name in wheel.namelist() if name.endswith("/METADATA")]
        text = wheel.read(metadata).decode()
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    own = [target for target in LINK.findall(readme) if not target.startswith(("https://", "#"))]
    shown = LINK.findall(text)
    tag = f"imagelint/imagelint/{{}}v{VERSION}/"
    page, picture = "https://github.com/" + tag.format("blob/"), "https://raw.githubusercontent.com/" + tag.format("")
    assert [target for target in shown if not target.startswith(("https://", "#"))] == []
    assert {target.removeprefix(page).removeprefix(picture) for target in shown} >= set(own) != set()
    assert [target.removeprefix(picture) for target in shown if target.endswith(".svg")] == [
        "docs/demo.svg",
        "docs/map.svg",
    ]


def test_building_leaves_no_catalogue_in_the_checkout(built: Path) -> None:
    """It would grow stale there."""
    assert [*ROOT.glob("rules/**/catalogue.json"), *ROOT.glob("imagelint/**/catalogue.json")] == []


def test_a_wheel_of_the_sdist_is_the_same(built: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "--target", "sdist", "--directory", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True)
    (sdist,) = tmp_path.glob("imagelint-*.tar.gz")
    with zipfile.ZipFile(built) as one, zipfile.ZipFile(build_wheel(tmp_path, sdist)) as other:
        assert one.namelist() == other.namelist()


def test_an_installed_wheel_works_in_another_folder(built: Path, tmp_path: Path) -> None:
    home = tmp_path / "venv"
    venv.create(home, symlinks=sys.platform != "win32")
    paths = {key: Path(path) for key, path in sysconfig.get_paths("venv", vars={"base": str(home)}).items()}
    python = paths["scripts"] / "python"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "--python", str(python)]
    subprocess.run([*pip, "install", "--no-deps", "--no-index", str(built)], check=True)
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
    explained = run(imagelint, "explain", "image-tag-latest")
    assert (explained.returncode, explained.stderr) == (0, "")
    assert (ROOT / "rules/snippets/image-tag-latest.py").read_text().split("\n")[0] in explained.stdout

    clean = str(ROOT / "tests" / "fixtures" / "clean-app" / "cdk.out")
    lint = f"import sys; from imagelint.cli.main import main\ntry: main(['check', {clean!r}])\n"
    without_yaml = run(str(python), "-c", f"{lint}finally: assert 'yaml' not in sys.modules")
    assert (without_yaml.returncode, without_yaml.stderr) == (0, "")

    assembly = ROOT / "tests" / "fixtures" / "demo" / "cdk.out"
    checked = run(imagelint, "check", str(assembly), "--format", "json", "--select", "image-tag-latest")
    assert (checked.returncode, checked.stderr) == (1, "")
    assert [finding["rule"] for finding in json.loads(checked.stdout)["findings"]] == ["image-tag-latest"]
