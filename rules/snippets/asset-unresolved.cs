// a repository that is there already, by values that are known at synthesis
new DockerImageFunction(this, "Fn", new DockerImageFunctionProps
{
    Code = DockerImageCode.FromImageAsset("app", new AssetImageCodeProps
    {
        CacheFrom = new[]
        {
            new DockerCacheOption
            {
                Type = "registry",
                Params = new Dictionary<string, string> { ["ref"] = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/cache:app" },
            },
        },
    }),
    Architecture = Architecture.X86_64,
});
