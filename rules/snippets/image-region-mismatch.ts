// CDK writes the host by the stack: its account, its region and the domain that belongs to that.
const repository = ecr.Repository.fromRepositoryName(this, 'Repository', 'orders');
new lambda.DockerImageFunction(this, 'Fn', {
  code: lambda.DockerImageCode.fromEcr(repository, {
    tagOrDigest: '1.4.2',
  }),
});
