// a stack of its own, deployed and pushed to before the function's
var repository = new Repository(this, "Repository", new RepositoryProps
{
    ImageTagMutability = TagMutability.IMMUTABLE,
});
repository.AddLifecycleRule(new LifecycleRule
{
    TagStatus = TagStatus.UNTAGGED,
    MaxImageAge = Duration.Days(14),
});
