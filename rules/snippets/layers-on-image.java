// app/Dockerfile has, for Datadog and with the version that you want:
// COPY --from=public.ecr.aws/datadog/lambda-extension:<version> /opt/. /opt/
DockerImageFunction.Builder.create(this, "Fn")
    .code(DockerImageCode.fromImageAsset("app"))
    .architecture(Architecture.ARM_64)
    .build();
