var repository = Repository.FromRepositoryName(this, "Repository", "orders");
// Without TagOrDigest CDK writes :latest.
new DockerImageFunction(this, "Fn", new DockerImageFunctionProps
{
    Code = DockerImageCode.FromEcr(repository, new EcrImageCodeProps
    {
        TagOrDigest = "1.4.2",
    }),
});
