"""What the rules say that found something: why it matters, the fix, and the fix in the languages of CDK."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from imagelint.model import Finding
from imagelint.report.escape import html, one_line, url
from imagelint.report.html.markup import element
from imagelint.rules.rule import Rule
from imagelint.rules.snippets import LANGUAGES, snippets_of

_TAB: Final = 4


def articles(findings: Sequence[Finding], rules: Sequence[Rule]) -> str:
    """An article for each rule that found something, in the order of the catalogue. Raises UsageError where a snippet
    cannot be read."""
    found = {finding.rule for finding in findings}
    told = "".join(_article(rule) for rule in rules if rule.id in found)
    title = element("h2", "What the rules say", id_="rules-title")
    return element("section", title, told, id_="rules", aria_labelledby="rules-title") if told else ""


def _article(rule: Rule) -> str:
    """One rule, of which the name and the summary are seen before it is opened."""
    title = element(
        "h3",
        element("span", rule.severity, class_=f"pill {rule.severity}"),
        f" {html(rule.id)} ",
        element("small", html(rule.code)),
    )
    told = element(
        "details",
        element("summary", title, element("span", html(one_line(rule.summary)), class_="lead")),
        element("p", html(one_line(rule.why))),
        *(
            element("p", element("b", html(title)), " ", html(one_line(text)), class_="fix")
            for title, text in rule.fixes.items()
        ),
        _snippets(rule),
        "".join(_about_errors(rule)),
        "".join(_references(rule)),
    )
    return element("article", told, class_="rule", id_=f"rule-{rule.id}") + "\n"


def _snippets(rule: Rule) -> str:
    snippets = snippets_of(rule)
    tabs = (_snippet(language, text) for language, text in snippets.items())
    return element("div", *tabs, class_="tabs", data_rule=rule.id) if snippets else ""


def _snippet(language: str, text: str) -> str:
    lines = "\n".join(map(html, text.rstrip().expandtabs(_TAB).split("\n")))
    name = LANGUAGES[language]
    code = element("pre", element("code", lines), tabindex=0, role="group", aria_label=f"The fix in {name}")
    return element("div", element("h4", name), code, class_="tab", data_language=language, data_name=name)


def _about_errors(rule: Rule) -> Iterator[str]:
    if rule.errors:
        yield element("h4", "Error texts")
        yield element("dl", *map(_error, rule.errors))


def _error(error: Mapping[str, str]) -> str:
    told = " ".join(one_line(error[key]) for key in ("means", "source") if key in error)
    return element("dt", element("q", html(one_line(error["text"])))) + element("dd", html(told))


def _references(rule: Rule) -> Iterator[str]:
    links = [link for link in map(url, rule.references) if link]
    if links:
        yield element("h4", "References")
        yield element("ul", *(element("li", element("a", html(link), href=link, rel="noreferrer")) for link in links))
