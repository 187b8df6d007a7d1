// a stack of its own, deployed and pushed to before the function's
Repository repository = Repository.Builder.create(this, "Repository")
    .imageTagMutability(TagMutability.IMMUTABLE)
    .build();
