asset = ecr_assets.DockerImageAsset(
    self,
    "Image",
    directory="app",
    platform=ecr_assets.Platform.LINUX_AMD64,
)
lambda_.DockerImageFunction(
    self,
    "Fn",
    code=lambda_.DockerImageCode.from_ecr(asset.repository, tag_or_digest=asset.image_tag),
    architecture=lambda_.Architecture.X86_64,
)
