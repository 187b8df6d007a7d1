// a stack of its own, deployed and pushed to before the function's
var repository = new Repository(this, "Repository", new RepositoryProps
{
    ImageTagMutability = TagMutability.IMMUTABLE,
});
