"""What is known of one Lambda function in one scenario of conditions: the facts that rules judge.

The vocabulary is `facts.schema.json`. A key that is missing means "cannot be known before deployment", None means
"known to be absent"; nothing is guessed. What compares two things is computed here, so that a rule only judges it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import partial
from typing import Final

from imagelint.assembly.functions import Function
from imagelint.aws.partitions import partition_of
from imagelint.cloudformation import walk
from imagelint.cloudformation.evaluation import Evaluation
from imagelint.cloudformation.scenario import NeedsAssumption, Scenario
from imagelint.cloudformation.scope import Scope
from imagelint.facts.asset import state_built_by_sam
from imagelint.facts.cdk import state_cdk
from imagelint.facts.draft import Draft, Facts
from imagelint.facts.function import state_function
from imagelint.facts.image import state_image
from imagelint.facts.index import ResourceIndex
from imagelint.facts.properties import state_properties
from imagelint.facts.role import state_role
from imagelint.facts.subject import Subject
from imagelint.text.logic import Answer, all_of

MAX_SCENARIOS: Final = 64
"""Scenarios tried for one function; past that, a value that hangs on an open condition is unknown."""
MAX_SCENARIOS_IN_ALL: Final = 8_000
"""…and for all functions of an assembly, some six seconds: each has its share, so that their order means nothing."""
MIN_SCENARIOS: Final = 8
"""…and for one function, however many there are."""
MAX_STEPS: Final = 300_000
"""Values entered for one function in all of its scenarios; past that, what hangs on an open condition is unknown."""
MAX_STEPS_IN_ALL: Final = 1_000_000
"""…and for all functions of an assembly, two to ten seconds: what they share is evaluated for each. Each has its share,
and at least `MIN_STEPS`; of the functions of public CDK apps none takes more than 200."""
MIN_STEPS: Final = 2_000


def facts_of(function: Function, index: ResourceIndex, properties: Collection[str] = ()) -> Iterator[Facts]:
    """The facts of a function, one document for each scenario in which it exists, the likeliest first.

    `properties` are those of the function that are facts by their names too: `property.<Name>`.

    What CloudFormation would refuse becomes a problem of the assembly, and what hangs on it is unknown.
    """
    left, made, steps = [Scenario()], 0, 0
    most = max(MIN_SCENARIOS, min(MAX_SCENARIOS, MAX_SCENARIOS_IN_ALL // index.functions))
    share = max(MIN_STEPS, MAX_STEPS_IN_ALL // index.functions)
    while left:
        scenario = left.pop()
        evaluation = Evaluation(scenario, max_steps=min(share, walk.MAX_STEPS))
        try:
            facts = _document(Subject(function=function, evaluation=evaluation, index=index), properties)
        except NeedsAssumption as needed:
            is_too_many = made + len(left) + len(needed.scenarios) > most
            left.extend([scenario.closed()] if is_too_many else reversed(needed.scenarios))
        else:
            made += 1
            if facts is not None:
                yield facts
        steps += evaluation.steps
        if steps > min(share, MAX_STEPS) and left:
            # Too much work: one last document, which assumes nothing, takes the place of all scenarios that are left.
            left, steps = [Scenario(exhausted=True)], 0


def _document(subject: Subject, properties: Collection[str]) -> Facts | None:
    """The facts in one scenario; None where the function does not exist in it."""
    draft = Draft(subject=subject, place=subject.function.pointer)
    exists = _exists(subject)
    if exists is not False:
        _state_stack(draft)
    if exists:
        _state_all(draft)
        if properties:
            state_properties(draft, properties)
    # Not before the scenario is known to be one: no assumption was missing.
    for error in subject.problems:
        error.report()
    if exists is False:
        return None
    scope, evaluation = subject.function.stack, subject.evaluation
    conditions = {
        _qualified(name, owner, scope, "Conditions"): truth for (owner, name), truth in evaluation.truths.items()
    }
    bound = evaluation.scenario.bound
    assumptions = {_qualified(hole.name, hole.scope, scope, "Parameters"): value for hole, value in bound.items()}
    return Facts(
        values=draft.values,
        shown=draft.shown,
        reasons=draft.reasons,
        pointers=draft.pointers,
        related=draft.related,
        files=draft.files,
        causes=draft.causes,
        conditions=conditions,
        assumptions=assumptions,
    )


def _state_all(draft: Draft) -> None:
    """State everything of a function that exists."""
    state_function(draft)
    draft.set("pull.seen_in_account", False)
    if draft.values.get("function.is_image"):
        state_role(draft)
        state_cdk(draft)
    is_pending = draft.values["function.build_pending"]
    if draft.values.get("function.is_image") and is_pending and draft.function.is_built_by_sam:
        state_built_by_sam(draft)
    if draft.values.get("function.code") in ("image", "both") and not is_pending:
        state_image(draft)
    account = draft.subject.index.account
    if account is not None and draft.values.get("function.is_image"):
        from imagelint.facts.deployed import state_deployed
        from imagelint.facts.registry import state_registry

        state_registry(draft, account)
        state_deployed(draft, account)


def _qualified(name: str, owner: str, scope: Scope, section: str) -> str:
    """A condition or parameter by name, with its stack where the function's own has one of that name."""
    return name if owner == scope.name or name not in scope.section(section) else f"{name} of {owner}"


def _exists(subject: Subject) -> Answer:
    """Whether the function exists, and every stack that it is nested in, or deployed by.

    One whose condition CloudFormation would refuse is judged as though it had none.
    """
    stack = subject.function.stack
    conditions = [stack.condition_of(subject.function.logical_id)]
    while stack.owner is not None:
        stack, logical_id = stack.owner
        conditions.append(stack.condition_of(logical_id))
    # No generator expression: compiled, it would be a list, and take assumptions about what a false one makes idle.
    return all_of(map(partial(subject.holds, if_refused=True), conditions))


def _state_stack(draft: Draft) -> None:
    """State where the function is deployed."""
    region = draft.subject.pseudo("AWS::Region")
    draft.set("stack.account", draft.subject.account)
    draft.set("stack.region", region)
    partition = partition_of(region) if isinstance(region, str) else None
    if partition is not None:
        draft.set("stack.partition", partition)
