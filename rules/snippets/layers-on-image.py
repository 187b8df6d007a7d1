# app/Dockerfile has, for Datadog and with the version that you want:
# COPY --from=public.ecr.aws/datadog/lambda-extension:<version> /opt/. /opt/
lambda_.DockerImageFunction(
    self,
    "Fn",
    code=lambda_.DockerImageCode.from_image_asset("app"),
    architecture=lambda_.Architecture.ARM_64,
)
