// in the repository's account, 111111111111; the functions are in 222222222222
var repository = new Repository(this, "Repository", new RepositoryProps
{
    RepositoryName = "shared/orders",
});
repository.AddToResourcePolicy(new PolicyStatement(new PolicyStatementProps
{
    Principals = new[] { new AccountPrincipal("222222222222") },
    Actions = new[] { "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer" },
}));
repository.AddToResourcePolicy(new PolicyStatement(new PolicyStatementProps
{
    Principals = new[] { new ServicePrincipal("lambda.amazonaws.com") },
    Actions = new[] { "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer" },
    Conditions = new Dictionary<string, object>
    {
        ["StringLike"] = new Dictionary<string, object>
        {
            ["aws:SourceArn"] = "arn:aws:lambda:eu-west-1:222222222222:function:*",
        },
    },
}));
