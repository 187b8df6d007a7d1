// in app/Dockerfile: RUN --mount=type=secret,id=npm NPM_TOKEN=$(cat /run/secrets/npm) npm ci
new lambda.DockerImageFunction(this, 'Fn', {
  code: lambda.DockerImageCode.fromImageAsset('app', {
    buildSecrets: { npm: cdk.DockerBuildSecret.fromSrc('.npm-token') },
  }),
  architecture: lambda.Architecture.X86_64,
});
