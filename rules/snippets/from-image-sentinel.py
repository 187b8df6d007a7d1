repository = ecr.Repository.from_repository_name(self, "Repository", "orders")
code = lambda_.DockerImageCode.from_ecr(repository, tag_or_digest="1.4.2")
fn = lambda_.DockerImageFunction(self, "Fn", code=code)
# Or, with Function, the sentinels as objects:
lambda_.Function(
    self,
    "Fn2",
    code=lambda_.Code.from_ecr_image(repository, tag_or_digest="1.4.2"),
    handler=lambda_.Handler.FROM_IMAGE,
    runtime=lambda_.Runtime.FROM_IMAGE,
)
# An aspect or helper that reads the runtime of functions asks this first, and leaves image functions out:
# `==` is no test: jsii makes a new object at each access.
is_image = fn.runtime.runtime_equals(lambda_.Runtime.FROM_IMAGE)
