# a stack of its own, deployed and pushed to before the function's
repository = ecr.Repository(
    self,
    "Repository",
    image_tag_mutability=ecr.TagMutability.IMMUTABLE,
)
