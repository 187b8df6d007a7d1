var repository = new Repository(this, "Repository");
repository.AddToResourcePolicy(new PolicyStatement(new PolicyStatementProps
{
    Effect = Effect.DENY,
    Principals = new[] { new AnyPrincipal() },
    Actions = new[] { "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer" },
    Conditions = new Dictionary<string, object>
    {
        ["StringNotEqualsIfExists"] = new Dictionary<string, object> { ["aws:PrincipalOrgID"] = "o-exampleorgid" },
        ["BoolIfExists"] = new Dictionary<string, object> { ["aws:PrincipalIsAWSService"] = "false" },
    },
}));
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
