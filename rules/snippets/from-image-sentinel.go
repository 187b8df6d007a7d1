repository := awsecr.Repository_FromRepositoryName(stack, jsii.String("Repository"), jsii.String("orders"))
fn := awslambda.NewDockerImageFunction(stack, jsii.String("Fn"), &awslambda.DockerImageFunctionProps{
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
// An aspect or helper that reads the runtime of functions asks this first, and leaves image functions out:
isImage := *fn.Runtime().RuntimeEquals(awslambda.Runtime_FROM_IMAGE())
