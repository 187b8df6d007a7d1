// CDK builds for the platform of the architecture; no buildArgs
new lambda.DockerImageFunction(this, 'Fn', {
  code: lambda.DockerImageCode.fromImageAsset('app'),
  architecture: lambda.Architecture.X86_64,
});
