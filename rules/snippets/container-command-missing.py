# or, in app/Dockerfile: CMD ["app.handler"]
lambda_.DockerImageFunction(
    self,
    "Fn",
    code=lambda_.DockerImageCode.from_image_asset("app", cmd=["app.handler"]),
    architecture=lambda_.Architecture.ARM_64,
)
