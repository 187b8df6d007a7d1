const repository = ecr.Repository.fromRepositoryName(this, 'Repository', 'orders');
// CDK puts ':' before a tag and '@' before a digest.
new lambda.DockerImageFunction(this, 'Fn', {
  code: lambda.DockerImageCode.fromEcr(repository, {
    tagOrDigest: 'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  }),
});
