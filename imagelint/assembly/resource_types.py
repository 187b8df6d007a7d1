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
ROLE_TYPE: Final = "AWS::IAM::Role"
POLICY_TYPES: Final = {
    "AWS::IAM::Policy": "Roles",
    "AWS::IAM::ManagedPolicy": "Roles",
    "AWS::IAM::RolePolicy": "RoleName",
}
"""The resources that are policies of roles, each with the property that names the roles."""
