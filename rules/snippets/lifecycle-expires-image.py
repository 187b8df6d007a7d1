# a stack of its own, deployed and pushed to before the function's
repository = ecr.Repository(
    self,
    "Repository",
    image_tag_mutability=ecr.TagMutability.IMMUTABLE,
)
repository.add_lifecycle_rule(
    tag_status=ecr.TagStatus.UNTAGGED,
    max_image_age=cdk.Duration.days(14),
)
