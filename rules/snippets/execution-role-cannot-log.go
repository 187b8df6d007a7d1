role := awsiam.NewRole(stack, jsii.String("Role"), &awsiam.RoleProps{
	AssumedBy:       awsiam.NewServicePrincipal(jsii.String("lambda.amazonaws.com"), nil),
	ManagedPolicies: &[]awsiam.IManagedPolicy{awsiam.ManagedPolicy_FromAwsManagedPolicyName(jsii.String("service-role/AWSLambdaBasicExecutionRole"))},
})
awslambda.NewDockerImageFunction(stack, jsii.String("Fn"), &awslambda.DockerImageFunctionProps{
	Code:         awslambda.DockerImageCode_FromImageAsset(jsii.String("app"), nil),
	Architecture: awslambda.Architecture_ARM_64(),
	Role:         role,
})
