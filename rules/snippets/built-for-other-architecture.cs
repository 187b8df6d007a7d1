// the one or the other; CDK derives the platform from the architecture
new DockerImageFunction(this, "Fn", new DockerImageFunctionProps
{
    Code = DockerImageCode.FromImageAsset("app", new AssetImageCodeProps
    {
        Platform = Platform_.LINUX_AMD64,
    }),
    Architecture = Architecture.X86_64,
});
