# CDK writes the host by the stack: its account, its region and the domain that belongs to that.
repository = ecr.Repository.from_repository_name(self, "Repository", "orders")
lambda_.DockerImageFunction(self, "Fn", code=lambda_.DockerImageCode.from_ecr(repository, tag_or_digest="1.4.2"))
