"""What a synth command that failed says of its error: the rule that knows the text, the construct, the line of code.

Reads what CDK, Node.js, jsii and Python print. What it quotes is not trusted; whoever shows the sentence escapes it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from imagelint.rules.errors import Fit, rules_about
from imagelint.rules.rule import Rule

_LONGEST: Final = 300
"""Characters of a line that are looked at: an error text is short, a line of minified code is none."""
_LINES: Final = 200
"""How many of the last lines are looked at."""
_TOKEN: Final = re.compile(r"\$\{Token\[[^\]]{1,64}\]\}")
_NOT_THE_APP: Final = ("/aws-cdk-lib/", "/aws_cdk/", "/jsii/", "/jsii-kernel", "/lib/program.js", "node:", "<frozen ")
"""What the files of CDK, jsii, Node.js and Python have in their paths."""
_CALLED_BACK: Final = "KernelHost.callbackHandler"
"""jsii's call of code in the app's own language, whose trace it does not print (seen with aws-cdk-lib 2.275)."""


def diagnosis(rules: Sequence[Rule], said: Sequence[str]) -> str | None:
    """What is known of the error in a synth command's output; None where no rule says what its text means."""
    lines = said[-_LINES:]
    found = [
        (match.words, number, match)
        for number, line in enumerate(lines)
        for match in rules_about(rules, line[:_LONGEST])
        if match.fit is Fit.WHOLE and "means" in match.error
    ]
    if not found:
        return None
    _, number, match = max(found, key=lambda each: each[:2])
    return " ".join(
        (
            f'"{lines[number].strip()[:_LONGEST]}":',
            match.error["means"].strip(),
            *_known_of(lines, number),
            f"`imagelint explain {match.rule.id}` has the code in five languages.",
        )
    )


def _known_of(said: Sequence[str], number: int) -> list[str]:
    """Sentences on the construct and the place of the error in a line."""
    sentences = []
    token = _TOKEN.search(said[number][:_LONGEST])
    if path := _construct(said):
        sentences.append(f"The construct is {path}.")
    elif token:
        sentences.append(
            f"Which function it is cannot be told: only the running app can resolve {token.group()}; "
            "have the code that throws say node.path instead."
        )
    if place := _thrown_at(said, number):
        sentences.append(f"The trace leads to {place}.")
    elif any(_CALLED_BACK in line for line in said):
        sentences.append("Code of the app that CDK calls back threw it, such as the visit of an aspect.")
    return sentences


def _construct(said: Sequence[str]) -> str | None:
    """The path in the tree that CDK draws below its own errors, from the app to the construct (seen with 2.276)."""
    titles = [number for number, line in enumerate(said) if line.strip() == "Relates to construct:"]
    if not titles:
        return None
    ids = []
    for line in said[titles[-1] + 2 :]:  # the first line is the app, which has no name
        name, mark, _ = line.strip().removeprefix("└─ ").rpartition(" (")
        if not (mark and line.lstrip().startswith("└─ ") and len(name) <= _LONGEST):
            break
        ids.append(name)
    return "/".join(ids) or None


def _thrown_at(said: Sequence[str], number: int) -> str | None:
    """File and line of the first frame of JavaScript below the error, or the last of Python above, that is the app's or
    a library's and not of CDK, jsii or Node.js."""
    for line in said[number + 1 :]:
        if (frame := line.strip()).startswith("at "):
            place = frame.removeprefix("at ").rpartition("(")[2].removesuffix(")")
            if _is_outside(place):
                return place
    if any(_CALLED_BACK in line for line in said):
        return None
    for line in reversed(said[:number]):
        file, mark, rest = line.strip().removeprefix('File "').partition('", line ')
        place = f"{file}:{rest.partition(',')[0]}"
        if mark and _is_outside(place):
            return place
    return None


def _is_outside(place: str) -> bool:
    """Whether a place is a line of a file of the app or a library."""
    inside = any(part in place.replace("\\", "/") for part in _NOT_THE_APP)
    return len(place) <= _LONGEST and place.rpartition(":")[2].isdecimal() and not inside
