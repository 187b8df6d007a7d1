role := awsiam.Role_FromRoleName(stack, jsii.String("Role"), jsii.String("orders-lambda"), nil)
// An L1 needs PackageType; DockerImageFunction sets it for you.
awslambda.NewCfnFunction(stack, jsii.String("Fn"), &awslambda.CfnFunctionProps{
	PackageType: jsii.String("Image"),
	Code: &awslambda.CfnFunction_CodeProperty{
		ImageUri: jsii.String("111111111111.dkr.ecr.eu-west-1.amazonaws.com/orders:1.4.2"),
	},
	Role: role.RoleArn(),
})
