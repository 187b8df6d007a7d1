// app/Dockerfile, final stage: LABEL com.amazonaws.lambda.feature.snapstart="Allow"
fn := awslambda.NewDockerImageFunction(stack, jsii.String("Fn"), &awslambda.DockerImageFunctionProps{
	Code:         awslambda.DockerImageCode_FromImageAsset(jsii.String("app"), nil),
	Architecture: awslambda.Architecture_ARM_64(),
	SnapStart:    awslambda.SnapStartConf_ON_PUBLISHED_VERSIONS(),
})
awslambda.NewAlias(stack, jsii.String("Live"), &awslambda.AliasProps{
	AliasName: jsii.String("live"),
	Version:   fn.CurrentVersion(),
})
