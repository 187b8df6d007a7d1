// a repository that is there already, by values that are known at synthesis
DockerImageFunction.Builder.create(this, "Fn")
    .code(DockerImageCode.fromImageAsset("app", AssetImageCodeProps.builder()
        .cacheFrom(List.of(DockerCacheOption.builder()
            .type("registry")
            .params(Map.of("ref", "123456789012.dkr.ecr.eu-west-1.amazonaws.com/cache:app"))
            .build()))
        .build()))
    .architecture(Architecture.X86_64)
    .build();
