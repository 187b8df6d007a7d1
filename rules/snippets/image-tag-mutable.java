IRepository repository = Repository.fromRepositoryName(this, "Repository", "orders");
DockerImageFunction.Builder.create(this, "Fn")
    .code(DockerImageCode.fromEcr(repository, EcrImageCodeProps.builder()
        .tagOrDigest("git-3f9c2ab")
        .build()))
    .build();
