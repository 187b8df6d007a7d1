const edge = new cloudfront.experimental.EdgeFunction(this, 'Edge', {
  runtime: lambda.Runtime.NODEJS_24_X,
  handler: 'index.handler',
  code: lambda.Code.fromAsset('edge'),
});
new cloudfront.Distribution(this, 'Site', {
  defaultBehavior: {
    origin: new origins.HttpOrigin('www.example.com'),
    edgeLambdas: [{
      functionVersion: edge.currentVersion,
      eventType: cloudfront.LambdaEdgeEventType.ORIGIN_REQUEST,
    }],
  },
});
