// npm install aws-cdk-lib@latest constructs@latest && npm install --save-dev aws-cdk@latest
// npm ls aws-cdk-lib   must show one version
