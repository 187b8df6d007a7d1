const repository = new ecr.Repository(this, 'Repository');
repository.addToResourcePolicy(new iam.PolicyStatement({
  effect: iam.Effect.DENY,
  principals: [new iam.AnyPrincipal()],
  actions: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
  conditions: {
    StringNotEqualsIfExists: { 'aws:PrincipalOrgID': 'o-exampleorgid' },
    BoolIfExists: { 'aws:PrincipalIsAWSService': 'false' },
  },
}));
repository.addToResourcePolicy(new iam.PolicyStatement({
  principals: [new iam.ServicePrincipal('lambda.amazonaws.com')],
  actions: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
  conditions: {
    StringLike: {
      'aws:SourceArn': `arn:${this.partition}:lambda:${this.region}:${this.account}:function:*`,
    },
  },
}));
