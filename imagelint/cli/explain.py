"""What people read about rules: the page of one, and the list of all. Knows rules only."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from imagelint.rules.ruleset import Rule
from imagelint.rules.snippets import snippets_of

_WIDTH = 100
_LANGUAGES = {"typescript": "TypeScript", "python": "Python", "go": "Go", "java": "Java", "csharp": "C#"}


def page(rule: Rule) -> str:
    """Everything a rule says to people, as text for a terminal. Raises UsageError where a snippet cannot be read."""
    parts = [
        f"{rule.code} {rule.id} ({rule.severity})",
        _wrapped(rule.summary),
        _titled("Why", _wrapped(rule.why)),
        _titled("Fix", _wrapped(rule.fix)),
        *(_titled(_LANGUAGES[name], text.rstrip()) for name, text in snippets_of(rule).items()),
        *((_titled("References", "\n".join(rule.references)),) if rule.references else ()),
    ]
    return "\n\n".join(parts) + "\n"


def catalogue(rules: Sequence[Rule]) -> str:
    """One line a rule."""
    width = max(len(rule.id) for rule in rules)
    return "".join(f"{rule.code}  {rule.severity:<7}  {rule.id:<{width}}  {rule.summary}\n" for rule in rules)


def _titled(title: str, text: str) -> str:
    return f"{title}\n{textwrap.indent(text, '  ')}"


def _wrapped(text: str) -> str:
    return textwrap.fill(" ".join(text.split()), _WIDTH - 2, break_on_hyphens=False, break_long_words=False)
