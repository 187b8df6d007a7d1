// CDK builds for the platform of the architecture; no buildArgs
new DockerImageFunction(this, "Fn", new DockerImageFunctionProps
{
    Code = DockerImageCode.FromImageAsset("app"),
    Architecture = Architecture.X86_64,
});
