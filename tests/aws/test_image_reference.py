"""Image references, whole and with holes: what each is read as, and which part of it is wrong and why."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelint.aws.image_reference import ImageReference, Malformed, PinnedBy, Registry, describe, parse
from imagelint.cloudformation.values import DIGITS, DOMAIN_CHARACTERS, REGION_CHARACTERS, REPOSITORY_CHARACTERS
from imagelint.text.holes import Hole, Str, concat, holes, parts_of, render

ACCOUNT = "123456789012"
HOST = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com"
SHA = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

# What the evaluator leaves open: pseudo parameters and names have an alphabet, anything else may hold any character.
ANY = Hole("Any")
OWN_ACCOUNT = Hole("AWS::AccountId", "App", DIGITS)
OWN_REGION = Hole("AWS::Region", "App", REGION_CHARACTERS)
OWN_SUFFIX = Hole("AWS::URLSuffix", "App", DOMAIN_CHARACTERS)
REPO = Hole("Repo", "App", REPOSITORY_CHARACTERS)
LETTERS = Hole("Letters", "App", "xX")


def lost(fragment: str) -> Hole:
    """A fragment that synthesis should have replaced stands for a text of its own."""
    return Hole(fragment, "unresolved")


def ecr(
    tag: Str | None = "1.4.2",
    malformed: tuple[Any, str] | None = None,
    *,
    registry: Registry = "ecr",
    service: str = "dkr.ecr",
    account: Str = ACCOUNT,
    region: Str = "eu-west-1",
    suffix: Str = "amazonaws.com",
    repository: Str | None = "orders",
    digest: Str | None = None,
    pinned_by: PinnedBy | None = None,
    unresolved: str | None = None,
    **without: None,
) -> ImageReference:
    """The reading of a reference to private ECR; keywords of None leave a part out that is not known."""
    parts: dict[str, Any] = {
        "host": render(concat([account, f".{service}.", region, ".", suffix])),
        "account": account,
        "region": region,
        "suffix": suffix,
        "repository": repository,
        "pinned_by": pinned_by or ("digest" if digest else "none" if tag is None else "tag"),
        "tag": None if digest else tag,
        "digest": digest,
        **without,
    }
    return ImageReference(registry, unresolved=unresolved, malformed=malformed and Malformed(*malformed), **parts)


def bad(part: Any, reason: str) -> ImageReference:
    """The reading of a text that is no reference at all."""
    return ImageReference(malformed=Malformed(part, reason))


def wrong(part: Any, reason: str, tag: Str | None = "1.4.2", **others: Any) -> ImageReference:
    """The reading of a reference to private ECR of which one part is wrong, and so not known."""
    field = {"domain": "suffix"}.get(part, part)
    reading = ecr(tag, **others)
    return ImageReference(**{**reading._asdict(), field: None, "malformed": Malformed(part, reason)})


def known(registry: Registry, host: str | None = None, unresolved: str | None = None) -> ImageReference:
    """The reading of another registry's reference: its parts do not matter."""
    return ImageReference(registry, host, unresolved=unresolved)


def opened(pinned_by: PinnedBy | None = None, **parts: Any) -> ImageReference:
    """The reading of a reference whose registry cannot be known."""
    return ImageReference(pinned_by=pinned_by, **parts)


NAME_ALONE = "it is a repository's name alone, without the registry's host"
NO_REPOSITORY = "it names a registry, but no repository"
NOT_A_DIGEST = "is not sha256: and 64 hexadecimal digits in lower case"
MISPLACED = "has . _ - or / where a letter or digit must stand"
GLUED = "the digest is put on with ':'; it is put on with '@'"
TWO = "it has a tag and a digest; Lambda takes one of the two"
NO_DKR = "the host has no '.dkr.ecr.'; it is <account>.dkr.ecr.<region>.amazonaws.com"
NOT_ECR = "the host is not <account>.dkr.ecr.<region>.amazonaws.com"
ARN = "it is an ARN; Lambda takes the repository's URI and a tag or digest"


def in_region(region: str, suffix: str) -> tuple[str, ImageReference]:
    return f"{ACCOUNT}.dkr.ecr.{region}.{suffix}/orders:1.4.2", ecr(region=region, suffix=suffix)


def in_account(account: str, reason: str) -> tuple[str, ImageReference]:
    return f"{account}.dkr.ecr.eu-west-1.amazonaws.com/orders:1.4.2", wrong("account", reason, account=account)


def of_region(region: str, reason: str) -> tuple[str, ImageReference]:
    return f"{ACCOUNT}.dkr.ecr.{region}.amazonaws.com/orders:1.4.2", wrong("region", reason, region=region)


def of_domain(suffix: str) -> tuple[str, ImageReference]:
    reason = f"{suffix!r} is not a domain that ECR registries are in"
    return f"{ACCOUNT}.dkr.ecr.eu-west-1.{suffix}/orders:1.4.2", wrong("domain", reason, suffix=suffix)


def of_name(name: str, reason: str | None = None) -> tuple[str, ImageReference]:
    reading = ecr(repository=name) if reason is None else wrong("repository", f"the repository's name {reason}")
    return f"{HOST}/{name}:1.4.2", reading


def of_tag(tag: str, reason: str | None = None) -> tuple[str, ImageReference]:
    return f"{HOST}/orders:{tag}", ecr(tag) if reason is None else wrong("tag", reason)


def of_digest(digest: str) -> tuple[str, ImageReference]:
    return f"{HOST}/orders@{digest}", wrong("digest", f"the digest {digest!r} {NOT_A_DIGEST}", digest=digest)


WHOLE: dict[str, tuple[str, ImageReference]] = {
    "tag": (f"{HOST}/orders:1.4.2", ecr()),
    "digest": (f"{HOST}/orders@sha256:{SHA}", ecr(digest=f"sha256:{SHA}")),
    "neither": (f"{HOST}/orders", ecr(None)),
    "latest": of_tag("latest"),
    "path-neither": (f"{HOST}/team/orders", ecr(None, repository="team/orders")),
    "path-digest": (f"{HOST}/a/b/c@sha256:{SHA}", ecr(repository="a/b/c", digest=f"sha256:{SHA}")),
    # registries of every partition
    "china": in_region("cn-north-1", "amazonaws.com.cn"),
    "govcloud": in_region("us-gov-west-1", "amazonaws.com"),
    "iso": in_region("us-iso-east-1", "c2s.ic.gov"),
    "iso-b": in_region("us-isob-east-1", "sc2s.sgov.gov"),
    "iso-e": in_region("eu-isoe-west-1", "cloud.adc-e.uk"),
    "iso-f": in_region("us-isof-south-1", "csp.hci.ic.gov"),
    "european-sovereign": in_region("eusc-de-east-1", "amazonaws.eu"),
    "region-of-two-digits": in_region("us-east-12", "amazonaws.com"),
    "region-that-nobody-knows-yet": in_region("xx-central-1", "amazonaws.com"),
    "domain-of-another-partition": in_region("cn-north-1", "amazonaws.com"),
    # repository names
    "name-path": of_name("team/orders"),
    "name-of-two": of_name("ab"),
    "name-of-256": of_name("a" * 256),
    "name-of-digits": of_name("007"),
    "name-dot": of_name("a.b"),
    "name-underscore": of_name("a_b"),
    "name-two-underscores": of_name("a__b"),
    "name-hyphen": of_name("a-b"),
    "name-two-hyphens": of_name("a--b"),
    "name-many-hyphens": of_name("a-----b"),
    "name-path-of-single-letters": of_name("a/b"),
    "name-cdk-assets": of_name(f"cdk-hnb659fds-container-assets-{ACCOUNT}-eu-west-1"),
    "name-like-a-host": of_name("ghcr.io/acme/api"),
    "name-with-port-like-part": of_name("localhost/5000"),
    "name-of-one": of_name("a", "has only one character; ECR takes 2 to 256"),
    "name-of-257": of_name("a" * 257, "has 257 characters; ECR takes 2 to 256"),
    "name-upper-case": of_name("Orders", "'Orders' has upper-case letters"),
    "name-upper-case-in-path": of_name("team/Orders", "'team/Orders' has upper-case letters"),
    "name-exclamation-mark": of_name("a!b", "'a!b' has the character '!'"),
    "name-plus": of_name("a+b", "'a+b' has the character '+'"),
    "name-star": of_name("a*", "'a*' has the character '*'"),
    "name-umlaut": of_name("bücher", "'bücher' has the character 'ü'"),
    "name-zero-width": of_name("or\u200bders", "'or\\u200bders' has the character '\\u200b'"),
    "name-private-use": of_name("or\U000f0000ders", "'or\ufffdders' has the character '\ufffd'"),
    "name-three-underscores": of_name("a___b", f"'a___b' {MISPLACED}"),
    "name-two-dots": of_name("a..b", f"'a..b' {MISPLACED}"),
    "name-dot-hyphen": of_name("a.-b", f"'a.-b' {MISPLACED}"),
    "name-begins-with-hyphen": of_name("-ab", f"'-ab' {MISPLACED}"),
    "name-ends-with-dot": of_name("ab.", f"'ab.' {MISPLACED}"),
    "name-begins-with-slash": of_name("/orders", f"'/orders' {MISPLACED}"),
    "name-ends-with-slash": of_name("orders/", f"'orders/' {MISPLACED}"),
    "name-two-slashes": of_name("team//orders", f"'team//orders' {MISPLACED}"),
    "name-empty": (f"{HOST}/:1.4.2", wrong("repository", NO_REPOSITORY)),
    "name-empty-with-digest": (
        f"{HOST}/@sha256:{SHA}",
        wrong("repository", NO_REPOSITORY, digest=f"sha256:{SHA}"),
    ),
    "registry-and-slash": (f"{HOST}/", bad("repository", NO_REPOSITORY)),
    "registry-alone": (HOST, bad("repository", NO_REPOSITORY)),
    "registry-and-tag": (f"{HOST}:1.4.2", bad("repository", NO_REPOSITORY)),
    "registry-and-digest": (f"{HOST}@sha256:{SHA}", bad("repository", NO_REPOSITORY)),
    # tags
    "tag-of-one": of_tag("1"),
    "tag-underscore": of_tag("_"),
    "tag-begins-with-upper-case": of_tag("X1"),
    "tag-upper-case": of_tag("V1.4.2-RC"),
    "tag-ends-with-dot": of_tag("1."),
    "tag-of-128": of_tag("a" * 128),
    "tag-like-a-hash": of_tag(SHA),
    "tag-sha256": of_tag("sha256"),
    "tag-empty": of_tag("", "the tag is empty"),
    "tag-of-129": of_tag("a" * 129, "the tag is 129 characters long; ECR takes up to 128"),
    "tag-begins-with-dot": of_tag(".1", "the tag '.1' begins with '.'"),
    "tag-begins-with-hyphen": of_tag("-1", "the tag '-1' begins with '-'"),
    "tag-plus": of_tag("1.4.2+build7", "the tag '1.4.2+build7' has the character '+'"),
    "tag-slash": of_tag("feature/x", "the tag 'feature/x' has the character '/'"),
    "tag-two-colons": of_tag("a:b", "the tag 'a:b' has the character ':'"),
    "tag-colon-first": of_tag(":1", "the tag ':1' has the character ':'"),
    # digests
    "digest-of-63": of_digest(f"sha256:{SHA[:-1]}"),
    "digest-of-65": of_digest(f"sha256:{SHA}0"),
    "digest-upper-case": of_digest(f"sha256:{SHA.upper()}"),
    "digest-not-hexadecimal": of_digest("sha256:" + "g" * 64),
    "digest-without-algorithm": of_digest(SHA),
    "digest-of-another-algorithm": of_digest("sha512:" + SHA * 2),
    "digest-empty": (
        f"{HOST}/orders@",
        wrong("digest", f"the digest '' {NOT_A_DIGEST}", tag=None, pinned_by="digest"),
    ),
    "digest-put-on-with-a-colon": (f"{HOST}/orders:sha256:{SHA}", wrong("digest", GLUED, digest="-")),
    "digest-cut-and-put-on-with-a-colon": (f"{HOST}/orders:sha256:", wrong("digest", GLUED, digest="-")),
    "tag-and-digest": (f"{HOST}/orders:1.4.2@sha256:{SHA}", wrong("digest", TWO, digest="-")),
    "empty-tag-and-digest": (f"{HOST}/orders:@sha256:{SHA}", wrong("digest", TWO, digest="-")),
    "two-digests": (
        f"{HOST}/orders@x@sha256:{SHA}",
        wrong("repository", "the repository's name 'orders@x' has the character '@'", digest=f"sha256:{SHA}"),
    ),
    "digest-and-tag": (f"{HOST}/orders@sha256:{SHA}:1.4.2", of_digest(f"sha256:{SHA}:1.4.2")[1]),
    # accounts
    "account-of-11": in_account("12345678901", "the account 12345678901 has 11 digits; an account has 12"),
    "account-of-13": in_account("1234567890123", "the account 1234567890123 has 13 digits; an account has 12"),
    "account-with-hyphens": in_account("1234-5678-9012", "the account '1234-5678-9012' is not 12 digits"),
    "account-of-letters": in_account("account", "the account 'account' is not 12 digits"),
    "account-of-other-digits": in_account("١٢٣٤٥٦٧٨٩٠١٢", "the account '١٢٣٤٥٦٧٨٩٠١٢' is not 12 digits"),
    "account-missing": (
        ".dkr.ecr.eu-west-1.amazonaws.com/orders:1.4.2",
        bad("host", "the host has no account before '.dkr.ecr.'"),
    ),
    "account-and-dot-missing": (
        "dkr.ecr.eu-west-1.amazonaws.com/orders:1.4.2",
        bad("host", "the host has no account before '.dkr.ecr.'"),
    ),
    # regions and domains
    "region-is-a-zone": of_region(
        "eu-west-1a", "'eu-west-1a' is an availability zone; the registry is in region 'eu-west-1'"
    ),
    "region-without-number": of_region("eu-west", "'eu-west' is not the name of a region"),
    "region-without-hyphen": of_region("euwest1", "'euwest1' is not the name of a region"),
    "region-with-underscores": of_region("eu_west_1", "'eu_west_1' is not the name of a region"),
    "region-upper-case": of_region("EU-WEST-1", "'EU-WEST-1' is not the name of a region"),
    "region-missing": (
        f"{ACCOUNT}.dkr.ecr.amazonaws.com/orders:1.4.2",
        wrong("region", "'amazonaws' is not the name of a region", region="amazonaws", suffix="com"),
    ),
    "region-empty": (f"{ACCOUNT}.dkr.ecr..amazonaws.com/orders:1.4.2", bad("host", NOT_ECR)),
    "domain-misspelt": of_domain("amazonaws.org"),
    "domain-cut": of_domain("amazonaws"),
    "domain-with-final-dot": of_domain("amazonaws.com."),
    "domain-of-dual-stack": of_domain("on.aws"),
    "domain-missing": (f"{ACCOUNT}.dkr.ecr.eu-west-1/orders:1.4.2", bad("host", NOT_ECR)),
    "dkr-missing": (f"{ACCOUNT}.ecr.eu-west-1.amazonaws.com/orders:1.4.2", bad("host", NO_DKR)),
    "dkr-and-ecr-missing": (f"{ACCOUNT}.eu-west-1.amazonaws.com/orders:1.4.2", bad("host", NO_DKR)),
    "api-endpoint": ("api.ecr.eu-west-1.amazonaws.com/orders:1.4.2", bad("host", NO_DKR)),
    "host-with-port": (f"{HOST}:443/orders:1.4.2", bad("host", "the host has a port; ECR registries have none")),
    "host-upper-case": (f"{HOST.upper()}/orders:1.4.2", bad("host", NOT_ECR)),
    "host-with-user": (f"AWS@{HOST}/orders:1.4.2", bad("host", NOT_ECR)),
    "ecr-misspelt": (f"{ACCOUNT}.dkr.erc.eu-west-1.amazonaws.com/orders:1.4.2", bad("host", NOT_ECR)),
    # no reference at all
    "scheme-https": (
        f"https://{HOST}/orders:1.4.2",
        bad("scheme", "it begins with the scheme https://; an image reference has none"),
    ),
    "scheme-docker": (
        "docker://python:3.12",
        bad("scheme", "it begins with the scheme docker://; an image reference has none"),
    ),
    "scheme-oci-upper-case": (
        f"OCI://{HOST}/orders",
        bad("scheme", "it begins with the scheme OCI://; an image reference has none"),
    ),
    "space-before": (f" {HOST}/orders:1.4.2", bad("whitespace", "it holds white space")),
    "space-behind": (f"{HOST}/orders:1.4.2 ", bad("whitespace", "it holds white space")),
    "space-inside": (f"{HOST}/my orders:1.4.2", bad("whitespace", "it holds white space")),
    "line-break": (f"{HOST}/orders:1.4.2\n", bad("whitespace", "it holds white space")),
    "no-break-space": (f"{HOST}/orders:1.4.2\u00a0", bad("whitespace", "it holds white space")),
    "control-character": (f"{HOST}/or\x00ders:1.4.2", bad("reference", "it holds a control character")),
    "delete-character": (f"{HOST}/or\x7fders:1.4.2", bad("reference", "it holds a control character")),
    "arn": (f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/orders", bad("reference", ARN)),
    "arn-with-tag": (f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/orders:1.4.2", bad("reference", ARN)),
    "name-alone": ("orders", bad("host", NAME_ALONE)),
    "path-alone": ("team/orders", bad("host", NAME_ALONE)),
    "path-of-three-alone": ("team/shop/orders", bad("host", NAME_ALONE)),
    "empty": ("", bad("host", "it has no registry host")),
    "tag-alone": (":1.4.2", bad("host", "it has no registry host")),
    "upper-case-alone": ("Orders:1.4.2", bad("host", "it has no registry host")),
    "host-empty": ("/orders:1.4.2", bad("host", "it begins with '/', where the registry's host must stand")),
    "path-here": ("./orders:1.4.2", bad("host", "it begins as a path, where the registry's host must stand")),
    "path-above": ("../orders:1.4.2", bad("host", "it begins as a path, where the registry's host must stand")),
    "slash-alone": ("/", bad("host", "it begins with '/', where the registry's host must stand")),
    # other registries
    "docker-hub-official": ("python:3.12", known("docker-hub")),
    "docker-hub-official-digest": (f"python@sha256:{SHA}", known("docker-hub")),
    "docker-hub-user": ("acme/api:1", known("docker-hub")),
    "docker-hub-user-digest": (f"acme/api@sha256:{SHA}", known("docker-hub")),
    "docker-hub-host": ("docker.io/library/python:3.12", known("docker-hub", "docker.io")),
    "docker-hub-host-without-tag": ("docker.io/acme/api", known("docker-hub", "docker.io")),
    "docker-hub-index": ("index.docker.io/acme/api:1", known("docker-hub", "index.docker.io")),
    "docker-hub-registry": ("registry-1.docker.io/acme/api:1", known("docker-hub", "registry-1.docker.io")),
    "docker-hub-host-upper-case": ("Docker.IO/acme/api:1", known("docker-hub", "Docker.IO")),
    "ghcr": ("ghcr.io/acme/api:1", known("ghcr", "ghcr.io")),
    "ghcr-digest": (f"ghcr.io/acme/api@sha256:{SHA}", known("ghcr", "ghcr.io")),
    "quay": ("quay.io/acme/api:1", known("quay", "quay.io")),
    "ecr-public": ("public.ecr.aws/lambda/python:3.12", known("ecr-public", "public.ecr.aws")),
    "ecr-public-dual-stack": ("ecr-public.aws.com/lambda/python:3.12", known("ecr-public", "ecr-public.aws.com")),
    "google": ("gcr.io/acme/api:1", known("other", "gcr.io")),
    "microsoft": ("mcr.microsoft.com/dotnet/runtime:8.0", known("other", "mcr.microsoft.com")),
    "own-host": ("registry.example.com/api:1", known("other", "registry.example.com")),
    "own-host-and-port": ("registry.example.com:5000/api:1", known("other", "registry.example.com:5000")),
    "host-of-one-label-and-port": ("registry:5000/api", known("other", "registry:5000")),
    "localhost": ("localhost/api:1", known("other", "localhost")),
    "localhost-and-port": ("localhost:5000/api:1", known("other", "localhost:5000")),
    "address-and-port": ("10.0.0.7:5000/api:1", known("other", "10.0.0.7:5000")),
    # ECR's other hosts
    "fips": (
        f"{ACCOUNT}.dkr.ecr-fips.us-east-1.amazonaws.com/orders:1.4.2",
        ecr(registry="ecr-fips", service="dkr.ecr-fips", region="us-east-1"),
    ),
    "fips-malformed": (
        f"{ACCOUNT}.dkr.ecr-fips.us-east-1.amazonaws.com/Orders:1.4.2",
        wrong(
            "repository",
            "the repository's name 'Orders' has upper-case letters",
            registry="ecr-fips",
            service="dkr.ecr-fips",
            region="us-east-1",
        ),
    ),
    "fips-dual-stack": (
        f"{ACCOUNT}.dkr-ecr-fips.us-east-1.on.aws/orders:1.4.2",
        ecr(registry="ecr-fips", service="dkr-ecr-fips", region="us-east-1", suffix="on.aws"),
    ),
    "dual-stack": (
        f"{ACCOUNT}.dkr-ecr.eu-west-1.on.aws/orders:1.4.2",
        ecr(registry="ecr-dual-stack", service="dkr-ecr", suffix="on.aws"),
    ),
    "dual-stack-china": (
        f"{ACCOUNT}.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn/orders",
        ecr(
            None,
            registry="ecr-dual-stack",
            service="dkr-ecr",
            region="cn-north-1",
            suffix="on.amazonwebservices.com.cn",
        ),
    ),
    "dual-stack-in-the-ordinary-domain": (
        f"{ACCOUNT}.dkr-ecr.eu-west-1.amazonaws.com/orders:1.4.2",
        wrong(
            "domain",
            "'amazonaws.com' is not a domain that ECR registries are in",
            registry="ecr-dual-stack",
            service="dkr-ecr",
        ),
    ),
}

UNRESOLVED: dict[str, tuple[str, ImageReference]] = {
    "token-whole": ("${Token[TOKEN.12]}", opened(unresolved="${Token[TOKEN.12]}")),
    "token-account": (
        "${Token[AWS.AccountId.3]}.dkr.ecr.eu-west-1.amazonaws.com/orders:1.4.2",
        ecr(account=lost("${Token[AWS.AccountId.3]}"), unresolved="${Token[AWS.AccountId.3]}"),
    ),
    "token-tag": (
        f"{HOST}/orders:${{Token[TOKEN.12]}}",
        ecr(lost("${Token[TOKEN.12]}"), unresolved="${Token[TOKEN.12]}"),
    ),
    "token-name": (
        f"{HOST}/${{Token[TOKEN.12]}}:1.4.2",
        ecr(repository=lost("${Token[TOKEN.12]}"), unresolved="${Token[TOKEN.12]}"),
    ),
    "token-of-a-list": (
        f"{HOST}/orders:#{{Token[TOKEN.12]}}",
        ecr(lost("#{Token[TOKEN.12]}"), unresolved="#{Token[TOKEN.12]}"),
    ),
    "token-cut": (f"{HOST}/orders:${{Token[TOK", ecr(lost("${Token[TOK"), unresolved="${Token[TOK")),
    "token-lower-case": (
        f"{HOST}/orders:${{token[token.12]}}",
        ecr(lost("${token[token.12]}"), unresolved="${token[token.12]}"),
    ),
    "token-encoded": (
        f"{HOST}/orders:%24%7BToken%5BTOKEN.12%5D%7D",
        ecr(lost("%24%7BToken%5BTOKEN.12%5D%7D"), unresolved="%24%7BToken%5BTOKEN.12%5D%7D"),
    ),
    "token-number": (
        f"{HOST}/orders:-1.8881545897087626e+289",
        ecr(lost("-1.8881545897087626e+289"), unresolved="-1.8881545897087626e+289"),
    ),
    "pseudo-parameters-outside-sub": (
        "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/orders:1.4.2",
        ecr(
            account=lost("${AWS::AccountId}"),
            region=lost("${AWS::Region}"),
            suffix=lost("${AWS::URLSuffix}"),
            unresolved="${AWS::AccountId}",
        ),
    ),
    "shell-variable": (f"{HOST}/orders:${{TAG}}", ecr(lost("${TAG}"), unresolved="${TAG}")),
    "shell-default": (f"{HOST}/orders:${{TAG:-x}}", ecr(lost("${TAG:-x}"), unresolved="${TAG:-x}")),
    "object": ("[object Object]", opened(unresolved="[object Object]")),
    "object-tag": (f"{HOST}/orders:[object Object]", ecr(lost("[object Object]"), unresolved="[object Object]")),
    "object-promise": (f"{HOST}/orders:[object Promise]", ecr(lost("[object Promise]"), unresolved="[object Promise]")),
    "undefined": ("undefined", opened(unresolved="undefined")),
    "undefined-tag": (f"{HOST}/orders:undefined", ecr(lost("undefined"), unresolved="undefined")),
    "undefined-name": (
        f"{HOST}/undefined:1.4.2",
        ecr(repository=lost("undefined"), unresolved="undefined"),
    ),
    "undefined-account": (
        "undefined.dkr.ecr.eu-west-1.amazonaws.com/orders:1.4.2",
        ecr(account=lost("undefined"), unresolved="undefined"),
    ),
    "undefined-region": (
        f"{ACCOUNT}.dkr.ecr.undefined.amazonaws.com/orders:1.4.2",
        ecr(region=lost("undefined"), unresolved="undefined"),
    ),
    "placeholder-account": (
        "<account>.dkr.ecr.eu-west-1.amazonaws.com/orders:1.4.2",
        ecr(account=lost("<account>"), unresolved="<account>"),
    ),
    "placeholder-with-space": (
        f"{HOST}/<your repo>:1.4.2",
        ecr(repository=lost("<your repo>"), unresolved="<your repo>"),
    ),
    "placeholder-docker-hub": ("acme/<repo>:1", known("docker-hub", unresolved="<repo>")),
    "variable-and-scheme-is-one-defect": ("https://${HOST}/orders:1", opened(unresolved="${HOST}")),
    "placeholder-and-no-ecr-host-is-one-defect": (
        f"{ACCOUNT}.ecr.eu-west-1.amazonaws.com/orders:<tag>",
        opened(unresolved="<tag>"),
    ),
    "placeholder-and-upper-case-is-one-defect": (
        f"{HOST}/Orders:<tag>",
        ecr(lost("<tag>"), repository=None, unresolved="<tag>"),
    ),
    "undefined-in-a-word-is-a-name": of_name("undefined-behaviour"),
    "undefined-as-a-suffix-is-a-name": of_name("is_undefined"),
}
WITH_HOLES: dict[str, tuple[Str, ImageReference]] = {
    "everything": (ANY, opened()),
    "own-environment": (
        concat([OWN_ACCOUNT, ".dkr.ecr.", OWN_REGION, ".", OWN_SUFFIX, "/orders:1.4.2"]),
        ecr(account=OWN_ACCOUNT, region=OWN_REGION, suffix=OWN_SUFFIX),
    ),
    "own-repository": (
        concat([OWN_ACCOUNT, ".dkr.ecr.", OWN_REGION, ".", OWN_SUFFIX, "/", REPO, ":latest"]),
        ecr("latest", account=OWN_ACCOUNT, region=OWN_REGION, suffix=OWN_SUFFIX, repository=REPO),
    ),
    "own-repository-without-tag": (
        concat([OWN_ACCOUNT, ".dkr.ecr.", OWN_REGION, ".", OWN_SUFFIX, "/", REPO]),
        ecr(None, account=OWN_ACCOUNT, region=OWN_REGION, suffix=OWN_SUFFIX, repository=REPO),
    ),
    "account-of-a-parameter": (concat([ANY, ".dkr.ecr.eu-west-1.amazonaws.com/orders:1.4.2"]), ecr(account=ANY)),
    "account-in-pieces": (
        concat(["1234", ANY, ".dkr.ecr.eu-west-1.amazonaws.com/orders:1.4.2"]),
        ecr(account=concat(["1234", ANY])),
    ),
    "region-in-pieces": (
        concat([f"{ACCOUNT}.dkr.ecr.eu-", OWN_REGION, ".amazonaws.com/orders:1.4.2"]),
        ecr(region=concat(["eu-", OWN_REGION])),
    ),
    "domain-in-pieces": (
        concat([f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.", OWN_SUFFIX, "/orders:1.4.2"]),
        ecr(suffix=concat(["amazonaws.", OWN_SUFFIX])),
    ),
    "asset-name": (
        concat([f"{HOST}/cdk-assets-", OWN_ACCOUNT, "-", OWN_REGION, f":{SHA}"]),
        ecr(SHA, repository=concat(["cdk-assets-", OWN_ACCOUNT, "-", OWN_REGION])),
    ),
    "tag": (concat([f"{HOST}/orders:", ANY]), ecr(ANY)),
    "tag-of-128-and-perhaps-no-more": (
        concat([f"{HOST}/orders:{'a' * 128}", ANY]),
        ecr(concat(["a" * 128, ANY])),
    ),
    "tag-prefix-known": (concat([f"{HOST}/orders:v", ANY]), ecr(concat(["v", ANY]))),
    "digest": (concat([f"{HOST}/orders@", ANY]), ecr(digest=ANY)),
    "digest-without-algorithm": (
        concat([f"{HOST}/orders@sha256:", ANY]),
        ecr(digest=concat(["sha256:", ANY])),
    ),
    "name": (concat([f"{HOST}/", REPO, ":1.4.2"]), ecr(repository=REPO)),
    "name-that-may-hold-the-tag": (
        concat([f"{HOST}/", ANY]),
        ImageReference("ecr", HOST, ACCOUNT, "eu-west-1", "amazonaws.com"),
    ),
    "name-that-may-end-in-the-tag": (
        concat([f"{HOST}/orders", ANY]),
        ImageReference("ecr", HOST, ACCOUNT, "eu-west-1", "amazonaws.com"),
    ),
    "name-that-ends-in-letters": (concat([f"{HOST}/", LETTERS]), ecr(None, repository=LETTERS)),
    "name-of-letters-then-tag": (concat([f"{HOST}/", LETTERS, ":", Hole("Tag")]), ecr(Hole("Tag"), repository=LETTERS)),
    "region-of-letters-and-no-domain": (
        concat([f"{ACCOUNT}.dkr.ecr.", LETTERS, ".cn/orders:1.4.2"]),
        wrong("domain", "'cn' is not a domain that ECR registries are in", region=LETTERS, suffix="cn"),
    ),
    "name-whose-path-is-open": (concat([f"{HOST}/", ANY, "/orders"]), ecr(None, repository=concat([ANY, "/orders"]))),
    "name-whose-path-is-open-and-tag": (
        concat([f"{HOST}/", ANY, "/orders:1.4.2"]),
        ecr(repository=concat([ANY, "/orders"])),
    ),
    "host-and-name-of-a-parameter": (concat([ANY, ":1.4.2"]), opened("tag", tag="1.4.2")),
    "host-and-name-of-a-parameter-latest": (concat([ANY, ":latest"]), opened("tag", tag="latest")),
    "host-and-name-of-a-parameter-digest": (
        concat([ANY, f"@sha256:{SHA}"]),
        opened("digest", digest=f"sha256:{SHA}"),
    ),
    "host-of-a-parameter": (concat([ANY, "/orders:1.4.2"]), opened("tag", tag="1.4.2")),
    "host-of-a-parameter-without-tag": (concat([ANY, "/orders"]), opened("none")),
    "host-of-a-parameter-name-too": (concat([ANY, "/", Hole("Other")]), opened()),
    "host-behind-a-known-beginning": (concat(["registry.", ANY, "/orders:1.4.2"]), opened("tag", tag="1.4.2")),
    "name-then-tag-open": (concat(["orders:", ANY]), opened("tag", tag=ANY)),
    "whole-then-tag-open-from-a-letter": (
        concat([ANY, ":v", Hole("Tag")]),
        opened("tag", tag=concat(["v", Hole("Tag")])),
    ),
    "whole-then-tag-or-digest": (concat([ANY, ":", Hole("Tag")]), opened()),
    "whole-then-hash-or-digest": (concat([ANY, f":{SHA}"]), opened()),
    "name-then-tag-or-digest": (
        concat([f"{HOST}/", ANY, ":", Hole("Tag")]),
        ImageReference("ecr", HOST, ACCOUNT, "eu-west-1", "amazonaws.com"),
    ),
    "own-name-then-tag": (concat([f"{HOST}/", REPO, ":", Hole("Tag")]), ecr(Hole("Tag"), repository=REPO)),
    "region-and-domain-not-told-apart": (
        concat([f"{ACCOUNT}.dkr.ecr.", ANY, ".cn/orders:1.4.2"]),
        ImageReference(
            "ecr", f"{ACCOUNT}.dkr.ecr.${{Any}}.cn", ACCOUNT, repository="orders", pinned_by="tag", tag="1.4.2"
        ),
    ),
    "region-open-and-domain-known": (
        concat([f"{ACCOUNT}.dkr.ecr.", ANY, ".amazonaws.com.cn/orders:1.4.2"]),
        ecr(region=ANY, suffix="amazonaws.com.cn"),
    ),
    "registry-alone-may-go-on": (
        concat([f"{ACCOUNT}.dkr.ecr.eu-west-1.", ANY]),
        opened(),
    ),
    "registry-alone-cannot-go-on-in-letters": (
        concat([f"{ACCOUNT}.dkr.ecr.eu-west-1.", LETTERS]),
        bad("repository", NO_REPOSITORY),
    ),
    "registry-alone-cannot-go-on": (
        concat([f"{ACCOUNT}.dkr.ecr.eu-west-1.", OWN_SUFFIX]),
        bad("repository", NO_REPOSITORY),
    ),
    # wrong whatever the holes will hold
    "scheme": (
        concat(["https://", ANY]),
        bad("scheme", "it begins with the scheme https://; an image reference has none"),
    ),
    "white-space": (concat([ANY, " "]), bad("whitespace", "it holds white space")),
    "arn": (concat(["arn:aws:ecr:", OWN_REGION, ":", OWN_ACCOUNT, ":repository/orders"]), bad("reference", ARN)),
    "name-alone": (concat(["team/", REPO]), bad("host", NAME_ALONE)),
    "name-alone-of-letters": (concat(["team/", LETTERS]), bad("host", NAME_ALONE)),
    "host-empty": (concat(["/", ANY]), bad("host", "it begins with '/', where the registry's host must stand")),
    "account-too-short": (
        concat(["1234.dkr.ecr.", OWN_REGION, ".", OWN_SUFFIX, "/orders:1.4.2"]),
        wrong(
            "account",
            "the account 1234 has 4 digits; an account has 12",
            account="1234",
            region=OWN_REGION,
            suffix=OWN_SUFFIX,
        ),
    ),
    "upper-case-beside-a-hole": (
        concat([f"{HOST}/Orders-", REPO, ":1.4.2"]),
        wrong("repository", "the repository's name 'Orders-${…}' has upper-case letters"),
    ),
    "stray-character-beside-a-hole": (
        concat([f"{HOST}/a+", REPO, ":1.4.2"]),
        wrong("repository", "the repository's name 'a+${…}' has the character '+'"),
    ),
    "tag-stray-character-beside-a-hole": (
        concat([f"{HOST}/orders:", ANY, "+x"]),
        wrong("tag", "the tag '${…}+x' has the character '+'"),
    ),
    "tag-begins-wrongly-before-a-hole": (
        concat([f"{HOST}/orders:-", ANY]),
        wrong("tag", "the tag '-${…}' begins with '-'"),
    ),
    "tag-and-digest-both-open": (concat([f"{HOST}/orders:", ANY, "@", ANY]), wrong("digest", TWO, digest="-")),
    "glued-digest-open": (concat([f"{HOST}/orders:sha256:", ANY]), wrong("digest", GLUED, digest="-")),
    # other registries stay what they are
    "docker-hub-tag-open": (concat(["acme/api:", ANY]), known("docker-hub")),
    "docker-hub-end-open": (concat(["acme/api", ANY]), known("docker-hub")),
    "ghcr-open": (concat(["ghcr.io/", ANY]), known("ghcr", "ghcr.io")),
    "ecr-public-open": (concat(["public.ecr.aws/", ANY, ":", ANY]), known("ecr-public", "public.ecr.aws")),
    "own-host-open": (concat(["registry.example.com:5000/", ANY]), known("other", "registry.example.com:5000")),
    "fips-open": (
        concat([f"{ACCOUNT}.dkr.ecr-fips.", OWN_REGION, ".amazonaws.com/orders:1.4.2"]),
        ecr(registry="ecr-fips", service="dkr.ecr-fips", region=OWN_REGION),
    ),
    "unresolved-beside-a-hole": (
        concat([f"{HOST}/${{Name}}:v", ANY]),
        ecr(concat(["v", ANY]), repository=lost("${Name}"), unresolved="${Name}"),
    ),
}

TABLE = {**WHOLE, **{f"unresolved-{name}": each for name, each in UNRESOLVED.items()}} | {
    f"open-{name}": each for name, each in WITH_HOLES.items()
}


@pytest.mark.parametrize(("text", "reading"), TABLE.values(), ids=TABLE)
def test_reading(text: Str, reading: ImageReference) -> None:
    assert parse(text) == reading


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("python:3.12", "the Docker Hub image docker.io/library/python:3.12"),
        ("acme/api:1", "the Docker Hub image docker.io/acme/api:1"),
        ("docker.io/acme/api:1", "an image of Docker Hub (docker.io)"),
        ("ghcr.io/acme/api:1", "an image of GitHub Container Registry (ghcr.io)"),
        ("quay.io/acme/api:1", "an image of Quay (quay.io)"),
        ("public.ecr.aws/acme/api:1", "an image of Amazon ECR Public (public.ecr.aws)"),
        ("registry.example.com:5000/api:1", "an image of the registry registry.example.com:5000"),
        (f"{HOST}/orders:1", f"an image of private Amazon ECR ({HOST})"),
        (ANY, "an image of a registry that is not known"),
    ],
)
def test_description(text: Str, words: str) -> None:
    assert describe(parse(text), render(text)) == words


# -- what holds for all references --------------------------------------------------------------------------------

REGIONS = {
    "eu-west-1": "amazonaws.com",
    "us-gov-east-1": "amazonaws.com",
    "cn-northwest-1": "amazonaws.com.cn",
    "us-isob-east-1": "sc2s.sgov.gov",
    "eusc-de-east-1": "amazonaws.eu",
}
accounts = st.from_regex("[0-9]{12}", fullmatch=True)
names = st.from_regex(
    "[a-z0-9]{1,8}(?:(?:[.]|_|__|-{1,3})[a-z0-9]{1,4}){0,2}(?:/[a-z0-9]{1,8}(?:[._-][a-z0-9]{1,4})?){0,2}",
    fullmatch=True,
).filter(lambda name: len(name) > 1 and "undefined" not in name)
tags = st.from_regex("[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", fullmatch=True).filter(
    lambda tag: "undefined" not in tag.lower()
)
digests = st.from_regex("sha256:[0-9a-f]{64}", fullmatch=True)


@st.composite
def references(draw: st.DrawFn) -> tuple[list[str], ImageReference]:
    """A reference made by the grammar, in its parts and separators, with the reading that it must have."""
    account, name = draw(accounts), draw(names)
    region, suffix = draw(st.sampled_from(sorted(REGIONS.items())))
    kind = draw(st.sampled_from([":", "@", ""]))
    selector = draw({":": tags, "@": digests, "": st.just("")}[kind])
    pieces = [account, ".dkr.ecr.", region, ".", suffix, "/", name, kind, selector]
    reading = ecr(
        selector if kind == ":" else None,
        account=account,
        region=region,
        suffix=suffix,
        repository=name,
        digest=selector if kind == "@" else None,
    )
    return pieces, reading


@given(references())
def test_a_reference_made_by_the_grammar_is_read_as_its_parts(made: tuple[list[str], ImageReference]) -> None:
    pieces, reading = made
    assert parse("".join(pieces)) == reading


def hole_for(content: str, number: int, narrow: bool) -> Hole:
    return Hole(f"hole {number}", alphabet="".join(sorted(set(content))) if narrow and content else None)


def filled(text: Str | None, contents: dict[Hole, str]) -> str | None:
    if text is None:
        return None
    return "".join(part if isinstance(part, str) else contents.get(part, part.name) for part in parts_of(text))


@given(references(), st.sets(st.sampled_from([0, 2, 4, 6, 8]), min_size=1), st.booleans())
def test_a_hole_for_a_part_never_makes_a_reference_malformed(
    made: tuple[list[str], ImageReference], gone: set[int], narrow: bool
) -> None:
    pieces, whole = made
    parts: list[Str] = [hole_for(piece, i, narrow) if i in gone and piece else piece for i, piece in enumerate(pieces)]
    contents = {part: piece for part, piece in zip(parts, pieces, strict=True) if isinstance(part, Hole)}
    reading = parse(concat(parts))
    assert reading.malformed is None
    assert reading.unresolved is None
    assert_agrees(reading, whole, contents)


def assert_agrees(reading: ImageReference, whole: ImageReference, contents: dict[Hole, str]) -> None:
    """What was read with holes is, with the holes filled, what is read of the whole."""
    for name in ("account", "region", "suffix", "repository", "tag", "digest"):
        part = filled(getattr(reading, name), contents)
        assert part is None or part == getattr(whole, name), name
    assert reading.registry in (None, whole.registry)
    assert reading.pinned_by in (None, whole.pinned_by)


@given(references(), st.data())
def test_a_hole_for_any_stretch_never_makes_a_reference_malformed(
    made: tuple[list[str], ImageReference], data: st.DataObject
) -> None:
    """A stretch of the host, or of what is behind it: a hole that crosses the slash is no part of a host."""
    pieces, whole = made
    text = "".join(pieces)
    slash = text.index("/")
    low, high = data.draw(st.sampled_from([(0, slash), (slash + 1, len(text))]))
    start, end = sorted(data.draw(st.lists(st.integers(low, high), min_size=2, max_size=2)))
    content = text[start:end]
    hole = hole_for(content, 0, data.draw(st.booleans()))
    reading = parse(concat([text[:start], hole, text[end:]]))
    assert reading.malformed is None
    assert_agrees(reading, whole, {hole: content})


TOKENS = [
    ACCOUNT,
    "1234",
    ".dkr.ecr.",
    ".dkr-ecr.",
    "eu-west-1",
    "eu-west-1a",
    ".amazonaws.com",
    ".on.aws",
    "/",
    ":",
    "@",
    "sha256:",
    SHA,
    "orders",
    "Orders",
    "a+b",
    "-",
    ".",
    " ",
    "https://",
    "arn:aws:ecr:",
    "docker.io",
    "latest",
    HOST,
    f"{HOST}/orders",
]
loose = st.lists(st.sampled_from(TOKENS), max_size=6).map("".join)


@given(
    st.lists(st.one_of(st.sampled_from(TOKENS), st.sampled_from([ANY, OWN_ACCOUNT, OWN_REGION, REPO])), max_size=8),
    st.data(),
)
def test_what_is_malformed_with_holes_is_malformed_however_they_are_filled(
    parts: list[Str], data: st.DataObject
) -> None:
    text = concat(parts)
    if parse(text).malformed is None:
        return
    # A hole of the host is taken not to hold a slash.
    before, slash, _ = render(text).partition("/")
    contents = {}
    for hole in dict.fromkeys(holes(text)):
        content = data.draw(loose if hole.alphabet is None else st.text(hole.alphabet, max_size=12), label=hole.name)
        contents[hole] = content.replace("/", "") if slash and render(hole) in before else content
    whole = parse("".join(part if isinstance(part, str) else contents[part] for part in parts_of(text)))
    assert whole.malformed is not None


@given(
    st.one_of(
        st.text(),
        st.lists(st.one_of(st.sampled_from(TOKENS), st.text(max_size=4), st.builds(Hole, st.text(max_size=3)))).map(
            concat
        ),
    )
)
def test_no_text_is_too_strange_to_be_read(text: Str) -> None:
    reading = parse(text)
    assert (reading.tag is None) or reading.pinned_by == "tag"
    assert (reading.digest is None) or reading.pinned_by == "digest"
    assert reading.malformed is None or reading.unresolved is None
    assert describe(reading, render(text)) is not None
    if reading.malformed is not None:
        assert not re.search("[\U000f0000-\U000ffffd]", reading.malformed.reason), "a hole's code is shown"
