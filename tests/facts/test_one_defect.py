"""One defect is one finding: which rules fire for a reference or a property."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.facts import (
    ACCOUNT,
    GCR,
    HOST,
    NOTHING,
    PINNED,
    SHA,
    image,
    in_assembly,
    judge,
    ref,
    rules,
    table,
    template,
)

REFERENCES: dict[str, tuple[Any, list[str]]] = {
    "digest": (PINNED, []),
    "tag": (f"{HOST}/orders:1.4.2", ["image-not-pinned"]),
    "latest": (f"{HOST}/orders:latest", ["image-tag-latest"]),
    "no-tag": (f"{HOST}/orders", ["image-tag-latest"]),
    "moving-tag": (f"{HOST}/orders:prod", ["image-tag-mutable"]),
    "major-version": (f"{HOST}/orders:v1", ["image-tag-mutable"]),
    "full-version": (f"{HOST}/orders:v1.2", ["image-not-pinned"]),
    "docker-hub": ("python:3.12", ["image-registry-unsupported"]),
    "docker-hub-latest": ("acme/api:latest", ["image-registry-unsupported"]),
    "docker-hub-without-tag": ("docker.io/acme/api", ["image-registry-unsupported"]),
    "ghcr-moving-tag": (f"{GCR}:prod", ["image-registry-unsupported"]),
    "ghcr-digest": (f"{GCR}@sha256:{SHA}", ["image-registry-unsupported"]),
    "public-ecr-latest": ("public.ecr.aws/lambda/python:latest", ["image-registry-unsupported"]),
    "port": ("registry.example.com:5000/api", ["image-registry-unsupported"]),
    "fips-of-another-region": (
        f"{ACCOUNT}.dkr.ecr-fips.us-east-1.amazonaws.com/orders:latest",
        ["image-registry-unsupported"],
    ),
    "name-alone": ("orders", ["image-uri-malformed"]),
    "scheme": (f"https://{PINNED}", ["image-uri-malformed"]),
    "scheme-without-tag": (f"https://{HOST}/orders", ["image-uri-malformed"]),
    "white-space": (f"{PINNED} ", ["image-uri-malformed"]),
    "arn": (f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/orders", ["image-uri-malformed"]),
    "registry-alone": (HOST, ["image-uri-malformed"]),
    "registry-and-slash": (f"{HOST}/", ["image-uri-malformed"]),
    "slash-first": ("/orders:1.4.2", ["image-uri-malformed"]),
    "account-of-11": (PINNED[1:], ["image-uri-malformed"]),
    "account-missing": (PINNED[len(ACCOUNT) :], ["image-uri-malformed"]),
    "region-is-a-zone": (PINNED.replace("eu-west-1", "us-east-1a"), ["image-uri-malformed"]),
    "domain-misspelt": (PINNED.replace("amazonaws.com", "amazonaws.org"), ["image-uri-malformed"]),
    "upper-case-name": (PINNED.replace("orders", "Orders"), ["image-uri-malformed"]),
    "empty-tag": (f"{HOST}/orders:", ["image-uri-malformed"]),
    "tag-with-plus": (f"{HOST}/orders:1.4.2+7", ["image-uri-malformed"]),
    "glued-digest": (PINNED.replace("@", ":"), ["image-uri-malformed"]),
    "tag-and-digest": (PINNED.replace("@", ":latest@"), ["image-uri-malformed"]),
    "short-digest": (PINNED[:-1], ["image-uri-malformed"]),
    "token": ("${Token[TOKEN.12]}", ["image-uri-unresolved"]),
    "token-as-account": (PINNED.replace(ACCOUNT, "${Token[AWS.AccountId.3]}"), ["image-uri-unresolved"]),
    "token-as-tag": (f"{HOST}/orders:${{Token[TOKEN.12]}}", ["image-uri-unresolved"]),
    "token-as-name": (f"{HOST}/${{Token[TOKEN.12]}}", ["image-uri-unresolved"]),
    "pseudo-parameters": (
        f"${{AWS::AccountId}}.dkr.ecr.${{AWS::Region}}.amazonaws.com/orders@sha256:{SHA}",
        ["image-uri-unresolved"],
    ),
    "undefined": ("undefined", ["image-uri-unresolved"]),
    "undefined-as-tag": (f"{HOST}/orders:undefined", ["image-uri-unresolved"]),
    "object": (f"{HOST}/[object Object]", ["image-uri-unresolved"]),
    "placeholder": (f"<account>.dkr.ecr.eu-west-1.amazonaws.com/Orders@sha256:{SHA}", ["image-uri-unresolved"]),
    "placeholder-elsewhere": ("acme/<repo>:latest", ["image-uri-unresolved"]),
    "another-region": (PINNED.replace("eu-west-1", "us-east-1"), ["image-region-mismatch"]),
    "another-partition": (
        PINNED.replace("eu-west-1.amazonaws.com", "cn-north-1.amazonaws.com.cn"),
        ["image-partition-mismatch"],
    ),
    "another-partition-in-our-domain": (PINNED.replace("eu-west-1", "cn-north-1"), ["image-partition-mismatch"]),
    "our-region-in-another-domain": (PINNED.replace(".com/", ".com.cn/"), ["image-partition-mismatch"]),
    "dual-stack": (
        PINNED.replace("dkr.ecr", "dkr-ecr").replace("amazonaws.com", "on.aws"),
        ["image-endpoint-unverified"],
    ),
    "dual-stack-of-another-region": (
        f"{ACCOUNT}.dkr-ecr.us-east-1.on.aws/orders@sha256:{SHA}",
        ["image-endpoint-unverified", "image-region-mismatch"],
    ),
    "two-defects": (
        f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/orders:latest",
        ["image-region-mismatch", "image-tag-latest"],
    ),
}


@pytest.mark.parametrize(("uri", "expected"), table(REFERENCES))
def test_one_defect_of_a_reference_is_one_finding(tmp_path: Path, uri: Any, expected: list[str]) -> None:
    report = judge(in_assembly(tmp_path, template(image(uri))))
    assert rules(report.findings) == expected


PROPERTIES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "runtime": ({"Runtime": "python3.12"}, ["runtime-on-image"]),
    "runtime-and-handler": ({"Runtime": "python3.12", "Handler": "a.b"}, ["runtime-on-image"]),
    "runtime-unknown": ({"Runtime": ref("Any")}, ["runtime-on-image"]),
    "runtime-taken-away": ({"Runtime": NOTHING, "Handler": NOTHING}, []),
    "sentinel-and-handler": (
        {"Runtime": "FROM_IMAGE", "Handler": "a.b"},
        ["from-image-sentinel", "runtime-on-image"],
    ),
    "signing": ({"CodeSigningConfigArn": "arn:x"}, ["zip-only-feature-on-image"]),
    "signing-unknown": ({"CodeSigningConfigArn": ref("Any")}, ["zip-only-feature-on-image"]),
    "signing-taken-away": ({"CodeSigningConfigArn": NOTHING}, []),
    "key": ({"Code": {"ImageUri": PINNED, "SourceKMSKeyArn": "arn:x"}}, ["zip-only-feature-on-image"]),
    "key-of-the-image": ({"KmsKeyArn": "arn:x"}, []),
    "layer": ({"Layers": ["arn:aws:lambda:eu-west-1:123456789012:layer:x:1"]}, ["layers-on-image"]),
    "layer-unknown": ({"Layers": [ref("Any")]}, ["layers-on-image"]),
    "layers-empty": ({"Layers": []}, []),
    "layers-taken-away": ({"Layers": [NOTHING]}, []),
    "image-config": ({"ImageConfig": {"Command": ["app.handler"]}}, []),
    "image-config-doubtful": ({"ImageConfig": {"EntryPoint": ["app.handler", ""]}}, ["image-config-doubtful"]),
    "image-config-on-zip": (
        {"PackageType": "Zip", "Code": {"ZipFile": "x"}, "ImageConfig": {"Command": ["a"]}},
        ["image-config-on-zip"],
    ),
    "image-config-beside-a-stray-image": (
        {"PackageType": "Zip", "ImageConfig": {"Command": ["a"]}},
        ["package-type-not-image"],
    ),
    "image-config-beside-a-stray-package-type": (
        {"Code": {"ZipFile": "x"}, "ImageConfig": {"Command": ["a"], "WorkingDirectory": "x"}},
        ["image-uri-missing"],
    ),
    "everything-of-zip-beside-a-stray-package-type": (
        {"Code": {"ZipFile": "x"}, "Runtime": "python3.12", "Layers": ["x"], "CodeSigningConfigArn": "y"},
        ["image-uri-missing"],
    ),
    "everything-of-zip-beside-a-stray-image": (
        {"PackageType": NOTHING, "Runtime": "python3.12", "Layers": ["x"], "CodeSigningConfigArn": "y"},
        ["package-type-not-image"],
    ),
}


@pytest.mark.parametrize(("properties", "expected"), table(PROPERTIES))
def test_one_defect_of_a_function_is_one_finding(
    tmp_path: Path, properties: dict[str, Any], expected: list[str]
) -> None:
    written = template({**image(), **properties}, Parameters={"Any": {"Type": "String"}})
    assert rules(judge(in_assembly(tmp_path, written)).findings) == expected
