// app/Dockerfile has, for Datadog and with the version that you want:
// COPY --from=public.ecr.aws/datadog/lambda-extension:<version> /opt/. /opt/
new lambda.DockerImageFunction(this, 'Fn', {
  code: lambda.DockerImageCode.fromImageAsset('app'),
  architecture: lambda.Architecture.ARM_64,
});
