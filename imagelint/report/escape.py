"""Text of a template as data: one function for each kind of output that it must not forge. Knows nothing of reports.

Everything that a report shows may have been written by a stranger's pull request: logical IDs, paths, image
references, messages that quote them. `visible` comes first in every format that people read; the others add what
their syntax asks for.
"""

from __future__ import annotations

import json
import re

_INVISIBLE = (
    "\x00-\x1f\x7f-\x9f"  # C0 and C1 controls (Cc): newlines, ESC, CSI
    "\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e"  # format characters (Cf), the filler of Mn
    "\u115f\u1160\u3164\uffa0"  # Hangul fillers, drawn as nothing
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f"  # zero width, line separators, bidirectional controls
    "\ud800-\udfff"  # lone surrogates, which UTF-8 cannot hold
    "\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff"  # noncharacters (U+FFFE and U+FFFF are illegal in XML)
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"  # tags and the other default-ignorables of plane 14
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000))
)
_UNSAFE = (
    rf"[{_INVISIBLE}]"
    rf"|^(?:(?![{_INVISIBLE}])\s)*:(?=:)"  # "::error::", where a line begins, is a workflow command of GitHub Actions
    r"|(?<!#)##+(?=[A-Za-z]*\[)"  # as is "##[error]", anywhere; other services obey "##vso[" and "##teamcity["
)
_NAMED = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def visible(text: str) -> str:
    """The text on one line, with everything unseen or commanding spelt out: ESC becomes `\\x1b`.

    What it guards: terminals (controls, bidirectional overrides), the line structure of a report, XML 1.0's and
    UTF-8's character sets, and the log commands of CI services: GitHub's runner takes `::name::` after white space
    and `##[name]` anywhere in a line (actions/runner, ActionCommand.cs), Azure Pipelines `##vso[`, TeamCity
    `##teamcity[`. White space alone is never a command, so a field is safe wherever it stands in a line.
    """
    if text.isascii() and text.isprintable() and "##" not in text and not text.lstrip().startswith("::"):
        return text  # as nearly all are: the expression takes longer to compile than most reports to write
    return re.sub(_UNSAFE, _spell_out, text)


def _spell_out(match: re.Match[str]) -> str:
    matched = match.group()
    if matched.startswith("##"):
        return _escaped("#") * (len(matched) - 1) + "#"
    # All but the last character is white space before a command.
    return matched[:-1] + (_NAMED.get(matched[-1]) or _escaped(matched[-1]))


def _escaped(character: str) -> str:
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def one_line(text: str) -> str:
    """`visible`, for sentences that a rule's author wrapped over several lines."""
    return visible(" ".join(text.split()))


_UNSAFE_IN_JSON = r"[^\n -~]|[<>&]|(?<=#)#"


def to_json(value: object) -> str:
    """Indented JSON in ASCII, ending in a newline, that is also harmless in a CI log and inside HTML.

    The data stay what they were, but for lone surrogates: RFC 8259 (section 8.2) leaves their meaning open and strict
    readers refuse the whole document, so they are spelt out as text.
    """
    dumped = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    return re.sub(_UNSAFE_IN_JSON, _json_escape, dumped) + "\n"


def _json_escape(match: re.Match[str]) -> str:
    character = match.group()
    if "\ud800" <= character <= "\udfff":
        return f"\\\\u{ord(character):04x}"
    return f"\\u{ord(character):04x}" if character.isascii() else json.dumps(character)[1:-1]


def sarif_message(text: str) -> str:
    """Plain text of a SARIF message, in which `[text](target)` would be a link (SARIF 2.1.0, 3.11.6).

    Braces stay single although 3.11.5 would double them: only with `arguments`, which imagelint never writes, is `{0}`
    a placeholder, and readers that do not undouble (sarif-tools is one) would show `${{AWS::AccountId}}`.
    """
    return re.sub(r"([\\\[\]])", r"\\\1", visible(text))


def workflow_data(text: str) -> str:
    """The message of a GitHub workflow command. Lines that the renderer itself made become `%0A`.

    As escapeData of @actions/core (actions/toolkit, packages/core/src/command.ts).
    """
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def workflow_property(text: str) -> str:
    """A property of a GitHub workflow command, as escapeProperty of @actions/core."""
    return workflow_data(text).replace(":", "%3A").replace(",", "%2C")


_MARKUP = r"(?i)[\\`*_\[\]<>&|~$@#]|(?<=:)//|(?<=www)\."


def markdown_prose(text: str) -> str:
    """Words in GitHub Flavored Markdown, in a table cell or not: what could be markup becomes character references.

    A reference never takes part in structure (CommonMark 0.31.2, 2.5); bare URLs are kept from becoming links.
    """
    return re.sub(_MARKUP, lambda match: "".join(f"&#{ord(character)};" for character in match.group()), one_line(text))


def markdown_code(text: str) -> str:
    """A code span, in a table cell or not: nothing in it is markup, nor a mention, an emoji or an issue number.

    The fence is longer than any run of backticks inside (CommonMark 0.31.2, 6.1); a table takes a pipe for the end
    of the cell even there, unless a backslash stands before it (GFM 0.29, 4.10), which it then removes.
    """
    content = visible(text).replace("|", r"\|")
    if not content.strip():
        return ""
    fence = "`" * (1 + max(map(len, re.findall("`+", content)), default=0))
    return f"{fence} {content} {fence}" if len(fence) > 1 else f"`{content}`"


_EMPTY = '""'
"""What stands for a text without characters where there must be some."""
_SPACE = r"[^\S ]|(?:(?<=\s)|^) | $"


def column(text: str) -> str:
    """A cell of a table whose columns are two spaces apart: never empty, and its only white space single plain spaces
    inside."""
    return re.sub(_SPACE, lambda match: _escaped(match.group()), visible(text)) or _EMPTY


_FORMULA = r"""(?:^|(?<=;))(?=[\s"']*[=+@\uff1d\uff0b\uff20-])"""


def csv_cell(text: str) -> str:
    """A cell of a CSV file, which the writer has still to quote: where a spreadsheet would see a formula, `'` stands
    before it (OWASP, "CSV Injection"), also after a semicolon, which parts the cells in some locales."""
    return re.sub(_FORMULA, "'", visible(text))


def mermaid_label(text: str) -> str:
    """Text for a quoted label of a Mermaid diagram; all but plain characters become entity codes of decimal numbers.

    Source: Mermaid, "Flowcharts: Entity codes to escape characters". Directives (`%%{`), HTML, Markdown strings, icons
    and formulas all begin with a character that is not plain. A label must not be empty.
    """
    return re.sub(r"[^A-Za-z0-9 ./_@-]", lambda match: f"#{ord(match.group())};", visible(text) or _EMPTY)


def html(text: str) -> str:
    """Text of an element or of a quoted attribute in HTML and SVG, where it is no markup and no reference; in ASCII, so
    that it is the same in every character set."""
    return re.sub(r"""[^ -~]|[&<>"']""", lambda match: f"&#{ord(match.group())};", visible(text))


def url(text: str) -> str | None:
    """A web address that is safe as the target of a link; None for anything else."""
    return text if re.fullmatch(r"https?://[A-Za-z0-9._~:/?#@!$&*+,;=%-]+", text) else None
