// dotnet add package Amazon.CDK.Lib
// dotnet list package --include-transitive   must show one version of Amazon.CDK.Lib
