// app/Dockerfile: FROM public.ecr.aws/lambda/python:3.14   (not 3.14-x86_64)
DockerImageFunction.Builder.create(this, "Fn")
    .code(DockerImageCode.fromImageAsset("app"))
    .architecture(Architecture.ARM_64)
    .build();
