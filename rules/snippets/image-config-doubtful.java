DockerImageFunction.Builder.create(this, "Fn")
    .code(DockerImageCode.fromImageAsset("app", AssetImageCodeProps.builder()
        .entrypoint(List.of("/lambda-entrypoint.sh"))
        .cmd(List.of("app.handler"))
        .workingDirectory("/var/task")
        .build()))
    .architecture(Architecture.ARM_64)
    .build();
