# app/Dockerfile.api: FROM public.ecr.aws/lambda/python:3.14 AS runtime
lambda_.DockerImageFunction(
    self,
    "Fn",
    code=lambda_.DockerImageCode.from_image_asset("app", file="Dockerfile.api", target="runtime"),
    architecture=lambda_.Architecture.X86_64,
)
