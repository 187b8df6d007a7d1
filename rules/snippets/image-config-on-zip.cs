// Cmd, Entrypoint and WorkingDirectory go with an image; a .zip function has Handler and Runtime.
new DockerImageFunction(this, "Fn", new DockerImageFunctionProps
{
    Code = DockerImageCode.FromImageAsset("app", new AssetImageCodeProps
    {
        Cmd = new[] { "app.handler" },
    }),
    Architecture = Architecture.ARM_64,
});
