const repository = ecr.Repository.fromRepositoryName(this, 'Repository', 'orders');
new lambda.DockerImageFunction(this, 'Fn', {
  code: lambda.DockerImageCode.fromEcr(repository, {
    tagOrDigest: 'git-3f9c2ab',
  }),
});
