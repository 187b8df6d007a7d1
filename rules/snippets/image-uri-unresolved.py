role = iam.Role.from_role_name(self, "Role", "orders-lambda")
# from_ecr() writes this for you; an L1 needs Fn.sub, and plain quotes around the text.
lambda_.CfnFunction(
    self,
    "Fn",
    package_type="Image",
    code=lambda_.CfnFunction.CodeProperty(
        image_uri=cdk.Fn.sub("${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/orders:1.4.2")
    ),
    role=role.role_arn,
)
