// app/Dockerfile.api: FROM public.ecr.aws/lambda/python:3.14 AS runtime
awslambda.NewDockerImageFunction(stack, jsii.String("Fn"), &awslambda.DockerImageFunctionProps{
	Code: awslambda.DockerImageCode_FromImageAsset(jsii.String("app"), &awslambda.AssetImageCodeProps{
		File:   jsii.String("Dockerfile.api"),
		Target: jsii.String("runtime"),
	}),
	Architecture: awslambda.Architecture_X86_64(),
})
