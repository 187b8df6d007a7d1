// in app/Dockerfile: RUN --mount=type=secret,id=npm NPM_TOKEN=$(cat /run/secrets/npm) npm ci
new DockerImageFunction(this, "Fn", new DockerImageFunctionProps
{
    Code = DockerImageCode.FromImageAsset("app", new AssetImageCodeProps
    {
        BuildSecrets = new Dictionary<string, string>
        {
            ["npm"] = DockerBuildSecret.FromSrc(".npm-token"),
        },
    }),
    Architecture = Architecture.X86_64,
});
