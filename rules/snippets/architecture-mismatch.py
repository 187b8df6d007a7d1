# no platform on the asset: CDK derives it from the function's architecture
lambda_.DockerImageFunction(
    self,
    "Fn",
    code=lambda_.DockerImageCode.from_image_asset("app"),
    architecture=lambda_.Architecture.ARM_64,
)
