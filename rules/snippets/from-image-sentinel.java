IRepository repository = Repository.fromRepositoryName(this, "Repository", "orders");
DockerImageFunction.Builder.create(this, "Fn")
    .code(DockerImageCode.fromEcr(repository, EcrImageCodeProps.builder()
        .tagOrDigest("1.4.2")
        .build()))
    .build();
// Or, with Function, the sentinels as objects:
// Runtime needs its own import: java.lang has a Runtime too.
Function.Builder.create(this, "Fn2")
    .code(Code.fromEcrImage(repository, EcrImageCodeProps.builder().tagOrDigest("1.4.2").build()))
    .handler(Handler.FROM_IMAGE)
    .runtime(Runtime.FROM_IMAGE)
    .build();
