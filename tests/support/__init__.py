"""What tests are made with: assemblies, runs of the command line, inputs at random, rewritings. Holds no tests."""
