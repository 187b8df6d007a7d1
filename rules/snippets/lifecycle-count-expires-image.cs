// a stack of its own, deployed and pushed to before the function's
var repository = new Repository(this, "Repository");
repository.AddLifecycleRule(new LifecycleRule
{
    TagPrefixList = new[] { "pr-" },
    MaxImageCount = 100,
});
