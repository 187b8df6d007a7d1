awslambda.NewDockerImageFunction(stack, jsii.String("Fn"), &awslambda.DockerImageFunctionProps{
	Code: awslambda.DockerImageCode_FromImageAsset(jsii.String("app"), &awslambda.AssetImageCodeProps{
		Entrypoint:       jsii.Strings("/lambda-entrypoint.sh"),
		Cmd:              jsii.Strings("app.handler"),
		WorkingDirectory: jsii.String("/var/task"),
	}),
	Architecture: awslambda.Architecture_ARM_64(),
})
