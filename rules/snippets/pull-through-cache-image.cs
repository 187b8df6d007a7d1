// app/Dockerfile: FROM 111111111111.dkr.ecr.eu-west-1.amazonaws.com/docker-hub/acme/api:1.4.2
new DockerImageFunction(this, "Fn", new DockerImageFunctionProps
{
    Code = DockerImageCode.FromImageAsset("app"),
    Architecture = Architecture.X86_64,
});
