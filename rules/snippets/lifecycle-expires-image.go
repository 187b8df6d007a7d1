// a stack of its own, deployed and pushed to before the function's
repository := awsecr.NewRepository(stack, jsii.String("Repository"), &awsecr.RepositoryProps{
	ImageTagMutability: awsecr.TagMutability_IMMUTABLE,
})
repository.AddLifecycleRule(&awsecr.LifecycleRule{
	TagStatus:   awsecr.TagStatus_UNTAGGED,
	MaxImageAge: awscdk.Duration_Days(jsii.Number(14)),
})
