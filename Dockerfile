# One image for each service, and one with the operator's `kvitt`. Everything is compiled once:
#
#   docker build --target payment --tag kvitt/payment:0.1.0 .
#
# The default build has none of the sandbox's powers. `--build-arg FEATURES=` leaves them in, for people who try things out:
# k8s/overlays/dev wants it so.
#
# The same commit gives the same binaries: versions are exact, the lock file is binding, paths of the build do not get into
# the binary, and times come from SOURCE_DATE_EPOCH:
#
#   docker build --build-arg SOURCE_DATE_EPOCH="$(git log -1 --format=%ct)" --target payment .
#
# The list of everything that went into the binaries (CycloneDX, one file a crate) is the target `sbom`:
#
#   docker build --target sbom --output type=local,dest=sbom .

FROM rust:1.95.0-slim-bookworm AS tools
WORKDIR /build
RUN cargo install --locked --root /usr/local --version 0.1.78 cargo-chef \
    && cargo install --locked --root /usr/local --version 0.5.9 cargo-cyclonedx

# What the dependencies are, without our code: as long as that does not change, the next stage is not built again.
FROM tools AS planner
COPY Cargo.toml Cargo.lock ./
COPY shared shared
COPY services services
COPY tests tests
RUN cargo chef prepare --recipe-path recipe.json

FROM tools AS builder
ARG FEATURES=--no-default-features
# Debug information and panics would otherwise name folders of the build.
ENV RUSTFLAGS="--remap-path-prefix=/build=kvitt --remap-path-prefix=/usr/local/cargo=cargo" \
    CARGO_INCREMENTAL=0
COPY --from=planner /build/recipe.json recipe.json
RUN cargo chef cook --release --locked --workspace --bins ${FEATURES} --recipe-path recipe.json
COPY Cargo.toml Cargo.lock ./
COPY proto proto
COPY shared shared
COPY services services
COPY tests tests
# After the dependencies, which another commit does not change.
ARG SOURCE_DATE_EPOCH=0
RUN SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH}" cargo build --release --locked --workspace --bins ${FEATURES}

FROM tools AS bill
COPY Cargo.toml Cargo.lock ./
COPY shared shared
COPY services services
COPY tests tests
RUN cargo cyclonedx --format json --no-default-features --override-filename bom \
    && mkdir /sbom \
    && for crate in services/*; do cp "$crate/bom.json" "/sbom/kvitt-${crate##*/}.cdx.json"; done

FROM scratch AS sbom
COPY --from=bill /sbom /

# No shell, no package manager, nobody's root: user 65532, and nothing is written below /. It has no versions, so its content
# is named.
FROM gcr.io/distroless/cc-debian12:nonroot@sha256:9dac0a79194e45a7da0158a9c6da57b217585af0786db3845d1f0ec1a0dd182f AS runtime
USER 65532:65532
WORKDIR /
# Where the host gives huge pages to everybody, an idle process would have two megabytes for each small thing.
ENV MIMALLOC_ALLOW_THP=0

FROM runtime AS access
COPY --from=builder /build/target/release/kvitt-access /kvitt-access
ENTRYPOINT ["/kvitt-access"]

FROM runtime AS merchant
COPY --from=builder /build/target/release/kvitt-merchant /kvitt-merchant
ENTRYPOINT ["/kvitt-merchant"]

FROM runtime AS payment
COPY --from=builder /build/target/release/kvitt-payment /kvitt-payment
ENTRYPOINT ["/kvitt-payment"]

FROM runtime AS wallet
COPY --from=builder /build/target/release/kvitt-wallet /kvitt-wallet
ENTRYPOINT ["/kvitt-wallet"]

FROM runtime AS ordermanagement
COPY --from=builder /build/target/release/kvitt-ordermanagement /kvitt-ordermanagement
ENTRYPOINT ["/kvitt-ordermanagement"]

FROM runtime AS checkout
COPY --from=builder /build/target/release/kvitt-checkout /kvitt-checkout
ENTRYPOINT ["/kvitt-checkout"]

FROM runtime AS webhook
COPY --from=builder /build/target/release/kvitt-webhook /kvitt-webhook
ENTRYPOINT ["/kvitt-webhook"]

FROM runtime AS qr
COPY --from=builder /build/target/release/kvitt-qr /kvitt-qr
ENTRYPOINT ["/kvitt-qr"]

FROM runtime AS settlement
COPY --from=builder /build/target/release/kvitt-settlement /kvitt-settlement
ENTRYPOINT ["/kvitt-settlement"]

FROM runtime AS gateway
COPY --from=builder /build/target/release/kvitt-gateway /kvitt-gateway
ENTRYPOINT ["/kvitt-gateway"]

# The operator's tools: `migrate` before each rollout, `audit` whenever one likes.
FROM runtime AS kvitt
COPY --from=builder /build/target/release/kvitt /kvitt
ENTRYPOINT ["/kvitt"]
