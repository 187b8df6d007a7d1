# a repository that is there already, by values that are known at synthesis
lambda_.DockerImageFunction(
    self,
    "Fn",
    code=lambda_.DockerImageCode.from_image_asset(
        "app",
        cache_from=[
            ecr_assets.DockerCacheOption(
                type="registry",
                params={"ref": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/cache:app"},
            )
        ],
    ),
    architecture=lambda_.Architecture.X86_64,
)
