"""How much of a text is read: what is over a limit is refused with one clear line, however hostile it is."""

from __future__ import annotations

from typing import Final

MAX_BYTES: Final = 32 * 1024 * 1024
"""The largest file that is read. CloudFormation takes templates of up to 1 MB; a manifest of a large app is larger."""
MAX_YAML_BYTES: Final = 4 * 1024 * 1024
"""The largest YAML text, which takes a hundred times longer to read than JSON. People write it, and CloudFormation
takes 1 MB of it, so that the rest may be comments, or what SAM and `aws cloudformation package` make smaller."""
MAX_NESTING: Final = 120
"""Lists and objects within one another."""
MAX_VALUES: Final = 2_000_000
"""Values in one file, counted after YAML aliases are followed."""

MAX_KEPT: Final = 2 * 1024 * 1024
"""Bytes of an assembly's templates that are kept once they were parsed, for the lines of findings; what is past that is
read again for them."""

MAX_OWN_BYTES: Final = 1024 * 1024
"""The largest file that a team writes for imagelint: a configuration, a rule, a baseline."""
MAX_OWN_VALUES: Final = 50_000
"""Values in one such file, counted after YAML aliases are followed: a schema looks at each of them."""

TOO_DEEP: Final = f"is nested more than {MAX_NESTING} deep"
"""The message, which both readers say."""
