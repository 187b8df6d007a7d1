"""The grammar of a container image reference, read from text with holes; and why a text is not one.

Knows what Lambda takes for `Code.ImageUri`; knows nothing of templates. A part that cannot be known is None, and
nothing is called malformed that some content of the holes would make right. Of holes one thing is taken for granted:
one that stands before `.dkr.ecr.`, or between it and the first slash, holds no slash itself.

Sources: Amazon ECR API reference (RegistryId, ImageTag), the CloudFormation schema of AWS::ECR::Repository
(RepositoryName), the OCI distribution specification (digests), Lambda Developer Guide "Create a Lambda function using
a container image".
"""

from __future__ import annotations

import re
from typing import Final, Literal

from imagelint.aws.partitions import SUFFIXES, is_region_name
from imagelint.record import Record
from imagelint.text.holes import Hole, Str, concat, may_contain, parts_of, render

Registry = Literal["ecr", "ecr-dual-stack", "ecr-fips", "ecr-public", "docker-hub", "ghcr", "quay", "other"]
PinnedBy = Literal["digest", "tag", "none"]
Part = Literal[
    "reference", "scheme", "whitespace", "host", "account", "region", "domain", "repository", "tag", "digest"
]


class Malformed(Record):
    """The part of a reference that is wrong, and why, in words for a message."""

    part: Part
    reason: str


class ImageReference(Record):
    """What a text says as an image reference; every part None where it cannot be known or is not there."""

    registry: Registry | None = None
    host: str | None = None
    account: Str | None = None
    region: Str | None = None
    suffix: Str | None = None
    repository: Str | None = None
    pinned_by: PinnedBy | None = None
    """What selects the image within the repository; none means neither a tag nor a digest is there."""
    tag: Str | None = None
    digest: Str | None = None
    unresolved: str | None = None
    """The first fragment that synthesis should have replaced."""
    malformed: Malformed | None = None


_UNRESOLVED: Final = r"""(?x)
      [$#]\{ [^{}]{0,200} \}              # ${Token[TOKEN.12]}, #{Token[...]}, ${AWS::AccountId} outside Fn::Sub
    | (?:[$#]\{|%2[34]%7[Bb])(?i:token)(?:\[|%5[Bb])[^/:@]{0,200}   # a token that was cut or encoded
    | \[(?i:object)\ [A-Za-z]{1,40}\]     # a JavaScript object where a string was meant
    | <[A-Za-z][A-Za-z0-9 _.:/-]{0,100}>  # <account-id>, <your-repo>
    | (?<![A-Za-z0-9_-])(?i:undefined)(?![A-Za-z0-9_-])
    | -1\.8881545897087\d+[Ee]\+289       # how CDK writes a number that is still a token
    """
# What CDK's tokens look like in text: aws-cdk-lib core, "Tokens", and private/encoding.ts.
_SIGNS: Final = r"[{%\[<+]"
"""One of these is in each of them but `undefined`; to look for a sign takes a tenth of the time."""

REPOSITORY: Final = r"[a-z0-9]+(?:(?:[./]|__?|-+)[a-z0-9]+)*"
"""A repository's name without the registry: the same for ECR (CloudFormation schema) and Docker (distribution)."""
TAG: Final = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"

_SCHEME: Final = r"([A-Za-z][A-Za-z0-9+.-]*)://"
_DIGEST: Final = r"sha256:[0-9a-f]{64}"
_GLUED_DIGEST: Final = ("sha256:", "sha512:")
_HOSTS: Final[dict[str, Registry]] = {
    "public.ecr.aws": "ecr-public",
    "ecr-public.aws.com": "ecr-public",
    "docker.io": "docker-hub",
    "index.docker.io": "docker-hub",
    "registry-1.docker.io": "docker-hub",
    "registry.hub.docker.com": "docker-hub",
    "ghcr.io": "ghcr",
    "quay.io": "quay",
}
_NAMES: Final[dict[Registry, str]] = {
    "ecr": "private Amazon ECR",
    "ecr-dual-stack": "private Amazon ECR by its dual-stack host",
    "ecr-fips": "private Amazon ECR by its FIPS host, which Lambda does not support",
    "ecr-public": "Amazon ECR Public",
    "docker-hub": "Docker Hub",
    "ghcr": "GitHub Container Registry",
    "quay": "Quay",
}
_DUAL_STACK_SUFFIXES: Final = frozenset({"on.aws", "on.amazonwebservices.com.cn"})

_NAME_ALONE: Final = "it is a repository's name alone, without the registry's host"

# A hole is one character of a plane that no text uses, so that the grammar can be written as regular expressions.
_FIRST_HOLE: Final = 0xF0000
_LAST_HOLE: Final = 0xFFFFD
_H: Final = f"{chr(_FIRST_HOLE)}-{chr(_LAST_HOLE)}"
_ECR_HOST: Final = (
    r"(?P<account>[^./:@]+)\.(?P<service>dkr[.-]ecr(?:-fips)?)"
    r"\.(?P<region>[^./:@]+)\.(?P<suffix>[^/:@]+)"
)
_UNSEEN: Final = r"[\s\x00-\x20\x7f-\x9f]"
"""White space and control characters."""
_HAS_HOLE: Final = re.compile(f"[{_H}]")
_MAY_END_DIGEST: Final = f"[0-9a-f]{{64}}|(?=[^{_H}]*[{_H}])[0-9a-f{_H}]{{1,64}}"


def is_host(first_part: str) -> bool:
    """Whether what stands before the first slash of a reference is a registry's host, and not part of the path.

    As github.com/distribution/reference has it: it has a dot, a port or an upper-case letter, or is `localhost`.
    """
    return bool(re.search("[.:A-Z]", first_part)) or first_part == "localhost"


def parse(text: Str) -> ImageReference:
    """Read a text as the reference of a Lambda function's image."""
    return _Reader(text).read()


def describe(reference: ImageReference, uri: str) -> str:
    """What a reference was read as, in words for a message: `the Docker Hub image docker.io/library/python:3.12`."""
    if reference.registry is None:
        return "an image of a registry that is not known"
    if reference.registry == "docker-hub" and reference.host is None:
        return f"the Docker Hub image docker.io/{uri if '/' in uri else f'library/{uri}'}"
    if reference.registry == "other":
        return f"an image of the registry {reference.host}"
    return f"an image of {_NAMES[reference.registry]} ({reference.host})"


class _Selector(Record):
    """The repository's name, its holes encoded, and what selects the image in it; None for what cannot be known."""

    name: str | None = None
    pinned_by: PinnedBy | None = None
    tag: Str | None = None
    digest: Str | None = None


class _Reader:
    """Reads one text. Holes are encoded as single characters; `_decode` turns them back."""

    def __init__(self, text: Str) -> None:
        self.holes: list[Hole] = []
        self.unresolved: str | None = None
        self.encoded = "".join(self._encode(part) for part in parts_of(text))

    def _encode(self, part: str | Hole) -> str:
        if isinstance(part, Hole):
            self.holes.append(part)
            return chr(_FIRST_HOLE + (len(self.holes) - 1) % (_LAST_HOLE - _FIRST_HOLE))
        if part.isascii() and not re.search(_SIGNS, part) and "undefined" not in part.lower():  # as in most
            return part
        return re.sub(_UNRESOLVED, self._encode_unresolved, _HAS_HOLE.sub("\ufffd", part))

    def _encode_unresolved(self, match: re.Match[str]) -> str:
        if self.unresolved is None:
            self.unresolved = match.group()
        return self._encode(Hole(match.group(), "unresolved"))

    def _decode(self, encoded: str) -> Str:
        if not self.holes:
            return encoded
        pieces = _HAS_HOLE.split(encoded)
        found = [self.holes[ord(character) - _FIRST_HOLE] for character in _HAS_HOLE.findall(encoded)]
        decoded: list[Str] = [pieces[0]]
        for hole, piece in zip(found, pieces[1:], strict=True):
            decoded += [hole, piece]
        return concat(decoded)

    def _may_hold(self, encoded: str, characters: str) -> bool:
        """Whether a hole in the encoded text may hold one of the characters."""
        return bool(self.holes) and any(
            may_contain(self.holes[ord(hole) - _FIRST_HOLE], characters) for hole in _HAS_HOLE.findall(encoded)
        )

    def read(self) -> ImageReference:
        malformed = self._not_a_reference()
        if malformed is not None:
            return ImageReference(unresolved=self.unresolved, malformed=self._unless_unresolved(malformed))
        host, slash, path = self.encoded.partition("/")
        match = re.fullmatch(_ECR_HOST, host if slash else re.split("[:@]", host, maxsplit=1)[0])
        if match is not None and not path and (slash or not self._may_hold(host, "/")):
            return self._malformed("repository", "it names a registry, but no repository")
        if match is not None and slash:
            return self._ecr(match, path)
        if _HAS_HOLE.search(host):
            return self._of_unknown_registry(path if slash else host)
        return self._elsewhere(host, path) if slash else self._without_host()

    def _not_a_reference(self) -> Malformed | None:
        text = self.encoded
        if scheme := re.match(_SCHEME, text):
            return Malformed("scheme", f"it begins with the scheme {scheme.group()}; an image reference has none")
        if re.search(_UNSEEN, text):
            is_space = re.search(r"\s", text) is not None
            return (
                Malformed("whitespace", "it holds white space")
                if is_space
                else Malformed("reference", "it holds a control character")
            )
        if text.startswith("arn:"):
            return Malformed("reference", "it is an ARN; Lambda takes the repository's URI and a tag or digest")
        return None

    def _unless_unresolved(self, malformed: Malformed | None) -> Malformed | None:
        """A reference with an unreplaced fragment has that one defect; what the fragment spoils is not another."""
        return malformed if self.unresolved is None else None

    # -- other registries -----------------------------------------------------------------------------------------

    def _without_host(self) -> ImageReference:
        """One path part: `python:3.12` is what Docker would pull from Docker Hub, `my-repo` names only a repository."""
        name = re.split("[:@]", self.encoded, maxsplit=1)[0]
        if not re.fullmatch(REPOSITORY, name):
            return self._malformed("host", "it has no registry host")
        if name == self.encoded:
            return self._malformed("host", _NAME_ALONE)
        return self._foreign("docker-hub", None)

    def _elsewhere(self, host: str, path: str) -> ImageReference:
        bare = host.lower()
        if not host:
            return self._malformed("host", "it begins with '/', where the registry's host must stand")
        if host in (".", ".."):
            return self._malformed("host", "it begins as a path, where the registry's host must stand")
        if bare in _HOSTS:
            return self._foreign(_HOSTS[bare], host)
        if "amazonaws" in bare or ".dkr." in bare:
            return self._malformed("host", _why_not_ecr(bare))
        if is_host(host):
            return self._foreign("other", host)
        if re.search("[:@]", path) or self._may_hold(path, ":@"):
            return self._foreign("docker-hub", None)
        return self._malformed("host", _NAME_ALONE)

    def _foreign(self, registry: Registry, host: str | None) -> ImageReference:
        return ImageReference(registry, host, unresolved=self.unresolved)

    def _malformed(self, part: Part, reason: str) -> ImageReference:
        return ImageReference(unresolved=self.unresolved, malformed=self._unless_unresolved(Malformed(part, reason)))

    def _of_unknown_registry(self, path: str) -> ImageReference:
        """The host is in a hole, but the end of the text may still say how the image is selected."""
        selector = self._selector(path)
        return ImageReference(
            pinned_by=selector.pinned_by, tag=selector.tag, digest=selector.digest, unresolved=self.unresolved
        )

    # -- private ECR ----------------------------------------------------------------------------------------------

    def _ecr(self, match: re.Match[str], path: str) -> ImageReference:
        service, account, region, suffix = match.group("service", "account", "region", "suffix")
        dual_stack = service.startswith("dkr-ecr")
        registry: Registry = "ecr-fips" if service.endswith("fips") else "ecr-dual-stack" if dual_stack else "ecr"
        selector = self._selector(path)
        wrong_suffix = _wrong_suffix(suffix, dual_stack)
        # A hole that may hold a dot may reach into the domain: where that is not one, the two cannot be told apart.
        is_cut_open = wrong_suffix is not None and self._may_hold(region, ".")
        malformed = (
            _wrong_account(account)
            or _wrong_region(region)
            or (None if is_cut_open else wrong_suffix)
            or _wrong_repository(selector.name)
            or self._wrong_selector(path)
        )

        def unless_wrong(part: Part, value: Str | None) -> Str | None:
            return None if malformed is not None and malformed.part == part else value

        return ImageReference(
            registry,
            render(self._decode(match.group())),
            account=unless_wrong("account", self._decode(account)),
            region=None if is_cut_open else unless_wrong("region", self._decode(region)),
            suffix=None if is_cut_open else unless_wrong("domain", self._decode(suffix)),
            repository=None if selector.name is None else unless_wrong("repository", self._decode(selector.name)),
            pinned_by=selector.pinned_by,
            tag=unless_wrong("tag", selector.tag),
            digest=unless_wrong("digest", selector.digest),
            unresolved=self.unresolved,
            malformed=self._unless_unresolved(malformed),
        )

    def _selector(self, path: str) -> _Selector:
        """What the text behind the host says of repository and image."""
        before, at, digest = path.rpartition("@")
        if at:
            return _Selector(before.partition(":")[0], "digest", digest=self._decode(digest))
        name, colon, tag = path.partition(":")
        if colon and tag.startswith(_GLUED_DIGEST):
            return _Selector(name, "digest", digest=self._decode(tag))
        if colon and self._may_hold(name, "@") and re.fullmatch(_MAY_END_DIGEST, tag):
            return _Selector()  # `${Repo}:…` may be `orders@sha256:…`
        if colon:
            return _Selector(name, "tag", tag=self._decode(tag))
        if self._may_hold(path.rpartition("/")[2], ":@"):
            return _Selector()
        return _Selector(name, "none")

    def _wrong_selector(self, path: str) -> Malformed | None:
        before, at, digest = path.rpartition("@")
        _, colon, tag = (before if at else path).partition(":")
        if at and colon:
            return Malformed("digest", "it has a tag and a digest; Lambda takes one of the two")
        if at:
            return _wrong_digest(digest)
        return _wrong_tag(tag) if colon else None


def _wrong_repository(name: str | None) -> Malformed | None:
    if name is None or (2 <= len(name) <= 256 and re.fullmatch(REPOSITORY, name)):
        return None
    if not name:
        return Malformed("repository", "it names a registry, but no repository")
    literal = _HAS_HOLE.sub("", name)
    shown = _HAS_HOLE.sub("${…}", name)
    if literal != literal.lower():
        return Malformed("repository", f"the repository's name {shown!r} has upper-case letters")
    if stray := re.search(r"[^a-z0-9._/-]", literal):
        return Malformed("repository", f"the repository's name {shown!r} has the character {stray.group()!r}")
    if literal != name:
        return None
    if not 2 <= len(name) <= 256:
        counted = "only one character" if len(name) == 1 else f"{len(name)} characters"
        return Malformed("repository", f"the repository's name has {counted}; ECR takes 2 to 256")
    return Malformed("repository", f"the repository's name {name!r} has . _ - or / where a letter or digit must stand")


def _wrong_digest(digest: str) -> Malformed | None:
    if _HAS_HOLE.search(digest) or re.fullmatch(_DIGEST, digest):
        return None
    return Malformed("digest", f"the digest {digest!r} is not sha256: and 64 hexadecimal digits in lower case")


def _wrong_tag(tag: str) -> Malformed | None:
    if re.fullmatch(TAG, tag):
        return None
    literal = _HAS_HOLE.sub("", tag)
    shown = _HAS_HOLE.sub("${…}", tag)
    if not tag:
        return Malformed("tag", "the tag is empty")
    if tag.startswith(_GLUED_DIGEST):
        return Malformed("digest", "the digest is put on with ':'; it is put on with '@'")
    if stray := re.search(r"[^A-Za-z0-9_.-]", literal):
        return Malformed("tag", f"the tag {shown!r} has the character {stray.group()!r}")
    if len(literal) > 128:
        return Malformed("tag", f"the tag is {len(literal)} characters long; ECR takes up to 128")
    if tag[0] in ".-":
        return Malformed("tag", f"the tag {shown!r} begins with {tag[0]!r}")
    return None


def _wrong_account(account: str) -> Malformed | None:
    if _HAS_HOLE.search(account) or re.fullmatch("[0-9]{12}", account):
        return None
    if re.fullmatch("[0-9]+", account):
        return Malformed("account", f"the account {account} has {len(account)} digits; an account has 12")
    return Malformed("account", f"the account {account!r} is not 12 digits")


def _wrong_region(region: str) -> Malformed | None:
    if _HAS_HOLE.search(region) or is_region_name(region):
        return None
    if is_region_name(region[:-1]):
        return Malformed("region", f"{region!r} is an availability zone; the registry is in region {region[:-1]!r}")
    return Malformed("region", f"{region!r} is not the name of a region")


def _wrong_suffix(suffix: str, dual_stack: bool) -> Malformed | None:
    if _HAS_HOLE.search(suffix) or suffix in (_DUAL_STACK_SUFFIXES if dual_stack else SUFFIXES):
        return None
    return Malformed("domain", f"{suffix!r} is not a domain that ECR registries are in")


def _why_not_ecr(host: str) -> str:
    """Why a host that means to be a private ECR registry is not one."""
    if "dkr" not in host.split("."):
        return "the host has no '.dkr.ecr.'; it is <account>.dkr.ecr.<region>.amazonaws.com"
    if host.startswith(("dkr.", ".dkr.")):
        return "the host has no account before '.dkr.ecr.'"
    if ":" in host:
        return "the host has a port; ECR registries have none"
    return "the host is not <account>.dkr.ecr.<region>.amazonaws.com"
