// the default outputs, and a cache inside the image
awslambda.NewDockerImageFunction(stack, jsii.String("Fn"), &awslambda.DockerImageFunctionProps{
	Code: awslambda.DockerImageCode_FromImageAsset(jsii.String("app"), &awslambda.AssetImageCodeProps{
		CacheTo: &awsecrassets.DockerCacheOption{Type: jsii.String("inline")},
	}),
	Architecture: awslambda.Architecture_X86_64(),
})
