"""Facts of the execution role: whether Lambda may assume it, and whether it may write logs."""

from __future__ import annotations

from imagelint.assembly.resources import Resource
from imagelint.facts.draft import Draft, RelatedResource
from imagelint.facts.permissions import may_be_assumed, may_log


def state_role(draft: Draft) -> None:
    """State what the assembly says of the function's execution role."""
    puller = draft.puller
    written = draft.function.properties.get("Role")
    at = draft.function.pointer if written is None else written.pointer
    role = puller.role
    if role is None:
        draft.set("role.in_assembly", False, at)
    if not isinstance(role, Resource):
        return
    draft.set("role.in_assembly", True, at)
    draft.set("role.in_words", f"the role {role.construct_path or role.logical_id}", at)
    for name, answer in (("role.trusts_lambda", may_be_assumed(puller, role)), ("role.may_log", may_log(puller))):
        if answer is None:
            draft.unknown(name, at)
        else:
            draft.set(name, answer, at)
        draft.related[name] = (RelatedResource(role, "the execution role"),)
