# Builds triglot as a container image. This file has three targets:
#
#   docker build -t triglot .                                        the service; the weights are in the volume
#   docker build -t triglot-fetch --target fetch .                   fills the volume, once: see deploy/compose.yaml
#   docker build -t triglot:gemma3-270m --target baked \
#                --build-arg BAKE_MODEL=gemma3-270m .                 the service with the weights of one model inside
#
# To fill the volume without compose:
#
#   docker run --rm -v triglot-data:/var/lib/triglot triglot-fetch models pull gemma3-270m
#
# The service has no Python and no pip, and never downloads anything.
#
# For a build that can be repeated, name the two base images by digest, and the commit for the labels:
#
#   --build-arg RUNTIME_IMAGE=debian:bookworm-slim@sha256:...  --build-arg BUILD_IMAGE=rust:1-bookworm@sha256:... \
#   --build-arg VERSION=0.1.0  --build-arg REVISION=$(git rev-parse HEAD)  --build-arg SOURCE=https://...

ARG BUILD_IMAGE=rust:1-bookworm
ARG RUNTIME_IMAGE=debian:bookworm-slim


# ---- build: the binary, with the list of its crates inside (cargo-auditable), which scanners of images read as its SBOM. The two
# caches speed up later builds; they do not change the result.
FROM ${BUILD_IMAGE} AS build
WORKDIR /src
# .dockerignore excludes everything that the build does not need.
COPY . .
RUN --mount=type=cache,id=triglot-registry,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,id=triglot-target,target=/src/target,sharing=locked \
    cargo install --quiet --locked --root target/tools cargo-auditable@0.7.7 \
    && PATH="/src/target/tools/bin:$PATH" cargo auditable build --release --locked --bin triglot \
    && install -D -m 0755 target/release/triglot /out/usr/local/bin/triglot \
    && install -D -m 0644 LICENSE /out/usr/share/doc/triglot/LICENSE


# ---- base: the common base of `service` and `fetch`: the binary, the user and the data folder.
FROM ${RUNTIME_IMAGE} AS base
RUN groupadd --system --gid 10001 triglot \
    && useradd --system --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/triglot \
               --shell /usr/sbin/nologin triglot \
    && install -d -m 0750 -o 10001 -g 10001 /var/lib/triglot
COPY --from=build /out/ /
ENV TRIGLOT_DATA_DIR=/var/lib/triglot
WORKDIR /var/lib/triglot
# Kubernetes can only verify a numeric user as non-root.
USER 10001:10001
ENTRYPOINT ["triglot"]
ARG RUNTIME_IMAGE
ARG VERSION=dev
ARG REVISION=unknown
ARG SOURCE=
LABEL org.opencontainers.image.title="triglot" \
      org.opencontainers.image.description="Translates news articles between English, French and Russian over gRPC, with models that run in the process" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.base.name="${RUNTIME_IMAGE}"


# ---- fetch: base with pip, which `triglot models pull` runs. Every file is checked against its SHA-256.
FROM base AS fetch
USER root
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3 python3-pip \
    && rm -rf /var/lib/apt/lists/*
USER 10001:10001
ENV HOME=/tmp PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
VOLUME /var/lib/triglot
CMD ["models", "pull", "gemma3-270m"]


# ---- weights: the files of one model, outside any volume. Only `baked` needs this stage.
FROM fetch AS weights
ARG BAKE_MODEL=gemma3-270m
RUN triglot models pull "$BAKE_MODEL" --data-dir /tmp/weights


# ---- service: the server.
FROM base AS service
ENV TRIGLOT_LISTEN=0.0.0.0:50051
EXPOSE 50051
STOPSIGNAL SIGTERM
# The check is for the port above without TLS; anything else needs TRIGLOT_SERVER, such as https://triglot.example:50051, and for a
# certificate that the system does not trust TRIGLOT_TLS_CA. (Images in OCI format have no health check:
# with buildah or podman build, use `--format docker`.)
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["triglot", "health"]
# The container listens on all of its addresses, without TLS: publish the port only where you trust the network, or set
# TRIGLOT_TLS_CERT and TRIGLOT_TLS_KEY.
CMD ["serve", "--offline", "--insecure"]


# ---- baked: the service with weights. It has no volume, because a volume over the folder would hide the weights.
FROM service AS baked
ARG BAKE_MODEL=gemma3-270m
ENV TRIGLOT_MODEL=${BAKE_MODEL}
COPY --from=weights --chown=10001:10001 /tmp/weights/ /var/lib/triglot/


# ---- runtime, the default: all persistent data, including the weights, is in the volume.
FROM service AS runtime
VOLUME /var/lib/triglot
