"""The resource types that are looked for in templates, by name. Knows nothing of what they mean."""

from __future__ import annotations

from typing import Final

FUNCTION_TYPES: Final = ("AWS::Lambda::Function", "AWS::Serverless::Function")
NESTED_TYPE: Final = "AWS::CloudFormation::Stack"
APPLICATION_TYPE: Final = "AWS::Serverless::Application"
NESTED_TYPES: Final = {NESTED_TYPE: "TemplateURL", APPLICATION_TYPE: "Location"}
"""The resources that stand for a stack within theirs, each with the property that says where its template is."""
STACK_SET_TYPE: Final = "AWS::CloudFormation::StackSet"
"""Deploys a template to accounts and regions of its own."""
WRITER_TYPE: Final = "Custom::CrossRegionExportWriter"
READER_TYPE: Final = "Custom::CrossRegionExportReader"
LOOKED_FOR: Final = (
    *FUNCTION_TYPES,
    *NESTED_TYPES,
    STACK_SET_TYPE,
    WRITER_TYPE,
    READER_TYPE,
    "AWS::ECR::Repository",
    "AWS::ECR::RegistryPolicy",
    "AWS::ECR::PullThroughCacheRule",
    "AWS::IAM::Role",
    "AWS::IAM::Policy",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::RolePolicy",
    "AWS::CloudFront::Distribution",
    "AWS::SSM::Parameter",
)
"""What a template is parsed for. A type that is missing here is found too, but every template is parsed for it."""
