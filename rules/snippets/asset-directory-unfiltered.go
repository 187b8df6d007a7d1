// or, in app/.dockerignore, one a line: .git, cdk.out, node_modules
awslambda.NewDockerImageFunction(stack, jsii.String("Fn"), &awslambda.DockerImageFunctionProps{
	Code: awslambda.DockerImageCode_FromImageAsset(jsii.String("app"), &awslambda.AssetImageCodeProps{
		Exclude: jsii.Strings(".git", "cdk.out", "node_modules"),
	}),
	Architecture: awslambda.Architecture_X86_64(),
})
