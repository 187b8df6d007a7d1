// a stack of its own, deployed and pushed to before the function's
Repository repository = new Repository(this, "Repository");
repository.addLifecycleRule(LifecycleRule.builder()
    .tagPrefixList(List.of("pr-"))
    .maxImageCount(100)
    .build());
