Role role = Role.Builder.create(this, "Role")
    .assumedBy(new ServicePrincipal("lambda.amazonaws.com"))
    .managedPolicies(List.of(ManagedPolicy.fromAwsManagedPolicyName("service-role/AWSLambdaBasicExecutionRole")))
    .build();
DockerImageFunction.Builder.create(this, "Fn")
    .code(DockerImageCode.fromImageAsset("app"))
    .architecture(Architecture.ARM_64)
    .role(role)
    .build();
