# python -m pip install --upgrade aws-cdk-lib constructs
# python -m pip show aws-cdk-lib   shows the version that this app uses
