# the default outputs, and a cache inside the image
lambda_.DockerImageFunction(
    self,
    "Fn",
    code=lambda_.DockerImageCode.from_image_asset(
        "app",
        cache_to=ecr_assets.DockerCacheOption(type="inline"),
    ),
    architecture=lambda_.Architecture.X86_64,
)
