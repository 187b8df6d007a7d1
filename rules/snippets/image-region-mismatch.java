// CDK writes the host by the stack: its account, its region and the domain that belongs to that.
IRepository repository = Repository.fromRepositoryName(this, "Repository", "orders");
DockerImageFunction.Builder.create(this, "Fn")
    .code(DockerImageCode.fromEcr(repository, EcrImageCodeProps.builder()
        .tagOrDigest("1.4.2")
        .build()))
    .build();
