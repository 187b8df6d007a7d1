// CDK writes the host by the stack: its account, its region and the domain that belongs to that.
repository := awsecr.Repository_FromRepositoryName(stack, jsii.String("Repository"), jsii.String("orders"))
awslambda.NewDockerImageFunction(stack, jsii.String("Fn"), &awslambda.DockerImageFunctionProps{
	Code: awslambda.DockerImageCode_FromEcr(repository, &awslambda.EcrImageCodeProps{
		TagOrDigest: jsii.String("1.4.2"),
	}),
})
