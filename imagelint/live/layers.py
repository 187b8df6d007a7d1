"""Fetching a blob from where ECR says that it is: from AWS's hosts alone, over https, and no more than a bound."""

from __future__ import annotations

from hashlib import sha256
from typing import Final
from urllib.parse import urljoin, urlsplit

from botocore import exceptions as botocore_errors
from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies
from urllib3.exceptions import HTTPError

from imagelint.aws.manifest import MAX_CONFIG_BYTES
from imagelint.aws.partitions import suffix_of
from imagelint.live.errors import NoAnswerError

_TIMEOUT: Final = (5, 20)
"""Seconds to connect, and to wait for bytes."""
_MAX_REDIRECTS: Final = 3
_ACTION: Final = "ecr:GetDownloadUrlForLayer"


def fetch(url: str, digest: str, region: str, endpoint_url: str | None) -> bytes:
    """The blob of a digest at a URL of ECR's. Raises NoAnswerError, which never quotes the URL: it is signed."""
    for _ in range(_MAX_REDIRECTS + 1):
        if not _is_trusted(url, region, endpoint_url):
            raise NoAnswerError(f"{_ACTION} leads to a host that is not AWS's, which is not followed")
        status, location, data = _get(url)
        if location is not None and 300 <= status < 400:
            url = urljoin(url, location)
            continue
        if status != 200:
            raise NoAnswerError(f"what {_ACTION} leads to was refused with status {status}")
        if len(data) > MAX_CONFIG_BYTES:
            raise NoAnswerError(f"the image's config has more than {MAX_CONFIG_BYTES:,} bytes, and is not read")
        if f"sha256:{sha256(data).hexdigest()}" != digest:
            raise NoAnswerError("the image's config is not what its digest says")
        return data
    raise NoAnswerError(f"{_ACTION} leads from one place to another without end")


def _is_trusted(url: str, region: str, endpoint_url: str | None) -> bool:
    """Whether a URL is one of AWS's, by https, or of the endpoint that stands in for AWS."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
        if endpoint_url is not None:
            given = urlsplit(endpoint_url)
            return (parts.scheme, host, port) == (given.scheme, given.hostname, given.port)
    except ValueError:
        return False
    suffix = suffix_of(region) or "amazonaws.com"
    return parts.scheme == "https" and port in (None, 443) and host.endswith(f".{suffix}") and "@" not in parts.netloc


def _get(url: str) -> tuple[int, str | None, bytes]:
    """Status, where a redirection leads, and at most one byte more than is taken."""
    session = URLLib3Session(timeout=_TIMEOUT, proxies=get_environ_proxies(url))
    try:
        response = session.send(AWSRequest("GET", url, stream_output=True).prepare())
        data = response.raw.read(MAX_CONFIG_BYTES + 1, decode_content=False)
        return response.status_code, response.headers.get("Location"), data
    except botocore_errors.BotoCoreError:
        raise NoAnswerError(f"what {_ACTION} leads to cannot be reached") from None
    except (OSError, ValueError, HTTPError):
        raise NoAnswerError(f"what {_ACTION} leads to cannot be read") from None
    finally:
        session.close()
