// the one or the other; CDK derives the platform from the architecture
new lambda.DockerImageFunction(this, 'Fn', {
  code: lambda.DockerImageCode.fromImageAsset('app', { platform: ecrAssets.Platform.LINUX_AMD64 }),
  architecture: lambda.Architecture.X86_64,
});
