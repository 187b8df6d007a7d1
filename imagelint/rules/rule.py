"""What a rule is, and the rules that come with imagelint. Knows nothing of AWS, of templates or of facts."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, Final, Literal

from imagelint.model import Severity, UsageError
from imagelint.record import Record
from imagelint.rules.keywords import Judgement

_ROOM: Final = os.path.dirname(os.path.abspath(__file__))
CATALOGUE: Final = "catalogue.json"
"""What the build puts beside the rule files of a wheel: their content as a list, read in a tenth of the time."""

_LIVE: Final = ("registry.", "deployed.")
"""How the facts begin that only an AWS account can tell."""

About = Literal["function", "asset", "repository", "parameter", "assembly"]


class Rule(Record):
    """One rule file. The fields are those of `rule.schema.json`."""

    id: str
    number: int
    """The file's `code`."""
    severity: Severity
    summary: str
    why: str
    fix: str | Mapping[str, str]
    """One text, or one for an app of CDK (`cdk`) and one for whoever writes the template itself (`template`)."""
    cdk: Mapping[str, str]
    """The snippets that stand in the rule file itself; `rules.snippets` has those beside it too."""
    snippets: str
    """The rule whose snippets show the fix: itself, or another one of the folder whose fix is the same."""
    when: Mapping[str, Judgement]
    asserts: Mapping[str, Judgement]
    message: str | Mapping[str, str]
    references: tuple[str, ...]
    examples: Mapping[str, Any]
    about: About
    """What a finding is about: functions that share it share the finding, if its message is the same for them."""
    errors: tuple[Mapping[str, str], ...] = ()
    """The error texts that people read where the rule is broken; `rules.errors` finds the rule by them."""
    folder: str = ""
    """Where the rule file stands."""

    @property
    def is_live(self) -> bool:
        """Whether it judges a fact that only an AWS account can tell, so that it takes part in runs with --live."""
        return any(fact.startswith(_LIVE) for fact in (*self.when, *self.asserts))

    @property
    def code(self) -> str:
        """The code as cfn-lint writes it: E, W or I for the severity, and the number."""
        return f"{self.severity[0].upper()}{self.number}"

    def fix_for(self, is_cdk: bool) -> str:
        """What to do about it, in the words of a CDK app or in those of a template."""
        return self.fix if isinstance(self.fix, str) else self.fix["cdk" if is_cdk else "template"]

    @property
    def fixes(self) -> Mapping[str, str]:
        """Everything that it says one can do, by a title: once, or for CDK and for templates."""
        if isinstance(self.fix, str):
            return {"Fix": self.fix}
        return {"Fix in CDK": self.fix["cdk"], "Fix in a template": self.fix["template"]}


def builtin_folder() -> str:
    """Where the rules stand that come with imagelint: in the wheel inside the package, in the source tree beside it."""
    packaged = os.path.join(_ROOM, "builtin")
    return packaged if os.path.isdir(packaged) else os.path.join(os.path.dirname(os.path.dirname(_ROOM)), "rules")


def load_rules(folder: str | None = None) -> tuple[Rule, ...]:
    """The rules of a folder, or the built-in ones, in the order of their codes. Raises UsageError."""
    within = folder or builtin_folder()
    names = sorted(os.listdir(within)) if os.path.isdir(within) else []
    if folder is None and CATALOGUE in names:
        with open(os.path.join(within, CATALOGUE), "rb") as opened:
            documents = json.load(opened)
    else:
        documents = [_parsed(os.path.join(within, name)) for name in names if name.endswith(".yaml")]
    if not documents:
        raise UsageError(f"{within}: holds no rule files (*.yaml)")
    return tuple(sorted((make_rule(each, within) for each in documents), key=lambda rule: rule.number))


def _parsed(file: str) -> Mapping[str, Any]:
    import yaml

    with open(file, "rb") as opened:
        data = opened.read()
    try:
        document: Mapping[str, Any] = yaml.load(data, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f":{mark.line + 1}" if mark else ""
        raise UsageError(f"{file}{where}: is not YAML: {getattr(error, 'problem', error)}") from None
    return document


def make_rule(document: Mapping[str, Any], folder: str = "") -> Rule:
    """A rule from the content of a rule file that the schema allows, and the folder that the file stands in."""
    return Rule(
        id=document["id"],
        number=document["code"],
        severity=document["severity"],
        summary=document["summary"],
        why=document["why"],
        fix=document["fix"],
        cdk=document.get("cdk", {}),
        snippets=document.get("snippets", document["id"]),
        when=document.get("when", {}),
        asserts=document["assert"],
        message=document["message"],
        references=tuple(document.get("references", ())),
        examples=document["examples"],
        errors=tuple(document.get("errors", ())),
        about=document.get("about", "function"),
        folder=folder,
    )
