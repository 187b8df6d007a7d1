"""What the playground asks of imagelint: the report of some files, as JSON. Runs in the browser, by Pyodide."""

import os
import shutil
from collections.abc import Mapping

import imagelint
from imagelint.config.model import Config
from imagelint.report.formats import RENDERERS, Context
from imagelint.rules.rule import load_rules
from imagelint.version import VERSION

FOLDER = "/linted"
RULES = load_rules()
CONFIG = Config(select=("all",), build_host="x86_64")


def lint(files: Mapping[str, str]) -> str:
    """The JSON report of one template, or of the folder that the files are of, by their paths in it."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    for path, text in files.items():
        file = os.path.normpath(os.path.join(FOLDER, path))
        if file.startswith(f"{FOLDER}/"):
            os.makedirs(os.path.dirname(file), exist_ok=True)
            with open(file, "w", encoding="utf-8", errors="surrogatepass") as opened:
                opened.write(text)
    os.makedirs(FOLDER, exist_ok=True)
    os.chdir(FOLDER)
    only = next(iter(files)) if len(files) == 1 else "."
    report = imagelint.lint(imagelint.load(only), RULES, CONFIG)
    return RENDERERS["json"](report, Context(VERSION, RULES, failing=CONFIG.failing))
