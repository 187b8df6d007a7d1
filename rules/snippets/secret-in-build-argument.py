# in app/Dockerfile: RUN --mount=type=secret,id=npm NPM_TOKEN=$(cat /run/secrets/npm) npm ci
lambda_.DockerImageFunction(
    self,
    "Fn",
    code=lambda_.DockerImageCode.from_image_asset(
        "app",
        build_secrets={"npm": cdk.DockerBuildSecret.from_src(".npm-token")},
    ),
    architecture=lambda_.Architecture.X86_64,
)
