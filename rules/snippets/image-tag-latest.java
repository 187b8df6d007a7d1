IRepository repository = Repository.fromRepositoryName(this, "Repository", "orders");
// Without tagOrDigest CDK writes :latest.
DockerImageFunction.Builder.create(this, "Fn")
    .code(DockerImageCode.fromEcr(repository, EcrImageCodeProps.builder()
        .tagOrDigest("1.4.2")
        .build()))
    .build();
