role := awsiam.Role_FromRoleName(stack, jsii.String("Role"), jsii.String("orders-lambda"), nil)
// DockerImageCode_FromEcr() writes this for you; an L1 needs Fn_Sub, and plain quotes around the text.
awslambda.NewCfnFunction(stack, jsii.String("Fn"), &awslambda.CfnFunctionProps{
	PackageType: jsii.String("Image"),
	Code: &awslambda.CfnFunction_CodeProperty{
		ImageUri: awscdk.Fn_Sub(jsii.String("${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/orders:1.4.2"), nil),
	},
	Role: role.RoleArn(),
})
