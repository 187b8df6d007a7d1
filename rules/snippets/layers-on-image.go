// app/Dockerfile has, for Datadog and with the version that you want:
// COPY --from=public.ecr.aws/datadog/lambda-extension:<version> /opt/. /opt/
awslambda.NewDockerImageFunction(stack, jsii.String("Fn"), &awslambda.DockerImageFunctionProps{
	Code:         awslambda.DockerImageCode_FromImageAsset(jsii.String("app"), nil),
	Architecture: awslambda.Architecture_ARM_64(),
})
