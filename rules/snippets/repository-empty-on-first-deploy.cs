// an image asset is built and pushed before CloudFormation runs
new DockerImageFunction(this, "Fn", new DockerImageFunctionProps
{
    Code = DockerImageCode.FromImageAsset("app"),
    Architecture = Architecture.ARM_64,
});
