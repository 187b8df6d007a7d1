new DockerImageFunction(this, "Fn", new DockerImageFunctionProps
{
    Code = DockerImageCode.FromImageAsset("app", new AssetImageCodeProps
    {
        Entrypoint = new[] { "/lambda-entrypoint.sh" },
        Cmd = new[] { "app.handler" },
        WorkingDirectory = "/var/task",
    }),
    Architecture = Architecture.ARM_64,
});
