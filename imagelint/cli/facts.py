"""The facts of an assembly's functions as JSON: what the author of a rule needs to see. Judges nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

from imagelint.assembly.assembly import Assembly
from imagelint.assembly.functions import Function, functions_of
from imagelint.config.model import Config
from imagelint.facts.draft import Facts
from imagelint.facts.facts import facts_of
from imagelint.facts.index import Surroundings


def facts_documents(assembly: Assembly, config: Config) -> Iterator[dict[str, Any]]:
    """Every function in every scenario of its conditions: which function, when, its facts, and what is not known.

    What is not known stands under `unknown`, with as much of it as is: `${AWS::AccountId}.dkr.ecr.…`, or null.
    """
    surroundings = Surroundings(assembly, config.today or date.today(), config.minimum_cdk_version)
    for stack in assembly.stacks:
        for function in functions_of(stack):
            for facts in facts_of(function, surroundings):
                yield _document(function, facts)


def _document(function: Function, facts: Facts) -> dict[str, Any]:
    reference = function.reference
    return {
        "function": {
            "logical_id": reference.logical_id,
            "construct_path": reference.construct_path,
            "stack": reference.stack,
        },
        "when": {**facts.conditions, **facts.assumptions},
        "facts": dict(facts.values),
        "unknown": {fact: facts.shown.get(fact) for fact in facts.pointers if fact not in facts.values},
    }


def render(documents: Iterator[dict[str, Any]]) -> str:
    """The documents as one JSON list."""
    return json.dumps(list(documents), indent=2) + "\n"
