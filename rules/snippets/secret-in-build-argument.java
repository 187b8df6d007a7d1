// in app/Dockerfile: RUN --mount=type=secret,id=npm NPM_TOKEN=$(cat /run/secrets/npm) npm ci
DockerImageFunction.Builder.create(this, "Fn")
    .code(DockerImageCode.fromImageAsset("app", AssetImageCodeProps.builder()
        .buildSecrets(Map.of("npm", DockerBuildSecret.fromSrc(".npm-token")))
        .build()))
    .architecture(Architecture.X86_64)
    .build();
