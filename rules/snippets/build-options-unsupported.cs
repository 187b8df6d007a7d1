// the default outputs, and a cache inside the image
new DockerImageFunction(this, "Fn", new DockerImageFunctionProps
{
    Code = DockerImageCode.FromImageAsset("app", new AssetImageCodeProps
    {
        CacheTo = new DockerCacheOption { Type = "inline" },
    }),
    Architecture = Architecture.X86_64,
});
