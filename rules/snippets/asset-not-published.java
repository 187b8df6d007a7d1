DockerImageAsset asset = DockerImageAsset.Builder.create(this, "Image")
    .directory("app")
    .platform(Platform.LINUX_AMD64)
    .build();
DockerImageFunction.Builder.create(this, "Fn")
    .code(DockerImageCode.fromEcr(asset.getRepository(), EcrImageCodeProps.builder()
        .tagOrDigest(asset.getImageTag())
        .build()))
    .architecture(Architecture.X86_64)
    .build();
