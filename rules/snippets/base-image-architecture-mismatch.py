# app/Dockerfile: FROM public.ecr.aws/lambda/python:3.14   (not 3.14-x86_64)
lambda_.DockerImageFunction(
    self,
    "Fn",
    code=lambda_.DockerImageCode.from_image_asset("app"),
    architecture=lambda_.Architecture.ARM_64,
)
