role = iam.Role.from_role_name(self, "Role", "orders-lambda")
# An L1 needs package_type; DockerImageFunction sets it for you.
lambda_.CfnFunction(
    self,
    "Fn",
    package_type="Image",
    code=lambda_.CfnFunction.CodeProperty(image_uri="111111111111.dkr.ecr.eu-west-1.amazonaws.com/orders:1.4.2"),
    role=role.role_arn,
)
