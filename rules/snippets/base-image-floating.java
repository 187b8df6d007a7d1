// app/Dockerfile: FROM public.ecr.aws/lambda/python:3.14
DockerImageFunction.Builder.create(this, "Fn")
    .code(DockerImageCode.fromImageAsset("app"))
    .architecture(Architecture.ARM_64)
    .build();
