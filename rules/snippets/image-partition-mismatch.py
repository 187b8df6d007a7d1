# CDK takes the account, the region and the domain (AWS::URLSuffix) from the stack.
repository = ecr.Repository.from_repository_name(self, "Repository", "orders")
lambda_.DockerImageFunction(self, "Fn", code=lambda_.DockerImageCode.from_ecr(repository, tag_or_digest="1.4.2"))
