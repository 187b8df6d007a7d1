var asset = new DockerImageAsset(this, "Image", new DockerImageAssetProps
{
    Directory = "app",
    Platform = Platform_.LINUX_AMD64,
});
new DockerImageFunction(this, "Fn", new DockerImageFunctionProps
{
    Code = DockerImageCode.FromEcr(asset.Repository, new EcrImageCodeProps { TagOrDigest = asset.ImageTag }),
    Architecture = Architecture.X86_64,
});
