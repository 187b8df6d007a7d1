// CDK takes the account, the region and the domain (AWS::URLSuffix) from the stack.
const repository = ecr.Repository.fromRepositoryName(this, 'Repository', 'orders');
new lambda.DockerImageFunction(this, 'Fn', {
  code: lambda.DockerImageCode.fromEcr(repository, {
    tagOrDigest: '1.4.2',
  }),
});
