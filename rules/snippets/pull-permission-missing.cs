var repository = new Repository(this, "Repository");
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
