// mvn versions:use-latest-releases -Dincludes=software.amazon.awscdk:aws-cdk-lib
// mvn dependency:tree -Dincludes=software.amazon.awscdk   must show one version
