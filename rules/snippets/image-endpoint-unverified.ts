// CDK writes the ordinary host, dkr.ecr.
const repository = ecr.Repository.fromRepositoryName(this, 'Repository', 'orders');
new lambda.DockerImageFunction(this, 'Fn', {
  code: lambda.DockerImageCode.fromEcr(repository, {
    tagOrDigest: '1.4.2',
  }),
});
