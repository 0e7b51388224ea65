# One image for the ten services and the migration job. The command chooses the program:
#
#   docker build --build-arg REVISION="$(git rev-parse HEAD)" --tag pyairtable-readiness .
#   docker run pyairtable-readiness node user-service.mjs
#   docker run pyairtable-readiness node migrate.mjs
#
# The root file system can be read-only; /tmp is for temporary files: `--read-only --tmpfs /tmp`.
# docs/images.md describes variables, size and reproducible builds.
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
# `.npmrc*`: the machine's npm settings, where the harness builds the image; only this stage has them.
COPY package.json package-lock.json .npmr[c]* ./
# No package's install script is needed: native code comes as prebuilt packages.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund
COPY . .
# Seconds since 1970, of all files in the image and of `created`. The same sources, base image and time give the same
# layers.
ARG SOURCE_DATE_EPOCH=0
RUN npm sbom --package-lock-only --sbom-format=cyclonedx >/tmp/sbom.json \
  && node harness/runtime/image/assemble.ts /image /tmp/sbom.json

FROM ${NODE_IMAGE}
COPY --from=build /image/ /
WORKDIR /app
# Services listen on all addresses of the container. A container of one service has no use for the address 127.0.0.1.
ENV NODE_ENV=production HOST=0.0.0.0
USER 10001:10001
EXPOSE 3000 8000-8008
# The check itself waits 3 s for the service. The rest of its limit is for a busy machine, on which it starts slowly.
HEALTHCHECK --interval=5s --timeout=10s --start-period=30s --retries=3 CMD ["node", "/app/healthcheck.mjs"]
# Node is process 1 and receives SIGTERM itself; services stop within their time limit.
STOPSIGNAL SIGTERM
ENTRYPOINT []
CMD ["node", "gateway.mjs"]
ARG REVISION=unknown
ARG VERSION=0.0.0
ARG CREATED=1970-01-01T00:00:00Z
ARG SOURCE=https://github.com/pyairtable/pyairtable-readiness
LABEL org.opencontainers.image.title="PyAirtable platform" \
  org.opencontainers.image.description="The ten services and the migration job; the command chooses one" \
  org.opencontainers.image.revision="${REVISION}" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.created="${CREATED}" \
  org.opencontainers.image.source="${SOURCE}" \
  pyairtable.readiness.sbom="/app/sbom.cdx.json"
