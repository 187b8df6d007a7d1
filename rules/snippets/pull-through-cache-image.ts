// app/Dockerfile: FROM 111111111111.dkr.ecr.eu-west-1.amazonaws.com/docker-hub/acme/api:1.4.2
new lambda.DockerImageFunction(this, 'Fn', {
  code: lambda.DockerImageCode.fromImageAsset('app'),
  architecture: lambda.Architecture.X86_64,
});
