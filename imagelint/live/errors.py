"""Why AWS gave no answer, in words of our own: what AWS, a proxy or a credential helper says may hold a secret."""

from __future__ import annotations

import re
from typing import Final

from botocore import exceptions as botocore_errors

_DENIED: Final = re.compile(r"AccessDenied.*|UnauthorizedOperation|NotAuthorized|Client\.UnauthorizedOperation")
_THROTTLED: Final = re.compile(
    r"Throttl.*|TooManyRequests.*|RequestLimitExceeded|SlowDown|LimitExceededException|PriorRequestNotComplete"
)
_EXPIRED: Final = re.compile(r"ExpiredToken.*|TokenRefreshRequired")
_NOT_ACCEPTED: Final = re.compile(
    r"InvalidClientTokenId|UnrecognizedClientException|SignatureDoesNotMatch|InvalidSignatureException"
    r"|IncompleteSignature.*|AuthFailure|InvalidAccessKeyId|MissingAuthenticationToken.*|OptInRequired|InvalidToken"
)
_SKEWED: Final = re.compile(r"RequestTimeTooSkewed|RequestExpired|RequestInTheFuture")
_CLOCK: Final = re.compile(r"Signature (?:expired|not yet current)")
_CODE: Final = re.compile(r"[A-Za-z0-9.]{1,64}")

_SSO: Final = (
    botocore_errors.SSOError,
    botocore_errors.TokenRetrievalError,
)
_UNREACHED: Final = (
    botocore_errors.ConnectionError,
    botocore_errors.HTTPClientError,
)
NO_CREDENTIALS: Final = (
    "there are no AWS credentials: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a --profile"
)
EXPIRED: Final = "the AWS credentials have expired: log in again"
NOT_ACCEPTED: Final = "AWS does not accept the credentials"
WRONG_CLOCK: Final = "the clock of this machine is wrong: AWS does not accept signatures of its time"


class NoAnswerError(Exception):
    """AWS gave no answer."""

    def __init__(
        self, reason: str, code: str = "", *, is_final: bool = False, is_denied: bool = False, message: str = ""
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        """Why, in words."""
        self.code = code
        """AWS's code of the error; empty where AWS was not reached."""
        self.is_final = is_final
        """Whether the next call would end alike: no credentials, or nobody there."""
        self.is_denied = is_denied
        """Whether a permission is missing."""
        self.said = message
        """What AWS says, to be looked at and never to be shown."""

    @property
    def is_of_no_stack(self) -> bool:
        """Whether CloudFormation says that there is no such stack, or nothing of such a name in it."""
        return self.code == "ValidationError" and "does not exist" in self.said


def no_answer(error: Exception, action: str, account: str) -> NoAnswerError:
    """An error of boto3's as one of ours; `action` is what was asked for, such as `ecr:BatchGetImage`."""
    if isinstance(error, botocore_errors.ClientError):
        return _refusal(error, action, account)
    if isinstance(error, (botocore_errors.NoCredentialsError, botocore_errors.PartialCredentialsError)):
        return NoAnswerError(NO_CREDENTIALS, is_final=True)
    if isinstance(error, _SSO):
        return NoAnswerError("the SSO session has expired: run `aws sso login`", is_final=True)
    if isinstance(error, botocore_errors.CredentialRetrievalError):
        return NoAnswerError("the AWS credentials cannot be had: their provider failed", is_final=True)
    service = action.partition(":")[0]
    if isinstance(error, botocore_errors.ReadTimeoutError):
        return NoAnswerError(f"the endpoint of {service} does not answer in time", is_final=True)
    if isinstance(error, botocore_errors.SSLError):
        return NoAnswerError(f"the certificate of the endpoint of {service} is not trusted", is_final=True)
    if isinstance(error, _UNREACHED):
        return NoAnswerError(f"the endpoint of {service} cannot be reached", is_final=True)
    if isinstance(error, botocore_errors.BotoCoreError):
        return NoAnswerError(f"{action} was not asked: {_in_words(type(error).__name__)}")
    return NoAnswerError(f"{action} answered what cannot be read")


def _in_words(name: str) -> str:
    """`UnknownEndpointError` as `unknown endpoint`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.removesuffix("Error")).lower()


def _refusal(error: botocore_errors.ClientError, action: str, account: str) -> NoAnswerError:
    described = error.response.get("Error", {})
    code, message = str(described.get("Code", "")), str(described.get("Message", ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if _SKEWED.fullmatch(code) or (_NOT_ACCEPTED.fullmatch(code) and _CLOCK.match(message)):
        return NoAnswerError(WRONG_CLOCK, code, is_final=True)
    if _EXPIRED.fullmatch(code):
        return NoAnswerError(EXPIRED, code, is_final=True)
    if _NOT_ACCEPTED.fullmatch(code):
        return NoAnswerError(NOT_ACCEPTED, code, is_final=True)
    if _DENIED.fullmatch(code):
        return NoAnswerError(f"{action} is not allowed in account {account}", code, is_denied=True)
    if _THROTTLED.fullmatch(code):
        return NoAnswerError(f"{action} was throttled again and again", code)
    if isinstance(status, int) and status >= 500:
        return NoAnswerError(f"{action} failed at AWS with status {status}", code)
    shown = f" with {code}" if _CODE.fullmatch(code) else ""
    return NoAnswerError(f"{action} was refused{shown}", code, message=message)
