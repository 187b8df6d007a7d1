// a stack of its own, deployed and pushed to before the function's
const repository = new ecr.Repository(this, 'Repository', {
  imageTagMutability: ecr.TagMutability.IMMUTABLE,
});
repository.addLifecycleRule({
  tagStatus: ecr.TagStatus.UNTAGGED,
  maxImageAge: cdk.Duration.days(14),
});
