new lambda.DockerImageFunction(this, 'Fn', {
  code: lambda.DockerImageCode.fromImageAsset('app', {
    entrypoint: ['/lambda-entrypoint.sh'],
    cmd: ['app.handler'],
    workingDirectory: '/var/task',
  }),
  architecture: lambda.Architecture.ARM_64,
});
