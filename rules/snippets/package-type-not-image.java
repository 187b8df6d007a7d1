IRole role = Role.fromRoleName(this, "Role", "orders-lambda");
// An L1 needs packageType; DockerImageFunction sets it for you.
CfnFunction.Builder.create(this, "Fn")
    .packageType("Image")
    .code(CfnFunction.CodeProperty.builder()
        .imageUri("111111111111.dkr.ecr.eu-west-1.amazonaws.com/orders:1.4.2")
        .build())
    .role(role.getRoleArn())
    .build();
