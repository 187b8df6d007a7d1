var repository = Repository.FromRepositoryName(this, "Repository", "orders");
new DockerImageFunction(this, "Fn", new DockerImageFunctionProps
{
    Code = DockerImageCode.FromEcr(repository, new EcrImageCodeProps
    {
        TagOrDigest = "git-3f9c2ab",
    }),
});
