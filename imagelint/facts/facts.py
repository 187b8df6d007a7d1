"""What is known of one Lambda function in one scenario of conditions: the facts that rules judge.

The vocabulary is `facts.schema.json`. A key that is missing means "cannot be known before deployment", None means
"known to be absent"; nothing is guessed. What compares two things is computed here, so that a rule only judges it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from imagelint.assembly.functions import Function
from imagelint.assembly.stack import Stack
from imagelint.aws.partitions import partition_of
from imagelint.cloudformation.evaluation import Evaluation
from imagelint.cloudformation.scenario import NeedsAssumption, Scenario
from imagelint.cloudformation.scope import Scope, TemplateError
from imagelint.facts.cdk import state_cdk
from imagelint.facts.draft import Draft, Facts
from imagelint.facts.function import state_function
from imagelint.facts.image import state_image
from imagelint.facts.index import Surroundings
from imagelint.facts.role import state_role

MAX_SCENARIOS: Final = 64
"""Scenarios tried for one function; past that, a value that hangs on an open condition is unknown."""
MAX_STEPS: Final = 300_000
"""Values entered for one function in all of its scenarios; past that, what hangs on an open condition is unknown."""


def facts_of(function: Function, surroundings: Surroundings) -> Iterator[Facts]:
    """The facts of a function, one document a scenario in which it exists, the likeliest first.

    What CloudFormation would refuse becomes a problem of the assembly, and what hangs on it is unknown.
    """
    left, made, steps = [Scenario()], 0, 0
    while left:
        if steps > MAX_STEPS:
            left = [Scenario(exhausted=True)]
        scenario = left.pop()
        if made + len(left) >= MAX_SCENARIOS:
            scenario = scenario.closed()
        evaluation = Evaluation(scenario)
        try:
            facts = _document(function, evaluation, surroundings)
        except NeedsAssumption as needed:
            left.extend(reversed(needed.scenarios))
            continue
        finally:
            steps = 0 if steps > MAX_STEPS else steps + evaluation.steps
        made += 1
        if facts is not None:
            yield facts


def _document(function: Function, evaluation: Evaluation, surroundings: Surroundings) -> Facts | None:
    """The facts in one scenario; None where the function does not exist in it."""
    draft = Draft(function, evaluation, surroundings)
    exists = _exists(draft)
    if exists is False:
        draft.note_problems()
        return None
    _state_stack(draft)
    if exists:
        state_function(draft)
        if draft.values.get("function.is_image"):
            state_role(draft)
            state_cdk(draft)
        if draft.values.get("function.code") in ("image", "both") and not draft.values["function.build_pending"]:
            state_image(draft)
    draft.note_problems()
    scope = function.stack
    conditions = {_told(name, owner, scope, "Conditions"): truth for (owner, name), truth in evaluation.truths.items()}
    bound = evaluation.scenario.bound
    assumptions = {_told(hole.name, hole.scope, scope, "Parameters"): value for hole, value in bound.items()}
    return Facts(
        values=draft.values,
        shown=draft.shown,
        pointers=draft.pointers,
        related=draft.related,
        files=draft.files,
        causes=draft.causes,
        conditions=conditions,
        assumptions=assumptions,
    )


def _told(name: str, owner: str, scope: Scope, section: str) -> str:
    """A condition or parameter as people are told it: with its stack where the function's own has one of that name."""
    return name if owner == scope.name or name not in scope.section(section) else f"{name} of {owner}"


def _exists(draft: Draft) -> bool | None:
    """Whether the function exists, and every stack that it is nested in; None where that cannot be known."""
    stack, logical_id = draft.function.stack, draft.function.logical_id
    answers = [_is_made(draft, stack, logical_id)]
    while stack.parent is not None and False not in answers:
        stack, logical_id = stack.parent, stack.parent_id
        answers.append(_is_made(draft, stack, logical_id))
    return False if False in answers else None if None in answers else True


def _is_made(draft: Draft, stack: Stack, logical_id: str) -> bool | None:
    condition = stack.condition_of(logical_id)
    try:
        return True if condition is None else draft.evaluation.condition(condition)
    except TemplateError as error:
        draft.problems.append(error)
        return True


def _state_stack(draft: Draft) -> None:
    stack = draft.function.stack
    region = draft.evaluation.pseudo("AWS::Region", stack)
    draft.set("stack.account", draft.evaluation.pseudo("AWS::AccountId", stack), draft.function.pointer)
    draft.set("stack.region", region, draft.function.pointer)
    partition = partition_of(region) if isinstance(region, str) else None
    if partition is not None:
        draft.set("stack.partition", partition, draft.function.pointer)
