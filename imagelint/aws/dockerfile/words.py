"""The words of an instruction: quotes, escapes and `${variables}`, by the rules of BuildKit's shell lexer.

That is frontend/dockerfile/shell/lex.go of github.com/moby/buildkit, and "Environment replacement" in the Dockerfile
reference. What is not set expands to nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from imagelint.aws.dockerfile.unknown import Unknown, UnreadableError

Lookup = Callable[[str], str | Unknown | None]
"""The value of a variable; None for one that is not set."""
NO_VALUE: Final = Unknown("it is declared without a value")
"""Of a variable that an ARG before the first FROM declares and nobody sets. It expands to nothing in every builder; the
test for a variable that is not set (`${V-…}`, no colon) sees an empty value in older ones (up to Docker 27) only."""

_MAX_VALUE: Final = 512
"""No image reference is longer (255 for the name, 128 for the tag, 71 for the digest); stops ARGs that double."""
_MAX_WORD: Final = 4096
"""Of a longer word no variables are replaced."""
_MAX_NESTING: Final = 16
"""Of substitutions and quotes in one another."""


def split_words(text: str, escape: str) -> list[str]:
    """The words between white space, quotes and escapes still in them."""
    token = re.escape(escape)
    return re.findall(rf"""(?:{token}.?|'[^']*'?|"(?:{token}.|[^"{token}]+)*"?|[^\s'"{token}]+)+""", text)


def expand(word: str, lookup: Lookup, escape: str) -> str | Unknown:
    """The word without quotes and escapes, its variables replaced; `lookup` gives None for one that is not set."""
    if len(word) > _MAX_WORD:
        return Unknown(f"a word of more than {_MAX_WORD} characters")
    if not re.search(r"""['"$\\`]""", word):
        return word
    try:
        return _Expansion(word, lookup, escape).until("", 0)
    except UnreadableError as problem:
        return Unknown(str(problem))


_NAME: Final = re.compile(r"[0-9]+|\w+|[-@*#?$!]")
"""The name of a variable, or one of the shell's special parameters, which are never set."""


class _Expansion:
    """One word on its way through BuildKit's rules for quotes, escapes and `${…}`."""

    def __init__(self, word: str, lookup: Lookup, escape: str) -> None:
        self._word, self._lookup, self._escape = word, lookup, escape
        self._at = 0
        self._plain = re.compile(rf"""[^'"$}}/{re.escape(escape)}]+""")

    def _next(self) -> str:
        """The next character, empty at the end."""
        self._at += 1
        return self._word[self._at - 1 : self._at]

    def until(self, stop: str, depth: int, *, raw: bool = False) -> str | Unknown:
        """Everything up to the character `stop`, or, when that is empty, to the end; `raw` leaves escapes in it."""
        if depth > _MAX_NESTING:
            raise UnreadableError("substitutions are nested too deeply")
        pieces: list[str | Unknown] = []
        while True:
            if plain := self._plain.match(self._word, self._at):
                pieces.append(plain[0])
                self._at = plain.end()
            character = self._next()
            if character == stop:
                return _concat(pieces)
            if not character:
                raise UnreadableError(f"a {stop} is missing in {self._word[:100]}")
            pieces.append(self._special(character, depth, quoted=stop == '"', raw=raw))

    def _special(self, character: str, depth: int, *, quoted: bool, raw: bool) -> str | Unknown:
        if character == "$":
            return self._variable(depth)
        if character == self._escape:
            return self._escaped(quoted=quoted, raw=raw)
        if character == '"' and not quoted:
            return self.until('"', depth + 1, raw=raw)
        if character == "'" and not quoted:
            return self._single_quoted()
        return character

    def _escaped(self, *, quoted: bool, raw: bool) -> str:
        """What an escape and the character behind it stand for."""
        follower = self._next()
        if quoted and follower not in ('"', "$", self._escape):
            if raw:  # BuildKit doubles the escape here, which cannot be meant
                raise UnreadableError(f"an escape within quotes within a pattern in {self._word[:100]}")
            return self._escape + follower
        return self._escape + follower if raw else follower

    def _single_quoted(self) -> str:
        end = self._word.find("'", self._at)
        if end < 0:
            raise UnreadableError(f"a ' is missing in {self._word[:100]}")
        start, self._at = self._at, end + 1
        return self._word[start:end]

    def _name(self) -> str:
        """The name at this place; empty when there is none."""
        match = _NAME.match(self._word, self._at)
        name = match[0] if match else ""
        self._at += len(name)
        return name

    def _variable(self, depth: int) -> str | Unknown:
        if not self._word.startswith("{", self._at):
            name = self._name()
            return self._value(name) if name else "$"
        self._at += 1
        name = self._name()
        operator = self._next()
        if name and operator == "}":
            return self._value(name)
        if name and operator == "/":
            return self._replacement(name, depth)
        if operator == ":":
            operator += self._next()
        if not name or operator not in (":-", "-", ":+", "+", ":?", "?", "#", "%", ":#", ":%"):
            raise UnreadableError(f"{self._word[:100]} uses a substitution that no builder knows")
        if operator[-1] in "#%":
            return self._trimmed(name, operator[-1], self.until("}", depth + 1, raw=True))
        return self._substitute(name, operator, self.until("}", depth + 1))

    def _value(self, name: str) -> str | Unknown:
        value = self._lookup(name)
        return "" if value is None or value is NO_VALUE else value

    def _substitute(self, name: str, operator: str, word: str | Unknown) -> str | Unknown:
        value = self._lookup(name)
        if value is NO_VALUE and operator.startswith(":"):
            value = ""
        if isinstance(value, Unknown):
            return value
        if value is None or (value == "" and operator.startswith(":")):
            return {"-": word, "+": "", "?": Unknown(f"{name} has no value and must have one")}[operator[-1]]
        return word if operator[-1] == "+" else value

    def _trimmed(self, name: str, operator: str, pattern: str | Unknown) -> str | Unknown:
        """`${V#pattern}` and `${V%pattern}`; the operator twice asks for the longest part."""
        value = self._value(name)
        if isinstance(value, Unknown) or isinstance(pattern, Unknown):
            return value if isinstance(value, Unknown) else pattern
        longest = pattern.startswith(operator)
        from imagelint.aws.dockerfile.patterns import without_prefix, without_suffix

        trim = without_prefix if operator == "#" else without_suffix
        return trim(value, pattern[1:] if longest else pattern, longest=longest)

    def _replacement(self, name: str, depth: int) -> str | Unknown:
        """`${V/pattern/replacement}`; `${V//…}` replaces everywhere. BuildKit leaves escapes in the replacement."""
        everywhere = self._word.startswith("/", self._at)
        self._at += everywhere
        value = self._value(name)
        pattern = self.until("/", depth + 1, raw=True)
        replacement = self.until("}", depth + 1, raw=True)
        if isinstance(value, Unknown):
            return value
        if isinstance(pattern, Unknown):
            return pattern
        if isinstance(replacement, Unknown):
            return replacement
        from imagelint.aws.dockerfile.patterns import replaced

        return _concat([replaced(value, pattern, replacement, everywhere=everywhere)])


def _concat(pieces: list[str | Unknown]) -> str | Unknown:
    known = [piece for piece in pieces if isinstance(piece, str)]
    if len(known) < len(pieces):
        return next(piece for piece in pieces if isinstance(piece, Unknown))
    if sum(map(len, known)) > _MAX_VALUE:
        return Unknown(f"a value of more than {_MAX_VALUE} characters")
    return "".join(known)
