// CDK builds for the platform of the architecture; no buildArgs
DockerImageFunction.Builder.create(this, "Fn")
    .code(DockerImageCode.fromImageAsset("app"))
    .architecture(Architecture.X86_64)
    .build();
