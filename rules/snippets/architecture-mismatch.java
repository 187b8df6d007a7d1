// no platform on the asset: CDK derives it from the function's architecture
DockerImageFunction.Builder.create(this, "Fn")
    .code(DockerImageCode.fromImageAsset("app"))
    .architecture(Architecture.ARM_64)
    .build();
