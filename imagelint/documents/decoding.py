"""The bytes of a file as text. Knows nothing of JSON or YAML, but that both are written in UTF-8."""

from __future__ import annotations

from imagelint.documents.limits import MAX_BYTES
from imagelint.documents.pointer import Position


class UnreadableTextError(Exception):
    """A text that is no JSON or YAML document; `position` says where, if one place can be named."""

    def __init__(self, message: str, position: Position | None = None) -> None:
        super().__init__(message)
        self.message, self.position = message, position


def decode(data: bytes) -> str:
    """The text of a file in UTF-8, which is not empty. Raises UnreadableTextError.

    A byte-order mark is passed over, as the console of CloudFormation and cfn-lint do (aws/aws-cdk#29792).
    """
    if len(data) > MAX_BYTES:
        raise UnreadableTextError(f"is larger than {MAX_BYTES // (1024 * 1024)} MiB")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnreadableTextError("is UTF-16; write it as UTF-8")
    data = data.removeprefix(b"\xef\xbb\xbf")
    if not data or data.isspace():
        raise UnreadableTextError("is empty")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableTextError("is not UTF-8", (line, error.start - data.rfind(b"\n", 0, error.start))) from None
