// in the function's stack: Repository.fromRepositoryName(this, "Images", "invoices")
Repository repository = Repository.Builder.create(this, "Repository")
    .repositoryName("invoices")
    .build();
repository.addToResourcePolicy(PolicyStatement.Builder.create()
    .principals(List.of(new ServicePrincipal("lambda.amazonaws.com")))
    .actions(List.of("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"))
    .conditions(Map.of(
        "StringLike", Map.of(
            "aws:SourceArn", String.format("arn:%s:lambda:%s:%s:function:*", getPartition(), getRegion(), getAccount())
        )
    ))
    .build());
