// app/Dockerfile.api: FROM public.ecr.aws/lambda/python:3.14 AS runtime
new lambda.DockerImageFunction(this, 'Fn', {
  code: lambda.DockerImageCode.fromImageAsset('app', { file: 'Dockerfile.api', target: 'runtime' }),
  architecture: lambda.Architecture.X86_64,
});
