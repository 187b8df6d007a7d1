// app/Dockerfile: FROM public.ecr.aws/lambda/python:3.14   (not 3.14-x86_64)
awslambda.NewDockerImageFunction(stack, jsii.String("Fn"), &awslambda.DockerImageFunctionProps{
	Code:         awslambda.DockerImageCode_FromImageAsset(jsii.String("app"), nil),
	Architecture: awslambda.Architecture_ARM_64(),
})
