edge := experimental.NewEdgeFunction(stack, jsii.String("Edge"), &experimental.EdgeFunctionProps{
	Runtime: awslambda.Runtime_NODEJS_24_X(),
	Handler: jsii.String("index.handler"),
	Code:    awslambda.Code_FromAsset(jsii.String("edge"), nil),
})
awscloudfront.NewDistribution(stack, jsii.String("Site"), &awscloudfront.DistributionProps{
	DefaultBehavior: &awscloudfront.BehaviorOptions{
		Origin: awscloudfrontorigins.NewHttpOrigin(jsii.String("www.example.com"), nil),
		EdgeLambdas: &[]*awscloudfront.EdgeLambda{
			&awscloudfront.EdgeLambda{
				FunctionVersion: edge.CurrentVersion(),
				EventType:       awscloudfront.LambdaEdgeEventType_ORIGIN_REQUEST,
			},
		},
	},
})
