// cmd, entrypoint and workingDirectory go with an image; a .zip function has handler and runtime.
new lambda.DockerImageFunction(this, 'Fn', {
  code: lambda.DockerImageCode.fromImageAsset('app', {
    cmd: ['app.handler'],
  }),
  architecture: lambda.Architecture.ARM_64,
});
