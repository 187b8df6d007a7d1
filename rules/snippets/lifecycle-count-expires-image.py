# a stack of its own, deployed and pushed to before the function's
repository = ecr.Repository(self, "Repository")
repository.add_lifecycle_rule(
    tag_prefix_list=["pr-"],
    max_image_count=100,
)
