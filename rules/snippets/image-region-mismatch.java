// A repository imported by name is the one in the stack's own account and region.
IRepository repository = Repository.fromRepositoryName(this, "Repository", "orders");
DockerImageFunction.Builder.create(this, "Fn")
    .code(DockerImageCode.fromEcr(repository, EcrImageCodeProps.builder()
        .tagOrDigest("1.4.2")
        .build()))
    .build();
