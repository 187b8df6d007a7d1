const asset = new ecrAssets.DockerImageAsset(this, 'Image', {
  directory: 'app',
  platform: ecrAssets.Platform.LINUX_AMD64,
});
new lambda.DockerImageFunction(this, 'Fn', {
  code: lambda.DockerImageCode.fromEcr(asset.repository, { tagOrDigest: asset.imageTag }),
  architecture: lambda.Architecture.X86_64,
});
