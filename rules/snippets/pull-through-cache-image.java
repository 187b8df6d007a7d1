// app/Dockerfile: FROM 111111111111.dkr.ecr.eu-west-1.amazonaws.com/docker-hub/acme/api:1.4.2
DockerImageFunction.Builder.create(this, "Fn")
    .code(DockerImageCode.fromImageAsset("app"))
    .architecture(Architecture.X86_64)
    .build();
