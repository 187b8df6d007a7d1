var repository = Repository.FromRepositoryName(this, "Repository", "orders");
var fn = new DockerImageFunction(this, "Fn", new DockerImageFunctionProps
{
    Code = DockerImageCode.FromEcr(repository, new EcrImageCodeProps
    {
        TagOrDigest = "1.4.2",
    }),
});
// Or, with Function, the sentinels as objects:
new Function(this, "Fn2", new FunctionProps
{
    Code = Code.FromEcrImage(repository, new EcrImageCodeProps { TagOrDigest = "1.4.2" }),
    Handler = Handler.FROM_IMAGE,
    Runtime = Runtime.FROM_IMAGE,
});
// An aspect or helper that reads the runtime of functions asks this first, and leaves image functions out:
var isImage = fn.Runtime.RuntimeEquals(Runtime.FROM_IMAGE);
