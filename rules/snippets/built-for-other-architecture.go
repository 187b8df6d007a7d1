// the one or the other; CDK derives the platform from the architecture
awslambda.NewDockerImageFunction(stack, jsii.String("Fn"), &awslambda.DockerImageFunctionProps{
	Code: awslambda.DockerImageCode_FromImageAsset(jsii.String("app"), &awslambda.AssetImageCodeProps{
		Platform: awsecrassets.Platform_LINUX_AMD64(),
	}),
	Architecture: awslambda.Architecture_X86_64(),
})
