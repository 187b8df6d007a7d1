// or, in app/Dockerfile: CMD ["app.handler"]
new lambda.DockerImageFunction(this, 'Fn', {
  code: lambda.DockerImageCode.fromImageAsset('app', { cmd: ['app.handler'] }),
  architecture: lambda.Architecture.ARM_64,
});
