var role = Role.FromRoleName(this, "Role", "orders-lambda");
// FromEcr() writes this for you; an L1 needs Fn.Sub, and plain quotes around the text.
new CfnFunction(this, "Fn", new CfnFunctionProps
{
    PackageType = "Image",
    Code = new CfnFunction.CodeProperty
    {
        ImageUri = Fn.Sub("${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/orders:1.4.2"),
    },
    Role = role.RoleArn,
});
