# in the repository's account, 111111111111; the functions are in 222222222222
repository = ecr.Repository(self, "Repository", repository_name="shared/invoices")
repository.add_to_resource_policy(
    iam.PolicyStatement(
        principals=[iam.AccountPrincipal("222222222222")],
        actions=["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
    )
)
repository.add_to_resource_policy(
    iam.PolicyStatement(
        principals=[iam.ServicePrincipal("lambda.amazonaws.com")],
        actions=["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
        conditions={"StringLike": {"aws:SourceArn": "arn:aws:lambda:eu-west-1:222222222222:function:*"}},
    )
)
