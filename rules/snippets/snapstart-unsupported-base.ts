// app/Dockerfile, final stage: LABEL com.amazonaws.lambda.feature.snapstart="Allow"
const fn = new lambda.DockerImageFunction(this, 'Fn', {
  code: lambda.DockerImageCode.fromImageAsset('app'),
  architecture: lambda.Architecture.ARM_64,
  snapStart: lambda.SnapStartConf.ON_PUBLISHED_VERSIONS,
});
new lambda.Alias(this, 'Live', {
  aliasName: 'live',
  version: fn.currentVersion,
});
