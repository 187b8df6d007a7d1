// A repository imported by name is the one in the stack's own account and region.
var repository = Repository.FromRepositoryName(this, "Repository", "orders");
new DockerImageFunction(this, "Fn", new DockerImageFunctionProps
{
    Code = DockerImageCode.FromEcr(repository, new EcrImageCodeProps
    {
        TagOrDigest = "1.4.2",
    }),
});
