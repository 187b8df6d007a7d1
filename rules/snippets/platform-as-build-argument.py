# CDK builds for the platform of the architecture; no buildArgs
lambda_.DockerImageFunction(
    self,
    "Fn",
    code=lambda_.DockerImageCode.from_image_asset("app"),
    architecture=lambda_.Architecture.X86_64,
)
