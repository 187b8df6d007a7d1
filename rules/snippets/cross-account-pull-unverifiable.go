// in the repository's account, 111111111111; the functions are in 222222222222
repository := awsecr.NewRepository(stack, jsii.String("Repository"), &awsecr.RepositoryProps{
	RepositoryName: jsii.String("shared/invoices"),
})
repository.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
	Principals: &[]awsiam.IPrincipal{awsiam.NewAccountPrincipal(jsii.String("222222222222"))},
	Actions:    jsii.Strings("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
}))
repository.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
	Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(jsii.String("lambda.amazonaws.com"), nil)},
	Actions:    jsii.Strings("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
	Conditions: &map[string]interface{}{
		"StringLike": map[string]interface{}{
			"aws:SourceArn": "arn:aws:lambda:eu-west-1:222222222222:function:*",
		},
	},
}))
