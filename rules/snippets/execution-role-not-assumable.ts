const role = new iam.Role(this, 'Role', {
  assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
  managedPolicies: [iam.ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSLambdaBasicExecutionRole')],
});
new lambda.DockerImageFunction(this, 'Fn', {
  code: lambda.DockerImageCode.fromImageAsset('app'),
  architecture: lambda.Architecture.ARM_64,
  role: role,
});
