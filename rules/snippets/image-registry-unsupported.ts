// app/Dockerfile may start FROM an image of any registry; CDK publishes the result to ECR.
new lambda.DockerImageFunction(this, 'Fn', {
  code: lambda.DockerImageCode.fromImageAsset('app'),
  architecture: lambda.Architecture.ARM_64,
});
