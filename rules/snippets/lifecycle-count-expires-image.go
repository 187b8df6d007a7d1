// a stack of its own, deployed and pushed to before the function's
repository := awsecr.NewRepository(stack, jsii.String("Repository"), nil)
repository.AddLifecycleRule(&awsecr.LifecycleRule{
	TagPrefixList: jsii.Strings("pr-"),
	MaxImageCount: jsii.Number(100),
})
