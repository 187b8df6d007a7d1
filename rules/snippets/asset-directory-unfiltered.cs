// or, in app/.dockerignore, one a line: .git, cdk.out, node_modules
new DockerImageFunction(this, "Fn", new DockerImageFunctionProps
{
    Code = DockerImageCode.FromImageAsset("app", new AssetImageCodeProps
    {
        Exclude = new[] { ".git", "cdk.out", "node_modules" },
    }),
    Architecture = Architecture.X86_64,
});
