// app/Dockerfile has, for Datadog and with the version that you want:
// COPY --from=public.ecr.aws/datadog/lambda-extension:<version> /opt/. /opt/
new DockerImageFunction(this, "Fn", new DockerImageFunctionProps
{
    Code = DockerImageCode.FromImageAsset("app"),
    Architecture = Architecture.ARM_64,
});
