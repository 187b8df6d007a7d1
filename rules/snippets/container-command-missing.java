// or, in app/Dockerfile: CMD ["app.handler"]
DockerImageFunction.Builder.create(this, "Fn")
    .code(DockerImageCode.fromImageAsset("app", AssetImageCodeProps.builder()
        .cmd(List.of("app.handler"))
        .build()))
    .architecture(Architecture.ARM_64)
    .build();
