"""`imagelint explain` and `imagelint rules`: the page of one rule, and the list of all."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import click
from click.shell_completion import CompletionItem

from imagelint.cli.options import RuleOptions, configured_rules, rule_options
from imagelint.cli.terminal import visible_lines, write_output
from imagelint.report.escape import one_line
from imagelint.rules.rule import Rule, load_rules
from imagelint.rules.snippets import snippets_of

_WIDTH = 100
_LANGUAGES = {"typescript": "TypeScript", "python": "Python", "go": "Go", "java": "Java", "csharp": "C#"}


class _RuleName(click.ParamType):  # type: ignore[type-arg]  # generic only since click 8.4
    """A slug or code; a shell completes it."""

    name = "rule"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        named = {name: rule.summary for rule in load_rules() for name in (rule.id, rule.code)}
        typed = incomplete.lower()
        return [CompletionItem(name, help=summary) for name, summary in named.items() if name.lower().startswith(typed)]


@click.command()
@click.argument("rule", type=_RuleName())
@rule_options
def explain(rule: str, config: str | None, rules_dir: tuple[str, ...]) -> None:
    """Explain a rule, by slug or code: what is wrong, what AWS does, and the fix in five CDK languages.

    \b
    imagelint explain image-tag-latest
    imagelint explain E9721
    """
    from imagelint.config.selection import find_rule

    rules = configured_rules(RuleOptions(config=config, rules_dir=rules_dir))
    write_output(visible_lines(_page(find_rule(rules, rule))))


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


def _page(rule: Rule) -> str:
    """Everything a rule says to people, as text for a terminal. Raises UsageError where a snippet cannot be read."""
    parts = [
        f"{rule.code} {rule.id} ({rule.severity})",
        _wrapped(rule.summary),
        _titled("Why", _wrapped(rule.why)),
        *(_titled(title, _wrapped(text)) for title, text in rule.fixes.items()),
        *(_titled(_LANGUAGES[name], text.rstrip()) for name, text in snippets_of(rule).items()),
        *((_titled("References", "\n".join(rule.references)),) if rule.references else ()),
    ]
    return "\n\n".join(parts) + "\n"


def _catalogue(listed: Sequence[Rule]) -> str:
    """One line per rule."""
    width = max(len(rule.id) for rule in listed)
    return "".join(
        f"{rule.code}  {rule.severity:<7}  {rule.id:<{width}}  {one_line(rule.summary)}\n" for rule in listed
    )


def _titled(title: str, text: str) -> str:
    return f"{title}\n{textwrap.indent(text, '  ')}"


def _wrapped(text: str) -> str:
    return textwrap.fill(" ".join(text.split()), _WIDTH - 2, break_on_hyphens=False, break_long_words=False)
