"""What AWS and Docker mean by a value: image references, policies, lifecycle rules, Dockerfiles, partitions.

It must not know templates or files; it is given text with holes and says what follows.
"""
