// CDK writes the host by the stack: its account, its region and the domain that belongs to that.
var repository = Repository.FromRepositoryName(this, "Repository", "orders");
new DockerImageFunction(this, "Fn", new DockerImageFunctionProps
{
    Code = DockerImageCode.FromEcr(repository, new EcrImageCodeProps
    {
        TagOrDigest = "1.4.2",
    }),
});
