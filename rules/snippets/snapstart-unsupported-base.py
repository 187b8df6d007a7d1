# app/Dockerfile, final stage: LABEL com.amazonaws.lambda.feature.snapstart="Allow"
fn = lambda_.DockerImageFunction(
    self,
    "Fn",
    code=lambda_.DockerImageCode.from_image_asset("app"),
    architecture=lambda_.Architecture.ARM_64,
    snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS,
)
lambda_.Alias(
    self,
    "Live",
    alias_name="live",
    version=fn.current_version,
)
