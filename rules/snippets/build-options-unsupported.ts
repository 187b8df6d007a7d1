// the default outputs, and a cache inside the image
new lambda.DockerImageFunction(this, 'Fn', {
  code: lambda.DockerImageCode.fromImageAsset('app', {
    cacheTo: { type: 'inline' },
  }),
  architecture: lambda.Architecture.X86_64,
});
