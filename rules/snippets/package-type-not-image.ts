const role = iam.Role.fromRoleName(this, 'Role', 'orders-lambda');
// An L1 needs packageType; DockerImageFunction sets it for you.
new lambda.CfnFunction(this, 'Fn', {
  packageType: 'Image',
  code: { imageUri: '111111111111.dkr.ecr.eu-west-1.amazonaws.com/orders:1.4.2' },
  role: role.roleArn,
});
