# app/Dockerfile may start FROM an image of any registry; CDK publishes the result to ECR.
lambda_.DockerImageFunction(
    self,
    "Fn",
    code=lambda_.DockerImageCode.from_image_asset("app"),
    architecture=lambda_.Architecture.ARM_64,
)
