"""How the tests of bad input run imagelint, and what they look at."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.builders import ENVIRONMENT, REPOSITORY, app, manifest, stack_of
from support.cli import run, start

LATEST = f"{REPOSITORY}:latest"

HEALTHY = app(LATEST)


def spelled(content: Any) -> bytes:
    """What a file holds: bytes and text as they are, anything else as the JSON that CDK would write."""
    if isinstance(content, bytes):
        return content
    return (content if isinstance(content, str) else json.dumps(content, indent=1)).encode()


def write(folder: Path, files: Mapping[str, Any]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(spelled(content))


def write_assembly(folder: Path, artifacts: Mapping[str, Any], files: Mapping[str, Any] | None = None) -> None:
    """A cdk.out with the artifacts, and with a healthy stack after them that has one finding."""
    healthy = {"Healthy": stack_of("Healthy.template.json", environment=f"aws://{ENVIRONMENT}")}
    named = {"manifest.json": manifest({**artifacts, **healthy}), "Healthy.template.json": HEALTHY}
    write(folder / "cdk.out", {**named, **(files or {})})


@dataclass(frozen=True)
class Run:
    status: int
    stdout: str
    stderr: str

    @property
    def stacks(self) -> list[str]:
        """The stacks with a `latest` image, by a report in JSON."""
        findings = json.loads(self.stdout)["findings"]
        return [each["function"]["stack"] for each in findings if each["rule"] == "image-tag-latest"]

    @property
    def errors(self) -> list[str]:
        """What the report in JSON says could not be analysed, as standard error has it."""
        return [f"imagelint: {each['path']}: {each['message']}\n" for each in json.loads(self.stdout)["errors"]]


def check(*arguments: str, stdin: bytes | None = None) -> Run:
    """`imagelint check` in this process: below some hundred of pytest's own frames."""
    result = run("check", "--format", "json", *arguments, stdin=stdin)
    return Run(result.exit_code, result.stdout, result.stderr)


def check_in_a_process(*arguments: str, stdin: bytes = b"") -> Run:
    done = start(".", "check", "--format", "json", *arguments, stdin=stdin)
    return Run(done.returncode, done.stdout, done.stderr)


def place(text: bytes, needle: str) -> str:
    """`:line:column` of the needle in a text; nothing for no needle."""
    if not needle:
        return ""
    before = text[: text.index(needle.encode())].decode()
    return f":{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


YAML_TEMPLATE = f"""\
Resources:
  Fn:
    Type: AWS::Lambda::Function
    Properties:
      PackageType: Image
      Code:
        ImageUri: !Sub {LATEST}
"""
UTF_16 = b"\xff\xfe" + json.dumps(HEALTHY).encode("utf-16-le")

Case = tuple[Any, str, str]
"""A template, a part of it where the problem stands ("" where no line can be named), and what is said of it."""


def is_yaml(content: Any) -> bool:
    return isinstance(content, str) and not content.startswith("{")


def judge_template(content: Any, check: Callable[..., Run]) -> tuple[Run, str, bytes]:
    """Run over an assembly with the template before a healthy one; with it, the path that should be named."""
    name = "Bad.template.yaml" if is_yaml(content) else "Bad.template.json"
    write_assembly(Path(), {"Bad": stack_of(name)}, {name: content})
    return check(), f"cdk.out/{name}", spelled(content)
