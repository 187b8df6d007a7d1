# imagelint as a container image: `make dist`, then `docker build --build-arg VERSION=… .`. It holds the wheel of dist/ and
# what that depends on. Both stages have the same base, so that the virtual environment finds its Python.
FROM python:3.13.15-slim-trixie@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b AS build
COPY dist/*.whl /wheels/
RUN python -m venv /opt/imagelint \
 && /opt/imagelint/bin/pip install --no-cache-dir --disable-pip-version-check /wheels/*.whl

FROM python:3.13.15-slim-trixie@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b
ARG VERSION
LABEL org.opencontainers.image.title="imagelint" \
      org.opencontainers.image.description="A linter for Lambda container images in CDK apps" \
      org.opencontainers.image.source="https://github.com/imagelint/imagelint" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
COPY --from=build /opt/imagelint /opt/imagelint
ENV PATH="/opt/imagelint/bin:$PATH"
USER 65532:65532
WORKDIR /app
ENTRYPOINT ["imagelint"]
CMD ["check"]
