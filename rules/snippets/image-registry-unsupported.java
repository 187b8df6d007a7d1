// app/Dockerfile may start FROM an image of any registry; CDK publishes the result to ECR.
DockerImageFunction.Builder.create(this, "Fn")
    .code(DockerImageCode.fromImageAsset("app"))
    .architecture(Architecture.ARM_64)
    .build();
