"""Facts of the execution role: whether Lambda may assume it, and whether it may write logs."""

from __future__ import annotations

from imagelint.assembly.resources import Resource
from imagelint.facts.draft import Draft, RelatedResource
from imagelint.facts.execution_role import may_be_assumed, may_log


def state_role(draft: Draft) -> None:
    """State what the assembly says of the function's execution role."""
    written = draft.function.properties.get("Role")
    if written is not None:
        draft = draft.at(written.pointer)
    role = draft.subject.role
    if role is None:
        draft.set("role.in_assembly", False)
    if not isinstance(role, Resource):
        return
    draft.set("role.in_assembly", True)
    draft.set("role.in_words", f"the role {role.construct_path or role.logical_id}")
    draft.answer("role.trusts_lambda", may_be_assumed(draft.subject, role))
    draft.answer("role.may_log", may_log(draft.subject))
    for name in ("role.trusts_lambda", "role.may_log"):
        draft.related[name] = (RelatedResource(role, "the execution role"),)
