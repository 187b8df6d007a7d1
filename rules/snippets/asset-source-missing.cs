// app/Dockerfile.api: FROM public.ecr.aws/lambda/python:3.14 AS runtime
new DockerImageFunction(this, "Fn", new DockerImageFunctionProps
{
    Code = DockerImageCode.FromImageAsset("app", new AssetImageCodeProps
    {
        File = "Dockerfile.api",
        Target = "runtime",
    }),
    Architecture = Architecture.X86_64,
});
