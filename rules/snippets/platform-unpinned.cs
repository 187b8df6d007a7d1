new DockerImageFunction(this, "Fn", new DockerImageFunctionProps
{
    Code = DockerImageCode.FromImageAsset("app"),
    Architecture = Architecture.X86_64,
});
