IRole role = Role.fromRoleName(this, "Role", "orders-lambda");
// fromEcr() writes this for you; an L1 needs Fn.sub, and plain quotes around the text.
CfnFunction.Builder.create(this, "Fn")
    .packageType("Image")
    .code(CfnFunction.CodeProperty.builder()
        .imageUri(Fn.sub("${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/orders:1.4.2"))
        .build())
    .role(role.getRoleArn())
    .build();
