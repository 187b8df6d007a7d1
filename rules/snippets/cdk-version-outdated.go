// go get github.com/aws/aws-cdk-go/awscdk/v2@latest && go mod tidy
// go list -m github.com/aws/aws-cdk-go/awscdk/v2   shows the version that this app uses
