// a repository that is there already, by values that are known at synthesis
awslambda.NewDockerImageFunction(stack, jsii.String("Fn"), &awslambda.DockerImageFunctionProps{
	Code: awslambda.DockerImageCode_FromImageAsset(jsii.String("app"), &awslambda.AssetImageCodeProps{
		CacheFrom: &[]*awsecrassets.DockerCacheOption{{
			Type:   jsii.String("registry"),
			Params: &map[string]*string{"ref": jsii.String("123456789012.dkr.ecr.eu-west-1.amazonaws.com/cache:app")},
		}},
	}),
	Architecture: awslambda.Architecture_X86_64(),
})
