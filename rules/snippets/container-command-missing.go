// or, in app/Dockerfile: CMD ["app.handler"]
awslambda.NewDockerImageFunction(stack, jsii.String("Fn"), &awslambda.DockerImageFunctionProps{
	Code: awslambda.DockerImageCode_FromImageAsset(jsii.String("app"), &awslambda.AssetImageCodeProps{
		Cmd: jsii.Strings("app.handler"),
	}),
	Architecture: awslambda.Architecture_ARM_64(),
})
