# app/Dockerfile: FROM 111111111111.dkr.ecr.eu-west-1.amazonaws.com/docker-hub/acme/api:1.4.2
lambda_.DockerImageFunction(
    self,
    "Fn",
    code=lambda_.DockerImageCode.from_image_asset("app"),
    architecture=lambda_.Architecture.X86_64,
)
