// an image asset is built and pushed before CloudFormation runs
DockerImageFunction.Builder.create(this, "Fn")
    .code(DockerImageCode.fromImageAsset("app"))
    .architecture(Architecture.ARM_64)
    .build();
