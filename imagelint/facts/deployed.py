"""Facts of the function as it is deployed now, where the account was asked (--live). Knows nothing of rules."""

from __future__ import annotations

from typing import Final

from imagelint.aws.account import Account, DeployedFunction, FunctionName, Unknown
from imagelint.facts.draft import Draft

_WORKING: Final = ("Active", "Pending", "ActiveNonInvocable")
_AT_REST: Final = ("Idle", "Restoring", "Creating", None)
"""Why a function may be Inactive with nothing wrong: Lambda wakes it at the next invocation (Lambda guide, "Lambda
function states")."""
_PASSING: Final = ("Deactivating", "Deactivated", "Deleting")


def state_deployed(draft: Draft, account: Account) -> None:
    """State what Lambda says of the function that is deployed under the stack's name."""
    name = FunctionName(draft.function.stack.name, draft.function.logical_id)
    if name not in account.functions:
        return
    said = account.functions[name]
    draft = draft.at(draft.function.pointer)
    if isinstance(said, Unknown):
        draft.unknown("deployed.exists")
        draft.reasons["deployed.exists"] = (said.reason,)
        return
    draft.set("deployed.exists", said is not None)
    if said is None:
        return
    draft.set("deployed.function_name", said.name)
    draft.set("deployed.state", said.state)
    draft.set("deployed.state_reason", said.reason)
    draft.set("deployed.last_update", said.update)
    if said.state not in _PASSING:
        draft.set("deployed.failure", _failure(said))
    _state_image(draft, said)


def _failure(function: DeployedFunction) -> str | None:
    """What is wrong with the function, in words; None where nothing is known to be."""
    if function.state == "Failed" or (function.state not in _WORKING and function.reason not in _AT_REST):
        return f"is {function.state}{_because(function.reason)}"
    if function.update == "Failed":
        return f"runs its former code, since its last update failed{_because(function.update_reason)}"
    return None


def _because(reason: str | None) -> str:
    return "" if reason is None else f" ({reason})"


def _state_image(draft: Draft, function: DeployedFunction) -> None:
    """State whether the image that runs is the one that the reference names now.

    Only where the reference is the one that was deployed: CloudFormation sees no change then, and updates nothing.
    """
    if function.image_uri is not None:
        draft.set("deployed.image_uri", function.image_uri)
    if function.digest is not None:
        draft.set("deployed.digest", function.digest)
    named, now = draft.values.get("image.uri"), draft.values.get("registry.digest")
    draft.unknown("deployed.image_current")
    if function.image_uri is None or named is None:
        draft.reasons["deployed.image_current"] = ("which image is deployed, or named, is not known",)
    elif named != function.image_uri:
        draft.set("deployed.image_current", True)
    elif function.digest is None or now is None:
        draft.reasons["deployed.image_current"] = ("the digest that runs, or that the tag has now, is not known",)
    else:
        draft.set("deployed.image_current", function.digest == now)
