"""Calls of AWS: whose credentials, which endpoint, how long and how often. The one module that imports boto3.

Sources: boto3 guide, "Credentials" (the default chain) and "Retries" (standard mode: exponential backoff, also of
throttling; adaptive mode: besides, a limit on what is sent); botocore reference, `Config`.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from typing import Any, Final

import boto3
from botocore import exceptions as botocore_errors
from botocore import xform_name
from botocore.config import Config
from botocore.handlers import json_decode_template_body
from botocore.parsers import ResponseParserError

from imagelint.live.errors import NoAnswerError, no_answer
from imagelint.record import Record
from imagelint.version import VERSION

MAX_REQUESTS: Final = 10
"""Requests at one time."""
_CONNECT: Final = 5
"""Seconds."""
_READ: Final = 20
"""Seconds."""
_RETRIES: Final = {"mode": "standard", "total_max_attempts": 4}
"""How often a call is tried that is throttled, or fails at AWS; the waits between are up to 20 s long."""
_IN_BULK: Final = {"mode": "adaptive", "total_max_attempts": 10}
ANYWHERE: Final = "us-east-1"
"""The region in which is asked what is the same in all, where the environment names none."""
_TEMPLATES: Final = "after-call.cloudformation.GetTemplate"
"""Where botocore parses a template that is JSON. We want the text, for its lines and our own limits."""


class Options(Record):
    """Whom to ask, and as whom."""

    profile: str | None = None
    role_arn: str | None = None
    """The role in other accounts, with `{account}` in the account's place."""
    endpoint_url: str | None = None
    """Where everything is asked instead of at AWS."""
    is_bulk: bool = False
    """Whether there are thousands of calls of a kind: when one is throttled, those that follow wait for their turn."""


class Place(Record):
    """An account and a region."""

    account: str
    region: str


class Session:
    """Credentials, and the clients that were made with them. Shared by threads."""

    def __init__(self, options: Options) -> None:
        """Find the credentials' profile. Raises NoAnswerError."""
        self.options = options
        self._lock = threading.RLock()
        self._clients: dict[tuple[str, str, str], Any] = {}
        self._roles: dict[str, Any] = {}
        self._given_up: dict[tuple[str, str, str], NoAnswerError] = {}
        self.denied: dict[str, None] = {}
        """The reasons of permissions that are missing, in the order in which they were met."""
        try:
            self._own = boto3.Session(profile_name=options.profile)
        except botocore_errors.ProfileNotFound:
            named = options.profile or os.environ.get("AWS_PROFILE") or os.environ.get("AWS_DEFAULT_PROFILE")
            raise NoAnswerError(f"there is no AWS profile {named!r}", is_final=True) from None
        except botocore_errors.BotoCoreError as error:
            raise no_answer(error, "the configuration of AWS", "") from None
        self.region: str | None = self._own.region_name
        """The region of the environment or the profile."""
        self.account = self._identify()
        """The account of the credentials."""

    def _identify(self) -> str:
        """Whose credentials they are; sts:GetCallerIdentity needs no permission (STS API reference)."""
        said = self._ask(self._own, "sts:GetCallerIdentity", Place("", self.region or ANYWHERE), {})
        account = said.get("Account")
        if not isinstance(account, str) or not (account.isascii() and account.isdecimal() and len(account) == 12):
            raise NoAnswerError("sts:GetCallerIdentity answered what cannot be read", is_final=True)
        return account

    def is_at_home(self, account: str) -> bool:
        """Whether an account is asked with credentials of its own."""
        return account == self.account or self.options.role_arn is not None

    def call(self, action: str, place: Place, **parameters: Any) -> Mapping[str, Any]:
        """The answer to a call, such as `ecr:BatchGetImage`. Raises NoAnswerError.

        A service that is not there, and credentials that are not accepted, are not asked again.
        """
        service = action.partition(":")[0]
        known = self._given_up.get((service, *place))
        if known is not None:
            raise known.with_traceback(None)
        try:
            return self._ask(self._session_for(place), action, place, parameters)
        except NoAnswerError as error:
            if error.is_final:
                self._given_up[(service, *place)] = error
            if error.is_denied:
                self.denied.setdefault(error.reason)
            raise

    def _ask(self, session: Any, action: str, place: Place, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        service, _, operation = action.partition(":")
        try:
            answer = getattr(self._client(session, service, place), xform_name(operation))(**parameters)
        except (botocore_errors.BotoCoreError, botocore_errors.ClientError) as error:
            raise no_answer(error, action, place.account) from None
        except (ResponseParserError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
            # botocore's parsers, on an answer that has not the form of the service's
            raise no_answer(error, action, place.account) from None
        return answer if isinstance(answer, Mapping) else {}

    def _client(self, session: Any, service: str, place: Place) -> Any:
        key = (service, *place)
        with self._lock:  # making clients is not safe for threads, using them is
            if key not in self._clients:
                self._clients[key] = session.client(
                    service,
                    region_name=place.region,
                    endpoint_url=self.options.endpoint_url,
                    config=Config(
                        connect_timeout=_CONNECT,
                        read_timeout=_READ,
                        retries=_IN_BULK if self.options.is_bulk else _RETRIES,
                        max_pool_connections=MAX_REQUESTS,
                        user_agent_extra=f"imagelint/{VERSION}",
                    ),
                )
                self._clients[key].meta.events.unregister(_TEMPLATES, json_decode_template_body)
            return self._clients[key]

    def _session_for(self, place: Place) -> Any:
        """Our own credentials, or those of the role in another account, or of one that is named in our own."""
        role_arn = self.options.role_arn
        if role_arn is None or (place.account == self.account and f":{self.account}:" not in role_arn):
            return self._own
        with self._lock:
            if place.account not in self._roles:
                try:
                    self._roles[place.account] = self._assume(place)
                except NoAnswerError as error:
                    self._roles[place.account] = error
            found = self._roles[place.account]
        if isinstance(found, NoAnswerError):
            raise found
        return found

    def _assume(self, place: Place) -> Any:
        arn = str(self.options.role_arn).replace("{account}", place.account)
        parameters = {"RoleArn": arn, "RoleSessionName": "imagelint"}
        said = self._ask(self._own, "sts:AssumeRole", Place(self.account, place.region), parameters)
        keys = said.get("Credentials", {})
        try:
            return boto3.Session(
                aws_access_key_id=keys["AccessKeyId"],
                aws_secret_access_key=keys["SecretAccessKey"],
                aws_session_token=keys["SessionToken"],
            )
        except (KeyError, TypeError):
            raise NoAnswerError("sts:AssumeRole answered what cannot be read") from None
