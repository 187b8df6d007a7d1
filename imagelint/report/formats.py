"""The report formats: each a pure function of a Report and a Context to text. Knows nothing of templates or facts.

A renderer's module is imported when its format is asked for and not before, so that a run pays for one format only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import Final, Protocol

from imagelint.model import Comparison, Excerpt, FunctionRef, Location, Report, Severity, Source
from imagelint.record import Record
from imagelint.rules.rule import Rule


class Context(Record):
    """What a renderer needs to know besides the report."""

    version: str
    """imagelint's own."""
    rules: Sequence[Rule] = ()
    """The selected rules, in the order of the catalogue."""
    failing: Sequence[Severity] = ()
    """The severities of the findings that close the gate."""
    is_strict: bool = False
    """Whether warnings of the run close it too."""
    functions: Mapping[FunctionRef, Location | Source] = MappingProxyType({})
    """Every function that was judged and where it is defined, in order: what JUnit needs to show those that passed, and
    SARIF to place what was suppressed. Without it both keep to what the report says."""
    suppressions: bool = True
    """Whether SARIF holds what was suppressed. GitHub shows such results as open alerts (github/codeql-action#1230)."""
    show_suppressed: bool = False
    """Whether the text report lists what was suppressed."""
    show_unknown: bool = False
    """Whether the text report lists what could not be decided."""
    show_unread: bool = False
    """Whether the text report lists the templates that were not read."""
    is_concise: bool = False
    """Whether the text report has one line per finding."""
    colour: bool = False
    """Whether the text may hold ANSI colours."""
    links: bool = False
    """Whether the text may hold hyperlinks."""
    width: int = 0
    """The columns that sentences of the text are wrapped to; as long as they come where it is 0."""
    excerpts: Mapping[Location | Source, Excerpt] = MappingProxyType({})
    """The lines around the places of findings, as far as they could be read."""
    chart: str = ""
    """The functions and the repositories of their images as a Mermaid flowchart; empty where nothing is drawn."""
    images: str = ""
    """The images as a section of HTML, with a map; empty where there are none."""
    images_of: Mapping[FunctionRef, Sequence[str]] = MappingProxyType({})
    """The image references of functions, as far as they are known."""
    cards: Mapping[FunctionRef, str] = MappingProxyType({})
    """How the page of HTML calls the place of a function's findings, where others lead to it."""
    comparison: Comparison | None = None
    """What has changed since an earlier report."""
    root: str = ""
    """Absolute path of the repository's root; empty where there is none. CI services want paths relative to it."""
    directory: str = ""
    """Absolute path of the folder that the report's relative paths start from."""


class Renderer(Protocol):
    """Renders a report. The text is empty or ends in a newline, is always encodable as UTF-8, and depends on nothing
    but the arguments."""

    def __call__(self, report: Report, context: Context) -> str: ...


def _renderer(module: str) -> Renderer:
    def render(report: Report, context: Context) -> str:
        imported: Renderer = import_module(f"{__package__}.{module}").render
        return imported(report, context)

    return render


_MODULES: Final = {
    **{name: name for name in ("text", "json", "sarif", "junit", "gitlab", "github", "markdown", "cdk")},
    "html": "html.report",
}
RENDERERS: dict[str, Renderer] = {name: _renderer(module) for name, module in _MODULES.items()}
"""Format name -> renderer; the names are also the command line's choice."""
