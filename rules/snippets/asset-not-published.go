asset := awsecrassets.NewDockerImageAsset(stack, jsii.String("Image"), &awsecrassets.DockerImageAssetProps{
	Directory: jsii.String("app"),
	Platform:  awsecrassets.Platform_LINUX_AMD64(),
})
awslambda.NewDockerImageFunction(stack, jsii.String("Fn"), &awslambda.DockerImageFunctionProps{
	Code: awslambda.DockerImageCode_FromEcr(asset.Repository(), &awslambda.EcrImageCodeProps{
		TagOrDigest: asset.ImageTag(),
	}),
	Architecture: awslambda.Architecture_X86_64(),
})
