# or, in app/.dockerignore, one a line: .git, cdk.out, node_modules
lambda_.DockerImageFunction(
    self,
    "Fn",
    code=lambda_.DockerImageCode.from_image_asset(
        "app",
        exclude=[".git", "cdk.out", "node_modules"],
    ),
    architecture=lambda_.Architecture.X86_64,
)
