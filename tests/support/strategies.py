"""Strategies of hypothesis for what imagelint reads: mostly well formed, at random places of a wrong shape.

Names come from few, so that references mostly meet; every value is plain data, as it is written into the file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

Data = Any
"""A value of JSON."""

ACCOUNT, REGION = "123456789012", "eu-west-1"
HOST = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
HASH = "0123456789abcdef" * 4

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
)
KEYS = st.sampled_from(("Ref", "Fn::Sub", "Fn::Join", "Fn::If", "Type", "Properties", "Condition", "P0", "")) | st.text(
    max_size=6
)
ANYTHING: st.SearchStrategy[Data] = st.recursive(
    SCALARS, lambda inside: st.lists(inside, max_size=3) | st.dictionaries(KEYS, inside, max_size=3), max_leaves=6
)


@st.composite
def mostly(draw: st.DrawFn, right: st.SearchStrategy[Data], wrong: st.SearchStrategy[Data] = ANYTHING) -> Data:
    """A value as it should be, and once in a while another."""
    return draw(wrong if draw(st.integers(0, 24)) == 24 else right)


@st.composite
def record(draw: st.DrawFn, needed: Mapping[str, Any], optional: Mapping[str, Any] | None = None) -> dict[str, Data]:
    """An object with entries that are there mostly, and entries that are there at times."""
    made = {key: draw(mostly(value)) for key, value in needed.items() if draw(st.integers(0, 39)) != 39}
    for key, value in (optional or {}).items():
        if draw(st.integers(0, 4)) == 4:
            made[key] = draw(mostly(value))
    return made


def sometimes(*values: str) -> st.SearchStrategy[str]:
    """One of some texts."""
    return st.sampled_from(values)


# -- image references -----------------------------------------------------------------------------------------------

_TAGS = sometimes("", ":", ":1.2.3", ":latest", ":LATEST", ":v1", ":-x", f":{HASH}", ":1@", f":1@sha256:{HASH}")
_DIGESTS = sometimes("", "", "", f"@sha256:{HASH}", "@sha256:", "@md5:0", f"sha256:{HASH}", f"@sha256:{HASH[:63]}")
_REPOSITORIES = sometimes("app", "team/app", "App", "a--b", "", "/", "a//b", "a b", "cache/lib/python", "x" * 300)
_HOSTS = st.one_of(
    st.just(HOST),
    sometimes("ghcr.io", "docker.io", "public.ecr.aws", "quay.io", "localhost:5000", "r.example.com", ""),
    st.builds(
        lambda account, service, region, suffix: f"{account}.{service}.{region}.{suffix}",
        sometimes(ACCOUNT, "999999999999", "12345678901", "", "a"),
        sometimes("dkr.ecr", "dkr-ecr", "dkr.ecr-fips", "ecr"),
        sometimes(REGION, "cn-north-1", "us-gov-west-1", "eu-west-", "mars-1", ""),
        sometimes("amazonaws.com", "amazonaws.com.cn", "on.aws", "amazonaws.eu", ""),
    ),
)
IMAGE_REFERENCES: st.SearchStrategy[str] = st.one_of(
    st.builds(lambda host, name, tag, digest: f"{host}/{name}{tag}{digest}", _HOSTS, _REPOSITORIES, _TAGS, _DIGESTS),
    st.builds(
        lambda before, reference, after: f"{before}{reference}{after}",
        sometimes("", " ", "https://", "docker://", "${Token[TOKEN.12]}", "${AWS::AccountId}", "<account-id>"),
        st.builds(lambda name, tag: f"{HOST}/{name}{tag}", _REPOSITORIES, _TAGS),
        sometimes("", " ", "\n", "undefined", "[object Object]", "${AWS::Region}", "{{resolve:ssm:/tag}}", "\x00"),
    ),
    st.text(max_size=30),
    st.text(alphabet="a0./:@-_${}%[]<>#", max_size=40),
)

# -- intrinsic functions --------------------------------------------------------------------------------------------

PARAMETERS, CONDITIONS, MAPPINGS = ("P0", "P1", "P2"), ("C0", "C1", "C2"), ("M0", "M1")
RESOURCES = ("Fn0", "Fn1", "Repo0", "Repo1", "Role0", "Policy0", "Nested0", "Other0")
EXPORTS = ("E0", "E1")
_PSEUDO = ("AWS::AccountId", "AWS::Region", "AWS::Partition", "AWS::URLSuffix", "AWS::StackName", "AWS::NoValue")
_ATTRIBUTES = ("Arn", "RepositoryUri", "Outputs.O0", "Outputs.O1", "Outputs.", "Name", "/exports/E0")
_NAMES = st.sampled_from((*PARAMETERS, *PARAMETERS, *RESOURCES, *_PSEUDO, *_PSEUDO, "Nothing"))
_LITERALS = st.one_of(
    sometimes("", ":", ".", "/", ",", "app", "prod", "true", "1", "a,b,c", "latest", REGION, ACCOUNT, HOST),
    sometimes(f"{HOST}/app:1", f"{HOST}/app", ".dkr.ecr.", ".amazonaws.com/app", "{{resolve:ssm:/x}}", "{{resolve:"),
    IMAGE_REFERENCES,
)


def _template_text(pieces: list[str]) -> str:
    return "".join(pieces)


_SUB_TEXTS = st.lists(
    st.one_of(
        _LITERALS,
        st.builds("${{{}}}".format, _NAMES),
        st.builds("${{{}.{}}}".format, st.sampled_from(RESOURCES), st.sampled_from(_ATTRIBUTES)),
        sometimes("${!Literal}", "${", "$", "}", "${V}", "${ V }", "${}", "${!}", "${.}", "${A.}"),
    ),
    max_size=5,
).map(_template_text)


def _calls(value: st.SearchStrategy[Data]) -> st.SearchStrategy[Data]:
    """An intrinsic function whose arguments are values."""
    some = mostly(st.lists(value, max_size=3)) | value

    def call(name: str, *arguments: st.SearchStrategy[Data]) -> st.SearchStrategy[Data]:
        return mostly(st.tuples(*arguments).map(list)).map(lambda argument: {name: argument})

    def short(name: str, argument: st.SearchStrategy[Data]) -> st.SearchStrategy[Data]:
        return mostly(argument).map(lambda given: {name: given})

    return st.one_of(
        short("Ref", _NAMES),
        short("Fn::Sub", _SUB_TEXTS),
        call("Fn::Sub", _SUB_TEXTS, st.dictionaries(sometimes("V", "P0", " V", ""), value, max_size=2)),
        call("Fn::Join", _LITERALS, some),
        call("Fn::Select", mostly(st.integers(-1, 4)) | value, some),
        call("Fn::Split", _LITERALS, value),
        call("Fn::If", st.sampled_from(CONDITIONS), value, value),
        call("Fn::FindInMap", mostly(st.sampled_from(MAPPINGS)), mostly(_MAP_KEYS) | value, mostly(_MAP_KEYS) | value),
        call("Fn::FindInMap", st.sampled_from(MAPPINGS), value, value, short("DefaultValue", value)),
        call("Fn::GetAtt", st.sampled_from(RESOURCES), st.sampled_from(_ATTRIBUTES) | value),
        short("Fn::GetAtt", st.builds("{}.{}".format, st.sampled_from(RESOURCES), st.sampled_from(_ATTRIBUTES))),
        short("Fn::ImportValue", st.sampled_from(EXPORTS) | value),
        short(
            "Fn::GetStackOutput",
            record(
                {"StackName": sometimes("A", "B", "Deployed") | value, "OutputName": sometimes("O0", "O1")},
                {"Region": sometimes(REGION) | value, "RoleArn": value},
            ),
        ),
        short("Fn::Length", some),
        short("Fn::ToJsonString", value),
        short("Fn::Base64", value),
        short("Fn::Transform", value),
        short("Fn::Nonsense", value),
        st.dictionaries(sometimes("Fn::Sub", "Ref", "a", "Fn::ForEach::X"), value, min_size=2, max_size=2),
    )


_MAP_KEYS = st.sampled_from((REGION, "us-east-1", "prod", "K0", "K1"))
VALUES: st.SearchStrategy[Data] = st.recursive(
    st.one_of(_LITERALS, _LITERALS, _NAMES.map(lambda name: {"Ref": name}), ANYTHING), _calls, max_leaves=6
)
"""A value of a template, with intrinsic functions at random."""

_EQUALS = st.tuples(VALUES, VALUES).map(lambda sides: {"Fn::Equals": list(sides)}) | st.tuples(
    st.sampled_from((*PARAMETERS, "AWS::Region", "AWS::AccountId")), sometimes("prod", "true", REGION, ACCOUNT, "")
).map(lambda pair: {"Fn::Equals": [{"Ref": pair[0]}, pair[1]]})
CONDITION_VALUES: st.SearchStrategy[Data] = st.recursive(
    mostly(_EQUALS | st.sampled_from(CONDITIONS).map(lambda name: {"Condition": name})),
    lambda inside: st.builds(
        lambda name, parts: {name: parts},
        sometimes("Fn::And", "Fn::Or", "Fn::Not", "Fn::Contains"),
        mostly(st.lists(inside, min_size=1, max_size=2)),
    ),
    max_leaves=4,
)

# -- policies -------------------------------------------------------------------------------------------------------

_ACTIONS = sometimes(
    "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:*", "*", "ECR:batchget*", "s3:Get?bject", "logs:Put*", "ecr"
)
_PRINCIPALS = st.one_of(
    st.just("*"),
    st.dictionaries(
        sometimes("Service", "AWS", "Federated", "service", "*"),
        mostly(
            sometimes("lambda.amazonaws.com", "*", "lambda.amazonaws.com.cn", ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root")
            | VALUES
        ),
        min_size=1,
        max_size=2,
    ),
)
_POLICY_CONDITIONS = st.dictionaries(
    sometimes(
        "StringEquals", "StringLike", "ArnLike", "Null", "Bool", "ForAllValues:StringLike", "StringEqualsIfExists", "X"
    ),
    mostly(
        st.dictionaries(
            sometimes("aws:SourceArn", "aws:sourceaccount", "aws:PrincipalOrgID", "aws:SecureTransport", "ecr:Tag/x"),
            sometimes("true", "false", ACCOUNT, f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:*", "*", "${aws:x}")
            | VALUES
            | st.lists(VALUES, max_size=2),
            max_size=2,
        )
    ),
    max_size=2,
)
_RESOURCE_NAMES = sometimes("*", f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/*", "arn:*", "x") | VALUES


def _one_or_many(one: st.SearchStrategy[Data]) -> st.SearchStrategy[Data]:
    return one | st.lists(one, max_size=3)


STATEMENTS: st.SearchStrategy[dict[str, Data]] = record(
    {
        "Effect": sometimes("Allow", "Allow", "Deny", "allow"),
        "Principal": _PRINCIPALS,
        "Action": _one_or_many(_ACTIONS) | VALUES,
    },
    {
        "Sid": sometimes("A", "") | VALUES,
        "Condition": _POLICY_CONDITIONS,
        "Resource": _one_or_many(_RESOURCE_NAMES),
        "NotAction": _one_or_many(_ACTIONS),
        "NotPrincipal": _PRINCIPALS,
        "NotResource": _one_or_many(_RESOURCE_NAMES),
    },
)
POLICIES: st.SearchStrategy[Data] = record(
    {
        "Version": sometimes("2012-10-17", "2008-10-17"),
        "Statement": st.lists(mostly(STATEMENTS), max_size=3) | STATEMENTS,
    }
)
IDENTITY_POLICIES = POLICIES.map(
    lambda policy: {**policy, "Statement": [_without_principal(each) for each in _listed(policy.get("Statement"))]}
)


def _listed(value: Data) -> list[Data]:
    return value if isinstance(value, list) else [value]


def _without_principal(statement: Data) -> Data:
    if not isinstance(statement, dict):
        return statement
    return {"Resource": "*", **{key: value for key, value in statement.items() if key != "Principal"}}


LIFECYCLE_POLICIES: st.SearchStrategy[Data] = record(
    {
        "rules": st.lists(
            record(
                {
                    "rulePriority": st.integers(0, 5),
                    "selection": record(
                        {
                            "tagStatus": sometimes("any", "tagged", "untagged"),
                            "countType": sometimes("imageCountMoreThan", "sinceImagePushed", "x"),
                            "countNumber": st.integers(0, 9),
                        },
                        {
                            "tagPrefixList": st.lists(sometimes("v", "", "latest"), max_size=2),
                            "tagPatternList": st.lists(sometimes("v*", "*", "a*b*c", ""), max_size=2),
                            "countUnit": sometimes("days"),
                        },
                    ),
                    "action": record({"type": sometimes("expire", "transition")}),
                },
                {"description": sometimes("old ones", "\n")},
            ),
            max_size=3,
        )
    }
)


def _as_json(value: Data) -> str:
    return json.dumps(value)


# -- templates ------------------------------------------------------------------------------------------------------

_CONDITION_NAMES = st.sampled_from((*CONDITIONS, "Nothing"))


def resource(
    kind: str, properties: st.SearchStrategy[Data], **more: st.SearchStrategy[Data]
) -> st.SearchStrategy[dict[str, Data]]:
    """A resource of a type; `more` are entries beside its Properties that are there at times."""
    return record(
        {"Type": st.just(kind), "Properties": properties},
        {"Condition": _CONDITION_NAMES, "DependsOn": _one_or_many(st.sampled_from(RESOURCES)), **more},
    )


_IMAGE_URIS = st.one_of(
    VALUES,
    IMAGE_REFERENCES,
    IMAGE_REFERENCES,
    sometimes(f"{HOST}/assets:{HASH}", f"{HOST}/app:1"),
    st.just({"Fn::Sub": "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/assets:" + HASH}),
    st.just({"Fn::Join": ["", [{"Fn::GetAtt": ["Repo0", "RepositoryUri"]}, ":1"]]}),
    st.just({"Fn::Sub": "${Repo1.RepositoryUri}:latest"}),
    st.just({"Ref": "P0"}),
)
_METADATA = record(
    {},
    {
        "aws:cdk:path": sometimes("A/Fn/Resource", "A/Stage/Fn", "x", "/", "") | st.text(max_size=8),
        "imagelint": record(
            {"ignore": st.lists(record({"rule": sometimes("image-tag-latest"), "reason": sometimes("r")}))}
        ),
        "cfn-lint": record({"config": record({"ignore_checks": st.lists(sometimes("E9721", "E9", "x"), max_size=2)})}),
        "aws:asset:path": sometimes("asset.1", "N.nested.template.json", "../x"),
        "Dockerfile": sometimes("Dockerfile"),
        "DockerContext": VALUES,
    },
)
_FUNCTIONS = resource(
    "AWS::Lambda::Function",
    record(
        {
            "PackageType": sometimes("Image", "Image", "Image", "Zip") | VALUES,
            "Code": record(
                {"ImageUri": _IMAGE_URIS}, {"S3Bucket": VALUES, "ZipFile": VALUES, "SourceKMSKeyArn": VALUES}
            )
            | VALUES,
            "Role": st.just({"Fn::GetAtt": ["Role0", "Arn"]}) | VALUES,
        },
        {
            "Architectures": st.lists(sometimes("arm64", "x86_64"), max_size=2) | VALUES,
            "Runtime": sometimes("python3.12", "FROM_IMAGE") | VALUES,
            "Handler": sometimes("app.handler", "FROM_IMAGE") | VALUES,
            "Layers": st.lists(VALUES, max_size=2) | VALUES,
            "ImageConfig": record(
                {}, {"Command": st.lists(VALUES, max_size=2), "EntryPoint": VALUES, "WorkingDirectory": VALUES}
            ),
            "SnapStart": record({"ApplyOn": sometimes("PublishedVersions", "None")}),
            "FunctionName": VALUES,
            "Fn::Transform": VALUES,
        },
    ),
    Metadata=_METADATA,
)
_REPOSITORIES_MADE = resource(
    "AWS::ECR::Repository",
    record(
        {},
        {
            "RepositoryName": sometimes("app", "team/app", "assets") | VALUES,
            "RepositoryPolicyText": POLICIES | POLICIES.map(_as_json) | VALUES,
            "LifecyclePolicy": record({"LifecyclePolicyText": LIFECYCLE_POLICIES.map(_as_json) | VALUES}),
            "ImageTagMutability": sometimes("IMMUTABLE", "MUTABLE", "IMMUTABLE_WITH_EXCLUSION") | VALUES,
        },
    ),
)
_ROLES = resource(
    "AWS::IAM::Role",
    record(
        {"AssumeRolePolicyDocument": POLICIES | VALUES},
        {
            "RoleName": sometimes("deployer") | VALUES,
            "Path": sometimes("/", "/x/") | VALUES,
            "Policies": st.lists(record({"PolicyName": VALUES, "PolicyDocument": IDENTITY_POLICIES}), max_size=2),
            "ManagedPolicyArns": st.lists(
                VALUES | st.just("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"), max_size=2
            ),
            "PermissionsBoundary": VALUES,
        },
    ),
)
_POLICY_RESOURCES = st.builds(
    lambda kind, made: {**made, "Type": kind},
    sometimes("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy"),
    resource(
        "",
        record(
            {
                "PolicyDocument": IDENTITY_POLICIES,
                "Roles": st.lists(st.just({"Ref": "Role0"}) | VALUES, max_size=2) | VALUES,
                "RoleName": VALUES,
            }
        ),
    ),
)
_NESTED_STACKS = resource(
    "AWS::CloudFormation::Stack",
    record(
        {"TemplateURL": VALUES | st.just(f"https://s3.amazonaws.com/b/{HASH}.json")},
        {"Parameters": st.dictionaries(st.sampled_from(PARAMETERS), VALUES, max_size=3)},
    ),
    Metadata=record({"aws:asset:path": sometimes("N.nested.template.json", "A.template.json", "gone.json", "../x")}),
)
_OTHERS = st.one_of(
    resource("AWS::ECR::RegistryPolicy", record({"PolicyText": POLICIES})),
    resource(
        "AWS::ECR::PullThroughCacheRule",
        record({"EcrRepositoryPrefix": sometimes("cache", "ROOT", "app") | VALUES, "UpstreamRegistryUrl": VALUES}),
    ),
    resource(
        "AWS::CloudFront::Distribution",
        record(
            {
                "DistributionConfig": record(
                    {
                        "DefaultCacheBehavior": record(
                            {
                                "LambdaFunctionAssociations": st.lists(
                                    record({"LambdaFunctionARN": st.just({"Ref": "Version0"}) | VALUES}), max_size=2
                                )
                            }
                        )
                    },
                    {"CacheBehaviors": st.lists(ANYTHING, max_size=1)},
                )
            }
        ),
    ),
    resource("AWS::Lambda::Version", record({"FunctionName": st.just({"Ref": "Fn0"}) | VALUES})),
    resource("AWS::CloudFormation::CustomResource", record({"ServiceToken": VALUES, "Repository": VALUES})),
    resource("AWS::CloudFormation::WaitCondition", record({"Handle": VALUES})),
    resource("AWS::SSM::Parameter", record({"Name": VALUES, "Value": VALUES})),
    resource(
        "Custom::CrossRegionExportWriter",
        record(
            {
                "WriterProps": record(
                    {"region": sometimes(REGION) | VALUES, "exports": st.dictionaries(sometimes("/exports/E0"), VALUES)}
                )
            }
        ),
    ),
    resource("Custom::CrossRegionExportReader", record({"ReaderProps": ANYTHING})),
    resource("Acme::App::MODULE", ANYTHING),
    resource(
        "AWS::Serverless::Function",
        record({"PackageType": sometimes("Image", "Zip"), "ImageUri": _IMAGE_URIS}, {"Layers": VALUES, "Role": VALUES}),
        Metadata=_METADATA,
        IgnoreGlobals=st.lists(sometimes("Layers"), max_size=1) | sometimes("*"),
    ),
)
_OUTPUTS = record(
    {"Value": VALUES},
    {"Export": record({"Name": mostly(st.sampled_from(EXPORTS)) | VALUES}), "Condition": _CONDITION_NAMES},
)
_PARAMETERS_DECLARED = record(
    {"Type": sometimes("String", "String", "Number", "CommaDelimitedList", "AWS::SSM::Parameter::Value<String>")},
    {
        "Default": _LITERALS | SCALARS,
        "AllowedValues": st.lists(sometimes("prod", "dev", "true", "", REGION), max_size=3),
        "NoEcho": st.booleans(),
    },
)


@st.composite
def templates(draw: st.DrawFn) -> dict[str, Data]:
    """A template with a Lambda function or two, and what they rest on."""
    made = {
        "Fn0": draw(mostly(_FUNCTIONS)),
        **draw(
            record(
                {},
                {
                    "Fn1": _FUNCTIONS,
                    "Repo1": _REPOSITORIES_MADE,
                    "Policy0": _POLICY_RESOURCES,
                    "Nested0": _NESTED_STACKS,
                    "Other0": _OTHERS,
                    "Other1": _OTHERS,
                    "Version0": resource("AWS::Lambda::Version", record({"FunctionName": st.just({"Ref": "Fn0"})})),
                    "Fn::ForEach::Loop": ANYTHING,
                },
            )
        ),
    }
    if draw(st.booleans()):
        made["Repo0"] = draw(mostly(_REPOSITORIES_MADE))
    if draw(st.booleans()):
        made["Role0"] = draw(mostly(_ROLES))
    sections = {
        "Parameters": st.dictionaries(st.sampled_from(PARAMETERS), mostly(_PARAMETERS_DECLARED), max_size=3),
        "Conditions": st.dictionaries(st.sampled_from(CONDITIONS), CONDITION_VALUES, max_size=3),
        "Mappings": st.dictionaries(
            st.sampled_from(MAPPINGS),
            mostly(
                st.dictionaries(
                    _MAP_KEYS, mostly(st.dictionaries(_MAP_KEYS, _LITERALS | ANYTHING, max_size=3)), max_size=3
                )
            ),
            max_size=2,
        ),
        "Outputs": st.dictionaries(sometimes("O0", "O1"), mostly(_OUTPUTS), max_size=2),
    }
    template = {name: draw(mostly(section)) for name, section in sections.items() if draw(st.booleans())}
    rare = {"Transform": sometimes("AWS::Serverless-2016-10-31") | ANYTHING, "Globals": record({"Function": ANYTHING})}
    return {**template, "Resources": draw(mostly(st.just(made))), **draw(record({}, rare))}


# -- assemblies -----------------------------------------------------------------------------------------------------

_DOCKER_LINES = st.one_of(
    st.builds(
        "FROM {}{}{}".format,
        sometimes("", "", "--platform=linux/arm64 ", "--platform=$BUILDPLATFORM ", "--x "),
        sometimes(
            "public.ecr.aws/lambda/python:3.12",
            "public.ecr.aws/lambda/nodejs:16",
            "node",
            "scratch",
            "build",
            "${BASE}",
        )
        | IMAGE_REFERENCES,
        sometimes("", "", " AS build", " as final", " AS", " AS a b"),
    ),
    st.builds("ARG {}".format, sometimes("BASE=node:22", "BASE", "A=${B:-$C}", "C='q", 'A="b c" D=e', "")),
    st.builds(
        "{} {}".format,
        sometimes("CMD", "ENTRYPOINT", "cmd"),
        sometimes('["app.handler"]', "[]", "app.handler", '["a', "", '["a", 1]', "<<EOF\nx\nEOF", "<<X"),
    ),
    st.builds(
        "LABEL {}".format,
        sometimes("a=b", "com.amazonaws.lambda.feature.snapstart=Allow", "$A=b", 'a="b', "a b", "${A:+x}=y"),
    ),
    sometimes(
        "# escape=`", "# syntax=docker/dockerfile:1", "RUN a \\", "", "ONBUILD CMD x", "ONBUILD", "COPY <<A <<B /"
    ),
    st.text(max_size=20),
)
DOCKERFILES: st.SearchStrategy[str] = st.builds(
    lambda lines, end: end.join(lines) + end, st.lists(_DOCKER_LINES, max_size=8), sometimes("\n", "\n", "\r\n")
)
ASSET_MANIFESTS: st.SearchStrategy[Data] = record(
    {
        "version": sometimes("36.0.0"),
        "dockerImages": st.dictionaries(
            sometimes(HASH, "other"),
            mostly(
                record(
                    {
                        "source": record(
                            {"directory": sometimes("asset.1", ".", "gone", "../x", "/etc")},
                            {
                                "platform": sometimes("linux/arm64", "linux/amd64", "linux/386"),
                                "dockerFile": sometimes("Dockerfile", "gone", "../manifest.json", ""),
                                "dockerBuildTarget": sometimes("build", "final", "0", ""),
                                "dockerBuildArgs": st.dictionaries(
                                    sometimes("BASE", "A"), sometimes("node") | ANYTHING
                                ),
                                "dockerBuildContexts": st.dictionaries(sometimes("build"), ANYTHING, max_size=1),
                                "executable": ANYTHING,
                            },
                        ),
                        "destinations": st.dictionaries(
                            sometimes("current", "other"),
                            mostly(
                                record(
                                    {
                                        "repositoryName": sometimes(
                                            "assets", "app", "${AWS::AccountId}-x", "${X}", "${"
                                        ),
                                        "imageTag": sometimes(HASH, "1"),
                                    }
                                )
                            ),
                            min_size=1,
                            max_size=2,
                        ),
                    }
                )
            ),
            max_size=2,
        ),
    },
    {
        "files": st.dictionaries(
            sometimes(HASH), record({"source": record({"path": sometimes("N.nested.template.json")})})
        )
    },
)
_CONSTRUCT_METADATA = st.dictionaries(
    sometimes("/A/Fn/Resource", "/A/Fn", "/A", ""),
    mostly(
        st.lists(
            mostly(
                st.builds(
                    lambda kind, data: {"type": kind, "data": data},
                    sometimes(
                        "aws:cdk:logicalId",
                        "aws:cdk:creationStack",
                        "aws:cdk:acknowledged-rules",
                        "aws:cdk:asset",
                    ),
                    st.one_of(
                        st.sampled_from(RESOURCES),
                        sometimes("Fn0", "lib/app.ts:1:2"),
                        st.just(["new Fn (lib/app.ts:18:5)"]),
                        st.just({"imagelint::image-tag-latest": "known"}),
                        record(
                            {"packaging": sometimes("container-image", "zip"), "sourceHash": sometimes(HASH)},
                            {"path": sometimes("asset.1"), "file": sometimes("Dockerfile"), "buildArgs": ANYTHING},
                        ),
                        ANYTHING,
                    ),
                )
            ),
            max_size=2,
        )
    ),
    max_size=3,
)
_ENVIRONMENTS = sometimes(
    f"aws://{ACCOUNT}/{REGION}", f"aws://{ACCOUNT}/{REGION}", "aws://unknown-account/unknown-region"
)


def _stacks(file: str) -> st.SearchStrategy[Data]:
    return record(
        {
            "type": sometimes("aws:cloudformation:stack"),
            "environment": _ENVIRONMENTS,
            "properties": record(
                {"templateFile": st.just(file)},
                {
                    "stackName": sometimes("Deployed", "B") | ANYTHING,
                    "parameters": st.dictionaries(st.sampled_from(PARAMETERS), SCALARS, max_size=2),
                },
            ),
        },
        {
            "displayName": sometimes("Stage/A", "A") | ANYTHING,
            "dependencies": st.lists(sometimes("A.assets", "B", "gone"), max_size=2),
            "metadata": _CONSTRUCT_METADATA,
            "additionalMetadataFile": sometimes("A.metadata.json", "gone.json", "../x"),
        },
    )


ARTIFACTS: st.SearchStrategy[dict[str, Data]] = record(
    {"A": _stacks("A.template.json"), "B": _stacks("B.template.json")},
    {
        "A.assets": record(
            {
                "type": sometimes("cdk:asset-manifest"),
                "properties": record({"file": sometimes("A.assets.json", "../x")}),
            }
        ),
        "assembly-Stage": record(
            {
                "type": sometimes("cdk:cloud-assembly"),
                "properties": record({"directoryName": sometimes("assembly-Stage", ".", "gone")}),
            }
        ),
        "Yaml": _stacks("C.template.yaml"),
        "Odd": record({"type": ANYTHING, "properties": ANYTHING}),
    },
)


@dataclass(frozen=True)
class Written:
    """An assembly as files by their names: texts as they are, anything else to be written as JSON."""

    artifacts: dict[str, Data]
    files: dict[str, Data]


@st.composite
def _cut(draw: st.DrawFn, whole: st.SearchStrategy[Data]) -> str:
    """A JSON text that ends too early, or with a character too many in it."""
    text = json.dumps(draw(whole), indent=1)
    at = draw(st.integers(0, len(text)))
    return text[:at] + draw(sometimes("", "", '"', "{", "]", "\x00", "NaN", "*x", ": &y"))


def broken(whole: st.SearchStrategy[Data]) -> st.SearchStrategy[Data]:
    """A file that is mostly whole."""
    return mostly(whole, _cut(whole))


@st.composite
def assemblies(draw: st.DrawFn) -> Written:
    """The artifacts of a manifest, and the files that they mostly name."""
    files = {
        "A.template.json": draw(broken(templates())),
        "B.template.json": draw(broken(templates())),
        "A.assets.json": draw(broken(ASSET_MANIFESTS)),
        "asset.1/Dockerfile": draw(DOCKERFILES),
    }
    artifacts = draw(ARTIFACTS)
    if draw(st.booleans()):
        files["N.nested.template.json"] = draw(broken(templates()))
    if "Yaml" in artifacts:
        files["C.template.yaml"] = json.dumps(draw(templates()))
    if "assembly-Stage" in artifacts:
        files["assembly-Stage/manifest.json"] = draw(
            broken(record({"version": sometimes("36.0.0"), "artifacts": record({"D": _stacks("D.template.json")})}))
        )
        files["assembly-Stage/D.template.json"] = draw(broken(templates()))
    if draw(st.integers(0, 4)) == 4:
        files["A.metadata.json"] = draw(broken(_CONSTRUCT_METADATA))
    return Written(artifacts, files)


# -- configuration --------------------------------------------------------------------------------------------------

_RULES = sometimes(
    "image-tag-latest", "E9721", "W9722", "pull-permission-missing", "cdk-version-outdated", "no-such-rule"
)
_RULE_NAMES = st.lists(_RULES | sometimes("error", "warning", "info", "all"), max_size=3)
_CHANGES = st.dictionaries(
    _RULES,
    record(
        {"severity": sometimes("error", "warning", "info")},
        {"assert": st.dictionaries(sometimes("image.tag", "image.nothing"), ANYTHING, max_size=1), "message": ANYTHING},
    ),
    max_size=2,
)
_GLOBS = sometimes("*", "A", "Known/*", "[", "**", "A/Fn")
CONFIGURATIONS: st.SearchStrategy[Data] = record(
    {},
    {
        "select": _RULE_NAMES,
        "ignore": _RULE_NAMES,
        "fail_on": sometimes("error", "warning", "info", "never"),
        "strict": st.booleans(),
        "rules": _CHANGES,
        "rules_dir": sometimes("policies", "."),
        "suppress": st.lists(
            record(
                {"rule": _RULES, "path": _GLOBS, "reason": sometimes("because")},
                {"expires": sometimes("2000-01-31", "2999-01-31", "2027-02-31")},
            ),
            max_size=2,
        ),
        "options": record({}, {"minimum_cdk_version": sometimes("2.180.0", "2")}),
        "overrides": st.lists(
            record({"stacks": _GLOBS | st.lists(_GLOBS, max_size=2)}, {"rules": _CHANGES, "ignore": _RULE_NAMES}),
            max_size=2,
        ),
    },
)
