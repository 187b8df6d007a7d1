// or, in app/.dockerignore, one a line: .git, cdk.out, node_modules
DockerImageFunction.Builder.create(this, "Fn")
    .code(DockerImageCode.fromImageAsset("app", AssetImageCodeProps.builder()
        .exclude(List.of(".git", "cdk.out", "node_modules"))
        .build()))
    .architecture(Architecture.X86_64)
    .build();
