const repository = ecr.Repository.fromRepositoryName(this, 'Repository', 'orders');
// Without tagOrDigest CDK writes :latest.
new lambda.DockerImageFunction(this, 'Fn', {
  code: lambda.DockerImageCode.fromEcr(repository, {
    tagOrDigest: '1.4.2',
  }),
});
