// in app/Dockerfile: RUN --mount=type=secret,id=npm NPM_TOKEN=$(cat /run/secrets/npm) npm ci
awslambda.NewDockerImageFunction(stack, jsii.String("Fn"), &awslambda.DockerImageFunctionProps{
	Code: awslambda.DockerImageCode_FromImageAsset(jsii.String("app"), &awslambda.AssetImageCodeProps{
		BuildSecrets: &map[string]*string{
			"npm": awscdk.DockerBuildSecret_FromSrc(jsii.String(".npm-token")),
		},
	}),
	Architecture: awslambda.Architecture_X86_64(),
})
