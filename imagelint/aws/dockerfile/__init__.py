"""What a Dockerfile builds for one target: base image, platform, entry point, command and labels.

`build.read` is the way in, `image.Image` its answer. Pure: text in, answers out; nothing here raises, whatever the
text: what cannot be known without building is an `Unknown` that says why.

The semantics are those of BuildKit's Dockerfile frontend (github.com/moby/buildkit, frontend/dockerfile: parser, shell
and dockerfile2llb/convert.go) and of the Dockerfile reference (docs.docker.com/reference/dockerfile). Where only
another builder accepts a text (Podman takes a stage's index as target), the one meaning that it can have is read.
"""
