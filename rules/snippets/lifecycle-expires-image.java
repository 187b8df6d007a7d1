// a stack of its own, deployed and pushed to before the function's
Repository repository = Repository.Builder.create(this, "Repository")
    .imageTagMutability(TagMutability.IMMUTABLE)
    .build();
repository.addLifecycleRule(LifecycleRule.builder()
    .tagStatus(TagStatus.UNTAGGED)
    .maxImageAge(Duration.days(14))
    .build());
