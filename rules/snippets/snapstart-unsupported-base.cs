// app/Dockerfile, final stage: LABEL com.amazonaws.lambda.feature.snapstart="Allow"
var fn = new DockerImageFunction(this, "Fn", new DockerImageFunctionProps
{
    Code = DockerImageCode.FromImageAsset("app"),
    Architecture = Architecture.ARM_64,
    SnapStart = SnapStartConf.ON_PUBLISHED_VERSIONS,
});
new Alias(this, "Live", new AliasProps
{
    AliasName = "live",
    Version = fn.CurrentVersion,
});
