repository := awsecr.NewRepository(stack, jsii.String("Repository"), nil)
repository.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
	Effect:     awsiam.Effect_DENY,
	Principals: &[]awsiam.IPrincipal{awsiam.NewAnyPrincipal()},
	Actions:    jsii.Strings("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
	Conditions: &map[string]interface{}{
		"StringNotEqualsIfExists": map[string]interface{}{"aws:PrincipalOrgID": "o-exampleorgid"},
		"BoolIfExists":            map[string]interface{}{"aws:PrincipalIsAWSService": "false"},
	},
}))
repository.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
	Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(jsii.String("lambda.amazonaws.com"), nil)},
	Actions:    jsii.Strings("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
	Conditions: &map[string]interface{}{
		"StringLike": map[string]interface{}{
			"aws:SourceArn": fmt.Sprintf("arn:%s:lambda:%s:%s:function:*", *stack.Partition(), *stack.Region(), *stack.Account()),
		},
	},
}))
