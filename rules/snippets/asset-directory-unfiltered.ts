// or, in app/.dockerignore, one a line: .git, cdk.out, node_modules
new lambda.DockerImageFunction(this, 'Fn', {
  code: lambda.DockerImageCode.fromImageAsset('app', {
    exclude: ['.git', 'cdk.out', 'node_modules'],
  }),
  architecture: lambda.Architecture.X86_64,
});
