var role = Role.FromRoleName(this, "Role", "orders-lambda");
// An L1 needs PackageType; DockerImageFunction sets it for you.
new CfnFunction(this, "Fn", new CfnFunctionProps
{
    PackageType = "Image",
    Code = new CfnFunction.CodeProperty
    {
        ImageUri = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/orders:1.4.2",
    },
    Role = role.RoleArn,
});
