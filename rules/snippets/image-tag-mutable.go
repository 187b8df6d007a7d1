repository := awsecr.Repository_FromRepositoryName(stack, jsii.String("Repository"), jsii.String("orders"))
awslambda.NewDockerImageFunction(stack, jsii.String("Fn"), &awslambda.DockerImageFunctionProps{
	Code: awslambda.DockerImageCode_FromEcr(repository, &awslambda.EcrImageCodeProps{
		TagOrDigest: jsii.String("git-3f9c2ab"),
	}),
})
