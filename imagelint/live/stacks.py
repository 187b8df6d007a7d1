"""The stacks that are deployed in an account: in which regions, by which names, and the template of each.

Sources: EC2 API Reference, DescribeRegions (the regions that are enabled for the account, unless all are asked for);
CloudFormation API Reference, ListStacks (deleted stacks stay listed for 90 days) and GetTemplate (TemplateStage);
CloudFormation User Guide, "Stack status codes".
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

from imagelint.aws.partitions import is_region_name
from imagelint.live.answers import entries, inside, text, unreadable
from imagelint.live.errors import NoAnswerError
from imagelint.live.session import ANYWHERE, Place, Session
from imagelint.record import Record

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}")
_NOTHING_DEPLOYED: Final = frozenset({"DELETE_COMPLETE", "REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE"})
"""The states of a stack that has no resources: any more, yet, or since making them failed."""
_LONGEST: Final = 8_000_000
"""Characters of a template. CloudFormation takes 1 MB, of which macros may make more."""


class ListedStack(Record):
    """A stack that has resources."""

    name: str
    state: str
    """Another one whenever the stack may have another template or other values."""


def enabled_regions(session: Session, account: str) -> list[str]:
    """The regions that an account may use. Raises NoAnswerError."""
    answer = session.call("ec2:DescribeRegions", Place(account, session.region or ANYWHERE))
    names = [text(each, "RegionName") or "" for each in entries(answer, "Regions")]
    if not all(map(is_region_name, names)):
        raise unreadable()
    return sorted(names)


def list_stacks(session: Session, place: Place) -> list[ListedStack]:
    """The stacks that are deployed in an account and region, nested ones too. Raises NoAnswerError."""
    found: list[ListedStack] = []
    token: dict[str, str] = {}
    while True:
        answer = session.call("cloudformation:ListStacks", place, **token)
        summaries = entries({"StackSummaries": [], **answer}, "StackSummaries")  # botocore leaves out what is empty
        found += [_listed(each) for each in summaries if text(each, "StackStatus") not in _NOTHING_DEPLOYED]
        following = text(answer, "NextToken")
        if not following:
            return found
        token = {"NextToken": following}


def _listed(summary: Any) -> ListedStack:
    name = text(summary, "StackName") or ""
    changed = inside(summary, "LastUpdatedTime") or inside(summary, "CreationTime")
    if not _NAME.fullmatch(name) or not isinstance(changed, datetime):
        raise unreadable()
    when = changed.timestamp()  # botocore gives it the time zone of this machine
    return ListedStack(name, f"{text(summary, 'StackId')} {when} {text(summary, 'StackStatus')}")


def deployed_template(session: Session, place: Place, stack_name: str) -> str | None:
    """The template of a deployed stack as macros have left it; None where there is no such stack.

    Raises NoAnswerError.
    """
    try:
        answer = session.call("cloudformation:GetTemplate", place, StackName=stack_name, TemplateStage="Processed")
    except NoAnswerError as error:
        if error.is_of_no_stack:
            return None
        raise
    template = text(answer, "TemplateBody", longest=_LONGEST)
    if template is None:
        raise unreadable()
    return template
