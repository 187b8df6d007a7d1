const repository = ecr.Repository.fromRepositoryName(this, 'Repository', 'orders');
const fn = new lambda.DockerImageFunction(this, 'Fn', {
  code: lambda.DockerImageCode.fromEcr(repository, {
    tagOrDigest: '1.4.2',
  }),
});
// Or, with Function, the sentinels as objects:
new lambda.Function(this, 'Fn2', {
  code: lambda.Code.fromEcrImage(repository, { tagOrDigest: '1.4.2' }),
  handler: lambda.Handler.FROM_IMAGE,
  runtime: lambda.Runtime.FROM_IMAGE,
});
// An aspect or helper that reads the runtime of functions asks this first, and leaves image functions out:
const isImage = fn.runtime.runtimeEquals(lambda.Runtime.FROM_IMAGE);
