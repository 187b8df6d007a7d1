EdgeFunction edge = EdgeFunction.Builder.create(this, "Edge")
    .runtime(Runtime.NODEJS_24_X)
    .handler("index.handler")
    .code(Code.fromAsset("edge"))
    .build();
Distribution.Builder.create(this, "Site")
    .defaultBehavior(BehaviorOptions.builder()
        .origin(new HttpOrigin("www.example.com"))
        .edgeLambdas(List.of(EdgeLambda.builder()
            .functionVersion(edge.getCurrentVersion())
            .eventType(LambdaEdgeEventType.ORIGIN_REQUEST)
            .build()))
        .build())
    .build();
