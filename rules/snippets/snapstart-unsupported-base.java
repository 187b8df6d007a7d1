// app/Dockerfile, final stage: LABEL com.amazonaws.lambda.feature.snapstart="Allow"
DockerImageFunction fn = DockerImageFunction.Builder.create(this, "Fn")
    .code(DockerImageCode.fromImageAsset("app"))
    .architecture(Architecture.ARM_64)
    .snapStart(SnapStartConf.ON_PUBLISHED_VERSIONS)
    .build();
Alias.Builder.create(this, "Live")
    .aliasName("live")
    .version(fn.getCurrentVersion())
    .build();
