// the default outputs, and a cache inside the image
DockerImageFunction.Builder.create(this, "Fn")
    .code(DockerImageCode.fromImageAsset("app", AssetImageCodeProps.builder()
        .cacheTo(DockerCacheOption.builder().type("inline").build())
        .build()))
    .architecture(Architecture.X86_64)
    .build();
