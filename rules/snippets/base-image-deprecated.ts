// app/Dockerfile: FROM public.ecr.aws/lambda/python:3.14
new lambda.DockerImageFunction(this, 'Fn', {
  code: lambda.DockerImageCode.fromImageAsset('app'),
  architecture: lambda.Architecture.ARM_64,
});
