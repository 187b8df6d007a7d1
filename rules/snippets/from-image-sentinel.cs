var repository = Repository.FromRepositoryName(this, "Repository", "orders");
new DockerImageFunction(this, "Fn", new DockerImageFunctionProps
{
    Code = DockerImageCode.FromEcr(repository, new EcrImageCodeProps
    {
        TagOrDigest = "1.4.2",
    }),
});
// Or, with Function, the sentinels as objects:
new Function(this, "Fn2", new FunctionProps
{
    Code = Code.FromEcrImage(repository, new EcrImageCodeProps { TagOrDigest = "1.4.2" }),
    Handler = Handler.FROM_IMAGE,
    Runtime = Runtime.FROM_IMAGE,
});
