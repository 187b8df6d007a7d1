// app/Dockerfile: FROM public.ecr.aws/lambda/python:3.14
new DockerImageFunction(this, "Fn", new DockerImageFunctionProps
{
    Code = DockerImageCode.FromImageAsset("app"),
    Architecture = Architecture.ARM_64,
});
