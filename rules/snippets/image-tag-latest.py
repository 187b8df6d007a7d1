repository = ecr.Repository.from_repository_name(self, "Repository", "orders")
# Without tag_or_digest CDK writes :latest.
lambda_.DockerImageFunction(self, "Fn", code=lambda_.DockerImageCode.from_ecr(repository, tag_or_digest="1.4.2"))
