# in the function's stack: ecr.Repository.from_repository_name(self, "Images", "invoices")
repository = ecr.Repository(self, "Repository", repository_name="invoices")
repository.add_to_resource_policy(
    iam.PolicyStatement(
        principals=[iam.ServicePrincipal("lambda.amazonaws.com")],
        actions=["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
        conditions={
            "StringLike": {
                "aws:SourceArn": f"arn:{self.partition}:lambda:{self.region}:{self.account}:function:*",
            },
        },
    )
)
