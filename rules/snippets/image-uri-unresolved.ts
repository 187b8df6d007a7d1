const role = iam.Role.fromRoleName(this, 'Role', 'orders-lambda');
// fromEcr() writes this for you; an L1 needs Fn.sub, and plain quotes around the text.
new lambda.CfnFunction(this, 'Fn', {
  packageType: 'Image',
  code: { imageUri: cdk.Fn.sub('${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/orders:1.4.2') },
  role: role.roleArn,
});
