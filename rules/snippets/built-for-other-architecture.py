# the one or the other; CDK derives the platform from the architecture
lambda_.DockerImageFunction(
    self,
    "Fn",
    code=lambda_.DockerImageCode.from_image_asset("app", platform=ecr_assets.Platform.LINUX_AMD64),
    architecture=lambda_.Architecture.X86_64,
)
