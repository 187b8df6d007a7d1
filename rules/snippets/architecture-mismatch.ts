// no platform on the asset: CDK derives it from the function's architecture
new lambda.DockerImageFunction(this, 'Fn', {
  code: lambda.DockerImageCode.fromImageAsset('app'),
  architecture: lambda.Architecture.ARM_64,
});
