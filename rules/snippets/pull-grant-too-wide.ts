// in the function's stack: ecr.Repository.fromRepositoryName(this, 'Images', 'invoices')
const repository = new ecr.Repository(this, 'Repository', { repositoryName: 'invoices' });
repository.addToResourcePolicy(new iam.PolicyStatement({
  principals: [new iam.ServicePrincipal('lambda.amazonaws.com')],
  actions: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
  conditions: {
    StringLike: {
      'aws:SourceArn': `arn:${this.partition}:lambda:${this.region}:${this.account}:function:*`,
    },
  },
}));
