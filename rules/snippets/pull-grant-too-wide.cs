// in the function's stack: Repository.FromRepositoryName(this, "Images", "invoices")
var repository = new Repository(this, "Repository", new RepositoryProps
{
    RepositoryName = "invoices",
});
repository.AddToResourcePolicy(new PolicyStatement(new PolicyStatementProps
{
    Principals = new[] { new ServicePrincipal("lambda.amazonaws.com") },
    Actions = new[] { "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer" },
    Conditions = new Dictionary<string, object>
    {
        ["StringLike"] = new Dictionary<string, object>
        {
            ["aws:SourceArn"] = $"arn:{Partition}:lambda:{Region}:{Account}:function:*",
        },
    },
}));
