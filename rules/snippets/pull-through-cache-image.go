// app/Dockerfile: FROM 111111111111.dkr.ecr.eu-west-1.amazonaws.com/docker-hub/acme/api:1.4.2
awslambda.NewDockerImageFunction(stack, jsii.String("Fn"), &awslambda.DockerImageFunctionProps{
	Code:         awslambda.DockerImageCode_FromImageAsset(jsii.String("app"), nil),
	Architecture: awslambda.Architecture_X86_64(),
})
