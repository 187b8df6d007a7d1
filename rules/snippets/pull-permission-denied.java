Repository repository = new Repository(this, "Repository");
repository.addToResourcePolicy(PolicyStatement.Builder.create()
    .effect(Effect.DENY)
    .principals(List.of(new AnyPrincipal()))
    .actions(List.of("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"))
    .conditions(Map.of(
        "StringNotEqualsIfExists", Map.of("aws:PrincipalOrgID", "o-exampleorgid"),
        "BoolIfExists", Map.of("aws:PrincipalIsAWSService", "false")
    ))
    .build());
repository.addToResourcePolicy(PolicyStatement.Builder.create()
    .principals(List.of(new ServicePrincipal("lambda.amazonaws.com")))
    .actions(List.of("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"))
    .conditions(Map.of(
        "StringLike", Map.of(
            "aws:SourceArn", String.format("arn:%s:lambda:%s:%s:function:*", getPartition(), getRegion(), getAccount())
        )
    ))
    .build());
