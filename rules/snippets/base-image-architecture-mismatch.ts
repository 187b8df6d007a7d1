// app/Dockerfile: FROM public.ecr.aws/lambda/python:3.14   (not 3.14-x86_64)
new lambda.DockerImageFunction(this, 'Fn', {
  code: lambda.DockerImageCode.fromImageAsset('app'),
  architecture: lambda.Architecture.ARM_64,
});
