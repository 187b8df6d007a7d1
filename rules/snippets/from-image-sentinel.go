repository := awsecr.Repository_FromRepositoryName(stack, jsii.String("Repository"), jsii.String("orders"))
awslambda.NewDockerImageFunction(stack, jsii.String("Fn"), &awslambda.DockerImageFunctionProps{
	Code: awslambda.DockerImageCode_FromEcr(repository, &awslambda.EcrImageCodeProps{
		TagOrDigest: jsii.String("1.4.2"),
	}),
})
// Or, with Function, the sentinels as objects:
awslambda.NewFunction(stack, jsii.String("Fn2"), &awslambda.FunctionProps{
	Code:    awslambda.Code_FromEcrImage(repository, &awslambda.EcrImageCodeProps{TagOrDigest: jsii.String("1.4.2")}),
	Handler: awslambda.Handler_FROM_IMAGE(),
	Runtime: awslambda.Runtime_FROM_IMAGE(),
})
