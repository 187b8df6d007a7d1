// CDK takes the account, the region and the domain (AWS::URLSuffix) from the stack.
var repository = Repository.FromRepositoryName(this, "Repository", "orders");
new DockerImageFunction(this, "Fn", new DockerImageFunctionProps
{
    Code = DockerImageCode.FromEcr(repository, new EcrImageCodeProps
    {
        TagOrDigest = "1.4.2",
    }),
});
