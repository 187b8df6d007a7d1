repository = ecr.Repository.from_repository_name(self, "Repository", "orders")
lambda_.DockerImageFunction(self, "Fn", code=lambda_.DockerImageCode.from_ecr(repository, tag_or_digest="1.4.2"))
# Or, with Function, the sentinels as objects:
lambda_.Function(
    self,
    "Fn2",
    code=lambda_.Code.from_ecr_image(repository, tag_or_digest="1.4.2"),
    handler=lambda_.Handler.FROM_IMAGE,
    runtime=lambda_.Runtime.FROM_IMAGE,
)
