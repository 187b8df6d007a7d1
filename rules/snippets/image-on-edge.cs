var edge = new EdgeFunction(this, "Edge", new EdgeFunctionProps
{
    Runtime = Runtime.NODEJS_24_X,
    Handler = "index.handler",
    Code = Code.FromAsset("edge"),
});
new Distribution(this, "Site", new DistributionProps
{
    DefaultBehavior = new BehaviorOptions
    {
        Origin = new HttpOrigin("www.example.com"),
        EdgeLambdas = new[]
        {
            new EdgeLambda
            {
                FunctionVersion = edge.CurrentVersion,
                EventType = LambdaEdgeEventType.ORIGIN_REQUEST,
            },
        },
    },
});
