// a repository that is there already, by values that are known at synthesis
new lambda.DockerImageFunction(this, 'Fn', {
  code: lambda.DockerImageCode.fromImageAsset('app', {
    cacheFrom: [{ type: 'registry', params: { ref: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/cache:app' } }],
  }),
  architecture: lambda.Architecture.X86_64,
});
