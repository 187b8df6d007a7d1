// no platform on the asset: CDK derives it from the function's architecture
new DockerImageFunction(this, "Fn", new DockerImageFunctionProps
{
    Code = DockerImageCode.FromImageAsset("app"),
    Architecture = Architecture.ARM_64,
});
