IRepository repository = Repository.fromRepositoryName(this, "Repository", "orders");
DockerImageFunction fn = DockerImageFunction.Builder.create(this, "Fn")
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
// An aspect or helper that reads the runtime of functions asks this first, and leaves image functions out:
boolean isImage = fn.getRuntime().runtimeEquals(Runtime.FROM_IMAGE);
