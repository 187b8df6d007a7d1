"""Rules that did not come with imagelint: folders of rule files, and changes to rules made in a configuration.

A built-in rule is held to its contract by imagelint's tests, these when they are read: by `rule.schema.json`, by the
vocabulary of facts, and by the rule's own examples. Knows rules and facts by name; knows nothing of AWS.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from imagelint.documents.document import read_document
from imagelint.documents.pointer import Pointer
from imagelint.documents.schema import MisfitError, fit, schema, show
from imagelint.model import Outcome, UsageError
from imagelint.rules.check import check
from imagelint.rules.keywords import Judgement
from imagelint.rules.rule import Rule, make_rule
from imagelint.rules.snippets import FOLDER, SUFFIXES, snippet_files
from imagelint.text.words import nearest

_BRACES: Final = re.compile(r"\{([^{}]*)\}")
_OUTCOMES: Final = {"bad": Outcome.FAIL, "good": Outcome.PASS, "unknown": Outcome.UNKNOWN}
"""What the rule must say of each of its examples."""


def read_rules(folders: Sequence[str | os.PathLike[str]], others: Sequence[Rule] = ()) -> tuple[Rule, ...]:
    """The rules of folders or files, whose ids and codes are neither one another's nor those of the other rules.

    Raises UsageError, one line for each file that cannot be used.
    """
    owners = {name: "imagelint itself" for rule in others for name in (rule.id, str(rule.number))}
    rules: list[Rule] = []
    wrong: list[str] = []
    for folder in folders:
        try:
            files = _files(Path(folder))
        except UsageError as error:
            wrong.append(str(error))
            continue
        for file in files:
            try:
                rules.append(_read_rule(file, owners))
            except UsageError as error:
                wrong.append(str(error))
        if Path(folder).is_dir():
            wrong.extend(_misnamed_snippets(files))
    if wrong:
        raise UsageError("\n".join(wrong))
    return tuple(sorted(rules, key=lambda rule: rule.number))


def _files(folder: Path) -> list[Path]:
    if folder.is_file() and folder.suffix == ".yaml":
        return [folder]
    if not folder.is_dir():
        raise UsageError(f"{folder}: is not a folder")
    files = sorted(file for file in folder.iterdir() if file.suffix in (".yaml", ".yml"))
    for file in files:
        if file.suffix == ".yml":
            raise UsageError(f"{file}: would not be read; rename it to {file.with_suffix('.yaml').name}")
        if _leads_out(file, folder):
            raise UsageError(f"{file}: {_LINK}")
    if not files:
        raise UsageError(f"{folder}: holds no rule files (*.yaml)")
    return files


_LINK: Final = "is a link out of the folder of rules"


def _leads_out(file: Path, folder: Path) -> bool:
    """Whether a file of a folder lies elsewhere, links followed: a message or a page would quote what is there."""
    return not file.resolve().is_relative_to(folder.resolve())


def _misnamed_snippets(files: Sequence[Path]) -> Iterator[str]:
    """What is wrong with the names in `snippets/` beside the rule files: no rule would show such a file."""
    ids, folder = [file.stem for file in files], files[0].parent / FOLDER
    for file in sorted(folder.iterdir()) if folder.is_dir() else ():
        if file.name.startswith("."):
            continue
        if _leads_out(file, folder.parent):
            yield f"{file}: {_LINK}"
        elif file.stem not in ids:
            yield f"{file}: there is no rule {file.stem!r} beside it{nearest(file.stem, ids)}"
        elif file.suffix not in SUFFIXES.values():
            yield f"{file}: is in no language of CDK; the names end in {', '.join(SUFFIXES.values())}"


def _read_rule(file: Path, owners: dict[str, str]) -> Rule:
    document = read_document(file, file.as_posix())
    try:
        rule = _checked(document.value)._replace(folder=str(file.parent))
        if rule.id != file.stem:
            raise MisfitError(("id",), f"is {rule.id!r}, but the file is named {file.name}; the two must be the same")
        if rule.snippets != rule.id and not snippet_files(rule):
            raise MisfitError(("snippets",), f"there is no file {FOLDER}/{rule.snippets}.* beside it")
        _try_examples(rule)
        for key, name in (("id", rule.id), ("code", str(rule.number))):
            if name in owners:
                raise MisfitError((key,), f"{name} is the {key} of another rule too, in {owners[name]}; choose another")
    except MisfitError as misfit:
        raise document.error(misfit) from None
    owners[rule.id] = owners[str(rule.number)] = document.display_path
    return rule


def overridden(rule: Rule, changes: Mapping[str, Any]) -> Rule:
    """The rule with some of its fields changed. Raises MisfitError, whose pointer begins at the rule."""
    return _checked(_merged(_document(rule), changes, 0))._replace(folder=rule.folder)


_KEYS: Final = {"number": "code", "asserts": "assert"}
"""A field of Rule -> the key of a rule file, where the two differ."""


def _document(rule: Rule) -> dict[str, Any]:
    """The content of the rule's file, without what says nothing."""
    written = {_KEYS.get(field, field): value for field, value in rule._asdict().items()}
    del written["folder"]
    return {key: list(value) if isinstance(value, tuple) else value for key, value in written.items() if value}


_JUDGEMENT: Final = 2
"""How deep below the rule the keywords of a judgement stand: assert, image.tag, not."""


def _merged(base: Any, changes: Mapping[str, Any], depth: int) -> dict[str, Any]:
    """The changes laid over the base, object by object, down to the keywords of a judgement, whose values are whole:
    half of an old `not` in a new one would mean neither. null takes a field or a fact away."""
    merged = dict(base) if isinstance(base, dict) else {}
    for key, value in changes.items():
        if value is None and depth < _JUDGEMENT:
            merged.pop(key, None)
        elif isinstance(value, dict) and depth < _JUDGEMENT:
            merged[key] = _merged(merged.get(key), value, depth + 1)
        else:
            merged[key] = value
    return merged


# -- what a schema of rules cannot say --------------------------------------------------------------------------------


def _checked(document: Any) -> Rule:
    fit(document, "rules/rule")
    for field in ("when", "assert"):
        for fact, judgement in document.get(field, {}).items():
            _known((field, fact), fact)
            _check_judgement((field, fact), fact, judgement)
    _check_message(document["message"], list(document["assert"]))
    examples = document["examples"]
    for name, facts in examples.items():
        for fact, value in facts.items() if isinstance(facts, dict) else ():
            at = ("examples", name, fact)
            _known(at, fact)
            _possible(at, fact, value)
    for index, fact in enumerate(examples["unknown"] if isinstance(examples["unknown"], list) else ()):
        if fact not in examples["bad"]:
            hint = nearest(fact, examples["bad"])
            raise MisfitError(("examples", "unknown", index), f"{fact} is not among the facts of `bad`{hint}")
    return make_rule(document)


def _vocabulary() -> Mapping[str, Mapping[str, Any]]:
    facts: Mapping[str, Mapping[str, Any]] = schema("facts/facts")["properties"]
    return facts


def _schema_of(fact: str) -> Mapping[str, Any] | None:
    """The schema of a fact; None where there is no such fact."""
    found = _vocabulary().get(fact)
    patterns: Mapping[str, Mapping[str, Any]] = schema("facts/facts")["patternProperties"]
    return found or next((each for pattern, each in patterns.items() if re.fullmatch(pattern, fact)), None)


def _known(at: Pointer, fact: str) -> None:
    if _schema_of(fact) is None:
        names = [_in_template_words(fact)] if fact.startswith("property.") else _vocabulary()
        hint = nearest(fact, names) or "; `imagelint facts --schema` lists them"
        raise MisfitError(at, f"there is no fact {fact!r}{hint}")


def _in_template_words(fact: str) -> str:
    """`property.memorySize`, as CDK has it, in the words of the template: `property.MemorySize`."""
    prefix, dot, name = fact.partition(".")
    return f"{prefix}{dot}{name[:1].upper()}{name[1:]}"


def _possible(at: Pointer, fact: str, value: Any) -> None:
    if not _fact_validator(fact)(value):
        of_fact = _schema_of(fact) or {}
        allowed = of_fact.get("enum") or of_fact["type"]
        words = " or ".join(str(each) for each in allowed) if isinstance(allowed, list) else allowed
        hint = "; quote it" if "string" in words and isinstance(value, (int, float)) else ""
        raise MisfitError(at, f"{fact} can never be {show(value)}; it is {words}{hint}")


@cache
def _fact_validator(fact: str) -> Callable[[Any], bool]:
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(dict(_schema_of(fact) or {})).is_valid


def _check_judgement(at: Pointer, fact: str, judgement: Judgement) -> None:
    if not isinstance(judgement, dict):
        _possible(at, fact, judgement)
        return
    for keyword, value in judgement.items():
        inside = (*at, keyword)
        if keyword == "pattern":
            _check_pattern(inside, value)
        elif keyword in ("const", "not"):
            _check_judgement(inside, fact, value)
        elif keyword in ("enum", "anyOf", "allOf"):
            for index, each in enumerate(value):
                _check_judgement((*inside, index), fact, each)


def _check_pattern(at: Pointer, pattern: str) -> None:
    import jsonschema_rs

    try:
        jsonschema_rs.Draft202012Validator({"pattern": pattern}, pattern_options=jsonschema_rs.RegexOptions())
    except ValueError:
        reason = "is no regular expression that can be matched in linear time and bounded memory"
        raise MisfitError(at, f"{show(pattern)} {reason}") from None


def _check_message(message: str | Mapping[str, str], asserted: Sequence[str]) -> None:
    texts: Iterable[tuple[Pointer, str]] = [(("message",), message)] if isinstance(message, str) else ()
    if not isinstance(message, str):
        for fact in asserted:
            if fact not in message:
                raise MisfitError(("message",), f"has no text for {fact}, which is asserted")
        for fact in message:
            if fact not in asserted:
                raise MisfitError(("message", fact), f"is not asserted{nearest(fact, asserted)}")
        texts = [(("message", fact), text) for fact, text in message.items()]
    for at, text in texts:
        for name in _BRACES.findall(text):
            _known(at, name)


def examples_of(rule: Rule) -> Mapping[str, Mapping[str, Any]]:
    """The facts of the rule's examples: `good` is `bad` with some facts changed, `unknown` is `bad` without some."""
    bad, unknown = rule.examples["bad"], rule.examples["unknown"]
    if isinstance(unknown, list):
        unknown = {fact: value for fact, value in bad.items() if fact not in unknown}
    return {"bad": bad, "good": {**bad, **rule.examples["good"]}, "unknown": unknown}


def _try_examples(rule: Rule) -> None:
    for name, facts in examples_of(rule).items():
        verdict, wanted = check(rule, facts), _OUTCOMES[name]
        if verdict.outcome is not wanted:
            raise MisfitError(
                ("examples", name), f"must be {wanted.value} but is {verdict.outcome.value}{_because(verdict)}"
            )


def _because(verdict: Any) -> str:
    if verdict.outcome is Outcome.FAIL:
        return f": {verdict.failing} does not hold"
    if verdict.outcome is Outcome.UNKNOWN:
        return f": {', '.join(verdict.lacking)} is not among its facts"
    return ": a `when` does not hold" if verdict.outcome is Outcome.NOT_APPLICABLE else ""
