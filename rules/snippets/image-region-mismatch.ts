// A repository imported by name is the one in the stack's own account and region.
const repository = ecr.Repository.fromRepositoryName(this, 'Repository', 'orders');
new lambda.DockerImageFunction(this, 'Fn', {
  code: lambda.DockerImageCode.fromEcr(repository, {
    tagOrDigest: '1.4.2',
  }),
});
