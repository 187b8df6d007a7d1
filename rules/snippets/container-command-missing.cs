// or, in app/Dockerfile: CMD ["app.handler"]
new DockerImageFunction(this, "Fn", new DockerImageFunctionProps
{
    Code = DockerImageCode.FromImageAsset("app", new AssetImageCodeProps
    {
        Cmd = new[] { "app.handler" },
    }),
    Architecture = Architecture.ARM_64,
});
