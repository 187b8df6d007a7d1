# cmd, entrypoint and working_directory go with an image; a .zip function has handler and runtime.
lambda_.DockerImageFunction(
    self,
    "Fn",
    code=lambda_.DockerImageCode.from_image_asset("app", cmd=["app.handler"]),
    architecture=lambda_.Architecture.ARM_64,
)
