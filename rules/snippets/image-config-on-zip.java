// cmd, entrypoint and workingDirectory go with an image; a .zip function has handler and runtime.
DockerImageFunction.Builder.create(this, "Fn")
    .code(DockerImageCode.fromImageAsset("app", AssetImageCodeProps.builder()
        .cmd(List.of("app.handler"))
        .build()))
    .architecture(Architecture.ARM_64)
    .build();
