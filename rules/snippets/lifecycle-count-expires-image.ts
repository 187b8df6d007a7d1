// a stack of its own, deployed and pushed to before the function's
const repository = new ecr.Repository(this, 'Repository');
repository.addLifecycleRule({
  tagPrefixList: ['pr-'],
  maxImageCount: 100,
});
