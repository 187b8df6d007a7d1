"""`imagelint explain` and `imagelint rules`: the page of one rule, found by name or error text, and the list of all."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

import click
from click.shell_completion import CompletionItem

from imagelint.cli.options import RuleOptions, configured_rules, rule_options
from imagelint.cli.terminal import stdout_width, visible_lines, write_output
from imagelint.model import UsageError
from imagelint.report.escape import one_line
from imagelint.rules.rule import Rule, load_rules
from imagelint.rules.snippets import LANGUAGES, snippets_of

_WIDTH = 100
"""Columns of a page, in a terminal that is not narrower."""
_NARROWEST = 20
_LONGEST_NAME = 64
"""The characters of the longest slug."""


class _RuleName(click.ParamType):  # type: ignore[type-arg]  # generic only since click 8.4
    """A slug or code, which a shell completes, or a word of an error text."""

    name = "rule"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        named = {name: rule.summary for rule in load_rules() for name in (rule.id, rule.code)}
        typed = incomplete.lower()
        return [CompletionItem(name, help=summary) for name, summary in named.items() if name.lower().startswith(typed)]


@click.command()
@click.argument("words", metavar="RULE", type=_RuleName(), nargs=-1, required=True)
@rule_options
def explain(words: tuple[str, ...], config: str | None, rules_dir: tuple[str, ...]) -> None:
    """Explain a rule: what is wrong, what AWS does, and the fix in five CDK languages.

    The rule is given by slug or code, or by an error text of Lambda, CDK, ECR or Docker, or a part of one. Where
    several rules are about the same text, they are listed.

    \b
    imagelint explain image-tag-latest
    imagelint explain E9721
    imagelint explain "exec format error"
    """
    known = configured_rules(RuleOptions(config=config, rules_dir=rules_dir))
    asked = " ".join(words)
    found = _named(known, asked) or _about(known, asked)
    write_output(visible_lines(_page(found[0]) if len(found) == 1 else _choice(found)))


@click.command()
@click.option(
    "--check", "folders", multiple=True, metavar="PATH", help="Try a rule file, or a folder of them; repeatable."
)
@rule_options
def rules(folders: tuple[str, ...], config: str | None, rules_dir: tuple[str, ...]) -> None:
    """List the rules: code, severity, slug and what each finds. With --check, try your own rule files.

    \b
    imagelint rules
    imagelint rules --check policies
    imagelint rules --check policies/only-our-registries.yaml
    """
    if folders:
        from imagelint.rules.own import read_rules

        listed = _catalogue(read_rules(folders, load_rules()))
        write_output(f"{listed}All are valid, and their examples come out as they are called.\n")
    else:
        write_output(_catalogue(configured_rules(RuleOptions(config=config, rules_dir=rules_dir))))


def _named(known: Sequence[Rule], name: str) -> list[Rule]:
    """The rule with a slug or code."""
    from imagelint.config.selection import is_called

    return [rule for rule in known if is_called(rule, name)]


def _about(known: Sequence[Rule], text: str) -> list[Rule]:
    """The rules that an error text is about, the best first. Raises UsageError where there is none."""
    from imagelint.config.selection import find_rule
    from imagelint.rules.errors import rules_about

    found = [match.rule for match in rules_about(known, text)]
    if found:
        return found
    if len(text) > _LONGEST_NAME or len(text.split()) > 1:
        shown = text if len(text) <= _LONGEST_NAME else f"{text[:_LONGEST_NAME]}..."
        raise UsageError(f"no rule knows the error text {shown!r}; `imagelint rules` lists them")
    return [find_rule(known, text)]


def _choice(rules: Sequence[Rule]) -> str:
    """The rules that one error text may be about."""
    return (
        f"{len(rules)} rules are about this error text:\n\n{_catalogue(rules)}\n"
        f"`imagelint explain {rules[0].id}` explains the first of them; so do the other slugs and codes theirs.\n"
    )


def _page(rule: Rule) -> str:
    """Everything a rule says to people, as text for a terminal. Raises UsageError where a snippet cannot be read."""
    parts = [
        f"{rule.code} {rule.id} ({rule.severity})",
        _wrapped(rule.summary),
        _titled("Why", _wrapped(rule.why)),
        *((_titled("Error texts", "\n\n".join(map(_error, rule.errors))),) if rule.errors else ()),
        *(_titled(title, _wrapped(text)) for title, text in rule.fixes.items()),
        *(_titled(LANGUAGES[name], text.rstrip().expandtabs(4)) for name, text in snippets_of(rule).items()),
        *((_titled("References", "\n".join(rule.references)),) if rule.references else ()),
    ]
    return "\n\n".join(parts) + "\n"


def _error(error: Mapping[str, str]) -> str:
    """An error text, what it means and who says it."""
    told = [error[key] for key in ("means", "source") if key in error]
    return "\n".join((_wrapped(error["text"]), *(textwrap.indent(_wrapped(each), "  ") for each in told)))


def _catalogue(listed: Sequence[Rule]) -> str:
    """One line per rule."""
    width = max(len(rule.id) for rule in listed)
    return "".join(
        f"{rule.code}  {rule.severity:<7}  {rule.id:<{width}}  {one_line(rule.summary)}\n" for rule in listed
    )


def _titled(title: str, text: str) -> str:
    return f"{title}\n{textwrap.indent(text, '  ')}"


def _wrapped(text: str) -> str:
    width = min(_WIDTH, stdout_width() or _WIDTH) - 2
    return textwrap.fill(" ".join(text.split()), max(width, _NARROWEST), break_on_hyphens=False, break_long_words=False)
