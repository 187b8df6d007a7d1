"""The page around a report: one file with its style and its script, which a policy lets do nothing but that."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Iterable
from typing import Final

from imagelint.model import Problem
from imagelint.report.escape import html
from imagelint.report.html.markup import element

_FOLDER: Final = os.path.dirname(os.path.abspath(__file__))
_PLACEHOLDER: Final = r"<!--([a-z]+)-->"


def render_page(*, title: str, summary: str, body: str, head: str = "", language: str = "") -> str:
    """The whole page. `body` and `head` are HTML; `head` stands beside the title, `language` is the one of CDK that is
    shown first."""
    style, script = _file("style.css"), _file("script.js")
    parts = {
        "policy": _policy(style, script),
        "language": html(language),
        "title": html(title),
        "summary": html(summary),
        "style": style,
        "script": script,
        "head": head,
        "body": body,
    }
    return re.sub(_PLACEHOLDER, lambda match: parts[match[1]], _file("page.html"))


def _file(name: str) -> str:
    with open(os.path.join(_FOLDER, name), encoding="utf-8") as file:
        return file.read()


def _policy(style: str, script: str) -> str:
    """The content security policy: the style and the script of the page, known by their hashes, and nothing besides.

    No text becomes markup either (Trusted Types). Source: W3C, Content Security Policy Level 3.
    """
    allowed = {
        "default-src": "'none'",
        "style-src": _hash(style),
        "script-src": _hash(script),
        "base-uri": "'none'",
        "form-action": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in allowed.items())


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def problems(title: str, listed: Iterable[Problem]) -> str:
    """A list of files and what is to be said of each; empty where there is none."""
    lines = [element("li", element("code", html(each.path)), ": ", html(each.message)) for each in listed]
    return element("section", element("h2", title), element("ul", *lines), class_="alert") if lines else ""
