// the one or the other; CDK derives the platform from the architecture
DockerImageFunction.Builder.create(this, "Fn")
    .code(DockerImageCode.fromImageAsset("app", AssetImageCodeProps.builder()
        .platform(Platform.LINUX_AMD64)
        .build()))
    .architecture(Architecture.X86_64)
    .build();
