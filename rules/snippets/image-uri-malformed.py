repository = ecr.Repository.from_repository_name(self, "Repository", "orders")
# CDK puts ':' before a tag and '@' before a digest.
lambda_.DockerImageFunction(
    self,
    "Fn",
    code=lambda_.DockerImageCode.from_ecr(
        repository,
        tag_or_digest="sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    ),
)
