"""All questions of a run: each image, repository and function is asked for once, a bounded number at one time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Final, TypeVar, cast

from imagelint.assembly.assembly import Assembly
from imagelint.assembly.functions import functions_of
from imagelint.assembly.stack import Stack
from imagelint.aws.account import (
    Account,
    DeployedFunction,
    FunctionName,
    Image,
    ImageName,
    Repository,
    RepositoryName,
    Said,
    Unknown,
)
from imagelint.cloudformation.assumptions import why_not_value
from imagelint.facts.facts import facts_of
from imagelint.facts.index import ResourceIndex
from imagelint.facts.registry import image_name
from imagelint.live.functions import Where, ask_function, deployed_exports, deployed_parameters
from imagelint.live.registry import ask_image, ask_repository, said
from imagelint.live.session import MAX_REQUESTS, Place, Session

MAX_ASKED: Final = 5_000
"""Images that are asked for in one run, and functions in one assembly, which may name any number: some minutes."""

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


@dataclass(frozen=True)
class Questions:
    """What the functions of an assembly give reason to ask."""

    images: dict[ImageName, None] = field(default_factory=dict)
    functions: dict[FunctionName, Where | Unknown] = field(default_factory=dict)


def questions_of(assembly: Assembly, minimum_cdk_version: str, build_host: str, today: date) -> Questions:
    """The images that the assembly's functions name, and where the functions are deployed."""
    found = Questions()
    index = ResourceIndex(assembly, today, minimum_cdk_version, build_host)
    for stack in assembly.stacks:
        for function in functions_of(stack):
            is_image = False
            for facts in facts_of(function, index):
                is_image |= facts.values.get("function.is_image") is True
                name = image_name(facts.values)
                if name is not None:
                    found.images[name] = None
            if is_image:
                found.functions[FunctionName(stack.name, function.logical_id)] = _where(stack, function.logical_id)
    return found


def _where(stack: Stack, logical_id: str) -> Where | Unknown:
    """Where a function is deployed, or why that is not known."""
    if stack.outermost.made_by is not None:
        return Unknown("the stack set decides where it is deployed")
    within, logical_ids = stack, [logical_id]
    while within.parent is not None:
        logical_ids.insert(0, within.parent_id)
        within = within.parent
    account, region, name = within.account, within.region, within.stack_name
    if not (isinstance(account, str) and isinstance(region, str)):
        return Unknown("the account or region of its stack is not known: name it with --account, --region")
    if not isinstance(name, str):
        return Unknown("the template does not say the name of its stack, as a cloud assembly does")
    return Where(Place(account, region), name, tuple(logical_ids))


class Asker:
    """Asks, and remembers the answers for the assemblies that come after."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._repositories: dict[RepositoryName, Repository] = {}
        self._images: dict[ImageName, Image] = {}

    def ask(self, questions: Questions) -> Account:
        """The answers."""
        functions = ask_all(
            list(questions.functions)[:MAX_ASKED], lambda name: self._function(questions.functions[name])
        )
        images = [name for name in questions.images if name not in self._images]
        images = images[: max(0, MAX_ASKED - len(self._images))]
        new = dict.fromkeys(name.repository for name in images)
        self._repositories |= ask_all(
            [name for name in new if name not in self._repositories],
            lambda name: ask_repository(self._session, name),
        )
        self._images |= ask_all(
            images,
            lambda name: ask_image(self._session, name, self._repositories[name.repository]),
        )
        return Account(repositories=self._repositories, images=self._images, functions=functions)

    def _function(self, where: Where | Unknown) -> Said[DeployedFunction | None]:
        return where if isinstance(where, Unknown) else said(lambda: ask_function(self._session, where))

    def give_deployed_values(self, assembly: Assembly) -> None:
        """Give each stack's parameters the values that they have in the deployed stack, where nobody gave others, and
        the assembly the exports of the accounts and regions that it is deployed to."""
        outermost = [stack for stack in assembly.stacks if stack.owner is None]
        named = [(stack, stack.stack_name, stack.account, stack.region) for stack in outermost]
        places = {
            stack.name: (Place(account, region), name)
            for stack, name, account, region in named
            if isinstance(name, str) and isinstance(account, str) and isinstance(region, str)
        }
        values = ask_all(places, lambda name: said(lambda: deployed_parameters(self._session, *places[name])))
        exports = ask_all(
            dict.fromkeys(place for place, _ in places.values()),
            lambda place: said(lambda: deployed_exports(self._session, place)),
        )
        for stack in outermost:
            given = values.get(stack.name)
            if isinstance(given, Unknown):
                assembly.log.warn(
                    stack.display_path, f"the parameters of the deployed stack are not known: {given.reason}"
                )
            elif given:
                stack.parameters = {**usable(given.values, stack), **stack.parameters}
        for place, found in exports.items():
            if isinstance(found, Unknown):
                where = f"{place.account} in {place.region}"
                assembly.log.warn(assembly.root.display_path, f"the exports of {where} are not known: {found.reason}")
            else:
                assembly.exports.deployed[place] = found


def usable(values: Mapping[str, str], stack: Stack) -> dict[str, str]:
    """Those values of a deployed stack's parameters that the template has a parameter for, and allows."""
    declared = stack.section("Parameters")
    return {
        name: value for name, value in values.items() if name in declared and why_not_value(value, name, stack) is None
    }


def ask_all(keys: Iterable[_Key], ask: Callable[[_Key], _Value]) -> dict[_Key, _Value]:
    """The answer to each question, as many at one time as there may be requests.

    By threads that the process does not wait for when it is told to end: a call may take more than a minute.
    """
    listed = list(keys)
    waiting: SimpleQueue[_Key] = SimpleQueue()
    answered: SimpleQueue[tuple[_Key, _Value | None, BaseException | None]] = SimpleQueue()
    for key in listed:
        waiting.put(key)

    def work() -> None:
        while True:
            try:
                key = waiting.get_nowait()
            except Empty:
                return
            try:
                answered.put((key, ask(key), None))
            except BaseException as error:  # whose place is the thread that asked
                answered.put((key, None, error))

    for _ in range(min(MAX_REQUESTS, len(listed))):
        Thread(target=work, name="asking AWS", daemon=True).start()
    answers: dict[_Key, _Value] = {}
    for _ in listed:
        key, value, error = answered.get()
        if error is not None:
            raise error
        answers[key] = cast(_Value, value)
    return answers
