// app/Dockerfile may start FROM an image of any registry; CDK publishes the result to ECR.
new DockerImageFunction(this, "Fn", new DockerImageFunctionProps
{
    Code = DockerImageCode.FromImageAsset("app"),
    Architecture = Architecture.ARM_64,
});
