// app/Dockerfile.api: FROM public.ecr.aws/lambda/python:3.14 AS runtime
DockerImageFunction.Builder.create(this, "Fn")
    .code(DockerImageCode.fromImageAsset("app", AssetImageCodeProps.builder()
        .file("Dockerfile.api")
        .target("runtime")
        .build()))
    .architecture(Architecture.X86_64)
    .build();
