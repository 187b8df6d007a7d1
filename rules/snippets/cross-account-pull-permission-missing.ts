// in the repository's account, 111111111111; the functions are in 222222222222
const repository = new ecr.Repository(this, 'Repository', { repositoryName: 'shared/orders' });
repository.addToResourcePolicy(new iam.PolicyStatement({
  principals: [new iam.AccountPrincipal('222222222222')],
  actions: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
}));
repository.addToResourcePolicy(new iam.PolicyStatement({
  principals: [new iam.ServicePrincipal('lambda.amazonaws.com')],
  actions: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
  conditions: { StringLike: { 'aws:SourceArn': 'arn:aws:lambda:eu-west-1:222222222222:function:*' } },
}));
