// CDK writes the ordinary host, dkr.ecr.
IRepository repository = Repository.fromRepositoryName(this, "Repository", "orders");
DockerImageFunction.Builder.create(this, "Fn")
    .code(DockerImageCode.fromEcr(repository, EcrImageCodeProps.builder()
        .tagOrDigest("1.4.2")
        .build()))
    .build();
