// in the function's stack: awsecr.Repository_FromRepositoryName(stack, jsii.String("Images"), jsii.String("invoices"))
repository := awsecr.NewRepository(stack, jsii.String("Repository"), &awsecr.RepositoryProps{
	RepositoryName: jsii.String("invoices"),
})
repository.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
	Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(jsii.String("lambda.amazonaws.com"), nil)},
	Actions:    jsii.Strings("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
	Conditions: &map[string]interface{}{
		"StringLike": map[string]interface{}{
			"aws:SourceArn": fmt.Sprintf("arn:%s:lambda:%s:%s:function:*", *stack.Partition(), *stack.Region(), *stack.Account()),
		},
	},
}))
