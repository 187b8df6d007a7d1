// in the repository's account, 111111111111; the functions are in 222222222222
Repository repository = Repository.Builder.create(this, "Repository")
    .repositoryName("shared/invoices")
    .build();
repository.addToResourcePolicy(PolicyStatement.Builder.create()
    .principals(List.of(new AccountPrincipal("222222222222")))
    .actions(List.of("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"))
    .build());
repository.addToResourcePolicy(PolicyStatement.Builder.create()
    .principals(List.of(new ServicePrincipal("lambda.amazonaws.com")))
    .actions(List.of("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"))
    .conditions(Map.of(
        "StringLike", Map.of("aws:SourceArn", "arn:aws:lambda:eu-west-1:222222222222:function:*")
    ))
    .build());
