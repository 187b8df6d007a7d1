"""What a text may hold, told from its bytes, so that most templates of a large assembly need not be parsed.

Never says that something is missing which parsing would find. Knows nothing of files, nor of what is done with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

FUNCTION_TYPES: Final = ("AWS::Lambda::Function", "AWS::Serverless::Function")
NESTED_TYPE: Final = "AWS::CloudFormation::Stack"
WRITER_TYPE: Final = "Custom::CrossRegionExportWriter"
_TYPES: Final = frozenset(
    kind.encode()
    for kind in (
        *FUNCTION_TYPES,
        NESTED_TYPE,
        WRITER_TYPE,
        "Custom::CrossRegionExportReader",
        "AWS::ECR::Repository",
        "AWS::ECR::RegistryPolicy",
        "AWS::ECR::PullThroughCacheRule",
        "AWS::IAM::Role",
        "AWS::IAM::Policy",
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::RolePolicy",
        "AWS::CloudFront::Distribution",
        "AWS::SSM::Parameter",
    )
)
_WORDS: Final = frozenset((b"Export", b"ImportValue", b"GetStackOutput"))
INTERESTING: Final = _TYPES | _WORDS
"""The few things that one template looks for in another: resource types, and parts of keys."""
_TYPE: Final = re.compile(rb'"Type"\s*:\s*"([^"]*)"')
_EXPORT: Final = re.compile(rb'"Export"\s*:\s*\{\s*"Name"\s*:\s*"([ -!#-\[\]-~]*)"')
_ASCII_ESCAPE: Final = re.compile(rb"\\u00[2-7]")


def mentions(template: bytes) -> frozenset[bytes]:
    """What of `INTERESTING` a JSON template may hold; all of it where that cannot be told."""
    if not _is_plain(template):
        return INTERESTING
    return _TYPES.intersection(_TYPE.findall(template)).union(word for word in _WORDS if word in template)


def words_in(text: bytes, words: Iterable[str]) -> frozenset[str]:
    """Which of some words may stand in a JSON text; all of them where that cannot be told."""
    is_plain = _is_plain(text)
    return frozenset(word for word in words if not is_plain or word.encode() in text)


def literal_exports(template: bytes) -> frozenset[str] | None:
    """The names of a JSON template's exports, if it is known what it mentions; None unless every one is a string
    without escapes."""
    start = template.find(b'"Export"')  # of the Outputs, which CDK writes behind the Resources
    names = _EXPORT.findall(template, start)
    return frozenset(map(bytes.decode, names)) if len(names) == template.count(b'"Export"', start) else None


def _is_plain(text: bytes) -> bool:
    """Whether a JSON text is whole and spells no ASCII letter as an escape."""
    return not _ASCII_ESCAPE.search(text) and _is_whole(text)


def _is_whole(text: bytes) -> bool:
    """Whether nothing seems to be cut off. In the indented form that CDK writes only the last brace begins a line."""
    body = text.strip()
    if body.startswith(b"{\n ") and body.endswith(b"\n}"):
        return True
    whole = body.startswith(b"{") and body.endswith(b"}")
    return whole and body.count(b"{") == body.count(b"}") and body.count(b"[") == body.count(b"]")
