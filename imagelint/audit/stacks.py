"""Deployed stacks as sources: `cloudformation://account/region/name`, each judged as it is deployed.

Says what is asked of AWS; `imagelint.live` asks it, in each process with the credentials that are found there.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache, partial
from typing import Final

from imagelint.assembly.assembly import Assembly
from imagelint.assembly.loading import load_text
from imagelint.audit.fetching import GoneError, UnfetchedError
from imagelint.audit.sources import MAGIC, STACKS, Listed, Source, hash_of, team_of
from imagelint.aws.account import Said, Unknown
from imagelint.live.asking import ask_all, usable
from imagelint.live.errors import NoAnswerError
from imagelint.live.functions import Parameters, deployed_exports, deployed_parameters
from imagelint.live.registry import said
from imagelint.live.session import Options, Place, Session
from imagelint.live.stacks import deployed_template, enabled_regions, list_stacks
from imagelint.record import Record

_PROTOCOL: Final = "cloudformation://"
_SESSION_SECONDS: Final = 1800
"""How long credentials of a role are used, which hold for an hour (STS API Reference, AssumeRole)."""


def _session(role: str | None) -> Session:
    """The session of a role, or of our own credentials. Raises NoAnswerError."""
    return session_of(role, int(time.monotonic() // _SESSION_SECONDS))


@lru_cache(maxsize=1000)
def session_of(role: str | None, period: int) -> Session:
    """The same, kept for a period: its clients know how fast AWS lets them ask."""
    return Session(Options(role_arn=role, is_bulk=True))


# -- listing --------------------------------------------------------------------------------------------------------


def listed_stacks(pattern: str, roles: Sequence[str]) -> Listed:
    """The stacks that a pattern names, by their URLs in order.

    `roles` are the ARNs of those that may be asked as, with `{account}` in the account's place or with an account.
    """
    named = STACKS.fullmatch(pattern)
    account, region, name = named.groups(default="") if named else ("", "", "")
    parts = (account, region, name)
    fixed = next((number for number, part in enumerate(parts) if not part or MAGIC.search(part)), len(parts))
    problems: list[str] = []
    places: dict[Place, Session] = {}
    try:
        for each in _accounts(account, roles):
            places |= _places(each, region, _session(_role_in(each, roles)), problems)
    except NoAnswerError as error:
        return Listed((), (f"cannot be listed: {error.reason}",))
    sources: list[Source] = []
    for place, stacks in ask_all(places, lambda place: said(lambda: list_stacks(places[place], place))).items():
        if isinstance(stacks, Unknown):
            problems.append(f"{place.account}/{place.region}: cannot be listed: {stacks.reason}")
            continue
        sources += [
            Source(
                url=_PROTOCOL + "/".join((*place, stack.name)),
                kind="stack",
                pattern=pattern,
                team=team_of("/".join((*place, stack.name)[fixed:])),
                content=hash_of([(stack.name, {"ETag": stack.state})]),
                role=places[place].options.role_arn,
            )
            for stack in stacks
            if fnmatchcase(stack.name, name or "*")
        ]
    return Listed(tuple(sorted(sources, key=lambda source: source.url)), tuple(problems))


def _accounts(pattern: str, roles: Sequence[str]) -> list[str]:
    """The accounts that a pattern names: one by its number, or those of the credentials and the roles that match."""
    own = _session(None).account
    if not MAGIC.search(pattern):
        return [pattern or own]
    known = {own, *map(_account_of, roles)} - {_ANY}
    return sorted(each for each in known if fnmatchcase(each, pattern))


def _places(account: str, pattern: str, session: Session, problems: list[str]) -> dict[Place, Session]:
    """The regions of an account that a pattern names, and whom to ask there."""
    if not session.is_at_home(account):
        problems.append(f"account {account} is not that of the credentials, and no --role-arn names a role there")
        return {}
    if MAGIC.search(pattern):
        regions = said(lambda: enabled_regions(session, account))
        if isinstance(regions, Unknown):
            problems.append(f"{account}: its regions cannot be listed: {regions.reason}")
            return {}
        return {Place(account, each): session for each in regions if fnmatchcase(each, pattern)}
    region = pattern or session.region
    if region is None:
        problems.append("there is no region: set AWS_DEFAULT_REGION, or name one behind the account")
        return {}
    return {Place(account, region): session}


_ANY: Final = "{account}"


def _role_in(account: str, roles: Sequence[str]) -> str | None:
    """The role to ask an account as: the one there, or else one that stands for all."""
    return next((role for where in (account, _ANY) for role in roles if _account_of(role) == where), None)


def _account_of(role: str) -> str:
    return role.split(":")[4]


# -- reading --------------------------------------------------------------------------------------------------------


class Deployed(Record):
    """What CloudFormation says of a stack."""

    template: bytes
    parameters: Parameters
    exports: Mapping[str, str] = {}
    """What is exported in its account and region, where it imports something and that is known."""


def fetch_stacks(sources: Sequence[Source]) -> dict[Source, Deployed | UnfetchedError]:
    """What CloudFormation says of some stacks, or why nothing."""
    sessions = {role: said(partial(_session, role)) for role in {source.role for source in sources}}
    found = ask_all(sources, lambda source: _fetch(source, sessions[source.role]))
    importing = {
        _place_of(source): session
        for source, stack in found.items()
        if isinstance(stack, Deployed) and b"ImportValue" in stack.template
        if isinstance(session := sessions[source.role], Session)
    }
    exports = ask_all(importing, lambda place: said(lambda: deployed_exports(importing[place], place)))
    for source, stack in found.items():
        known = exports.get(_place_of(source))
        if isinstance(stack, Deployed) and isinstance(known, dict):
            found[source] = stack._replace(exports=known)
    return found


def _fetch(source: Source, session: Said[Session]) -> Deployed | UnfetchedError:
    if isinstance(session, Unknown):
        return UnfetchedError(f"cannot be fetched: {session.reason}")
    place, name = _place_of(source), _name_of(source)
    try:
        template = deployed_template(session, place, name)
        parameters = deployed_parameters(session, place, name)
    except NoAnswerError as error:
        return UnfetchedError(f"cannot be fetched: {error.reason}")
    if template is None or parameters is None:
        return GoneError("was deleted after it was listed")
    return Deployed(template.encode(errors="surrogatepass"), parameters)


def load_stack(source: Source, stack: Deployed) -> Assembly:
    """Load a deployed stack. What parameters CloudFormation does not tell, as secret ones, have no known value."""
    place = _place_of(source)
    assembly = load_text(
        stack.template,
        name=_name_of(source),
        account=place.account,
        region=place.region,
        why_open="a parameter whose value CloudFormation does not tell",
    )
    for each in assembly.stacks[:1]:
        each.parameters = {**each.parameters, **usable(stack.parameters.values, each)}
        each.read_parameters = stack.parameters.read
    assembly.exports.deployed[place] = stack.exports
    return assembly


def _place_of(source: Source) -> Place:
    account, region, _ = source.url.removeprefix(_PROTOCOL).split("/")
    return Place(account, region)


def _name_of(source: Source) -> str:
    return source.url.rpartition("/")[2]
